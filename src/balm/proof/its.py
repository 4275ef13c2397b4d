"""Interrupted time series: what the exposed would have gone on to do, forecast from their own baseline.

Level, trend, season and noise with memory are fitted to the baseline only (`balm.proof.series`), and the mean of what
was observed after the soak is compared with the joint forecast of that mean: Box and Tiao (1975), JASA 70, 70–79;
Brodersen et al. (2015), Annals of Applied Statistics 9, 247–274. Nothing else is compared, so whatever else changed at
the start is counted as the fix's effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints, estimate, proportion
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, Design, PathPoint, Reading, Registered
from balm.proof import cells, inference, series
from balm.proof.cells import Bools, Slices
from balm.proof.common import shared

METHOD = "interrupted time series"
LEAST_FIT = 12
"""Periods of the baseline below which no forecast is made; as many more as the season has columns."""
DRIFT = 0.1
"""Standard deviation, beforehand, of the drift over the baseline, in standard deviations of an observation: at a share
of 10 % drifts of 6 points are possible, of 15 hardly. Only short baselines notice."""
LONG = 365.25
PLACEBOS = 8


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
    if panel.kind == "rate" and panel.squares is None:
        return (max(level, 0.0) * n + 2) / n**2
    if panel.squares is None:
        return each / n
    total, squares = panel.total[cut.having], panel.squares[cut.having]
    within = float((squares - total**2 / np.maximum(panel.n[cut.having], 1.0)).sum())
    return max(within, 0.0) / max(n - len(total), 1.0) / n


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


def waves(turns: Floats, harmonics: int) -> Floats:
    """T × 2·harmonics, sines and cosines."""
    angle = 2 * np.pi * turns[:, None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)


@dataclass(frozen=True, slots=True)
class Model:
    """A pooled series, its columns and the fit of its baseline, from the baseline's first period on (`first`)."""

    pooled: Pooled
    first: int
    x: Floats
    fitted: series.Fit

    def rest(self, of: Floats) -> Floats:
        """The part of `of` (T …) that comes after what was fitted."""
        return of[self.first + self.fitted.upto :]


def model(pooled: Pooled, columns: Floats) -> Model | None:
    """Fit the baseline; None where it is too short for the columns."""
    places = np.flatnonzero(pooled.before)
    if len(places) < LEAST_FIT + columns.shape[1]:
        return None
    first, last = int(places[0]), int(places[-1])
    half = max((last - first) / 2, 1.0)
    t = (np.arange(len(pooled.y)) - (first + last) / 2) / half
    x = np.concatenate([np.ones((len(t), 1)), t[:, None], columns], axis=1)
    ridge = np.zeros(x.shape[1])
    ridge[1] = 4 / (DRIFT**2 * max(pooled.each, 1e-12))
    filtered = series.run(pooled.y[first:], x[first:], pooled.r[first:], pooled.before[first:], ridge)
    fitted = series.fit(filtered, last - first + 1)
    return None if fitted is None else Model(pooled, first, x, fitted)


class InterruptedSeries:
    """The exposed units, before and after, and nobody else."""

    name = Design.ITS.value

    def needs(self) -> str:
        """What must be there, in one sentence."""
        return (
            "The exposed units only: at least 12 periods before the start (two seasons, where one is registered) and "
            "two after the soak. Anything else that changed at the start is counted as the effect."
        )

    def read(self, panel: Panel, registered: Registered) -> Reading:
        """See `balm.proof.designs.CheckDesign`."""
        cut = cells.slices(panel, registered)
        alone = Assumption("no_comparison", None, {"comparison_units": len(cut.comparison)})
        if not len(cut.exposed) or not cut.baseline.any() or not cut.having.any():
            return cells.nothing(panel, cut, (*why_nothing(panel, registered, cut), alone), METHOD)
        pooled = pool(panel, cut)
        columns, covered = season(panel.days, panel.step, registered.period, pooled.before)
        if covered.fatal and not covered.ok:
            return cells.nothing(panel, cut, (covered, alone), METHOD)
        fitted = model(pooled, columns)
        if fitted is None or not pooled.after.any():
            short = too_short(panel, pooled, LEAST_FIT + columns.shape[1])
            return cells.nothing(panel, cut, (short, covered, alone), METHOD)
        assumptions = (
            covered,
            _autocorrelation(fitted),
            no_other_break(fitted, panel),
            *_late_rise(fitted, columns, registered),
            alone,
        )
        return _reading(panel, cut, fitted, assumptions)


