"""From an imputed contrast to a reading: its numbers, its picture, and the checks that two designs have in common."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from balm.core.panel import Panel
from balm.core.stats import Floats, proportion, t_quantile
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, PathPoint, Reading, Registered
from balm.proof import cells, inference
from balm.proof.cells import Bools
from balm.proof.contrast import TRUST, Columns, Contrast, columns
from balm.proof.imputation import Fit, Table, observation, two_way

SURE = 0.025
"""Each check cries wrongly no more often than this."""
BLOCKS = 4
LEAST_EVENTS = 5
LIKELY_DRIFT = 0.15
"""Standard deviation, beforehand, of how far the exposed drift apart by themselves over the time looked at: in
log-odds of a share, the logarithm of a rate; of a mean in standard deviations of an observation, times `MEAN_DRIFT`:
that is as much for a pain of 15 % that is counted as a mean."""
MEAN_DRIFT = 0.35


def reading(
    panel: Panel,
    cut: cells.Slices,
    found: tuple[Table, Fit, Contrast],
    assumptions: tuple[Assumption, ...],
    method: str,
) -> Reading:
    """All numbers of a contrast, in the metric's unit."""
    t, f, c = found
    q = float(t_quantile(c.df))
    v_without = max(float(c.own.sum()) - c.v_level, 0.0) * widened(c)
    without = inference.t_estimate(c.without, v_without, c.df, c.n, method)
    return Reading(
        effect=inference.t_estimate(c.effect, c.variance, c.df, c.n, method),
        without=bounded(without, panel),
        level=share_or_mean(c.level, c.v_level, c.n, panel),
        remaining=inference.remaining(c.level, c.v_level, c.without, v_without, q=q, n=c.n),
        p=inference.t_p(c.effect, c.variance, c.df),
        n=cells.counts(panel, cut),
        assumptions=assumptions,
        path=path(panel, t, f, c),
        method=method,
    )


def enough_events(panel: Panel, cut: cells.Slices) -> tuple[Assumption, ...]:
    """A share or rate needs some that have it, and some that do not, on both sides before and in the comparison after:
    five each, or no interval holds. Says something only where it fails."""
    if panel.kind == "mean":
        return ()
    places = {
        "exposed_before": (cut.exposed, cut.baseline),
        "comparison_before": (cut.comparison, cut.baseline),
        "comparison_after": (cut.comparison, cut.after),
    }
    rare = {}
    for side, (rows, periods) in places.items():
        having, n = (float(part[np.ix_(rows, periods)].sum()) for part in (panel.total, panel.n))
        few = min(having, n - having) if panel.kind == "share" else having
        if few < LEAST_EVENTS:
            rare[side] = few
    facts = {"events": rare, "least_events": LEAST_EVENTS, **cells.counts(panel, cut)}
    return (Assumption("enough_data", False, facts, fatal=True),) if rare else ()


def bounded(e: Estimate, panel: Panel) -> Estimate:
    """No share or rate is below 0, no share above 1."""
    if panel.kind == "mean" or e.low is None or e.high is None:
        return e
    top = 1.0 if panel.kind == "share" else math.inf
    return Estimate(e.value, min(max(e.low, 0.0), top), max(min(e.high, top), 0.0), e.n, e.method)


def share_or_mean(value: float, variance: float, n: float, panel: Panel) -> Estimate:
    """A level that was observed, with the interval of its own observations."""
    if not (math.isfinite(value) and n > 0):
        return Estimate(None, None, None, int(n), "")
    if panel.kind == "share" and 0 <= value <= 1:
        # the size that a binomial of this variance would have; one success and one failure more where all are alike
        shrunk = (value * n + 1) / (n + 2)
        size = min(n, shrunk * (1 - shrunk) / variance) if variance > 0 else n
        return proportion(value * n, n, "wilson", effective=max(size, 1.0))
    return bounded(inference.t_estimate(value, variance, math.inf, n, "normal"), panel)


