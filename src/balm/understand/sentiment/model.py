"""Sentiment of comments: learnt from the customers' own scores where they gave any, from words where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from balm.understand.block import Block
from balm.understand.linear import Linear, fit_logistic
from balm.understand.sentiment import encode
from balm.understand.sentiment.encode import Encoder, ngrams, signals
from balm.understand.sentiment.selftrain import SelfTrained

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEUTRAL_BAND = 0.25
"""Polarity from words nearer to 0 than this is called neutral."""
LEAST_SCORES = 20
"""Scored comments needed on each side, content and not, before anything is learnt from scores."""
LIMIT = 40_000
"""Scored comments used at most; more gain less than they cost."""
_CHECKED = 6_000
_TAUGHT = 30_000
_SLACK = 0.01
"""The check fits on half the scores, so the model it sees is somewhat worse than the one that is kept."""
_ABOVE_CHANCE = 0.08
_GAIN = 1.0
_C = {2: 4.0, 3: 1.5}


@dataclass(frozen=True)
class SentimentModel:
    """Fit with `SentimentModel.fit`. Blocks given to its methods must be normalized as the one it was fitted on.

    `source`: "scores" or "words"; `reason`: why, one sentence; `n`: scored comments it has learnt from; `n_classes`:
    2 (praise, blame) or 3 (with neutral); `auc`, `auc_words`: how well the learnt model and the words alone tell
    better from worse comments they were not fitted on (see `concordance`), None where too few are scored to say.
    """

    source: Literal["scores", "words"]
    reason: str
    words: SelfTrained
    encoder: Encoder | None = None
    linear: Linear | None = None
    n: int = 0
    n_classes: int = 2
    auc: float | None = None
    auc_words: float | None = None
    second: tuple[Encoder, Linear] | None = None

    @classmethod
    def fit(
        cls,
        block: Block,
        scores: ArrayLike | None = None,
        *,
        seed: int,
        classes: int | None = None,
        cuts: tuple[float, float] = (0.4, 0.6),
        limit: int = LIMIT,
        thorough: bool = False,
    ) -> SentimentModel:
        """Learn from `block`, comments in normalized text.

        `scores`, shape (n,): 0 (worst) … 1 (best), NaN where not given. A score below `cuts[0]` is discontent, above
        `cuts[1]` content, between them neutral. `classes`: 2, 3 or None to see from the data. Falls back to words,
        and says so in `reason`, when there are too few scores, one kind only, or when, on comments held out, the model
        tells content from discontent less well than words do. `thorough`: fit a second model on segmented words and
        average the two; half a point more accurate on long Chinese reviews, about twice as slow to answer.
        """
        rng = np.random.default_rng(seed)
        some = take(block, _sample(rng, np.arange(len(block)), _TAUGHT))
        words = SelfTrained.fit(ngrams(some), signals(some), seed)
        if scores is None:
            return cls("words", "no scores", words)
        given = np.asarray(scores, np.float64)
        if given.shape != (len(block),):
            raise ValueError(f"{len(block)} comments need as many scores, not an array of shape {given.shape}")
        label = _labels(given, cuts)
        least = min(int((label == 2).sum()), int((label == 0).sum()))
        if least < LEAST_SCORES:
            return cls("words", f"only {least} scored comments on the smaller side; {LEAST_SCORES} are needed", words)
        n_classes = classes or (3 if (label == 1).sum() >= max(LEAST_SCORES, 0.02 * (label >= 0).sum()) else 2)
        usable = (label >= 0) if n_classes == 3 else (label == 0) | (label == 2)
        return cls._from_scores(
            rng=rng,
            block=block,
            label=label,
            chosen=_sample(rng, np.flatnonzero(usable), limit),
            words=words,
            n_classes=n_classes,
            thorough=thorough,
        )

    @classmethod
    def _from_scores(
        cls,
        *,
        rng: np.random.Generator,
        block: Block,
        label: NDArray[np.int8],
        chosen: Ints,
        words: SelfTrained,
        n_classes: int,
        thorough: bool,
    ) -> SentimentModel:
        block, label = take(block, chosen), label[chosen]
        rows = ngrams(block)
        beside = _beside(words, rows, signals(block))
        trial = _try(rng, rows, beside, label, n_classes)
        weak = trial.too_weak()
        if weak:
            return cls("words", weak, words, auc=trial.auc, auc_words=trial.auc_words)
        encoder, linear = _learn(rows, beside, label, n_classes, with_ngrams=trial.with_ngrams)
        what = "their words" if trial.with_ngrams else "what the word lists find in them"
        reason = f"learnt from {len(chosen)} scored comments and {what}"
        second = None
        if thorough and trial.with_ngrams:
            second = _learn(encode.words(block), beside[:, :0], label, n_classes)
        return cls("scores", reason, words, encoder, linear, len(chosen), n_classes, trial.auc, trial.auc_words, second)

    def probabilities(self, block: Block) -> Floats:
        """Probability of blame, neutral and praise, shape (n, 3)."""
        rows, beside = ngrams(block), signals(block)
        if self.encoder is None or self.linear is None:
            praise = (1 + np.tanh(self.words.margin(rows, beside))) / 2
            return np.column_stack([1 - praise, np.zeros_like(praise), praise])
        p = self.linear.proba(self.encoder.encode(rows, _beside(self.words, rows, beside)))
        if self.second is not None:
            encoder, linear = self.second
            p = np.sqrt(p * linear.proba(encoder.encode(encode.words(block), beside[:, :0])))
            p /= p.sum(1, keepdims=True)
        return p if p.shape[1] == 3 else np.column_stack([p[:, 0], np.zeros(len(p), np.float32), p[:, 1]])

    def polarity(self, block: Block) -> Floats:
        """P(praise) − P(blame), −1 … 1, shape (n,)."""
        p = self.probabilities(block)
        polarity: Floats = np.clip(p[:, 2] - p[:, 0], -1, 1)
        return polarity

    def classes(self, block: Block) -> NDArray[np.int8]:
        """−1 blame, 0 neutral, 1 praise, shape (n,): the likeliest class; from words, `NEUTRAL_BAND` decides."""
        p = self.probabilities(block)
        if self.source == "scores":
            likeliest: NDArray[np.int8] = (p.argmax(1) - 1).astype(np.int8)
            return likeliest
        polarity = p[:, 2] - p[:, 0]
        banded: NDArray[np.int8] = (np.sign(polarity) * (np.abs(polarity) >= NEUTRAL_BAND)).astype(np.int8)
        return banded


def take(block: Block, places: Ints) -> Block:
    """The items at `places`, in that order."""
    if len(places) == len(block) and np.array_equal(places, np.arange(len(block))):
        return block
    return Block.of([block[i] for i in places])


def _beside(words: SelfTrained, rows: sp.csr_matrix, beside: Floats) -> Floats:
    """The signals of the lists and the answer of the self-trained model, shape (n, 4)."""
    return np.column_stack([beside, np.tanh(words.margin(rows, beside))])


def _labels(scores: NDArray[np.float64], cuts: tuple[float, float]) -> NDArray[np.int8]:
    """0 discontent, 1 neutral, 2 content, −1 not scored."""
    label = np.where(scores < cuts[0], 0, np.where(scores > cuts[1], 2, 1))
    return np.where(np.isfinite(scores), label, -1).astype(np.int8)


def _sample(rng: np.random.Generator, places: Ints, limit: int) -> Ints:
    return places if len(places) <= limit else np.sort(rng.choice(places, limit, replace=False))


def _learn(
    rows: sp.csr_matrix, beside: Floats, label: NDArray[np.int8], n_classes: int, *, with_ngrams: bool = True
) -> tuple[Encoder, Linear]:
    encoder = Encoder.fit(rows, label == 2, label == 0, _GAIN)
    if not with_ngrams:
        encoder = Encoder(np.zeros_like(encoder.weights), _GAIN)
    target = label.astype(np.int64) if n_classes == 3 else (label == 2).astype(np.int64)
    return encoder, fit_logistic(encoder.encode(rows, beside), target, n_classes=n_classes, c=_C[n_classes], steps=60)


@dataclass(frozen=True)
class _Trial:
    """How the model fared on scored comments it was not fitted on. `with_ngrams`: whether n-grams helped (they
    had the smaller log loss); `fewest`: comments in the smaller of the classes content and discontent."""

    with_ngrams: bool
    auc: float
    auc_words: float
    fewest: int

    def too_weak(self) -> str:
        """Why the model must not be used; empty where it may."""
        if self.auc < self.auc_words - _SLACK:
            return f"the scores teach less than words know: AUC {self.auc:.3f} against {self.auc_words:.3f}"
        chance = 0.5 + max(_ABOVE_CHANCE, np.sqrt(self.auc * (1 - self.auc) / self.fewest) * 2)
        if self.auc < chance:
            return f"the scores hardly go with the words: AUC {self.auc:.3f}, and {chance:.3f} may be chance"
        return ""


def _try(
    rng: np.random.Generator, rows: sp.csr_matrix, beside: Floats, label: NDArray[np.int8], n_classes: int
) -> _Trial:
    """Fit on half of at most `_CHECKED` comments, ask about the other half, and the other way round."""
    places = _sample(rng, np.arange(len(label)), _CHECKED)
    fold, truth = np.zeros(len(places), np.int64), label[places]
    for value in np.unique(truth):  # every class on both sides
        of = np.flatnonzero(truth == value)
        fold[rng.permutation(of)] = np.arange(len(of)) % 2
    score, loss = np.zeros((2, len(places))), np.zeros(2)
    column = truth.astype(np.int64) if n_classes == 3 else (truth == 2).astype(np.int64)
    for k in (0, 1):
        train, test = places[fold != k], places[fold == k]
        for i, with_ngrams in enumerate((True, False)):
            encoder, linear = _learn(rows[train], beside[train], label[train], n_classes, with_ngrams=with_ngrams)
            p = linear.proba(encoder.encode(rows[test], beside[test]))
            score[i, fold == k] = p[:, -1] - p[:, 0]
            loss[i] -= float(np.log(np.maximum(p[np.arange(len(test)), column[fold == k]], 1e-9)).sum())
    best = int(loss.argmin())
    fewest = int(min((truth == 0).sum(), (truth == 2).sum()))
    return _Trial(best == 0, concordance(score[best], truth), concordance(beside[places, -1], truth), fewest)


def concordance(score: NDArray[np.floating], label: NDArray[np.int8]) -> float:
    """Chance that of two comments of different labels the better one has the higher score, ties half (Harrell et al.
    1982; for two labels the AUC); 0.5 where all labels are the same."""
    right = pairs = 0.0
    labels = np.unique(label)
    for i, low in enumerate(labels):
        for high in labels[i + 1 :]:
            a, b = np.sort(score[label == high]), score[label == low]
            not_above, below = np.searchsorted(a, b, "right"), np.searchsorted(a, b, "left")
            right += float((len(a) - (not_above + below) / 2).sum())
            pairs += float(len(a)) * len(b)
    return right / pairs if pairs else 0.5
