"""The exposed units as one series, and what it would have gone on to do: what stands under interrupted time series.

Shares are forecast in log-odds and rates in logarithms, where trends, seasons and shocks are alike at any level: the
fit of level, trend and season by weighted likelihood gives a working response that is linear in what was observed
(penalized quasi-likelihood: Breslow and Clayton 1993, JASA 88, 9–25), `balm.proof.series` gives its noise a memory, and
the forecast is turned back to the metric's own unit. Means are forecast as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints
from balm.core.verdicts import Assumption
from balm.proof import cells, series
from balm.proof.cells import Bools, Slices
from balm.proof.scale import Scale

LEAST_FIT = 12
"""Periods of the baseline below which no forecast is made; as many more as the season has columns."""
DRIFT = 0.1
"""Standard deviation, beforehand, of the drift over the baseline, in standard deviations of an observation: at a share
of 10 % drifts of 6 points are possible, of 15 hardly. The fit may find it too narrow (`series.WIDTHS`)."""
LONG = 365.25
SEASONS = np.array([0.01, 0.3])
"""Standard deviation, beforehand, of the coefficients of a yearly season that too short a baseline cannot show: next to
none, or a usual one; in log-odds of a share, the logarithm of a rate, `OF_A_MEAN` standard deviations of a score."""
SEASONAL = np.array([0.75, 0.25])
"""How likely each of `SEASONS` is where nobody registered one."""
OF_A_MEAN = 0.35
ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Pooled:
    """The exposed units as one series over the T periods of a panel, each unit measured from its own baseline mean.

    `y`: the metric at the mix of units that is observed after the start, 0 without observations; `n`; `r`: variance of
    y by the observations alone, > 0; `before`, `after`: T, periods that count; `share`: T, share of all observations
    after, 0 elsewhere; `level`: mean of the observations after; `noise`: its variance by the observations alone;
    `each`: variance of one observation before.
    """

    y: Floats
    n: Floats
    r: Floats
    before: Bools
    after: Bools
    share: Floats
    level: float
    noise: float
    each: float


def pool(panel: Panel, cut: Slices) -> Pooled:
    """Average over the exposed by observations. A unit's own height is taken out first, so that a change of who is
    observed is not taken for a change of the metric. Units count once they have the fix or while nobody has it."""
    n, value = panel.n[cut.exposed], np.nan_to_num(panel.value[cut.exposed])
    mine = np.where(cut.without[cut.exposed] & cut.baseline, n, 0.0)
    known = (mine.sum(axis=1) > 0)[:, None]
    heights = np.divide((mine * value).sum(axis=1), mine.sum(axis=1), out=np.zeros(len(n)), where=known[:, 0])[:, None]
    having = cut.having[cut.exposed] & known
    # periods that are on neither side are only for the picture
    held = np.where(having | known & ~having.any(axis=0), n, 0.0)
    size = held.sum(axis=0)
    later = np.where(having, n, 0.0)
    total = max(float(later.sum()), 1.0)
    base = float((later * heights).sum()) / total
    divisor = np.maximum(size, 1e-300)
    y = np.where(size > 0, (held * (value - heights)).sum(axis=0) / divisor + base, 0.0)
    before, after = cut.baseline & (size > 0), having.any(axis=0)
    share = later.sum(axis=0) / total
    level = float(share @ y)
    each = _each(panel, cut)
    if each is None:
        # a tenth of what the series scatters: the fit then finds how much it is
        variance = np.full(len(y), 0.1 * float(y[before].var() * size[before].mean()) if before.any() else 0.0)
    else:
        variance = (held * each[:, None]).sum(axis=0) / divisor
    r = np.maximum(variance / np.maximum(size, 1.0), 1e-12)
    usual = float(variance[before].mean()) if before.any() else 0.0
    noise = _level_noise(panel, cut, float(later.sum()), level, usual)
    return Pooled(y, size, r, before, after, share, level, noise, usual)


def _each(panel: Panel, cut: Slices) -> Floats | None:
    """Variance of one observation without the fix, by exposed unit; None where the panel cannot tell."""
    total, n = (np.where(cut.without, part, 0.0) for part in (panel.total, panel.n))
    squares = None if panel.squares is None else np.where(cut.without, panel.squares, 0.0)
    each = cells.spread(replace(panel, total=total, n=n, squares=squares))
    return None if each is None else each[cut.exposed]


def _level_noise(panel: Panel, cut: Slices, n: float, level: float, each: float) -> float:
    """Variance of the mean of n observations with the fix; two more of either kind keep it above 0 (Agresti and Coull
    1998, The American Statistician 52, 119–126)."""
    n = max(n, 1.0)
    if panel.kind == "share":
        p = (level * n + 2) / (n + 4)
        return p * (1 - p) / n
    size = panel.n[cut.having]
    free = float(np.maximum(size - 1, 0).sum())
    told = panel.squares is not None and free > 0  # not by cells of one observation each
    if panel.kind == "rate" and not told:
        return (max(level, 0.0) * n + 2) / n**2
    if panel.squares is None or not told:
        return each / n
    within = float((panel.squares[cut.having] - panel.total[cut.having] ** 2 / np.maximum(size, 1.0)).sum())
    return max(within, 0.0) / max(free, 1.0) / n


def season(days: Ints, step: int, period: int, before: Bools) -> tuple[Floats, Assumption]:
    """T × j columns, and `season_covered`: twice by the baseline, or it is said how often. A registered season that was
    not seen once is fatal; that of the year is taken in from two years on."""
    t = np.arange(len(days))
    places = np.flatnonzero(before)
    span = int(places[-1] - places[0] + 1) if len(places) else 0
    years = span * step / LONG
    facts: dict[str, Any] = {"period": period, "cycles": span / period if period else None, "years": years}
    parts = [np.zeros((len(t), 0))]
    if 1 < period <= 14:
        parts.append((t[:, None] % period == np.arange(1, period)) - 1.0 / period)
    elif period > 14:
        parts.append(waves(t / period, 2))
    of_the_year = period * step < 300
    if of_the_year and years >= 2:
        parts.append(waves(t * step / LONG, 2))
    ok: bool | None = (not period or span >= 2 * period) and not (of_the_year and years < 2)
    if not ok and not period:
        ok = None
    return np.concatenate(parts, axis=1), Assumption("season_covered", ok, facts, fatal=bool(period) and span < period)


def unseen(days: Ints, step: int, period: int, before: Bools) -> Floats:
    """T × 4 (or × 0), a season of the year that is neither registered nor shown by two years of baseline: the columns
    that `SEASONS` is about. The second harmonic is 0.4 times the first."""
    places = np.flatnonzero(before)
    span = int(places[-1] - places[0] + 1) if len(places) else 0
    if period * step >= 300 or span * step / LONG >= 2:
        return np.zeros((len(days), 0))
    return np.asarray(waves(np.arange(len(days)) * step / LONG, 2) * [1.0, 0.4, 1.0, 0.4], np.float64)


def waves(turns: Floats, harmonics: int) -> Floats:
    """T × 2·harmonics, sines and cosines."""
    angle = 2 * np.pi * turns[:, None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)


@dataclass(frozen=True, slots=True)
class Model:
    """A pooled series, its T × k columns `x` and the fit of its baseline, from the baseline's first period (`first`)
    on; the fit is on `scale`."""

    pooled: Pooled
    scale: Scale
    first: int
    x: Floats
    fitted: series.Fit

    def rest(self, of: Floats, upto: int | None = None) -> Floats:
        """The part of `of` (T …) that comes after the first `upto` periods of the fit, by default all of them."""
        return of[self.first + (self.fitted.upto if upto is None else upto) :]

    def ahead(self, fitted: series.Fit, share: Floats, r: Floats | None = None) -> series.Mixture:
        """Σ share · y of the periods after those of a fit to a part of the baseline, as `series.ahead`, in the metric's
        unit: the forecast turned back along the slope at its middle."""
        x = self.rest(self.x, fitted.upto)[: len(share)]
        center, _ = series.bands(fitted, x)
        value = self.scale.value(center)
        slope = self.scale.slope(value)
        raw = series.ahead(fitted, x, share * slope, None if r is None else r / slope**2)
        return replace(raw, mean=raw.mean + float(share @ (value - slope * center)))

    def at(self, upto: int, length: int) -> tuple[series.Mixture, float] | None:
        """Forecast from the first `upto` periods of the mean of the `length` that follow, all within the baseline, and
        what it was; None where too little is there."""
        f = self.fitted.filtered
        early = series.fit(f, upto)
        n = np.where(f.seen[upto : upto + length], self.rest(self.pooled.n, upto)[:length], 0.0)
        if early is None or n.sum() <= 0:
            return None
        share = n / n.sum()
        forecast = self.ahead(early, share, self.rest(self.pooled.r, upto)[:length])
        return forecast, float(share @ self.rest(self.pooled.y, upto)[:length])


def model(pooled: Pooled, columns: Floats, kind: str, possible: Floats | None = None) -> Model | None:
    """Fit the baseline; None where it is too short for the columns. `kind`: of the panel; `possible`: T × j, further
    columns of which only `SEASONS` is known."""
    places = np.flatnonzero(pooled.before)
    if len(places) < LEAST_FIT + columns.shape[1]:
        return None
    first, last = int(places[0]), int(places[-1])
    half = max((last - first) / 2, 1.0)
    t = (np.arange(len(pooled.y)) - (first + last) / 2) / half
    x = np.concatenate([np.ones((len(t), 1)), t[:, None], columns], axis=1)
    ridge = np.zeros(x.shape[1])
    ridge[1] = 4 / (DRIFT**2 * max(pooled.each, 1e-12))
    scale = Scale("share" if kind == "share" else "rate" if kind == "rate" else "mean")
    y, r, slope = working(pooled, x, ridge, scale)
    ridges = ridge * slope**2 / np.square(series.WIDTHS)[:, None]
    odds = np.full(len(ridges), 1 / len(ridges))
    if possible is not None and possible.shape[1]:
        unit = OF_A_MEAN * math.sqrt(max(pooled.each, 1e-12)) if scale.kind == "mean" else 1.0
        x = np.concatenate([x, unit * possible], axis=1)
        tight = np.repeat(1 / SEASONS**2, len(ridges))[:, None] * np.ones(possible.shape[1])
        ridges = np.concatenate([np.tile(ridges, (len(SEASONS), 1)), tight], axis=1)
        odds = np.kron(SEASONAL, odds)
    filtered = series.run(y[first:], x[first:], r[first:], pooled.before[first:], (ridges, odds))
    fitted = series.fit(filtered, last - first + 1)
    return None if fitted is None else Model(pooled, scale, first, x, fitted)


def working(pooled: Pooled, x: Floats, ridge: Floats, scale: Scale) -> tuple[Floats, Floats, float]:
    """T, the response on the scale of the fit, T, its variance by the observations alone, and the usual slope: metric
    per unit of that scale. By iterated weighted least squares of the baseline."""
    if scale.kind == "mean":
        return pooled.y, pooled.r, 1.0
    seen = pooled.before
    n, y = pooled.n[seen], pooled.y[seen]
    mean = (float(n @ y) + 0.5) / (float(n.sum()) + 1)
    middle = float(scale.state(np.array(min(max(mean, 1e-6), 1 - 1e-6 if scale.kind == "share" else np.inf))))
    state = np.full(len(pooled.y), middle)
    usual = float(scale.slope(scale.value(np.array(middle))))
    flat = ridge * usual**2 / max(pooled.each, 1e-12) / series.WIDTHS[-1] ** 2
    for _ in range(ROUNDS):
        value = scale.value(state)
        slope = scale.slope(value)
        # the variance of an observation goes with the slope, so their product does the weighing
        weight = n * slope[seen]
        response = state[seen] - middle + (y - value[seen]) / slope[seen]
        information = (x[seen] * weight[:, None]).T @ x[seen] + np.diag(flat * usual + 1e-9 * weight.sum())
        beta = np.linalg.solve(information, x[seen].T @ (weight * response))
        state = middle + np.clip(x @ beta, -3, 3)
    value = scale.value(state)
    slope = scale.slope(value)
    response = state + np.where(pooled.n > 0, (pooled.y - value) / slope, 0.0)
    ratio = slope / max(float(slope[seen].mean()), 1e-300)
    return response, np.maximum(pooled.r * ratio / slope**2, 1e-12), usual


def foretold(fitted: Model, r: bool = True) -> series.Mixture:
    """The mean of the observations after, had nothing happened; without `r`, the mean of the level they scatter around.
    They scatter as those before do, at the level they have now."""
    pooled = fitted.pooled
    ratio = pooled.noise / max(float(pooled.share**2 @ pooled.r), 1e-300)
    return fitted.ahead(fitted.fitted, fitted.rest(pooled.share), fitted.rest(pooled.r) * ratio if r else None)
