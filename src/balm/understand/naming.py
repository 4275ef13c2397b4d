"""What tells one group of texts from the others, in phrases a person recognizes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.phrases import Lists
from balm.understand.tokens import Tokens, gaps

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CLEAR = 2.0
"""A phrase is distinctive from this z of its log odds on."""
PRIOR = 10.0
"""Texts that the prior weighs."""
SHARE = 0.12
"""A longer phrase stands for a word where it has this share of the word's texts."""


@dataclass(frozen=True)
class _Phrases:
    """Phrases of one to three words: `words`, shape (p, 3), right-aligned, −1 where shorter; `texts`, shape (k, p): how
    many texts of each theme have it; `spots`: for each phrase its occurrences, index into `start`, `end`, `theme`.
    """

    words: Ints
    texts: Floats
    spots: Lists
    start: Ints
    end: Ints
    theme: Ints


def distinctive(
    tokens: Tokens, labels: Ints, k: int, *, most: int = 6, written: Block | None = None
) -> tuple[list[dict[str, tuple[str, ...]]], list[tuple[str, ...]]]:
    """For each theme its phrases by language ("zh", "en"), most telling first, and the stems they stand on.

    `labels`, shape (n,): theme of each text, −1 for none. A word is ranked by the z of its log odds inside the theme
    against all other texts (Monroe, Colaresi & Quinn 2008, prior in proportion to all texts), then shown in the longer
    phrase it mostly stands in. No phrase repeats the words of one before it. `written`: the texts
    before they were made alike, so that what is said in Traditional characters is named in them.
    """
    phrases = _collect(tokens, labels, k)
    size = np.bincount(labels[labels >= 0], minlength=k).astype(np.float64)
    n = len(labels)
    inside = phrases.texts
    outside = _everywhere(tokens, labels, phrases) - inside
    z = _log_odds(inside, size[:, None], outside, n - size[:, None])
    named: list[dict[str, tuple[str, ...]]] = []
    anchors: list[tuple[str, ...]] = []
    for theme in range(k):
        chosen = _choose(tokens, phrases, z[theme], inside[theme], most)
        shown: dict[str, list[str]] = {}
        for p in chosen:
            text = _surface(tokens, phrases, p, theme, written)
            shown.setdefault("zh" if any(c >= "\u2e80" for c in text) else "en", []).append(text)
        named.append({language: tuple(texts) for language, texts in sorted(shown.items())})
        top = np.flatnonzero((phrases.words[:, 1] < 0) & (z[theme] > 0))
        top = top[np.lexsort((top, -z[theme][top]))][:most]
        anchors.append(tuple(tokens.words[w] for w in phrases.words[top, 2]))
    return named, anchors


def _log_odds(a: Floats, size: Floats, b: Floats, rest: Floats) -> Floats:
    share = (a + b) / np.maximum(size + rest, 1)
    yes, no = PRIOR * share, PRIOR * (1 - share)
    odds = np.log((a + yes) / (size - a + no)) - np.log((b + yes) / (rest - b + no))
    return np.asarray(odds / np.sqrt(1 / (a + yes) + 1 / (b + yes)))


