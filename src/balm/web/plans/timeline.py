"""Plans along the calendar, as a table: each bar is a cell that spans its weeks, so that it needs no picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from balm.web.people.models import Workspace
from balm.web.plans import selectors
from balm.web.plans.models import Loop, Plan

MOST = 26
"""Weeks that are shown."""


@dataclass(frozen=True)
class Bar:
    """Cells before, of, and after a plan's weeks. `open_end`: it goes on beyond what is shown."""

    line: selectors.PlanLine
    before: int
    length: int
    after: int
    late: bool

    @property
    def lead(self) -> int:
        """Percent of the width before it, in steps of 5."""
        return min(95, round(20 * self.before / MOST) * 5)

    @property
    def wide(self) -> int:
        """Percent of the width, in steps of 5."""
        return min(100 - self.lead, max(5, round(20 * self.length / MOST) * 5))


@dataclass(frozen=True)
class Timeline:
    """`weeks`: first days. `months`: name and number of weeks. `reviews`: place of the week → loops reviewed in it."""

    weeks: list[dt.date]
    months: list[tuple[dt.date, int]]
    now: int | None
    bars: list[Bar]
    undated: list[selectors.PlanLine]
    reviews: list[list[Loop]]
    loops: list[Loop]  # whose next review is within these weeks, by date


def timeline(workspace: Workspace, today: dt.date) -> Timeline:
    """Plans with dates that touch the half year around today, by start; those without dates are named apart."""
    found = [
        one for one in selectors.lines(Plan.objects.filter(workspace=workspace)) if one.state != Plan.State.DROPPED
    ]
    dated = [one for one in found if one.starts or one.ends]
    first = _monday(max(min((_start(one) for one in dated), default=today), today - dt.timedelta(weeks=10)))
    weeks = [first + dt.timedelta(weeks=i) for i in range(MOST)]
    last = weeks[-1] + dt.timedelta(days=6)
    shown = sorted((o for o in dated if _start(o) <= last and _end(o) >= first), key=lambda o: (_start(o), o.number))
    loops = list(Loop.objects.filter(workspace=workspace, active=True, next_review__range=(first, last)))
    loops.sort(key=lambda loop: (loop.next_review or today, loop.name))
    return Timeline(
        weeks,
        _months(weeks),
        (today - first).days // 7 if first <= today <= last else None,
        [_bar(one, first, last, today) for one in shown],
        [one for one in found if not (one.starts or one.ends)],
        [[loop for loop in loops if _monday(loop.next_review or today) == week] for week in weeks],
        loops,
    )


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _start(line: selectors.PlanLine) -> dt.date:
    return line.starts or line.ends or dt.date.min


def _end(line: selectors.PlanLine) -> dt.date:
    return max(line.ends or _start(line), _start(line))


def _bar(line: selectors.PlanLine, first: dt.date, last: dt.date, today: dt.date) -> Bar:
    start = (max(_start(line), first) - first).days // 7
    end = (min(_end(line), last) - first).days // 7
    return Bar(line, start, end - start + 1, MOST - end - 1, selectors.overdue(line.ends, line.state, today))


def _months(weeks: list[dt.date]) -> list[tuple[dt.date, int]]:
    found: list[list[Any]] = []
    for week in weeks:
        if found and (found[-1][0].year, found[-1][0].month) == (week.year, week.month):
            found[-1][1] += 1
        else:
            found.append([week, 1])
    return [(month, count) for month, count in found]
