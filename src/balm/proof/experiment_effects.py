"""Effects in a randomized trial: moments by arm, contrasts of arms, their intervals and tests.

A mean, or a ratio of sums by the delta method, is compared with Welch's unequal variances and Satterthwaite's degrees
of freedom. A plain share is compared by Newcombe's interval and the pooled z (Fisher's exact test where fewer than 5
are expected in a cell). Covariates from before are taken out by regression within arms, with one slope for all arms
(CUPED: Deng, Xu, Kohavi and Walker 2013, WSDM, 123–132).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from balm.core.stats import Floats, Ints, difference_interval, estimate, proportion, ratio_interval, t_quantile
from balm.core.types import Estimate
from balm.proof.inference import fieller, satterthwaite, t_estimate, t_p
from balm.proof.sequential import always_valid_p, critical, planned_units, share_variance
from balm.proof.trial import Trial, TrialMetric

NONE = Estimate(None, None, None, 0, "")
LEAST_EXPECTED = 5


@dataclass(frozen=True, slots=True)
class Cells:
    """A metric by arm, k arms: `n` units with a value, `mean`, `variance` of the mean; `raw`: variance of the mean
    before covariates; `hits`: units that have it, where the metric is a plain share, else None; `ruling`: the share
    of the spread that the one unit farthest out holds; `capped`: units whose value was cut."""

    n: Floats
    mean: Floats
    variance: Floats
    raw: Floats
    hits: Floats | None
    ruling: float
    capped: int = 0
    at: tuple[float, float] | None = None

    @property
    def reduced(self) -> float | None:
        """Share of the variance that the covariates took away; None without covariates."""
        before = float(self.raw.sum())
        return 1 - float(self.variance.sum()) / before if before > 0 and (self.raw != self.variance).any() else None

    @property
    def flat(self) -> bool:
        """Whether no unit differs from another in its arm, so that nothing tells how much chance does."""
        return self.hits is None and not (self.variance > 0).any()


@dataclass(frozen=True, slots=True)
class Contrast:
    """What is compared. `plus`, `minus`: (k,), weights of the arms' means on either side, each ≥ 0. `relative`: whether
    the minus side is a level that the effect may be put in relation to."""

    name: str
    plus: Floats
    minus: Floats
    relative: bool = True

    @property
    def pair(self) -> tuple[int, int] | None:
        """The two arms, where it is one against one."""
        one = (self.plus == 1).sum() == 1 and (self.minus == 1).sum() == 1
        simple = one and self.plus.sum() == 1 and self.minus.sum() == 1
        return (int(self.plus.argmax()), int(self.minus.argmax())) if simple else None


def contrasts(trial: Trial) -> list[Contrast]:
    """Every arm against the control; of a factorial trial the main effects, and the interactions of two factors."""
    k = len(trial.arms)
    if not trial.factors:
        unit = np.eye(k)
        return [Contrast(trial.arms[i], unit[i], unit[0]) for i in range(1, k)]
    f = len(trial.factors)
    # arm number in binary, the last factor fastest → +1 with the change, −1 without
    sign = np.array([[1 if (cell >> (f - 1 - i)) & 1 else -1 for cell in range(k)] for i in range(f)])
    names = [f"{factor.name}={factor.levels[1]}" for factor in trial.factors]
    found = [Contrast(names[i], (sign[i] > 0) * 2 / k, (sign[i] < 0) * 2 / k) for i in range(f)]
    for i in range(f):
        for j in range(i + 1, f):
            both = sign[i] * sign[j]
            weight = 4 / k
            found.append(Contrast(f"{names[i]} × {names[j]}", (both > 0) * weight, (both < 0) * weight, relative=False))
    return found


def cells(metric: TrialMetric, arm: Ints, k: int) -> Cells:
    """Moments of one metric by arm; units without a value are left out."""
    known = np.isfinite(metric.values)
    if metric.below is not None:
        known &= np.isfinite(metric.below)
    inside, y = arm[known], metric.values[known]
    y, capped, at = _cut(y, metric.cap)
    n = np.bincount(inside, minlength=k).astype(np.float64)
    mean, around = _around(y, None if metric.below is None else metric.below[known], inside, n)
    hits = None
    if metric.kind == "share" and not metric.covariates and capped == 0 and np.isin(y, (0.0, 1.0)).all():
        hits = np.bincount(inside, y, k).astype(np.float64)
    raw = _variance(around, inside, n)
    squares = around**2
    ruling = float(squares.max() / squares.sum()) if len(squares) and squares.sum() > 0 else 0.0
    found = Cells(n, mean, raw, raw, hits, ruling, capped, at)
    if not metric.covariates:
        return found
    shift, around = _adjusted(around, [c[known] for c in metric.covariates], inside, n)
    # slopes fitted to the same units make the distances too small, and are themselves uncertain
    free, slopes = len(y) - k, 2 * len(metric.covariates)
    loss = free / (free - slopes) if free > slopes else math.nan
    return replace(found, mean=mean - shift, variance=_variance(around, inside, n) * loss)


def _cut(y: Floats, cap: float | None) -> tuple[Floats, int, tuple[float, float] | None]:
    if cap is None or not len(y):
        return y, 0, None
    top = float(np.quantile(y, cap, method="higher"))
    bottom = float(np.quantile(y, 1 - cap, method="lower")) if y.min() < 0 else float(y.min())
    return np.clip(y, bottom, top), int(((y > top) | (y < bottom)).sum()), (bottom, top)


def _around(y: Floats, below: Floats | None, arm: Ints, n: Floats) -> tuple[Floats, Floats]:
    """Mean of each arm, and each unit's distance from it; of a ratio, the linear part of that distance."""
    k = len(n)
    total = np.bincount(arm, y, k)
    base = n if below is None else np.bincount(arm, below, k)
    mean: Floats = np.divide(total, base, out=np.full(k, np.nan), where=(base > 0) & (n > 0))
    if below is None:
        return mean, y - mean[arm]
    average = np.divide(base, n, out=np.full(k, np.nan), where=n > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean, (y - mean[arm] * below) / average[arm]


def _variance(around: Floats, arm: Ints, n: Floats) -> Floats:
    squares = np.bincount(arm, np.square(around), len(n))
    out: Floats = np.divide(squares, n * (n - 1), out=np.full(len(n), np.nan), where=n > 1)
    return out


def _adjusted(around: Floats, covariates: list[Floats], arm: Ints, n: Floats) -> tuple[Floats, Floats]:
    """How far the covariates moved each arm's mean, and what they leave of each unit's distance from it."""
    k = len(n)
    columns = []
    for x in covariates:
        middle = float(np.nanmean(x)) if np.isfinite(x).any() else 0.0
        columns.append(np.where(np.isfinite(x), x, middle) - middle)  # a unit without one is taken as average
    table = np.column_stack(columns)
    by_arm = np.column_stack([np.bincount(arm, column, k) for column in table.T]) / np.maximum(n, 1)[:, None]
    inner = table - by_arm[arm]
    slope = np.linalg.lstsq(inner, around, rcond=None)[0]
    return by_arm @ slope, around - inner @ slope


@dataclass(frozen=True, slots=True)
class Compared:
    """A contrast of one metric: value, variance and degrees of freedom, and the same of the minus side."""

    value: float
    variance: float
    df: float
    base: float
    base_variance: float
    level: float
    level_variance: float
    n: int


def compare(found: Cells, contrast: Contrast) -> Compared:
    """Value and variance of a contrast; Satterthwaite's degrees of freedom."""
    weight = contrast.plus - contrast.minus
    used = weight != 0
    parts = weight[used] ** 2 * found.variance[used]
    dot = [float(side[used] @ found.mean[used]) for side in (contrast.plus, contrast.minus)]
    spread = [float(side[used] ** 2 @ found.variance[used]) for side in (contrast.plus, contrast.minus)]
    df = satterthwaite(parts, np.maximum(found.n[used] - 1, 1)) if np.isfinite(parts).all() else 1.0
    return Compared(
        dot[0] - dot[1], float(parts.sum()), df, dot[1], spread[1], dot[0], spread[0], int(found.n[used].sum())
    )


def absolute(found: Cells, contrast: Contrast) -> tuple[Estimate, float | None]:
    """The effect with its interval, and p."""
    compared = compare(found, contrast)
    if found.hits is not None and contrast.pair:
        a, b = contrast.pair
        k1, n1, k0, n0 = (float(v) for v in (found.hits[a], found.n[a], found.hits[b], found.n[b]))
        if not (n1 and n0):
            return NONE, None
        low, high = difference_interval(k1, n1, k0, n0)
        return estimate(compared.value, float(low), float(high), n1 + n0, "newcombe"), _share_p(k1, n1, k0, n0)
    if not compared.variance > 0:
        return replace(NONE, n=compared.n, method="welch"), None
    method = "welch" + (", covariates" if found.reduced is not None else "")
    if found.at is not None:
        method += f", {found.capped} values cut to {found.at[0]:g} … {found.at[1]:g}"
    made = t_estimate(compared.value, compared.variance, compared.df, compared.n, method)
    return made, t_p(compared.value, compared.variance, compared.df)


def relative(found: Cells, contrast: Contrast) -> Estimate:
    """The effect ÷ the control's level. None where that is not told from 0, or the contrast has no such level."""
    compared = compare(found, contrast)
    none = replace(NONE, n=compared.n)
    if not contrast.relative or not math.isfinite(compared.value):
        return none
    if found.hits is not None and contrast.pair:
        a, b = contrast.pair
        if not found.hits[b]:
            return none
        low, high = ratio_interval(found.hits[a], found.n[a], found.hits[b], found.n[b])
        ends = (float(low) - 1, float(high) - 1)
        return estimate(compared.level / compared.base - 1, *ends, compared.n, "mover-r")
    if not (compared.variance > 0 and compared.base):
        return none
    # the ratio of levels; both sides' signs turn where the control's level is below 0
    q = float(t_quantile(compared.df))
    sides = (compared.level, compared.level_variance, compared.base, compared.base_variance)
    low1, high1 = fieller(*sides, cov=0.0, q=q)
    if not (math.isfinite(low1) and math.isfinite(high1)):
        return none
    return estimate(compared.level / compared.base - 1, low1 - 1, high1 - 1, compared.n, "fieller")


def side(found: Cells, contrast: Contrast, weights: Floats) -> Estimate:
    """The metric on one side (`weights`) of a contrast; none of an interaction, whose sides are no levels."""
    if not contrast.relative:
        return NONE
    used = weights > 0
    n = int(found.n[used].sum())
    if found.hits is not None and used.sum() == 1:
        return proportion(float(found.hits[used][0]), n)
    mean, variance = float(weights[used] @ found.mean[used]), float(weights[used] ** 2 @ found.variance[used])
    df = satterthwaite(weights[used] ** 2 * found.variance[used], np.maximum(found.n[used] - 1, 1))
    return t_estimate(mean, variance, df, n, "t") if variance > 0 else Estimate(None, None, None, n, "t")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much worse a metric may get. `sign`: +1 where higher is better, −1 where lower is; `margin` > 0; `part`: of
    the control's level, and then tested with that level's own uncertainty."""

    sign: int
    margin: float
    part: bool = False


def margin_test(found: Cells, contrast: Contrast, tolerance: Tolerance, planned: int | None) -> dict[str, float]:
    """Non-inferiority, one-sided. `planned`: 0 for one look, else (or None) valid at every look.

    "p": of "worse by the margin or more"; "worst": the worst change that the 95 % bound leaves open; "margin" in the
    metric's unit. NaN where nothing tells how much chance does.
    """
    compared = compare(found, contrast)
    sign = tolerance.sign
    size = tolerance.margin * abs(compared.base) if tolerance.part else tolerance.margin
    variances = found.variance if found.hits is None else share_variance(found.hits, found.n)
    plus, minus = (float((side**2)[side > 0] @ variances[side > 0]) for side in (contrast.plus, contrast.minus))
    if not plus + minus > 0:
        return {"p": math.nan, "worst": math.nan, "margin": size}
    # sign · (arm − control) + margin · |control| > 0
    towards = -sign + tolerance.margin * math.copysign(1, compared.base) if tolerance.part else 1.0
    t = (sign * compared.value + size) / math.sqrt(plus + towards**2 * minus)
    if planned == 0:
        q = float(special.stdtrit(compared.df, 0.95)) if math.isfinite(compared.df) else 1.6448536269514722
        p = float(special.stdtr(compared.df, -t)) if math.isfinite(compared.df) else float(special.ndtr(-t))
    else:
        fraction = compared.n / planned_units(planned)
        q, p = float(critical(fraction)), float(always_valid_p(t, fraction)) if t > 0 else 1.0
    return {"p": p, "worst": compared.value - sign * q * math.sqrt(plus + minus), "margin": size}


def _share_p(k1: float, n1: float, k0: float, n0: float) -> float:
    """Two-sided p of two equal shares: pooled z, or Fisher's exact test where few are expected."""
    pooled = (k1 + k0) / (n1 + n0)
    if min(n1, n0) * min(pooled, 1 - pooled) < LEAST_EXPECTED:
        if pooled in (0.0, 1.0):
            return 1.0
        from scipy.stats import fisher_exact

        return float(fisher_exact(np.array([[k1, n1 - k1], [k0, n0 - k0]]).astype(np.int64)).pvalue)
    z = abs(k1 / n1 - k0 / n0) / math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    return float(2 * special.ndtr(-z))


def chi_square(observed: Floats, expected: Floats) -> float:
    """p of the counts, given the expected ones of the same sum."""
    return float(special.chdtrc(len(observed) - 1, float((np.square(observed - expected) / expected).sum())))
