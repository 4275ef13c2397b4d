"""What an edit would change, before it is made: which comments would get another theme, and by which words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from balm.core.errors import WrongUse
from balm.understand.codebook.entries import Edited
from balm.understand.coding import Coder
from balm.understand.matching import Matcher
from balm.understand.phrases import Ints
from balm.understand.prepare import Prepared, prepare

if TYPE_CHECKING:
    from balm.understand.understanding import Understanding

EXAMPLES = 10
"""Sentences shown of each change, at most."""


@dataclass(frozen=True)
class Example:
    """A clause that would be coded anew. `comment`: its place in the texts; `start`, `end`: code points of the comment;
    `marks`: spans of `text` of the words that code it (those that coded it, where it loses its theme); none where it
    is coded without phrases.
    """

    comment: int
    text: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Recoded:
    """Mentions that would go from one theme to another; None: no theme. `comments` counts each comment once."""

    before: str | None
    after: str | None
    mentions: int
    comments: int
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Preview:
    """`comments`: how many were looked at; `changed_mentions`, `changed_comments`: how many would get another theme;
    `moves`: from which to which, most first. `before`, `after`: mentions of each theme with any.
    """

    comments: int
    changed_mentions: int
    changed_comments: int
    moves: tuple[Recoded, ...]
    before: dict[str, int]
    after: dict[str, int]


def preview(before: Edited, after: Edited, texts: Sequence[str], understanding: Understanding | None = None) -> Preview:
    """Code `texts` with both codebooks and compare, clause by clause: a mention is one theme in one clause.

    `texts`: comments, all or a sample (counts are of what is given; 20,000 take a few seconds). `understanding`: codes
    what no phrase codes as it does now, learnt and found; without it phrases alone code. Where the edits change no
    phrase, the texts are coded once.
    """
    looked = prepare(list(texts))
    old = _Codes.read(looked, before, understanding)
    new = old if before.reads == after.reads else _Codes.read(looked, after, understanding)
    ids = list(dict.fromkeys((*old.ids, *new.ids)))
    return _compared(looked, len(texts), ids, old.under(before, ids), new.under(after, ids))


def preview_counts(before: Edited, after: Edited, counts: Mapping[str, int]) -> Preview:
    """The same from counts alone: theme id, as texts were read (before any lineage), → mentions of it.

    For edits that change no phrase (merge, archive, restore, accept, dismiss); raises WrongUse for others. Comments are
    not known: both of their counts are 0.
    """
    if before.reads != after.reads:
        raise WrongUse("the edits change phrases, so counts do not tell what would change; give preview the texts")
    moves: Counter[tuple[str | None, str | None]] = Counter()
    totals: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for id_, n in counts.items():
        pair = before.resolve(id_), after.resolve(id_)
        for total, one in zip(totals, pair, strict=True):
            if one is not None and n:
                total[one] += n
        if pair[0] != pair[1] and n:
            moves[pair] += n
    made = tuple(Recoded(*pair, n, 0) for pair, n in moves.most_common())
    return Preview(0, sum(moves.values()), 0, made, dict(totals[0]), dict(totals[1]))


@dataclass(frozen=True)
class _Codes:
    """m mentions with a theme: `clause`, `theme` (index into `ids`), `low`, `high` (words that coded it, −1: none)."""

    ids: tuple[str, ...]
    clause: Ints
    theme: Ints
    low: Ints
    high: Ints

    @classmethod
    def read(cls, looked: Prepared, edited: Edited, understanding: Understanding | None) -> _Codes:
        matcher = Matcher(edited.book)
        known = understanding.learnt.coder if understanding else None
        coder = (known or Coder.blank()).renumbered(matcher.themes)
        coded = coder.code(looked.norm, matcher.match(looked.norm))
        theme = coded.theme.astype(np.int64)
        found = understanding.learnt.found.themes if understanding else ()
        if understanding and found:
            bare = np.flatnonzero(theme < 0)
            place, _ = understanding.learnt.found.place(looked.norm, coded.clause[bare].astype(np.int64))
            theme[bare[place >= 0]] = place[place >= 0] + len(matcher.themes)
        ids = (*matcher.themes, *(one.id for one in found))
        low, high = coded.mark_start.astype(np.int64), coded.mark_end.astype(np.int64)
        at = np.flatnonzero(theme >= 0)
        return cls(ids, coded.clause[at].astype(np.int64), theme[at], low[at], high[at])

    def under(self, edited: Edited, ids: list[str]) -> _Codes:
        """By what counts for what: themes as indices into `ids`, those of none left out, each once in a clause."""
        place = {id_: i for i, id_ in enumerate(ids)}
        now = [edited.resolve(id_) for id_ in self.ids]
        for id_ in now:
            if id_ is not None and id_ not in place:
                place[id_] = len(ids)
                ids.append(id_)
        theme = np.array([-1 if id_ is None else place[id_] for id_ in now], np.int64)[self.theme]
        kept = np.flatnonzero(theme >= 0)
        _, first = np.unique(self.clause[kept] << 32 | theme[kept], return_index=True)
        at = kept[first]
        return _Codes(tuple(ids), self.clause[at], theme[at], self.low[at], self.high[at])

    def keys(self) -> Ints:
        return self.clause << 32 | self.theme

    def counts(self, ids: list[str]) -> dict[str, int]:
        n = np.bincount(self.theme, minlength=len(ids))
        return {ids[i]: int(n[i]) for i in np.flatnonzero(n).tolist()}


def _compared(looked: Prepared, n: int, ids: list[str], old: _Codes, new: _Codes) -> Preview:
    """Pair what a clause loses with what it gains, in order; what is left over goes to, or comes from, no theme."""
    lost = np.flatnonzero(~np.isin(old.keys(), new.keys()))
    won = np.flatnonzero(~np.isin(new.keys(), old.keys()))
    keys = [codes.clause[at] << 8 | _rank(codes.clause[at]) for codes, at in ((old, lost), (new, won))]
    slots = np.union1d(*keys)
    pair = np.full((2, len(slots)), -1, np.int64)
    pair[0, np.searchsorted(slots, keys[0])] = lost
    pair[1, np.searchsorted(slots, keys[1])] = won
    theme = (
        np.stack([np.where(p >= 0, c.theme[p], -1) for p, c in zip(pair, (old, new), strict=True)])
        if len(slots)
        else pair
    )
    clause = slots >> 8
    kind, which, size = np.unique(theme, axis=1, return_inverse=True, return_counts=True)
    moves = []
    for i in np.argsort(-size, kind="stable").tolist():
        at = np.flatnonzero(which.ravel() == i)
        a, b = (ids[t] if t >= 0 else None for t in kind[:, i].tolist())
        shown = _examples(looked, clause[at], pair[:, at], old, new)
        comments = len(np.unique(looked.owner[clause[at]]))
        moves.append(Recoded(a, b, int(size[i]), comments, shown))
    changed = len(np.unique(looked.owner[clause]))
    return Preview(n, len(slots), changed, tuple(moves), old.counts(ids), new.counts(ids))


def _rank(clause: Ints) -> Ints:
    """Place of each among those of the same clause; clauses ascending."""
    head = np.flatnonzero(np.diff(clause, prepend=-1))
    return np.arange(len(clause)) - np.repeat(head, np.diff(head, append=len(clause)))


def _examples(looked: Prepared, clause: Ints, pair: NDArray[np.int64], old: _Codes, new: _Codes) -> tuple[Example, ...]:
    """Clauses spread over the texts, each wording once."""
    shown: dict[str, Example] = {}
    for i in np.unique(np.linspace(0, len(clause) - 1, 4 * EXAMPLES).astype(np.int64)).tolist():
        c = int(clause[i])
        codes, at = (new, int(pair[1, i])) if pair[1, i] >= 0 else (old, int(pair[0, i]))
        low, high = int(codes.low[at]), int(codes.high[at])
        start, end = int(looked.clauses.start[c]), int(looked.clauses.end[c])
        marks = ((low, high),) if 0 <= low < high else ()
        shown.setdefault(looked.norm[c], Example(int(looked.owner[c]), looked.said[c], start, end, marks))
    few = list(shown.values())
    picked = np.unique(np.linspace(0, len(few) - 1, min(EXAMPLES, len(few))).astype(np.int64)).tolist()
    return tuple(few[i] for i in picked)
