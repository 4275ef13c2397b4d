"""Themes: discovery without a codebook, codes with the starter codebook and no labels, ids after more data.

The peers are measured by `benchmarks.peers` on the same texts; this is Balm's side, and the scores both sides use.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook
from balm.understand.discovery import discover
from balm.understand.documents import code_documents
from balm.understand.identity import Frozen, match_themes, moved_share
from benchmarks import sets

T = TypeVar("T")
Labels = Sequence[str | int | None]

AIRLINE: Mapping[str, str] = {
    "flight.late": "Late Flight",
    "flight.cancelled": "Cancelled Flight",
    "flight.queue": "longlines",
    "waiting.queue": "longlines",
    "flight.crew": "Flight Attendant Complaints",
    "flight.seat": "Bad Flight",
    "flight.amenities": "Bad Flight",
    "flight.aboard": "Bad Flight",
    "flight.booking": "Flight Booking Problems",
    "flight.rebooking": "Flight Booking Problems",
    "baggage.lost": "Lost Luggage",
    "baggage.damaged": "Damaged Luggage",
    "support": "Customer Service Issue",
    "staff": "Customer Service Issue",
    "competence": "Customer Service Issue",
    "resolution": "Customer Service Issue",
    "communication": "Customer Service Issue",
    "trust": "Customer Service Issue",
}
"""Theme or group of the starter codebook → reason of the tweets. A theme that is not here codes none."""

CAR: Mapping[str, str] = {
    "car.power": "动力",
    "car.transmission": "动力",
    "car.consumption": "油耗",
    "car.handling": "操控",
    "car.comfort": "舒适性",
    "car.equipment": "配置",
    "car.safety": "安全性",
    "car.interior": "内饰",
    "car.exterior": "外观",
    "car.space": "空间",
    "car.price": "价格",
    "price": "价格",
}
"""The same for the subjects of the car forum."""

PACKS = {"airline complaints": ("core,travel", AIRLINE), "car comments 中文": ("core,automotive", CAR)}


def keywords(codebook: Codebook, classes: Mapping[str, str], language: str, most: int = 12) -> dict[str, list[str]]:
    """Single terms of the phrases of each class in one language ("zh", "en"), the same for every peer that takes
    keywords: each theme of the class in turn gives its next, topic words first, until the class has `most`.
    """
    lists: dict[str, list[list[str]]] = {}
    for theme in codebook.leaves():
        name = classes.get(theme.id, classes.get(theme.id.split(".")[0]))
        if name is not None:
            rules = [rule for rule in (*theme.topic_rules, *theme.rules) if rule.language == language]
            terms = dict.fromkeys(term.text for rule in rules for term in rule.parts[0])
            lists.setdefault(name, []).append(list(terms))
    chosen: dict[str, list[str]] = {}
    for name, sources in lists.items():
        turns = [source[i] for i in range(most) for source in sources if i < len(source)]
        chosen[name] = list(dict.fromkeys(turns))[:most]
    return chosen


def contingency(a: Labels, b: Labels) -> NDArray[np.float64]:
    """How many texts have label i in `a` and j in `b`; None is a label of its own."""
    rows = np.unique([repr(x) for x in a], return_inverse=True)[1]
    columns = np.unique([repr(x) for x in b], return_inverse=True)[1]
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    return table


def nmi(a: Labels, b: Labels) -> float:
    """Normalized mutual information, by the mean of the entropies (Strehl & Ghosh 2002, arithmetic), 0 … 1."""
    p = contingency(a, b)
    p /= p.sum()
    pa, pb = p.sum(1), p.sum(0)
    seen = p > 0
    mutual = float((p[seen] * np.log(p[seen] / np.outer(pa, pb)[seen])).sum())
    mean = (_entropy(pa) + _entropy(pb)) / 2
    return mutual / mean if mean else 1.0


def _entropy(p: NDArray[np.float64]) -> float:
    return -float((p[p > 0] * np.log(p[p > 0])).sum())


def ari(a: Labels, b: Labels) -> float:
    """Adjusted Rand index (Hubert & Arabie 1985), 1 for the same grouping, 0 expected by chance."""
    table = contingency(a, b)
    pairs, one, two = (float((t * (t - 1) / 2).sum()) for t in (table, table.sum(1), table.sum(0)))
    n = table.sum()
    chance = one * two / (n * (n - 1) / 2)
    return (pairs - chance) / ((one + two) / 2 - chance) if (one + two) / 2 != chance else 1.0


def macro_f1(truth: Labels, given: Labels) -> float:
    """Mean F1 over the labels of `truth`; an answer that is no such label is wrong for the text's own."""
    scores = []
    for name in sorted({str(t) for t in truth}):
        hit = sum(t == name == g for t, g in zip(truth, given, strict=True))
        total = sum(t == name for t in truth) + sum(g == name for g in given)
        scores.append(2 * hit / total if total else 0.0)
    return float(np.mean(scores))


