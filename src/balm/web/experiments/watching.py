"""Whether a pain that was closed came back: a rule that is registered with the check. No Django: it runs apart.

The days after the verdict are cut into blocks. In the k-th whole block the level among the exposed is compared with
their level when the verdict was read, one-sided, at α ÷ (k² · π²/6): over all blocks together chance alone raises an
alarm in at most α = 5 % of the checks, however long one watches. The spread of a period's mean around its side's level
tells how far chance moves it, so what is bursty or seasonal within a side makes the rule more careful.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from balm.core import stats
from balm.core.panel import Panel
from balm.core.stats import Floats, Ints
from balm.core.types import Estimate
from balm.web.experiments import reading
from balm.web.experiments import spec as specs

BLOCK = 14
ALPHA = 0.05
METHOD = "t of period means"


@dataclass(frozen=True)
class Seen:
    """One block. `rise`: level − level at the verdict, with the interval whose lower end the rule reads."""

    number: int
    first: dt.date
    last: dt.date
    exposed: Estimate
    others: Estimate | None
    rise: Estimate
    alpha: float
    returned: bool
    returned_others: bool


@dataclass(frozen=True)
class _Rule:
    """What was registered, as days since 1970-01-01. `since`: the last day of the verdict's data."""

    first: int
    settled: int
    since: int
    block: int
    alpha: float
    margin: float
    lower: bool

    @classmethod
    def of(cls, spec: Mapping[str, Any], sides: specs.Sides, since: dt.date) -> _Rule:
        said = spec.get("watch", {})
        return cls(
            first=min(sides.exposed.values()),
            settled=max(sides.exposed.values()) + int(spec.get("soak") or 0),
            since=specs.days(since),
            block=int(said.get("block", BLOCK)),
            alpha=float(said.get("alpha", ALPHA)),
            margin=float(spec.get("margin") or 0.0),
            lower=spec.get("better", "lower") == "lower",
        )

    def back(self, rise: Estimate) -> bool:
        """Surely worse than at the verdict, and by at least the smallest change that matters."""
        if rise.value is None or rise.low is None or rise.high is None:
            return False
        if self.lower:
            return rise.low > 0 and rise.value >= self.margin
        return rise.high < 0 and -rise.value >= self.margin

    def level(self, number: int) -> float:
        """α of the k-th block: all of them together come to `alpha`."""
        return self.alpha / (number**2 * math.pi**2 / 6)


def watch(
    source: reading.Source,
    spec: Mapping[str, Any],
    lists: Mapping[str, Any],
    *,
    since: dt.date,
    done: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Seen]:
    """Blocks after `since`, the last day of the verdict's data, that are whole and were not looked at: `done` were."""
    last = reading.last_day(source)
    block = int(spec.get("watch", {}).get("block", BLOCK))
    if last is None or (last - since).days < block * (done + 1):
        return []
    if progress:
        progress("watch", 0, 1)
    sides = reading.sides_of(source, spec, lists)
    if not sides.exposed:
        return []
    panel = reading.panel_of(source, {**spec, "step": 1}, sides, last=last)
    return seen(panel, sides, spec, since=since, last=last, done=done)


def seen(
    panel: Panel, sides: specs.Sides, spec: Mapping[str, Any], *, since: dt.date, last: dt.date, done: int = 0
) -> list[Seen]:
    """`panel`: by day."""
    rule = _Rule.of(spec, sides, since)
    exposed = np.array([row for row, unit in enumerate(panel.units) if unit in sides.exposed], np.int64)
    others = np.array([row for row, unit in enumerate(panel.units) if unit in set(sides.comparison)], np.int64)
    found = []
    for number in range(done + 1, (last - since).days // rule.block + 1):
        first = rule.since + 1 + (number - 1) * rule.block
        own = _side(panel, exposed, rule, first, rule.level(number))
        rest = _side(panel, others, rule, first, rule.level(number))
        if own is None:
            continue
        found.append(
            Seen(
                number=number,
                first=specs.date(first),
                last=specs.date(first + rule.block - 1),
                exposed=own[0],
                others=rest[0] if rest else None,
                rise=own[1],
                alpha=rule.level(number),
                returned=rule.back(own[1]),
                returned_others=bool(rest and rule.back(rest[1])),
            )
        )
    return found


def _side(panel: Panel, rows: Ints, rule: _Rule, first: int, alpha: float) -> tuple[Estimate, Estimate] | None:
    """Level in the block that begins on day `first`, and its rise over the level between soak and verdict."""
    if not len(rows):
        return None
    total, n = panel.total[rows].sum(axis=0), panel.n[rows].sum(axis=0)
    at: Ints = panel.days
    before = at < rule.first
    after = (at >= rule.settled) & (at <= rule.since)
    block = (at >= first) & (at < first + rule.block)
    (was, many), (now, size) = ((float(total[w].sum()), float(n[w].sum())) for w in (after, block))
    if not many or not size:
        return None
    from scipy.stats import t

    # half a case in none: that nothing happened does not make it certain that nothing could have
    pooled = (was + now + 0.5) / (many + size + 1) if panel.kind == "share" else (was + now) / (many + size)
    variance, free = _spread(panel, rows, [before, after], pooled)
    rise = now / size - was / many
    width = float(t.ppf(1 - alpha, free)) * math.sqrt(variance * (1 / many + 1 / size))
    return (
        _level(panel, now, size, variance, pooled),
        Estimate(rise, rise - width, rise + width, int(size), METHOD),
    )


def _level(panel: Panel, now: float, size: float, variance: float, pooled: float) -> Estimate:
    """The level in the block, with a 95 % interval that allows for what moves within a side."""
    if panel.kind == "share":
        bursts = max(variance / (pooled * (1 - pooled)), 1.0)
        return stats.proportion(now, int(size), effective=size / bursts)
    level, around = now / size, 1.96 * math.sqrt(variance / size)
    low = level - around if panel.kind == "mean" else max(level - around, 0.0)
    return Estimate(level, low, level + around, int(size), METHOD)


def _spread(panel: Panel, rows: Ints, windows: Sequence[Any], level: float) -> tuple[float, int]:
    """Variance that one observation would have if the means of weeks moved by it alone, at `level`; its freedom."""
    squares, free, floor = 0.0, 0, 0.0
    share = panel.kind == "share"
    level = min(max(level, 1e-9), 1 - 1e-9) if share else level
    for window in windows:
        total, n = _weeks(panel, rows, window)
        if n.sum() <= 0 or len(n) < 2:
            continue
        mean = float((total.sum() + 0.5 * share) / (n.sum() + share))
        own = max(mean * (1 - mean), 1e-9) if share else max(mean, 1e-9) if panel.kind == "rate" else 1.0
        squares += float((n * (np.divide(total, n, out=np.full(n.shape, mean), where=n > 0) - mean) ** 2).sum()) / own
        free += len(n) - 1
    if panel.kind == "mean":
        return (squares / free if free else float("inf")), max(free, 1)
    floor = max(level * (1 - level) if share else level, 1e-6)
    return floor * max(1.0, squares / free if free else 1.0), max(free, 1)


def _weeks(panel: Panel, rows: Ints, window: Any) -> tuple[Floats, Floats]:
    """Sums by whole weeks of a window of days."""
    total, n = panel.total[rows].sum(axis=0)[window], panel.n[rows].sum(axis=0)[window]
    whole = len(n) // 7 * 7
    return total[:whole].reshape(-1, 7).sum(axis=1), n[:whole].reshape(-1, 7).sum(axis=1)