def _collect(tokens: Tokens, labels: Ints, k: int) -> _Phrases:
    """Words, and words side by side (one empty word may stand between) within a sentence, that are not too rare."""
    told = np.flatnonzero((~tokens.stop | tokens.negator)[tokens.word]) if len(tokens.word) else tokens.word
    word, start, end, owner = tokens.word[told], tokens.start[told], tokens.end[told], tokens.owner[told]
    marks = gaps(tokens)
    content = ~tokens.stop[word]
    beside = (owner[1:] == owner[:-1]) & (np.diff(told) <= 2) & (marks[start[1:]] == marks[end[:-1]])
    one = np.flatnonzero(content)
    two = np.flatnonzero(beside & content[1:])
    three = np.flatnonzero(beside[:-1] & beside[1:] & content[2:])
    none = np.full
    words = np.concatenate(
        [
            np.stack([none(len(one), -1), none(len(one), -1), word[one]], 1),
            np.stack([none(len(two), -1), word[two], word[two + 1]], 1),
            np.stack([word[three], word[three + 1], word[three + 2]], 1),
        ]
    )
    first, last = np.concatenate([one, two, three]), np.concatenate([one, two + 1, three + 2])
    v = len(tokens.words) + 1
    key = ((words[:, 0] + 1) * v + words[:, 1] + 1) * v + words[:, 2] + 1
    unique, column = np.unique(key, return_inverse=True)
    text = owner[first]
    df = np.bincount(np.unique(column * len(labels) + text) // max(len(labels), 1), minlength=len(unique))
    kept = df >= (3 if len(labels) >= 100 else 2 if len(labels) >= 10 else 1)
    place = np.where(kept, np.cumsum(kept) - 1, -1)
    good = np.flatnonzero(place[column] >= 0)
    column, first, last, text = place[column][good], first[good], last[good], text[good]
    p = int(kept.sum())
    pairs = np.unique(column * len(labels) + text)
    of, text_of = pairs // max(len(labels), 1), pairs % max(len(labels), 1)
    coded = labels[text_of] >= 0
    table = np.bincount(labels[text_of[coded]] * p + of[coded], minlength=k * p).reshape(k, p).astype(np.float64)
    shown = np.stack([unique // v // v - 1, unique // v % v - 1, unique % v - 1], 1)[kept]
    spots = Lists.inverse(column, np.arange(len(column)), p)
    return _Phrases(shown, table, spots, start[first], end[last], labels[text])


def _everywhere(tokens: Tokens, labels: Ints, phrases: _Phrases) -> Floats:
    """Texts that have each phrase, whatever their theme."""
    owner = tokens.block.owner(phrases.start[phrases.spots.items])
    phrase = np.repeat(np.arange(len(phrases.words)), np.diff(phrases.spots.pointer))
    seen = np.unique(phrase * len(labels) + owner) // max(len(labels), 1)
    return np.bincount(seen, minlength=len(phrases.words)).astype(np.float64)


def _choose(tokens: Tokens, phrases: _Phrases, z: Floats, inside: Floats, most: int) -> list[int]:
    words = phrases.words
    single = words[:, 1] < 0
    ranked = np.flatnonzero(single & (z > CLEAR) & (inside >= 2))
    ranked = ranked[np.lexsort((ranked, -z[ranked]))][: 4 * most]
    longer = np.flatnonzero(~single & (z > CLEAR) & (inside >= 2))
    chosen: list[int] = []
    used: set[int] = set()
    for p in ranked.tolist():
        word = int(words[p, 2])
        if word in used or len(chosen) == most:
            continue
        with_word = longer[(words[longer] == word).any(1)]
        with_word = with_word[inside[with_word] >= max(3.0, SHARE * inside[p])]
        with_word = with_word[~np.isin(words[with_word], list(used)).any(1)]
        best = p
        if len(with_word):
            best = int(with_word[np.lexsort((with_word, -z[with_word]))[0]])
        elif len(tokens.words[word]) < 2:
            continue  # one Han character alone tells a reader nothing
        chosen.append(best)
        used.update(int(w) for w in words[best] if w >= 0 and not tokens.stop[w])
    return chosen


def _surface(tokens: Tokens, phrases: _Phrases, p: int, theme: int, written: Block | None) -> str:
    """The commonest way the theme writes a phrase, in lower case, spaces made single."""
    spots = phrases.spots.items[phrases.spots.pointer[p] : phrases.spots.pointer[p + 1]]
    spots = spots[phrases.theme[spots] == theme][:200]
    text = (written or tokens.block).text
    seen = Counter(" ".join(text[phrases.start[s] : phrases.end[s]].lower().split()) for s in spots.tolist())
    return min(seen, key=lambda shown: (-seen[shown], shown))
