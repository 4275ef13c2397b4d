"""Themes of clauses: by phrases, and learnt from them where phrases say nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from balm.understand.block import Block
from balm.understand.carve import carve
from balm.understand.codebook.model import Codebook
from balm.understand.features import hash_ngrams
from balm.understand.linear import Linear
from balm.understand.matching import TOPIC, Hits
from balm.understand.normalize import normalize
from balm.understand.phrases import Ints

Floats = NDArray[np.float32]

NONE, BY_PHRASE, LEARNT = 0, 1, 2
"""`Coded.origin`."""
LEAST = 12
"""Clauses with phrases of a theme, below which nothing is learnt for it."""
MOST_OF_ONE, MOST_BARE = 500, 5_000
"""Clauses of one theme, and clauses without a phrase, that are learnt from, at most."""
BARE = 0.2
"""Weight of a clause without a phrase: it mostly has no theme, and sometimes one in other words."""
HELD = 0.3
"""Share of the phrases that are held out to see how well clauses are coded without them."""
PRECISION = 0.7
"""Share of the learnt codes that must be right on clauses of the phrases held out."""
SURE = 0.6
"""Confidence below which a learnt code is not given."""
FEWEST = 20
"""Such clauses without which nothing is claimed."""
BITS = 17
_SURE = {True: 0.92, False: 0.7}
"""Confidence of a phrase, and of a topic word alone."""


@dataclass(frozen=True)
class Coded:
    """m mentions in n clauses, every clause at least once; arrays of shape (m,), ordered by clause and place.

    `clause` int32; `start`, `end` int32: the mention's piece of the clause; `theme` int32: index into `themes`, −1 for
    none; `confidence` float32, 0 … 1; `origin` int8: `NONE`, `BY_PHRASE`, `LEARNT`; `mark_start`, `mark_end` int32: the
    words that coded it, in code points of the clause, −1 where none; `praise`: the phrase was one of praise;
    `topic`: only a word of the subject was found.
    """

    themes: tuple[str, ...]
    clause: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    theme: NDArray[np.int32]
    confidence: Floats
    origin: NDArray[np.int8]
    mark_start: NDArray[np.int32]
    mark_end: NDArray[np.int32]
    praise: NDArray[np.bool_]
    topic: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.clause)


@dataclass(frozen=True)
class Coder:
    """`used`: themes that something is learnt for (indices into `themes`), the classes of `linear` before the last,
    which stands for no theme. `threshold`: the least probability of a learnt code; `steps`, `right`: probability →
    share right on clauses of phrases held out.
    """

    themes: tuple[str, ...]
    used: NDArray[np.int32]
    linear: Linear | None
    threshold: float
    steps: Floats
    right: Floats

    @classmethod
    def fit(cls, sample: Block, hits: Hits, codebook: Codebook, seed: int = 0) -> Coder:
        """Learn from clauses whose phrases name a theme, and from the codebook's examples.

        `sample`: clauses of normalized text, some ten thousand serve; `hits`: what `Matcher.match` found in them. The
        first round learns from a part of the phrases; clauses that only the others find, with all their words, tell
        how sure a learnt code must be so that `PRECISION` of them are right, and how often it then is. The second
        round learns from all phrases.
        """
        rng = np.random.default_rng(seed)
        held = rng.random(int(hits.rule.max(initial=0)) + 1) < HELD
        lessons = _Lessons.gather(sample, hits, codebook, held, rng)
        nothing = np.zeros(0, np.float32)
        if lessons is None:
            return cls(hits.themes, np.zeros(0, np.int32), None, 2.0, nothing, nothing)
        trial = lessons.fit(~lessons.held)
        threshold, steps, right = _calibrate(trial, lessons)
        final = lessons.fit(np.ones(len(lessons.label), np.bool_))
        return cls(hits.themes, lessons.used, final, threshold, steps, right)

    @classmethod
    def blank(cls) -> Coder:
        """One that has learnt nothing, and codes by phrases alone."""
        nothing = np.zeros(0, np.float32)
        return cls((), np.zeros(0, np.int32), None, 2.0, nothing, nothing)

    def renumbered(self, themes: tuple[str, ...]) -> Coder:
        """The same for a codebook whose themes are `themes`: what was learnt of others is not used."""
        if themes == self.themes:
            return self
        place = {theme: i for i, theme in enumerate(themes)}
        used = np.array([place.get(self.themes[i], -1) for i in self.used], np.int32)
        return replace(self, themes=themes, used=used)

    def code(self, block: Block, hits: Hits) -> Coded:
        """Code every clause of `block`, in which `hits` were found."""
        mentions = carve(block, hits)
        found = mentions.hit >= 0
        if not len(hits):
            hits = _one_hit(hits)
        hit = np.maximum(mentions.hit, 0)
        topic = found & (hits.strength[hit] == np.float32(TOPIC))
        theme = np.where(found, hits.theme[hit], -1)
        confidence = np.where(found, np.where(topic, _SURE[False], _SURE[True]), 0.0)
        bare = np.flatnonzero(~found)
        theme[bare], confidence[bare] = self._learnt(block, mentions.clause[bare], hits)
        return Coded(
            themes=self.themes,
            clause=mentions.clause.astype(np.int32),
            start=mentions.start.astype(np.int32),
            end=mentions.end.astype(np.int32),
            theme=theme.astype(np.int32),
            confidence=confidence.astype(np.float32),
            origin=np.where(found, BY_PHRASE, np.where(theme >= 0, LEARNT, NONE)).astype(np.int8),
            mark_start=np.where(found, hits.start[hit], -1).astype(np.int32),
            mark_end=np.where(found, hits.end[hit], -1).astype(np.int32),
            praise=found & hits.praise[hit],
            topic=topic,
        )

    def _learnt(self, block: Block, clauses: Ints, hits: Hits) -> tuple[NDArray[np.int32], Floats]:
        """Theme and confidence of clauses without a phrase; −1 and 0 where the model is not sure enough."""
        theme, sure = np.full(len(clauses), -1, np.int32), np.zeros(len(clauses), np.float32)
        if self.linear is None or self.threshold > 1:
            return theme, sure
        for at in range(0, len(clauses), 50_000):
            some = clauses[at : at + 50_000]
            p = self.linear.proba(features(block.take(some)))
            best = p.argmax(1)
            value = p[np.arange(len(p)), best]
            chosen = np.append(self.used, -1)[best].astype(np.int64)
            good = (value >= self.threshold) & (chosen >= 0)
            good &= ~np.isin(some * max(len(self.themes), 1) + chosen, hits.vetoed)
            right = np.interp(value, self.steps, self.right)
            good &= right >= SURE
            theme[at : at + 50_000] = np.where(good, chosen, -1)
            sure[at : at + 50_000] = np.where(good, right, 0)
        return theme, sure


def features(block: Block) -> csr_matrix:
    """Hashed n-grams of clauses, 2**`BITS` columns: characters 1–2 of Han text, words 1–2 of others."""
    return hash_ngrams(block, chars=(1, 2), words=(1, 2), bits=BITS)


@dataclass(frozen=True)
class _Lessons:
    """Clauses to learn from: features, `label` (the last class: no theme), `weight`; `held`: only phrases held out, or
    a like share of those without a phrase.
    """

    rows: csr_matrix
    label: Ints
    weight: NDArray[np.float64]
    held: NDArray[np.bool_]
    used: NDArray[np.int32]

    @classmethod
    def gather(
        cls, sample: Block, hits: Hits, codebook: Codebook, held: NDArray[np.bool_], rng: np.random.Generator
    ) -> _Lessons | None:
        best = hits.first
        coded = np.flatnonzero(best >= 0)
        theme = hits.theme[best[coded]]
        used = np.flatnonzero(np.bincount(theme, minlength=len(hits.themes)) >= LEAST).astype(np.int32)
        if len(used) < 2:
            return None
        place = np.full(len(hits.themes), -1)
        place[used] = np.arange(len(used))
        coded = _at_most(coded[place[theme] >= 0], theme[place[theme] >= 0], MOST_OF_ONE, rng)
        bare = np.sort(rng.permutation(np.flatnonzero(best < 0))[:MOST_BARE])
        told = [(text, p) for p, i in enumerate(used) for text in codebook.theme(hits.themes[i]).examples.of]
        examples = normalize(Block.of([text for text, _ in told])).items()
        seen_by_others = np.bincount(hits.clause[~held[hits.rule]], minlength=len(sample)) > 0
        strength = np.minimum(1, hits.strength[best[coded]] + 0.1)
        parts = (
            (place[hits.theme[best[coded]]], strength / np.bincount(hits.clause)[coded], ~seen_by_others[coded]),
            (np.full(len(bare), len(used)), np.full(len(bare), BARE), rng.random(len(bare)) < HELD),
            (np.array([p for _, p in told], np.int64), np.full(len(told), 2.0), np.zeros(len(told), np.bool_)),
        )
        label, weight, out = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        texts = [sample[i] for i in (*coded.tolist(), *bare.tolist())] + examples
        return cls(features(Block.of(texts)), label.astype(np.int64), weight, out.astype(np.bool_), used)

    def fit(self, which: NDArray[np.bool_]) -> Linear:
        at = np.flatnonzero(which)
        return _naive_bayes(self.rows[at], self.label[at], self.weight[at], len(self.used) + 1)


def _naive_bayes(rows: csr_matrix, label: Ints, weight: NDArray[np.float64], k: int) -> Linear:
    """Multinomial naive Bayes as a linear model, in the time of one product.

    Each class is smoothed by 500 n-grams of all texts; evidence and prior count half, since n-grams overlap. An n-gram
    that no text has speaks for no class.
    """
    seen = np.unique(rows.indices)
    place = np.zeros(rows.shape[1], np.int32)
    place[seen] = np.arange(len(seen), dtype=np.int32)
    own = csr_matrix((rows.data, place[rows.indices], rows.indptr), shape=(len(label), len(seen)))
    member = csr_matrix((weight.astype(np.float32), (label, np.arange(len(label)))), shape=(k, len(label)))
    counts = np.asarray((member @ own).T.todense(), np.float32)
    total = counts.sum(1, dtype=np.float64) + 0.1
    base = (total / total.sum()).astype(np.float32)[:, None]
    told = np.log((counts / base + 500) / (counts.sum(0) + 500))
    coef = np.zeros((rows.shape[1], k), np.float32)
    coef[seen] = told / np.float32(2)
    mass = np.maximum(np.bincount(label, weight, minlength=k), 1e-3)
    return Linear(coef, (np.log(mass / mass.sum()) / 2).astype(np.float32))


def _calibrate(trial: Linear, lessons: _Lessons) -> tuple[float, Floats, Floats]:
    """The least probability from which `PRECISION` of the themes given to clauses of held-out phrases are right."""
    none = len(lessons.used)
    at = np.flatnonzero(lessons.held & (lessons.label != none))
    p = trial.proba(lessons.rows[at])
    best = p.argmax(1)
    given = best != none
    value, good = p.max(1)[given], (best == lessons.label[at])[given]
    order = np.argsort(-value, kind="stable")
    value, good = value[order], good[order]
    so_far = np.cumsum(good) / np.arange(1, len(good) + 1)
    enough = np.flatnonzero((so_far >= PRECISION) & (np.arange(len(good)) >= FEWEST - 1))
    if not len(enough):
        return 2.0, np.zeros(0, np.float32), np.zeros(0, np.float32)
    edges = np.linspace(0, len(value), min(10, len(value) // FEWEST) + 1).astype(int).tolist()
    steps = [float(value[a:b].mean()) for a, b in pairwise(edges)][::-1]
    right = [float(good[a:b].mean()) for a, b in pairwise(edges)][::-1]
    rising = np.maximum.accumulate(np.array(right, np.float32))
    return float(value[enough[-1]]), np.array(steps, np.float32), rising


def _at_most(rows: Ints, theme: NDArray[np.integer], most: int, rng: np.random.Generator) -> Ints:
    """At most `most` rows of each theme, drawn at random, in their old order."""
    order = rng.permutation(len(rows))
    order = order[np.argsort(theme[order], kind="stable")]
    heads = np.flatnonzero(np.diff(theme[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(heads, np.diff(heads, append=len(order)))
    return rows[np.sort(order[rank < most])]


def _one_hit(hits: Hits) -> Hits:
    """Stands in for no hits at all, so that place 0 exists."""
    one = np.zeros(1, np.int32)
    strength = np.zeros(1, np.float32)
    no = np.zeros(1, np.bool_)
    pointer = np.zeros(2, np.int64)
    return Hits(hits.themes, hits.n_clauses, one, one, one, one, strength, no, one, pointer, one, one, hits.vetoed)
