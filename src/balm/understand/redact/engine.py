"""Run the patterns on whole blocks, put placeholders in, map offsets back."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

import ahocorasick_rs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from balm.understand.block import Block
from balm.understand.redact import addresses, patterns
from balm.understand.redact.gates import fold, gates

KINDS = ("PHONE", "ID", "CARD", "IBAN", "EMAIL", "ACCOUNT", "PLATE", "ADDRESS", "ORDER", "URL_TOKEN", "NAME")
"""Kinds of identifiers; the placeholder of PHONE is `[PHONE]`."""

Span = tuple[int, int, int]
"""Start and end in the original, length of the placeholder; all in code points."""

_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(KINDS) + r")\]")
_BESIDE = re.compile(r"[0-9A-Za-z+@%_]")
_ROUNDS = 20
_NAMED = 8  # the gate of items that hold a listed name
_Found = tuple[int, int, str]
_Search = Callable[[str], Iterator[_Found]]


@dataclass(frozen=True)
class Redacted:
    """`texts`: as given, with placeholders. `spans`: of each text, in order; None where nothing was found.

    `counts`: kind → how many were replaced, kinds in the order of `KINDS`, only those that occur.
    """

    texts: list[str]
    spans: list[list[Span] | None]
    counts: dict[str, int]


def redact(texts: Sequence[str], names: Sequence[str] = ()) -> Redacted:
    """Replace identifiers. `names`: names of persons to replace wherever they stand (as words, if in Latin letters).

    Replacing again changes nothing. The texts may hold anything; those without identifiers come back as they are.
    """
    out = list(texts)
    spans: list[list[Span] | None] = [None] * len(out)
    counts: Counter[str] = Counter()
    if out:
        for item, found in _find(out, names).items():
            text, pieces, last = out[item], [], 0
            for start, end, kind in found:
                pieces += [text[last:start], f"[{kind}]"]
                last = end
                counts[kind] += 1
            out[item] = "".join(pieces) + text[last:]
            spans[item] = [(start, end, len(kind) + 2) for start, end, kind in found]
    return Redacted(out, spans, {kind: counts[kind] for kind in KINDS if counts[kind]})


def to_original(
    start: ArrayLike, end: ArrayLike, spans: Sequence[Sequence[int]] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets in a redacted text → offsets in the original; `start`, `end`: of one text, scalars or arrays.

    A start inside a placeholder becomes the start of what it replaced, an end inside one its end.
    """
    low, high = np.asarray(start, np.int64), np.asarray(end, np.int64)
    if not spans:
        return low, high
    rows = np.asarray(spans, np.int64)
    shift = np.concatenate([[0], np.cumsum(rows[:, 1] - rows[:, 0] - rows[:, 2])])  # after the first k placeholders
    begin = rows[:, 0] - shift[:-1]
    finish = begin + rows[:, 2]
    passed = np.searchsorted(finish, low, side="right")
    here = np.minimum(passed, len(rows) - 1)
    inside = (passed < len(rows)) & (low > begin[here])
    entered = np.searchsorted(begin, high, side="left")
    last = np.maximum(entered - 1, 0)
    within = (entered > 0) & (high < finish[last])
    return (
        np.where(inside, rows[here, 0], low + shift[passed]),
        np.where(within, rows[last, 1], high + shift[entered]),
    )


def redact_key(values: Sequence[str | None], key: bytes = b"") -> list[str | None]:
    """Customer keys that are themselves identifiers become pseudonyms, `p_` and 16 hex digits; others stay.

    The same value and `key` give the same pseudonym (keyed BLAKE2b). Without a secret key a short list of phone
    numbers can be tried through: give one where pseudonyms leave the machine.
    """
    known = list(dict.fromkeys(value for value in values if value))
    found = redact(known)
    made = {
        value: "p_" + hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8, key=key[:64]).hexdigest()
        for value, spans in zip(known, found.spans, strict=True)
        if spans
    }
    return [made.get(value, value) if value else value for value in values]


