"""Two models that turn reach, severity and solvability into a priority.

High counts 3, medium 2, low 1. Customer impact: reach × severity, high from 6, low at 1. Value and effort: that value ×
solvability, high from 12, low up to 3. Twelve is six with a medium solvability, so that a pain of high impact stays
high unless it is hard to solve; three is a low value that is easy, or a medium one (2) that is hard.

The cuts from measured numbers to levels hold for every scale:

- reach: high from 5 %, medium from 1 % of customers. Who serves twenty customers a day meets a pain of 5 % every day,
  one of 1 % every week. Behind a high reach stand at least ten customers.
- severity from scores: high from 25 %, medium from 10 % of the scale's length: one and 0.4 of a star of five.
- severity from words: high from two thirds, medium from one third of the strongest words.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Level = Literal["high", "medium", "low"]
Source = Literal["scores", "words"]
Points = NDArray[np.int64]

LEVELS: tuple[Level, Level, Level] = ("low", "medium", "high")
POINTS: dict[Level, int] = {"low": 1, "medium": 2, "high": 3}

CUSTOMER_IMPACT = "customer_impact"
VALUE_EFFORT = "value_effort"

REACH_CUTS = (0.01, 0.05)
SEVERITY_CUTS: dict[Source, tuple[float, float]] = {"scores": (0.10, 0.25), "words": (1 / 3, 2 / 3)}
FEW = 10
"""Customers below which reach is at most medium."""


def customer_impact(reach: Level, severity: Level) -> Level:
    """Level of reach × severity."""
    return impact_level(POINTS[reach] * POINTS[severity])


def value_effort(reach: Level, severity: Level, solvability: Level) -> Level:
    """Level of reach × severity × solvability."""
    return worth_level(POINTS[reach] * POINTS[severity] * POINTS[solvability])


def quick_win(reach: Level, severity: Level, solvability: Level) -> bool:
    """Easy to solve, and of more than low customer impact."""
    return solvability == "high" and customer_impact(reach, severity) != "low"


def impact_level(points: int) -> Level:
    """6 and 9: high; 2 to 4: medium; 1: low."""
    return "high" if points >= 6 else "medium" if points >= 2 else "low"


def worth_level(points: int) -> Level:
    """12 to 27: high; 4 to 9: medium; 1 to 3: low."""
    return "high" if points >= 12 else "medium" if points >= 4 else "low"


def reach_points(share: ArrayLike, customers: ArrayLike = np.inf) -> Points:
    """1, 2 or 3 for a share (0 … 1) of customers; at most 2 where `customers` with the pain are fewer than ten."""
    points = 1 + np.searchsorted(REACH_CUTS, np.asarray(share, float), side="right")
    return np.asarray(np.where(np.asarray(customers) < FEW, np.minimum(points, 2), points))


def severity_points(loss: ArrayLike, source: Source = "scores") -> Points:
    """1, 2 or 3 for a severity, as a share of the scale's length (from words: 0 … 1)."""
    return np.asarray(1 + np.searchsorted(SEVERITY_CUTS[source], np.asarray(loss, float), side="right"))


def level(points: int) -> Level:
    """The level that counts 1, 2 or 3."""
    return LEVELS[int(points) - 1]