def path(panel: Panel, t: Table, f: Fit, c: Contrast) -> tuple[PathPoint, ...]:
    """By period, the exposed units that count in it: before their start, or after their soak."""
    where = (t.having | t.without)[: t.side]
    # a unit still waiting for its start is not part of what was observed with the fix
    where = np.where(t.having[: t.side].any(axis=0), t.having[: t.side], where)
    n = np.where(where, t.n[: t.side], 0.0)
    size = n.sum(axis=0)
    share = n / np.maximum(size, 1e-12)
    observed = (share * t.value[: t.side]).sum(axis=0)
    without = (share * f.without[: t.side]).sum(axis=0)
    half = float(t_quantile(c.df)) * np.sqrt(prediction(t, f, share) * widened(c))
    cell = observation(t, f.without)[: t.side] * (1 / np.maximum(t.n[: t.side], 1.0) + f.model.white)
    noise = (share**2 * cell).sum(axis=0)
    points = []
    for s, place in enumerate(t.columns.astype(int).tolist()):
        if size[s] > 0:
            seen = share_or_mean(float(observed[s]), float(noise[s]), float(size[s]), panel)
            low, high = float(without[s] - half[s]), float(without[s] + half[s])
            other = bounded(Estimate(float(without[s]), low, high, int(size[s]), "imputed"), panel)
            points.append(cells.point(int(panel.days[place]), seen, other, bool(t.having[: t.side, s].any())))
    return tuple(points)


def widened(c: Contrast) -> float:
    """How much the variance among units differs from the working model's."""
    model = float(c.own.sum())
    return c.variance / model if model > 0 else 1.0


def prediction(t: Table, f: Fit, share: Floats) -> Floats:
    """T, variance of the exposed units' mean without the fix in each period: of the fitted levels, and their states."""
    pull = np.zeros_like(f.slope)
    pull[: t.side] = share * f.slope[: t.side]
    by_unit, by_period = pull, np.diag(pull.sum(axis=0))
    a, b = two_way(f.precision, by_unit, by_period)
    levels = (pull * a).sum(axis=0) + np.einsum("s,ss->s", pull.sum(axis=0), b)
    state = f.model.slow * (pull**2).sum(axis=0)
    return np.asarray(np.maximum(levels, 0) + state, np.float64)


def parallel_before(t: Table, f: Fit, c: Contrast, registered: Registered) -> Assumption:
    """Did the exposed move like the others before? A joint test over blocks of the baseline, and of a steady drift
    apart, carried on to where the effect is measured.

    It fails only where a difference is there (p < 0.025) *and* matters: the drift would make up more than the margin
    or half of the effect. It holds where the later half of the baseline, taken for a fix, shows an effect that is known
    to be smaller than that (two one-sided tests at 5 %); between the two it could not be told (None). So few data do
    not pass for parallel, nor do many data fail for a trifle (Roth 2022, AER: Insights 4, 305–322). An effect that is
    told from 0 must survive `allowing`.
    """
    x = baseline_columns(t)
    if x is None:
        return Assumption("parallel_before", None, {})
    drift = columns(t, f, x[:1])
    blocks = columns(t, f, x[1:])
    value = float(drift.value[0] * drift.carried[0])
    sd = math.sqrt(max(float(drift.covariance[0, 0]), 0.0)) * abs(float(drift.carried[0]))
    tolerance = max(registered.margin, abs(c.effect) / 2)
    half = float(t_quantile(drift.df)) * sd
    p_drift = inference.t_p(value, sd**2, drift.df)
    wald = float(blocks.value @ np.linalg.pinv(blocks.covariance, hermitian=True) @ blocks.value) / len(blocks.value)
    p_blocks = float(special.fdtrc(len(blocks.value), blocks.df, max(wald, 0.0)))
    slope = mean_slope(t, f)
    jump = float(np.abs(blocks.value).max()) * slope
    # the later half of the baseline against the earlier, as if the fix had come in between
    halves = np.arange(len(blocks.value) + 1) >= (len(blocks.value) + 1) // 2
    weight = (halves / halves.sum() - ~halves / (~halves).sum())[1:]
    placebo = float(weight @ blocks.value) * slope
    reach = float(special.stdtrit(blocks.df, 0.95)) * slope * math.sqrt(max(weight @ blocks.covariance @ weight, 0.0))
    facts: dict[str, Any] = {
        "drift": value, "low": value - half, "high": value + half, "tolerance": tolerance, "p": p_drift,
        "blocks": len(blocks.value) + 1, "p_blocks": p_blocks, "largest": jump, "placebo": placebo,
    }  # fmt: skip
    drifted, overturned = allowing(t, f, c, drift, registered)
    if overturned:
        facts |= {"carried": drifted, "kind": t.scale.kind}
    apart = p_drift is not None and p_drift < SURE and abs(value) > tolerance
    apart = apart or (p_blocks < SURE / 2 and jump > tolerance)
    if apart or overturned:
        return Assumption("parallel_before", False, facts, fatal=True)
    return Assumption("parallel_before", True if abs(placebo) + reach <= tolerance else None, facts, fatal=True)


