"""The size of a check that is no trial: panels with a known effect are simulated and read by the design itself.

Each unit has a level of its own and ups and downs with memory; where there is a comparison, shocks of the same kind
that hit all. What a design finds in them is nearly normal around the effect, so the power is taken from the spread of
what was found and from the widths of the intervals; that needs far fewer panels than counting successes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from balm.core.errors import WrongUse
from balm.core.panel import Panel
from balm.core.stats import Floats
from balm.core.verdicts import Design, Registered
from balm.proof.designs import CheckDesign, find
from balm.proof.power import Ask, Designs, PowerResult

STEP = 7
FIRST = 19_000
PERIODS = 12
LONGER = (PERIODS, 26, 52)
"""Periods after the start where neither they nor the observations of a period are named: the first that will do."""
MOST_PERIODS, MOST_CELL = 104, 20_000
ROUGH, FINE = 100, 400
"""Panels simulated to find the place, and to tell the power there."""

NOISE = 0.03
"""A unit's own ups and downs where they are not named, in standard deviations of an observation."""
TOLERATED = 0.03
"""Of probit(power) above the one asked for; about one point of power."""

_UNITS = {"did": (20, 10), "its": (1, 1), "synthetic": (20, 1), "matched": (40, 10)}
_BEFORE = {"did": 26, "its": 52, "synthetic": 26, "matched": 26}
_LEAST_OTHERS = {"did": 2, "its": 0, "synthetic": 5, "matched": 5}


Found = tuple["Setting", float]


@dataclass(frozen=True, slots=True)
class Setting:
    """Panels of one kind. `units`, of which `exposed` get the fix; `before`, `after`: periods; `cell`: observations of
    a unit in a period; `noise`: standard deviation of a unit's own ups and downs, in the metric's unit, which persist
    by `memory` (0 … below 1) from one period to the next."""

    design: Designs
    units: int
    exposed: int
    before: int
    after: int
    cell: int
    noise: float
    memory: float

    @classmethod
    def of(
        cls,
        design: Designs,
        ask: Ask,
        units: int | None,
        exposed: int | None,
        *,
        before: int | None,
        autocorrelation: float,
        noise: float | None,
    ) -> Setting:
        """With what is usual where nothing is named. Raises WrongUse where a part is out of bounds."""
        usual = _UNITS[design]
        units = usual[0] if units is None else units
        if exposed is None:
            exposed = units if design == "its" else max(1, round(units * usual[1] / usual[0]))
        if not (1 <= exposed <= units <= 500) or units - exposed < _LEAST_OTHERS[design]:
            raise WrongUse(
                f"{design}: {exposed} of {units} units with the fix do not fit; at most 500 units, "
                f"and at least {_LEAST_OTHERS[design]} without the fix"
            )
        if design == "its" and units != exposed:
            raise WrongUse("its compares nothing: all units have the fix")
        before = _BEFORE[design] if before is None else before
        if not 8 <= before <= 520:
            raise WrongUse("the periods before the start: from 8 to 520")
        if not 0 <= autocorrelation < 0.95:
            raise WrongUse("the autocorrelation lies from 0 to below 0.95")
        if noise is None:
            noise = NOISE * ask.sd[0]
        if not (math.isfinite(noise) and 0 <= noise <= 10 * ask.sd[0]):
            raise WrongUse("the noise from period to period is a standard deviation from 0, in the metric's unit")
        return cls(design, units, exposed, before, PERIODS, 1, noise, autocorrelation)


