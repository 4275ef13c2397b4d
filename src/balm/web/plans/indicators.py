"""What loops are steered by, read off the figures that pages show: of the process and of the outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balm.communicate import numbers
from balm.core.stats import proportion
from balm.core.types import Estimate, to_json
from balm.web.painpoints.figures import current
from balm.web.people.models import Workspace
from balm.web.plans.models import Indicator, IndicatorValue, Loop, Plan, Task

Source = Callable[[Workspace, str], Estimate | None]


def _score(workspace: Workspace, name: str) -> Estimate | None:
    snapshot = current(workspace)
    return snapshot.overview.scores.get(name) if snapshot else None


def _reach(workspace: Workspace, theme: str) -> Estimate | None:
    snapshot = current(workspace)
    pain = snapshot.by_theme.get(theme) if snapshot else None
    return pain.reach if pain else None


def _tasks_on_time(workspace: Workspace, _name: str) -> Estimate | None:
    """Share of the tasks that were due and are done by their day."""
    today = timezone.localdate()
    due = Task.objects.filter(plan__workspace=workspace, due__lte=today).exclude(state=Task.State.DROPPED)
    rows = list(due.values_list("due", "done"))
    kept = sum(done is not None and timezone.localdate(done) <= day for day, done in rows)
    return proportion(kept, len(rows)) if rows else None


def _plans_checked(workspace: Workspace, _name: str) -> Estimate | None:
    """Share of the plans at work that have a registered check."""
    from balm.web.experiments.selectors import has_registered

    at_work = (Plan.State.READY, Plan.State.RUNNING, Plan.State.LANDED)
    numbers = list(Plan.objects.filter(workspace=workspace, state__in=at_work).values_list("number", flat=True))
    return proportion(sum(has_registered(workspace, n) for n in numbers), len(numbers)) if numbers else None


def _plans_proven(workspace: Workspace, _name: str) -> Estimate | None:
    """Share of the plans with a verdict that are proven."""
    ended = (Plan.State.PROVEN, Plan.State.FAILED, Plan.State.UNDECIDED)
    states = list(Plan.objects.filter(workspace=workspace, state__in=ended).values_list("state", flat=True))
    return proportion(states.count(Plan.State.PROVEN), len(states)) if states else None


SOURCES: dict[str, tuple[Any, str, Source]] = {
    "score:nps": (_("NPS"), "outcome", _score),
    "score:csat": (_("Satisfaction (CSAT)"), "outcome", _score),
    "score:ces": (_("Effort (CES)"), "outcome", _score),
    "score:mean": (_("Mean score"), "outcome", _score),
    "reach": (_("Reach of a pain point"), "outcome", _reach),
    "tasks:on_time": (_("Tasks done in time"), "process", _tasks_on_time),
    "plans:checked": (_("Plans with a registered check"), "process", _plans_checked),
    "plans:proven": (_("Plans proven by their check"), "outcome", _plans_proven),
}
"""Name → what it is called, its side, and what reads it. "reach:THEME" names a theme."""


def add(name: str, label: Any, side: str, source: Source) -> None:
    """Offer one more figure; for an app's `apps.py`."""
    SOURCES[name] = (label, side, source)


def known(source: str) -> bool:
    return source in SOURCES or (source.startswith("reach:") and len(source) > len("reach:"))


def unit_of(source: str) -> tuple[numbers.Unit, int]:
    """How a figure is written."""
    if source.startswith(("reach", "tasks:", "plans:", "cases:")) or source == "score:csat":
        return "share", 1
    return ("score", 1) if source == "score:nps" else ("score", 2)


def value(workspace: Workspace, source: str) -> Estimate | None:
    """What a source says now; None where it says nothing yet."""
    if source.startswith("reach:"):
        return _reach(workspace, source.removeprefix("reach:"))
    found = SOURCES.get(source)
    return found[2](workspace, source.partition(":")[2]) if found else None


def now(indicator: Indicator) -> Estimate | None:
    """What an indicator is now: read off the figures, or the newest one written down."""
    if indicator.source:
        return value(indicator.loop.workspace, indicator.source)
    row = indicator.values.first()
    return None if row is None else Estimate(row.value, row.low, row.high, row.n, "by hand")


def read(loop: Loop, day: dt.date) -> list[dict[str, Any]]:
    """All indicators of a loop as they are, to be kept with a review; also kept as values of that day."""
    found = []
    for one in loop.indicators.all():
        e = now(one)
        if e is not None and one.source:
            IndicatorValue.objects.update_or_create(
                indicator=one, day=day, defaults={"value": e.value, "low": e.low, "high": e.high, "n": e.n}
            )
        told = None if e is None else to_json(e)
        found.append(
            {
                "name": one.name,
                "side": one.side,
                "source": one.source,
                "target": one.target,
                "better": one.better,
                "estimate": told,
            }
        )
    return found
