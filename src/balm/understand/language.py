"""Language and script of each item, from counts of characters and frequent words; nothing is learnt or loaded."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from balm.core.types import Language
from balm.understand import scripts
from balm.understand.block import Block
from balm.understand.languages import en
from balm.understand.normalize import normalize

CODES: tuple[Language, ...] = (Language.HANS, Language.HANT, Language.EN, Language.MIXED, Language.OTHER)
"""A code of `detect` is an index into this."""

HANS, HANT, EN, MIXED, OTHER = range(5)

HAN_PER_WORD = 1.6
"""Han characters that say as much as one English word."""


def detect(
    block: Block,
    *,
    default: Language = Language.HANS,
    parent: NDArray[np.uint8] | None = None,
    plain: Block | None = None,
) -> NDArray[np.uint8]:
    """Language of each item, as indices into `CODES`, shape (n,), uint8.

    Simplified and Traditional are told by the characters only one of them has; a Han text with none takes the language
    of `parent` where that is Chinese, else `default`. `mixed` holds a fair share of both Chinese and English. `other`
    is any other script, another language in Latin letters, and a text without a letter (emoji, digits), unless
    `parent`, shape (n,), says what the comment around it is in. Placeholders, page addresses and handles do not count.
    `plain`: the block normalized, where the caller has it.
    """
    n = len(block)
    if not n:
        return np.zeros(0, np.uint8)
    plain = normalize(block) if plain is None else plain
    kinds = scripts.classify(block)
    for start, end in scripts.unspoken(block):
        kinds[start:end] = scripts.NONE
    counts = _counts(block, kinds)
    words = scripts.latin_words(block, plain, kinds)
    said = np.bincount(words.item, minlength=n)
    english, foreign = _frequent(words, kinds, n)
    han = counts[:, scripts.HAN] + counts[:, scripts.HANS] + counts[:, scripts.HANT]
    strange = counts[:, scripts.LETTER] + counts[:, scripts.KANA]
    letters = counts[:, scripts.LATIN] + counts[:, scripts.ACCENTED] + han + strange

    base = np.full(n, CODES.index(default), np.uint8)
    if parent is not None:
        base = np.where((parent == HANS) | (parent == HANT), parent, base)
    marked = counts[:, scripts.HANT].astype(np.int64) - counts[:, scripts.HANS]
    chinese = np.where(marked > 0, HANT, np.where(marked < 0, HANS, base))

    share = said / np.maximum(said + han / HAN_PER_WORD, 1e-9)  # of English
    both = (share >= 0.35) & ((said >= 4) | ((said >= 2) & (english > 0)))
    latin = np.where((foreign > english) & (foreign >= 0.3 * said), OTHER, EN)
    made = np.where(both, MIXED, chinese)
    made = np.where((share >= 0.85) | ((han < 2) & (said >= 2)), latin, made)
    made = np.where((counts[:, scripts.KANA] * 4 > han) & (counts[:, scripts.KANA] > 1), OTHER, made)
    made = np.where(strange * 2 > letters, OTHER, made)
    return np.where(letters == 0, OTHER if parent is None else parent, made).astype(np.uint8)


def names(codes: NDArray[np.uint8]) -> list[str]:
    """The codes of `detect` as they are written in tables."""
    written = [language.value for language in CODES]
    return [written[code] for code in codes.tolist()]


def _counts(block: Block, kinds: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Characters of each class in each item, shape (n, 9)."""
    width = 9
    item = np.repeat(np.arange(0, len(block) * width, width), np.diff(block.starts))
    item += kinds
    return np.bincount(item, minlength=len(block) * width).reshape(-1, width)


@cache
def _lists() -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]:
    return scripts.keys(en.STOP), scripts.keys(en.FOREIGN), scripts.keys(en.LOANS)


def _frequent(words: scripts.Words, kinds: NDArray[np.uint8], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Words frequent in English, and words of other languages (or with a foreign accent), of each item."""
    stop, foreign, loans = _lists()
    english = words.among(stop)
    accents = np.flatnonzero(kinds == scripts.ACCENTED)
    strange = words.among(foreign)
    if len(accents):
        strange[np.searchsorted(words.start, accents, side="right") - 1] = True
        strange &= ~words.among(loans)
    return (
        np.bincount(words.item[english], minlength=n),
        np.bincount(words.item[strange & ~english], minlength=n),
    )
