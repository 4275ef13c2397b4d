"""Finding themes that no codebook names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from balm.understand.block import Block
from balm.understand.graph import spectral
from balm.understand.kmeans import assign, kmeans, means, merge
from balm.understand.naming import distinctive
from balm.understand.space import Labels, Rows, Space, fit_space, telling, vocabulary
from balm.understand.tokens import Tokens, documents

FIT = 40_000
"""Texts that a space is learnt from, at most; the others are assigned."""
FIT_GRAPH = 8_000
"""The same where sentence embeddings make a graph of neighbors."""
MOST = 30
"""Themes a person will read."""
FINEST = 160
"""Groups that are joined into themes, at most."""
ROUNDS = 3
"""Times the words are weighed anew by what they tell of finer groups."""
LOOSE = 0.55
"""A group whose texts are less than this as alike as those of the middle group is no theme, but what is left over."""


@dataclass(frozen=True)
class DiscoveredTheme:
    """A proposal. `phrases`: by language, most telling first; `anchors`: the stems it is told by; `texts`, `weight`:
    how many it has, and their share of all; `examples`: indices of the most typical texts; `centroid`: in
    the space's rows.
    """

    id: str
    phrases: dict[str, tuple[str, ...]]
    anchors: tuple[str, ...]
    texts: int
    weight: float
    examples: tuple[int, ...]
    centroid: Rows


@dataclass(frozen=True)
class Discovery:
    """`labels`, shape (n,), int32: index into `themes`, −1 for none; `confidence`, shape (n,), float32, 0 … 1;
    `leftover`: centroids of the groups that are no themes.
    """

    labels: NDArray[np.int32]
    confidence: NDArray[np.float32]
    themes: tuple[DiscoveredTheme, ...] = ()
    space: Space | None = field(default=None, repr=False)
    leftover: Rows = field(default_factory=lambda: np.zeros((0, 0), np.float32), repr=False)

    @property
    def centroids(self) -> Rows:
        return np.array([theme.centroid for theme in self.themes], np.float32)


def discover(
    texts: Block | Sequence[str],
    *,
    k: int | None = None,
    languages: tuple[str, ...] = ("zh", "en"),
    seed: int = 0,
    embeddings: Rows | None = None,
    written: Block | None = None,
) -> Discovery:
    """Group texts into themes and name them.

    `texts`: a block of normalized text, or plain texts. `k`: number of themes; None lets the texts decide, at most
    `MOST`, and leaves groups that do not hold together uncoded. `languages` of the phrases. `embeddings`, shape (n, d):
    sentence vectors, for languages the model knows. `written`: the same texts as they were written, of equal lengths;
    the names are taken from there. Bounded cost: a space is learnt from at most `FIT` texts.
    """
    with threadpool_limits(1):  # small products: more threads only wait for each other
        return _discover(texts, k, languages, seed, embeddings, written)


def _discover(  # noqa: PLR0917
    texts: Block | Sequence[str],
    k: int | None,
    languages: tuple[str, ...],
    seed: int,
    embeddings: Rows | None,
    written: Block | None,
) -> Discovery:
    block = documents(texts)
    n = len(block)
    rng = np.random.default_rng(seed)
    if embeddings is not None and len(embeddings) != n:
        raise ValueError("embeddings need one row a text")
    most = FIT if embeddings is None else FIT_GRAPH
    fitted = np.sort(rng.choice(n, most, replace=False)) if n > most else np.arange(n)
    if written is not None:
        written = written.take(fitted)
    tokens = Tokens.of(block if len(fitted) == n else Block.of([block[i] for i in fitted.tolist()]))
    words, counts = vocabulary(tokens, len(fitted))
    if len(words) < 2:
        return _nothing(n)
    space = fit_space(words, counts, rng)
    if embeddings is None:
        space = _weighed(space, counts, k, rng)
    rows = space.rows(counts)
    known = np.diff(counts.indptr) > 0
    loose = k is None
    k = choose_k(rows[known], rng) if k is None else k
    labels = np.full(len(fitted), -1, np.int64)
    labels[known] = _group(rows[known], k, rng, None if embeddings is None else embeddings[fitted][known])
    centroids = means(rows[known], labels[known], k)
    if embeddings is None:  # so that a later run, with the centroids alone, places every text where it is now
        labels[known] = assign(rows[known], centroids)
    return _finish(block, fitted, tokens, space, counts, labels, centroids, languages, loose, written)


def _nothing(n: int) -> Discovery:
    return Discovery(np.full(n, -1, np.int32), np.zeros(n, np.float32))


def _weighed(space: Space, counts: csr_matrix, k: int | None, rng: np.random.Generator) -> Space:
    """The space with words weighed by how much they tell of groups twice as fine as the themes."""
    n = counts.shape[0]
    fine = max(2, min(2 * (k or 20), n // 5, 200))
    for _ in range(ROUNDS):
        labels, _ = kmeans(space.rows(counts), fine, rng, restarts=1, steps=8)
        space = space.reweighted(counts, telling(counts, labels, fine))
    return space


def _group(rows: Rows, k: int, rng: np.random.Generator, embeddings: Rows | None) -> Labels:
    if embeddings is None:
        fine = min(4 * k, FINEST, len(rows) // 8)
        if fine < 1.5 * k:
            return kmeans(rows, k, rng, restarts=4)[0]
        parts, centers = kmeans(rows, fine, rng, restarts=2)
        joined = merge(centers, np.bincount(parts, minlength=fine), k)[parts]
        return assign(rows, means(rows, joined, k))
    # fine themes differ in meaning more than in words, coarse ones the other way round
    weight = float(np.clip(np.log2(k) / 2.3, 1, 3))
    meaning = embeddings - embeddings.mean(0)
    meaning /= np.maximum(np.linalg.norm(meaning, axis=1, keepdims=True), 1e-9)
    both = np.hstack([rows, np.float32(weight) * meaning.astype(np.float32)])
    both /= np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9)
    if len(both) <= 3 * k:
        return kmeans(both, k, rng)[0]
    return kmeans(spectral(both, min(k + 2, len(both) - 1), rng), k, rng, restarts=10)[0]


def choose_k(rows: Rows, rng: np.random.Generator, *, sample: int = 2_400) -> int:
    """The fewest themes that carry four fifths of what two halves of the texts agree on.

    For each number of themes, halves of a sample are grouped apart, and each grouping is carried over to the whole
    sample; the mutual information of the two (nats, less its expectation under chance, (k−1)²/2n) is what is
    reproducible. It grows with k as long as finer themes are real.
    """
    order = rng.permutation(len(rows))[:sample]
    x = rows[order]
    limit = min(MOST, len(rows) // 12)
    tried = [k for k in (2, 3, 4, 6, 8, 10, 12, 15, 18, 22, 26, MOST) if k <= limit]
    if not tried:
        return 1
    shared = []
    for k in tried:
        one, two = (kmeans(x[half::2], k, rng, restarts=1, steps=10)[1] for half in (0, 1))
        shared.append(_mutual(assign(x, one), assign(x, two), k) - (k - 1) ** 2 / (2 * len(x)))
    best = max(shared)
    return next(k for k, value in zip(tried, shared, strict=True) if value >= 0.8 * best)


def _mutual(a: Labels, b: Labels, k: int) -> float:
    p = np.bincount(a * k + b, minlength=k * k).reshape(k, k) / len(a)
    independent = p.sum(1, keepdims=True) * p.sum(0)
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / independent[seen])).sum())


def _finish(  # noqa: PLR0917
    block: Block,
    fitted: Labels,
    tokens: Tokens,
    space: Space,
    counts: csr_matrix,
    labels: Labels,
    centroids: Rows,
    languages: tuple[str, ...],
    loose: bool,
    written: Block | None,
) -> Discovery:
    """Order themes by size, set apart those that do not hold together, name the others, assign what was not fitted."""
    n = len(block)
    rows = space.rows(counts)
    order, k = _order(rows, labels, centroids, loose)
    rank = np.full(len(centroids) + 1, -1, np.int64)
    rank[order] = np.arange(len(order))
    labels, centroids = rank[labels], centroids[order]
    full = np.full(n, -1, np.int64)
    confidence = np.zeros(n, np.float32)
    full[fitted], confidence[fitted] = labels, sureness(rows, labels, centroids)
    rest = np.setdiff1d(np.arange(n), fitted)
    for at in range(0, len(rest), FIT):
        some = rest[at : at + FIT]
        full[some], confidence[some] = place(Block.of([block[i] for i in some.tolist()]), space, centroids)
    none = full >= k
    full[none], confidence[none] = -1, 0
    labels = np.where(labels >= k, -1, labels)
    named, anchors = distinctive(tokens, labels, k, written=written)
    ids = _ids(anchors)
    total = np.bincount(full[full >= 0], minlength=k)
    themes = []
    for i in range(k):
        mine = np.flatnonzero(labels == i)
        typical = mine[np.argsort(-(rows[mine] @ centroids[i]), kind="stable")[:5]]
        phrases = {language: shown for language, shown in named[i].items() if language in languages}
        examples = tuple(fitted[typical].tolist())
        weight = float(total[i] / n)
        themes.append(DiscoveredTheme(ids[i], phrases, anchors[i], int(total[i]), weight, examples, centroids[i]))
    return Discovery(full.astype(np.int32), confidence, tuple(themes), space, centroids[k:])


def _order(rows: Rows, labels: Labels, centroids: Rows, loose: bool) -> tuple[Labels, int]:
    """Groups that have texts, large ones first, and how many of them are themes: the others, last, do not hold together
    (their texts are less alike than `LOOSE` of what is usual); none is set apart unless `loose`.
    """
    k = len(centroids)
    size = np.bincount(labels[labels >= 0], minlength=k)
    unit = centroids / np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-9)
    near = np.einsum("nd,nd->n", rows, unit[labels])
    alike = np.bincount(labels[labels >= 0], near[labels >= 0], minlength=k) / np.maximum(size, 1)
    apart = (alike < LOOSE * np.median(alike[size > 0])) & loose
    order = np.lexsort((-size, apart))
    order = order[size[order] > 0]
    return order, int(np.count_nonzero(~apart[order]))


def place(block: Block, space: Space, centroids: Rows) -> tuple[Labels, NDArray[np.float32]]:
    """Nearest theme and sureness of each text in a space learnt before; −1 for a text without a known word."""
    counts = space.count(Tokens.of(block))
    rows = space.rows(counts)
    labels = assign(rows, centroids)
    labels[np.diff(counts.indptr) == 0] = -1
    return labels, sureness(rows, labels, centroids)


def sureness(rows: Rows, labels: Labels, centroids: Rows) -> NDArray[np.float32]:
    """How far a text prefers its theme over the next, 0 … 1: 1 − (distance to its own ÷ distance to the next)."""
    if len(centroids) < 2 or not len(rows):
        return (labels >= 0).astype(np.float32)
    apart = np.square(rows).sum(1, keepdims=True) - 2 * rows @ centroids.T + np.square(centroids).sum(1)
    apart = np.sqrt(np.maximum(apart, 0))
    at = np.arange(len(rows))
    own = apart[at, labels]
    apart[at, labels] = np.inf
    sure = np.clip(1 - own / np.maximum(apart.min(1), 1e-9), 0, 1)
    out: NDArray[np.float32] = np.where(labels >= 0, sure, 0).astype(np.float32)
    return out


def _ids(anchors: list[tuple[str, ...]]) -> list[str]:
    """`found.` and twelve hexadecimal digits of the theme's anchors; a second one with the same anchors is counted."""
    ids: list[str] = []
    for i, words in enumerate(anchors):
        told = "\n".join(sorted(words[:4])) + ("" if words else f"\n{i}")
        name = "found." + hashlib.blake2b(told.encode(), digest_size=6).hexdigest()
        while name in ids:
            told += "\n"
            name = "found." + hashlib.blake2b(told.encode(), digest_size=6).hexdigest()
        ids.append(name)
    return ids
