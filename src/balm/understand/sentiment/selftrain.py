"""A model of the words of the data at hand, taught by the word lists: what stands beside known praise and blame.

The lists know what is said everywhere; the texts at hand have words of their own. Texts on which the lists are sure
teach a linear model, whose answer is added to theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from balm.understand.linear import Linear, fit_logistic
from balm.understand.sentiment.encode import BITS, LEAST_TEXTS, Encoder

Floats = NDArray[np.float32]
_SURE = 0.5
_LEAST = 30
"""Sure texts that praise and that blame must each number this many; with fewer the lists answer alone."""
_CLIP = 0.99
_C = 1.0
_LIMIT = 20_000


@dataclass(frozen=True)
class SelfTrained:
    """`linear` is None where the texts were too few to learn from."""

    encoder: Encoder | None
    linear: Linear | None

    @classmethod
    def fit(cls, rows: sp.csr_matrix, beside: Floats, seed: int) -> SelfTrained:
        """`rows`, `beside`: n-grams and signals of the texts at hand (see `encode`)."""
        polarity = beside[:, 0].astype(np.float64)
        sure = np.flatnonzero(np.abs(polarity) > _SURE)
        if len(sure) > _LIMIT:
            sure = np.sort(np.random.default_rng(seed).choice(sure, _LIMIT, replace=False))
        praise = polarity[sure] > 0
        if min(praise.sum(), (~praise).sum()) < _LEAST:
            return cls(None, None)
        taught = rows[sure]
        df = np.bincount(rows.indices, minlength=1 << BITS)
        idf = np.log((1 + rows.shape[0]) / (1 + df))
        seen = np.bincount(taught.indices, minlength=1 << BITS)
        encoder = Encoder((idf * (seen >= LEAST_TEXTS)).astype(np.float32), 0.0)
        weights = np.abs(polarity[sure])
        # Praise and blame weigh the same, or every clause of a much-praised product would pass for praise.
        for side in (praise, ~praise):
            weights[side] *= len(sure) / 2 / weights[side].sum()
        linear = fit_logistic(
            encoder.encode(taught, beside[sure, :0]),
            praise.astype(np.int64),
            n_classes=2,
            weights=weights,
            c=_C,
            steps=30,
        )
        return cls(encoder, linear)

    def margin(self, rows: sp.csr_matrix, beside: Floats) -> Floats:
        """Half the log odds of praise, shape (n,); tanh of it is a polarity. 0 where nothing is known."""
        polarity = np.clip(beside[:, 0].astype(np.float64), -_CLIP, _CLIP)
        listed = np.arctanh(polarity)
        if self.encoder is None or self.linear is None:
            return listed.astype(np.float32)
        learnt = self.linear.decision(self.encoder.encode(rows, beside[:, :0]))[:, 0] / 2
        return (listed / 2 + learnt).astype(np.float32)
