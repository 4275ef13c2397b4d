"""Coding clauses by the phrases of a codebook."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.codebook.model import Codebook, Pack, Rule
from balm.understand.phrases import Bools, Found, Ints, Lists, Phrases

PHRASE, PRAISE, TOPIC = 1.0, 0.9, 0.4
"""Strength of a hit: a phrase of the pain, praise of the same subject, a mere word of the subject."""

_STRENGTH = {"phrases": PHRASE, "praise": PRAISE, "topic_words": TOPIC, "not": 0.0}
_MOST = 12
"""Hits of one clause that are compared with each other; a clause with more keeps these first."""


@dataclass(frozen=True)
class Hits:
    """m themes that phrases find in n clauses, the best of each clause first.

    Arrays of shape (m,), sorted by clause, then rank: `clause` int32; `theme` int32, index into `themes`; `start` and
    `end` int32, the tightest span of the rule's terms, in code points of the clause; `strength` float32 (`PHRASE`,
    `PRAISE`, `TOPIC`); `praise`; `rule` int32, the number of the phrase in the codebook. `term_pointer`, shape
    (m + 1,), `term_start`, `term_end`: the spans of the terms. `vetoed`, sorted keys clause × len(themes) + theme:
    pairs that a `not` phrase forbids.
    """

    themes: tuple[str, ...]
    n_clauses: int
    clause: NDArray[np.int32]
    theme: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    strength: NDArray[np.float32]
    praise: Bools
    rule: NDArray[np.int32]
    term_pointer: Ints
    term_start: NDArray[np.int32]
    term_end: NDArray[np.int32]
    vetoed: Ints

    def __len__(self) -> int:
        return len(self.clause)

    @cached_property
    def first(self) -> Ints:
        """For each clause the place of its best hit, −1 where it has none; shape (n_clauses,)."""
        place = np.full(self.n_clauses, -1, np.int64)
        place[self.clause[::-1]] = np.arange(len(self.clause))[::-1]
        return place


class Matcher:
    """The phrases of a codebook, ready to search. Building takes about 10 ms per 1,000 phrases."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        leaves = codebook.leaves()
        self.themes = tuple(theme.id for theme in leaves)
        rules: list[Rule] = []
        themes: list[int] = []
        strengths: list[float] = []
        for i, theme in enumerate(leaves):
            fields = (theme.rules, theme.praise_rules, theme.topic_rules, theme.not_rules)
            for found, name in zip(fields, ("phrases", "praise", "topic_words", "not"), strict=True):
                rules.extend(found)
                themes.extend([i] * len(found))
                strengths.extend([_STRENGTH[name]] * len(found))
        self._phrases = Phrases(rules)
        self._theme = np.array(themes, np.int64)
        self._strength = np.array(strengths, np.float32)
        self._parts = np.array([len(rule.parts) for rule in rules], np.int64)
        self._weight = np.array([2 if rule.language == "zh" else 1 for rule in rules], np.int64)
        general = {pack.name for pack in codebook.packs[:1]} if len(codebook.packs) > 1 else set()
        self._general = np.array([codebook.pack_of(theme) in general for theme in self.themes], np.bool_)

    def match(self, block: Block) -> Hits:
        """Every theme whose phrases stand in a clause of `block` (normalized text).

        Of two themes found by the same words, the one that uses more of them stays: "late fee" is no late delivery.
        A topic word gives way to any phrase in its clause.
        """
        found = self._phrases.find(block)
        theme = self._theme[found.rule]
        strength = self._strength[found.rule]
        key = found.clause * max(len(self.themes), 1) + theme
        vetoed = np.unique(key[strength == 0])
        alive = np.flatnonzero((strength > 0) & ~_among(key, vetoed))
        found, theme, strength = found.take(alive), theme[alive], strength[alive]
        order = self._order(found, theme, strength)
        found, theme, strength = found.take(order), theme[order], strength[order]
        kept = np.flatnonzero(_stands(found, theme, strength))
        return self._hits(found.take(kept), theme[kept], strength[kept], len(block), vetoed)

    def _order(self, found: Found, theme: Ints, strength: NDArray[np.float32]) -> Ints:
        """By clause; in it what says more first: more words, more parts, the trade's theme, phrase before praise."""
        size = found.size * self._weight[found.rule] + 2 * self._parts[found.rule]
        topic = strength == TOPIC
        keys = (found.rule, -strength, self._general[theme], -self._parts[found.rule], -size, topic, found.clause)
        return np.lexsort(keys)

    def _hits(self, found: Found, theme: Ints, strength: NDArray[np.float32], n_clauses: int, vetoed: Ints) -> Hits:
        return Hits(
            themes=self.themes,
            n_clauses=n_clauses,
            clause=found.clause.astype(np.int32),
            theme=theme.astype(np.int32),
            start=found.start.astype(np.int32),
            end=found.end.astype(np.int32),
            strength=strength,
            praise=strength == np.float32(PRAISE),
            rule=found.rule.astype(np.int32),
            term_pointer=found.term_pointer,
            term_start=found.term_start.astype(np.int32),
            term_end=found.term_end.astype(np.int32),
            vetoed=vetoed,
        )

    def choose_packs(self, sample: Block, owner: Ints | None = None, keep: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Packs that fit the comments: see `choose_packs`."""
        return choose_packs(self.codebook, sample, owner, keep)


def _among(keys: Ints, sorted_keys: Ints) -> Bools:
    if not len(sorted_keys):
        return np.zeros(len(keys), np.bool_)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    same: Bools = sorted_keys[at] == keys
    return same


def _stands(found: Found, theme: Ints, strength: NDArray[np.float32]) -> Bools:
    """Which findings (in order of rank) stay: not those whose every term lies inside the terms of one before them,
    nor topic words behind a phrase, nor what is beyond the first `_MOST` of a clause.
    """
    n = len(found)
    stands = np.ones(n, np.bool_)
    if not n:
        return stands
    head = np.flatnonzero(np.diff(found.clause, prepend=-1))
    rank = np.arange(n) - np.repeat(head, np.diff(head, append=n))
    stands[rank >= _MOST] = False
    stands[(strength == np.float32(TOPIC)) & (strength[np.arange(n) - rank] != np.float32(TOPIC))] = False
    later = np.flatnonzero(stands & (rank > 0))
    before = np.arange(int(rank[later].sum())) - np.repeat(np.cumsum(rank[later]) - rank[later], rank[later])
    late = np.repeat(later, rank[later])
    early = late - rank[late] + before
    terms = Lists(found.term_pointer, np.arange(len(found.term_start)))
    pair, mine = terms.of_each(late)
    slot, theirs = terms.of_each(early[pair])
    inside = (found.term_start[theirs] <= found.term_start[mine[slot]]) & (
        found.term_end[theirs] >= found.term_end[mine[slot]]
    )
    mine_covered = np.bincount(slot[inside], minlength=len(mine)) > 0
    open_terms = np.bincount(pair[~mine_covered], minlength=len(late))
    stands[late[open_terms == 0]] = False
    return stands


def choose_packs(
    codebook: Codebook,
    sample: Block,
    owner: Ints | None = None,
    keep: tuple[str, ...] = (),
    *,
    least_share: float = 0.03,
    least: int = 5,
    beside: float = 0.2,
) -> tuple[str, ...]:
    """Names of the packs whose trade the comments belong to, in the codebook's order.

    A pack without signals (core) is always chosen, as are those in `keep` (chosen by an earlier run). Another is
    chosen where its signals stand in at least `least_share` of the comments, in at least `least` of them (a tenth of
    them in small samples, two at the fewest), and in at least `beside` as many as those of the pack with most.
    `owner`: the comment of each item of `sample`, when the items are clauses.
    """
    packs = codebook.packs
    comments = np.arange(len(sample)) if owner is None else owner
    n = int(comments.max()) + 1 if len(comments) else 0
    count = _signal_counts(packs, sample, comments, n)
    fewest = max(2, min(least, -(-n // 10)))
    bar = max(least_share * n, fewest, beside * max(count.values(), default=0))
    return tuple(pack.name for pack in packs if not pack.signal_rules or pack.name in keep or count[pack.name] >= bar)


def _signal_counts(packs: tuple[Pack, ...], sample: Block, comments: Ints, n: int) -> dict[str, int]:
    owner = np.array([p for p, pack in enumerate(packs) for _ in pack.signal_rules], np.int64)
    found = Phrases([rule for pack in packs for rule in pack.signal_rules]).find(sample)
    if not len(found):
        return {pack.name: 0 for pack in packs}
    seen = np.unique(owner[found.rule] * n + comments[found.clause]) // n
    count = np.bincount(seen, minlength=len(packs))
    return {pack.name: int(count[p]) for p, pack in enumerate(packs)}
