"""A randomized comparison read off a panel: units were drawn by lot, and some got the fix.

The unit that was drawn is the unit of the analysis. Where each side has two units of the panel or more (stores, teams,
groups drawn by lot), the metric is a ratio of sums over units, with the units' level before taken out. Where a side
is one unit of the panel, the arms themselves are its units, and the observations are taken as independent.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints, difference_interval, estimate, proportion, ratio_interval, t_quantile
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, PathPoint, Reading, Registered
from balm.proof import cells as cut_up
from balm.proof import experiment_effects as effects
from balm.proof.experiment_effects import Cells, Contrast
from balm.proof.inference import remaining, t_estimate, t_p
from balm.proof.trial import TrialMetric

ENOUGH_FOR_COVARIATE = 20
"""Units of both sides from which the level before is taken out."""


class Randomized:
    """Design "ab" behind the port of the checks."""

    name = "ab"

    def needs(self) -> str:
        return "Who got the fix was drawn by lot, and the same metric is there for those who did not."

    def read(self, panel: Panel, registered: Registered) -> Reading:
        """Exposed against comparison over the periods after the soak. Never raises for what the data are like."""
        cut = cut_up.slices(panel, registered)
        sizes = cut_up.counts(panel, cut)
        after = {"exposed_after": sizes["exposed_after"], "comparison_after": sizes["comparison_after"]}
        thin = {side: n for side, n in after.items() if n < max(registered.minimum, 1)}
        assumptions = (
            Assumption("exposed_known", len(cut.exposed) > 0 and not cut.missing,
                       {"exposed": len(cut.exposed), "missing": list(cut.missing)}, fatal=True),
            Assumption("enough_data", not thin, {"minimum": registered.minimum, "thin": thin, **sizes}, fatal=True),
            Assumption("sample_ratio", None),
            Assumption("exposure_logged", None),
        )  # fmt: skip
        having = np.where(cut.having, panel.n, 0.0)
        there = np.zeros(panel.n.shape)
        there[np.ix_(cut.comparison, np.flatnonzero(cut.after))] = panel.n[cut.comparison][:, cut.after]
        sides = [np.flatnonzero(n.sum(axis=1) > 0) for n in (having, there)]
        if not (len(sides[0]) and len(sides[1])):
            return cut_up.nothing(panel, cut, assumptions, "randomized")
        reading = None
        if min(map(len, sides)) >= 2:
            reading = _by_unit(panel, cut, having, there, sides=sides, sizes=sizes)
        if reading is None or reading.effect.low == reading.effect.high:  # units all alike tell nothing of chance
            reading = _by_observation(panel, having, there, sizes)
        path = _path(panel, cut)
        return replace(reading, assumptions=assumptions, path=path)


def _by_unit(
    panel: Panel, cut: cut_up.Slices, having: Floats, there: Floats, *, sides: list[Ints], sizes: dict[str, int]
) -> Reading:
    rows = np.concatenate([sides[1], sides[0]])  # the comparison is arm 0
    arm = np.repeat([0, 1], [len(sides[1]), len(sides[0])]).astype(np.int64)
    weight = having + there
    counted = np.where(weight > 0, panel.total, 0.0).sum(axis=1)[rows]
    covariates: tuple[Floats, ...] = ()
    before = np.where(cut.baseline, panel.n, 0.0).sum(axis=1)[rows]
    if len(rows) >= ENOUGH_FOR_COVARIATE and (before > 0).any():
        total = np.where(cut.baseline & (panel.n > 0), panel.total, 0.0).sum(axis=1)[rows]
        level = total.sum() / before.sum()
        covariates = (np.where(before > 0, total - level * before, np.nan),)
    metric = TrialMetric("metric", counted, "ratio", weight.sum(axis=1)[rows], covariates=covariates)
    found = effects.cells(metric, arm, 2)
    contrast = Contrast("fix", np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    compared = effects.compare(found, contrast)
    n = sizes["exposed_after"]
    method = "randomized units" + (", level before taken out" if covariates else "")
    q = float(t_quantile(compared.df))
    return Reading(
        effect=t_estimate(compared.value, compared.variance, compared.df, n, method),
        without=t_estimate(compared.base, compared.base_variance, compared.df, sizes["comparison_after"], method),
        level=t_estimate(compared.level, compared.level_variance, compared.df, n, method),
        remaining=remaining(compared.level, compared.level_variance, compared.base, compared.base_variance, q=q, n=n),
        p=t_p(compared.value, compared.variance, compared.df),
        n=sizes,
        method=method,
    )


def _by_observation(panel: Panel, having: Floats, there: Floats, sizes: dict[str, int]) -> Reading:
    totals, n = _sums(panel, having, there)
    n1, n0 = n
    method = "randomized observations"
    if panel.kind == "share":
        k1, k0 = totals
        low, high = (float(v) for v in difference_interval(k1, n1, k0, n0))
        left = Estimate(None, None, None, int(n1), method)
        if k0 > 0:
            ends = [float(v) for v in ratio_interval(k1, n1, k0, n0)]
            left = estimate((k1 / n1) / (k0 / n0), ends[0], ends[1], n1, method) if math.isfinite(ends[1]) else left
        found = Cells(np.array([n0, n1]), np.array([k0 / n0, k1 / n1]), np.zeros(2), np.zeros(2), np.array([k0, k1]), 0)
        contrast = Contrast("fix", np.array([0.0, 1.0]), np.array([1.0, 0.0]))
        return Reading(
            effect=estimate(k1 / n1 - k0 / n0, low, high, n1, method),
            without=proportion(k0, n0, method),
            level=proportion(k1, n1, method),
            remaining=left,
            p=effects.absolute(found, contrast)[1],
            n=sizes,
            method=method,
        )
    return _means(panel, having, there, sizes, method)


def _means(panel: Panel, having: Floats, there: Floats, sizes: dict[str, int], method: str) -> Reading:
    (t1, t0), (n1, n0) = _sums(panel, having, there)
    each = cut_up.spread(panel)
    level, without = t1 / n1, t0 / n0
    if each is None:
        none = Estimate(None, None, None, int(n1), method)
        return Reading(none, none, none, none, None, sizes, method=method)
    v1, v0 = (float((each * side.sum(axis=1)).sum()) / float(side.sum()) ** 2 for side in (having, there))
    df = max(n1 + n0 - 2, 1.0)
    return Reading(
        effect=t_estimate(level - without, v1 + v0, df, n1, method),
        without=t_estimate(without, v0, df, n0, method),
        level=t_estimate(level, v1, df, n1, method),
        remaining=remaining(level, v1, without, v0, q=float(t_quantile(df)), n=n1),
        p=t_p(level - without, v1 + v0, df),
        n=sizes,
        method=method,
    )


def _sums(panel: Panel, having: Floats, there: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    totals = tuple(float(np.where(side > 0, panel.total, 0.0).sum()) for side in (having, there))
    return (totals[0], totals[1]), (float(having.sum()), float(there.sum()))


def _path(panel: Panel, cut: cut_up.Slices) -> tuple[PathPoint, ...]:
    """The two sides period by period; each period's interval takes observations as independent."""
    points = []
    each = cut_up.spread(panel)
    shown = np.flatnonzero(cut.baseline | cut.after)
    made: list[list[Estimate]] = []
    for rows in (cut.exposed, cut.comparison):
        value, n = cut_up.series(panel, rows)
        variance = np.zeros(len(n)) if each is None else each[rows] @ panel.n[rows]
        made.append([_point(panel, value[t], n[t], variance[t]) for t in shown])
    for t, observed, without in zip(shown.tolist(), *made, strict=True):
        if observed.value is not None and without.value is not None:
            points.append(cut_up.point(int(panel.days[t]), observed, without, bool(cut.after[t])))
    return tuple(points)


def _point(panel: Panel, value: float, n: float, spread: float) -> Estimate:
    if not n > 0:
        return Estimate(None, None, None, 0, "")
    if panel.kind == "share":
        return proportion(value * n, n)
    return t_estimate(value, spread / n**2, max(n - 1, 1.0), n, "t")
