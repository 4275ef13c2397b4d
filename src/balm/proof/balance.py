"""Weights that make the comparison units alike the exposed ones before: in level and in trend.

Matching on what was measured, noise and all, brings regression to the mean in by the back door: comparison units are
then chosen for having been high by chance, and fall back afterwards (Daw and Hatfield 2018, Health Services Research
53, 4138–4156). Two things keep it out. What is balanced is each unit's level and trend shrunk to the mean of its side
by how reliable it is; and the periods that units are balanced on are not those that they are compared from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from balm.core.stats import Floats
from balm.proof.cells import Bools
from balm.proof.imputation import Fit, Table, fit

LARGEST = 2.0
"""Logarithm by which weights may differ from each other, either way, before balance is given up."""
TOLD = 0.3


@dataclass(frozen=True, slots=True)
class Traits:
    """R × 2, the level and the trend (over the baseline) of each unit on the scale, shrunk; `spread`: 2, standard
    deviations of the measured ones among the comparison units; `reliability`: 2, of these, on average; `error`: R × 2,
    standard errors of the measured ones."""

    value: Floats
    spread: Floats
    reliability: Floats
    error: Floats

    @property
    def told(self) -> Bools:
        """2, True where units differ by more than noise, so that balancing on it is balancing on something."""
        return np.asarray(self.reliability >= TOLD)


def traits(t: Table, f: Fit, periods: Bools) -> Traits:
    """From the baseline cells in `periods` (T, True where used) alone."""
    held = t.without & periods
    held &= held.any(axis=1, keepdims=True)
    alone = replace(t, without=held, having=np.zeros_like(held), weight=np.ones(len(held)))
    own = fit(alone, f.model, (f.unit, f.period), rounds=3)
    size = np.maximum(own.precision.sum(axis=1, keepdims=True), 1e-12)
    part = own.precision / size
    places = np.flatnonzero(periods)
    ramp = (t.columns - t.columns[places[0]]) / max(float(t.columns[places[-1]] - t.columns[places[0]]), 1.0)
    apart = held * (ramp - (part * ramp).sum(axis=1, keepdims=True))
    steep = own.precision * apart
    steep /= np.maximum((steep * apart).sum(axis=1, keepdims=True), 1e-12)
    measured = np.stack([own.unit, (steep * own.noise).sum(axis=1)], axis=1)
    variance = np.stack([linear(alone, own, part), linear(alone, own, steep)], axis=1)
    value, spreads, reliable = np.empty_like(measured), np.empty(2), np.empty(2)
    for k in range(2):
        value[:, k], spreads[k], reliable[k] = shrunk(measured[:, k], variance[:, k], t.side)
    return Traits(value, spreads, reliable, np.sqrt(variance))


def linear(t: Table, f: Fit, weights: Floats) -> Floats:
    """R, variance of Σ weights · noise of each unit by the working model."""
    n = np.where(t.n > 0, t.n, 1.0)
    slow = np.einsum("it,it->i", weights @ f.model.kernel(t.columns), weights)
    return np.asarray(slow + (weights**2 * f.one * (1 / n + f.model.white)).sum(axis=1), np.float64)


def shrunk(measured: Floats, variance: Floats, side: int) -> tuple[Floats, float, float]:
    """Each unit's value shrunk to the mean of its side, the comparison units' spread as measured, mean reliability. The
    true spread by the method of DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177–188."""
    out, found = np.array(measured), []
    for rows in (slice(0, side), slice(side, None)):
        x, v = measured[rows], np.maximum(variance[rows], 1e-12)
        w = 1 / v
        mean = float((w * x).sum() / w.sum())
        free = float(w.sum() - (w**2).sum() / w.sum())
        true = max((float((w * (x - mean) ** 2).sum()) - (len(x) - 1)) / free, 0.0) if free > 0 else 0.0
        mean = float((x / (true + v)).sum() / (1 / (true + v)).sum())
        out[rows] = mean + true / (true + v) * (x - mean)
        found.append((float(np.sqrt(true + np.median(v))), float(np.mean(true / (true + v)))))
    return out, *found[1]


def tilt(x: Floats, base: Floats, target: Floats, rounds: int = 50) -> tuple[Floats, bool]:
    """Weights of the comparison units, as close to 1 as may be, whose mean (times `base`) of x (C × K) is the target.

    Entropy balancing: Hainmueller (2012), Political Analysis 20, 25–46. False where no weights within e^±`LARGEST` do
    it: then those that come nearest on the way.
    """
    around = x - target
    scale = np.maximum(np.sqrt((base[:, None] * around**2).sum(axis=0) / base.sum()), 1e-12)
    z = around / scale
    push = np.zeros(x.shape[1])
    for _ in range(rounds):
        log = np.clip(z @ push, -LARGEST, LARGEST)
        p = base * np.exp(log)
        p /= p.sum()
        gap = p @ z
        if np.abs(gap).max() < 1e-8:
            break
        curve = (z * p[:, None]).T @ z - np.outer(gap, gap) + 1e-6 * np.eye(len(push))
        step = np.linalg.solve(curve, gap)
        push = push - step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-12))
    log = np.clip(z @ push, -LARGEST, LARGEST)
    weight = np.exp(log)
    p = base * weight
    return weight / weight.mean(), bool(np.abs(p @ z / p.sum()).max() < 1e-3)


def standardized(traits: Traits, weight: Floats, share: Floats, side: int) -> Floats:
    """2, exposed − comparison in standard deviations of the comparison's levels and trends."""
    exposed = share @ traits.value[:side]
    others = weight @ traits.value[side:] / max(float(weight.sum()), 1e-300)
    return np.asarray((exposed - others) / np.maximum(traits.spread, 1e-9), np.float64)
