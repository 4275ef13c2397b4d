"""What each character is, and where the words in Latin letters stand: what language and splitting both look at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block, Ints
from balm.understand.languages import zh

BMP = 0x10000

NONE, LATIN, ACCENTED, HAN, HANS, HANT, KANA, LETTER, DIGIT = range(9)
"""Classes of characters. HANS and HANT: Han that only one of the two scripts has; LETTER: of any other script."""

_LETTERS = (
    (0x0370, 0x1E00), (0x1F00, 0x2000), (0x2C00, 0x2DE0), (0xA000, 0xD7B0), (0xFB00, 0xFE00), (0xFE70, 0xFEFF),
)  # fmt: skip

_SKIP = re.compile(r"\[[A-Z][A-Z_]{1,11}\]|https?://[!-~]+|www\.[!-~]+|@\w+")
"""No words of a language: placeholders of redaction, addresses of pages, handles."""

_PRIME = np.uint64(0x100000001B3)


@cache
def classes() -> NDArray[np.uint8]:
    """Class of each code point of the first plane, shape (65,536,)."""
    made = np.zeros(BMP, np.uint8)
    for first, last in _LETTERS:
        made[first:last] = LETTER
    made[[0x37E, 0x387, 0x589, 0x60C, 0x61B, 0x61F, 0x6D4, 0x964, 0x965, 0xE5A, 0xE5B, 0x1362, 0x17D4]] = NONE  # marks
    made[0xC0:0x250] = made[0x1E00:0x1F00] = ACCENTED
    made[[0xD7, 0xF7]] = NONE
    for first in (0x41, 0x61, 0xFF21, 0xFF41):
        made[first : first + 26] = LATIN
    made[0x30:0x3A] = made[0xFF10:0xFF1A] = DIGIT
    # の, ・ and ー ornament Chinese, too: they prove nothing.
    made[0x3041:0x30FF] = made[0xFF66:0xFF9E] = KANA
    made[[0x306E, 0x30FB, 0x30FC, 0x309B, 0x309C]] = NONE
    made[0x306E] = HAN
    made[0x3400:0x4DC0] = made[0x4E00:0xA000] = made[0xF900:0xFB00] = HAN
    made[[0x3005, 0x3007]] = HAN
    hans, hant = zh.markers()
    made[[ord(c) for c in hans]] = HANS
    made[[ord(c) for c in hant]] = HANT
    made[0x3105:0x3130] = HANT  # bopomofo
    made.setflags(write=False)
    return made


def classify(block: Block) -> NDArray[np.uint8]:
    """Class of every character of the block."""
    made = classes().take(block.codes, mode="clip")
    beyond = block.codes >= BMP
    if beyond.any():
        codes = block.codes[beyond]
        made[beyond] = np.where((codes >= 0x20000) & (codes < 0x40000), HAN, NONE)
    return made


def unspoken(block: Block) -> list[tuple[int, int]]:
    """Spans of placeholders, page addresses and handles."""
    text = block.text
    if "[" not in text and "@" not in text and "://" not in text and "www." not in text:
        return []
    return [found.span() for found in _SKIP.finditer(text)]


@dataclass(frozen=True)
class Words:
    """Words in Latin letters, in order. An apostrophe between letters belongs to the word."""

    start: Ints
    end: Ints
    item: Ints
    key: NDArray[np.uint64]

    def among(self, wanted: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which words are in the sorted keys `wanted`."""
        if not len(wanted):
            return np.zeros(len(self.key), np.bool_)
        return np.asarray(wanted[np.minimum(np.searchsorted(wanted, self.key), len(wanted) - 1)] == self.key)


def latin_words(block: Block, plain: Block, kinds: NDArray[np.uint8]) -> Words:
    """The words of `block` in Latin letters. `plain`: the block normalized, read for the keys."""
    latin = (kinds == LATIN) | (kinds == ACCENTED)
    quotes = np.flatnonzero(plain.codes == 0x27)
    quotes = quotes[(quotes > 0) & (quotes < len(latin) - 1)]
    latin[quotes[latin[quotes - 1] & latin[quotes + 1]]] = True
    edges = np.flatnonzero(np.diff(latin.view(np.int8), prepend=np.int8(0), append=np.int8(0)))
    start, end = edges[::2], edges[1::2]
    return Words(start, end, block.owner(start), _keys(plain.codes, start, end - start))


def keys(words: Iterable[str]) -> NDArray[np.uint64]:
    """Sorted keys of `words`, to look others up in."""
    block = Block.of(list(words))
    return np.unique(_keys(block.codes, block.starts[:-1], block.lengths))


def _keys(codes: NDArray[np.uint32], start: Ints, length: Ints) -> NDArray[np.uint64]:
    """A 64-bit FNV-1a over the first 16 letters and the length: two words of a language do not meet by chance."""
    made = np.full(len(start), 0xCBF29CE484222325, np.uint64)
    left = np.arange(len(start))
    for place in range(16):
        left = left[length[left] > place]
        if not len(left):
            break
        made[left] = (made[left] ^ codes[start[left] + place]) * _PRIME
    return (made ^ length.astype(np.uint64)) * _PRIME
