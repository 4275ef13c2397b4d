"""What Balm and a plain before–after make of simulated firms, each in a process of its own; and the tally of any
method's intervals."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from balm.core.verdicts import Outcome
from balm.simulate.firms import EFFECTS, Firm, firm

DESIGNS = ("did", "its", "synthetic", "matched")
SUCCESS = (Outcome.GONE.value, Outcome.REDUCED.value)
Interval = tuple[float, float, float]


@dataclass(frozen=True)
class Known:
    """What is true of a firm, for the tally."""

    truth: float
    effect: float
    interference: float
    margin: float
    better: str


@dataclass(frozen=True)
class Said:
    """What a method said of a firm: its interval (None where it gives none) and outcome. `failed`: names of the
    assumptions that made it "cannot tell"; `flagged`: whether the comparison was found not clean; `ms` it took."""

    interval: Interval | None
    outcome: str
    failed: tuple[str, ...] = ()
    flagged: bool | None = None
    ms: float = 0.0


@cache
def known(design: str, seed: int) -> Known:
    return _known(firm(design, seed))


def _known(made: Firm) -> Known:
    registered = made.registered
    return Known(made.truth, made.notes["effect"], made.notes["interference"], registered.margin, registered.better)


def by_interval(interval: Interval | None, margin: float, better: str) -> str:
    """The outcome by the rules of `balm.proof.verdict` from an interval alone; nothing else is checked."""
    if interval is None:
        return Outcome.CANNOT_TELL.value
    _, low, high = interval
    if -margin <= low and high <= margin:
        return Outcome.UNCHANGED.value
    if not low <= 0 <= high:
        return (Outcome.REDUCED if (high < 0) == (better == "lower") else Outcome.WORSE).value
    return Outcome.CANNOT_TELL.value


def balm(made: Firm) -> Said:
    from balm.proof.verdict import judge

    start = time.process_time()
    verdict = judge(made.panel, made.registered)
    spent = 1000 * (time.process_time() - start)
    clean = [a.ok for a in verdict.assumptions if a.name == "comparison_clean"]
    failed = tuple(a.name for a in verdict.assumptions if a.fatal and a.ok is False)
    effect = verdict.reading.effect if verdict.reading else None
    interval = None
    if effect and effect.value is not None and effect.low is not None and effect.high is not None:
        interval = (effect.value, effect.low, effect.high)
    return Said(interval, verdict.outcome.value, failed, (clean[0] is False) if clean else None, spent)


def before_after(made: Firm) -> Said:
    """Welch's t-test of the exposed units' periods after the soak against those before the start."""
    from scipy.stats import ttest_ind

    panel, registered = made.panel, made.registered
    rows = np.array([panel.row(unit) for unit in registered.exposed])
    starts = np.array(list(registered.exposed.values()))[:, None]
    value = panel.value[rows]
    after = value[(panel.days >= starts + registered.soak) & ~np.isnan(value)]
    before = value[(panel.days + panel.step <= starts) & ~np.isnan(value)]
    if min(after.size, before.size) < 2:
        return Said(None, Outcome.CANNOT_TELL.value)
    test = ttest_ind(after, before, equal_var=False)
    bounds = test.confidence_interval(0.95)
    interval = (float(after.mean() - before.mean()), float(bounds.low), float(bounds.high))
    return Said(interval, by_interval(interval, registered.margin, registered.better))


def _one(job: tuple[str, int, dict[str, Any]]) -> tuple[int, Said, Said, Known]:
    design, seed, shape = job
    made = firm(design, seed, **shape)
    return seed, balm(made), before_after(made), _known(made)


def _polite() -> None:
    os.nice(10)


def judged(design: str, seeds: Sequence[int], processes: int, **shape: Any) -> Iterator[tuple[int, Said, Said, Known]]:
    """Firm by firm as they are done: seed, Balm, the plain before–after, what is true."""
    with multiprocessing.get_context("spawn").Pool(processes, _polite) as pool:
        yield from pool.imap_unordered(_one, [(design, seed, shape) for seed in seeds], chunksize=10)


def tally(said: dict[int, Said], truth: dict[int, Known]) -> dict[str, Any]:
    """Counts of a method over the firms without interference: `covered` of `intervals` that a verdict stood on,
    `success` of `useless` fixes, `cannot` tell of `firms`, `power` of real fixes by size: hits and firms."""
    clean = {seed: s for seed, s in said.items() if not truth[seed].interference}
    shown = {seed: s.interval for seed, s in clean.items() if s.interval and not s.failed}
    every = {seed: s.interval for seed, s in clean.items() if s.interval}
    useless = [s for seed, s in clean.items() if truth[seed].effect == 0]
    power = {}
    for effect in EFFECTS:
        of = [s.outcome in SUCCESS for seed, s in clean.items() if truth[seed].effect == effect]
        power[effect] = (sum(of), len(of))
    return {
        "firms": len(clean),
        "intervals": len(shown),
        "covered": sum(low <= truth[seed].truth <= high for seed, (_, low, high) in shown.items()),
        "every": (sum(low <= truth[seed].truth <= high for seed, (_, low, high) in every.items()), len(every)),
        "useless": len(useless),
        "success": sum(s.outcome in SUCCESS for s in useless),
        "harm": sum(s.outcome == Outcome.WORSE.value for s in useless),
        "cannot": sum(s.outcome == Outcome.CANNOT_TELL.value for s in clean.values()),
        "power": power,
    }
