"""Mentions out of clauses: one clause may raise two themes, "the courier was two hours late and rude"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.matching import TOPIC, Hits
from balm.understand.phrases import Ints, Lists
from balm.understand.split import conjunctions

THEMES = 3
"""Themes one clause may raise, at most."""


@dataclass(frozen=True)
class Mentions:
    """m mentions in n clauses; every clause has one at least. Arrays of shape (m,), ordered by clause and place:
    `clause`; `start`, `end`: code points of the clause; `hit`: index into the hits, −1 where no phrase was found.
    """

    clause: Ints
    start: Ints
    end: Ints
    hit: Ints

    def __len__(self) -> int:
        return len(self.clause)


def carve(block: Block, hits: Hits) -> Mentions:
    """Cut clauses of several themes at a conjunction between the words of one theme and those of the next.

    Where no conjunction lies between, both mentions keep the whole piece. Of several topic words without a phrase
    only the best counts.
    """
    kept = _raised(hits)
    has = np.zeros(len(block), np.bool_)
    has[hits.clause[kept]] = True
    bare = np.flatnonzero(~has)
    own_start, own_end = _own(hits, kept)
    clause = hits.clause[kept].astype(np.int64)
    order = np.lexsort((own_end, own_start, clause))
    kept, clause, own_start, own_end = kept[order], clause[order], own_start[order], own_end[order]
    start, end = _pieces(block, clause, own_start, own_end)
    lengths = block.lengths
    clause, hit = np.concatenate([clause, bare]), np.concatenate([kept, np.full(len(bare), -1)])
    start, end = np.concatenate([start, np.zeros(len(bare), np.int64)]), np.concatenate([end, lengths[bare]])
    order = np.argsort(clause, kind="stable")
    return Mentions(clause[order], start[order], end[order], hit[order])


def _raised(hits: Hits) -> Ints:
    """The first hit of each theme in a clause, at most `THEMES` of them, phrases only unless there is none."""
    n = max(len(hits.themes), 1)
    key = hits.clause.astype(np.int64) * n + hits.theme
    first = np.zeros(len(hits), np.bool_)
    first[np.unique(key, return_index=True)[1]] = True
    head = np.diff(hits.clause, prepend=-1) != 0
    first &= (hits.strength != np.float32(TOPIC)) | head
    at = np.flatnonzero(first)
    heads = np.flatnonzero(np.diff(hits.clause[at], prepend=-1))
    rank = np.arange(len(at)) - np.repeat(heads, np.diff(heads, append=len(at)))
    return at[rank < THEMES]


def _own(hits: Hits, kept: Ints) -> tuple[Ints, Ints]:
    """The span of the words a theme does not share with the others of its clause; its whole span if it shares all."""
    terms = Lists(hits.term_pointer, np.arange(len(hits.term_start)))
    of, term = terms.of_each(kept)
    clause = hits.clause[kept][of].astype(np.int64)
    start, end = hits.term_start[term].astype(np.int64), hits.term_end[term].astype(np.int64)
    far = int(end.max(initial=0)) + 1
    _, spot, times = np.unique((clause * far + start) * far + end, return_inverse=True, return_counts=True)
    shared = times[spot] > 1
    alone = np.bincount(of[~shared], minlength=len(kept))
    use = ~shared | (alone[of] == 0)
    low, high = np.full(len(kept), far), np.zeros(len(kept), np.int64)
    np.minimum.at(low, of[use], start[use])
    np.maximum.at(high, of[use], end[use])
    return low, high


def _pieces(block: Block, clause: Ints, own_start: Ints, own_end: Ints) -> tuple[Ints, Ints]:
    """Start and end of the piece of each mention, given in the order of clause and place."""
    n = len(clause)
    lengths = block.lengths[clause]
    start, end = np.zeros(n, np.int64), lengths.copy()
    pair = np.flatnonzero(np.diff(clause) == 0)  # between mention i and i + 1
    if not len(pair):
        return start, end
    several = np.unique(clause[pair])
    small = block.take(several)
    joints = conjunctions(small, small)
    base = small.starts[np.searchsorted(several, clause[pair])]
    if not len(joints):
        return start, end
    # words before that reach farther than the last ones count too
    reach = np.maximum.accumulate(own_end + clause * (int(lengths.max()) + 1)) - clause * (int(lengths.max()) + 1)
    at = np.minimum(np.searchsorted(joints, base + reach[pair]), len(joints) - 1)
    cut = joints[at] - base
    good = (cut >= reach[pair]) & (cut < own_start[pair + 1])
    pair, cut = pair[good], cut[good]
    opened, closed = np.zeros(n, np.int64), lengths.copy()
    opened[pair + 1], closed[pair] = cut, cut
    far = int(lengths.max()) + 1
    start = np.maximum.accumulate(opened + clause * far) - clause * far
    end = np.minimum.accumulate((closed + clause * far)[::-1])[::-1] - clause * far
    return _trimmed(block, clause, start, end)


def _trimmed(block: Block, clause: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Without white space and commas at the ends."""
    codes, base = block.codes, block.starts[clause]
    for _ in range(4):
        end = end - (_blank(codes[np.maximum(base + end - 1, 0)]) & (end > start))
        start = start + (_blank(codes[base + start]) & (end > start))
    return start, end


def _blank(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    return np.isin(codes, (32, 44, 0x3001, 0xFF0C))
