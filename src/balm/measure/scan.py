"""Where does a series change? A scan of all windows, with a known chance of a false alarm.

Every window of periods is held against the periods outside it (circular binary segmentation: Olshen and others 2004,
Biostatistics 5, 557–572), so that a lasting shift and a short spike are found alike. The statistic is the signed root
of the likelihood ratio, divided by the series' dispersion; its largest value is held against the largest value in
simulated noise of the same length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import special

from balm.core.stats import Floats, Ints

SHORTEST = 5
"""Periods that a series needs to be searched."""

LEAST_COUNT = 10
"""Comments with the theme, and without it, that a series of shares needs to be searched."""

_NULL_RUNS = 2000
_TRIM = 3
_THIN = 5.0
_OWN_WEIGHT = 0.4  # of one difference of neighbors in the dispersion
_PRIOR_WEIGHT, _PRIOR_RAISES = 3.0, 25.0
_FREE = 0.6  # degrees of freedom of one difference: they overlap
_PRIOR_ONE, _PRIOR_MANY = 6.0, 30.0


@dataclass(frozen=True)
class Series:
    """A series over T periods. `start` (T,): days since 1970-01-01, one for each period, ascending.

    `total` (T,): comments with the event, or sum of scores; `n` (T,): comments, or scores; for `kind="count"` ones.
    `expected` (T,): what `total` is proportional to where nothing changes (n × season). `offset` (T,): the season of
    a mean. `variance`: of one score within a period (means only). `deff`: how much more than by chance events come
    from the same customers, at least 1. `by`: names the series.
    """

    start: Ints
    total: Floats
    n: Floats
    kind: Literal["share", "mean", "count"] = "share"
    variance: float = 1.0
    deff: float = 1.0
    by: dict[str, str] = field(default_factory=dict)
    expected: Floats | None = None
    offset: Floats | None = None

    @property
    def exposure(self) -> Floats:
        return self.n if self.expected is None else self.expected

    @property
    def level(self) -> Floats:
        """What is added up: `total` less the season of a mean."""
        return self.total if self.offset is None else self.total - self.offset * self.n

    @property
    def spread(self) -> float:
        """Variance of one unit of exposure around its expectation, relative to Poisson (counts) or absolute (means)."""
        if self.kind == "mean":
            return self.variance
        return 1 - float(self.total.sum() / self.n.sum()) if self.kind == "share" and self.n.any() else 1.0

    @property
    def searchable(self) -> bool:
        """Whether there is enough to say anything."""
        if (self.n > 0).sum() < SHORTEST:
            return False
        if self.kind == "mean":
            return bool(self.n.sum() >= 30 and self.variance > 0)
        rest = self.n.sum() - self.total.sum() if self.kind == "share" else np.inf
        return bool(min(self.total.sum(), rest) >= LEAST_COUNT)


def roots(
    total: Floats, exposure: Floats, all_total: Floats, all_exposure: Floats, spread: Floats, *, kind: str
) -> Floats:
    """Signed root of the likelihood ratio of "the window differs from the rest", all arguments broadcast.

    Counts given their sum are binomial; half a count is taken off the difference, which keeps small counts from
    crying wolf.
    """
    share = np.divide(
        exposure, all_exposure, out=np.zeros(np.broadcast(exposure, all_exposure).shape), where=all_exposure > 0
    )
    valid = (share > 0) & (share < 1)
    share = np.where(valid, share, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "mean":
            difference = total - share * all_total
            z = difference / np.sqrt(spread * all_exposure * share * (1 - share))
        else:
            mean = share * all_total
            gap = total - mean
            k = mean + np.sign(gap) * np.maximum(np.abs(gap) - 0.5, 0)
            other, rest = all_total - k, all_total - mean
            deviance = _xlogy(k, k / mean) + _xlogy(other, other / rest)
            z = np.sign(gap) * np.sqrt(np.maximum(2 * deviance, 0) / np.maximum(spread, 1e-3))
    return np.where(valid & np.isfinite(z), z, 0.0)


def _xlogy(x: Floats, y: Floats) -> Floats:
    return np.where(x > 0, x * np.log(np.where(y > 0, y, 1.0)), 0.0)


@lru_cache(maxsize=512)
def windows(length: int) -> tuple[Ints, Ints]:
    """Windows (first, past the last) of a series: all prefixes, and lengths 1–10, then growing by a quarter."""
    lengths = list(range(1, min(11, length)))
    while lengths and lengths[-1] * 5 // 4 < length - 1:
        lengths.append(lengths[-1] * 5 // 4)
    first = [np.arange(1, length - size) for size in lengths if length - size > 1]
    past = [np.arange(1, length - size) + size for size in lengths if length - size > 1]
    prefix = np.arange(1, length)
    return (
        np.concatenate([np.zeros_like(prefix), *first]).astype(np.int64),
        np.concatenate([prefix, *past]).astype(np.int64),
    )


@lru_cache(maxsize=512)
def _null(length: int) -> tuple[Floats, float, float]:
    """Largest |z| in noise of `length` periods, ascending, and a, d of its tail: log p = a + d·log z − z²/2."""
    rng = np.random.default_rng(length)
    first, past = windows(length)
    share = (past - first) / length
    best = np.empty(_NULL_RUNS)
    step = max(1, 2_000_000 // len(first))
    for at in range(0, _NULL_RUNS, step):
        noise = rng.standard_normal((min(step, _NULL_RUNS - at), length))
        walk = np.concatenate([np.zeros((len(noise), 1)), np.cumsum(noise, axis=1)], axis=1)
        gap = walk[:, past] - walk[:, first] - share * walk[:, -1:]
        best[at : at + step] = np.abs(gap / np.sqrt(length * share * (1 - share))).max(axis=1)
    best.sort()
    outer, inner = np.quantile(best, 0.99), np.quantile(best, 0.8)
    power = (np.log(0.01 / 0.2) + (outer**2 - inner**2) / 2) / np.log(outer / inner)
    return best, float(np.log(0.01) + outer**2 / 2 - power * np.log(outer)), float(power)


def p_of_largest(z: Floats, length: int) -> Floats:
    """Chance that noise of `length` periods has a window with |z| as large, in 0 … 1."""
    best, a, power = _null(length)
    seen = 1 - np.searchsorted(best, z, side="left") / (len(best) + 1)
    with np.errstate(divide="ignore"):
        tail = np.exp(np.minimum(a + power * np.log(np.maximum(z, 1e-9)) - np.square(z) / 2, 0.0))
    return np.where(seen > 0.05, seen, np.minimum(tail, 0.06))


def largest(many: list[Series], dispersion: Floats) -> tuple[Floats, Ints, Ints]:
    """For series of one kind and length: the largest |z|, and its window's first period and the one past its last."""
    first, past = windows(len(many[0].start))
    total = _sums(np.array([s.level for s in many]))
    exposure = _sums(np.array([s.exposure for s in many]))
    spread = (np.array([s.spread for s in many]) * dispersion)[:, None]
    z = np.empty(len(many))
    where = np.empty(len(many), np.int64)
    step = max(1, 500_000 // len(first))
    for at in range(0, len(many), step):
        part = slice(at, at + step)
        found = roots(
            total[part][:, past] - total[part][:, first],
            exposure[part][:, past] - exposure[part][:, first],
            total[part][:, -1:],
            exposure[part][:, -1:],
            spread[part],
            kind=many[0].kind,
        )
        where[part] = np.abs(found).argmax(axis=1)
        z[part] = np.abs(found).max(axis=1)
    return z, first[where], past[where]


def _sums(rows: Floats) -> Floats:
    return np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)


