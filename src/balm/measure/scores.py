"""NPS, CSAT, CES and means, each with an interval that covers at small n and for skewed answers.

On a bounded scale the interval is the score interval of a multinomial mean: the values of the mean that a score test
does not reject, its variance taken at the likeliest distribution with that mean. For two answers it is Wilson's
interval, for NPS Tango's (1998, Statistics in Medicine 17, 891–908). Where customers answer more than once, the
size counted on is n ÷ design effect, by customer (Korn and Graubard 1998, Survey Methodology 24, 193–201).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from balm.core.coded import Attribute
from balm.core.stats import Z95, Floats, estimate, proportion, t_quantile
from balm.core.types import SCALE_RANGE, Estimate, Scale

__all__ = ["Metric", "ScoreResult", "ces", "csat", "mean", "metric_of", "nps", "proportion", "score"]

Metric = Literal["nps", "csat", "ces", "mean"]

_LEVELS_MOST = 512  # distinct values above which the answers count as continuous
_METRICS: dict[Scale, Metric] = {Scale.NPS: "nps", Scale.CSAT: "csat", Scale.CES: "ces"}


@dataclass(frozen=True)
class ScoreResult:
    """One metric over everybody and by group. `groups`: the attribute values of each, with its estimate."""

    metric: Metric
    all: Estimate
    groups: list[tuple[dict[str, str], Estimate]]

    def to_json(self) -> dict[str, Any]:
        """As `balm score --out` writes it."""
        groups = [{"by": by, "estimate": e.to_json()} for by, e in self.groups]
        return {"metric": self.metric, "all": self.all.to_json(), "groups": groups}

    def to_pandas(self) -> Any:
        """One row a group, the whole first; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        return pd.DataFrame([{**by, **e.to_json()} for by, e in [({}, self.all), *self.groups]])


def metric_of(scale: Scale) -> Metric:
    """The usual metric of a scale: NPS, CSAT and CES their own, the others a mean."""
    return _METRICS.get(scale, "mean")


def nps(values: ArrayLike, customer: NDArray[np.int32] | None = None) -> Estimate:
    """Net promoter score of answers 0–10, in points −100 … 100: % of 9 and 10 less % of 0 to 6."""
    return score(values, "nps", customer=customer).all


def csat(values: ArrayLike, customer: NDArray[np.int32] | None = None) -> Estimate:
    """Share (0 … 1) of answers 4 and 5 on 1–5."""
    return score(values, "csat", customer=customer).all


def ces(values: ArrayLike, customer: NDArray[np.int32] | None = None) -> Estimate:
    """Mean of answers 1–7, high is easy."""
    return score(values, "ces", customer=customer).all


def mean(values: ArrayLike, scale: Scale | None = None, customer: NDArray[np.int32] | None = None) -> Estimate:
    """Mean of answers on `scale`; without a scale, Student's t (needs two values, and n in the hundreds if skewed)."""
    return score(values, "mean", scale=scale, customer=customer).all


def score(
    values: ArrayLike,
    metric: Metric | None = None,
    *,
    scale: Scale | None = None,
    by: Mapping[str, Attribute] | None = None,
    customer: NDArray[np.int32] | None = None,
) -> ScoreResult:
    """`metric` of `values` (n,) over everybody and for every combination of the attributes `by`.

    NaN and answers outside the scale are left out (`n` counts what is in). Groups come in the order of their
    attribute's values; comments with an unknown attribute are in no group. `customer`, (n,): answers of the same
    number hang together. No value at n = 0 (on an unbounded scale at n < 2); small n shows as a wide interval.
    Raises ValueError when neither `metric` nor `scale` is given.
    """
    if metric is None:
        if scale is None:
            raise ValueError("name a metric or a scale")
        metric = metric_of(scale)
    y, bounds = _answers(np.asarray(values, np.float64), metric, scale)
    by = by or {}
    group, size = _groups(by, len(y))
    known = ~np.isnan(y)
    whole = _means(y[known], np.zeros(int(known.sum()), np.int64), 1, bounds, _at(customer, known))
    groups: list[tuple[dict[str, str], Estimate]] = []
    if by:
        inside = known & (group >= 0)
        codes, dense = np.unique(group[inside], return_inverse=True)
        found = _means(y[inside], dense, len(codes), bounds, _at(customer, inside))
        groups = [(_name(int(code), by, size), e) for code, e in zip(codes, found, strict=True)]
    return ScoreResult(metric, whole[0], groups)