def _find(texts: list[str], names: Sequence[str]) -> dict[int, list[_Found]]:
    """Item → what to replace in it, in order, without overlaps."""
    folded = fold(Block.of(texts))
    passed = gates(folded)
    searches = list(_searches())
    wanted = sorted({fold(Block.of([name.strip()]))[0] for name in names if len(name.strip()) > 1})
    if wanted:
        automaton = ahocorasick_rs.AhoCorasick(wanted, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
        at = np.array([match[1] for match in automaton.find_matches_as_indexes(folded.text)], np.int64)
        passed[folded.owner(at)] |= 1 << _NAMED
        searches.append((_NAMED, [partial(_names, automaton)]))
    found: dict[int, list[_Found]] = {}
    # Reviews are copied and pasted: each text is looked at once.
    same: dict[str, list[int]] = {}
    for item in np.flatnonzero(passed).tolist():
        same.setdefault(texts[item], []).append(item)
    masked = {items[0]: _mask(folded[items[0]], []) for items in same.values()}
    for _ in range(_ROUNDS):
        new = _round(masked, passed, searches)
        for item, spans in new.items():
            chosen = _apart(spans)
            found.setdefault(item, []).extend(chosen)
            masked[item] = _mask(masked[item], chosen)
        masked = {
            item: masked[item]
            for item in sorted(new)
            if passed[item] & (1 << patterns.HOUSE | 1 << _NAMED) or _crowded(masked[item], new[item])
        }
        if not masked:
            break
    return {item: sorted(found[first]) for first in found for item in same[texts[first]]}


def _round(
    masked: dict[int, str], passed: NDArray[np.uint16], gated: list[tuple[int, list[_Search]]]
) -> dict[int, list[_Found]]:
    """One run of every pattern over the items that pass its gate."""
    new: dict[int, list[_Found]] = {}
    for gate, searches in gated:
        items = [item for item in masked if passed[item] & (1 << gate)]
        if not items:
            continue
        part = Block.of([masked[item] for item in items])
        hits = [hit for search in searches for hit in search(part.text)]
        if not hits:
            continue
        owner = part.owner(np.array([hit[0] for hit in hits], np.int64)).tolist()
        for (start, end, kind), own in zip(hits, owner, strict=True):
            base = int(part.starts[own])
            new.setdefault(items[own], []).append((start - base, end - base, kind))
    return new


@cache
def _searches() -> tuple[tuple[int, list[_Search]], ...]:
    """The searches behind each gate."""
    made: dict[int, list[_Search]] = {}
    for rule in patterns.RULES:
        made.setdefault(rule.gate, []).append(_by_rule(rule))
    made.setdefault(patterns.HOUSE, []).append(_by_spans(addresses.chinese))
    made.setdefault(patterns.STREET, []).append(_by_spans(addresses.english))
    return tuple(made.items())


def _by_rule(rule: patterns.Rule) -> _Search:
    def search(text: str) -> Iterator[_Found]:
        for match in rule.pattern.finditer(text):
            if rule.check is None or rule.check(match.group(rule.group)):
                yield *match.span(rule.group), rule.kind

    return search


def _by_spans(spans: Callable[[str], Iterator[tuple[int, int]]]) -> _Search:
    def search(text: str) -> Iterator[_Found]:
        for start, end in spans(text):
            yield start, end, "ADDRESS"

    return search


def _apart(spans: list[_Found]) -> list[_Found]:
    """Of overlapping spans, the longest; of equal ones, the kind named first in `KINDS` (an order before a phone)."""
    kept: list[_Found] = []
    rank = {kind: place for place, kind in enumerate(("URL_TOKEN", "EMAIL", "ID", "ORDER", *KINDS))}
    for span in sorted(spans, key=lambda span: (span[0] - span[1], rank[span[2]], span[0])):
        if all(span[1] <= other[0] or span[0] >= other[1] for other in kept):
            kept.append(span)
    return sorted(kept)


def _crowded(text: str, spans: list[_Found]) -> bool:
    """Whether what is replaced may have hidden something beside it, so that the text needs another look."""
    if len(_apart(spans)) < len(spans):
        return True
    return any(_BESIDE.search(text[max(0, start - 3) : start] + text[end : end + 3]) for start, end, _ in spans)


def _mask(text: str, spans: list[_Found]) -> str:
    """Brackets in place of what is found, and of placeholders that were there, so that no pattern sees either."""
    if "[" in text:
        text = _PLACEHOLDER.sub(lambda match: "[" * len(match.group()), text)
    for start, end, _ in spans:
        text = text[:start] + "[" * (end - start) + text[end:]
    return text


def _names(automaton: ahocorasick_rs.AhoCorasick, text: str) -> Iterator[_Found]:
    """Where listed names stand; in letters that part words by spaces, only as whole words."""
    for _, start, end in automaton.find_matches_as_indexes(text):
        if start and _letter(text[start]) and _letter(text[start - 1]):
            continue
        if not (_letter(text[end - 1]) and _letter(text[end])):
            yield start, end, "NAME"


def _letter(char: str) -> bool:
    """A letter of a script that parts words by spaces."""
    return char.isalnum() and char < "\u0590"
