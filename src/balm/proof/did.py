"""Difference-in-differences with starts that may be staggered and effects that may differ by unit and month."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from balm.core.panel import Panel
from balm.core.stats import Floats, t_quantile
from balm.core.verdicts import Assumption, Design, Reading, Registered
from balm.proof import cells, imputed, inference
from balm.proof.cells import Bools
from balm.proof.common import shared
from balm.proof.contrast import TRUST, Contrast, Fit, Table, contrast, fitted, table

METHOD = "difference-in-differences by imputation"
LEAST_COMPARISON = 2


class DifferenceInDifferences:
    """What the exposed units' level and the others' movement say would have been; see `balm.proof.contrast`."""

    name = Design.DID.value

    def needs(self) -> str:
        """What must be there, in one sentence."""
        return (
            "Units with the fix and at least two, better ten, without it that moved alike before: four weeks before "
            "the first start and two after the soak; starts may differ."
        )

    def read(self, panel: Panel, registered: Registered) -> Reading:
        """See `balm.proof.designs.CheckDesign`."""
        cut = cells.slices(panel, registered)
        given = (enough_units(cut), starts_known(panel, cut))
        if not readable(panel, cut):
            return cells.nothing(panel, cut, (*broken(panel, registered, cut), *given), METHOD)
        t, f = fitted(table(panel, cut))
        if not t.having.any():
            return cells.nothing(panel, cut, (*broken(panel, registered, cut), *given), METHOD)
        c = contrast(t, f)
        names = [panel.units[row] for row in np.concatenate([cut.exposed, cut.comparison]).tolist()]
        assumptions = (
            *given,
            imputed.parallel_before(t, f, c, registered),
            comparison_clean(t, f, c, registered),
            *imputed.late_rise(t, f, registered, panel.step),
            imputed.one_unit(t, c, names, registered),
        )
        return imputed.reading(panel, cut, (t, f, c), assumptions, METHOD)


def readable(panel: Panel, cut: cells.Slices) -> bool:
    """Whether anything can be computed: both sides, before and after."""
    both = len(cut.exposed) > 0 and len(cut.comparison) >= LEAST_COMPARISON
    seen = cut.without[cut.comparison].any(axis=1).sum() >= LEAST_COMPARISON if both else False
    return bool(both and seen and cut.having.any() and cut.without[cut.exposed].any() and cut.baseline.sum() >= 2)


def broken(panel: Panel, registered: Registered, cut: cells.Slices) -> tuple[Assumption, ...]:
    """What every design rests on and fails here; that there is not enough, if all of it holds."""
    found = tuple(a for a in shared(panel, registered) if a.ok is False and a.fatal)
    return found or (Assumption("enough_data", False, dict(cells.counts(panel, cut)), fatal=True),)


def enough_units(cut: cells.Slices) -> Assumption:
    """Two comparison units at the very least; fewer than ten in all are told, as the interval then leans on a model."""
    exposed, others = len(cut.exposed), len(cut.comparison)
    facts = {"units": exposed, "comparison_units": others, "least": LEAST_COMPARISON}
    if exposed < 1 or others < LEAST_COMPARISON:
        return Assumption("enough_units", False, facts, fatal=True)
    return Assumption("enough_units", True if others >= 5 else None, facts, fatal=True)


def starts_known(panel: Panel, cut: cells.Slices) -> Assumption:
    """Every exposed unit starts within the panel, after some baseline of its own and with something after it."""
    none_before = [panel.units[row] for row in cut.exposed.tolist() if not cut.without[row].any()]
    none_after = [panel.units[row] for row in cut.exposed.tolist() if not cut.having[row].any()]
    facts = {
        "first": cells.day(int(cut.starts.min())).isoformat() if len(cut.starts) else "",
        "last": cells.day(int(cut.starts.max())).isoformat() if len(cut.starts) else "",
        "starts": len(set(cut.starts.tolist())),
        "without_before": none_before,
        "without_after": none_after,
    }
    return Assumption("starts_known", bool(len(cut.starts)) and not none_before and not none_after, facts)


def comparison_clean(t: Table, f: Fit, c: Contrast, registered: Registered) -> Assumption:
    """Did the comparison get a part of the fix? Its common level would jump at the start, out of its own trend and
    noise, the way the exposed do; or, where only some units got it, they would part after the start more than their
    noise explains. It fails where either is there (p < 0.01) and matters. A shock that hits everybody looks the same:
    it holds only where so large a jump can be ruled out, else it could not be told (None)."""
    after = np.asarray(t.having.any(axis=0), np.bool_)
    if (~after).sum() < 8 or after.sum() < 2:
        return Assumption("comparison_clean", None, {})
    jump, sd, df = step_in(f.period, after, f.precision[t.side :].sum(axis=0))
    slope = imputed.mean_slope(t, f)
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
