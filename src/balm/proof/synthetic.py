"""Synthetic control: one or few exposed units against the mix of others that went with them before.

The mix is Abadie, Diamond and Hainmueller's (2010), JASA 105, 493–505: weights that are not negative and sum to 1,
here with an intercept (Doudchenko and Imbens 2016, NBER 22791) and a ridge against chasing noise, as in synthetic
difference-in-differences (Arkhangelsky et al. 2021, American Economic Review 111, 4088–4118). Units' movements are put
on one scale first: a deviation is divided by the variance of an observation, which for shares is a deviation of the
log-odds and for rates one of the logarithm, to first order.

How wrong the mix is after the start is read off the donors: each is taken for exposed in turn (placebo in space,
Arkhangelsky et al., algorithm 4), at the same periods, so whatever memory the noise has is in it. A placebo's error is
partly the scatter of its own observations, which is known from n, and partly a variance that all units share; the
latter is integrated over what the placebos leave open, so that few donors give wide intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints, estimate
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, Design, PathPoint, Reading, Registered
from balm.proof import cells, forecast, inference, its, simplex
from balm.proof.cells import Bools, Slices
from balm.proof.forecast import Pooled
from balm.proof.series import Mixture

METHOD = "synthetic control"
LEAST_DONORS, FEW_DONORS = 4, 10
MOST_DONORS = 120
"""Of more donors, those with the most observations: others would add noise only."""
LEAST_BEFORE = 6
FILLED = 0.8
"""Share of periods, before and after each, in which a donor must have observations."""
RIDGE = 3.0
"""Times the donors' mean noise variance: a mix of few noisy donors costs more than it fits."""
OVERDISPERSION = np.array([1.0, 1.15, 1.3])
SPREADS, PLACEBOS = 60, 60
CARRIED = 0.5
"""Standard deviation, beforehand, of the part of an oddity before the start that is there after it, too."""


@dataclass(frozen=True, slots=True)
class Donors:
    """J comparison units over T periods, on the exposed's scale: `rows` of the panel, `move`: J × T, deviations from
    each one's baseline mean; `noise`: J × T, their variance by the observations alone."""

    rows: Ints
    move: Floats
    noise: Floats


def donors(panel: Panel, cut: Slices, pooled: Pooled) -> Donors:
    """The comparison units with enough periods. A hole gets the mean movement of the others in that period."""
    rows = cut.comparison
    n = panel.n[rows].astype(np.float64)
    seen = n > 0
    rows = rows[(seen[:, pooled.before].mean(axis=1) >= FILLED) & (seen[:, pooled.after].mean(axis=1) >= FILLED)]
    if len(rows) > MOST_DONORS:
        rows = np.sort(rows[np.argsort(-panel.n[rows][:, pooled.before].sum(axis=1), kind="stable")[:MOST_DONORS]])
    n, seen, value = panel.n[rows].astype(np.float64), panel.n[rows] > 0, np.nan_to_num(panel.value[rows])
    early = seen & pooled.before
    heights = (value * early).sum(axis=1) / np.maximum(early.sum(axis=1), 1)
    move = np.where(seen, value - heights[:, None], 0.0)
    each = cells.spread(panel)
    factor = np.ones((len(rows), 1))
    if each is None:
        # a tenth of the scatter, as for the exposed; the placebos find how much more there is
        count = np.maximum(early.sum(axis=1), 1)
        variance = 0.1 * (move**2 * early).sum(axis=1) / count * np.maximum((n * early).sum(axis=1) / count, 1.0)
    else:
        variance = each[rows]
        if pooled.each > 0:
            factor = np.where(variance > 0, pooled.each / np.maximum(variance, 1e-300), 1.0)[:, None]
    move = move * factor
    common = (move * n).sum(axis=0) / np.maximum(n.sum(axis=0), 1.0)
    noise = np.maximum(variance[:, None] / np.maximum(n, 1.0) * factor**2, 1e-12)
    return Donors(rows, np.where(seen, move, common), noise)


@dataclass(frozen=True, slots=True)
class Mix:
    """The exposed (row 0) and K donors (rows 1 … K) against a mix of the J others.

    `weights`: (K + 1) × J. `gap`: (K + 1) × T, what the mix does not explain, with mean 0 over the baseline. `error`:
    K + 1, mean gap after. `known`: variance of that by the observations alone; `shares`: how often the variance that
    units share enters it. `noise`: (K + 1) × T, variance of the gaps by the observations alone. `off`: K + 1, mean gap
    in the days the exposed were chosen in, 0 without such.
    """

    weights: Floats
    gap: Floats
    error: Floats
    known: Floats
    shares: Floats
    noise: Floats
    off: Floats


