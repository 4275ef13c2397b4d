"""Themes that discovery proposes in what nothing codes, kept frozen so that they do not move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.core.types import LANGUAGES, Labels
from balm.understand.block import Block
from balm.understand.discovery import DiscoveredTheme, discover
from balm.understand.identity import Frozen

LEAST = 60
"""Uncoded clauses below which nothing is proposed."""
SMALLEST = 8
"""Clauses of a theme below which it is not proposed, where the number of themes is left to the words."""
MOST_CLAUSES = 8_000
"""Clauses discovery learns from, at most; the others are placed."""
MOST = 10
"""Themes proposed at a time, the largest: a person reads each of them."""
COHERENT = 0.16
"""Mean sureness of its clauses from which a theme is proposed: below it, they have little to do with each other."""
SURE = 0.1
"""Sureness from which a clause is given a proposed theme; the others stay uncoded."""

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """`frozen`: the space and the themes in it, None where nothing was found; `shown`: which of them are proposed."""

    frozen: Frozen | None = None
    shown: tuple[str, ...] = ()

    @property
    def themes(self) -> tuple[DiscoveredTheme, ...]:
        """The proposals, in the order they were made."""
        return tuple(t for t in self.frozen.themes if t.id in self.shown) if self.frozen else ()

    @classmethod
    def propose(
        cls,
        norm: Block,
        chosen: Places,
        *,
        k: int | None,
        seed: int,
        said: Block | None = None,
        embeddings: bool = False,
    ) -> Found:
        """Discover themes in the clauses `chosen` of `norm`; `said`: the clauses as written, for names and vectors."""
        if len(chosen) < (LEAST if k is None else 2):
            return cls()
        if len(chosen) > MOST_CLAUSES:
            chosen = np.sort(np.random.default_rng(seed).choice(chosen, MOST_CLAUSES, replace=False))
        block = pick(norm, chosen)
        vectors = _embedded(said, chosen) if embeddings and said is not None else None
        written = None if said is None else pick(said, chosen)
        made = discover(block, k=k, seed=seed, embeddings=vectors, written=written)
        frozen = Frozen.of(made, block)
        if frozen is None:
            return cls()
        least, most = (SMALLEST, MOST) if k is None else (1, k)
        label, sure = frozen.assign(block)
        clear = sure >= SURE
        size = np.bincount(label[clear & (label >= 0)], minlength=len(frozen.themes))
        held = np.bincount(label[clear & (label >= 0)], sure[clear & (label >= 0)], len(frozen.themes))
        firm = held >= (COHERENT if k is None else 0) * size
        good = [i for i, t in enumerate(frozen.themes) if size[i] >= least and t.anchors and firm[i]]
        shown = set(sorted(good, key=lambda i: (-size[i], i))[:most])
        return cls(frozen, tuple(t.id for i, t in enumerate(frozen.themes) if i in shown))

    def grown(self, norm: Block, chosen: Places, *, k: int | None, seed: int, said: Block | None = None) -> Found:
        """With the themes that new clauses bring; those there are keep id and place."""
        if self.frozen is None:
            return self.propose(norm, chosen, k=k, seed=seed, said=said)
        if len(chosen) < LEAST:
            return self
        known = {t.id for t in self.frozen.themes}
        _, frozen = self.frozen.extend(
            pick(norm, chosen), seed=seed, written=None if said is None else pick(said, chosen)
        )
        return Found(frozen, (*self.shown, *(t.id for t in frozen.themes if t.id not in known)))

    def place(self, norm: Block, chosen: Places) -> tuple[Places, NDArray[np.float32]]:
        """The proposal each clause of `chosen` belongs to (index into `themes`, −1 for none), and how sure."""
        if self.frozen is None:
            return np.full(len(chosen), -1, np.int64), np.zeros(len(chosen), np.float32)
        label, sure = self.frozen.assign(pick(norm, chosen))
        place = np.full(len(self.frozen.themes) + 1, -1, np.int64)
        for i, theme in enumerate(self.themes):
            place[next(j for j, t in enumerate(self.frozen.themes) if t.id == theme.id)] = i
        return np.where(sure >= SURE, place[label], -1), sure


def pick(block: Block, places: Places) -> Block:
    """The items at `places`."""
    return block.take(places)


def theme_labels(theme: DiscoveredTheme) -> Labels:
    """A name in each language: its first phrases in it, or those there are where nobody spoke it."""
    spoken = {"zh-Hans": "zh", "zh-Hant": "zh", "en": "en"}
    shown: Labels = {}
    for language in LANGUAGES:
        phrases = theme.phrases.get(spoken[language], ())
        if len(phrases) < 2:  # a stray word of that language names nothing
            phrases = max(theme.phrases.values(), key=len, default=()) or theme.anchors
        shown[language] = (" / " if language == "en" else "／").join(phrases[:2])
    return shown


def distinctive(theme: DiscoveredTheme) -> tuple[str, ...]:
    """The phrases that told the theme, in every language."""
    return tuple(dict.fromkeys(phrase for phrases in theme.phrases.values() for phrase in phrases[:4]))


def _embedded(said: Block, chosen: Places) -> NDArray[np.float32]:
    """Sentence vectors of the clauses that are in English; zero for the others, which the model does not know."""
    from balm.understand.embeddings import WIDTH, Embedder
    from balm.understand.language import EN, detect

    english = np.flatnonzero(detect(said)[chosen] == EN)
    vectors = np.zeros((len(chosen), WIDTH), np.float32)
    vectors[english] = Embedder()([said[i] for i in chosen[english].tolist()])
    return vectors
