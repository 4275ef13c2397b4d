"""How sure an imputed effect is.

Its error is, to the first order, linear in the cells' noise, Σ weight · noise, and the weights of each unit and of each
period sum to 0. The variance comes from how much *such contrasts* move among units that never had the fix, which holds
whatever the serial correlation is (Conley and Taber 2011, Review of Economics and Statistics 93, 113–125), each unit
with its own sampling variance (Ferman and Pinto 2019, ibid. 101, 452–467); effects that differ between exposed units
are so not mistaken for noise. Few comparison units say little of a variance: it leans on a working model of the noise
too (moderated: Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3, 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from balm.core.stats import Floats
from balm.proof.cells import Bools
from balm.proof.imputation import Fit, Table, bend, observation, two_way, without_levels

TRUST = 8.0
"""Degrees of freedom the working model of the noise is worth beside the comparison units' own."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """An average over cells, observed against without the fix. `weights`: R × T on the noise of the scale. `own`: R,
    variance of each unit's part by the working model. `ratio`: variance among comparison units ÷ the model's, and
    `df` the degrees of freedom of the moderated variance. `parts`: R, what each unit adds to the effect: of an exposed
    one observed − without, of the comparison its noise; `share`: R, its share of the observations."""

    level: float
    without: float
    variance: float
    v_level: float
    df: float
    ratio: float
    n: float
    weights: Floats
    own: Floats
    parts: Floats
    share: Floats

    @property
    def effect(self) -> float:
        """With the fix − without it."""
        return self.level - self.without

    def leaving_out(self, side: int) -> Floats:
        """R, the effect without each unit: of the exposed without its observations, of the comparison to the first
        order without its noise."""
        return np.asarray(
            np.where(
                np.arange(len(self.own)) < side,
                (self.effect - self.parts) / np.maximum(1 - self.share, 1e-9),
                self.effect - self.parts,
            ),
            np.float64,
        )


@dataclass(frozen=True, slots=True)
class Influence:
    """How an average effect hangs on the cells, all R × T: `share` of the observations, `pull`, that on the scale, and
    `used`, the weights of the cells without the fix. `noise`: R, what they add up to; `bias`: variance that what was
    believed of the scale adds."""

    share: Floats
    pull: Floats
    used: Floats
    noise: Floats
    bias: float


def influence(t: Table, f: Fit, where: Bools) -> Influence:
    """Of the average effect over the observations in `where` (R × T)."""
    n = np.where(where, t.n, 0.0)
    share = n / max(float(n.sum()), 1e-12)
    pull = share * f.slope
    a, b = two_way(f.precision, pull.sum(axis=1), pull.sum(axis=0))
    used = -f.precision * (a[:, None] + b)
    bias = 0.0
    if t.scale.kind == "mean":
        bent = bend(t, f)
        reach = float((pull * bent.across).sum())
        used = used - reach * bent.variance * f.precision * bent.across
        bias = reach**2 * bent.variance**2 * bent.prior
    return Influence(share, pull, used, np.asarray((used * f.noise).sum(axis=1), np.float64), bias)


def contrast(t: Table, f: Fit, of: Influence | None = None, alike: Sequence[tuple[Influence, Floats]] = ()) -> Contrast:
    """The average effect over all observations with the fix. `of`: how it hangs on the cells, where that is not by
    imputation alone. `alike`: ways of which `of` is the mean, each with R × K traits whose means are to be the same on
    both sides: what goes with them is no noise.
    """
    of = influence(t, f, t.having) if of is None else of
    own, v_level = unit_variances(t, f, of)
    parts = of.noise.copy()
    parts[: t.side] = (of.share * (t.value - f.without)).sum(axis=1)[: t.side]
    left, v_left, fitted = 0.0, 0.0, 0
    if alike:
        taken = [apart_from(x, own, way, t) for way, x in alike]
        parts[t.side :] = np.mean([rest for rest, _, _ in taken], axis=0)
        left, v_left = (float(np.mean([each[k] for each in taken])) for k in (1, 2))
        fitted = alike[0][1].shape[1]
    ratio, df = between(own[t.side :], parts[t.side :], fitted)
    moderated = (TRUST + df * ratio) / (TRUST + df)
    return Contrast(
        level=float((of.share * t.value).sum()),
        without=float((of.share * f.without).sum()) + left,
        variance=(float(own.sum()) + v_left) * moderated + of.bias,
        v_level=v_level,
        df=TRUST + df,
        ratio=ratio,
        n=float(t.n[t.having].sum()),
        weights=of.pull + of.used,
        own=own,
        parts=parts,
        share=np.asarray(of.share.sum(axis=1), np.float64),
    )


def unit_variances(t: Table, f: Fit, of: Influence) -> tuple[Floats, float]:
    """R, variance of each unit's part of the error by the working model, and of the observed level."""
    state = of.pull + of.used
    slow = np.einsum("it,it->i", state @ f.model.kernel(t.columns), state)
    n = np.where(t.n > 0, t.n, 1.0)
    before = (of.used**2 * f.one * (1 / n + f.model.white)).sum(axis=1)
    where = of.share > 0
    total, size = np.where(where, t.n * t.value, 0.0).sum(axis=1), np.where(where, t.n, 0.0).sum(axis=1)
    # the observations with the fix scatter as the level they have, with one more at the level without it
    now = (total + np.where(where, f.without, 0.0).sum(axis=1) / np.maximum(where.sum(axis=1), 1)) / (size + 1)
    one = observation(t, np.broadcast_to(now[:, None], t.n.shape))
    after = (of.share**2 * one * (1 / n + f.model.white)).sum(axis=1)
    return np.asarray(slow + before + after, np.float64), float(after.sum())


