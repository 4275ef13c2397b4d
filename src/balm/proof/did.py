"""Difference-in-differences with starts that may be staggered and effects that may differ by unit and month."""

from __future__ import annotations

import numpy as np

from balm.core.panel import Panel
from balm.core.verdicts import Assumption, Design, Reading, Registered
from balm.proof import cells, imputed
from balm.proof.common import shared
from balm.proof.contrast import contrast
from balm.proof.imputation import fitted, table

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
            *imputed.enough_events(panel, cut),
            imputed.comparison_clean(t, f, c, registered),
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
