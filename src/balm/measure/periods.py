"""Time: periods of a span, the season of the week, and segments that come or go by collection alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from balm.core.coded import NO_DAY, Attribute
from balm.core.stats import Floats, Ints

Period = Literal["day", "week", "month"]

_PER_PERIOD = 10  # comments that a period should have on average
_SEASON_DAYS = 28
_MATTERS = 0.02  # share of the comments below which a segment cannot move the whole much
_EXPECTED = 10.0  # comments that a segment would have had, were it there, for its absence to mean something


def choose_period(day: NDArray[np.int32]) -> Period:
    """Days up to two months, weeks up to a year and a half, else months; coarser if periods would be nearly empty."""
    known = day[_plausible(day)]
    if not known.size:
        return "day"
    span = int(known.max()) - int(known.min()) + 1
    if span <= 62 and known.size >= _PER_PERIOD * span:
        return "day"
    return "week" if span <= 550 and known.size >= _PER_PERIOD * span / 7 else "month"


def period_index(day: NDArray[np.int32], period: Period) -> tuple[NDArray[np.int32], Ints]:
    """Period of each comment, 0 … T−1, −1 without a believable date, and the first day of each of the T periods.

    Weeks start on Monday. The first and last week or month is left out (−1) where the data does not reach its edge,
    as long as six periods remain.
    """
    known = _plausible(day)
    if not known.any():
        return np.full(len(day), -1, np.int32), np.zeros(0, np.int64)
    first, last = int(day[known].min()), int(day[known].max())
    calendar = np.arange(first, last + 1, dtype=np.int64)
    if period == "day":
        code = calendar
    elif period == "week":
        code = (calendar + 3) // 7  # 1970-01-01 was a Thursday
    else:
        code = calendar.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    code = code - code[0]
    count = int(code[-1]) + 1
    starts = np.array([_start(int(calendar[np.searchsorted(code, t)]), period) for t in range(count)], np.int64)
    whole = np.ones(count, bool)
    if period != "day" and count >= 8:
        whole[0] = starts[0] == first
        whole[-1] = _start(last + 1, period) == last + 1
    place = np.where(whole, np.cumsum(whole) - 1, -1)
    out = np.full(len(day), -1, np.int32)
    out[known] = place[code[day[known] - first]]
    return out, starts[whole]


def _plausible(day: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Comments with a date not wildly off: within the central 98 % of time, and as much again on either side."""
    known = day != NO_DAY
    if not known.any():
        return np.asarray(known)
    low, high = (int(x) for x in np.quantile(day[known], [0.01, 0.99], method="nearest"))
    reach = max(high - low, _SEASON_DAYS)
    return np.asarray(known & (day >= low - reach) & (day <= high + reach))


def _start(day: int, period: Period) -> int:
    """First day of the period that `day` lies in."""
    if period == "day":
        return day
    if period == "week":
        return day - (day + 3) % 7
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    return day - date.day + 1


def weekday_season(start: Ints, total: Floats, n: Floats, spread: float) -> Floats | None:
    """Factor of each day's expected share by weekday, mean 1; None where the weekdays do not differ (p > 0.01).

    `total` ÷ `n` by day; `spread`: dispersion × (1 − share). Each weekday's highest and lowest day is set aside, so
    that one outbreak does not make a season. Needs four weeks of days.
    """
    if len(start) < _SEASON_DAYS or (np.diff(start) != 1).any() or total.sum() < 7 * 5:
        return None
    rate = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    weekday = (start + 3) % 7
    k, size = np.zeros(7), np.zeros(7)
    for d in range(7):
        days = np.flatnonzero((weekday == d) & (n > 0))
        if len(days) < 4:
            return None
        days = days[np.argsort(rate[days], kind="stable")][1:-1]
        k[d], size[d] = total[days].sum(), n[days].sum()
    expected = k.sum() * size / size.sum()
    statistic = (np.square(k - expected) / np.maximum(expected, 1e-9)).sum() / max(spread, 1e-3)
    if special.chdtrc(6, statistic) > 0.01 or (k <= 0).any():
        return None
    return np.asarray(k / expected)[weekday]


def weekday_offset(start: Ints, total: Floats, n: Floats, variance: float) -> Floats | None:
    """The same for a mean: what each day's mean lies above or below because of its weekday."""
    if len(start) < _SEASON_DAYS or (np.diff(start) != 1).any():
        return None
    rate = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    weekday = (start + 3) % 7
    level, size = np.zeros(7), np.zeros(7)
    for d in range(7):
        days = np.flatnonzero((weekday == d) & (n > 0))
        if len(days) < 4:
            return None
        days = days[np.argsort(rate[days], kind="stable")][1:-1]
        level[d], size[d] = total[days].sum() / n[days].sum(), n[days].sum()
    offset = level - size @ level / size.sum()
    if special.chdtrc(6, (np.square(offset) * size).sum() / max(variance, 1e-12)) > 0.01:
        return None
    return np.asarray(offset)[weekday]


def by_collection(period: NDArray[np.int32], count: int, by: Mapping[str, Attribute]) -> NDArray[np.bool_]:
    """Comments, (n,), of segments that come late or stop early while the others go on as before.

    That is a change of what is collected; it would move every overall share. A segment whose coming takes the others'
    place (a release, a renamed shop) stays. `period` (n,) 0 … count−1 or −1.
    """
    aside = np.zeros(len(period), bool)
    inside = period >= 0
    for attribute in by.values():
        values = len(attribute.values)
        if values < 2 or values > 200:
            continue
        known = inside & (attribute.codes >= 0)
        cell = attribute.codes[known].astype(np.int64) * count + period[known]
        table = np.bincount(cell, minlength=values * count).reshape(values, count)
        gone = [v for v in range(values) if _appears(table, v) or _appears(table[:, ::-1], v)]
        flagged = np.zeros(values + 1, bool)
        flagged[gone] = True
        aside |= flagged[attribute.codes]
    if inside.any() and aside[inside].mean() > 0.5:
        return np.zeros(len(period), bool)  # most of it: nothing steady to hold it against
    return aside


def _appears(table: NDArray[np.int64], v: int) -> bool:
    """Whether value v has nothing at first, then much, and the others do not make room for it."""
    seen = np.flatnonzero(table[v])
    if not seen.size or seen[0] == 0:
        return False
    first = int(seen[0])
    usual = table[v, first:].mean()
    others = table.sum(axis=0) - table[v]
    if first * usual < _EXPECTED or usual < _MATTERS * (usual + others[first:].mean()):
        return False
    return bool(others[:first].mean() - others[first:].mean() < usual / 2)