def _at(customer: NDArray[np.int32] | None, mask: NDArray[np.bool_]) -> NDArray[np.int32] | None:
    return None if customer is None else customer[mask]


def _answers(y: Floats, metric: Metric, scale: Scale | None) -> tuple[Floats, tuple[float, float] | None]:
    """The number each answer adds to the metric, NaN where it does not count, and the bounds of that number."""
    own = {"nps": Scale.NPS, "csat": Scale.CSAT, "ces": Scale.CES}.get(metric, scale)
    if own is None:
        return np.where(np.isfinite(y), y, np.nan), None
    low, high = SCALE_RANGE[own]
    y = np.where((y >= low) & (y <= high), y, np.nan)
    if metric == "nps":
        return np.where(np.isnan(y), np.nan, 100.0 * ((y >= 9).astype(float) - (y <= 6))), (-100.0, 100.0)
    if metric == "csat":
        return np.where(np.isnan(y), np.nan, (y >= 4).astype(float)), (0.0, 1.0)
    return y, (low, high)


def _groups(by: Mapping[str, Attribute], n: int) -> tuple[NDArray[np.int64], list[int]]:
    """Mixed-radix code of the combination of attributes, −1 where one is unknown, and the radices."""
    group = np.zeros(n, np.int64)
    size = [max(len(a.values), 1) for a in by.values()]
    for attribute, radix in zip(by.values(), size, strict=True):
        codes = attribute.codes.astype(np.int64)
        group = np.where((group < 0) | (codes < 0), -1, group * radix + codes)
    return group, size


def _name(code: int, by: Mapping[str, Attribute], size: list[int]) -> dict[str, str]:
    values: dict[str, str] = {}
    for (key, attribute), radix in reversed(list(zip(by.items(), size, strict=True))):
        code, value = divmod(code, radix)
        values[key] = attribute.values[value]
    return {key: values[key] for key in by}


def _means(
    y: Floats,
    group: NDArray[np.int64],
    n_groups: int,
    bounds: tuple[float, float] | None,
    customer: NDArray[np.int32] | None,
) -> list[Estimate]:
    n = np.bincount(group, minlength=n_groups).astype(float)
    total = np.bincount(group, y, n_groups)
    average = np.divide(total, n, out=np.full(n_groups, np.nan), where=n > 0)
    spread = np.bincount(group, np.square(y - average[group]), n_groups).astype(float)
    deff, quantile, clustered = _clusters(y - average[group], group, n, spread, customer)
    by_customer = ", by customer" if clustered else ""
    support, level = np.unique(y, return_inverse=True)
    if bounds is not None and len(support) <= _LEVELS_MOST:
        counts = np.bincount(group * len(support) + level, minlength=n_groups * len(support))
        low, high = score_interval(counts.reshape(n_groups, -1), support, bounds, n / deff, quantile)
        method = ("wilson" if set(support) <= set(bounds) else "score") + by_customer
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            half = t_quantile(np.maximum(n - 1, 1)) if not clustered else quantile
            half = half * np.sqrt(spread / (n - 1) / n * deff)
        low, high = average - half, average + half
        average = np.where(n >= 2, average, np.nan)
        method = "t" + by_customer
        if bounds is not None:
            low, high = np.maximum(low, bounds[0]), np.minimum(high, bounds[1])
    return [estimate(*row, method) for row in zip(average, low, high, n, strict=True)]


