"""Which scores are low enough that a person reads the comment and calls back, and how many were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from balm.core.errors import WrongUse
from balm.core.stats import proportion
from balm.core.types import SCALE_RANGE, Estimate, Scale

LOW: dict[Scale, float] = {
    Scale.NPS: 6,  # detractors
    Scale.CSAT: 2,
    Scale.CES: 3,
    Scale.STARS: 2,
    Scale.BINARY: 0,
    Scale.LABEL: -1,
}
"""The highest score that counts as low."""


def is_low(score: float, scale: Scale) -> bool:
    """Whether an answer is low on its scale; one outside the scale, or none (NaN), is not."""
    return SCALE_RANGE[scale][0] <= score <= LOW[scale]


def low_mask(scores: ArrayLike, scale: Scale) -> NDArray[np.bool_]:
    """The same of many, (n,)."""
    y = np.asarray(scores, np.float64)
    return np.asarray((y >= SCALE_RANGE[scale][0]) & (y <= LOW[scale]))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the low scores, each a share (0 … 1) with its interval.

    `read`, `called`: of all low scores; `reached`: of those called; `mended`: of those reached.
    """

    read: Estimate
    called: Estimate
    reached: Estimate
    mended: Estimate


def coverage(low: int, read: int, called: int, reached: int, mended: int) -> Coverage:
    """Counts to shares. Raises WrongUse where a part is larger than its whole."""
    if not (0 <= read <= low and 0 <= mended <= reached <= called <= low):
        parts = f"{read} read, {called} called, {reached} reached, {mended} mended"
        raise WrongUse(f"of {low} low scores: {parts}: each must be a part of the one before")
    return Coverage(
        proportion(read, low), proportion(called, low), proportion(reached, called), proportion(mended, reached)
    )
