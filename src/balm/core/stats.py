"""The few formulas of inference that several rooms share. Every interval is the 95 % one.

Sources are named at each formula; `docs/reference/measures.md` lists them with what was measured.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from balm.core.types import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Z95 = 1.959963984540054


def t_quantile(df: ArrayLike) -> Floats:
    """The 97.5 % point of Student's t; `df` of any shape, > 0, infinity gives 1.96."""
    df = np.asarray(df, np.float64)
    return np.asarray(np.where(np.isfinite(df), special.stdtrit(np.where(np.isfinite(df), df, 1.0), 0.975), Z95))


def wilson(k: ArrayLike, n: ArrayLike, z: ArrayLike = Z95) -> tuple[Floats, Floats]:
    """Bounds of a proportion k ÷ n, by the score method: Wilson (1927), JASA 22, 209–212.

    `n` may be an effective size (n ÷ design effect) with `k` scaled alike. Where n = 0: 0 and 1.
    """
    n = np.asarray(n, np.float64)
    z2 = np.square(np.asarray(z, np.float64))
    p = np.divide(k, n, out=np.full(np.broadcast(k, n).shape, 0.5), where=n > 0)
    middle = (n * p + z2 / 2) / (n + z2)
    half = np.sqrt(z2 * (n * p * (1 - p) + z2 / 4)) / (n + z2)
    return np.clip(middle - half, 0, np.minimum(p, 1)), np.clip(middle + half, p, 1)


def ratio_interval(k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike) -> tuple[Floats, Floats]:
    """Bounds of (k1 ÷ n1) ÷ (k0 ÷ n0) of two independent proportions, from the Wilson limits of each.

    Donner and Zou (2012), Statistical Methods in Medical Research 21, 347–359 (MOVER-R). Infinite where k0 = 0.
    """
    p1, p0 = np.divide(k1, n1), np.divide(k0, n0)
    (l1, u1), (l0, u0) = wilson(k1, n1), wilson(k0, n0)
    cross = p1 * p0
    with np.errstate(divide="ignore", invalid="ignore"):
        low = (cross - np.sqrt(np.maximum(cross**2 - l1 * u0 * (2 * p1 - l1) * (2 * p0 - u0), 0))) / (
            u0 * (2 * p0 - u0)
        )
        # the formula is 0/0 where 2·p0 = u0; there and beyond, its limit is l1 ÷ u0 with the other term at its edge
        flat = np.abs(u0 * (2 * p0 - u0)) < 1e-12
        low = np.where(flat, l1 * (2 * p1 - l1) / np.maximum(2 * cross, 1e-300), low)
        high = (cross + np.sqrt(np.maximum(cross**2 - u1 * l0 * (2 * p1 - u1) * (2 * p0 - l0), 0))) / (
            l0 * (2 * p0 - l0)
        )
    return np.maximum(np.nan_to_num(low, nan=0.0), 0), np.where(np.isnan(high), np.inf, high)


def difference_interval(k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike) -> tuple[Floats, Floats]:
    """Bounds of k1 ÷ n1 − k0 ÷ n0: Newcombe (1998), Statistics in Medicine 17, 873–890, method 10."""
    p1, p0 = np.divide(k1, n1), np.divide(k0, n0)
    (l1, u1), (l0, u0) = wilson(k1, n1), wilson(k0, n0)
    return p1 - p0 - np.hypot(p1 - l1, u0 - p0), p1 - p0 + np.hypot(u1 - p1, p0 - l0)


def false_discovery(p: ArrayLike) -> Floats:
    """Adjusted p-values q, same shape: Benjamini and Hochberg (1995), JRSS B 57, 289–300. NaN stays NaN."""
    p = np.asarray(p, np.float64)
    q = np.full(p.size, np.nan)
    known = np.flatnonzero(~np.isnan(p.ravel()))
    if not known.size:
        return q.reshape(p.shape)
    order = known[np.argsort(p.ravel()[known], kind="stable")]
    raised = p.ravel()[order] * known.size / np.arange(1, known.size + 1)
    q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return q.reshape(p.shape)


def estimate(value: float, low: float, high: float, n: float, method: str) -> Estimate:
    """An `Estimate` of plain Python numbers; all None where the value is not finite."""
    if not np.isfinite(value):
        return Estimate(None, None, None, int(n), method)
    return Estimate(float(value), float(low), float(high), int(n), method)


def distinct(keys: Ints) -> Ints:
    """The distinct `keys`, ascending. A sort of integers is the fastest way NumPy has."""
    keys = np.sort(keys)
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if keys.size else keys


def proportion(k: float, n: float, method: str = "wilson", effective: float | None = None) -> Estimate:
    """A share with Wilson's interval; `effective` is the size the interval counts on where it is not `n`."""
    if n <= 0:
        return Estimate(None, None, None, 0, method)
    size = n if effective is None else effective
    low, high = wilson(k / n * size, size)
    return estimate(k / n, float(low), float(high), n, method)
