"""Finding phrase rules in a block: one Aho–Corasick pass over all terms, the rest on arrays.

A rule holds in a clause where each of its parts has a term. The automaton finds every term; NumPy checks word
boundaries, joins parts and picks, for each rule and clause, the tightest span that holds the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.codebook.model import Rule, Term
from balm.understand.features import word_mask

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 1 << 18
"""Characters given to the automaton at once; bounds memory."""

_TABLE = 21
"""Bits of the table that `_contains` looks into first."""

_GAPS = (0x2D, 0x2010, 0x2011, 0x2012, 0x2013, 0x09, 0x0A, 0x0D, 0xA0, 0x3000)
_PLAIN = np.arange(0x3001, dtype=np.uint32)
_PLAIN[[0x2018, 0x2019, 0x02BC]] = ord("'")
_PLAIN[list(_GAPS)] = ord(" ")


@dataclass(frozen=True)
class Lists:
    """Ragged lists of integers: list i is `items[pointer[i] : pointer[i + 1]]`."""

    pointer: Ints
    items: Ints

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Lists:
        pointer = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(one) for one in lists], out=pointer[1:])
        return cls(pointer, np.fromiter(chain.from_iterable(lists), np.int64, int(pointer[-1])))

    @classmethod
    def inverse(cls, keys: Ints, values: Ints, n: int) -> Lists:
        """List k holds the values whose key is k, in their order."""
        pointer = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(keys, minlength=n), out=pointer[1:])
        return cls(pointer, values[np.argsort(keys, kind="stable")])

    def only(self, wanted: Bools) -> Lists:
        """The lists without the items that are not `wanted`, a mask over the values of items."""
        kept = wanted[self.items]
        return Lists(np.concatenate([[0], np.cumsum(kept)])[self.pointer], self.items[kept])

    def size(self, which: Ints) -> Ints:
        return self.pointer[which + 1] - self.pointer[which]

    def of_each(self, which: Ints) -> tuple[Ints, Ints]:
        """The lists of `which` one behind the other: place in `which`, and item."""
        size = self.size(which)
        place = np.repeat(np.arange(len(which)), size)
        return place, self.items[np.repeat(self.pointer[which], size) + ramp(size)]


def ramp(sizes: Ints) -> Ints:
    """0 … s−1 for every s of `sizes`, one behind the other."""
    return np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)


@dataclass(frozen=True)
class Found:
    """m rules found. Arrays of shape (m,): `clause`, `rule`, `start` and `end` of the tightest span (code points
    within the clause), `size` (code points of the terms that made it). `term_pointer`, shape (m + 1,), `term_start`
    and `term_end`: the span of each of those terms, in the order of the rule's parts. Sorted by clause, then rule.
    """

    clause: Ints
    rule: Ints
    start: Ints
    end: Ints
    size: Ints
    term_pointer: Ints
    term_start: Ints
    term_end: Ints

    def __len__(self) -> int:
        return len(self.clause)

    @classmethod
    def join(cls, parts: Sequence[Found]) -> Found:
        fields = ("clause", "rule", "start", "end", "size", "term_start", "term_end")
        joined = {name: np.concatenate([getattr(p, name) for p in parts] or [_NONE]) for name in fields}
        counts = np.concatenate([np.diff(p.term_pointer) for p in parts] or [_NONE])
        return cls(term_pointer=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), **joined)

    def take(self, which: Ints) -> Found:
        """These findings, in this order."""
        terms = Lists(self.term_pointer, np.arange(len(self.term_start)))
        _, at = terms.of_each(which)
        pointer = np.concatenate([[0], np.cumsum(terms.size(which))]).astype(np.int64)
        one = (self.clause[which], self.rule[which], self.start[which], self.end[which], self.size[which])
        return Found(*one, pointer, self.term_start[at], self.term_end[at])


_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class _Matches:
    """Terms that stand in a chunk, sorted by (clause, term, start); offsets within the clause."""

    clause: Ints
    term: Ints
    start: Ints
    end: Ints


class Phrases:
    """Rules compiled for search. `rules` keep their index."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.n_rules = len(rules)
        terms = sorted({term for rule in rules for part in rule.parts for term in part})
        number = {term: i for i, term in enumerate(terms)}
        texts = sorted({term.text for term in terms})
        place = {text: i for i, text in enumerate(texts)}
        self._n_terms = len(terms)
        self._automaton = AhoCorasick(texts) if texts else None
        pattern = np.fromiter((place[t.text] for t in terms), np.int64, len(terms))
        self._terms_of_pattern = Lists.inverse(pattern, np.arange(len(terms)), len(texts))
        self._length = np.fromiter((len(t.text) for t in terms), np.int64, len(terms))
        self._before = _words_at(terms, 0)
        self._after = _words_at(terms, -1) & np.array([not t.prefix for t in terms], np.bool_)
        parts = [(r, part) for r, rule in enumerate(rules) for part in rule.parts]
        self._rule_of_part = np.array([r for r, _ in parts], np.int64)
        self._terms_of_part = Lists.of([[number[t] for t in dict.fromkeys(part)] for _, part in parts])
        self._parts_of_rule = Lists.inverse(self._rule_of_part, np.arange(len(parts)), len(rules))
        owner = np.repeat(np.arange(len(parts)), np.diff(self._terms_of_part.pointer))
        single = self._parts_of_rule.size(self._rule_of_part)[owner] == 1 if parts else np.zeros(0, np.bool_)
        items = self._terms_of_part.items
        self._single = Lists.inverse(items[single], self._rule_of_part[owner[single]], len(terms))
        self._several = Lists.inverse(items[~single], owner[~single], len(terms))

    def find(self, block: Block) -> Found:
        """Every rule that holds in a clause of `block` (normalized text), once for each clause."""
        chunks = [self._find(*folded) for folded in _chunks(block)] if self._automaton else []
        return Found.join(chunks)

    def _find(self, text: str, starts: Ints, first: int, origin: Ints | None) -> Found:
        matches = self._matches(text, starts)
        single = self._singles(matches)
        several = self._tightest(matches, self._candidates(matches))
        found = Found.join([single, several])
        order = np.lexsort((found.rule, found.clause))
        found = found.take(order)
        return _unfold(found, starts, first, origin)

    def _matches(self, text: str, starts: Ints) -> _Matches:
        assert self._automaton is not None
        raw = self._automaton.find_matches_as_indexes(text, overlapping=True)
        triples = np.fromiter(chain.from_iterable(raw), np.int64, 3 * len(raw)).reshape(-1, 3)
        at, term = self._terms_of_pattern.of_each(triples[:, 0])
        start, end = triples[:, 1][at], triples[:, 2][at]
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        good = ~(self._before[term] & _inside(codes, start)) & ~(self._after[term] & _inside(codes, end))
        term, start = term[good], start[good]
        # clause, term and start as the bits of one number: to sort numbers is far quicker than to sort places by keys
        low, middle = max(len(text), 1).bit_length(), max(self._n_terms, 1).bit_length()
        packed = np.sort((_owners(starts)[start] << (middle + low)) | (term << low) | start)
        clause, term = packed >> (middle + low), (packed >> low) & ((1 << middle) - 1)
        start = (packed & ((1 << low) - 1)) - starts[clause]
        return _Matches(clause, term, start, start + self._length[term])

    def _singles(self, m: _Matches) -> Found:
        """Rules of one part: the longest term of each clause and rule, the first of equals."""
        at, rule = self._single.of_each(m.term)
        clause, start, end = m.clause[at], m.start[at], m.end[at]
        order = np.lexsort((start, start - end, rule, clause))
        order = order[_heads(clause[order] * self.n_rules + rule[order])]
        clause, rule, start, end = clause[order], rule[order], start[order], end[order]
        return Found(clause, rule, start, end, end - start, np.arange(len(rule) + 1), start, end)

    def _candidates(self, m: _Matches) -> Ints:
        """Keys clause × n_rules + rule of the rules of several parts that hold, ascending.

        Each rule is entered by its rarest part, so that a term like 不 costs nothing in the rules it is common to.
        """
        if not len(self._several.items):
            return _NONE
        seen = np.bincount(m.term, minlength=self._n_terms)
        total = np.concatenate([[0], np.cumsum(seen[self._terms_of_part.items])])
        part_seen = np.diff(total[self._terms_of_part.pointer])
        order = np.lexsort((part_seen, self._rule_of_part))
        entry = np.zeros(len(part_seen), np.bool_)
        entry[order[_heads(self._rule_of_part[order])]] = True
        lacking = np.bincount(self._rule_of_part[part_seen == 0], minlength=self.n_rules) > 0
        entry &= ~lacking[self._rule_of_part]
        owner = np.repeat(np.arange(self._n_terms), np.diff(self._several.pointer))
        doors = entry[self._several.items]
        by_entry = Lists.inverse(owner[doors], self._several.items[doors], self._n_terms)
        at, part = by_entry.of_each(m.term)
        key = np.sort(m.clause[at] * self.n_rules + self._rule_of_part[part])
        key = key[_heads(key)]
        present = m.clause * self._n_terms + m.term
        present = present[_heads(present)]
        clause, rule = np.divmod(key, self.n_rules)
        at, other = self._parts_of_rule.only(~entry).of_each(rule)
        which, term = self._terms_of_part.only(seen > 0).of_each(other)
        has = _contains(present, (clause * self._n_terms)[at][which] + term)
        part_has = np.bincount(which[has], minlength=len(other)) > 0
        held: Ints = key[np.bincount(at[~part_has], minlength=len(key)) == 0]
        return held

    def _tightest(self, m: _Matches, key: Ints) -> Found:
        """For each (clause, rule) the shortest span with a term of every part, the first of equals."""
        place, part = self._parts_of_rule.of_each(key % max(self.n_rules, 1))
        which, term = self._terms_of_part.of_each(part)
        present = m.clause * self._n_terms + m.term
        wanted = key[place[which]] // max(self.n_rules, 1) * self._n_terms + term
        low, high = np.searchsorted(present, wanted), np.searchsorted(present, wanted, side="right")
        slot = np.repeat(which, high - low)  # index into (place, part): one part of one finding
        at = np.repeat(low, high - low) + ramp(high - low)
        order = np.lexsort((m.start[at], slot))
        slot, start, end = slot[order], m.start[at][order], m.end[at][order]
        far = int(m.end.max(initial=0)) + 2
        nearest = _first_to_end(slot, end, far)
        # every occurrence may open the span; every part then takes its occurrence from there on that ends first
        parts_of_place = Lists.inverse(place, np.arange(len(place)), len(key))
        opener, needed = parts_of_place.of_each(place[slot])
        taken = np.searchsorted(slot * far + start, needed * far + start[opener])
        none = (taken >= len(slot)) | (slot[np.minimum(taken, len(slot) - 1)] != needed) if len(slot) else taken > 0
        chosen = nearest[np.where(none, 0, taken)] if len(slot) else taken
        reach = np.where(none, far, end[chosen]) if len(slot) else taken
        bounds = np.concatenate([[0], np.cumsum(parts_of_place.size(place[slot]))])
        close = np.maximum.reduceat(reach, bounds[:-1]) if len(slot) else reach
        length = np.where(close == far, far, close - start)
        order = np.lexsort((start, length, place[slot]))
        best = order[_heads(place[slot][order])]
        terms = Lists(bounds, chosen)
        _, used = terms.of_each(best)
        pointer = np.concatenate([[0], np.cumsum(terms.size(best))]).astype(np.int64)
        covered = np.concatenate([[0], np.cumsum(end[used] - start[used])])
        clause, rule = np.divmod(key, max(self.n_rules, 1))
        return Found(clause, rule, start[best], close[best], np.diff(covered[pointer]), pointer, start[used], end[used])


