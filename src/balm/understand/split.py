"""A comment cut into clauses, each a candidate for one mention.

Praise and blame for two things in one comment are told apart only where the comment is cut between them: at the ends
of sentences, at commas with a clause on both sides, at words of contrast. All items of a block are cut at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from balm.understand import breaks
from balm.understand.block import Block, Ints
from balm.understand.languages import zh
from balm.understand.normalize import normalize

LONGEST = 300
"""Code points; a longer clause is cut at a gap between words, or in the middle of a word that is longer still."""

_NEED = np.zeros((9, 2), np.int64)
"""What a break of each kind needs on its left and right to be kept: Han characters; an English word counts as two."""
_NEED[breaks.ENGLISH] = 4, 4
_NEED[breaks.SPACE] = 3, 3
_NEED[breaks.WEAK] = 4, 3
_NEED[breaks.COMMA] = 2, 2
_NEED[breaks.MIDDLE] = 2, 2
_NEED[breaks.CONTRAST] = 1, 1

Kinds = NDArray[np.uint8]


@dataclass(frozen=True)
class Clauses:
    """c clauses, ordered by item and place: arrays of shape (c,), int64.

    Clause i is `block[owner[i]][start[i] : end[i]]`: code points, without white space and punctuation at its ends.
    Clauses do not overlap, and every letter and digit of an item lies in one; an item with neither these nor a
    picture has none.
    """

    owner: Ints
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.owner)

    def texts(self, block: Block) -> list[str]:
        """The clauses as written."""
        low, high = self.start + block.starts[self.owner], self.end + block.starts[self.owner]
        text = block.text
        return [text[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True)]


def split(block: Block, plain: Block | None = None) -> Clauses:
    """Clauses of every item. `plain`: the block normalized, where the caller has it."""
    view = breaks.View(block, normalize(block) if plain is None else plain)
    found = breaks.find(view)
    content = np.flatnonzero(view.content)
    if not len(content):
        none = np.zeros(0, np.int64)
        return Clauses(none, none, none)
    cut, kind, subject = _ordered(view, found, content)
    cut, kind = _weigh(found, content, cut, kind, subject)
    cut, kind = _merge(found, content, cut, kind)
    cut = _shorten(view, content, cut)
    start, end = content[cut], content[np.append(cut[1:], len(content)) - 1] + 1
    owner = block.owner(start)
    return Clauses(owner, start - block.starts[owner], end - block.starts[owner])


def conjunctions(block: Block, plain: Block | None = None) -> Ints:
    """Where a conjunction, a comma of enumeration or a comma begins, as sorted offsets into `block.text`.

    Not places to cut as such: a later stage cuts a clause here when the words on the two sides are of two themes.
    """
    plain = normalize(block) if plain is None else plain
    view = breaks.View(block, plain)
    joins = view.words.start[view.among("CONJUNCTIONS")]
    marks = np.flatnonzero(np.isin(plain.codes, [ord(c) for c in ",、&+/"]))
    digit = np.isin(plain.codes, np.arange(0x30, 0x3A))
    inner = marks[(marks > 0) & (marks + 1 < len(digit))]
    numeric = inner[digit[inner - 1] & digit[inner + 1]]
    automaton, wanted = _joining()
    matches = automaton.find_matches_as_indexes(plain.text)
    which = np.array(matches, np.int64).reshape(-1, 3)
    han = which[wanted[which[:, 0]], 1] if len(which) else np.zeros(0, np.int64)
    return np.unique(np.concatenate([joins, np.setdiff1d(marks, numeric), han]))


@cache
def _joining() -> tuple[ahocorasick_rs.AhoCorasick, NDArray[np.bool_]]:
    words = dict.fromkeys(zh.NOT_CONJUNCTIONS, False) | dict.fromkeys(zh.CONJUNCTIONS, True)
    automaton = ahocorasick_rs.AhoCorasick(list(words), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return automaton, np.array(list(words.values()))


def _ordered(view: breaks.View, found: breaks.Breaks, content: Ints) -> tuple[Ints, Kinds, NDArray[np.bool_]]:
    """Cuts as indices into `content`, one for each place, the strongest kind kept; each item begins with a START."""
    position = found.position
    cut = np.searchsorted(content, position)
    # A bracket that opens right before a word of contrast goes with the word.
    opened = (view.flags[content[np.maximum(cut - 1, 0)]] & breaks.OPEN) > 0
    cut = cut - (opened & (cut > 0) & (found.kind < breaks.HARD))
    owner = view.block.owner(content)
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    cut = np.concatenate([cut, first])
    kind = np.concatenate([found.kind, np.full(len(first), breaks.START, np.uint8)])
    subject = np.concatenate([found.subject, np.zeros(len(first), np.bool_)])
    inside = cut < len(content)
    order = np.lexsort((kind[inside], cut[inside]))
    cut, kind, subject = cut[inside][order], kind[inside][order], subject[inside][order]
    last = np.append(np.flatnonzero(np.diff(cut)), len(cut) - 1)
    begin = np.insert(last[:-1] + 1, 0, 0)
    return cut[last], kind[last], np.logical_or.reduceat(subject, begin)


def _weigh(
    found: breaks.Breaks, content: Ints, cut: Ints, kind: Kinds, subject: NDArray[np.bool_]
) -> tuple[Ints, Kinds]:
    """Drop the breaks that have too little on a side, and English commas without a clause on both."""
    # First the comma behind a word that only introduces: "首先，", "However,".
    said = np.add.reduceat(found.units[content].astype(np.int64), cut)
    lone = (said == 0) & found.forward[content[cut]]
    held = np.append(False, lone[:-1]) & (kind < breaks.HARD)
    cut, kind, subject = cut[~held], kind[~held], subject[~held]
    units = np.add.reduceat(found.units[content].astype(np.int64), cut)
    clause = np.logical_or.reduceat(found.predicate[content], cut)
    left, left_clause = np.roll(units, 1), np.roll(clause, 1)
    keep = (left >= _NEED[kind, 0]) & (units >= _NEED[kind, 1])
    keep &= (kind != breaks.ENGLISH) | subject | (clause & left_clause)
    return cut[keep], kind[keep]


def _merge(found: breaks.Breaks, content: Ints, cut: Ints, kind: Kinds) -> tuple[Ints, Kinds]:
    """Join a piece that says next to nothing to its neighbor: the next one where it introduces it, else the last."""
    for _ in range(2):
        units = np.add.reduceat(found.units[content].astype(np.int64), cut)
        last = np.append(kind[1:] == breaks.START, True)
        first = kind == breaks.START
        contrast = (kind == breaks.CONTRAST) | np.append(kind[1:] == breaks.CONTRAST, False)
        short = (units == 0) | ((units == 1) & ~contrast)
        onward = short & ~last & (first | found.forward[content[cut]])
        backward = short & ~onward & ~first
        drop = backward.copy()
        drop[1:] |= onward[:-1]
        cut, kind = cut[~drop], kind[~drop]
    return cut, kind


def _shorten(view: breaks.View, content: Ints, cut: Ints) -> Ints:
    """More cuts in clauses over `LONGEST` code points: at the last gap that fits, else right there."""
    edges = np.append(cut, len(content))
    start, end = content[edges[:-1]], content[edges[1:] - 1] + 1
    gaps = view.gaps[1]
    more: list[int] = []
    for index in np.flatnonzero(end - start > LONGEST).tolist():
        low, high = int(start[index]), int(end[index])
        while high - low > LONGEST:
            place = int(np.searchsorted(gaps, low + LONGEST, side="right")) - 1
            gap = int(gaps[place]) if place >= 0 else low
            low = gap if gap > low else low + LONGEST
            at = int(np.searchsorted(content, low))
            more.append(at)
            low = int(content[at])
    return np.unique(np.concatenate([cut, np.array(more, np.int64)])) if more else cut
