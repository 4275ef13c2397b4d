"""Interrupted time series: what the exposed would have gone on to do, forecast from their own baseline.

Level, trend, season and noise with memory are fitted to the baseline only (`balm.proof.forecast`), and the mean of what
was observed after the soak is compared with the joint forecast of that mean: Box and Tiao (1975), JASA 70, 70–79;
Brodersen et al. (2015), Annals of Applied Statistics 9, 247–274. Nothing else is compared, so whatever else changed at
the start is counted as the fix's effect.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import estimate, proportion
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, Design, PathPoint, Reading, Registered
from balm.proof import cells, inference, series
from balm.proof.cells import Slices
from balm.proof.common import shared
from balm.proof.forecast import LEAST_FIT, Model, Pooled, foretold, model, pool, season, unseen

METHOD = "interrupted time series"
PLACEBOS = 8


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
        possible = unseen(panel.days, panel.step, registered.period, pooled.before)
        if possible.shape[1]:
            covered = replace(covered, facts=covered.facts | {"allowed": True})
        fitted = model(pooled, columns, panel.kind, possible)
        if fitted is None or not pooled.after.any():
            short = too_short(panel, pooled, LEAST_FIT + columns.shape[1])
            return cells.nothing(panel, cut, (short, covered, alone), METHOD)
        assumptions = (
            covered,
            _autocorrelation(fitted),
            no_other_break(fitted, panel),
            *_late_rise(fitted, registered),
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
    f, upto = fitted.fitted.filtered, fitted.fitted.upto
    length = min(int(fitted.pooled.after.sum()), max(upto // 4, 2))
    earliest = LEAST_FIT + f.free + 1 + int((~f.seen[:upto]).sum())
    tried = np.unique(np.linspace(earliest, upto - length, PLACEBOS).astype(int))
    if upto - length < earliest or len(tried) < 3:
        return Assumption("no_other_break", None, {"tried": 0})
    cried: list[tuple[float, int]] = []
    for place in tried.tolist():
        found = fitted.at(place, length)
        if found is not None and (p := found[0].p(found[1])) < 0.05:
            cried.append((p, fitted.first + place))
    facts: dict[str, Any] = {"tried": len(tried), "cried": len(cried), "periods": length}
    if cried:
        facts["day"] = cells.day(int(panel.days[min(cried)[1]])).isoformat()
    return Assumption("no_other_break", 2 * len(cried) < len(tried), facts, fatal=True)


def _late_rise(fitted: Model, registered: Registered) -> tuple[Assumption, ...]:
    """Regression to the mean where no days of a choice were registered: if the last stretch before the start was worse
    than all before it foretold (p < 0.05), the part of the forecast that hangs on it may be chance that goes away;
    `expected` is how far the forecast falls back without it."""
    if registered.selected > 0:
        return ()
    f = fitted.fitted.filtered
    length = max(fitted.fitted.upto // 8, 2)
    upto = fitted.fitted.upto - length
    found = fitted.at(upto, length) if upto >= LEAST_FIT + f.free + 1 else None
    early = series.fit(f, upto)
    if found is None or early is None:
        return ()
    forecast, seen = found
    bad = seen > forecast.center if registered.better == "lower" else seen < forecast.center
    p = forecast.p(seen)
    facts: dict[str, Any] = {"periods": length, "p": p, "late": seen, "foretold": forecast.center}
    if not bad or p >= 0.05:
        return (Assumption("chosen_for_worst", None, facts),)
    left_out = fitted.ahead(early, fitted.rest(fitted.pooled.share, upto)).center
    return (Assumption("chosen_for_worst", False, facts | {"expected": left_out - foretold(fitted, r=False).center}),)


def _reading(panel: Panel, cut: Slices, fitted: Model, assumptions: tuple[Assumption, ...]) -> Reading:
    pooled = fitted.pooled
    size = float(panel.n[cut.having].sum())
    forecast = foretold(fitted)
    below = foretold(fitted, r=False)
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
    state, spread = (np.concatenate(pair) for pair in zip(past, future, strict=True))
    center = fitted.scale.value(state)
    sd = spread * fitted.scale.slope(center)
    points = []
    for t in range(fitted.first, int(np.flatnonzero(pooled.after)[-1]) + 1):
        i, n = t - fitted.first, float(pooled.n[t])
        band = reach * float(sd[i])
        without = estimate(float(center[i]), float(center[i]) - band, float(center[i]) + band, n, METHOD)
        seen = level(panel, float(pooled.y[t]), float(pooled.r[t]), n) if n > 0 else Estimate(None, None, None, 0, "")
        points.append(cells.point(int(panel.days[t]), seen, without, bool(pooled.after[t])))
    return tuple(points)