@dataclass(frozen=True)
class Score:
    """One row of the table: a figure per measure, and processor seconds."""

    task: str
    data: str
    n: int
    figures: dict[str, float]
    seconds: float


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begin = time.process_time()
    return work(), time.process_time() - begin


def discovery(data: sets.Labeled, vectors: NDArray[np.float32] | None = None, seeds: int = 3) -> Score:
    """NMI and ARI of `discover` with the true number of themes, the mean of some seeds."""
    made = [
        _timed(functools.partial(discover, data.texts, k=data.k, seed=seed, embeddings=vectors))
        for seed in range(seeds)
    ]
    labels = [found.labels.tolist() for found, _ in made]
    figures = {
        "NMI": float(np.mean([nmi(data.labels, one) for one in labels])),
        "ARI": float(np.mean([ari(data.labels, one) for one in labels])),
    }
    task = "discovery" if vectors is None else "discovery, embeddings"
    return Score(task, data.name, len(data.texts), figures, float(np.mean([s for _, s in made])))


def coding(data: sets.Labeled) -> Score:
    """Macro-F1 of single labels by the starter codebook, without a human label."""
    packs, classes = PACKS[data.name]
    codebook = load(packs)
    given, seconds = _timed(lambda: code_documents(data.texts, codebook, classes=classes))
    figures = {"macro-F1": macro_f1(data.labels, given), "NMI": nmi(data.labels, given)}
    return Score("codebook, no labels", data.name, len(data.texts), figures, seconds)


def stability(data: sets.Labeled, seed: int = 5) -> Score:
    """Ids on the first 90 % after the other 10 % came: refitted, refitted and matched, and with the frozen space."""
    order = np.random.default_rng(seed).permutation(len(data.texts))
    texts = [data.texts[i] for i in order]
    n = int(0.9 * len(texts))
    first = discover(texts[:n], k=data.k)
    again = discover(texts, k=data.k)
    before = [first.themes[i].id if i >= 0 else None for i in first.labels]
    old = match_themes(first.labels, again.labels[:n])
    matched = [first.themes[old[i]].id if i in old else None for i in again.labels[:n].tolist()]
    frozen = Frozen.of(first, texts[:n])
    assert frozen is not None
    (kept, _), seconds = _timed(lambda: frozen.extend(texts, seen=np.arange(len(texts)) < n))
    after = [kept.themes[i].id if i >= 0 else None for i in kept.labels[:n]]
    figures = {
        "ARI refitted": ari(before, again.labels[:n].tolist()),
        "moved, matched": moved_share(before, matched).value or 0.0,
        "ARI frozen": ari(before, after),
        "moved, frozen": moved_share(before, after).value or 0.0,
    }
    return Score("ids after 10 % more", data.name, len(texts), figures, seconds)


def run(embed: Callable[[list[str]], NDArray[np.float32]] | None = None) -> Iterator[Score]:
    """Every figure of this room. `embed`: sentence vectors, for the English sets."""
    for load_set in (sets.airline, sets.banking, sets.car, sets.shops):
        data = load_set()
        yield discovery(data)
        if embed is not None and data.language == "en":
            yield discovery(data, embed(data.texts))
    for load_set in (sets.airline, sets.car):
        yield coding(load_set())
    for load_set in (sets.airline, sets.car, sets.shops):
        yield stability(load_set())


def main() -> None:
    """Print the table: `python -m benchmarks.themes`."""
    for score in run():
        shown = "  ".join(f"{name} {value:.3f}" for name, value in score.figures.items())
        print(f"{score.task:22s} {score.data:20s} n {score.n:6,}  {shown}  {score.seconds:.2f} s")


if __name__ == "__main__":
    main()
