"""The formulas of inference that designs share. Every interval is the 95 % one."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from balm.core.stats import Floats, t_quantile
from balm.core.types import Estimate


def t_p(value: float, variance: float, df: float) -> float | None:
    """Two-sided p of no effect by Student's t; None where the variance is not positive."""
    if not (variance > 0 and math.isfinite(value) and df > 0):
        return None
    t = abs(value) / math.sqrt(variance)
    return float(2 * special.stdtr(df, -t)) if math.isfinite(df) else float(2 * special.ndtr(-t))


def t_estimate(value: float, variance: float, df: float, n: float, method: str) -> Estimate:
    """value ± t(df) · √variance; all None where that is not finite."""
    if not (math.isfinite(value) and math.isfinite(variance) and variance >= 0 and df > 0):
        return Estimate(None, None, None, int(n), method)
    half = float(t_quantile(df)) * math.sqrt(variance)
    return Estimate(float(value), float(value - half), float(value + half), int(n), method)


def satterthwaite(variances: Floats, df: Floats) -> float:
    """Degrees of freedom of a sum of independent variance estimates: Satterthwaite (1946), Biometrics 2, 110–114."""
    variances, df = np.asarray(variances, np.float64), np.asarray(df, np.float64)
    held = variances > 0
    below = float(np.sum(variances[held] ** 2 / df[held]))
    return float(variances.sum()) ** 2 / below if below > 0 else math.inf


def fieller(a: float, va: float, b: float, vb: float, *, cov: float, q: float) -> tuple[float, float]:
    """Bounds of a ÷ b from their variances and covariance; `q` is the quantile of the interval.

    Fieller (1954), JRSS B 16, 175–185. Unbounded on a side (±inf) where b is not told from 0.
    """
    A, B, C = b * b - q * q * vb, a * b - q * q * cov, a * a - q * q * va
    root = B * B - A * C
    if A <= 0 or root < 0:
        return -math.inf, math.inf
    return (B - math.sqrt(root)) / A, (B + math.sqrt(root)) / A


def remaining(level: float, v_level: float, without: float, v_without: float, *, q: float, n: float) -> Estimate:
    """level ÷ without with Fieller's interval, taking the two as independent, not below 0; None where `without` is not
    told from 0: then a share of it says nothing."""
    none = Estimate(None, None, None, int(n), "fieller")
    if not (math.isfinite(level) and math.isfinite(without) and without > 0):
        return none
    low, high = fieller(level, max(v_level, 0.0), without, max(v_without, 0.0), cov=0.0, q=q)
    if not math.isfinite(high):
        return none
    return Estimate(level / without, max(low, 0.0), high, int(n), "fieller")
