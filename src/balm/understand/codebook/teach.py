"""Teach by example: phrases that would code some sentences and seldom others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.codebook.model import PhraseLanguage, parse_rule
from balm.understand.phrases import Ints, Phrases
from balm.understand.prepare import Prepared, prepare
from balm.understand.tokens import Tokens, gaps

MOST = 20
"""Phrases proposed, at most."""
TOUCHED = 5
"""Background comments shown with each, at most."""
CLEAR = 1.0
"""z of the log odds, examples against all others, from which a phrase is proposed."""
HAN, WORDS = (2, 6), 3
"""Characters of a Chinese phrase, fewest and most; words of an English one, at most."""
RARE = 3
"""Texts that do not speak against a phrase: it is the rarer for nothing."""
PRIOR = 0.5
"""Texts that the prior weighs on each side: Jeffreys's."""
_CANDIDATES, _COMPARED = 20_000, 400
_AGAIN = 0.25
"""What a phrase is worth that codes only examples which others code already."""
_STRONG = frozenset(
    ("太", "很", "好", "真", "超", "超级", "非常", "特别", "最", "一直", "总是", "老", "都", "全", "又")
)
"""Words of grammar that may open a Chinese phrase: 慢 stands in much, 太慢 is a complaint."""
_DONE = frozenset(("了", "过", "着"))
"""Words of grammar that may close one, after a single character: 漏了."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Touched:
    """A background comment that a phrase would code: its place in the background, and the clause as written."""

    comment: int
    text: str
    marks: tuple[tuple[int, int], ...]

    @property
    def marked(self) -> str:
        """The words themselves, as written."""
        return " ".join(self.text[low:high] for low, high in self.marks)


@dataclass(frozen=True)
class PhraseProposal:
    """`phrase`: as the codebook holds it; `written`: as the first example writes it; `codes`: places of the examples it
    would code; `against`: how many of the examples against; `background`: how many of `background_of` other comments it
    would touch, and some of them in `touched`; `z`: how clearly it tells the examples from the others.
    """

    phrase: str
    language: PhraseLanguage
    written: str
    codes: tuple[int, ...]
    against: int
    background: int
    background_of: int
    z: float
    touched: tuple[Touched, ...]


def propose_phrases(
    examples: Sequence[str], against: Sequence[str] = (), background: Sequence[str] = (), *, most: int = MOST
) -> tuple[PhraseProposal, ...]:
    """Phrases of 2–6 Chinese characters or 1–3 English words that stand in `examples` and seldom elsewhere, best first.

    `against`: near misses, which a phrase had better not code; `background`: other comments (the examples among them
    are passed over). Ranked so that each phrase codes examples that those before it do not, as far as there are any.
    Deterministic; 简, 繁 and English alike. Empty where the examples share nothing that tells them.
    """
    own = prepare(list(examples))
    candidates = _candidates(own.norm)
    if not candidates:
        return ()
    search = Phrases([parse_rule(text, language) for text, language in candidates])
    known = set(own.plain.items())
    misses, rest = prepare(list(against)), prepare(list(background))
    other = np.array([text not in known for text in rest.plain.items()], np.bool_)
    inside = _Met.of(search, own, np.ones(len(examples), np.bool_))
    outside = _Met.of(search, misses, np.ones(len(against), np.bool_))
    behind = _Met.of(search, rest, other)
    counts = inside.n, len(examples), outside.n + behind.n, len(against) + int(other.sum())
    z = _log_odds(*counts)
    chosen = _ranked(inside, outside, _Scores(z, _surprise(*counts), counts[3] > 0), [text for text, _ in candidates])
    return tuple(
        PhraseProposal(
            phrase=candidates[i][0],
            language=candidates[i][1],
            written=inside.shown(i, own, 1)[0].marked,
            codes=tuple(inside.texts(i).tolist()),
            against=int(outside.n[i]),
            background=int(behind.n[i]),
            background_of=int(other.sum()),
            z=round(float(z[i]), 3),
            touched=behind.shown(i, rest, TOUCHED),
        )
        for i in chosen[:most]
    )


# candidates


def _candidates(norm: Block) -> list[tuple[str, PhraseLanguage]]:
    """Runs of words within a clause that could name something, those of most clauses first."""
    tokens = Tokens.of(norm)
    found: Counter[tuple[str, PhraseLanguage]] = Counter()
    marks = gaps(tokens)
    text, n = tokens.block.text, len(tokens.word)
    words = [text[a:b] for a, b in zip(tokens.start.tolist(), tokens.end.tolist(), strict=True)]
    stop, negator, han = (flags[tokens.word] for flags in (tokens.stop, tokens.negator, tokens.han))
    opens = ~stop | negator | np.array([word in _STRONG for word in words], np.bool_)
    for i in np.flatnonzero(opens).tolist():
        for j in range(i, min(i + HAN[1], n)):
            if j > i and not _beside(tokens, marks, han, j):
                break
            if han[i] and tokens.end[j] - tokens.start[i] > HAN[1]:
                break
            if not han[i] and j - i >= WORDS:
                break
            phrase = "".join(words[i : j + 1]) if han[i] else " ".join(words[i : j + 1])
            ends = not stop[j] or (words[j] in _DONE and j == i + 1 and not stop[i] and len(phrase) == HAN[0])
            if ends and len(phrase) >= HAN[0]:
                found[phrase, "zh" if han[i] else "en"] += 1
    return [one for one, _ in found.most_common(_CANDIDATES)]


def _beside(tokens: Tokens, marks: Ints, han: NDArray[np.bool_], j: int) -> bool:
    """Whether word `j` goes on where the one before it ends: at once in Chinese, after spaces in English."""
    start, end = int(tokens.start[j]), int(tokens.end[j - 1])
    if tokens.owner[j] != tokens.owner[j - 1] or han[j] != han[j - 1]:
        return False
    return start == end if han[j] else start > end and bool(marks[start] == marks[end])


# counting


@dataclass(frozen=True)
class _Met:
    """Where p phrases stand in texts, each once a text: `phrase`, `text`, `clause`, `start`, `end`, sorted by phrase,
    then text; `n`, shape (p,): texts of each.
    """

    phrase: Ints
    text: Ints
    clause: Ints
    start: Ints
    end: Ints
    n: Ints

    @classmethod
    def of(cls, search: Phrases, looked: Prepared, counted: NDArray[np.bool_]) -> _Met:
        """`counted`, shape (texts,): those that count."""
        found = search.find(looked.norm)
        text = looked.owner[found.clause]
        kept = np.flatnonzero(counted[text])
        _, first = np.unique(found.rule[kept] * max(len(counted), 1) + text[kept], return_index=True)
        at = kept[first]
        rule, n = found.rule[at], np.bincount(found.rule[at], minlength=search.n_rules)
        return cls(rule, text[at], found.clause[at], found.start[at], found.end[at], n)

    def _at(self, phrase: int) -> slice:
        low, high = np.searchsorted(self.phrase, [phrase, phrase + 1]).tolist()
        return slice(low, high)

    def texts(self, phrase: int) -> Ints:
        return self.text[self._at(phrase)]

    def shown(self, phrase: int, looked: Prepared, most: int) -> tuple[Touched, ...]:
        """Some of its texts, spread over all."""
        at = self._at(phrase)
        n = at.stop - at.start
        picked = np.unique(np.linspace(0, n - 1, min(most, n)).astype(np.int64)) + at.start
        return tuple(
            Touched(int(self.text[i]), looked.said[int(self.clause[i])], ((int(self.start[i]), int(self.end[i])),))
            for i in picked.tolist()
        )


def _log_odds(inside: Ints, n: int, outside: Ints, rest: int) -> Floats:
    """z of the log odds ratio of standing in an example, to standing in another text; shape (p,)."""
    a, b = inside + PRIOR, n - inside + PRIOR
    c, d = outside + PRIOR, rest - outside + PRIOR
    z: Floats = (np.log(a / b) - np.log(c / d)) / np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return z


def _surprise(inside: Ints, n: int, outside: Ints, rest: int) -> Floats:
    """Examples with the phrase × log of how much more of them than of other texts have it; shape (p,)."""
    few = np.minimum(RARE, rest) if rest else 0
    lift = (inside + PRIOR) / (n + 2 * PRIOR) * (rest + 2 * PRIOR) / (np.maximum(outside, few) + PRIOR)
    return np.asarray(inside * np.log(lift), np.float64)


# ranking


@dataclass(frozen=True)
class _Scores:
    """`z`, `worth`, shape (p,): see `_log_odds` and `_surprise`; `compared`: whether there were other texts."""

    z: Floats
    worth: Floats
    compared: bool


def _ranked(inside: _Met, outside: _Met, scores: _Scores, phrases: list[str]) -> list[int]:
    """Those of more than one example, if there are such; best first, but what codes further examples before others."""
    clear = (scores.worth > 0) & (inside.n > outside.n) & ((scores.z >= CLEAR) | (not scores.compared))
    several = clear & (inside.n > 1)
    good = np.flatnonzero(several if several.any() else clear)
    good = good[np.lexsort((good, -scores.worth[good]))][:_COMPARED]
    codes = {i: frozenset(inside.texts(i).tolist()) for i in good.tolist()}
    left = _distinct(good.tolist(), codes, scores.worth, phrases)
    chosen: list[int] = []
    covered: set[int] = set()

    def worth(i: int) -> float:
        new = len(left[i] - covered) / len(left[i])
        return float(scores.worth[i]) * (_AGAIN + (1 - _AGAIN) * new) / (1 + int(outside.n[i]))

    while left:
        best = max(left, key=lambda i: (worth(i), phrases[i]))
        covered.update(left.pop(best))
        chosen.append(best)
    return chosen


def _distinct(
    good: list[int], codes: dict[int, frozenset[int]], worth: Floats, phrases: list[str]
) -> dict[int, frozenset[int]]:
    """Without phrases that lie in, or around, a better one that codes the same examples: of equal worth the
    longer, which will touch less that nobody has looked at (of a single example the shorter, since it may be chance).
    """

    def order(i: int) -> tuple[float, int, str]:
        size = len(phrases[i])
        return (-worth[i], -size if len(codes[i]) > 1 else size, phrases[i])

    kept: dict[int, frozenset[int]] = {}
    for i in sorted(good, key=order):
        same = (k for k in kept if codes[k] == codes[i])
        if not any(phrases[k] in phrases[i] or phrases[i] in phrases[k] for k in same):
            kept[i] = codes[i]
    return kept
