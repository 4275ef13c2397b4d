"""Sums over groups of customers, enough to regress a score on k themes and to resample without the rows.

One pass of counting over the pairs of comment and theme gives X'X and X'y of each group. Sums of groups are the sums
of the whole, so a fit without one group, or with groups drawn again, needs only these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.core.coded import CodedFeedback
from balm.core.stats import Floats, Ints
from balm.measure.incidence import Incidence

RIDGE = 0.1
"""Added to the diagonal, in comments: keeps themes that always come together apart, and vanishes against 5 or more."""


@dataclass(frozen=True)
class Moments:
    """xx (g, k+1, k+1), xy (g, k+1) and yy (g,) of the scored comments; column 0 is the constant.

    `y` is counted from `center`. `comments` (k,): scored comments with a negative mention; `customers` (k,): theirs.
    """

    xx: Floats
    xy: Floats
    yy: Floats
    center: float
    comments: Ints
    customers: Ints


def moments(coded: CodedFeedback, pairs: Incidence, group: NDArray[np.int32], g: int) -> Moments:
    """Moments of score on the indicators "has a negative mention of the theme", by customer group.

    `pairs`: distinct negative pairs with themes 0 … pairs.k − 1; `group` (customers,).
    """
    k = pairs.k
    scored = np.isfinite(coded.score)
    center = float(coded.score[scored].mean()) if scored.any() else 0.0
    y = coded.score - center
    of_comment = group[coded.customer].astype(np.int64)
    xx, xy = np.zeros((g, k + 1, k + 1)), np.zeros((g, k + 1))
    xx[:, 0, 0] = np.bincount(of_comment[scored], minlength=g)
    xy[:, 0] = np.bincount(of_comment[scored], y[scored], g)
    yy = np.bincount(of_comment[scored], np.square(y[scored]), g).astype(float)
    inside = scored[pairs.comment]
    kept = Incidence(pairs.comment[inside], pairs.theme[inside], k)
    cell = of_comment[kept.comment] * k + kept.theme
    once = np.bincount(cell, minlength=g * k).reshape(g, k)
    xx[:, 0, 1:] = xx[:, 1:, 0] = once
    xy[:, 1:] = np.bincount(cell, y[kept.comment], g * k).reshape(g, k)
    together = _together(kept.comment, kept.theme, cell, k, g)
    xx[:, 1:, 1:] = together + together.transpose(0, 2, 1)
    xx[:, np.arange(1, k + 1), np.arange(1, k + 1)] = once
    who = kept.customers(coded.customer)[1]
    return Moments(xx, xy, yy, center, once.sum(axis=0).astype(np.int64), np.bincount(who, minlength=k))


def _together(comment: Ints, theme: Ints, cell: Ints, k: int, g: int) -> Floats:
    """Comments of each group with both themes of a pair i < j, shape (g, k, k), upper triangle."""
    count = np.zeros(g * k * k, np.int64)
    first = np.arange(len(comment))
    lag = 0
    while first.size:  # the pairs of a comment stand side by side: compare with the next, the one after, …
        lag += 1
        first = first[: np.searchsorted(first, len(comment) - lag)]
        first = first[comment[first + lag] == comment[first]]
        count += np.bincount(cell[first] * k + theme[first + lag], minlength=g * k * k)
    return count.reshape(g, k, k).astype(np.float64)


def solve(xx: Floats, xy: Floats) -> Floats:
    """Coefficients of the fit, the constant first; leading axes are batches. A trace of ridge on the themes."""
    ridge = np.full(xx.shape[-1], RIDGE)
    ridge[0] = 1e-9
    return np.asarray(np.linalg.solve(xx + np.diag(ridge), xy[..., None])[..., 0])
