"""When an office is open, as intervals of universal time: the table that every question to a calendar is read from.

Times of a clock on a wall are turned into universal time between two changes of that clock, where their distance is
constant: an hour that the clock skips is never worked, one that it shows twice is worked twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from balm.core.errors import InputRefused
from balm.core.stats import Ints

US = 1_000_000
"""Microseconds in a second: the unit of the table."""
DAY = 86_400 * US
EPOCH = dt.date(1970, 1, 1).toordinal()
_STEP = 21_600  # s: no zone changed its clock twice within six hours

Spans = tuple[tuple[int, int], ...]
"""Minutes since local midnight at which the office opens and closes; a close above 1,440 is on the next day."""


@lru_cache(maxsize=64)
def country(code: str) -> tuple[int, int, int | None]:
    """First and last year whose holidays are known, and the last one whose make-up days are (None: it has none).

    `code`: "CN", or with a part of the country "US-CA". Raises InputRefused for one that is not known.
    """
    days = _holidays(code, 2024)
    decreed = getattr(days, "special_public_holidays", None) if hasattr(days, "substituted_label") else None
    return int(days.start_year), int(days.end_year), max(decreed) if decreed else None


@lru_cache(maxsize=512)
def off_and_on(code: str, year: int) -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    """Public holidays of a year, and days of its weekends that are worked to make up for one.

    Raises InputRefused for a year whose holidays are not known.
    """
    first, last, _ = country(code)
    if not first <= year <= last:
        raise InputRefused(
            f"holidays of {code} are known for {first} to {last}, not for {year}; check the dates, or list the days "
            "off as closed",
            code="calendar_years",
            country=code,
            first=first,
            last=last,
            year=year,
        )
    days = _holidays(code, year)
    worked = {day for day in days.weekend_workdays if day.year == year}
    return frozenset(days) - worked, frozenset(worked)


def _holidays(code: str, year: int):  # type: ignore[no-untyped-def]  # the library has no types
    import holidays

    name, _, part = code.partition("-")
    try:
        return holidays.country_holidays(name, subdiv=part or None, years=year)
    except NotImplementedError:
        raise InputRefused(
            f"holidays of {code!r} are not known; use a country's two letters, such as CN, TW, HK, SG, US or GB",
            code="calendar_country",
            country=code,
        ) from None


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises InputRefused for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder
        raise InputRefused(
            f"there is no time zone {name!r}; use a name such as Asia/Shanghai or Europe/London",
            code="calendar_zone",
            zone=name,
        ) from None


@lru_cache(maxsize=2048)
def segments(name: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """A year of universal time cut where the zone's clock changes: (from, to, seconds ahead), in seconds since 1970."""
    start, end = _seconds(dt.date(year, 1, 1)), _seconds(dt.date(year + 1, 1, 1))
    out: list[tuple[int, int, int]] = []
    begin, before, ahead = start, start, _ahead(name, start)
    for at in (*range(start + _STEP, end, _STEP), end - 1):
        if (new := _ahead(name, at)) != ahead:
            change = _change(name, before, at)
            out.append((begin, change, ahead))
            begin, ahead = change, new
        before = at
    return (*out, (begin, end, ahead))


def _change(name: str, before: int, after: int) -> int:
    old = _ahead(name, before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _ahead(name, middle) == old else (before, middle)
    return after


def _ahead(name: str, second: int) -> int:
    at = dt.datetime.fromtimestamp(second, dt.UTC).astimezone(zone(name))
    offset = at.utcoffset() or dt.timedelta()
    return offset.days * 86_400 + offset.seconds


def _seconds(day: dt.date) -> int:
    return (day.toordinal() - EPOCH) * 86_400


def year_table(name: str, year: int, spans_of: Callable[[dt.date], Spans], overnight: bool) -> tuple[Ints, Ints, Ints]:
    """Openings and closings within a year of universal time, and the working time before each and after the last.

    `spans_of`: the hours of a local day; `overnight`: whether any span ends on the day after it began.
    """
    opens: list[int] = []
    closes: list[int] = []
    for begin, end, ahead in segments(name, year):
        for number in range((begin + ahead) // 86_400 - overnight, (end + ahead - 1) // 86_400 + 1):
            midnight = number * 86_400 - ahead
            for a, b in spans_of(dt.date.fromordinal(EPOCH + number)):
                low, high = max(midnight + a * 60, begin), min(midnight + b * 60, end)
                if low < high:
                    opens.append(low * US)
                    closes.append(high * US)
    first, last = union(opens, closes)
    return first, last, np.concatenate([[0], np.cumsum(last - first)]).astype(np.int64)


def union(opens: list[int], closes: list[int]) -> tuple[Ints, Ints]:
    """Intervals without overlap, ascending; those that touch become one."""
    if not opens:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.argsort(np.asarray(opens, np.int64), kind="stable")
    begin, end = np.asarray(opens, np.int64)[order], np.asarray(closes, np.int64)[order]
    end = np.maximum.accumulate(end)
    fresh = np.concatenate([[True], begin[1:] > end[:-1]])
    last = np.concatenate([np.flatnonzero(fresh)[1:] - 1, [len(end) - 1]])
    return begin[fresh], end[last]


def from_wall(name: str, ms: Ints) -> Ints:
    """Instants, (n,) in ms since 1970, of what the clocks of a zone showed, (n,) in ms as if it were universal time.

    Of an hour that is shown twice the first is meant; one that is skipped is read by the clock before the change.
    """
    if not len(ms):
        return ms
    years = (ms // 1000).astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970
    pieces = [piece for year in range(int(years.min()) - 1, int(years.max()) + 2) for piece in segments(name, year)]
    ends = np.array([end for _, end, _ in pieces], np.int64) * 1000
    ahead = np.array([seconds for _, _, seconds in pieces], np.int64) * 1000

    def offset(at: Ints) -> Ints:
        return np.asarray(ahead[np.searchsorted(ends, at, side="right")])

    before, after = offset(ms - DAY // 1000), offset(ms + DAY // 1000)
    changed = (offset(ms - before) != before) & (offset(ms - after) == after)
    return np.asarray(ms - np.where(changed, after, before))
