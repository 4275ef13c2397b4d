"""What every check rests on, whatever its design: checked once, from the panel and what was registered."""

from __future__ import annotations

from typing import Any

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints
from balm.core.verdicts import Assumption, Design, Registered
from balm.proof.cells import Bools, Slices, counts, day, longest, slices

LEAST_DAYS = {"before": 28, "after": 14}
"""Four weeks before the start and two after the soak: with fewer, one odd week is half of what is compared."""
LEAST_PERIODS = {"before": 4, "after": 2}
WEEK, MONTH = 7, 28
HEAVY = 0.2
"""A unit with so large a share of the exposed observations may not be silent for a month."""
LOST = 0.1
"""Share of the registered units that may be missing from the data."""
EXPECTED = 5.0
"""Observations there would have been in a gap, below which silence may be chance (Poisson: under 1 %)."""
LEAST_UNITS = 8
"""Units from which on it can be told how much of a difference between units is chance."""


def shared(panel: Panel, registered: Registered) -> tuple[Assumption, ...]:
    """The assumptions of every design. Never raises for a panel of the right shape."""
    cut = slices(panel, registered)
    known = _exposed_known(panel, registered, cut)
    if not registered.exposed or not len(cut.exposed):
        return (known,)
    if registered.design == Design.AB:  # who is compared is drawn by lot, not by time
        return known, _enough(panel, registered, cut)
    return (
        known,
        _enough(panel, registered, cut),
        _complete(panel, registered, cut),
        _long_enough(panel, registered, cut, "before"),
        _long_enough(panel, registered, cut, "after"),
        _chosen(panel, registered, cut),
        _one_unit(panel, registered, cut),
    )


def sides(design: str) -> tuple[str, ...]:
    """The sides of `Reading.n` that a design compares."""
    if design == Design.AB:
        return ("exposed_after", "comparison_after")
    if design == Design.ITS:
        return ("exposed_before", "exposed_after")
    return ("exposed_before", "exposed_after", "comparison_before", "comparison_after")


def _exposed_known(panel: Panel, registered: Registered, cut: Slices) -> Assumption:
    facts = {"exposed": len(cut.exposed), "registered": len(registered.exposed), "missing": list(cut.missing)}
    # a few units without any data change little, a tenth of them or all is another group than the registered one
    lost = len(cut.missing) > LOST * len(registered.exposed) or not len(cut.exposed)
    return Assumption("exposed_known", len(cut.exposed) > 0 and not cut.missing, facts, fatal=lost)


def _enough(panel: Panel, registered: Registered, cut: Slices) -> Assumption:
    sizes = counts(panel, cut)
    thin = {side: sizes[side] for side in sides(registered.design) if sizes[side] < max(registered.minimum, 1)}
    return Assumption("enough_data", not thin, {"minimum": registered.minimum, "thin": thin, **sizes}, fatal=True)


def _complete(panel: Panel, registered: Registered, cut: Slices) -> Assumption:
    """No gap of more than a week and at most a tenth of the periods empty; a month without anything is fatal, in all
    of the exposed, in all of the comparison, or in one unit that has a fifth of the exposed observations."""
    window = cut.baseline | cut.after
    worst: dict[str, Any] = {"gap": 0, "gap_start": "", "unit": "", "filled": 1.0}
    fatal = False
    own = [(panel.units[row], np.array([row])) for row in cut.exposed.tolist()]
    whole = [("", cut.exposed)] + ([("", cut.comparison)] if registered.design != Design.ITS else [])
    everything = float(panel.n[cut.exposed][:, window].sum())
    for name, rows in [*whole, *own]:
        gap, at, filled, expected = _gap(panel, panel.n[rows].sum(axis=0), window)
        size = float(panel.n[rows][:, window].sum())
        if size < EXPECTED * max(int(window.sum()), 1):
            filled = 1.0  # so few a period that some are empty by chance
        if expected < EXPECTED:
            gap, at = 0, ""
        weight = (size + expected) / max(everything + expected, 1.0) if name else 1.0
        fatal |= gap >= MONTH and weight >= HEAVY
        if (gap, -filled) > (worst["gap"], -worst["filled"]):
            worst = {"gap": gap, "gap_start": at, "unit": name, "filled": filled}
    fine = worst["gap"] <= max(WEEK, panel.step if panel.step < MONTH else 0) and worst["filled"] >= 0.9
    return Assumption("metric_complete", fine, worst, fatal=fatal)


def _gap(panel: Panel, n: Floats, window: Bools) -> tuple[int, str, float, float]:
    """Longest silence in days, its first day, the share of periods that are filled, and how many observations the
    silence would have held at the usual rate. Before the first observation there is no silence: it is not open yet."""
    seen = np.flatnonzero(window & (n > 0))
    if not len(seen):
        return 0, "", 1.0, 0.0  # nothing at all: not enough data, said elsewhere
    places = np.flatnonzero(window)
    places = places[places >= seen[0]]
    length, place = longest(n[places] <= 0)
    rate = float(n[places].sum()) / len(places)
    first = day(int(panel.days[places[place]])).isoformat() if length else ""
    return length * panel.step, first, len(seen) / len(places), rate * length