def apart_from(alike: Floats, own: Floats, of: Influence, t: Table) -> tuple[Floats, float, float]:
    """The comparison units' parts (C) without what goes with their traits, by weighted least squares on their steps;
    and what that makes of the balance that is still missing, with its variance: the correction for bias of Abadie and
    Imbens (2011), Journal of Business & Economic Statistics 29, 1–11."""
    size = (of.pull + of.used)[:, t.having.any(axis=0)].sum(axis=1)
    missing = np.concatenate([[0.0], size @ alike])
    own, parts, size = own[t.side :], of.noise[t.side :], size[t.side :]
    known = (own > 0) & (np.abs(size) > 0)
    x = np.column_stack([np.ones(len(own)), alike[t.side :]])
    scaled = x * np.where(known, size / np.sqrt(np.where(known, own, 1.0)), 0.0)[:, None]
    inverse = np.linalg.pinv(scaled.T @ scaled, rcond=1e-10, hermitian=True)
    beta = inverse @ (scaled.T @ np.where(known, parts / np.sqrt(np.where(known, own, 1.0)), 0.0))
    rest = np.asarray(parts - size * (x @ beta), np.float64)
    return rest, float(missing @ beta), float(missing @ inverse @ missing)


def between(model: Floats, seen: Floats, fitted: int = 0) -> tuple[float, float]:
    """Variance of units' parts (they sum to about 0) ÷ what the working model says, and its degrees of freedom, where
    `fitted` more than the mean was taken out of them."""
    keep = model > 1e-12 * max(float(model.max(initial=0.0)), 1e-300)
    free = float(keep.sum() - 1 - fitted)
    if free < 1:
        return 1.0, 0.0
    model, seen = model[keep], seen[keep]
    left = np.maximum(1 - model / model.sum(), 0.05)
    return float(np.mean(seen**2 / (model * left))) * (free + fitted) / free, free


@dataclass(frozen=True, slots=True)
class Columns:
    """Coefficients of K columns among the cells without the fix, on the state, with their covariance and degrees of
    freedom, and what each would add to the effect if it went on (`carried`)."""

    value: Floats
    covariance: Floats
    df: float
    carried: Floats


def columns(t: Table, f: Fit, x: Floats) -> Columns:
    """Fit K further columns (K × R × T). `x` holds everywhere, as the cells with the fix tell what is carried on."""
    across = without_levels(f.precision, x)
    pull = f.precision * across
    inner = np.einsum("krt,lrt->kl", pull, across)
    inverse = np.linalg.pinv(inner, rcond=1e-9, hermitian=True)
    weights = np.einsum("kl,lrt->krt", inverse, pull)
    value = np.einsum("krt,rt->k", weights, f.noise)
    kernel = f.model.kernel(t.columns)
    n = np.where(t.n > 0, t.n, 1.0)
    cell = f.one * (1 / n + f.model.white)
    # in matrices unit by unit: every column's weights against every other's
    slow = np.einsum("krt,lrt->rkl", np.einsum("krs,st->krt", weights, kernel), weights)
    each = slow + np.einsum("krt,rt,lrt->rkl", weights, cell, weights)
    seen = np.einsum("krt,rt->rk", weights, f.noise)
    ratio, df = zip(*(between(each[:, k, k], seen[:, k]) for k in range(len(x))), strict=True)
    factor = np.sqrt([(TRUST + d * r) / (TRUST + d) for r, d in zip(ratio, df, strict=True)])
    share = np.where(t.having, t.n, 0.0) / max(float(t.n[t.having].sum()), 1e-12) * f.slope
    return Columns(
        value=value,
        covariance=each.sum(axis=0) * np.outer(factor, factor),
        df=TRUST + float(np.mean(df)),
        carried=np.asarray((share * across).sum(axis=(1, 2)), np.float64),
    )
