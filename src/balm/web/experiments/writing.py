"""Writing a check down: what is measured, who gets the fix, and what would count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from balm.core.errors import WrongUse
from balm.core.types import Estimate
from balm.web.experiments import advice, files, forms, judging, selectors, services
from balm.web.experiments.models import Check, Series
from balm.web.experiments.refusals import Refused
from balm.web.feedback.selectors import room
from balm.web.painpoints.figures import current
from balm.web.people.doors import MemberRequest, door

LIST = "list"
"""Instead of an attribute: customers from a list."""


@dataclass
class Chosen:
    """The first step: what is measured, of which units."""

    metric: str = "mentions"
    least: float | None = None
    series: str = ""
    by: str = ""
    themes: list[str] = field(default_factory=list)
    plan: int | None = None

    @classmethod
    def read(cls, given: Any) -> Chosen:
        def told(name: str, default: str = "") -> str:
            return given.get(name, default).replace("\0", " ")  # PostgreSQL takes none

        metric, least, plan = told("metric", "mentions"), told("least"), told("plan")
        themes = [theme.replace("\0", " ")[:120] for theme in given.getlist("theme")[: services.MOST_THEMES] if theme]
        return cls(
            metric=metric if metric in dict(forms.METRICS) else "mentions",
            least=float(least) if least.replace(".", "", 1).isdecimal() and len(least) < 12 else None,
            series=told("series")[:80],
            by=told("by")[:120],
            themes=themes,
            plan=int(plan) if plan.isdecimal() and len(plan) < 9 else None,
        )

    @property
    def known(self) -> str:
        return "list" if self.by == LIST and self.metric != "measurement" else "attribute"

    @property
    def ready(self) -> bool:
        """Whether the units can be shown."""
        if not self.themes or (self.metric == "content" and self.least is None):
            return False
        return bool(self.series) if self.metric == "measurement" else bool(self.by)

    def spec(self, request: MemberRequest) -> dict[str, Any]:
        """The part of the spec that it settles."""
        series = Series.objects.filter(workspace=request.workspace, name=self.series).first()
        measured = self.metric == "measurement"
        return {
            "metric": self.metric,
            "least": self.least if self.metric == "content" else None,
            "series": self.series if measured else "",
            "themes": self.themes,
            "by": "" if self.by == LIST else self.by,
            "known": self.known,
            "better": series.better if series and measured else "lower",
            "kind": series.kind if series and measured else "mean" if self.metric == "score" else "share",
        }


@dataclass(frozen=True)
class UnitRow:
    """A unit to be put on a side."""

    n: int
    name: str
    comments: int
    level: Estimate
    side: str
    start: str


@csrf_exempt  # `takes_file` checks the token
@door("check", "change")
@require_http_methods(["GET", "POST"])
@files.takes_file
def register(request: MemberRequest) -> HttpResponse:
    """A new check, from a pain point or a plan."""
    given = request.POST if request.method == "POST" else request.GET
    chosen = Chosen.read(given)
    if not chosen.themes and chosen.plan is not None:
        chosen.themes = _pains_of(request, chosen.plan)
    return _page(request, chosen, None)


@csrf_exempt  # `takes_file` checks the token
@door("check", "change")
@require_http_methods(["GET", "POST"])
@files.takes_file
def change(request: MemberRequest, pk: int) -> HttpResponse:
    """Change a draft, or what is registered: with a reason."""
    check = selectors.check_of(request.workspace, pk)
    if check is None:
        raise Http404("no such check")
    if check.state in (Check.State.JUDGED, Check.State.VOID):
        messages.error(request, _("A check that has its verdict, or was withdrawn, is not changed any more."))
        return redirect("experiments:check", request.workspace.slug, pk)
    if request.method == "POST" or "by" in request.GET:
        chosen = Chosen.read(request.POST if request.method == "POST" else request.GET)
        chosen.themes = chosen.themes or list(check.themes)
    else:
        spec = check.spec
        by = LIST if spec.get("known") == "list" else spec.get("by", "")
        chosen = Chosen(spec["metric"], spec.get("least"), spec.get("series", ""), by, list(check.themes))
    chosen.plan = check.plan
    return _page(request, chosen, check)


def _pains_of(request: MemberRequest, number: int) -> list[str]:
    """Pain points of a plan."""
    from balm.web.plans.models import PlanPain

    rows = PlanPain.objects.filter(plan__workspace=request.workspace, plan__number=number)
    return list(rows.values_list("theme", flat=True))


def _page(request: MemberRequest, chosen: Chosen, check: Check | None) -> HttpResponse:
    sent = request.method == "POST" and "title" in request.POST
    terms = forms.Terms(request.POST if sent else None, initial=_initial(request, chosen, check))
    units: list[UnitRow] = []
    problem = ""
    if chosen.ready and chosen.known == "attribute":
        try:
            units = _units(request, chosen, check)
        except WrongUse:
            problem = _("No comment has this attribute, or it has too many values: choose another.")
    if sent and terms.is_valid():
        try:
            made = _save(request, chosen, check, terms)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Saved. Look at what the data allow, then register."))
            return redirect("experiments:check", request.workspace.slug, made.pk)
    snapshot = current(request.workspace)
    pains = [(pain.theme_id, pain.labels) for pain in snapshot.painpoints] if snapshot else []
    context = {
        "chosen": chosen,
        "check": check,
        "terms": terms,
        "units": units,
        "problem": problem,
        "pains": [*pains, *_unlisted(chosen, snapshot, {theme for theme, _labels in pains})],
        "attributes": room(request.workspace).lake.attributes,
        "series": Series.objects.filter(workspace=request.workspace),
        "metrics": forms.METRICS,
        "LIST": LIST,
        "share": chosen.spec(request)["kind"] == "share",
        "listed": request.POST.get("customers", "") or _list_text(check),
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "experiments/write.html", context, status=400 if sent else 200)


def _unlisted(chosen: Chosen, snapshot: Any, known: set[str]) -> list[tuple[str, Any]]:
    return [(theme, snapshot.labels(theme)) for theme in chosen.themes if snapshot and theme not in known]


def _initial(request: MemberRequest, chosen: Chosen, check: Check | None) -> dict[str, Any]:
    if check is not None:
        return forms.initial(check.spec, check.title)
    snapshot = current(request.workspace)
    from balm.web.site.language import pick

    today = services.today()
    start = today + dt.timedelta(days=1)
    name = pick(snapshot.labels(chosen.themes[0])) if snapshot and chosen.themes else ""
    share = chosen.spec(request)["kind"] == "share"
    return {
        "title": name,
        "start": start,
        "end": start + dt.timedelta(days=83),
        "soak": 14,
        "baseline": 0,
        "selected": 0,
        "step": 7,
        "minimum": 100,
        "margin": 1 if share else 0.1,
        "remainder": 35,
        "design": "did",
    }


def _units(request: MemberRequest, chosen: Chosen, check: Check | None) -> list[UnitRow]:
    """Units there are, the largest first, each on the side it was put on."""
    source = judging.source_of(request.workspace, chosen.spec(request))
    found = advice.advise(source, {**chosen.spec(request), "design": "its", "step": 7}, {}, every=True)
    was = check.spec if check is not None else {}
    exposed, out = was.get("exposed", {}), set(was.get("excluded", ()))
    rows = sorted(found.units, key=lambda unit: (-unit.n, unit.name))[: forms.MOST_UNITS]
    made = []
    for n, unit in enumerate(rows):
        side = "exposed" if unit.name in exposed else "excluded" if unit.name in out else "comparison"
        start = exposed.get(unit.name, "")
        start = "" if start == was.get("start") else start  # it starts with the others
        if request.method == "POST":
            side = request.POST.get(f"side-{n}", side)
            start = request.POST.get(f"start-{n}", start)
        made.append(UnitRow(n, unit.name, unit.n, unit.level, side, start))
    return made


def _save(request: MemberRequest, chosen: Chosen, check: Check | None, terms: forms.Terms) -> Check:
    start = terms.cleaned_data["start"]
    lists: dict[str, Any] = {}
    if chosen.known == "list":
        file = request.FILES.get("file")
        text = files.text_of(file) if file else request.POST.get("customers", "")
        lists = forms.listed(text, start)
        if not lists and check is not None:
            lists = check.lists
        sides: dict[str, Any] = {"exposed": {}, "comparison": [], "excluded": []}
    else:
        sides = forms.sides_of(request.POST, start)
    spec = forms.spec_of(terms, chosen.spec(request), sides)
    title, themes = terms.cleaned_data["title"], chosen.themes
    if check is None:
        return services.draft(
            request.workspace, request.user, title=title, themes=themes, spec=spec, lists=lists, plan=chosen.plan
        )
    return services.update(
        request.workspace,
        check.pk,
        request.user,
        title=title,
        themes=themes,
        spec=spec,
        lists=lists,
        reason=request.POST.get("reason", ""),
    )


def _list_text(check: Check | None) -> str:
    """The list as it can be changed by hand; of a long one the first rows would mislead, so it is left out."""
    if check is None or not check.lists or len(check.lists) > 2000:
        return ""
    rows = [", ".join(part for part in (key, side, day) if part) for key, (side, day) in check.lists.items()]
    return "\n".join(rows)
