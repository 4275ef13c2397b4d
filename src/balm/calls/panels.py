"""A file as a panel: which rows, of which unit, in which period, with what metric, and who got the fix when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from balm.collect.dates import TimeReader
from balm.core.coded import NO_DAY, Attribute
from balm.core.errors import InputRefused, WrongUse
from balm.core.panel import MetricKind, Panel
from balm.core.stats import Floats, Ints
from balm.frame import Frame

Length = Literal["day", "week"]
Bools = NDArray[np.bool_]

MOST_CELLS = 5_000_000
MOST_DAYS = 36_525
"""A hundred years: dates farther apart are slips."""
DENSE = 5.0
"""Observations of the exposed a day from which on days are told apart."""
_SILENT = 14
"""Days in a row on which a column is empty in every row: then it was not recorded, rather than "no"."""
_TRUE = frozenset(["1", "1.0", "true", "yes", "y", "t", "是", "有"])
_FALSE = frozenset(["0", "0.0", "false", "no", "n", "f", "否", "无", "無"])


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a file that can be used. `unit`: codes into `units`; `day`: days since 1970-01-01; `value`: of the
    metric. `places`: their places in the file. `left_out`: how many rows were not usable, by what they lacked."""

    unit: Ints
    units: tuple[str, ...]
    day: Ints
    value: Floats
    kind: MetricKind
    places: Ints
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exposed:
    """Who has the fix: unit → first day. `mixed`: units that are partly exposed, so on neither side."""

    starts: dict[str, int]
    mixed: tuple[str, ...] = ()


def rows(frame: Frame, unit: str, time: str, metric: str) -> Rows:
    """Rows with a unit, a date and a value. Raises InputRefused where a column holds nothing that can be used."""
    units: Attribute = frame.attribute(unit)
    days = frame.days(time).astype(np.int64)
    undated = days == NO_DAY
    if undated.all():
        raise InputRefused(f"column {time!r} holds no date that can be read; name the right one with --time")
    if undated.mean() > 0.5:
        raise InputRefused(f"{undated.sum():,} of {len(days):,} rows have no date that can be read in column {time!r}")
    value, kind = _metric(frame, metric, days)
    codes = np.asarray(units.codes, np.int64)
    lacking = {"date": undated, "unit": codes < 0, metric: ~np.isfinite(value)}
    if lacking["unit"].all():
        raise InputRefused(f"column {unit!r} is empty; name the column of units with --unit")
    good = ~np.logical_or.reduce(list(lacking.values()))
    if not good.any():
        raise InputRefused(f"no row has a unit, a date and a value of {metric!r}")
    seen = days[good]
    if int(seen.max() - seen.min()) > MOST_DAYS:
        ends = " and ".join(date(int(end)).isoformat() for end in (seen.min(), seen.max()))
        raise InputRefused(f"column {time!r} holds both {ends}; correct the dates that cannot be")
    return Rows(
        codes[good],
        tuple(units.values),
        seen,
        value[good],
        kind,
        np.flatnonzero(good),
        {what: int(count) for what, rows in lacking.items() if (count := rows.sum())},
    )


def _metric(frame: Frame, metric: str, days: Ints) -> tuple[Floats, MetricKind]:
    """Values of each row, NaN where there is none, and what they are."""
    name, sign, _ = metric.partition("=")
    texts = frame.texts(name)
    empty = np.asarray(texts.is_null())
    if sign:
        value = frame.equals(metric).astype(np.float64)
        value[_not_recorded(empty, days)] = np.nan
        return value, "share"
    seen = {str(v).strip().lower() for v in texts.unique().to_pylist() if v is not None}
    if not seen:
        raise InputRefused(f"column {name!r} is empty; name the metric with --metric")
    if seen <= _TRUE | _FALSE:
        value = np.array([v is not None and v.strip().lower() in _TRUE for v in texts.to_pylist()], np.float64)
        value[empty] = np.nan
        return value, "share"
    value = frame.scores(name)
    if np.isfinite(value).sum() < 0.5 * (~empty).sum():
        some = ", ".join(sorted(seen)[:5])
        raise InputRefused(
            f"column {name!r} holds no numbers, nor yes and no ({some}); for one of them write --metric {name}=VALUE"
        )
    return value, "mean"


def _not_recorded(empty: Bools, days: Ints) -> Bools:
    """Rows of stretches of two weeks and more in which a column is empty throughout, though it usually is not."""
    known = days != NO_DAY
    if not empty.any() or empty[known].mean() > 0.5:
        return np.zeros(len(empty), bool)
    seen = np.unique(days[known & ~empty])
    after = np.searchsorted(seen, days)
    before = np.where(after > 0, seen[np.maximum(after - 1, 0)], days[known].min() - 1)
    next_ = np.where(after < len(seen), seen[np.minimum(after, len(seen) - 1)], days[known].max() + 1)
    gap: Bools = empty & known & (next_ - before - 1 >= _SILENT)
    return gap