def _clusters(
    residual: Floats,
    group: NDArray[np.int64],
    n: Floats,
    spread: Floats,
    customer: NDArray[np.int32] | None,
) -> tuple[Floats, Floats, bool]:
    """Design effect and quantile of each group, and whether any customer answers more than once.

    The design effect is the variance of a mean of clusters ÷ that of n independent answers. The quantile is
    Student's, with Σ (m²)² in Satterthwaite's formula for clusters of m answers.
    """
    one, normal = np.ones(len(n)), np.full(len(n), Z95)
    if customer is None or not len(residual):
        return one, normal, False
    key = group * (int(customer.max()) + 1) + customer
    keys, cell = np.unique(key, return_inverse=True)
    if len(keys) == len(key):
        return one, normal, False
    owner = keys // (int(customer.max()) + 1)
    m = np.bincount(cell).astype(float)
    clusters = np.bincount(owner, minlength=len(n)).astype(float)
    between = np.bincount(owner, np.square(np.bincount(cell, residual)), len(n))
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = between * clusters / (clusters - 1) / (spread * n / (n - 1))
        df = np.square(np.bincount(owner, m**2, len(n))) / np.bincount(owner, m**4, len(n)) - 1
    # one answer repeated by everybody, or one customer only, tells nothing of the spread: count customers
    deff = np.where(np.isfinite(deff) & (deff > 0), deff, n / np.maximum(clusters, 1))
    return deff, t_quantile(np.clip(np.nan_to_num(df, nan=1.0), 1.0, None)), True


def score_interval(
    counts: NDArray[np.int64], support: Floats, bounds: tuple[float, float], size: Floats, quantile: Floats
) -> tuple[Floats, Floats]:
    """Score interval of the mean of answers on a bounded scale.

    counts (g, k) of the answers `support` (k,), ascending, within `bounds`; `size` (g,) the number of independent
    answers they are worth; `quantile` (g,). The bound θ solves size·(mean − θ)² = quantile²·σ²(θ), σ²(θ) being the
    variance at the maximum of the multinomial likelihood under mean θ, where either end of the scale may take
    weight even if nobody answered it. That weighting is wⱼ ÷ (1 − u·rⱼ) (Owen 1988, Biometrika 75, 237–249).
    """
    low = -_upper(counts[:, ::-1], -support[::-1], (-bounds[1], -bounds[0]), size, quantile)
    return low, _upper(counts, support, bounds, size, quantile)


def _upper(
    counts: NDArray[np.int64], support: Floats, bounds: tuple[float, float], size: Floats, quantile: Floats
) -> Floats:
    n = counts.sum(axis=1, keepdims=True)
    weight = np.divide(counts, n, out=np.full(counts.shape, 1 / max(counts.shape[1], 1)), where=n > 0)
    bottom, top = bounds
    r = (support - bottom) / (top - bottom)
    average = weight @ r
    z2 = np.square(quantile)

    def beyond(u: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        tilted = weight / (1 - u[:, None] * r)
        tilted /= tilted.sum(axis=1, keepdims=True)
        theta = tilted @ r
        variance = np.maximum(tilted @ np.square(r) - np.square(theta), 0)
        return theta, size * np.square(theta - average) > z2 * variance + 1e-15

    touches = weight @ (r >= 1) > 0
    inner, outer = np.zeros(len(average)), np.where(touches, 1 - 1e-15, 1 - 1e-12)
    free = ~touches & ~beyond(outer)[1]  # weight moves to the top of the scale, which nobody chose
    for _ in range(60):
        middle = (inner + outer) / 2
        over = beyond(middle)[1]
        inner, outer = np.where(over, inner, middle), np.where(over, middle, outer)
    # with free weight the variance is ε·(1 − mean) − ε², ε = 1 − θ, and the equation is solved by hand
    theta = np.where(free, 1 - (1 - average) * size / (size + z2), beyond(outer)[0])
    return np.where(n[:, 0] > 0, bottom + (top - bottom) * np.maximum(theta, average), top)
