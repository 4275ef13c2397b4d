"""Before and after, against units that were alike before the days in which the exposed were chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from balm.core.panel import Panel
from balm.core.stats import Floats
from balm.core.verdicts import Assumption, Design, Reading, Registered
from balm.proof import cells, imputed, inference
from balm.proof.balance import Traits, standardized, tilt, traits
from balm.proof.cells import Bools
from balm.proof.contrast import Columns, Contrast, Influence, columns, contrast, influence
from balm.proof.did import broken, readable
from balm.proof.imputation import Fit, Table, fit, fitted, table

METHOD = "matched before–after by balancing weights"
BLOCK = 4
"""Periods, and at least a week, that go together into one half of the baseline: longer than noise remembers."""
BALANCED, LOPSIDED = 0.1, 0.5
LEAST_EFFECTIVE = 4.0


@dataclass(frozen=True, slots=True)
class Match:
    """Comparison units weighted (`weight`, C) on one half of the baseline and compared from the other."""

    traits: Traits
    weight: Floats
    reached: bool
    table: Table
    fit: Fit


class Matched:
    """Exposed units against others that had their level and their trend."""

    name = Design.MATCHED.value

    def needs(self) -> str:
        """What must be there, in one sentence."""
        return (
            "Units with the fix and at least ten, better thirty, without it, among which some had the level and the "
            "trend of the exposed; eight periods before the days in which the exposed were chosen, and two after the "
            "soak."
        )

    def read(self, panel: Panel, registered: Registered) -> Reading:
        """See `balm.proof.designs.CheckDesign`."""
        cut = cells.slices(panel, registered)
        if not readable(panel, cut):
            return cells.nothing(panel, cut, broken(panel, registered, cut), METHOD)
        t, f = fitted(table(panel, cut))
        if not t.having.any():
            return cells.nothing(panel, cut, broken(panel, registered, cut), METHOD)
        matches = [match(t, f, half) for half in halves(t, panel.step)]
        if not matches:
            short = Assumption(
                "baseline_long_enough", False, {"periods": int(cut.baseline.sum()), "least": 8}, fatal=True
            )
            return cells.nothing(panel, cut, (short,), METHOD)
        f, c = together(t, f, matches)
        t = (
            matches[0].table
            if len(matches) == 1
            else replace(t, weight=np.mean([m.table.weight for m in matches], axis=0))
        )
        names = [panel.units[row] for row in np.concatenate([cut.exposed, cut.comparison]).tolist()]
        assumptions = (
            balance(matches, t),
            overlap(matches, t, names),
            parallel_before(matches, (t, f, c), registered),
            *imputed.enough_events(panel, cut),
            imputed.comparison_clean(t, f, c, registered),
            *imputed.late_rise(t, f, registered, panel.step),
            imputed.one_unit(t, c, names, registered),
        )
        return imputed.reading(panel, cut, (t, f, c), assumptions, METHOD)


def halves(t: Table, step: int = 7) -> list[tuple[Bools, Bools]]:
    """The baseline cut in two, in blocks that take turns: one half to balance on, the other to compare from, and the
    other way round. Empty where it is too short."""
    places = np.flatnonzero(t.without[: t.side].any(axis=0) & ~t.having.any(axis=0))
    length = min(max(BLOCK, -(-7 // step)), len(places) // 4)
    if length < 1:
        return []
    turn = np.zeros(t.n.shape[1], bool)
    turn[places] = np.arange(len(places)) // length % 2 == 0
    other = np.zeros(t.n.shape[1], bool)
    other[places] = ~turn[places]
    return [(turn, other), (other, turn)]


def match(t: Table, f: Fit, half: tuple[Bools, Bools]) -> Match:
    """Weights from one half, the fit from the other and what comes after."""
    known, compared = half
    of = traits(t, f, known)
    share = shares(t)
    after = t.having.any(axis=0)
    base = f.precision[t.side :][:, after].sum(axis=1)
    usable = base > 0
    weight = np.zeros(len(base))
    x = of.value[:, of.told]
    weight[usable], reached = 1.0, True
    if x.size and usable.any():
        weight[usable], reached = tilt(x[t.side :][usable], base[usable], share @ x[: t.side])
    weights = np.concatenate([np.ones(t.side), weight])
    used = replace(t, without=t.without & (compared | ~known), weight=weights)
    return Match(of, weight, reached, used, fit(used, f.model, (f.unit, f.period)))


def shares(t: Table) -> Floats:
    """Of the exposed units, in the observations with the fix."""
    n = np.where(t.having, t.n, 0.0).sum(axis=1)[: t.side]
    return np.asarray(n / max(float(n.sum()), 1e-12), np.float64)


def together(t: Table, f: Fit, matches: list[Match]) -> tuple[Fit, Contrast]:
    """The mean of both ways: of the counterfactual, and of how it hangs on the cells."""
    parts = [influence(m.table, m.fit, t.having) for m in matches]
    mean = Influence(
        share=parts[0].share,
        pull=np.mean([p.pull for p in parts], axis=0),
        used=np.mean([p.used for p in parts], axis=0),
        noise=np.mean([p.noise for p in parts], axis=0),
        bias=float(np.mean([p.bias for p in parts])),
    )
    without = np.mean([m.fit.without for m in matches], axis=0)
    f = replace(f, without=without, slope=np.mean([m.fit.slope for m in matches], axis=0))
    told = np.any([m.traits.told for m in matches], axis=0)
    # each way with the traits of the half that it is not compared from
    ways = [(part, m.traits.value[:, told]) for part, m in zip(parts, matches, strict=True)] if told.any() else []
    return f, contrast(t, f, mean, ways)


def balance(matches: list[Match], t: Table) -> Assumption:
    """Level and trend of both sides after weighting, in standard deviations of the comparison units: alike within 0.1
    or two standard errors; fatal beyond 0.5, where that is more than two and a half standard errors."""
    share = shares(t)
    flat = np.ones(len(t.n) - t.side)
    raw = np.mean([standardized(m.traits, flat, share, t.side) for m in matches], axis=0)
    left = np.mean([weighed(m, share, t.side) for m in matches], axis=0)
    spread, error = matches[0].traits.spread, matches[0].traits.error[: t.side]
    noise = np.sqrt((share[:, None] ** 2 * error**2).sum(axis=0) / len(matches)) / np.maximum(spread, 1e-9)
    facts: dict[str, Any] = {
        "level_before": float(raw[0]), "trend_before": float(raw[1]), "level": float(left[0]), "trend": float(left[1]),
        "most": BALANCED, "reliability": float(matches[0].traits.reliability[0]),
    }  # fmt: skip
    apart = (np.abs(left) > LOPSIDED) & (np.abs(left) > 2.5 * noise)
    alike = np.abs(left) <= np.maximum(BALANCED, 2 * noise)
    return Assumption("balance", bool(alike.all()), facts, fatal=bool(apart.any()))


def parallel_before(matches: list[Match], found: tuple[Table, Fit, Contrast], registered: Registered) -> Assumption:
    """Did the exposed drift apart, before, from the units they are compared with, as weighted? It fails where that,
    carried on, would overturn the effect's direction (`imputed.allowing`), and holds where it is known to be smaller
    than the margin or half of the effect (two one-sided tests at 5 %)."""
    t, f, c = found
    x = imputed.baseline_columns(t)
    if x is None:
        return Assumption("parallel_before", None, {})
    each = [columns(m.table, m.fit, x[:1]) for m in matches]
    drift = Columns(
        value=np.mean([d.value for d in each], axis=0),
        covariance=np.mean([d.covariance for d in each], axis=0),
        df=float(np.mean([d.df for d in each])),
        carried=np.mean([d.carried for d in each], axis=0),
    )
    value = float(drift.value[0] * drift.carried[0])
    sd = float(np.sqrt(max(drift.covariance[0, 0], 0.0))) * abs(float(drift.carried[0]))
    tolerance = max(registered.margin, abs(c.effect) / 2)
    facts: dict[str, Any] = {"drift": value, "tolerance": tolerance, "p": inference.t_p(value, sd**2, drift.df)}
    carried, overturned = imputed.allowing(t, f, c, drift, registered)
    if overturned:
        return Assumption("parallel_before", False, facts | {"carried": carried, "kind": t.scale.kind}, fatal=True)
    known = abs(value) + float(special.stdtrit(drift.df, 0.95)) * sd <= tolerance
    return Assumption("parallel_before", True if known else None, facts, fatal=True)


def weighed(m: Match, share: Floats, side: int) -> Floats:
    """Standardized differences with the weights as they work: times what each unit's observations count."""
    after = m.fit.precision[side:][:, m.table.having.any(axis=0)].sum(axis=1)
    return standardized(m.traits, np.maximum(after, 0), share, side)


def overlap(matches: list[Match], t: Table, names: list[str]) -> Assumption:
    """Are there units to compare with: effectively four at least (Kish), and none of the exposed far beyond all others
    in level? Facts: `effective`, `outside` (exposed units beyond), `part` (of the observations)."""
    share = shares(t)
    effective = min(float(m.weight.sum() ** 2 / max(float((m.weight**2).sum()), 1e-12)) for m in matches)
    level = np.mean([m.traits.value[:, 0] for m in matches], axis=0)
    spread = float(np.mean([m.traits.spread[0] for m in matches]))
    others = level[t.side :]
    beyond = (level[: t.side] > others.max() + 0.25 * spread) | (level[: t.side] < others.min() - 0.25 * spread)
    part = float(share[beyond].sum())
    facts: dict[str, Any] = {
        "effective": effective, "least": LEAST_EFFECTIVE, "comparison_units": len(others),
        "outside": [names[i] for i in np.flatnonzero(beyond).tolist()], "part": part,
    }  # fmt: skip
    fine = effective >= LEAST_EFFECTIVE and part <= 0.5
    return Assumption("overlap", fine, facts, fatal=True)