def allowing(t: Table, f: Fit, c: Contrast, drift: Columns, registered: Registered) -> tuple[float, bool]:
    """What the drift before, carried on, adds to the effect, and whether allowing for it overturns what is said of the
    effect's direction. `drift`: a ramp of the exposed, 0 … 1 over the baseline.

    The drift is shrunk towards none by what is likely beforehand (`LIKELY_DRIFT`), and what stays open of it widens
    the interval: a short baseline cannot rule a drift out, a long one shows what there is (a prior in place of the
    bounds of Rambachan and Roth 2023, Review of Economic Studies 90, 2555–2591).
    """
    before = np.flatnonzero(t.without[: t.side].any(axis=0) & ~t.having.any(axis=0))
    part = float(np.ptp(t.columns[before])) / max(float(np.ptp(t.columns)), 1.0)
    one = float((f.precision * f.one).sum() / max(float(f.precision.sum()), 1e-300))
    unit = LIKELY_DRIFT * part * (MEAN_DRIFT * math.sqrt(one) if t.scale.kind == "mean" else 1.0)
    carried, noise = float(drift.carried[0]), max(float(drift.covariance[0, 0]), 0.0)
    kept = unit**2 / max(unit**2 + noise, 1e-300)
    added = kept * float(drift.value[0]) * carried
    q = float(t_quantile(c.df))
    half = q * math.sqrt(max(c.variance, 0.0))
    wide = q * math.sqrt(max(c.variance, 0.0) + (unit * carried) ** 2 * (1 - kept))
    told = abs(c.effect) > half and abs(c.effect) + half > registered.margin
    return added, told and math.copysign(1.0, c.effect) * (c.effect - added) <= wide


def mean_slope(t: Table, f: Fit) -> float:
    """Metric per unit of state among the exposed with the fix."""
    n = np.where(t.having, t.n, 0.0)
    return float((n * f.slope).sum() / max(float(n.sum()), 1e-12))


