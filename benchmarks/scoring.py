"""Agreement of two labelings of the same things, in NumPy."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Labels = Sequence[Hashable]


def contingency(a: Labels, b: Labels) -> NDArray[np.float64]:
    """How many things have label i in `a` and j in `b`; None is a label like any other."""
    rows, columns = numbered(a), numbered(b)
    table = np.zeros((rows.max(initial=-1) + 1, columns.max(initial=-1) + 1))
    np.add.at(table, (rows, columns), 1)
    return table


def numbered(labels: Labels) -> NDArray[np.int64]:
    """0, 1, … in the order in which labels first stand."""
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(label, len(seen)) for label in labels], np.int64)


def nmi(a: Labels, b: Labels) -> float:
    """Normalized mutual information: over the mean of the two entropies (Strehl & Ghosh 2002, arithmetic), 0 … 1."""
    p = contingency(a, b)
    p /= p.sum()
    one, two = p.sum(1), p.sum(0)
    seen = p > 0
    mutual = float((p[seen] * np.log(p[seen] / np.outer(one, two)[seen])).sum())
    mean = (_entropy(one) + _entropy(two)) / 2
    return mutual / mean if mean else 1.0


def _entropy(p: NDArray[np.float64]) -> float:
    return -float((p[p > 0] * np.log(p[p > 0])).sum())


def ari(a: Labels, b: Labels) -> float:
    """Adjusted Rand index (Hubert & Arabie 1985): 1 for the same grouping, 0 expected by chance."""
    table = contingency(a, b)
    both, one, two = (float((t * (t - 1) / 2).sum()) for t in (table, table.sum(1), table.sum(0)))
    n = table.sum()
    chance = one * two / (n * (n - 1) / 2)
    most = (one + two) / 2
    return (both - chance) / (most - chance) if most != chance else 1.0


def macro_f1(truth: Labels, given: Labels) -> float:
    """Mean F1 over the labels of `truth`; an answer that is none of them is a miss."""
    f1 = []
    for label in dict.fromkeys(truth):
        hits = sum(t == label == g for t, g in zip(truth, given, strict=True))
        total = sum(t == label for t in truth) + sum(g == label for g in given)
        f1.append(2 * hits / total)
    return float(np.mean(f1))


def kept_after_matching(before: Labels, after: Labels) -> float:
    """Share of things that keep their label where `after` has names of its own: labels are paired one to one so that
    as many things as possible agree."""
    table = contingency(before, after)
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / table.sum())
