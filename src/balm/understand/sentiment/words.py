"""The word lists of `lexicons/` as one automaton and one table of what each entry does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

import ahocorasick_rs as ac
import numpy as np
import yaml
from numpy.typing import NDArray

FLAGS = ("negator", "masked", "excess", "lacking", "contrast", "concession", "wish", "reproach", "wait", "duration")
"""What an entry does besides carrying a weight, in the order of the bits of `Table.flags`."""

FLAG = {name: 1 << i for i, name in enumerate(FLAGS)}

_LISTS = {
    "negators": "negator",
    "double_negators": "masked",
    "neutral": "masked",
    "excess": "excess",
    "lacking": "lacking",
    "contrast": "contrast",
    "concession": "concession",
    "wish": "wish",
    "waits": "wait",
    "durations": "duration",
}
_FULL = {0x3002: ".", 0x3001: ",", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x3000: " ", 0x00B7: "."}


@dataclass
class Entry:
    """One entry of a word list; see the head of each list for what its numbers mean."""

    weight: float = 0.0
    before: float = 1.0
    after: float = 1.0
    host: int = 0
    scale: int = 0
    flags: int = 0
    has_weight: bool = False


@dataclass(frozen=True)
class Matches:
    """m words found in a block, in the order of the text. Arrays of shape (m,): entry, first and last + 1 offset."""

    entry: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """k entries as arrays of shape (k,), and the automaton that finds them."""

    automaton: ac.AhoCorasick
    words: tuple[str, ...]
    weight: NDArray[np.float32]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    host: NDArray[np.int8]
    scale: NDArray[np.int8]
    flags: NDArray[np.int32]

    def has(self, flag: str, entries: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of `entries` do what `flag` names."""
        found: NDArray[np.bool_] = (self.flags[entries] & FLAG[flag]) != 0
        return found

    def find(self, codes: NDArray[np.uint32]) -> Matches:
        """Leftmost-longest whole words in `codes` (see `surface`)."""
        return find(self.automaton, codes)


def find(automaton: ac.AhoCorasick, codes: NDArray[np.uint32]) -> Matches:
    """Matches of an automaton over surface codes that neither start nor end inside a Latin word."""
    found = automaton.find_matches_as_indexes(codes.tobytes().decode("utf-32-le"))
    flat = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
    entry, start, end = flat[:, 0], flat[:, 1], flat[:, 2]
    previous = codes[np.maximum(start - 1, 0)]
    # a letter that does not end its word is lower case (see `surface`), so only such a letter can come inside a word
    inside = (start > 0) & (previous >= 97) & (previous <= 122) & _is_latin(codes[start])
    keep = ~inside
    return Matches(entry[keep], start[keep], end[keep])


def _is_latin(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    folded = codes | np.uint32(32)
    latin: NDArray[np.bool_] = (folded >= 97) & (folded <= 122)
    return latin


def _half_width() -> NDArray[np.uint32]:
    table = np.arange(0x10000, dtype=np.uint32)
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    table[ord("A") : ord("Z") + 1] += 32
    table[0xFF21:0xFF3B] = np.arange(97, 123)
    for code, char in _FULL.items():
        table[code] = ord(char)
    table[0xD800:0xE000] = 0xFFFD  # a lone surrogate cannot be searched
    return table


_HALF = _half_width()


def surface(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Code points made ready for matching, one for one: half-width, lower case, and the last letter of each Latin word
    in upper case, so that a word in a list ends only where a word in the text ends."""
    small = codes < 0x10000
    out = np.where(small, _HALF[np.where(small, codes, 0)], codes)
    letter = (out >= 97) & (out <= 122)
    last = letter.copy()
    last[:-1] &= ~letter[1:]
    out[last] -= 32
    return out


_CHANGED = {i: int(code) for i, code in enumerate(_HALF) if i != code}
_LAST_LETTER = re.compile(r"[a-z](?![a-z])")


def surface_text(word: str) -> str:
    """`surface` of one string, quick for short ones."""
    return _LAST_LETTER.sub(lambda m: m.group().upper(), word.translate(_CHANGED))


def load(name: str) -> dict[str, Any]:
    """A file of `lexicons/`."""
    text = files("balm.understand").joinpath("lexicons", name).read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(text, loader)
    return content


def split_words(text: str, separator: str | None) -> Iterator[str]:
    """The entries of one list, in order."""
    for word in text.split(separator):
        if word.strip():
            yield word.strip()


class _Reader:
    """Collects the entries of several lists. Of two weights for one word the first holds."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def _entry(self, word: str) -> Entry:
        return self.entries.setdefault(surface_text(word), Entry())

    def _weigh(self, word: str, weight: float) -> Entry:
        e = self._entry(word)
        if not e.has_weight:
            e.weight, e.has_weight = float(weight), True
        return e

    def read(self, content: Mapping[str, Any], separator: str | None) -> None:
        """Take in one file; `separator` stands between its words (None: white space)."""
        for weight, text in content["polarity"].items():
            for word in split_words(text, separator):
                self._weigh(word, weight)
        for weight, text in content.get("reproach", {}).items():
            for word in split_words(text, separator):
                self._weigh(word, weight).flags |= FLAG["reproach"]
        for key, flag in _LISTS.items():
            for word in split_words(content.get(key, ""), separator):
                self._entry(word).flags |= FLAG[flag]
        for key, name in (("boost", "before"), ("soften", "before"), ("after", "after")):
            for factor, text in content.get(key, {}).items():
                for word in split_words(text, separator):
                    setattr(self._entry(word), name, float(factor))
        self._read_sizes(content, separator)

    def _read_sizes(self, content: Mapping[str, Any], separator: str | None) -> None:
        for sign, text in content.get("hosts", {}).items():
            for word in split_words(text, separator):
                self._entry(word).host = int(sign)
        for direction, words in content.get("scales", {}).items():
            for word, weight in words.items():
                self._weigh(word, weight).scale = 1 if direction == "up" else -1


def build(entries: Mapping[str, Entry]) -> Table:
    """Entries as arrays, with their automaton."""
    words = tuple(entries)
    values = list(entries.values())
    return Table(
        automaton=ac.AhoCorasick(words, matchkind=ac.MATCHKIND_LEFTMOST_LONGEST, store_patterns=False),
        words=words,
        weight=np.array([e.weight for e in values], np.float32),
        before=np.array([e.before for e in values], np.float32),
        after=np.array([e.after for e in values], np.float32),
        host=np.array([e.host for e in values], np.int8),
        scale=np.array([e.scale for e in values], np.int8),
        flags=np.array([e.flags for e in values], np.int32),
    )


@cache
def table() -> Table:
    """The polarity words of both languages and of emoji: read once (about 40 ms)."""
    reader = _Reader()
    for name, separator in (("zh.yaml", None), ("en.yaml", ","), ("emoji.yaml", None)):
        reader.read(load(name), separator)
    return build(reader.entries)
