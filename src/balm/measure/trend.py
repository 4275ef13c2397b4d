"""Trends: how a theme's share of comments, an event or a score moves, and where it changes.

Shares, not counts: when more people write, no theme has got worse. Segments whose collection starts or stops are set
aside from the overall series and judged on their own.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from balm.core.coded import Attribute, CodedFeedback
from balm.core.stats import Z95, Floats, Ints, estimate, false_discovery, ratio_interval, t_quantile, wilson
from balm.core.types import Change, Estimate, Point, Trend, to_json
from balm.measure.changes import changes
from balm.measure.incidence import Incidence, incidence
from balm.measure.periods import (
    Period,
    by_collection,
    choose_period,
    period_index,
    weekday_offset,
    weekday_season,
)
from balm.measure.reach import design_effects
from balm.measure.scan import Series, dispersions

_RATIO_LEAST = 10
"""Comments with the theme in the first and last third together, below which no ratio is given."""

_SEGMENTS = 40


@dataclass(frozen=True)
class SeriesResult:
    """Series of one quantity, by segment, and the changes found in them."""

    period: Period
    series: list[tuple[dict[str, str], tuple[Point, ...]]]
    changes: list[Change]

    def to_json(self) -> dict[str, Any]:
        """As `balm trend --out` writes it."""
        series = [{"by": by, "period": self.period, "points": to_json(points)} for by, points in self.series]
        return {"series": series, "changes": to_json(self.changes)}

    def to_pandas(self) -> Any:
        """One row a period and segment; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        return pd.DataFrame([{**by, **to_json(point)} for by, points in self.series for point in points])


def theme_trends(
    coded: CodedFeedback,
    period: Period | None = None,
    *,
    segments: Sequence[str] = (),
    alpha: float = 0.05,
) -> list[Trend]:
    """Trend of each theme: the share of comments with a negative mention of it.

    `segments`: attributes of `coded.by` whose values get series of their own. All series of all themes are tested
    together; the changes of a theme are those overall and those of segments that go beyond them.
    """
    k = len(coded.themes)
    period = period or choose_period(coded.day)
    index, start = period_index(coded.day, period)
    count = len(start)
    if count < 3:
        return [Trend("unknown", _no_ratio(), period) for _ in range(k)]
    pairs = incidence(coded)
    deff = np.maximum(design_effects(coded, pairs), 1.0)
    steady = ~by_collection(index, count, coded.by) & (index >= 0)
    places = (index, start, period)
    overall = _theme_series(coded.themes, pairs, places, codes=np.where(steady, 0, -1), names=[{}], deff=deff)
    local: list[Series] = []
    for name in segments:
        attribute = coded.by[name]
        codes, values = _largest(attribute, 100)
        named = [{name: v} for v in values]
        local += _theme_series(coded.themes, pairs, places, codes=codes, names=named, deff=deff)
    found = changes([*overall, *local], alpha=alpha)
    ratios, p = _ratios(overall)
    q = false_discovery(p)
    themes = {name: [c for c in found if c.by["theme"] == name] for name in coded.themes}
    return [
        Trend(_direction(ratios[j], float(q[j]), alpha), ratios[j], period, _points(overall[j]), _beyond(themes[name]))
        for j, name in enumerate(coded.themes)
    ]


def _largest(attribute: Attribute, least: int) -> tuple[NDArray[np.int64], list[str]]:
    """Codes (n,) into the values with at least `least` comments, −1 for the others; the 40 largest, in their order."""
    sizes = np.bincount(attribute.codes[attribute.codes >= 0], minlength=len(attribute.values))
    top = np.sort(np.argsort(-sizes, kind="stable")[:_SEGMENTS])
    top = top[sizes[top] >= least]
    place = np.full(len(attribute.values) + 1, -1)
    place[top] = np.arange(len(top))
    return place[attribute.codes], [attribute.values[v] for v in top]


