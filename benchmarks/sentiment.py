"""Item 3: sentiment from words alone and from the customers' own scores: `python -m benchmarks.sentiment [NAME…]`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.normalize import normalize
from balm.understand.sentiment.lexicon import lexicon_polarity
from balm.understand.sentiment.model import NEUTRAL_BAND, SentimentModel, take
from benchmarks.sets import rows

FOLDS = 5
SEED = 0
CURVE = (200, 1_000, 5_000)


@dataclass(frozen=True)
class Scored:
    """Texts with their class: -1 blame, 0 neutral, 1 praise. `classes`: 2 where none is neutral."""

    name: str
    texts: list[str]
    truth: NDArray[np.int64]

    @property
    def classes(self) -> int:
        return len(np.unique(self.truth))

    @property
    def scores(self) -> NDArray[np.float64]:
        return (self.truth + 1) / 2

    @property
    def block(self) -> Block:
        return normalize(Block.of(self.texts))


def airline() -> Scored:
    found = rows("airline_tweets_dev/tweets_dev.csv.gz")
    sign = {"negative": -1, "neutral": 0, "positive": 1}
    return Scored("airline", [r["text"] for r in found], np.array([sign[r["airline_sentiment"]] for r in found]))


def waimai() -> Scored:
    return _binary("waimai", "zh_waimai_10k/waimai_10k.csv.gz")


def shops() -> Scored:
    return _binary("shops", "zh_shopping_8cats_dev/shopping_8cats.csv.gz")


SETS = {"airline": airline, "waimai": waimai, "shops": shops}


def _binary(name: str, path: str) -> Scored:
    found = [r for r in rows(path) if r["review"].strip()]
    return Scored(name, [r["review"] for r in found], np.array([2 * int(r["label"]) - 1 for r in found]))


@dataclass(frozen=True)
class Row:
    """One line of the table. `cpu`: seconds of processor time for 10,000 comments, fitting and answering."""

    data: str
    method: str
    accuracy: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.data:8} {self.method:34} {self.accuracy:.4f} {self.cpu:7.2f}"


def _sign(polarity: NDArray[np.floating], classes: int) -> NDArray[np.int64]:
    if classes == 2:
        return np.where(polarity > 0, 1, -1)
    return (np.sign(polarity) * (np.abs(polarity) >= NEUTRAL_BAND)).astype(np.int64)


def from_words(data: Scored) -> Iterator[Row]:
    """Lists alone; then lists and what they teach on the same texts, no score seen."""
    block = data.block
    lexicon_polarity(Block.of(["warm up"]))
    start = time.process_time()
    polarity, _ = lexicon_polarity(block)
    cpu = (time.process_time() - start) / len(block) * 1e4
    yield Row(data.name, "word lists", float((_sign(polarity, data.classes) == data.truth).mean()), cpu)
    start = time.process_time()
    polarity = SentimentModel.fit(block, seed=SEED).polarity(block)
    cpu = (time.process_time() - start) / len(block) * 1e4
    yield Row(
        data.name, "words (lists + self-training)", float((_sign(polarity, data.classes) == data.truth).mean()), cpu
    )


def from_scores(data: Scored, *, thorough: bool = False) -> Iterator[Row]:
    """All scores but those of the fold that is judged."""
    block = data.block
    fold = np.random.default_rng(SEED).permutation(len(block)) % FOLDS
    right, start = 0, time.process_time()
    for k in range(FOLDS):
        scores = np.where(fold == k, np.nan, data.scores)
        model = SentimentModel.fit(block, scores, seed=SEED, classes=data.classes, thorough=thorough)
        test = np.flatnonzero(fold == k)
        right += int((model.classes(take(block, test)) == data.truth[test]).sum())
    cpu = (time.process_time() - start) / FOLDS / len(block) * 1e4
    name = f"own scores, {FOLDS}-fold{', thorough' if thorough else ''}"
    yield Row(data.name, name, right / len(block), cpu)


def curve(data: Scored) -> Iterator[Row]:
    """From few scores: 3,000 texts judged, mean of three draws of the scores."""
    block = data.block
    order = np.random.default_rng(SEED).permutation(len(block))
    test, pool = order[:3_000], order[3_000:]
    judged = take(block, test)
    for n in CURVE:
        accuracy, start = [], time.process_time()
        for draw in range(3):
            scores = np.full(len(block), np.nan)
            known = np.random.default_rng(draw).choice(pool, n, replace=False)
            scores[known] = data.scores[known]
            model = SentimentModel.fit(block, scores, seed=SEED, classes=data.classes)
            polarity = (
                model.classes(judged) if model.source == "scores" else _sign(model.polarity(judged), data.classes)
            )
            accuracy.append(float((polarity == data.truth[test]).mean()))
        cpu = (time.process_time() - start) / 3 / len(block) * 1e4
        yield Row(data.name, f"{n:,} own scores", float(np.mean(accuracy)), cpu)


def transfer() -> Iterator[Row]:
    """Learnt on one Chinese set, judged on the other."""
    for learn, judge in ((shops(), waimai()), (waimai(), shops())):
        start = time.process_time()
        model = SentimentModel.fit(learn.block, learn.scores, seed=SEED, classes=2)
        right = float((_sign(model.polarity(judge.block), 2) == judge.truth).mean())
        cpu = (time.process_time() - start) / len(judge.texts) * 1e4
        yield Row(judge.name, f"scores of {learn.name} only", right, cpu)


def measure(names: list[str]) -> Iterator[Row]:
    """Every row for the sets named."""
    for name in names:
        data = SETS[name]()
        yield from from_words(data)
        yield from from_scores(data)
        yield from from_scores(data, thorough=True)
        yield from curve(data)
    if {"waimai", "shops"} <= set(names):
        yield from transfer()


if __name__ == "__main__":
    for row in measure(sys.argv[1:] or list(SETS)):
        print(row, flush=True)
