"""Sentiment of clauses inside their comments.

A clause is read with what the rest of its comment says, and against it after a word of contrast: in "great picture,
but the sound …" the second half is blame before one has read it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from balm.understand.block import Block
from balm.understand.sentiment.lexicon import opens_with_contrast

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

CLAUSE = 0.85
"""Weight of the clause; the rest is the comment's."""
TURN = 0.6
"""How much of the polarity before a word of contrast is taken off what follows it."""
CUTS = (-0.15, 0.35)
"""Below the first a clause is negative, above the second positive."""
_GRID = tuple(round(-0.4 + 0.05 * i, 2) for i in range(12))
_LEAST = 50


@dataclass(frozen=True)
class ClauseSentiment:
    """c clauses of n comments. `polarity`, shape (c,), −1 … 1; `sentiment`, shape (c,), −1, 0, 1; `comment`,
    shape (n,), the polarity of each comment, 0 where it has no clause."""

    polarity: Floats
    sentiment: NDArray[np.int8]
    comment: Floats


def blend(
    clauses: Block,
    polarity: ArrayLike,
    owner: ArrayLike,
    n_comments: int,
    *,
    comment: ArrayLike | None = None,
    cuts: tuple[float, float] = CUTS,
) -> ClauseSentiment:
    """Polarity of clauses within their comments.

    `clauses`: normalized text, ordered by comment and place; `polarity`, shape (c,): of each clause by itself;
    `owner`, shape (c,): the comment of each, ascending. `comment`, shape (n_comments,): polarity of the comments;
    without it, the mean of their clauses by length, which does nearly as well at half the price.
    """
    alone = np.asarray(polarity, np.float64)
    of = np.asarray(owner, np.int64)
    if len(alone) != len(clauses) or len(of) != len(clauses):
        raise ValueError("a polarity and an owner for every clause are needed")
    length = clauses.lengths.astype(np.float64)
    if comment is None:
        whole = np.bincount(of, alone * length, n_comments) / np.maximum(np.bincount(of, length, n_comments), 1)
    else:
        whole = np.asarray(comment, np.float64)
    before = np.zeros(len(alone))
    if len(alone):
        before[1:] = np.where(of[1:] == of[:-1], alone[:-1], 0)
    turned = alone - TURN * before * opens_with_contrast(clauses)
    mixed = np.clip(CLAUSE * turned + (1 - CLAUSE) * whole[of], -1, 1).astype(np.float32)
    return ClauseSentiment(mixed, classify(mixed, cuts), whole.astype(np.float32))


def classify(polarity: Floats, cuts: tuple[float, float] = CUTS) -> NDArray[np.int8]:
    """−1 below the first cut, 1 above the second, else 0; shape (c,)."""
    signs: NDArray[np.int8] = ((polarity > cuts[1]).astype(np.int8) - (polarity < cuts[0])).astype(np.int8)
    return signs


def calibrate(polarity: Floats, owner: ArrayLike, scores: ArrayLike) -> tuple[float, float]:
    """Cuts that fit the customers' own scores; `CUTS` where fewer than 50 are content or discontent.

    `polarity`, shape (c,): as `blend` gives it; `scores`, shape (n,): 0 … 1, NaN where not given. The first cut is the
    one at which "has a negative clause" best tells discontent comments (score below 0.4) from content ones (above
    0.6): the highest mean of sensitivity and specificity, between −0.4 and 0.15. The second keeps its distance.
    """
    of, given = np.asarray(owner, np.int64), np.asarray(scores, np.float64)
    lowest = np.full(len(given), np.inf)
    np.minimum.at(lowest, of, polarity)
    known = np.isfinite(given) & np.isfinite(lowest)
    bad, good = lowest[known & (given < 0.4)], lowest[known & (given > 0.6)]
    if min(len(bad), len(good)) < _LEAST:
        return CUTS
    balanced = [(bad < cut).mean() + (good >= cut).mean() for cut in _GRID]
    low = _GRID[int(np.argmax(balanced))]
    return low, max(low + CUTS[1] - CUTS[0], 0.2)