def _theme_series(
    themes: list[str],
    pairs: Incidence,
    places: tuple[NDArray[np.int32], Ints, Period],
    *,
    codes: NDArray[np.int64],
    names: list[dict[str, str]],
    deff: Floats,
) -> list[Series]:
    """Series of every theme in every segment: `codes` (n,) into `names`, −1 for comments in none."""
    index, start, period = places
    k, count, many = len(themes), len(start), len(names)
    seen = (codes >= 0) & (index >= 0)
    cell = np.where(seen, codes * count + index, -1)
    n = np.bincount(cell[seen], minlength=many * count).reshape(many, count).astype(float)
    of_pair = cell[pairs.comment]
    inside = of_pair >= 0
    table = np.bincount(pairs.theme[inside] * (many * count) + of_pair[inside], minlength=k * many * count)
    table = table.reshape(k, many, count).astype(float)
    made = [
        Series(start, table[j, v], n[v], deff=float(deff[j]), by={"theme": theme, **name})
        for v, name in enumerate(names)
        for j, theme in enumerate(themes)
    ]
    return _seasonal(made) if period == "day" else made


def _seasonal(many: list[Series]) -> list[Series]:
    """The same series with the season of the week in what is expected of them, where there is one."""
    out = []
    for s, dispersion in zip(many, dispersions(many)[0], strict=True):
        if s.kind == "mean":
            offset = weekday_offset(s.start, s.total, s.n, float(s.variance * dispersion))
            out.append(s if offset is None else _with(s, offset=offset))
        else:
            factor = weekday_season(s.start, s.total, s.n, float(s.spread * dispersion))
            out.append(s if factor is None else _with(s, expected=s.n * factor))
    return out


def _with(s: Series, *, expected: Floats | None = None, offset: Floats | None = None) -> Series:
    return Series(s.start, s.total, s.n, s.kind, s.variance, s.deff, s.by, expected, offset)


def _no_ratio(n: int = 0) -> Estimate:
    return Estimate(None, None, None, n, "ratio of shares, last third to first third (MOVER)")


def _ratios(many: list[Series]) -> tuple[list[Estimate], Floats]:
    """Share in the last third of the periods ÷ share in the first, and p of "they are equal"."""
    estimates, p = [], np.full(len(many), np.nan)
    for j, (s, dispersion) in enumerate(zip(many, dispersions(many)[0], strict=True)):
        third = len(s.start) // 3
        k0, n0 = s.total[:third].sum(), s.n[:third].sum()
        k1, n1 = s.total[-third:].sum(), s.n[-third:].sum()
        if k0 + k1 < _RATIO_LEAST or min(n0, n1) == 0:
            estimates.append(_no_ratio(int(n0 + n1)))
            continue
        low, high = ratio_interval(k1 / dispersion, n1 / dispersion, k0 / dispersion, n0 / dispersion)
        value = (k1 / n1) / (k0 / n0) if k0 else np.inf
        estimates.append(estimate(value, float(low), float(high), n0 + n1, _no_ratio().method))
        pooled = (k0 + k1) / (n0 + n1)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1) * dispersion)
        p[j] = math.erfc(abs(k1 / n1 - k0 / n0) / error / math.sqrt(2)) if error > 0 else 1.0
    return estimates, p


def _direction(ratio: Estimate, q: float, alpha: float) -> Literal["rising", "falling", "steady", "unknown"]:
    if np.isnan(q):
        return "unknown"
    if q > alpha:
        return "steady"
    return "falling" if ratio.value is not None and ratio.value < 1 else "rising"