def _owners(starts: Ints) -> Ints:
    """The clause of every character: quicker for many matches than to search for each."""
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def _words_at(terms: Sequence[Term], i: int) -> Bools:
    """Which terms are English with a letter at place `i`."""
    letter = word_mask(np.fromiter((ord(t.text[i]) for t in terms), np.uint32, len(terms)))
    return letter & np.fromiter((t.language == "en" for t in terms), np.bool_, len(terms))


def _inside(codes: NDArray[np.uint32], at: Ints) -> Bools:
    """Whether a word runs on across the place before `at`. A word ends before 's, not before 't."""
    left, right = codes[at - 1], codes[np.minimum(at, len(codes) - 1)]
    following = codes[np.minimum(at + 1, len(codes) - 1)]
    letter = word_mask(right) & (right != 39)
    joined: Bools = (at > 0) & word_mask(left) & (left != 39) & (letter | ((right == 39) & (following == 116)))
    return joined


def _heads(keys: Ints) -> Ints:
    """Places of the first of each run of equal keys."""
    return np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1)) if len(keys) else _NONE


def _contains(sorted_keys: Ints, wanted: Ints) -> Bools:
    if not len(sorted_keys):
        return np.zeros(len(wanted), np.bool_)
    # most of what is wanted is not there, which a small table of the keys' low bits tells without a search
    table = np.zeros(1 << _TABLE, np.bool_)
    table[sorted_keys & ((1 << _TABLE) - 1)] = True
    same: Bools = table[wanted & ((1 << _TABLE) - 1)]
    likely = np.flatnonzero(same)
    at = np.minimum(np.searchsorted(sorted_keys, wanted[likely]), len(sorted_keys) - 1)
    same[likely] = sorted_keys[at] == wanted[likely]
    return same


