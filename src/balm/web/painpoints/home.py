"""What the first page shows: what hurts most, the scores, and what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from balm.communicate import figures, numbers
from balm.communicate.figure import Figure
from balm.communicate.messages import day, say, span
from balm.core.types import Estimate, Labels
from balm.web.painpoints import models, states
from balm.web.painpoints.figures import Snapshot, of
from balm.web.painpoints.lines import Line
from balm.web.people.models import Workspace

FIRST = 10
WEEK = 7
RECENT = 28
"""Days before the data's last day in which a change point counts as recent."""

MOST = 5

MENTIONED = 5
"""Negative mentions below which a pain is not told as new: one sentence is no pain point."""


@dataclass(frozen=True)
class Mover:
    """A pain whose impact moved most since earlier figures. `apart`: the two intervals do not overlap."""

    line: Line
    was: Estimate
    now: Estimate
    rank_was: int | None

    @property
    def apart(self) -> bool:
        if None in (self.was.low, self.was.high, self.now.low, self.now.high):
            return False
        return self.was.high < self.now.low or self.now.high < self.was.low  # type: ignore[operator]

    @property
    def up(self) -> bool:
        return (self.now.value or 0.0) > (self.was.value or 0.0)

    @property
    def size(self) -> float:
        return abs((self.now.value or 0.0) - (self.was.value or 0.0))


@dataclass
class Changes:
    """What changed of late, by the data's last day, not by today's."""

    new: list[Line] = field(default_factory=list)
    escalating: list[Line] = field(default_factory=list)
    states: list[models.Activity] = field(default_factory=list)
    points: list[tuple[Line, Labels]] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)
    before: Snapshot | None = None
    until: Labels | None = None
    week: Labels | None = None
    recent: Labels | None = None

    def __bool__(self) -> bool:
        return bool(self.new or self.escalating or self.states or self.points or self.movers)


def split(found: list[Line]) -> tuple[list[Line], list[Line]]:
    """The first pains of the codebook, and the newly found groups that would stand among them: those are named by their
    words and may be part of a pain above, so a person looks first. Without a codebook all are newly found."""
    known = [line for line in found if not line.discovered][:FIRST]
    if not known:
        return found[:FIRST], []
    last = known[-1].place if len(known) == FIRST else len(found)
    return known, [line for line in found if line.discovered and line.place < last]


def changes(workspace: Workspace, snapshot: Snapshot, found: list[Line]) -> Changes:
    """New and escalating pains, states that changed with these figures, dated change points, biggest movers."""
    last = snapshot.overview.last_day
    out = Changes(until=day(last) if last else None)
    open_ = [line for line in found if line.row.state != states.State.ARCHIVED]
    if last:
        out.week = span(last - dt.timedelta(WEEK - 1), last)
        out.recent = span(last - dt.timedelta(RECENT - 1), last)
        out.points = [
            (line, figures.describe(c)) for line in open_ for c in line.steps if (last - c.date).days < RECENT
        ][: 2 * MOST]
    new = [line for line in open_ if line.row.state == states.State.NEW]
    out.new = [line for line in new if line.pain.mentions >= MENTIONED][:MOST]
    out.escalating = [line for line in open_ if line.row.state == states.State.ESCALATING][:MOST]
    told = models.Activity.objects.filter(
        painpoint__workspace=workspace, kind="state", created__gte=snapshot.row.created
    )
    out.states = list(told.select_related("painpoint", "by")[: 2 * MOST])
    out.before = _before(workspace, snapshot)
    if out.before:
        out.movers = _movers(out.before, open_)
    return out


def _before(workspace: Workspace, snapshot: Snapshot) -> Snapshot | None:
    """The newest figures whose data end at least a week earlier; else those of the refresh before."""
    older = models.Figures.objects.filter(workspace=workspace, created__lte=snapshot.row.created)
    older = older.exclude(pk=snapshot.row.pk).order_by("-created", "-pk")
    first, last = None, snapshot.overview.last_day
    for pk, until in older.values_list("pk", "overview__last_day")[:60]:
        first = first or pk
        if last and until and (last - dt.date.fromisoformat(until)).days >= WEEK:
            first = pk
            break
    return of(models.Figures.objects.only("pk", "created").get(pk=first)) if first else None


def _movers(before: Snapshot, found: list[Line]) -> list[Mover]:
    ranks = {pain.theme_id: place for place, pain in enumerate(before.painpoints, 1)}
    moved = []
    for line in found:
        was = before.by_theme.get(line.theme_id)
        if was is None or was.impact.value is None or line.pain.impact.value is None:
            continue
        pair = numbers.impact(was.impact), numbers.impact(line.pain.impact)
        moved.append(Mover(line, *pair, ranks.get(line.theme_id)))
    moved = [m for m in moved if m.size >= 0.05 and m.size >= 0.1 * abs(m.was.value or 0.0)]
    return sorted(moved, key=lambda m: -m.size)[:3]


def dials(snapshot: Snapshot) -> list[dict[str, Any]]:
    """A dial with its estimate for each score of the overview."""
    o = snapshot.overview
    found = []
    for metric, e in o.scores.items():
        fig: Figure = figures.dial(metric, e, o.scale)
        found.append({"figure": fig, "name": fig.ticks[0], "e": e, "unit": fig.unit, "digits": fig.digits})
    return found


def notes(snapshot: Snapshot) -> list[Labels]:
    """What must be known before believing a number."""
    o = snapshot.overview
    found = [*o.notes, say(f"trust.sentiment.{o.sentiment_from}"), say(f"trust.severity.{o.severity_from}")]
    if o.moved is not None and o.moved.value:
        found.append(say("trust.moved", share=numbers.estimate(o.moved)))
    return found


def period(snapshot: Snapshot) -> Labels | None:
    o = snapshot.overview
    return span(o.first_day, o.last_day) if o.first_day and o.last_day else None
