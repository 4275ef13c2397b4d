"""Contrast: which attribute values, alone and in pairs, set apart the customers who have a pain.

Everything is counted, nothing is resampled: every value and every pair of values is a cell of a cross table, in which a
customer counts once however often she writes. Cells are tested by Fisher's exact
test, one-sided (more of the pain than elsewhere); a pair must also have more than its two values together explain. The
p-values of all cells of all pains looked at are adjusted together (Benjamini–Hochberg).

A finding is an association: the segment may differ in more than the attribute named.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from balm.core.coded import Attribute, CodedFeedback
from balm.core.stats import Floats, Ints, distinct, estimate, false_discovery, proportion, ratio_interval
from balm.core.types import Finding, Labels

LEAST = 10
"""Customers a segment needs to be looked at."""

_MOST_VALUES = 1000
_MOST_CELLS = 4_000_000  # cells of one cross table, all pains together
_MOST_FINDINGS = 20
_EXACT = 400  # terms of an exact tail; beyond, the normal one
_STILL = 0.01  # p at which a segment still stands out without those found before it

Verdict = Literal["found", "nothing"]

VERDICTS: dict[Verdict, Labels] = {
    "found": {
        "zh-Hans": "这些客群中有此痛点的比例高于其他客群。这是关联，不一定是原因。",
        "zh-Hant": "這些客群中有此痛點的比率高於其他客群。這是關聯，不一定是原因。",
        "en": "These segments have this pain more often than the others. That is an association, not proof of a cause.",
    },
    "nothing": {
        "zh-Hans": "没有哪个客群与其他客群的差别大到足以排除偶然。",
        "zh-Hant": "沒有哪個客群與其他客群的差別大到足以排除偶然。",
        "en": "No segment differs from the others by more than chance could explain.",
    },
}


def verdict(findings: Sequence[Finding]) -> Verdict:
    """Key into `VERDICTS`: what may be said of `findings`."""
    return "found" if findings else "nothing"


@dataclass(frozen=True)
class _Table:
    """One cross table: `where` the attributes (one or two), cell of each comment (n,) or −1, number of cells."""

    where: tuple[int, ...]
    cell: Ints
    size: int


@dataclass(frozen=True)
class _Counts:
    """Customers of a table: `hits` (k, cells) with each pain, `sizes` (cells,), `total` (k,), `everyone`.

    A customer counts once in each cell, and in the totals once for each cell she is in.
    """

    hits: Ints
    sizes: Ints
    total: Ints
    everyone: int


@dataclass(frozen=True)
class _Pains:
    """Pairs of comment and pain, ascending by pain; `customer` (n,) of each comment; `repeat`: some come twice."""

    comment: Ints
    what: Ints
    k: int
    customer: Ints
    repeat: bool

    def comments_of(self, pain: int) -> Ints:
        first, past = np.searchsorted(self.what, [pain, pain + 1])
        return self.comment[first:past]

    def people(self, mask: NDArray[np.bool_]) -> int:
        """Customers behind the comments of `mask`."""
        return len(distinct(self.customer[mask])) if self.repeat else int(mask.sum())


def contrast(
    coded: CodedFeedback,
    target: str | NDArray[np.bool_],
    attributes: Mapping[str, Attribute] | None = None,
    *,
    depth: int = 2,
    alpha: float = 0.05,
) -> list[Finding]:
    """Segments over-represented among those who have the pain, the surest first; none if nothing can be claimed.

    `target`: a theme of `coded` (its negative mentions) or a mask of comments (n,). `attributes`: by default all of
    `coded.by`. `depth` 2 also looks at pairs. Share and lift count customers. Raises ValueError for a theme that
    `coded` does not have.
    """
    if isinstance(target, str):
        if target not in coded.themes:
            raise ValueError(f"no theme {target!r}")
        chosen = (coded.theme == coded.themes.index(target)) & coded.negative
        comment = coded.comment[chosen].astype(np.int64)
    else:
        comment = np.flatnonzero(target)
    attributes = coded.by if attributes is None else attributes
    pains = (comment, np.zeros(len(comment), np.int64), 1)
    return _search(coded.customer, attributes, pains, depth=depth, alpha=alpha)[0]


def contrasts(
    coded: CodedFeedback,
    attributes: Mapping[str, Attribute] | None = None,
    *,
    depth: int = 2,
    alpha: float = 0.05,
) -> list[list[Finding]]:
    """The same for every theme of `coded` at once, adjusted over all of them; a list for each theme."""
    chosen = (coded.theme >= 0) & coded.negative
    pains = (coded.comment[chosen].astype(np.int64), coded.theme[chosen].astype(np.int64), len(coded.themes))
    attributes = coded.by if attributes is None else attributes
    return _search(coded.customer, attributes, pains, depth=depth, alpha=alpha)


def _search(
    customer: NDArray[np.int32],
    attributes: Mapping[str, Attribute],
    pains: tuple[Ints, Ints, int],
    *,
    depth: int,
    alpha: float,
) -> list[list[Finding]]:
    comment, theme, k = pains
    usable = {name: a for name, a in attributes.items() if 2 <= len(a.values) <= _MOST_VALUES}
    if not usable or not len(customer) or not len(comment):
        return [[] for _ in range(k)]
    n = len(customer)
    keys = distinct(theme * n + comment)
    repeat = int(customer.max()) + 1 < n
    held = _Pains(keys % n, keys // n, k, customer.astype(np.int64), repeat)
    tables = _tables(list(usable.values()), depth, k)
    counts = [_count(table, held) for table in tables]
    over = [_p_over(c) for c in counts]
    p = list(over)
    place = {table.where: i for i, table in enumerate(tables)}
    for i, table in enumerate(tables):
        if len(table.where) == 2:
            a, b = (counts[place[(w,)]] for w in table.where)
            p[i] = np.maximum(p[i], _p_beyond(counts[i], a, b))
    q = false_discovery(np.concatenate([x.ravel() for x in p]))
    parts = np.split(q, np.cumsum([x.size for x in p])[:-1])
    tests = [(x, y.reshape(x.shape)) for x, y in zip(over, parts, strict=True)]
    return [_findings(usable, tables, counts, tests, held, pain=j, alpha=alpha) for j in range(k)]


def _tables(attributes: list[Attribute], depth: int, k: int) -> list[_Table]:
    codes = [a.codes.astype(np.int64) for a in attributes]
    tables = [_Table((i,), codes[i], len(a.values)) for i, a in enumerate(attributes)]
    for i, j in itertools.combinations(range(len(attributes)), 2) if depth > 1 else ():
        size = len(attributes[i].values) * len(attributes[j].values)
        if size * k <= _MOST_CELLS:
            known = (codes[i] >= 0) & (codes[j] >= 0)
            tables.append(_Table((i, j), np.where(known, codes[i] * len(attributes[j].values) + codes[j], -1), size))
    return tables


def _count(table: _Table, pains: _Pains) -> _Counts:
    people, size, k = pains.customer, table.size, pains.k
    cell = table.cell[pains.comment]
    known, seen = cell >= 0, table.cell >= 0
    if pains.repeat:
        keys = distinct(people[seen] * size + table.cell[seen])
        sizes = np.bincount(keys % size, minlength=size)
        who = people[pains.comment[known]]
        keys = distinct((pains.what[known] * (int(people.max()) + 1) + who) * size + cell[known])
        what, cell = keys // size // (int(people.max()) + 1), keys % size
    else:
        sizes = np.bincount(table.cell[seen], minlength=size)
        what, cell = pains.what[known], cell[known]
    hits = np.bincount(what * size + cell, minlength=k * size).reshape(k, size)
    return _Counts(hits, sizes, hits.sum(axis=1), int(sizes.sum()))


def _p_over(counts: _Counts) -> Floats:
    """One-sided p of each cell (k, cells); NaN for cells below `LEAST`, which are not looked at."""
    hits, sizes, everyone = counts.hits, counts.sizes, counts.everyone
    p = np.full(hits.shape, np.nan)
    looked = np.flatnonzero((sizes >= LEAST) & (sizes <= everyone - LEAST))
    if looked.size:
        n = np.broadcast_to(sizes[looked], (len(hits), len(looked)))
        whole = np.broadcast_to(counts.total[:, None], n.shape)
        p[:, looked] = upper_tail(hits[:, looked], n, whole, everyone)
    return p


def upper_tail(k: Ints, n: Ints, total: Ints, everyone: int) -> Floats:
    """P(X ≥ k), X hypergeometric: `n` drawn from `everyone`, of whom `total` have it. Arrays of one shape.

    Fisher's exact test, one-sided. Large tables (more than 400 terms) take the normal tail with half a count taken
    off, which agrees there to three digits.
    """
    most = np.minimum(n, total)
    mean = n * total / everyone
    sd = np.sqrt(mean * (1 - total / everyone) * (everyone - n) / max(everyone - 1, 1))
    p = np.ones(k.shape)
    over = k > mean  # below its mean a one-sided p is near one half and more: no finding
    far = over & (most - k > _EXACT) & (sd > 30)
    p[far] = special.ndtr(-(k[far] - 0.5 - mean[far]) / sd[far])
    near = over & ~far
    a, b, c = (np.asarray(x[near], np.float64) for x in (k, n, total))
    p[near] = _exact_tail(a, b, c, float(everyone))
    return p


def _exact_tail(a: Floats, n: Floats, total: Floats, everyone: float) -> Floats:
    """The sum of the probabilities of a, a + 1, …, each from the one before."""
    rest = everyone - total
    log_p = _log_choose(total, a) + _log_choose(rest, n - a) - _log_choose(np.full(n.shape, everyone), n)
    term = np.exp(log_p)
    tail, most = term.copy(), np.minimum(n, total)
    for _ in range(10 * _EXACT):
        going = (a < most) & (term > tail * 1e-12)
        if not going.any():
            break
        term = np.where(going, term * (total - a) * (n - a) / ((a + 1) * np.maximum(rest - n + a + 1, 1)), 0.0)
        tail += term
        a = a + going
    return np.minimum(tail, 1.0)


def _log_choose(x: Floats, y: Floats) -> Floats:
    return np.asarray(special.gammaln(x + 1) - special.gammaln(y + 1) - special.gammaln(x - y + 1))


def _p_beyond(pair: _Counts, first: _Counts, second: _Counts) -> Floats:
    """One-sided p of "the pair has no more than its two values explain", (k, cells).

    Of the four cells value a or not × value b or not, the log odds of (a, b) are held against those of (a, not b) plus
    (not a, b) less (neither), by Wald's test of the interaction with half a count added to each (Woolf 1955, Annals of
    Human Genetics 19; Gart 1966); and against the larger of the first two alone.
    """
    k = len(pair.hits)
    shape = (k, first.sizes.size, second.sizes.size)
    h11, n11 = pair.hits.reshape(shape), pair.sizes.reshape(shape[1:])[None]
    # sums over the pair's own table: who lacks one of the attributes is in none of the four cells
    ha, na = h11.sum(axis=2, keepdims=True), n11.sum(axis=2, keepdims=True)
    hb, nb = h11.sum(axis=1, keepdims=True), n11.sum(axis=1, keepdims=True)
    h, n = ha.sum(axis=1, keepdims=True), na.sum(axis=1, keepdims=True)
    cells = [(h11, n11), (ha - h11, na - n11), (hb - h11, nb - n11), (h - ha - hb + h11, n - na - nb + n11)]
    logit, error = zip(*(_log_odds(*c) for c in cells), strict=True)
    together = (logit[0] - logit[1] - logit[2] + logit[3]) / np.sqrt(sum(error))
    larger = np.minimum(*((logit[0] - logit[i]) / np.sqrt(error[0] + error[i]) for i in (1, 2)))
    return np.asarray(special.ndtr(-np.minimum(together, larger))).reshape(pair.hits.shape)


def _log_odds(k: Ints, n: Ints) -> tuple[Floats, Floats]:
    """Log odds of k in n and their variance, half a count added to each side."""
    return np.log((k + 0.5) / (n - k + 0.5)), 1 / (k + 0.5) + 1 / (n - k + 0.5)


def _findings(
    attributes: Mapping[str, Attribute],
    tables: list[_Table],
    counts: list[_Counts],
    tests: list[tuple[Floats, Floats]],
    pains: _Pains,
    *,
    pain: int,
    alpha: float,
) -> list[Finding]:
    """The significant cells of one pain, surest first, less those that a surer one accounts for."""
    candidates: list[tuple[float, int, int, int]] = []
    for i, (p, q) in enumerate(tests):  # p: of more than elsewhere, so that a pair comes before its values
        for c in np.flatnonzero(q[pain] <= alpha).tolist():
            candidates.append((float(p[pain, c]), -int(counts[i].hits[pain, c]), i, c))
    if not candidates:
        return []
    having = np.zeros(len(pains.customer), bool)
    having[pains.comments_of(pain)] = True
    covered = np.zeros(len(having), bool)
    taken: list[tuple[_Table, NDArray[np.bool_]]] = []
    found: list[Finding] = []
    for _, _, i, c in sorted(candidates)[: 5 * _MOST_FINDINGS]:
        inside = tables[i].cell == c
        if not _adds(tables[i], inside, having, covered, taken, pains=pains):
            continue
        taken.append((tables[i], inside))
        covered |= inside
        found.append(_finding(_name(attributes, tables[i], c), counts[i], pain, c, q=float(tests[i][1][pain, c])))
        if len(found) == _MOST_FINDINGS:
            break
    return found


def _adds(
    table: _Table,
    inside: NDArray[np.bool_],
    having: NDArray[np.bool_],
    covered: NDArray[np.bool_],
    taken: list[tuple[_Table, NDArray[np.bool_]]],
    *,
    pains: _Pains,
) -> bool:
    """Whether the cell still has more of the pain when the segments already found are left out.

    A pair within a value already found is judged by its test against what its values explain (`_p_beyond`).
    """
    if not taken:
        return True
    left = ~covered & (table.cell >= 0)
    n, everyone = pains.people(inside & left), pains.people(left)
    if n < LEAST:
        pair = len(table.where) == 2
        return pair and not any(len(t.where) == 2 and bool((inside & other).any()) for t, other in taken)
    k, total = pains.people(inside & left & having), pains.people(left & having)
    four = (np.array([k]), np.array([n]), np.array([total]))
    return bool(upper_tail(*four, max(everyone, n))[0] <= _STILL)


def _finding(where: dict[str, str], counts: _Counts, pain: int, c: int, *, q: float) -> Finding:
    k, n = int(counts.hits[pain, c]), int(counts.sizes[c])
    others, others_n = int(counts.total[pain]) - k, counts.everyone - n
    share = proportion(k, n, "wilson, by customer")
    low, high = ratio_interval(k, n, others, others_n)
    value = (k / n) / (others / others_n) if others else np.inf
    lift = estimate(value, float(low), float(high), counts.everyone, "ratio of shares (MOVER), by customer")
    return Finding(where, lift, share, q)


def _name(attributes: Mapping[str, Attribute], table: _Table, c: int) -> dict[str, str]:
    every = list(attributes.items())
    if len(table.where) == 1:
        name, attribute = every[table.where[0]]
        return {name: attribute.values[c]}
    (first, a), (second, b) = (every[w] for w in table.where)
    i, j = divmod(c, len(b.values))
    return {first: a.values[i], second: b.values[j]}
