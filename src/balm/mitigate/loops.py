"""When a loop is reviewed next: the small one often, the large one seldom, always on a working day."""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Literal

from balm.core.calendar import Calendar
from balm.core.errors import WrongUse

Unit = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Cadence:
    """Every so many days, weeks or months. Raises WrongUse for fewer than 1 or more than 366."""

    unit: Unit
    every: int = 1

    def __post_init__(self) -> None:
        if self.unit not in ("day", "week", "month") or not 1 <= self.every <= 366:
            raise WrongUse(f"a cadence is every 1 to 366 days, weeks or months, not {self.every} {self.unit!r}")


SMALL = Cadence("week", 1)
"""The usual small loop."""
LARGE = Cadence("month", 3)
"""The usual large loop."""


@dataclass(frozen=True, slots=True)
class Review:
    """`day`: when it is held. `missed`: reviews before it that were never held and are not made up one by one."""

    day: dt.date
    missed: int = 0


def review(cadence: Cadence, anchor: dt.date, *, last: dt.date | None, today: dt.date, calendar: Calendar) -> Review:
    """The review that is due, or else the next.

    `anchor`: the first planned day; `last`: the planned day of the last review that was held, None for none. Each
    planned day that is closed moves to the next working day. Of several that are overdue only the latest is due.
    Raises InputRefused for a calendar that does not open.
    """
    overdue: list[dt.date] = []
    for day in days(cadence, anchor, calendar, after=last):
        if day > today:
            return Review(overdue[-1], len(overdue) - 1) if overdue else Review(day)
        overdue.append(day)
    raise AssertionError("planned days go on for ever")


def following(cadence: Cadence, anchor: dt.date, day: dt.date, calendar: Calendar) -> dt.date:
    """The first planned working day after `day`."""
    return next(days(cadence, anchor, calendar, after=day))


def days(cadence: Cadence, anchor: dt.date, calendar: Calendar, *, after: dt.date | None = None) -> Iterator[dt.date]:
    """The working days on which reviews are held, ascending, each once, those up to `after` left out."""
    # any planned day up to `after` will do: between the two, closed days move to the same one
    longest = {"day": 1, "week": 7, "month": 31}[cadence.unit] * cadence.every
    first = max(0, (after - anchor).days // longest) if after else 0
    for n in count(first):
        day = calendar.working_day(planned(cadence, anchor, n))
        if after is None or day > after:
            after = day
            yield day


def planned(cadence: Cadence, anchor: dt.date, n: int) -> dt.date:
    """The n-th planned day, from 0, whether or not it is worked. The 31st is the last day of a shorter month."""
    if cadence.unit != "month":
        return anchor + dt.timedelta(n * cadence.every * (7 if cadence.unit == "week" else 1))
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + n * cadence.every, 12)
    return dt.date(year, month + 1, min(anchor.day, months.monthrange(year, month + 1)[1]))