def _long_enough(panel: Panel, registered: Registered, cut: Slices, side: str) -> Assumption:
    where = cut.baseline if side == "before" else cut.after
    filled = np.flatnonzero(where & (panel.n[cut.exposed].sum(axis=0) > 0))
    # from the first day with data to the last: what lies between is the business of metric_complete
    span = int(where[filled[0] : filled[-1] + 1].sum()) if len(filled) else 0
    season = 2 * registered.period * panel.step if side == "before" and registered.period * panel.step <= MONTH else 0
    days, least = span * panel.step, max(LEAST_DAYS[side], season)
    facts = {
        "days": days,
        "periods": span,
        "least_days": least,
        "least": LEAST_PERIODS[side],
        "start": day(registered.start).isoformat(),
        "first": day(int(panel.days[0])).isoformat() if len(panel.days) else "",
        "last": day(int(panel.days[-1]) + panel.step - 1).isoformat() if len(panel.days) else "",
    }
    fine = days >= least and span >= LEAST_PERIODS[side]
    name = "baseline_long_enough" if side == "before" else "after_long_enough"
    return Assumption(name, fine, facts, fatal=True)


def _chosen(panel: Panel, registered: Registered, cut: Slices) -> Assumption:
    """Regression to the mean. Handled where the days of the choice were registered and are left out. Otherwise: if the
    exposed stand out on the bad side before the start, how far would they come back by chance alone?

    The halves of the baseline tell how much of a difference between units lasts (Spearman and Brown); the rest of it
    is expected to go away: `expected`, in the unit of the metric. `judge` makes a claim only where it survives that.
    """
    if registered.selected > 0:
        return Assumption("chosen_for_worst", True, {"selected": registered.selected})
    if registered.design == Design.MATCHED:
        return Assumption("chosen_for_worst", True, {"matched": True})
    sign = 1.0 if registered.better == "lower" else -1.0
    periods = np.flatnonzero(cut.baseline)
    half = len(periods) // 2
    rows = np.concatenate([cut.exposed, cut.comparison])
    first, second = _means(panel, rows, periods[:half]), _means(panel, rows, periods[half:])
    held = np.isfinite(first) & np.isfinite(second)
    chosen = np.arange(len(rows)) < len(cut.exposed)
    if half < 2 or held.sum() < LEAST_UNITS or not (held & chosen).any() or (held & ~chosen).sum() < 3:
        return Assumption("chosen_for_worst", None, {})
    first, second, chosen = first[held], second[held], chosen[held]
    mean = (first + second) / 2
    spread = float(np.var(first))
    slope = float(np.mean((first - first.mean()) * (second - second.mean()))) / spread if spread > 0 else 1.0
    lasting = min(max(2 * slope / (1 + slope) if slope > 0 else 0.0, 0.0), 1.0)
    gap = float(mean[chosen].mean() - mean[~chosen].mean())
    error = float(np.std(mean[~chosen], ddof=1)) * float(np.sqrt(1 / chosen.sum() + 1 / (~chosen).sum()))
    expected = -(1 - lasting) * gap
    worse = sign * gap > 1.645 * error > 0
    facts = {"gap": gap, "expected": expected, "lasting": lasting, "kind": panel.kind}
    return Assumption("chosen_for_worst", not worse or abs(expected) <= registered.margin / 2, facts)


def _means(panel: Panel, rows: Ints, periods: Ints) -> Floats:
    n = panel.n[rows][:, periods].sum(axis=1)
    total = panel.total[rows][:, periods].sum(axis=1)
    mean: Floats = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    return mean


def _one_unit(panel: Panel, registered: Registered, cut: Slices) -> Assumption:
    """With three exposed units or more: no one has more than half of their observations, and without any one of them
    the plain change still goes the same way, if it was more than the margin."""
    after = np.where(cut.having, panel.n, 0.0).sum(axis=1)[cut.exposed]
    if len(cut.exposed) < 3 or not after.sum() > 0:
        return Assumption("one_unit_does_not_rule", None, {"units": len(cut.exposed)})
    largest = int(np.argmax(after))
    share = float(after[largest] / after.sum())
    facts: dict[str, Any] = {"units": len(cut.exposed), "unit": panel.units[cut.exposed[largest]], "share": share}
    if share > 0.5:
        return Assumption("one_unit_does_not_rule", False, facts)
    whole = _change(panel, cut, cut.exposed)
    if abs(whole) <= max(registered.margin, 1e-12) or not np.isfinite(whole):
        return Assumption("one_unit_does_not_rule", True, facts)
    for row in cut.exposed.tolist():
        rest = _change(panel, cut, cut.exposed[cut.exposed != row])
        if np.isfinite(rest) and np.sign(rest) != np.sign(whole):
            return Assumption(
                "one_unit_does_not_rule", False, {"units": len(cut.exposed), "unit": panel.units[row], "reverses": True}
            )
    return Assumption("one_unit_does_not_rule", True, facts)


def _change(panel: Panel, cut: Slices, rows: Ints) -> float:
    """After − before of some exposed units together, less that of the comparison where there is one."""

    def step(rows: Ints, after: Bools) -> float:
        ends = []
        for where in (after, cut.baseline):
            n = np.where(where, panel.n[rows], 0.0).sum()
            ends.append(float(np.where(where, panel.total[rows], 0.0).sum() / n) if n > 0 else float("nan"))
        return ends[0] - ends[1]

    own = step(rows, cut.having[rows])
    other = step(cut.comparison, cut.after) if len(cut.comparison) else 0.0
    return own - (other if np.isfinite(other) else 0.0)
