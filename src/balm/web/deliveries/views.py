"""Pages of messages: the list, one message, and how customers are written to."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.web.deliveries import events, hours, selectors, services
from balm.web.deliveries.forms import OfficeForm
from balm.web.deliveries.models import Channel, Delivery
from balm.web.people.doors import MemberRequest, door

PER_PAGE = 50


def purpose(name: str) -> str:
    """What a message is for, in the reader's language."""
    known = {"told": _("news of a fix"), "ask": _("a question"), "reply": _("a reply")}
    return known.get(name) or str(events.label(name))


@door("delivery", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Messages with what became of them."""
    state = request.GET.get("state", "")
    kind = request.GET.get("kind", "")
    state = state if state in Delivery.State.values else ""
    kind = kind if kind in Channel.Kind.values else ""
    rows = selectors.deliveries(request.workspace, state=state, kind=kind)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    counts = selectors.counts(request.workspace, kind)
    context = {
        "page": page,
        "lines": [(row, purpose(row.purpose)) for row in page],
        "counts": counts,
        "total": sum(n for _state, _label, n in counts),
        "state": state,
        "kind": kind,
        "kinds": [(Channel.Kind.MAIL.value, _("Mail")), *Channel.Kind.choices[1:]],
        "tab": "list",
    }
    return render(request, "deliveries/list.html", context)


@door("delivery", "read")
@require_safe
def one(request: MemberRequest, pk: int) -> HttpResponse:
    """One message: its text, and every try."""
    row = _found(request, pk)
    context = {
        "row": row,
        "purpose": purpose(row.purpose),
        "text": selectors.text_of(row),
        "attempts": row.attempts.all(),
        "again": row.state in (Delivery.State.DEAD, Delivery.State.SKIPPED) and row.reason != "already_told",
        "tab": "list",
    }
    return render(request, "deliveries/one.html", context)


@door("delivery", "manage")
@require_POST
def resend(request: MemberRequest, pk: int) -> HttpResponse:
    """Send a dead letter again."""
    _found(request, pk)
    try:
        row = services.resend(request.workspace, request.user, pk)
    except Delivery.DoesNotExist:
        messages.info(request, _("This message is not a dead letter any more."))
    except ValueError:
        messages.error(request, _("Its text is no longer kept, or the person was told already."))
    else:
        if row.state == Delivery.State.SKIPPED:
            messages.error(request, _("It was not sent: %(why)s.") % {"why": row.get_reason_display()})
        else:
            messages.success(request, _("It is sent again."))
    return redirect("deliveries:one", request.workspace.slug, pk)


@door("delivery", "manage")
@require_POST
def dismiss(request: MemberRequest, pk: int) -> HttpResponse:
    """Put a dead letter aside."""
    _found(request, pk)
    try:
        services.dismiss(request.workspace, request.user, pk)
        messages.success(request, _("It was put aside."))
    except Delivery.DoesNotExist:
        messages.info(request, _("This message is not a dead letter any more."))
    return redirect("deliveries:list", request.workspace.slug)


def _found(request: MemberRequest, pk: int) -> Delivery:
    try:
        return selectors.one(request.workspace, pk)
    except (Delivery.DoesNotExist, OverflowError):
        raise Http404("no such delivery") from None


@door("delivery", "manage")
@require_http_methods(["GET", "POST"])
def office(request: MemberRequest) -> HttpResponse:
    """In whose name customers are written to, and when not."""
    there = hours.office(request.workspace)
    initial = {name: getattr(there, name) for name in ("sender", "reply_to", "quiet_from", "quiet_to", "zone")}
    form = OfficeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.set_office(request.workspace, request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("deliveries:office", request.workspace.slug)
    status = 400 if request.method == "POST" else 200
    return render(request, "deliveries/office.html", {"form": form, "tab": "office"}, status=status)
