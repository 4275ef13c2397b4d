"""A space of words learnt from the texts themselves: words that occur together lie together, and so do their texts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from balm.understand.features import idf_weights, l2_normalize, scale_columns
from balm.understand.tokens import Tokens

Rows = NDArray[np.float32]
Labels = NDArray[np.int64]

DIMENSIONS = 64
MOST_WORDS = 4_000
LEAST_TEXTS = 3
"""A word in fewer texts than this says nothing of a theme."""


@dataclass(frozen=True)
class Space:
    """`words`, V of them, in alphabetical order; `views`: for each view of the words (co-occurrence; latent semantic
    analysis) vectors of shape (V, d); `centers`: the mean text of each view, shape (d,); `weights`, shape (V,): how
    much a word tells of the theme.
    """

    words: tuple[str, ...]
    views: tuple[Rows, ...]
    centers: tuple[Rows, ...]
    weights: NDArray[np.float32]

    def count(self, tokens: Tokens) -> csr_matrix:
        """Which words of the space each text has: shape (n, V), ones."""
        number = {word: i for i, word in enumerate(self.words)}
        known = np.fromiter((number.get(w, -1) for w in tokens.words), np.int64, len(tokens.words))
        return _incidence(tokens, known, len(self.words))

    def rows(self, counts: csr_matrix) -> Rows:
        """A vector for each text, shape (n, Σ d), of length 1; zero for a text without a known word."""
        scaled = scale_columns(counts, self.weights)
        seen = [_unit(np.asarray(scaled @ view)) for view in self.views]
        known = np.diff(counts.indptr) > 0
        moved = [_unit((rows - center) * known[:, None]) for rows, center in zip(seen, self.centers, strict=True)]
        return np.hstack(moved) / np.float32(np.sqrt(len(moved)))

    def reweighted(self, counts: csr_matrix, weights: NDArray[np.float32]) -> Space:
        """The same words with other weights; the centers follow."""
        space = replace(self, weights=weights)
        seen = [_unit(np.asarray(scale_columns(counts, weights) @ view)) for view in self.views]
        return replace(space, centers=tuple(rows.mean(0) for rows in seen))


def vocabulary(tokens: Tokens, n: int) -> tuple[list[str], csr_matrix]:
    """Words fit to tell themes apart (not too rare, not in 40 % of the texts) and which texts have them."""
    spoken = np.flatnonzero(~tokens.stop)
    counts = _incidence(tokens, np.where(tokens.stop, -1, np.arange(len(tokens.words))), len(tokens.words))
    df = np.bincount(counts.indices, minlength=len(tokens.words))
    least = LEAST_TEXTS if n >= 200 else 2 if n >= 20 else 1
    fit = spoken[(df[spoken] >= least) & (df[spoken] <= max(0.4 * n, least))]
    words = sorted(fit.tolist(), key=lambda w: (-int(df[w]), tokens.words[w]))[:MOST_WORDS]
    words.sort(key=lambda w: tokens.words[w])
    return [tokens.words[w] for w in words], counts[:, words].tocsr()


def fit_space(words: list[str], counts: csr_matrix, rng: np.random.Generator) -> Space:
    """Word vectors of two kinds, d = `DIMENSIONS` each (fewer for few words).

    Co-occurrence: positive pointwise mutual information of words in one text, context distribution smoothed by 0.75
    (Levy, Goldberg & Dagan 2015), factorized. Latent semantic analysis: right singular vectors of tf–idf (Deerwester
    and others 1990). Together they find themes better than either.
    """
    d = max(1, min(DIMENSIONS, *(size - 1 for size in counts.shape)))
    idf = idf_weights(counts)
    _, _, right = randomized_svd(l2_normalize(scale_columns(counts, idf)), d, rng)
    left, values, _ = randomized_svd(_ppmi(counts), d, rng)
    together = _unit(left * np.sqrt(values))
    views = (together, right.T * idf[:, None])
    flat = np.zeros(d, np.float32)
    space = Space(tuple(words), views, (flat, flat), np.ones(len(words), np.float32))
    return space.reweighted(counts, space.weights)


def telling(counts: csr_matrix, labels: Labels, k: int) -> NDArray[np.float32]:
    """How much each word tells of the label: √KL(p(label | word) ‖ p(label)), smoothed by one text; shape (V,)."""
    n = counts.shape[0]
    member = csr_matrix((np.ones(n, np.float32), (labels, np.arange(n))), shape=(k, n))
    table = np.asarray((member @ counts).todense(), np.float64)
    base = np.maximum(np.bincount(labels, minlength=k) / n, 1e-12)
    p = (table + base[:, None]) / (table.sum(0) + 1)
    divergence = (p * np.log(p / base[:, None])).sum(0)
    told: NDArray[np.float32] = np.sqrt(np.maximum(divergence, 0)).astype(np.float32)
    return told


def randomized_svd(
    a: csr_matrix, d: int, rng: np.random.Generator, *, iterations: int = 1, extra: int = 8
) -> tuple[Rows, Rows, Rows]:
    """Nearly the first d singular triplets: left (n, d), values (d,), right (d, m) (Halko, Martinsson & Tropp 2011)."""
    d = max(1, min(d, *a.shape))
    width = min(d + extra, *a.shape)
    at = a.T.tocsr()
    q = np.asarray(a @ rng.standard_normal((a.shape[1], width)).astype(np.float32))
    for _ in range(iterations):
        q = np.linalg.qr(q)[0]
        q = np.asarray(a @ np.linalg.qr(np.asarray(at @ q))[0])
    q = np.asarray(np.linalg.qr(q)[0], np.float32)
    left, values, right = np.linalg.svd(np.asarray(at @ q).T, full_matrices=False)
    scores: Rows = (q @ left)[:, :d]
    return scores, values[:d], right[:d]


def _ppmi(counts: csr_matrix) -> csr_matrix:
    """Positive pointwise mutual information of words; every text gives one unit of pairs to each of its words."""
    size = np.diff(counts.indptr)
    share = np.repeat(1 / np.maximum(size - 1, 1), size).astype(np.float32)
    weighted = csr_matrix((share, counts.indices, counts.indptr), shape=counts.shape)
    pairs = (counts.T @ weighted).tocoo()
    apart = pairs.row != pairs.col
    row, col, value = pairs.row[apart], pairs.col[apart], pairs.data[apart].astype(np.float64)
    v = counts.shape[1]
    total = np.bincount(row, value, minlength=v)
    context = np.maximum(total, 1e-12) ** 0.75
    context /= context.sum()
    pmi = np.log(value / (np.maximum(total, 1e-12)[row] * context[col]))
    more = pmi > 0
    return csr_matrix((pmi[more].astype(np.float32), (row[more], col[more])), shape=(v, v))


def _incidence(tokens: Tokens, known: NDArray[np.int64], width: int) -> csr_matrix:
    column = known[tokens.word]
    inside = column >= 0
    key = np.sort(tokens.owner[inside] * max(width, 1) + column[inside])
    key = key[np.diff(key, prepend=-1) > 0]
    row, column = np.divmod(key, max(width, 1))
    n = len(tokens.block)
    indptr = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(row, minlength=n), out=indptr[1:])
    return csr_matrix((np.ones(len(key), np.float32), column.astype(np.int32), indptr), shape=(n, width))


def _unit(rows: Rows) -> Rows:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    out: Rows = (rows / np.where(length > 0, length, 1)).astype(np.float32)
    return out
