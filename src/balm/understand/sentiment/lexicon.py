"""Polarity of clauses from words alone, for whole blocks at once.

Every word of the lists found in the text is one match. What comes right before a word changes it: "not", "very",
"有点", a wish. All of it is arithmetic over the array of matches, looking back at most `_REACH` matches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.sentiment.words import FLAG, Matches, Table, surface, table

Floats = NDArray[np.float32]
Sums = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
_T = TypeVar("_T", bound=np.generic)

_REACH = 5
"""How many matches back a modifier may stand, with nothing but modifiers between."""
_GAP_HAN, _GAP_LATIN = 4, 15
"""Code points that may lie between a modifier and what it modifies."""
_NEGATED_PRAISE, _NEGATED_BLAME = -0.8, -0.45
"""Taboada et al. 2011 found negation to shift rather than flip: "not good" is bad, "not bad" hardly good."""
_WISHED = 0.3
_ASKED = 0.5
_SOFTNESS = 4.0
"""Polarity = sum / sqrt(sum² + this), the shape used by VADER (Hutto & Gilbert 2014) with a constant of our own."""

_BREAKS = np.zeros(0x80, np.bool_)
_BREAKS[[ord(c) for c in "\0\n.,;:!?()"]] = True


@dataclass(frozen=True)
class _Context:
    """The matches of a block with what the steps below need to know of each; arrays of shape (m,)."""

    table: Table
    entry: Ints
    start: Ints
    end: Ints
    item: Ints
    segment: Ints  # number of the stretch between two marks of punctuation
    gap: Ints  # code points between the previous match and this one
    han: Bools


def _shifted(values: NDArray[_T], k: int) -> NDArray[_T]:
    """`values` of the match k places before; the first k places hold the first value."""
    out = np.empty_like(values)
    out[k:] = values[:-k]
    out[:k] = values[:1]
    return out


def lexicon_polarity(block: Block) -> tuple[Floats, Floats]:
    """Polarity, −1 (blame) … 1 (praise), and evidence, the sum of absolute weights found, of every item.

    `block`: text in lower case, half width and Simplified characters. Both shape (n,), float32; 0 where no word of the
    lists occurs. Deterministic; no item influences another.
    """
    praise, blame = lexicon_sums(block)
    total = praise - blame
    polarity = total / np.sqrt(total**2 + _SOFTNESS)
    return polarity.astype(np.float32), (praise + blame).astype(np.float32)


def lexicon_sums(block: Block) -> tuple[Sums, Sums]:
    """The sums of the weights of praise and of blame found in every item, both ≥ 0, shape (n,)."""
    n = len(block)
    codes = surface(block.codes)
    words = table()
    found = words.find(codes) if n else None
    if found is None or not len(found.entry):
        return np.zeros(n), np.zeros(n)
    weight, item = _weigh(_context(block, codes, words, found), codes)
    praise: Sums = np.bincount(item, np.maximum(weight, 0), n).astype(np.float64)
    blame: Sums = np.bincount(item, np.maximum(-weight, 0), n).astype(np.float64)
    return praise, blame


def _context(block: Block, codes: NDArray[np.uint32], words: Table, found: Matches) -> _Context:
    is_break = _BREAKS[np.minimum(codes, 0x7F)]
    segments: Ints = np.cumsum(is_break)
    gap = np.full(len(found.start), 1 << 30, np.int64)
    gap[1:] = found.start[1:] - found.end[:-1]
    segment: Ints = segments[found.end - 1] - is_break[found.end - 1]  # a word that is itself a mark closes its stretch
    return _Context(
        table=words,
        entry=found.entry,
        start=found.start,
        end=found.end,
        item=block.owner(found.start),
        segment=segment,
        gap=gap,
        han=codes[found.start] >= 0x2E80,
    )


def _weigh(c: _Context, codes: NDArray[np.uint32]) -> tuple[Floats, Ints]:
    """The weight of every match after all that stands around it, and the item it belongs to."""
    t = c.table
    weight = t.weight[c.entry].astype(np.float32)
    weight = _sized(c, weight)
    polar = (weight != 0) & ~t.has("reproach", c.entry)
    weight = _drop_used_boosts(c, weight, polar)
    weight = _modified(c, weight)
    weight = _boosted_after(c, weight)
    weight = _wished(c, weight, codes)
    return _contrasted(c, weight), c.item


def _near(c: _Context) -> Bools:
    """Whether each match stands close enough to the one before it for that to modify it."""
    limit = np.where(c.han, _GAP_HAN, _GAP_LATIN)
    same = c.segment == _shifted(c.segment, 1)
    near: Bools = same & (c.gap <= limit)
    near[:1] = False
    return near


def _sized(c: _Context, weight: Floats) -> Floats:
    """Words of size take their sign from what they measure: 噪音大, "high price"; and from "too": 太薄."""
    t, near = c.table, _near(c)
    scale = t.scale[c.entry].astype(np.float32)
    sign = np.zeros(len(weight), np.float32)
    open_ = near.copy()
    excess = np.zeros(len(weight), np.bool_)
    negated = np.ones(len(weight), np.float32)
    waited = np.zeros(len(weight), np.bool_)
    for k in range(1, 4):
        before = _shifted(c.entry, k)
        sign = np.where(open_ & (sign == 0), t.host[before], sign)
        excess |= open_ & t.has("excess", before)
        waited |= open_ & t.has("wait", before)
        negated = np.where(open_ & t.has("negator", before) & ~t.has("lacking", before), -negated, negated)
        open_ &= _shifted(near, k) & (t.host[before] == 0)
    close_after = np.zeros(len(weight), np.bool_)
    close_after[:-1] = (c.gap[1:] <= 1) & (c.segment[1:] == c.segment[:-1])
    following = np.zeros(len(weight), np.float32)
    following[:-1] = t.host[c.entry[1:]]
    sign = np.where((sign == 0) & close_after, following, sign)
    sized = scale != 0
    out = np.where(sized & (sign != 0), 1.5 * scale * sign, weight)
    out = np.where(sized & (sign == 0) & excess & (weight > -1.0), -1.2, out)
    # the plain negation is applied later to every word; a size without a host has nothing to negate
    out = np.where(sized & (sign == 0) & (negated < 0) & (np.abs(weight) < 0.5), 0, out)
    wait = t.has("duration", c.entry) & waited
    return np.where(wait, -1.6, out).astype(np.float32)


def _drop_used_boosts(c: _Context, weight: Floats, polar: Bools) -> Floats:
    """ "好慢", "pretty bad": the first word only strengthens the second, its own weight falls."""
    t = c.table
    used = np.zeros(len(weight), np.bool_)
    used[:-1] = polar[1:] & (c.gap[1:] <= 1) & (c.segment[1:] == c.segment[:-1])
    used &= t.before[c.entry] != 1
    return np.where(used, 0, weight).astype(np.float32)


def _modified(c: _Context, weight: Floats) -> Floats:
    """Negators and words of degree before a word, in any order, with nothing else between."""
    t, near = c.table, _near(c)
    flips = np.zeros(len(weight), np.int8)
    factor = np.ones(len(weight), np.float32)
    open_ = near.copy()
    for k in range(1, _REACH + 1):
        before = _shifted(c.entry, k)
        negator = t.has("negator", before)
        degree = t.before[before]
        modifier = negator | (degree != 1) | t.has("wish", before) | t.has("masked", before)
        open_ &= modifier | (np.abs(t.weight[before]) < 0.3)
        flips += (open_ & negator).astype(np.int8)
        factor = np.where(open_ & ~negator, factor * degree, factor)
        open_ &= _shifted(near, k)
    shift = np.where(weight > 0, _NEGATED_PRAISE, _NEGATED_BLAME)
    odd = flips % 2 == 1
    return (weight * np.minimum(factor, 2.5) * np.where(odd, shift, 1)).astype(np.float32)


def _boosted_after(c: _Context, weight: Floats) -> Floats:
    """ "慢死了", "bad as hell"."""
    following = np.ones(len(weight), np.float32)
    close = (c.gap[1:] <= 1) & (c.segment[1:] == c.segment[:-1])
    following[:-1] = np.where(close, c.table.after[c.entry[1:]], 1)
    out = weight * following
    out[1:] = np.where((following[:-1] != 1) & (weight[:-1] != 0), 0, out[1:])  # 死 in 慢死了 blames nothing more
    return out.astype(np.float32)


def _wished(c: _Context, weight: Floats, codes: NDArray[np.uint32]) -> Floats:
    """Praise that is wished for, supposed or asked about is not praise: "should be easy", 希望更好, 好吃吗?"""
    wish = c.table.has("wish", c.entry) | c.table.has("concession", c.entry)
    last = np.maximum.accumulate(np.where(wish, np.arange(len(weight)), -1))
    wished = (last >= 0) & (last < np.arange(len(weight))) & (c.segment[np.maximum(last, 0)] == c.segment)
    closing = _closing_marks(codes)
    asked = closing[c.end - 1] == ord("?")
    out = np.where((weight > 0) & wished, weight * _WISHED, weight)
    return np.where((weight > 0) & asked & ~wished, out * _ASKED, out).astype(np.float32)


def _closing_marks(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """For every place, the mark of punctuation that closes its stretch."""
    marks = np.flatnonzero(_BREAKS[np.minimum(codes, 0x7F)])
    places = np.searchsorted(marks, np.arange(len(codes)))
    return codes[marks[np.minimum(places, len(marks) - 1)]]


def _contrasted(c: _Context, weight: Floats) -> Floats:
    """After "but" counts more than before it."""
    turn = c.table.has("contrast", c.entry)
    if not turn.any():
        return weight
    n = int(c.item[-1]) + 1
    turns_so_far: Ints = np.cumsum(turn)
    first = np.searchsorted(c.item, np.arange(n))
    before_item = np.where(first > 0, turns_so_far[np.maximum(first - 1, 0)], 0)
    seen: Ints = turns_so_far - before_item[c.item]
    total = np.bincount(c.item, turn, n)[c.item]
    factor = np.where(total == 0, 1.0, np.where(seen > 0, 1.2, 0.75))
    return (weight * factor).astype(np.float32)


def opens_with_contrast(block: Block) -> Bools:
    """Which items begin with a word of contrast (但是, 就是, "but"), shape (n,)."""
    starts = np.zeros(len(block), np.bool_)
    if not len(block):
        return starts
    turns = _contrast()
    codes = surface(block.codes)
    first = codes[block.starts[:-1]]
    for turn in turns:
        some = np.flatnonzero(first == turn[0])
        for i, code in enumerate(turn[1:].tolist(), 1):
            some = some[codes[block.starts[some] + i] == code]  # the NUL that closes an item is in no word
        starts[some] = True
    return starts


@cache
def _contrast() -> tuple[NDArray[np.uint32], ...]:
    """Code points of the words of contrast."""
    words = table()
    turns = [word for word, flags in zip(words.words, words.flags, strict=True) if flags & FLAG["contrast"]]
    return tuple(np.frombuffer(word.encode("utf-32-le"), np.uint32) for word in turns)
