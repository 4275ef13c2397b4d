"""Pages of loops and their reviews."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.web.people.doors import MemberRequest, door
from balm.web.plans import indicators, loops, selectors
from balm.web.plans.forms import IndicatorForm, LoopForm
from balm.web.plans.models import Indicator, Loop, Plan, Review
from balm.web.plans.refusals import Refused
from balm.web.plans.views import day_of, themes_of, told


def _loop(request: MemberRequest, pk: int) -> Loop:
    found = Loop.objects.filter(workspace=request.workspace, pk=pk).select_related("owner", "team", "workspace").first()
    if found is None:
        raise Http404("no such loop")
    return found


@door("loop", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Every loop with its next review, and the reviews that wait to be held."""
    rows = Loop.objects.filter(workspace=request.workspace).select_related("owner", "team").prefetch_related("plans")
    waiting = Review.objects.filter(loop__workspace=request.workspace, held=None).select_related("loop")
    context = {
        "small": [row for row in rows if row.size == Loop.Size.SMALL],
        "large": [row for row in rows if row.size == Loop.Size.LARGE],
        "waiting": list(waiting.order_by("due")[:20]),
        "today": timezone.localdate(),
    }
    return render(request, "plans/loops.html", context)


@door("loop", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    return _form(request, None)


@door("loop", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    return _form(request, _loop(request, pk))


def _form(request: MemberRequest, loop: Loop | None) -> HttpResponse:
    names = ("name", "size", "every", "unit", "anchor", "goal", "team", "owner")
    initial = {name: getattr(loop, name) for name in names} if loop else None
    form = LoopForm(request.workspace, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = loops.save(request.workspace, form.draft(), request.user, loop.pk if loop else None)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("plans:loop", request.workspace.slug, saved.pk)
    return render(request, "plans/loop_form.html", {"form": form, "loop": loop})


@door("loop", "read")
@require_safe
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """One loop: what is done kept apart from what customers have of it; its plans; its reviews."""
    loop = _loop(request, pk)
    rows = list(loop.indicators.all())
    read: list[tuple[Indicator, Any, bool | None]] = [
        (row, e, _met(row, e)) for row in rows for e in [indicators.now(row)]
    ]
    context = {
        "loop": loop,
        "process": [entry for entry in read if entry[0].side == Indicator.Side.PROCESS],
        "outcome": [entry for entry in read if entry[0].side == Indicator.Side.OUTCOME],
        "plans": selectors.lines(Plan.objects.filter(loop=loop)),
        "reviews": list(loop.reviews.select_related("by")[:30]),
        "indicator_form": IndicatorForm(themes_of(request.workspace)),
        "today": timezone.localdate(),
    }
    return render(request, "plans/loop.html", context)


def _met(row: Indicator, e: Any) -> bool | None:
    """Whether the whole interval is on the good side of the target; None where it cannot be told, or there is none."""
    if row.target is None or e is None or e.value is None:
        return None
    low, high = (e.value if end is None else end for end in (e.low, e.high))
    if row.better == "lower":
        return True if high <= row.target else False if low > row.target else None
    return True if low >= row.target else False if high < row.target else None


@door("loop", "change")
@require_POST
def rest(request: MemberRequest, pk: int) -> HttpResponse:
    """Let a loop rest, or take it up again."""
    _loop(request, pk)
    loops.rest(request.workspace, pk, request.user, active=request.POST.get("active") == "1")
    return redirect("plans:loop", request.workspace.slug, pk)


@door("loop", "change")
@require_POST
def indicator(request: MemberRequest, pk: int) -> HttpResponse:
    """Add an indicator, write one down, or take one away."""
    _loop(request, pk)
    try:
        _indicator(request, pk)
    except Refused as refused:
        told(request, refused)
    return redirect("plans:loop", request.workspace.slug, pk)


def _indicator(request: MemberRequest, pk: int) -> None:
    number = request.POST.get("indicator", "")
    chosen = int(number) if number.isdecimal() and len(number) < 12 else 0
    if request.POST.get("do") == "drop":
        loops.drop_indicator(request.workspace, pk, chosen, request.user)
    elif request.POST.get("do") == "measure":
        try:
            value = float(request.POST.get("value", ""))
        except ValueError:
            raise Refused(_("Write a number.")) from None
        if not abs(value) < 1e12:
            raise Refused(_("Write a number."))
        day = day_of(request.POST.get("day", "")) or timezone.localdate()
        loops.measure(request.workspace, chosen, day, value, request.user)
    else:
        form = IndicatorForm(themes_of(request.workspace), request.POST)
        if not form.is_valid():
            raise Refused(_("Choose what the indicator is about, and give it a name."))
        loops.indicator(request.workspace, pk, request.user, **form.given())


@door("loop", "read")
@require_http_methods(["GET", "HEAD"])
def review(request: MemberRequest, pk: int) -> HttpResponse:
    """One review: what stood on the table, and its minutes."""
    found = Review.objects.filter(loop__workspace=request.workspace, pk=pk).select_related("loop", "by").first()
    if found is None:
        raise Http404("no such review")
    kept = found.figures if isinstance(found.figures, dict) else {}
    context = {
        "review": found,
        "loop": found.loop,
        "process": [row for row in kept.get("indicators", ()) if row["side"] == Indicator.Side.PROCESS],
        "outcome": [row for row in kept.get("indicators", ()) if row["side"] == Indicator.Side.OUTCOME],
        "plans": [{**row, "state_words": dict(Plan.State.choices).get(row["state"])} for row in kept.get("plans", ())],
        "before": Review.objects.filter(loop=found.loop, due__lt=found.due).first(),
        "today": timezone.localdate(),
    }
    return render(request, "plans/review.html", context)


@door("plan", "change")
@require_POST
def hold(request: MemberRequest, pk: int) -> HttpResponse:
    """Write the minutes."""
    given = {name: request.POST.get(name, "") for name in ("present", "minutes", "decisions")}
    if not Review.objects.filter(loop__workspace=request.workspace, pk=pk).exists():
        raise Http404("no such review")
    try:
        loops.hold(request.workspace, pk, request.user, **given)
    except Refused as refused:
        told(request, refused)
    else:
        messages.success(request, _("The minutes are kept."))
    return redirect("plans:review", request.workspace.slug, pk)
