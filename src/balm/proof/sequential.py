"""Reading a trial that runs, as often as one likes: confidence sequences that hold at every look at once.

A fixed 95 % interval is right at one look, planned beforehand; looked at daily for two months it leaves 0 by chance in
two trials of five. A confidence sequence does so in at most one of twenty, however often it is looked at and whenever
the trial is stopped. It is Robbins' normal mixture (1970, Annals of Mathematical Statistics 41, 1397–1409) on the
estimate and its standard error: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52,
2613–2640. Like a t interval it leans on the normal approximation; below `LEAST` units in an arm nothing is said.

The price is width: where it is narrowest (as many units as `planned`) it is 1.55 times as wide as the fixed interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from balm.core.errors import WrongUse
from balm.core.stats import Floats, Ints
from balm.core.types import Estimate

ALPHA = 0.05
LEAST = 30
LOOKS = 60
PLANNED = 10_000
"""Units at which the interval is narrowest, where the plan names none. It must not be chosen by what was seen."""

_TUNE = -2 * math.log(ALPHA) + math.log(-2 * math.log(ALPHA)) + 1
"""The mixture's variance in units of the planned information: the narrowest there, eq. (10) of the paper."""

METHOD = "always valid"


@dataclass(frozen=True, slots=True)
class Look:
    """A trial as it stood at the end of a day (days since 1970-01-01). `effect`: arm − control with the interval that
    holds at every look; `p`: always-valid, it never rises. `fixed_p`: what a test of one look would have said."""

    day: int
    effect: Estimate
    p: float
    fixed_p: float


def critical(fraction: Floats | float, alpha: float = ALPHA) -> Floats:
    """How many standard errors wide each half of the interval is, at `fraction` (> 0) of the planned units."""
    m = _TUNE * np.asarray(fraction, np.float64)
    return np.sqrt((1 + 1 / m) * (np.log1p(m) - 2 * math.log(alpha)))


def always_valid_p(z: Floats | float, fraction: Floats | float) -> Floats:
    """p of an estimate `z` standard errors from 0: the least α whose interval leaves 0 out. Any shape."""
    m = _TUNE * np.asarray(fraction, np.float64)
    return np.minimum(1.0, np.exp(0.5 * (np.log1p(m) - np.square(z) * m / (1 + m))))


def always_valid(
    value: float, variance: float, n: float, planned: int | None, method: str = METHOD
) -> tuple[Estimate, float | None]:
    """The estimate with the interval that holds at every look, and its p, from a value, the variance of it, and the
    units it stands on. `planned`: units of both sides at which the interval is to be narrowest, fixed beforehand."""
    planned = planned_units(planned)
    if not (variance > 0 and n > 0 and math.isfinite(value)):
        return Estimate(None, None, None, int(n), method), None
    half = float(critical(n / planned)) * math.sqrt(variance)
    made = Estimate(float(value), float(value - half), float(value + half), int(n), method)
    return made, float(always_valid_p(value / math.sqrt(variance), n / planned))


def drift(power: float, alpha: float = ALPHA) -> float:
    """How many standard errors from 0 an effect must be at the planned units for the trial to see it by then with
    chance `power`, looked at `LOOKS` times. By simulation, always of the same paths; right to about 0.02."""
    from scipy.optimize import brentq

    times = np.arange(1, LOOKS + 1) / LOOKS
    steps = np.random.default_rng(2024).normal(size=(20_000, LOOKS)) / math.sqrt(LOOKS)
    z = steps.cumsum(axis=1) / np.sqrt(times)
    z = np.concatenate([z, -z])
    # the drift that takes each path over its boundary at one of its looks
    needed = ((critical(times, alpha) - z) / np.sqrt(times)).min(axis=1)
    return float(brentq(lambda size: float((needed <= size).mean()) - power, 0.0, 20.0, xtol=1e-4))


def share_variance(k: Floats, n: Floats) -> Floats:
    """Variance of a share k ÷ n with one more unit on each side, so that a few early ones do not look certain."""
    p = (np.asarray(k) + 1) / (np.asarray(n) + 2)
    return np.asarray(p * (1 - p) / np.maximum(n, 1), np.float64)


def path(
    day: Ints, treated: Ints, values: Floats, *, share: bool = False, planned: int | None = None
) -> tuple[Look, ...]:
    """The trial at the end of each day on which units met their arm.

    day: (n,), days since 1970-01-01; treated: (n,), 1 in the arm, 0 in the control; values: (n,), NaN left out;
    share: the values are 0 and 1. Days before either side has `LEAST` units are left out.
    """
    planned = planned_units(planned)
    known = np.isfinite(values)
    days, at = np.unique(day[known], return_inverse=True)
    sums = []
    for side in (1, 0):
        mine = treated[known] == side
        powers = [np.ones(int(mine.sum())), values[known][mine], np.square(values[known][mine])]
        sums.append([np.bincount(at[mine], power, len(days)).cumsum() for power in powers])
    enough = (sums[0][0] >= LEAST) & (sums[1][0] >= LEAST)
    value, variance, n = differences(sums[0], sums[1], share=share)
    looks: list[Look] = []
    p = 1.0
    from scipy.special import ndtr

    for i in np.flatnonzero(enough & (variance > 0)):
        effect, now = always_valid(float(value[i]), float(variance[i]), float(n[i]), planned)
        p = min(p, 1.0 if now is None else now)
        fixed = float(2 * ndtr(-abs(value[i]) / math.sqrt(variance[i])))
        looks.append(Look(int(days[i]), effect, p, fixed))
    return tuple(looks)


def differences(treated: list[Floats], control: list[Floats], *, share: bool) -> tuple[Floats, Floats, Floats]:
    """Difference of means, its variance and n, from running sums [n, Σ y, Σ y²] of both sides, any shape."""
    means, variances = [], []
    with np.errstate(divide="ignore", invalid="ignore"):
        for n, total, squares in (treated, control):
            means.append(total / n)
            own = (squares - total**2 / n) / (n - 1) / n
            variances.append(share_variance(total, n) if share else own)
    return means[0] - means[1], variances[0] + variances[1], treated[0] + control[0]


def planned_units(planned: int | None) -> int:
    """The planned number of units, `PLANNED` where none was named. Raises WrongUse for one out of bounds."""
    if planned is None:
        return PLANNED
    if not 2 <= planned <= 10**12:
        raise WrongUse("the planned number of units is a whole number from 2")
    return planned