def why_nothing(panel: Panel, registered: Registered, cut: Slices) -> tuple[Assumption, ...]:
    """The assumptions that fail where a side is empty."""
    found = tuple(a for a in shared(panel, registered) if a.ok is False and a.fatal)
    return found or (Assumption("enough_data", False, dict(cells.counts(panel, cut)), fatal=True),)


def too_short(panel: Panel, pooled: Pooled, least: int) -> Assumption:
    periods = int(pooled.before.sum())
    facts = {"periods": periods, "least": least, "days": periods * panel.step}
    return Assumption("baseline_long_enough", False, facts, fatal=True)


def _autocorrelation(fitted: Model) -> Assumption:
    """Correlation of neighboring periods; where it is near 1 the series wanders, and a forecast says little."""
    value = fitted.fitted.persistence
    return Assumption("autocorrelation", value < 0.8, {"value": value, "periods": int(fitted.pooled.before.sum())})


def no_other_break(fitted: Model, panel: Panel) -> Assumption:
    """The same design at starts where nothing happened: dates within the baseline, each judged from what came before.
    Fails where half of them cry (p < 0.05). Facts: `tried`, `cried`, `periods` judged at each, `day` of the worst."""
    pooled, f = fitted.pooled, fitted.fitted.filtered
    length = min(int(pooled.after.sum()), max(fitted.fitted.upto // 4, 2))
    earliest = LEAST_FIT + f.x.shape[1] + int((~f.seen[: fitted.fitted.upto]).sum())
    tried = np.unique(np.linspace(earliest, fitted.fitted.upto - length, PLACEBOS).astype(int))
    if fitted.fitted.upto - length < earliest or len(tried) < 3:
        return Assumption("no_other_break", None, {"tried": 0})
    cried: list[tuple[float, int]] = []
    for upto in tried.tolist():
        n = np.where(f.seen[upto : upto + length], pooled.n[fitted.first :][upto : upto + length], 0.0)
        early = series.fit(f, upto)
        if early is None or n.sum() <= 0:
            continue
        share, window = n / n.sum(), slice(upto, upto + length)
        forecast = series.ahead(early, f.x[window], share, f.r[window])
        if (p := forecast.p(float(share @ pooled.y[fitted.first :][window]))) < 0.05:
            cried.append((p, fitted.first + upto))
    facts: dict[str, Any] = {"tried": len(tried), "cried": len(cried), "periods": length}
    if cried:
        facts["day"] = cells.day(int(panel.days[min(cried)[1]])).isoformat()
    return Assumption("no_other_break", 2 * len(cried) < len(tried), facts, fatal=True)


def _late_rise(fitted: Model, columns: Floats, registered: Registered) -> tuple[Assumption, ...]:
    """Regression to the mean where no days of a choice were registered: if the last stretch before the start was worse
    than all before it foretold (p < 0.05), the part of the forecast that hangs on it may be chance that goes away;
    `expected` is how far the forecast falls back without it."""
    if registered.selected > 0:
        return ()
    pooled, f = fitted.pooled, fitted.fitted.filtered
    length = max(fitted.fitted.upto // 8, 2)
    upto = fitted.fitted.upto - length
    early = series.fit(f, upto) if upto >= LEAST_FIT + f.x.shape[1] else None
    n = np.where(f.seen, pooled.n[fitted.first :], 0.0)[upto : upto + length]
    if early is None or n.sum() <= 0:
        return ()
    share, window = n / n.sum(), slice(upto, upto + length)
    forecast = series.ahead(early, f.x[window], share, f.r[window])
    seen = float(share @ pooled.y[fitted.first :][window])
    bad = seen > forecast.center if registered.better == "lower" else seen < forecast.center
    p = forecast.p(seen)
    facts: dict[str, Any] = {"periods": length, "p": p, "late": seen, "foretold": forecast.center}
    if not bad or p >= 0.05:
        return (Assumption("chosen_for_worst", None, facts),)
    whole = series.ahead(fitted.fitted, fitted.rest(fitted.x), fitted.rest(pooled.share)).center
    left_out = series.ahead(early, fitted.x[fitted.first + upto :], pooled.share[fitted.first + upto :]).center
    return (Assumption("chosen_for_worst", False, facts | {"expected": left_out - whole}),)


def foretold(fitted: Model) -> series.Mixture:
    """The mean of the observations after, had nothing happened. They scatter as those before do, at the level they have
    now."""
    pooled = fitted.pooled
    ratio = pooled.noise / max(float(pooled.share**2 @ pooled.r), 1e-300)
    share = fitted.rest(pooled.share)
    return series.ahead(fitted.fitted, fitted.rest(fitted.x), share, fitted.rest(pooled.r) * ratio)


def _reading(panel: Panel, cut: Slices, fitted: Model, assumptions: tuple[Assumption, ...]) -> Reading:
    pooled = fitted.pooled
    size = float(panel.n[cut.having].sum())
    forecast = foretold(fitted)
    below = series.ahead(fitted.fitted, fitted.rest(fitted.x), fitted.rest(pooled.share))
    low, high = forecast.interval()
    center = forecast.center
    reach = (high - low) / 2 / max(forecast.sd, 1e-300)
    v_level = max(forecast.sd**2 - below.sd**2, pooled.noise)
    without_low, without_high = below.interval()
    return Reading(
        effect=estimate(pooled.level - center, pooled.level - high, pooled.level - low, size, METHOD),
        without=estimate(center, without_low, without_high, size, METHOD),
        level=level(panel, pooled.level, v_level, size),
        remaining=inference.remaining(pooled.level, v_level, center, below.sd**2, q=reach, n=size),
        p=forecast.p(pooled.level),
        n=cells.counts(panel, cut),
        assumptions=assumptions,
        path=_path(panel, fitted, reach),
        method=METHOD,
    )


def level(panel: Panel, value: float, variance: float, n: float) -> Estimate:
    """A mean of n observations with that variance."""
    if panel.kind == "share" and n > 0:
        p = min(max(value, 0.0), 1.0)
        held = (p * n + 2) / (n + 4)
        return proportion(p * n, n, effective=min(n, held * (1 - held) / max(variance, 1e-300)))
    half = 1.959963984540054 * float(np.sqrt(variance))
    return estimate(value, value - half, value + half, n, "normal")


def _path(panel: Panel, fitted: Model, reach: float) -> tuple[PathPoint, ...]:
    """From the first period of the baseline to the last after: within the baseline, what the fit expected one period
    ahead; from then on, the forecast."""
    pooled = fitted.pooled
    past, future = series.expected(fitted.fitted), series.bands(fitted.fitted, fitted.rest(fitted.x))
    center, sd = (np.concatenate(pair) for pair in zip(past, future, strict=True))
    points = []
    for t in range(fitted.first, int(np.flatnonzero(pooled.after)[-1]) + 1):
        i, n = t - fitted.first, float(pooled.n[t])
        band = reach * float(sd[i])
        without = estimate(float(center[i]), float(center[i]) - band, float(center[i]) + band, n, METHOD)
        seen = level(panel, float(pooled.y[t]), float(pooled.r[t]), n) if n > 0 else Estimate(None, None, None, 0, "")
        points.append(cells.point(int(panel.days[t]), seen, without, bool(pooled.after[t])))
    return tuple(points)