def as_normal(z: Floats, free: Floats) -> Floats:
    """The normal deviate as unlikely as a Student's t of |z| with `free` degrees of freedom; infinite: z itself."""
    finite = np.isfinite(free)
    tail = special.stdtr(np.where(finite, free, 1.0), -np.abs(z))
    return np.where(finite, -special.ndtri(np.maximum(tail, 1e-300)), np.abs(z))


def own_dispersion(series: Series) -> tuple[float, float]:
    """Variance of a period ÷ that of independent comments, and how many differences tell it.

    From the squared differences of neighbors, which a level shift leaves alone but for one, without the largest tenth
    (three at least), which leaves a spike out too. Thin series are first added up to periods of five events.
    """
    level, exposure = _thick(series)
    if len(level) < SHORTEST + 1:
        return 1.0, 0.0
    unit = np.full(len(level), series.variance)
    if series.kind != "mean":
        unit = np.full(len(level), level.sum() / exposure.sum() * series.spread)
    gap = np.square(np.diff(level / exposure)) / (unit[1:] / exposure[1:] + unit[:-1] / exposure[:-1])
    kept = len(gap) - max(_TRIM, -(-len(gap) // 10))
    if kept < 2:
        return 1.0, 0.0
    share = kept / len(gap)
    # mean of χ² with one degree of freedom below its quantile `share`
    usual = special.chdtr(3, special.chdtri(1, 1 - share)) / share
    return float(np.sort(gap)[:kept].mean() / usual), float(kept)


def _thick(series: Series) -> tuple[Floats, Floats]:
    """Level and exposure of periods that have something, added up where the events are few."""
    seen = series.n > 0
    level, exposure = series.level[seen], series.exposure[seen]
    if series.kind == "mean" or level.sum() >= _THIN * len(level):
        return level, exposure
    blocks = max(int(level.sum() / _THIN), 1)
    edges = np.arange(blocks) * len(level) // blocks
    return np.add.reduceat(level, edges), np.add.reduceat(exposure, edges)


def dispersions(many: list[Series]) -> tuple[Floats, Floats]:
    """Dispersion of each series and its degrees of freedom (infinite where it is at its least).

    It is never below 1 or the design effect. Short series lean on the others' median; a single short series leans on
    1, comments as independent draws, which is all that it can say.
    """
    own = np.array([own_dispersion(s) for s in many]).reshape(-1, 2)
    told = own[:, 1] > 0
    pooled = told.sum() >= 5
    usual = max(float(np.median(own[told, 0])), 1.0) if pooled else 1.0
    weight = own[:, 1] * _OWN_WEIGHT
    # a low finding is more likely luck than a high one is, and the dearer error
    prior = np.where(own[:, 0] < usual, _PRIOR_RAISES, _PRIOR_WEIGHT) if pooled else _PRIOR_WEIGHT
    mixed = (own[:, 0] * weight + usual * prior) / (weight + prior)
    least = np.array([max(s.deff, 1.0) for s in many])
    free = np.where(mixed > least, own[:, 1] * _FREE + (_PRIOR_MANY if pooled else _PRIOR_ONE), np.inf)
    return np.maximum(mixed, least), free
