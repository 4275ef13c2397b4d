"""Rows for the sentiment models: weighted n-grams of a text beside what the word lists say of it."""

from __future__ import annotations

from dataclasses import dataclass

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
        dense = sp.csr_matrix(beside * np.float32(self.gain))
        rows_out: sp.csr_matrix = sp.hstack([l2_normalize(weighted), dense], "csr", np.float32)
        return rows_out