def mix(pooled: Pooled, d: Donors, selected: Bools, seed: int) -> Mix:
    """Fit on the baseline, once for each unit. Of very many donors, a draw is taken for exposed."""
    early = pooled.before / pooled.before.sum()
    size = len(d.rows)
    tried = np.arange(size)
    if size > PLACEBOS:
        tried = np.sort(np.random.default_rng(seed).choice(size, PLACEBOS, replace=False))
    own = np.vstack([np.where(pooled.n > 0, pooled.y - float(early @ pooled.y), 0.0), d.move[tried]])
    ridge = RIDGE * float(d.noise[:, pooled.before].mean()) + 1e-12
    gram = (d.move * early) @ d.move.T + ridge * np.eye(size)
    allowed = np.vstack([np.ones((1, size), bool), tried[:, None] != np.arange(size)])
    weights = simplex.weigh(gram, (own * early) @ d.move.T, allowed)
    gap = own - weights @ d.move
    contrast = pooled.share - early
    late = selected / max(float(selected.sum()), 1.0)
    noise = np.vstack([np.where(pooled.n > 0, pooled.r, 0.0), d.noise[tried]]) + weights**2 @ d.noise
    return Mix(weights, gap, gap @ contrast, noise @ contrast**2, 1 + (weights**2).sum(axis=1), noise, gap @ late)


def errors(m: Mix, known: float) -> Mixture:
    """Distribution of the exposed's error, from the placebos': normal, with the variance that units share integrated
    over (flat in its root: Gelman 2006, Bayesian Analysis 1, 515–534), and some overdispersion of the observations.
    What a unit was off in the days of the choice may go on in part, or turn: errors are regressed on it, the slope
    normal around 0 beforehand. So an exposed unit that was picked for its rise is compared with what became of other
    rises, and the further it stood out, the less sure that is. `known`: the exposed's own variance by the observations.
    """
    top = max(3 * float(np.abs(m.error[1:] / np.sqrt(m.shares[1:])).max()), 1e-9)
    root = np.linspace(0, 1, SPREADS) ** 1.5 * top
    shared, extra = (part.ravel() for part in np.meshgrid(root**2, OVERDISPERSION, indexing="ij"))
    variance = shared[:, None] * m.shares[1:] + extra[:, None] * m.known[1:]
    error, off = m.error[1:], m.off[1:]
    told = (off**2 / variance).sum(axis=1) + 1 / CARRIED**2
    slope = (off * error / variance).sum(axis=1) / told
    loglik = -0.5 * ((error**2 / variance + np.log(variance)).sum(axis=1) - slope**2 * told + np.log(told))
    weight = np.exp(loglik - loglik.max()) * np.repeat(np.gradient(root), len(OVERDISPERSION))
    spread = shared * m.shares[0] + extra * known + m.off[0] ** 2 / told
    return Mixture(weight / weight.sum(), slope * m.off[0], spread)


class SyntheticControl:
    """One or few exposed units, compared with a mix of many others."""

    name = Design.SYNTHETIC.value

    def needs(self) -> str:
        """What must be there, in one sentence."""
        return (
            "At least 4, better 10 or more, other units without the fix that have the metric in the same periods, and "
            "at least 6 periods before the start."
        )

    def read(self, panel: Panel, registered: Registered) -> Reading:
        """See `balm.proof.designs.CheckDesign`."""
        cut = cells.slices(panel, registered)
        if not len(cut.exposed) or not cut.baseline.any() or not cut.having.any():
            return cells.nothing(panel, cut, its.why_nothing(panel, registered, cut), METHOD)
        pooled = forecast.pool(panel, cut)
        if pooled.before.sum() < LEAST_BEFORE or not pooled.after.any():
            return cells.nothing(panel, cut, (its.too_short(panel, pooled, LEAST_BEFORE),), METHOD)
        d = donors(panel, cut, pooled)
        if len(d.rows) < LEAST_DONORS:
            facts = {"donors": len(d.rows), "least": LEAST_DONORS, "comparison_units": len(cut.comparison)}
            return cells.nothing(panel, cut, (Assumption("donors_enough", False, facts, fatal=True),), METHOD)
        m = mix(pooled, d, cut.selected, registered.seed)
        # the observations after scatter by the level they have now
        late = float(pooled.share**2 @ pooled.r)
        known = float(m.known[0]) - late + pooled.noise
        spread = errors(m, known)
        assumptions = (
            _donors_enough(m, len(cut.comparison)),
            _fit_before(m, pooled),
            _placebo(m, spread),
            _comparison_clean(panel, cut, registered, float(m.error[0])),
        )
        return _reading(panel, cut, (pooled, d, m), spread, assumptions)


def _donors_enough(m: Mix, comparison: int) -> Assumption:
    facts = {
        "donors": m.weights.shape[1],
        "effective": float(1 / (m.weights[0] ** 2).sum()),
        "comparison_units": comparison,
        "least": LEAST_DONORS,
    }
    return Assumption("donors_enough", facts["donors"] >= FEW_DONORS, facts)


def _wandering(m: Mix, where: Bools) -> float:
    """Variance of one period's gap of the donors beyond the scatter of observations, per share."""
    over = m.gap[1:, where] ** 2 - m.noise[1:, where]
    return max(float(over.mean() / m.shares[1:].mean()), 0.0)