def baseline_columns(t: Table) -> Floats | None:
    """A steady drift of the exposed, 0 … 1 over the baseline, and their blocks of it (all but the first); None where
    the baseline is too short for blocks."""
    before = t.without[: t.side].any(axis=0) & ~t.having.any(axis=0)
    places = np.flatnonzero(before)
    blocks = min(BLOCKS, len(places) // 2)
    if blocks < 2:
        return None
    span = float(t.columns[places[-1]] - t.columns[places[0]])
    ramp = (t.columns - t.columns[places[0]]) / max(span, 1.0)
    x = np.zeros((blocks, *t.n.shape))
    x[0, : t.side] = ramp
    for k, block in enumerate(np.array_split(places, blocks)[1:], start=1):
        x[k, : t.side, block] = 1.0
    return x


def one_unit(t: Table, c: Contrast, names: list[str], registered: Registered) -> Assumption:
    """Leave each unit out, on either side: does the effect still point the same way, at half its size at least?"""
    if t.side < 3:
        return Assumption("one_unit_does_not_rule", None, {"units": t.side})
    left = c.leaving_out(t.side)
    left[c.share > 1 - 1e-9] = 0.0
    worst = int(np.argmax(np.abs(left - c.effect)))
    facts = {
        "units": t.side,
        "unit": names[worst],
        "effect_without": float(left[worst]),
        "share": float(c.share[worst]),
    }
    told = abs(c.effect) > float(t_quantile(c.df)) * math.sqrt(max(c.variance, 0.0))
    ruled = told and abs(c.effect) > registered.margin and left[worst] * np.sign(c.effect) < abs(c.effect) / 2
    return Assumption("one_unit_does_not_rule", not ruled, facts)


def late_rise(t: Table, f: Fit, registered: Registered, step: int) -> tuple[Assumption, ...]:
    """Where no days of a choice were registered: did the exposed stand out on the bad side in the last four weeks of
    the baseline (one-sided p < 0.025)? What of that is left in the level is `expected` to go away by itself."""
    places = np.flatnonzero(t.without[: t.side].any(axis=0) & ~t.having.any(axis=0))
    last = min(max(28 // step, 2), len(places) // 3)
    if registered.selected > 0 or last < 2:
        return ()
    x = np.zeros((1, *t.n.shape))
    x[0, : t.side, places[-last:]] = 1.0
    rise = columns(t, f, x)
    value, variance = float(rise.value[0]), float(rise.covariance[0, 0])
    p = inference.t_p(value, variance, rise.df)
    sign = 1 if registered.better == "lower" else -1
    if p is None or p >= 2 * SURE or sign * value <= 0:
        return ()
    # without those days the fitted level of the exposed would be lower by what they add: carried is measured on it
    expected = float(rise.value[0] * rise.carried[0])
    facts = {"periods": last, "p": p, "rise": value * mean_slope(t, f), "expected": expected}
    return (Assumption("chosen_for_worst", False, facts),)


def comparison_clean(t: Table, f: Fit, c: Contrast, registered: Registered) -> Assumption:
    """Did the comparison get a part of the fix? Its common level would jump at the start, out of its own trend and
    noise, the way the exposed do; or, where only some units got it, they would part after the start more than their
    noise explains. It fails where either is there and matters. A shock that hits everybody looks the same:
    it holds only where so large a jump can be ruled out, else it could not be told (None)."""
    after = np.asarray(t.having.any(axis=0), np.bool_)
    if (~after).sum() < 8 or after.sum() < 2:
        return Assumption("comparison_clean", None, {})
    jump, sd, df = step_in(f.period, after, f.precision[t.side :].sum(axis=0))
    slope = mean_slope(t, f)
    q = float(t_quantile(df))
    way = math.copysign(1.0, c.effect)
    tolerance = max(registered.margin, abs(c.effect) / 4)
    p = inference.t_p(jump, sd**2, df)
    # units that part: how much their own steps at the start scatter beyond the noise
    parted = slope * math.sqrt(max(c.ratio - 1, 0.0) * step_variance(t, c))
    p_parted = float(special.gammaincc((c.df - TRUST) / 2, (c.df - TRUST) * c.ratio / 2)) if c.df > TRUST else None
    facts = {
        "jump": jump * slope, "low": (jump - q * sd) * slope, "high": (jump + q * sd) * slope, "tolerance": tolerance,
        "p": p, "parted": parted, "p_parted": p_parted, "units": len(f.unit) - t.side,
    }  # fmt: skip
    moved = p is not None and p < 0.02 and way * jump * slope > tolerance
    split = p_parted is not None and p_parted < 0.01 and parted > tolerance
    if moved or split:
        return Assumption("comparison_clean", False, facts, fatal=True)
    known = way * jump * slope + q * sd * slope <= 2 * tolerance
    return Assumption("comparison_clean", True if known else None, facts, fatal=True)


def step_variance(t: Table, c: Contrast) -> float:
    """Variance of a typical comparison unit's step by the working model, on the state."""
    size = np.where(t.having[: t.side], c.weights[: t.side], 0.0).sum()
    own = c.own[t.side :]
    others = float(np.sum(own > 0))
    return float(own.sum()) * others / max(float(size) ** 2, 1e-300)


def step_in(series: Floats, after: Bools, weight: Floats) -> tuple[float, float, float]:
    """A jump of a series where `after` begins, beside a trend; its standard error knows first-order memory."""
    time = np.linspace(-1, 1, len(series))
    x = np.stack([np.ones(len(series)), time, after.astype(float)], axis=1)
    inverse = np.linalg.pinv((x * weight[:, None]).T @ x)
    beta = inverse @ (x * weight[:, None]).T @ series
    root = np.sqrt(weight) * (series - x @ beta)
    memory = float(np.clip((root[1:] @ root[:-1]) / max(float(root @ root), 1e-300) + 4 / len(series), 0, 0.9))
    df = max(len(series) - 4, 1)
    variance = float(root @ root) / df * float(inverse[2, 2]) * (1 + memory) / (1 - memory)
    return float(beta[2]), math.sqrt(max(variance, 1e-300)), max(df * (1 - memory) / (1 + memory), 2.0)
