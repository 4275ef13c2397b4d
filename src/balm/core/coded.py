"""Coded feedback as arrays: what the measuring rooms compute on, small enough for millions of comments in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from balm.core.types import Emotion, Intent, Language, Target, Urgency

LANGUAGE_CODES = tuple(Language)
EMOTIONS = tuple(Emotion)
TARGETS = tuple(Target)
INTENTS = tuple(Intent)
URGENCIES = tuple(Urgency)
"""What the small numbers in arrays of mentions stand for: places in these."""

NO_DAY = np.iinfo(np.int32).min
"""Stands for "no date" in `CodedFeedback.day`."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of every comment. `codes`, shape (n,), int32: index into `values`, −1 where unknown."""

    codes: NDArray[np.int32]
    values: list[str]


@dataclass(frozen=True)
class CodedFeedback:
    """n comments by c customers, with m mentions of `themes`.

    Arrays of mentions, shape (m,): `comment` 0 … n−1, `theme` 0 … len(themes)−1 or −1 (not coded), `negative`,
    `positive`. Arrays of comments, shape (n,): `customer` 0 … c−1 (a comment without a customer key has a customer of
    its own), `score` on its own scale, NaN where absent, `day` days since 1970-01-01 or `NO_DAY`.
    """

    themes: list[str]
    comment: NDArray[np.int32]
    theme: NDArray[np.int32]
    negative: NDArray[np.bool_]
    positive: NDArray[np.bool_]
    customer: NDArray[np.int32]
    score: NDArray[np.float64]
    day: NDArray[np.int32]
    by: dict[str, Attribute] = field(default_factory=dict)
    customers_known: bool = True

    @property
    def n_comments(self) -> int:
        return len(self.customer)

    @property
    def n_customers(self) -> int:
        return int(self.customer.max()) + 1 if len(self.customer) else 0

    @property
    def has_scores(self) -> bool:
        return bool(np.isfinite(self.score).any())


@dataclass(frozen=True)
class MentionFacts:
    """What is known of each mention beside its theme, arrays of shape (m,).

    `polarity` −1 … 1; `emotion` index into `EMOTIONS`; `target` index into `TARGETS` or −1; `urgent`; `length` in code
    points; `sure`: coded by a phrase of the codebook.
    """

    polarity: NDArray[np.float32]
    emotion: NDArray[np.int8]
    target: NDArray[np.int8]
    urgent: NDArray[np.bool_]
    length: NDArray[np.int32]
    sure: NDArray[np.bool_]