def _fit_before(m: Mix, pooled: Pooled) -> Assumption:
    """The exposed's root mean square gap before, over what the scatter of observations and a usual donor's gap make one
    expect. Facts: `rmse`, `noise` (by the observations alone), `ratio`."""
    before = pooled.before
    found = float((m.gap[0, before] ** 2).mean())
    noise = float(m.noise[0, before].mean())
    ratio = (found / max(noise + m.shares[0] * _wandering(m, before), 1e-300)) ** 0.5
    facts = {"rmse": found**0.5, "noise": noise**0.5, "ratio": ratio}
    return Assumption("fit_before", bool(ratio <= 1.5), facts, fatal=bool(ratio > 2.5))


def _placebo(m: Mix, spread: Mixture) -> Assumption:
    """Where the exposed's error ranks among the donors', each over its own standard error."""
    shared = max((spread.sd**2 - m.known[0]) / m.shares[0], 0.0)
    size = np.abs(m.error) / np.sqrt(np.maximum(m.known + shared * m.shares, 1e-300))
    rank = 1 + int((size[1:] >= size[0]).sum())
    facts = {"rank": rank, "of": len(size), "p": rank / len(size)}
    return Assumption("placebo", None if len(size) <= FEW_DONORS else facts["p"] <= 0.1, facts)


def _comparison_clean(panel: Panel, cut: Slices, registered: Registered, effect: float) -> Assumption:
    """Whether the donors jumped the same way when the exposed started, out of their own forecast (p < 0.01), and by so
    much that it matters: they may have got a part of the fix. A shock that hit all looks the same."""
    having = np.zeros(panel.n.shape, bool)
    having[cut.comparison] = cut.after & (panel.n[cut.comparison] > 0)
    turned = Slices(
        exposed=cut.comparison, starts=cut.starts[:0], comparison=cut.exposed, missing=(), baseline=cut.baseline,
        selected=cut.selected, after=cut.after, without=cut.without & ~having, having=having,
    )  # fmt: skip
    pooled = forecast.pool(panel, turned)
    columns, _ = forecast.season(panel.days, panel.step, registered.period, pooled.before)
    fitted = forecast.model(pooled, columns, panel.kind)
    if fitted is None or not pooled.after.any():
        return Assumption("comparison_clean", None, {})
    ahead = forecast.foretold(fitted)
    low, high = ahead.interval()
    jump, tolerance = pooled.level - ahead.center, max(registered.margin, abs(effect) / 4)
    p = ahead.p(pooled.level)
    facts: dict[str, Any] = {
        "jump": jump, "low": pooled.level - high, "high": pooled.level - low, "p": p, "tolerance": tolerance,
    }  # fmt: skip
    way = -1.0 if registered.better == "lower" else 1.0
    if p < 0.01 and way * jump > tolerance:
        return Assumption("comparison_clean", False, facts, fatal=True)
    ruled_out = max(way * facts["low"], way * facts["high"]) <= 2 * tolerance
    return Assumption("comparison_clean", True if ruled_out else None, facts, fatal=True)


def _reading(
    panel: Panel, cut: Slices, parts: tuple[Pooled, Donors, Mix], spread: Mixture, assumptions: tuple[Assumption, ...]
) -> Reading:
    pooled, _, m = parts
    size = float(panel.n[cut.having].sum())
    effect = float(m.error[0]) - spread.center
    reach = (spread.quantile(0.975) - spread.quantile(0.025)) / 2
    # not exactly the mean of y after: the mix is on its scale, the level is what was observed
    center = pooled.level - effect
    v_without = max(spread.sd**2 - pooled.noise, 0.0)
    factor = reach / max(spread.sd, 1e-300)
    half = factor * v_without**0.5
    return Reading(
        effect=estimate(effect, effect - reach, effect + reach, size, METHOD),
        without=estimate(center, center - half, center + half, size, METHOD),
        level=its.level(panel, pooled.level, pooled.noise, size),
        remaining=inference.remaining(pooled.level, pooled.noise, center, v_without, q=factor, n=size),
        p=spread.p(float(m.error[0])),
        n=cells.counts(panel, cut),
        assumptions=assumptions,
        path=_path(panel, parts, factor),
        method=METHOD,
    )


def _path(panel: Panel, parts: tuple[Pooled, Donors, Mix], factor: float) -> tuple[PathPoint, ...]:
    """From the first period of the baseline to the last after: the mix, at the exposed's height."""
    pooled, d, m = parts
    early = pooled.before / pooled.before.sum()
    height = float(early @ pooled.y)
    center = height + m.weights[0] @ d.move
    every = pooled.before | pooled.after
    variance = m.weights[0] ** 2 @ d.noise + m.shares[0] * _wandering(m, every) + float(early**2 @ m.noise[0])
    points = []
    for t in range(int(np.flatnonzero(pooled.before)[0]), int(np.flatnonzero(pooled.after)[-1]) + 1):
        n, band = float(pooled.n[t]), factor * float(variance[t]) ** 0.5
        without = estimate(float(center[t]), float(center[t]) - band, float(center[t]) + band, n, METHOD)
        seen = (
            its.level(panel, float(pooled.y[t]), float(pooled.r[t]), n) if n > 0 else Estimate(None, None, None, 0, "")
        )
        points.append(cells.point(int(panel.days[t]), seen, without, bool(pooled.after[t])))
    return tuple(points)
