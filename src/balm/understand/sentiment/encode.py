"""Rows for the sentiment models: weighted n-grams of a text beside what the word lists say of it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.features import hash_ngrams, l2_normalize, scale_columns
from balm.understand.sentiment.lexicon import lexicon_sums

Floats = NDArray[np.float32]
BITS = 18
LEAST_TEXTS = 3
"""An n-gram that fewer of the training texts hold is left out: half the size, no accuracy lost."""
_SMOOTH = 0.5


def ngrams(block: Block) -> sp.csr_matrix:
    """Presence of n-grams, shape (n, 2**BITS): 1 to 3 Han characters, 1 to 2 words of other scripts."""
    return hash_ngrams(block, chars=(1, 3), words=(1, 2), bits=BITS)


def words(block: Block) -> sp.csr_matrix:
    """Presence of segmented words and pairs of neighbors, shape (n, 2**BITS): a second view of the same text, about
    four times the price of `ngrams`."""
    from rjieba import cut

    pieces = cut(block.text.encode("utf-8", "replace").decode("utf-8"))  # a lone surrogate becomes "?"
    length = np.fromiter(map(len, pieces), np.int64, len(pieces))
    start = np.cumsum(length) - length
    known: dict[str, int] = {}
    number = np.fromiter((known.setdefault(p, len(known)) for p in pieces), np.int64, len(pieces))
    hashes = np.array([_hash(p) for p in known], np.uint64)[number] if known else np.zeros(0, np.uint64)
    spoken = np.array([p[0].isalnum() for p in known], np.bool_)[number] if known else np.zeros(0, np.bool_)
    item = block.owner(start)
    paired = spoken[:-1] & spoken[1:] & (item[:-1] == item[1:])
    pairs = (hashes[:-1] * np.uint64(0x9E3779B97F4A7C15) + hashes[1:])[paired]
    rows = np.concatenate([item[spoken], item[:-1][paired]])
    columns = (np.concatenate([hashes[spoken], pairs]) >> np.uint64(64 - BITS)).astype(np.int64)
    key = np.unique((rows << BITS) | columns)
    indptr = np.zeros(len(block) + 1, np.int64)
    np.cumsum(np.bincount(key >> BITS, minlength=len(block)), out=indptr[1:])
    data = np.ones(len(key), np.float32)
    return sp.csr_matrix((data, (key & ((1 << BITS) - 1)).astype(np.int32), indptr), shape=(len(block), 1 << BITS))


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def signals(block: Block) -> Floats:
    """What the word lists say: polarity, praise and blame (squashed to 0 … 1), shape (n, 3)."""
    praise, blame = lexicon_sums(block)
    total = praise - blame
    return np.column_stack([total / np.sqrt(total**2 + 4), np.tanh(praise / 3), np.tanh(blame / 3)]).astype(np.float32)


@dataclass(frozen=True)
class Encoder:
    """`weights`, shape (2**BITS,): of each n-gram, 0 where it is left out. `gain`: length of the column of a signal
    beside n-grams of length 1; the longer, the less it is penalized."""

    weights: Floats
    gain: float

    @classmethod
    def fit(cls, rows: sp.csr_matrix, positive: NDArray[np.bool_], negative: NDArray[np.bool_], gain: float) -> Encoder:
        """Weights √(|log-count ratio| · idf): what separates the classes counts more (after Wang & Manning 2012)."""
        per_row = np.diff(rows.indptr)
        width = rows.shape[1]
        df = np.bincount(rows.indices, minlength=width)
        p = np.bincount(rows.indices, np.repeat(positive, per_row), width) + _SMOOTH
        q = np.bincount(rows.indices, np.repeat(negative, per_row), width) + _SMOOTH
        ratio = np.abs(np.log((p / p.sum()) / (q / q.sum())))
        idf = np.log(1 + rows.shape[0] / (1 + df))
        return cls((np.sqrt(ratio * idf) * (df >= LEAST_TEXTS)).astype(np.float32), gain)

    def encode(self, rows: sp.csr_matrix, beside: Floats) -> sp.csr_matrix:
        """Rows of length 1, and behind them the columns of `beside`."""
        weighted = scale_columns(rows, self.weights).copy()  # what drops zeros below would drop them from `rows` too
        weighted.eliminate_zeros()
        if not beside.shape[1]:
            return l2_normalize(weighted)
        dense = sp.csr_matrix(beside * np.float32(self.gain))
        rows_out: sp.csr_matrix = sp.hstack([l2_normalize(weighted), dense], "csr", np.float32)
        return rows_out