def exposed(
    frame: Frame, used: Rows, who: str | Sequence[str] | Mapping[str, Any] | None, start: int | None, starts: str | None
) -> Exposed:
    """Who has the fix, from names, a condition, a column of start dates or a column of yes and no."""
    names = frame.batches[0].keys()
    if isinstance(who, Mapping):
        return Exposed({str(name): as_day(day) for name, day in who.items()})
    column = starts or (who if isinstance(who, str) and who in names else None)
    if column is not None:
        dated = frame.days(column)[used.places].astype(np.int64)
        if starts or ((dated != NO_DAY).any() and not _plain_numbers(frame, column)):
            found = _by_column(used, dated, column)
            named = who if starts and who is not None and who != column else None
            return found if named is None else _only(found, exposed(frame, used, named, 0, None))
        return _by_condition(used, frame.equals(column)[used.places], start)
    if isinstance(who, str) and who.partition("=")[0].strip() in names and "=" in who:
        return _by_condition(used, frame.equals(who)[used.places], start)
    if who is None:
        raise WrongUse("say who has the fix: --exposed with units, COLUMN=VALUE or a column of start dates")
    units = [str(name).strip() for name in (who.split(",") if isinstance(who, str) else who)]
    return Exposed(dict.fromkeys((name for name in units if name), _needed(start)))


def _plain_numbers(frame: Frame, column: str) -> bool:
    """0 and 1 would be read as days of 1970."""
    seen = {str(v).strip().lower() for v in frame.texts(column).unique().to_pylist() if v is not None}
    return seen <= _TRUE | _FALSE


def _by_column(used: Rows, dated: Ints, column: str) -> Exposed:
    """A column that has each unit's first day with the fix, empty for the others."""
    found: dict[str, int] = {}
    known = dated != NO_DAY
    for code in np.unique(used.unit[known]).tolist():
        days = np.unique(dated[known & (used.unit == code)])
        if len(days) > 1:
            dates = ", ".join(date(int(d)).isoformat() for d in days[:3])
            raise InputRefused(f"unit {used.units[code]!r} has several start dates in {column!r}: {dates}")
        found[used.units[code]] = int(days[0])
    return Exposed(found)


def _only(found: Exposed, named: Exposed) -> Exposed:
    return Exposed({unit: day for unit, day in found.starts.items() if unit in named.starts}, named.mixed)


def _by_condition(used: Rows, holds: Bools, start: int | None) -> Exposed:
    """Units in which the condition holds. It may hold from some day on: without a start, that day is each unit's own.
    A unit in which it holds for a part of the rows after the start only got the fix partly: it is on neither side."""
    starts: dict[str, int] = {}
    mixed: list[str] = []
    for code in np.unique(used.unit[holds]).tolist():
        mine = used.unit == code
        first = int(used.day[mine & holds].min()) if start is None else start
        if start is None and first <= int(used.day.min()):
            _needed(None)
        later = mine & (used.day >= first)
        share = float(holds[later].mean()) if later.any() else float(holds[mine].mean())
        if share >= 0.9:
            starts[used.units[code]] = first
        else:
            mixed.append(used.units[code])
    return Exposed(starts, tuple(mixed))


def _needed(start: int | None) -> int:
    if start is None:
        raise WrongUse("say when the fix started: --start YYYY-MM-DD, or --by-start with a column of start dates")
    return start


def as_day(value: Any) -> int:
    """A date in any form people write, a `date` or a number of days, as days since 1970-01-01. Raises WrongUse."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return value.toordinal() - dt.date(1970, 1, 1).toordinal()
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    read, _ = TimeReader().read([str(value)])
    if read[0] == np.iinfo(np.int64).min:
        raise WrongUse(f"{str(value)!r} is not a date; write it as 2026-03-01")
    return int(read[0] // 86_400_000)


def date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


def usual_length(used: Rows, starts: Mapping[str, int], weeks: int = 8) -> Length:
    """Weeks where enough are on both sides (weekdays then need no thought); days where data are short and dense."""
    days = np.unique(used.day)
    if len(days) > 1 and float(np.median(np.diff(days))) >= 4:
        return "week"
    first = min(starts.values(), default=int(days[0]))
    if first - int(days[0]) >= 7 * weeks and int(days[-1]) - first >= 7 * 4:
        return "week"
    own = np.isin(used.unit, [used.units.index(u) for u in starts if u in used.units])
    span = int(days[-1] - days[0]) + 1
    return "day" if own.sum() >= DENSE * span else "week"


def panel(used: Rows, start: int, length: Length) -> Panel:
    """Counted by unit and period. Weeks begin on the weekday of `start`, so that none is cut in two by it."""
    step = 1 if length == "day" else 7
    first = int(used.day.min())
    first -= (first - start) % step
    period = (used.day - first) // step
    shape = (len(used.units), int(period.max()) + 1)
    if shape[0] * shape[1] > MOST_CELLS:
        raise InputRefused(
            f"{shape[0]:,} units over {shape[1]:,} periods are too many; name a coarser column with --unit"
        )
    cell = used.unit * shape[1] + period

    def table(weights: Floats | None = None) -> Floats:
        return np.bincount(cell, weights, shape[0] * shape[1]).reshape(shape).astype(np.float64)

    n = table()
    # where nearly all cells are one row, rows are sums already: how much observations scatter is not known
    squares = table(used.value**2) if used.kind == "mean" and n.sum() > 1.5 * (n > 0).sum() else None
    days = first + step * np.arange(shape[1], dtype=np.int64)
    return Panel(used.units, days, step, table(used.value), n, used.kind, squares)
