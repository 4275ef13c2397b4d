"""Who mentions what: the distinct pairs of comment and theme, and how customers are put into groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.core.coded import CodedFeedback
from balm.core.stats import Ints, distinct

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ ÷ golden ratio: Knuth's multiplicative hash


@dataclass(frozen=True)
class Incidence:
    """Distinct (comment, theme) pairs, ascending by comment, then theme. Arrays of shape (p,); k themes."""

    comment: Ints
    theme: Ints
    k: int

    def customers(self, customer: NDArray[np.int32]) -> tuple[Ints, Ints]:
        """Distinct (customer, theme) pairs of the same mentions, as two arrays."""
        keys = distinct(customer[self.comment].astype(np.int64) * self.k + self.theme)
        return keys // max(self.k, 1), keys % max(self.k, 1)


def incidence(coded: CodedFeedback, *, negative: bool = True) -> Incidence:
    """Which comments mention which theme; only with a negative mention if `negative`."""
    k = len(coded.themes)
    chosen = coded.theme >= 0
    if negative:
        chosen &= coded.negative
    keys = distinct(coded.comment[chosen].astype(np.int64) * k + coded.theme[chosen])
    return Incidence(keys // max(k, 1), keys % max(k, 1), k)


def customer_groups(n_customers: int, most: int) -> tuple[NDArray[np.int32], int]:
    """A group 0 … g−1 for each customer, and g = min(`most`, n_customers).

    Scrambled by a fixed hash, so that neither order nor period of the file shows in the groups; their sizes differ
    by at most one.
    """
    g = max(min(most, n_customers), 1)
    if n_customers <= most:
        return np.arange(n_customers, dtype=np.int32), g
    scrambled = np.argsort(np.arange(n_customers, dtype=np.uint64) * _GOLDEN, kind="stable")
    group = np.empty(n_customers, np.int32)
    group[scrambled] = np.arange(n_customers) % g
    return group, g
