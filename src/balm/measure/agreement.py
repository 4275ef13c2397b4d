"""Agreement of two coders: Cohen's kappa with its interval, overall and for each theme.

Kappa is the share of agreement beyond what the two would reach by coding at random at their own rates: Cohen (1960),
Educational and Psychological Measurement 20, 37–46. Its large-sample variance is that of Fleiss, Cohen and Everitt
(1969), Psychological Bulletin 72, 323–327. The interval that this variance gives around kappa runs past 1 and closes
up at full agreement, so it is taken on the scale of the share of agreement instead: Wilson's interval of that share,
on the size that makes its variance the one above, with agreement by chance held fixed. For large samples the two are
the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.core.errors import WrongUse
from balm.core.stats import Floats, Ints, estimate, proportion, wilson
from balm.core.types import Estimate

LEAST = 20
"""Items coded by both, below which no kappa is given."""
LEAST_USES = 5
"""Items that each coder gave a theme, below which the theme has no kappa of its own."""

_MOST_SIZE = 4.0
"""Times n that the interval may count on: a variance that happens to be near 0 must not close it."""

METHOD = "kappa: Fleiss–Cohen–Everitt variance, Wilson on the share of agreement"
TOO_FEW = f"kappa: fewer than {LEAST} items coded by both"
ONE_CODE = "kappa: a coder used one code only"
RARE = f"kappa: a coder used it fewer than {LEAST_USES} times"


@dataclass(frozen=True)
class Agreement:
    """Two codings of n items. `labels` (k): the codes, None for no theme; `table` (k, k): items by the code of the
    first coder (rows) and of the second (columns); `share`: of items coded alike; `kappa`: −1 … 1; `themes`: for each
    code but None the kappa of using it or not. An Estimate of None says in `method` what it lacks.
    """

    n: int
    labels: tuple[Hashable, ...]
    table: Ints
    share: Estimate
    kappa: Estimate
    themes: dict[Hashable, Estimate]


def agreement(a: Sequence[Hashable], b: Sequence[Hashable], labels: Sequence[Hashable] | None = None) -> Agreement:
    """How far two coders agree who coded the same n items, in the same order, one code each (None: no theme).

    `labels`: the codes there are, in the order of the table; None: those used, sorted, no theme last. A code that only
    one of them used, or neither, is fine. Raises WrongUse where the codings differ in length or use a code that is not
    in `labels`.
    """
    names = _labels(a, b, labels)
    table = _table(a, b, names)
    n = int(table.sum())
    themes = {name: _of_one(table, i) for i, name in enumerate(names) if name is not None}
    return Agreement(n, names, table, proportion(int(np.trace(table)), n), kappa_of(table), themes)


def cohen_kappa(a: Sequence[Hashable], b: Sequence[Hashable], labels: Sequence[Hashable] | None = None) -> Estimate:
    """Cohen's kappa of two codings of the same items, with its 95 % interval. See `agreement`."""
    return kappa_of(_table(a, b, _labels(a, b, labels)))


def kappa_of(table: NDArray[np.integer]) -> Estimate:
    """Kappa of a square table of counts, the first coder's codes in rows, the second's in columns."""
    n = int(table.sum())
    if n < LEAST:
        return Estimate(None, None, None, n, TOO_FEW)
    if (table.sum(0) > 0).sum() < 2 or (table.sum(1) > 0).sum() < 2:
        return Estimate(None, None, None, n, ONE_CODE)
    value, variance = kappa_variance(table)
    p = table / n
    alike, chance = float(np.trace(p)), float(p.sum(1) @ p.sum(0))
    spread = variance * (1 - chance) ** 2
    size = alike * (1 - alike) / spread if spread > 0 and 0 < alike < 1 else float(n)
    size = min(size, _MOST_SIZE * n)
    low, high = ((float(bound) - chance) / (1 - chance) for bound in wilson(alike * size, size))
    return estimate(value, max(low, -1.0), min(high, 1.0), n, METHOD)


def kappa_variance(table: NDArray[np.integer]) -> tuple[float, float]:
    """Kappa and its large-sample variance: Fleiss, Cohen and Everitt (1969), formula 13 with equal weights.

    `table`: square, with more than one code used on each side.
    """
    n = table.sum()
    p: Floats = table / n
    rows, columns = p.sum(1), p.sum(0)
    chance = float(rows @ columns)
    kappa = (float(np.trace(p)) - chance) / (1 - chance)
    on = np.diag(p) @ np.square(1 - (rows + columns) * (1 - kappa))
    # cell (i, j) weighs with the marginal of i among the columns and of j among the rows
    weight = np.square(columns[:, None] + rows[None, :])
    off = (1 - kappa) ** 2 * float((p * weight).sum() - (np.diag(p) @ np.diag(weight)))
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return kappa, max(float(variance), 0.0)


def _of_one(table: Ints, i: int) -> Estimate:
    """Kappa of using code `i` or not."""
    n, both = int(table.sum()), int(table[i, i])
    first, second = int(table[i].sum()), int(table[:, i].sum())
    if n >= LEAST and min(first, second) < LEAST_USES:
        return Estimate(None, None, None, n, RARE)
    return kappa_of(np.array([[both, first - both], [second - both, n - first - second + both]]))


def _labels(a: Sequence[Hashable], b: Sequence[Hashable], labels: Sequence[Hashable] | None) -> tuple[Hashable, ...]:
    if len(a) != len(b):
        raise WrongUse(f"the codings have {len(a)} and {len(b)} items; give both coders' codes of the same items")
    used = set(a) | set(b)
    if labels is None:
        return tuple(sorted(used, key=lambda name: (name is None, str(name))))
    lost = sorted(map(str, used - set(labels)))
    if lost or len(set(labels)) != len(labels):
        fault = f"the code “{lost[0]}” is not among the labels; add it" if lost else "a label stands twice; keep one"
        raise WrongUse(fault)
    return tuple(labels)


def _table(a: Sequence[Hashable], b: Sequence[Hashable], names: tuple[Hashable, ...]) -> Ints:
    place = {name: i for i, name in enumerate(names)}
    k = len(names)
    at = [place[x] * k + place[y] for x, y in zip(a, b, strict=True)]
    return np.bincount(np.array(at, np.int64), minlength=k * k).reshape(k, k).astype(np.int64)