def _first_to_end(slot: Ints, end: Ints, far: int) -> Ints:
    """For each place i the place j ≥ i of the same slot whose end comes first (the nearest of equals)."""
    key = slot * far + end
    least = np.minimum.accumulate(key[::-1])[::-1]
    own = np.where(key == least, np.arange(len(key)), len(key))
    return np.minimum.accumulate(own[::-1])[::-1]


def _chunks(block: Block) -> Iterator[tuple[str, Ints, int, Ints | None]]:
    """Folded text, starts of its clauses, number of the first clause, and each character's place in the clause."""
    first = 0
    while first < len(block):
        last = int(np.searchsorted(block.starts, block.starts[first] + CHUNK, side="right")) - 1
        last = min(max(last, first + 1), len(block))
        low, high = int(block.starts[first]), int(block.starts[last])
        starts = block.starts[first : last + 1] - low
        text, starts, origin = _fold(block.text[low:high], starts)
        yield text, starts, first, origin
        first = last


def _fold(text: str, starts: Ints) -> tuple[str, Ints, Ints | None]:
    """Text with plain apostrophes, and hyphens and runs of spaces as one space; None where no character fell out."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    new = np.where(codes <= 0x3000, _PLAIN[np.minimum(codes, 0x3000)], codes)
    gap = new == 32
    twice = np.zeros(len(new), np.bool_)
    twice[1:] = gap[1:] & gap[:-1]
    if not twice.any():
        return (text, starts, None) if (new == codes).all() else (_decode(new), starts, None)
    kept = np.flatnonzero(~twice)
    return _decode(new[kept]), np.searchsorted(kept, starts), kept


def _decode(codes: NDArray[np.uint32]) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def _unfold(found: Found, starts: Ints, first: int, origin: Ints | None) -> Found:
    """Offsets in the text as given, clauses numbered in the whole block."""
    clause = found.clause + first
    start, end, term_start, term_end = found.start, found.end, found.term_start, found.term_end
    if origin is not None:
        base, head = starts[found.clause], origin[starts[found.clause]]
        place = np.repeat(np.arange(len(found)), np.diff(found.term_pointer))
        start, end = origin[start + base] - head, origin[end - 1 + base] + 1 - head
        term_start = origin[term_start + base[place]] - head[place]
        term_end = origin[term_end - 1 + base[place]] + 1 - head[place]
    return Found(clause, found.rule, start, end, found.size, found.term_pointer, term_start, term_end)
