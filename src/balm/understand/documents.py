"""One theme for each document, by phrases and by what is learnt from them: for texts that take a single label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from balm.understand.block import Block
from balm.understand.codebook.model import Codebook
from balm.understand.features import hash_ngrams, idf_weights, l2_normalize, scale_columns
from balm.understand.linear import Linear, fit_logistic
from balm.understand.matching import PHRASE, TOPIC, Matcher
from balm.understand.normalize import normalize
from balm.understand.phrases import Ints
from balm.understand.split import split


def code_documents(
    texts: Sequence[str],
    codebook: Codebook,
    *,
    classes: Mapping[str, str] | None = None,
    matcher: Matcher | None = None,
) -> list[str | None]:
    """One theme for each document: the best for a single label. None where not even the learner has a say.

    `classes` joins themes (theme or group id → class; what it does not name is left out); the answer is then a class.
    Phrases vote; a linear model learns from the votes, every class weighing alike, and decides; a second round learns
    from its own answers where they agree with the phrases, or where it is sure and phrases say nothing.
    """
    with threadpool_limits(1):
        return _code(texts, codebook, classes, matcher)


def _code(
    texts: Sequence[str], codebook: Codebook, classes: Mapping[str, str] | None, matcher: Matcher | None
) -> list[str | None]:
    matcher = matcher or Matcher(codebook)
    block = normalize(Block.of(texts))
    names, column = _columns(matcher.themes, classes)
    votes = _votes(block, matcher, column, len(names))
    voted = np.flatnonzero(votes.max(1, initial=0) > 0)
    label = votes.argmax(1) if len(names) else np.zeros(len(block), np.int64)
    seen = np.unique(label[voted])
    if len(seen) < 2:
        return [names[label[i]] if len(voted) and votes[i].max() > 0 else None for i in range(len(block))]
    place = np.zeros(len(names), np.int64)
    place[seen] = np.arange(len(seen))
    label = place[label]
    counts = _common(hash_ngrams(block))
    rows = l2_normalize(scale_columns(counts, idf_weights(counts)))
    weight = votes.max(1) / np.maximum(votes.sum(1), 1e-9) * np.minimum(1, votes.max(1) + TOPIC)
    p = _balanced(rows, label, weight, voted, len(seen)).proba(rows)
    at = np.arange(len(p))
    has = votes.max(1) > 0
    kept = np.flatnonzero((has & (p[at, label] > 0.2)) | (~has & (p.max(1) > 0.5)))
    label = np.where(
        has, (np.log(p + 1e-6) + votes[:, seen] / np.maximum(votes.max(1), 0.3)[:, None]).argmax(1), p.argmax(1)
    )
    weight = np.where(has, 1, 0.5) * p.max(1)
    if len(np.unique(label[kept])) == len(seen):
        p = _balanced(rows, label, weight, kept, len(seen)).proba(rows)
    known = np.diff(rows.indptr) > 0
    return [names[seen[c]] if k else None for c, k in zip(p.argmax(1).tolist(), known.tolist(), strict=True)]


def _columns(themes: Sequence[str], classes: Mapping[str, str] | None) -> tuple[list[str], Ints]:
    if classes is None:
        return list(themes), np.arange(len(themes))
    named = [classes.get(t, classes.get(t.split(".", maxsplit=1)[0])) for t in themes]
    names = sorted({name for name in named if name is not None})
    return names, np.array([names.index(name) if name is not None else -1 for name in named], np.int64)


def _votes(block: Block, matcher: Matcher, column: Ints, k: int) -> NDArray[np.float64]:
    """Strength of the phrases of each class in each document, shape (n, k)."""
    clauses = split(block, block)
    hits = matcher.match(Block.of(clauses.texts(block)))
    told = np.where(hits.strength == np.float32(TOPIC), 0.3, PHRASE)
    of = column[hits.theme]
    use = of >= 0
    votes = np.zeros((len(block), k))
    np.add.at(votes, (clauses.owner[hits.clause[use]], of[use]), told[use])
    return votes


def _balanced(rows: csr_matrix, label: Ints, weight: NDArray[np.float64], at: Ints, k: int) -> Linear:
    count = np.maximum(np.bincount(label[at], minlength=k), 5)
    w = weight[at] * (count.mean() / count)[label[at]]
    return fit_logistic(rows[at], label[at], n_classes=k, weights=w, c=2.0, steps=30, tolerance=3e-3)


def _common(counts: csr_matrix) -> csr_matrix:
    """Without what stands in one or two documents, which only makes learning slower."""
    df = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = df[counts.indices] >= (3 if counts.shape[0] >= 100 else 1)
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))[kept]
    pointer = np.zeros(counts.shape[0] + 1, np.int32)
    np.cumsum(np.bincount(rows, minlength=counts.shape[0]), out=pointer[1:])
    return csr_matrix((counts.data[kept], counts.indices[kept], pointer), shape=counts.shape)