def _points(s: Series) -> tuple[Point, ...]:
    """Points with Wilson's interval (shares) or Student's (means), without dispersion: each period by itself."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(s.n > 0, s.total / s.n, np.nan)
        if s.kind == "share":
            low, high = wilson(s.total, s.n)
        elif s.kind == "mean":
            half = t_quantile(np.maximum(s.n.sum() - len(s.n), 1)) * np.sqrt(s.variance / s.n)
            low, high = value - half, value + half
        else:
            half = Z95 * np.sqrt(s.total + Z95**2 / 4)  # Poisson, by the score method
            low, high = s.total + Z95**2 / 2 - half, s.total + Z95**2 / 2 + half
    points = []
    for day, v, a, b, n, total in zip(s.start, value, low, high, s.n, s.total, strict=True):
        date = dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
        count = None if s.kind == "mean" else int(total)
        if n > 0:
            points.append(Point(date, float(v), float(a), float(b), int(n), count))
        else:
            points.append(Point(date, None, None, None, 0, count))
    return tuple(points)


def _beyond(found: list[Change]) -> tuple[Change, ...]:
    """Overall changes, and those of segments that no overall change at that time accounts for."""
    overall = [c for c in found if len(c.by) == 1]
    kept = [c for c in found if len(c.by) > 1 and not any(_same(c, o) for o in overall)]
    return (*overall, *kept)


def _same(c: Change, overall: Change) -> bool:
    if c.high < overall.low or overall.high < c.low:
        return False
    mine, theirs = c.effect, overall.effect
    if mine.value is None or theirs.value is None or mine.value * theirs.value < 0:
        return False
    assert mine.low is not None and mine.high is not None and theirs.low is not None and theirs.high is not None
    return mine.low <= theirs.high if mine.value > 0 else mine.high >= theirs.low


def event_trend(
    day: NDArray[np.int32],
    *,
    event: NDArray[np.bool_] | None = None,
    score: Floats | None = None,
    by: Mapping[str, Attribute] | None = None,
    period: Period | None = None,
    alpha: float = 0.05,
) -> SeriesResult:
    """Series and changes of the share of rows that have `event`, of the mean `score`, or of the number of rows.

    `day` (n,): days since 1970-01-01 or NO_DAY; `event`, `score` (n,), at most one of them, NaN: no score. `by`: each
    value of each attribute gets a series of its own beside the overall one (`by` = {}).
    Raises ValueError when both `event` and `score` are given.
    """
    if event is not None and score is not None:
        raise ValueError("a trend is of events or of scores, not of both")
    by = by or {}
    period = period or choose_period(day)
    index, start = period_index(day, period)
    seen = index >= 0 if score is None else (index >= 0) & np.isfinite(score)
    count = len(start)
    steady = seen & ~by_collection(index, count, by) if count and not (event is None and score is None) else seen
    masks: list[tuple[dict[str, str], NDArray[np.bool_]]] = [({}, steady)]
    for name, attribute in by.items():
        codes, values = _largest(attribute, 1)
        masks += [({name: value}, seen & (codes == v)) for v, value in enumerate(values)]
    made = [_series(index, start, mask, event=event, score=score, by=name) for name, mask in masks] if count else []
    if period == "day":
        made = _seasonal(made)
    return SeriesResult(period, [(s.by, _points(s)) for s in made], changes(made, alpha=alpha))


def _series(
    index: NDArray[np.int32],
    start: Ints,
    mask: NDArray[np.bool_],
    *,
    event: NDArray[np.bool_] | None,
    score: Floats | None,
    by: dict[str, str],
) -> Series:
    count = len(start)
    n = np.bincount(index[mask], minlength=count).astype(float)
    if score is not None:
        total = np.bincount(index[mask], score[mask], count).astype(float)
        square = float(np.square(score[mask]).sum())
        inside = square - float(np.divide(total**2, n, out=np.zeros(count), where=n > 0).sum())
        free = max(n.sum() - (n > 0).sum(), 1.0)
        return Series(start, total, n, "mean", max(inside / free, 0.0), by=by)
    if event is not None:
        return Series(start, np.bincount(index[mask & event], minlength=count).astype(float), n, by=by)
    first, last = (np.flatnonzero(n)[[0, -1]]) if n.any() else (0, -1)
    there = np.zeros(count)
    there[first : last + 1] = 1.0  # before the first row nothing was collected
    return Series(start, n, there, "count", by=by)