def simulated(ask: Ask, setting: Setting, *, periods: int | None, per_period: float | None, seed: int) -> PowerResult:
    """The fewest periods after the start, where `per_period` is told, else the fewest observations in each cell."""
    if periods is not None and not 2 <= periods <= MOST_PERIODS:
        raise WrongUse(f"the periods after the start: from 2 to {MOST_PERIODS}")
    if per_period is not None:
        if periods is not None:
            raise WrongUse("name either the periods after the start or the observations of a period")
        cell = math.floor(per_period / setting.units)
        if cell < 1:
            raise WrongUse(f"{per_period:g} observations a period are fewer than one for each of {setting.units} units")
        setting = replace(setting, cell=min(cell, MOST_CELL))
        for most in (*LONGER, MOST_PERIODS):  # a forecast gets worse the longer it is: more is not always better
            found = _least(lambda size: replace(setting, after=size), ask, (2, most), most // 2, seed)
            if found is not None:
                break
        return _told(ask, found)
    for after in (periods,) if periods else LONGER:
        # a first guess: as if half of the spread came from counting
        guess = 4 * (ask.sd[0] / ask.effect) ** 2 * (1.96 + _probit(ask.power)) ** 2 / (setting.exposed * after)
        longer = replace(setting, after=after)
        start = int(min(max(guess, 4), 2000))
        found = _least(lambda size, s=longer: replace(s, cell=size), ask, (1, MOST_CELL), start, seed)  # type: ignore[misc]
        if found is not None:
            break
    return _told(ask, found)


def _told(ask: Ask, found: Found | None) -> PowerResult:
    if found is None:
        raise WrongUse(
            "no number of observations would show it: the ups and downs from period to period hide an effect of "
            f"{ask.effect:g}; take more units, more periods, or a larger effect"
        )
    setting, reached = found
    n = setting.exposed * setting.cell * setting.after
    total = setting.units * setting.cell * (setting.before + setting.after)
    method = (
        f"simulated, {FINE} panels of {setting.units} units ({setting.exposed} with the fix), {setting.before} periods "
        f"before and {setting.after} after, {setting.cell} observations in each; noise {setting.noise:.3g}, "
        f"autocorrelation {setting.memory:g}"
    )
    return PowerResult(
        n, total, setting.after, reached, method, setting.design,
        per_period=float(setting.cell * setting.units), alpha=ask.alpha,
    )  # fmt: skip


def _least(make: Callable[[int], Setting], ask: Ask, bounds: tuple[int, int], start: int, seed: int) -> Found | None:
    """The least size whose power is the one asked for, by secants of probit(power) on log(size); None where even the
    largest does not reach it. The same panels are drawn at every size, so that the power rises with it."""
    low, high = bounds
    wanted = _probit(ask.power)
    if chance(make(high), ask, ROUGH, seed) < ask.power:
        return None
    rough: dict[int, float] = {}
    size = start
    for _ in range(3):
        rough[size] = _probit(chance(make(size), ask, ROUGH, seed))
        size = _next(rough, size, wanted, (low, high))
    fine: dict[int, float] = {}
    below, above = low - 1, high + 1
    for _ in range(8):
        fine[size] = _probit(chance(make(size), ask, FINE, seed))
        below, above = (max(below, size), above) if fine[size] < wanted else (below, min(above, size))
        close = 0 <= fine[size] - wanted < TOLERATED
        if close or above - below <= 1:
            break
        size = _next(fine if len(fine) > 1 else {**rough, **fine}, size, wanted, (below + 1, above - 1))
    enough = [s for s, reached in fine.items() if reached >= wanted]
    best = min(enough) if enough else max(fine)
    return make(best), float(ndtr(fine[best]))


def _next(seen: dict[int, float], size: int, wanted: float, bounds: tuple[int, int]) -> int:
    """Where the line through the nearest other size meets what is wanted; never the same size, within bounds."""
    slope = 0.7
    others = [other for other in seen if other != size and abs(seen[other]) < 3]
    if others and abs(seen[size]) < 3:
        near = min(others, key=lambda other: abs(math.log(other / size)))
        rise = (seen[size] - seen[near]) / math.log(size / near)
        slope = rise if 0.1 < rise < 4 else slope
    step = size * math.exp(min(max((wanted - seen[size]) / slope, -2.0), 2.0))
    found = math.ceil(step) if step > size else round(step)
    found += (found == size) * (1 if seen[size] < wanted else -1)
    return int(min(max(found, bounds[0]), bounds[1]))


def _probit(p: float) -> float:
    return float(ndtri(min(max(p, 1e-6), 1 - 1e-6)))


def chance(setting: Setting, ask: Ask, panels: int, seed: int) -> float:
    """The power: how likely the design's interval (at α = 1 − its level) leaves 0 out on the right side."""
    design = find(setting.design)
    found, halves = [], []
    for i in range(panels):
        one = _found(design, setting, ask, np.random.default_rng([seed, 71, i]))
        if one is not None:
            found.append(one[0])
            halves.append(one[1])
    if len(found) < 0.5 * panels:
        return 0.0
    # how far the interval's end stays from 0; value and width hang together, so the two are taken as one
    ends = np.sign(ask.effect) * np.array(found)
    ends = ends - np.array(halves) * (float(ndtri(1 - ask.alpha / 2)) / 1.959963984540054)
    spread = max(float(ends.std(ddof=1)), 1e-300)
    return float(ndtr(float(ends.mean()) / spread)) * len(found) / panels


def _found(design: CheckDesign, setting: Setting, ask: Ask, rng: np.random.Generator) -> tuple[float, float] | None:
    panel, registered = panel_of(setting, ask, rng)
    effect = design.read(panel, registered).effect
    if effect.value is None or effect.low is None or effect.high is None:
        return None
    # the end of the interval that must not reach 0
    return effect.value, effect.value - effect.low if ask.effect > 0 else effect.high - effect.value


def panel_of(setting: Setting, ask: Ask, rng: np.random.Generator) -> tuple[Panel, Registered]:
    """One firm with the effect, and the check it registered."""
    units, periods = setting.units, setting.before + setting.after
    level = ask.level + 2 * setting.noise * rng.normal(size=(units, 1)) * (units > 1)
    latent = level + _memory(setting, rng, units)
    if setting.design != "its":
        latent = latent + _memory(setting, rng, 1)
    latent[: setting.exposed, setting.before :] += ask.effect
    n = np.full((units, periods), float(setting.cell))
    total, squares = _counted(ask, latent, setting.cell, rng)
    days = FIRST + STEP * np.arange(periods, dtype=np.int64)
    names = tuple(f"u{i}" for i in range(units))
    kind = "share" if ask.metric == "share" else "mean"
    registered = Registered(
        design=Design(setting.design),
        exposed=dict.fromkeys(names[: setting.exposed], int(days[setting.before])),
        better="lower" if ask.effect < 0 else "higher",
        minimum=1,
    )
    return Panel(names, days, STEP, total, n, "share" if kind == "share" else "mean", squares), registered


def _memory(setting: Setting, rng: np.random.Generator, rows: int) -> Floats:
    """Ups and downs with memory, each of standard deviation `noise`."""
    periods = setting.before + setting.after
    fresh = rng.normal(size=(rows, periods)) * setting.noise
    out = fresh.copy()
    for t in range(1, periods):
        out[:, t] = setting.memory * out[:, t - 1] + math.sqrt(1 - setting.memory**2) * fresh[:, t]
    return np.asarray(out, np.float64)


def _counted(ask: Ask, latent: Floats, cell: int, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
    if ask.metric == "share":
        return rng.binomial(cell, np.clip(latent, 0.0, 1.0)).astype(np.float64), None
    sd = ask.sd[0]
    mean = latent + rng.normal(size=latent.shape) * sd / math.sqrt(cell)
    around = sd**2 * rng.chisquare(max(cell - 1, 1), latent.shape) * (cell > 1)
    return cell * mean, cell * mean**2 + around
