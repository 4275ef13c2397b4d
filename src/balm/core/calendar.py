"""Working time: when an office is open, how long that is, and when a promise made in working time falls due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from balm.core.errors import InputRefused, WrongUse
from balm.core.openings import DAY, EPOCH, US, Spans, country, off_and_on, union, year_table, zone
from balm.core.stats import Ints

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CLOSED = 731
"""Days without an opening after which a calendar is taken for a mistake."""
_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_YEARS = (1900, 2199)
_FARTHEST = 100  # years ahead that a due date is looked for

Pause = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours of an office.

    `zone`: IANA name. `hours`: for Monday to Sunday, the spans of the day in minutes since local midnight, ascending
    and apart; a close above 1,440 is on the next day and belongs to the day it opened on. `holidays`: "" or a country
    ("CN", "US-CA") whose public holidays are closed and whose make-up days are open. `closed`, `open`: dates that
    differ, above all else. A day that is open as an exception keeps the hours of its weekday, where it has none those
    of the first weekday that has. Instants come in and go out as aware datetimes, in universal time where they go out.
    Raises InputRefused for hours, zones, countries or dates that make no sense.
    """

    zone: str
    hours: tuple[Spans, ...]
    holidays: str = ""
    closed: frozenset[dt.date] = frozenset()
    open: frozenset[dt.date] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "closed", frozenset(self.closed))
        object.__setattr__(self, "open", frozenset(self.open))
        object.__setattr__(self, "hours", tuple(tuple((int(a), int(b)) for a, b in day) for day in self.hours))
        zone(self.zone)
        if self.holidays:
            country(self.holidays)
        _sound(self.hours)
        if both := self.closed & self.open:
            raise InputRefused(f"{min(both)} is both closed and open", code="calendar_both", date=str(min(both)))

    def working_seconds(self, start: dt.datetime, end: dt.datetime, pauses: Iterable[Pause] = ()) -> float:
        """Working time from `start` to `end`, ≥ 0, without the pauses (which may overlap). Raises WrongUse if `end`
        comes first."""
        a, b = micros(start), micros(end)
        if b < a:
            raise WrongUse(f"the end {end} is before the start {start}")
        return (self._between(a, b) - sum(self._between(x, y) for x, y in _breaks(pauses, a, b))) / US

    def working_ms(self, start: Ints, end: Ints) -> Ints:
        """Working time of many intervals at once, all (n,) in ms, ends not before starts. Instants are ms since 1970.

        Raises WrongUse for years outside 1900 to 2199, and where an end comes before its start.
        """
        if not len(start):
            return np.zeros(0, np.int64)
        if (end < start).any():
            raise WrongUse("an end comes before its start")
        table = self._years(*_span_of(start, end))
        return (_within_all(table, end) - _within_all(table, start)) // 1000

    def due_ms(self, start: Ints, target: int) -> Ints:
        """`due` of many starts at once, (n,) in ms since 1970. `target`: working ms, the same for all.

        Raises WrongUse for years outside 1900 to 2199, InputRefused as `due` does.
        """
        if not len(start) or not target:
            return start
        first, last = _span_of(start, start)
        table = self._years(first, last)
        goal = _within_all(table, start) + target * 1000
        while goal.max() > table[2][-1]:
            shut = int(table[1][-1]) if len(table[1]) else _new_year(first)
            if _new_year(last + 1) - max(shut, int(start.max()) * 1000) > LONGEST_CLOSED * DAY:
                raise _never(moment(max(shut, int(start.max()) * 1000)).date())
            last += 1
            if last > min(first + _FARTHEST, _YEARS[1]):
                raise _far()
            table = self._years(first, last)
        i = np.searchsorted(table[2], goal, side="left") - 1
        return np.asarray((table[0][i] + goal - table[2][i]) // 1000)

    def due(self, start: dt.datetime, seconds: float, pauses: Iterable[Pause] = ()) -> dt.datetime:
        """The earliest instant by which `seconds` of working time have passed since `start`, pauses not counted.

        Raises WrongUse for negative seconds, InputRefused where the office does not open for two years or the instant
        is more than 100 years off.
        """
        if not 0 <= seconds < float("inf"):
            raise WrongUse(f"a target is a time of 0 seconds or more, not {seconds}")
        at, left = micros(start), round(seconds * US)
        for begin, end in _breaks(pauses, at, None):
            if (free := self._between(at, begin)) >= left:
                break
            left -= free
            at = end
        return moment(self._due(at, left))

    def is_open(self, at: dt.datetime) -> bool:
        """Whether the office is open at an instant; the instant it closes it is not."""
        return self._opening(micros(at))[0]

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """`at` itself where the office is open, else the next opening. Raises InputRefused without one in two years."""
        return moment(self._opening(micros(at))[1])

    def spans_of(self, day: dt.date) -> Spans:
        """The hours of a local day, holidays and exceptions heeded."""
        own = self.hours[day.weekday()]
        if day in self.closed:
            return ()
        if day in self.open:
            return own or self._usual()
        if self.holidays:
            off, on = off_and_on(self.holidays, day.year)
            if day in off:
                return ()
            if day in on:
                return own or self._usual()
        return own

    def works_on(self, day: dt.date) -> bool:
        """Whether the office opens on a local day."""
        return bool(self.spans_of(day))

    def working_day(self, day: dt.date) -> dt.date:
        """The day itself where the office opens on it, else the next that it does. Raises InputRefused without one in
        two years."""
        for n in range(LONGEST_CLOSED + 1):
            if self.works_on(found := day + dt.timedelta(n)):
                return found
        raise _never(day)

    def local(self, at: dt.datetime) -> dt.datetime:
        """An instant on the clock of the office."""
        return at.astimezone(zone(self.zone))

    def doubt(self, start: dt.date, end: dt.date) -> str:
        """What must be known of this calendar between two days, in a sentence; "" where there is nothing."""
        decreed = country(self.holidays)[2] if self.holidays else None
        if decreed is None or end.year <= decreed:
            return ""
        return (
            f"Make-up days of {self.holidays} are decreed year by year and known until {decreed}; "
            f"after that only its usual holidays are counted."
        )

    @classmethod
    def of(cls, zone: str, hours: Mapping[str, Sequence[tuple[str, str]]], **more: Any) -> Calendar:
        """From names of weekdays and times such as ("09:00", "18:00"); ("22:00", "06:00") ends the next morning."""
        from balm.core.calendar_forms import read_hours

        return cls(zone, read_hours(hours), **more)

    @classmethod
    def from_json(cls, value: Any) -> Calendar:
        """From plain JSON values: see `docs/reference/calendars.md`. Raises InputRefused, naming the place."""
        from balm.core.calendar_forms import from_json

        return from_json(value)

    @classmethod
    def parse(cls, text: str) -> Calendar:
        """From the short form, such as "CN@Asia/Shanghai mon-fri 09:00-18:00" or "24x7"."""
        from balm.core.calendar_forms import parse

        return parse(text)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values that `from_json` reads."""
        from balm.core.calendar_forms import to_json

        return to_json(self)

    def _usual(self) -> Spans:
        return next((spans for spans in self.hours if spans), ((0, 1440),))

    def _between(self, start: int, end: int) -> int:
        """Working time between two instants."""
        first, last = _year(start), _year(end)
        whole = sum(int(_table(self, year)[2][-1]) for year in range(first, last))
        return whole + _within(_table(self, last), end) - _within(_table(self, first), start)

    def _due(self, at: int, left: int) -> int:
        if left == 0:
            return at
        first, shut = _year(at), at
        for year in range(first, min(first + _FARTHEST, _YEARS[1]) + 1):
            opens, closes, before = table = _table(self, year)
            goal = _within(table, at) + left
            if len(before) and goal <= before[-1]:
                i = int(np.searchsorted(before, goal, side="left")) - 1
                return int(opens[i] + goal - before[i])
            left = goal - int(before[-1])
            if len(closes) and closes[-1] > at:
                shut = max(shut, int(closes[-1]))
            at = max(at, _new_year(year + 1))
            if at - shut > LONGEST_CLOSED * DAY:
                raise _never(moment(shut).date())
        raise _far()

    def _years(self, first: int, last: int) -> tuple[Ints, Ints, Ints]:
        """The tables of several years as one."""
        tables = [_table(self, year) for year in range(first, last + 1)]
        opens, closes = (np.concatenate([table[i] for table in tables]) for i in (0, 1))
        return opens, closes, np.concatenate([[0], np.cumsum(closes - opens)]).astype(np.int64)

    def _opening(self, at: int) -> tuple[bool, int]:
        for year in range(_year(at), _year(at + LONGEST_CLOSED * DAY) + 1):
            opens, closes, _ = _table(self, year)
            i = int(np.searchsorted(closes, at, side="right"))
            if i < len(opens) and opens[i] - at <= LONGEST_CLOSED * DAY:
                return bool(opens[i] <= at), max(at, int(opens[i]))
        raise _never(moment(at).date())


def always() -> Calendar:
    """Day and night, every day."""
    return Calendar("UTC", (((0, 1440),),) * 7)


def micros(at: dt.datetime) -> int:
    """Microseconds since 1970. Raises WrongUse for a datetime without a zone, or a year that no calendar reaches."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise WrongUse(f"{at} has no time zone; working time needs aware datetimes")
    if not _YEARS[0] <= at.year <= _YEARS[1]:
        raise WrongUse(f"working time is counted from {_YEARS[0]} to {_YEARS[1]}, not in {at.year}")
    gone = at - _START
    return (gone.days * 86_400 + gone.seconds) * US + gone.microseconds


def moment(at: int) -> dt.datetime:
    """The aware datetime of microseconds since 1970."""
    return _START + dt.timedelta(microseconds=at)


@lru_cache(maxsize=1024)
def _table(calendar: Calendar, year: int) -> tuple[Ints, Ints, Ints]:
    overnight = any(b > 1440 for day in calendar.hours for _, b in day)
    return year_table(calendar.zone, year, calendar.spans_of, overnight)


def _within(table: tuple[Ints, Ints, Ints], at: int) -> int:
    """Working time of a year's table before an instant."""
    opens, closes, before = table
    i = int(np.searchsorted(opens, at, side="right")) - 1
    return int(before[i] + min(at, closes[i]) - opens[i]) if i >= 0 else 0


def _within_all(table: tuple[Ints, Ints, Ints], ms: Ints) -> Ints:
    """The same for many instants in ms."""
    opens, closes, before = table
    if not len(opens):
        return np.zeros(len(ms), np.int64)
    i = np.searchsorted(opens, ms * 1000, side="right") - 1
    return np.where(i >= 0, before[i] + np.minimum(ms * 1000, closes[i]) - opens[i], 0)


def _span_of(start: Ints, end: Ints) -> tuple[int, int]:
    """First and last year of instants in ms."""
    first, last = int(start.min()) * 1000, int(end.max()) * 1000
    if first < _new_year(_YEARS[0]) or last >= _new_year(_YEARS[1] + 1):
        raise WrongUse(f"working time is counted from {_YEARS[0]} to {_YEARS[1]}")
    return _year(first), _year(last)


def _year(at: int) -> int:
    return moment(at).year


def _new_year(year: int) -> int:
    return (dt.date(year, 1, 1).toordinal() - EPOCH) * DAY


def _breaks(pauses: Iterable[Pause], start: int, end: int | None) -> list[tuple[int, int]]:
    """Pauses in order and apart, cut to what lies between `start` and `end`."""
    cut = [(max(micros(a), start), micros(b) if end is None else min(micros(b), end)) for a, b in pauses]
    kept = [(a, b) for a, b in cut if a < b]
    begin, stop = union([a for a, _ in kept], [b for _, b in kept])
    return list(zip(begin.tolist(), stop.tolist(), strict=True))


def _sound(hours: tuple[Spans, ...]) -> None:
    if len(hours) != len(WEEKDAYS):
        raise InputRefused("hours are given for seven weekdays, Monday first", code="calendar_hours")
    for name, spans in zip(WEEKDAYS, hours, strict=True):
        end = -1
        for a, b in spans:
            if not (0 <= a < 1440 and a < b <= a + 1440):
                raise InputRefused(
                    f"{name}: a span of {a} to {b} minutes is none; it opens within the day and lasts at most 24 hours",
                    code="calendar_hours",
                    weekday=name,
                )
            if a < end:
                raise InputRefused(f"{name}: spans overlap or are not in order", code="calendar_hours", weekday=name)
            end = b


def _far() -> InputRefused:
    return InputRefused("the due date is more than 100 years off; check the target", code="calendar_far")


def _never(day: dt.date) -> InputRefused:
    return InputRefused(
        f"the office does not open within two years of {day}; check its hours and closed days",
        code="calendar_never",
        date=str(day),
    )
