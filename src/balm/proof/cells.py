"""Slices of a panel that every design reads: who is exposed and when, the baseline, what comes after, n by side.

A period counts where all of its days count: one that a start, the soak or the end cuts in two is on neither side.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, PathPoint, Reading, Registered

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slices:
    """Where each cell of a panel of U units and T periods belongs.

    `exposed`, `comparison`: rows of the units on either side; `starts`: first day with the fix, as `exposed`.
    `missing`: registered units the panel does not have. `baseline`: T, before the first start, without the days the
    units were selected in. `selected`: T, those days. `without`: U × T, cells of either side that had no fix and may
    tell what it is like without (they have observations). `having`: U × T, cells of the exposed with the fix, after
    the soak (they have observations). `after`: T, periods in which any exposed unit counts as having the fix.
    """

    exposed: Ints
    starts: Ints
    comparison: Ints
    missing: tuple[str, ...]
    baseline: Bools
    selected: Bools
    after: Bools
    without: Bools
    having: Bools

    @property
    def single_start(self) -> bool:
        """Whether all exposed units start on one day."""
        return len(set(self.starts.tolist())) <= 1


def slices(panel: Panel, registered: Registered) -> Slices:
    """Cut a panel as the check was registered. Never raises: sides may come out empty."""
    place = {unit: row for row, unit in enumerate(panel.units)}
    known = sorted((place[unit], day) for unit, day in registered.exposed.items() if unit in place)
    exposed = np.array([row for row, _ in known], np.int64)
    starts = np.array([day for _, day in known], np.int64)
    out = set(registered.exposed) | set(registered.excluded)
    comparison = np.array([row for unit, row in place.items() if unit not in out], np.int64)
    days, last = panel.days, panel.days + panel.step - 1
    first = min(registered.exposed.values(), default=int(last[-1]) + 1 if len(days) else 0)
    counted = np.ones(len(days), bool) if registered.end is None else last <= registered.end
    if registered.baseline:
        counted &= days >= first - registered.baseline
    selected = (last >= first - registered.selected) & (days < first) & (registered.selected > 0)
    counted &= ~selected
    having = np.zeros(panel.n.shape, bool)
    having[exposed] = counted & (days >= starts[:, None] + registered.soak)
    without = np.zeros(panel.n.shape, bool)
    without[comparison] = counted
    without[exposed] = counted & (last < starts[:, None])
    return Slices(
        exposed=exposed,
        starts=starts,
        comparison=comparison,
        missing=tuple(sorted(set(registered.exposed) - set(place))),
        baseline=counted & (last < first),
        selected=selected,
        after=np.asarray(having.any(axis=0), np.bool_),
        without=without & (panel.n > 0),
        having=having & (panel.n > 0),
    )


def counts(panel: Panel, cut: Slices) -> dict[str, int]:
    """Observations and units by side, under the names of `Reading.n`."""
    n = panel.n
    sides = {
        "exposed_before": n[cut.exposed][:, cut.baseline].sum(),
        "exposed_after": n[cut.having].sum(),
        "comparison_before": n[cut.comparison][:, cut.baseline].sum(),
        "comparison_after": n[cut.comparison][:, cut.after].sum(),
        "units": len(cut.exposed),
        "comparison_units": len(cut.comparison),
    }
    return {side: round(float(size)) for side, size in sides.items()}


def pooled(panel: Panel, where: Bools) -> float:
    """Mean of the metric over all observations of the cells in `where` (U × T); NaN without any."""
    size = float(panel.n[where].sum())
    return float(panel.total[where].sum()) / size if size > 0 else float("nan")


def series(panel: Panel, rows: Ints) -> tuple[Floats, Floats]:
    """T means over the observations of some units, NaN without any, and T numbers of them."""
    n = panel.n[rows].sum(axis=0)
    mean: Floats = np.divide(panel.total[rows].sum(axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)
    return mean, n


def squared(panel: Panel) -> bool:
    """Whether squares tell how observations scatter: not without any, nor with one observation in each cell."""
    return panel.squares is not None and bool((panel.n > 1).any())


def spread(panel: Panel) -> Floats | None:
    """U, variance of one observation within the cells of each unit; None where the panel cannot tell.

    Share: p (1 − p), half an observation added to each side so that it is never 0. Rate without squares: Poisson, the
    mean. Else from the squares around the mean of each cell; cells of one observation each tell nothing.
    """
    n, total = panel.n.sum(axis=1), panel.total.sum(axis=1)
    if panel.kind == "share":
        p = (total + 0.5) / (n + 1)
        return np.asarray(p * (1 - p), np.float64)
    free = np.maximum(panel.n - 1, 0).sum(axis=1)
    if panel.squares is None or not squared(panel):
        return np.asarray((np.maximum(total, 0) + 0.5) / (n + 1), np.float64) if panel.kind == "rate" else None
    around = panel.squares - np.divide(panel.total**2, panel.n, out=np.zeros(panel.n.shape), where=panel.n > 0)
    pooled_variance = max(float(around.sum()) / max(float(free.sum()), 1.0), 0.0)
    # a unit of few observations borrows from all: as if ten more had the pooled variance
    return np.asarray((np.maximum(around.sum(axis=1), 0) + 10 * pooled_variance) / (free + 10), np.float64)


def longest(where: Bools) -> tuple[int, int]:
    """Length and first place of the longest run of True."""
    best = run = place = 0
    for i, here in enumerate(where.tolist()):
        run = run + 1 if here else 0
        if run > best:
            best, place = run, i - run + 1
    return best, place


def nothing(panel: Panel, cut: Slices, assumptions: tuple[Assumption, ...], method: str) -> Reading:
    """A reading without numbers: the assumptions say why."""
    sizes = counts(panel, cut)
    none = Estimate(None, None, None, sizes["exposed_after"], method)
    return Reading(none, none, none, none, None, sizes, assumptions, (), method)


def day(days: int) -> dt.date:
    """A date from days since 1970-01-01."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=days)


def point(start: int, observed: Estimate, without: Estimate, after: bool) -> PathPoint:
    """One period of the picture, `start` in days since 1970-01-01."""
    return PathPoint(day(start), observed, without, after)
