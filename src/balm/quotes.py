"""Which sentences to show: whole, clear, with the words that tell the theme, each from another comment."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from balm.core.types import Quote

Candidate = tuple[Quote, float]
"""A quote and how sure its theme is (0–1)."""

_COMFORT = {"en": (24, 110)}
_COMFORT_CHINESE = (9, 42)
"""Code points between which a sentence reads at a glance."""

_TURNS = re.compile(
    r"(?:但是?|可是|可惜|然而|只是|不过|不過|而且|所以|因为|因為|结果|結果|然后|然後|还有|還有|以及|就是|或者|并且|並且|另外|"
    r"(?:but|and|so|or|then|because|although|however|which|that|to|for|of|with)\b)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"(?:的|和|或|与|與|在|把|被|了一|,|，|、|:|：|(?:\b(?:the|a|an|to|and|or|of|for|with|is|my)))$", re.IGNORECASE
)
_DOUBT = re.compile(
    r"虽|雖|但|不过|不過|可惜|有点|有點|没|沒|不(?!错|錯)|太|差|\b(?:but|although|not|no|too)\b|n't", re.IGNORECASE
)
_VENDOR = re.compile(
    r"您|欢迎|歡迎|感谢(?:您|反馈)|感謝(?:您|回饋)|\b(?:we apologi[sz]e|thank you for your feedback)\b", re.IGNORECASE
)
"""How a company answers: replies stand among the comments of some exports."""

_NOISE = re.compile(r"\[[A-Z_]+\]|https?:|&\w+;|[#@]\w+|(.)\1{3,}|(..)\2{2,}|(...)\3{2,}")


def merit(quote: Quote, sure: float, words: Sequence[str] = ()) -> float:
    """How well a sentence shows its theme; higher is better, 0 is ordinary. `words`: the theme's distinctive ones."""
    text = quote.text.strip()
    low, high = _COMFORT.get(quote.language, _COMFORT_CHINESE)
    n = max(len(text), 1)
    score = 2.0 * (sure - 0.8)
    score -= 1.6 * math.log(low / n) if n < low else 1.2 * math.log(n / high) if n > high else 0.0
    score -= (
        0.5 * len(_NOISE.findall(text)) + (0.5 if _TURNS.match(text) else 0.0) + (0.5 if _OPEN.search(text) else 0.0)
    )
    if len(set(text.lower())) < min(0.45 * n, 13):
        score -= 1.0
    score += 0.4 * min(sum(w.lower() in text.lower() for w in words), 2)
    if _VENDOR.search(text):
        score -= 0.8
    if quote.sentiment == "positive":
        score -= 0.7 * min(len(_DOUBT.findall(text)), 2)
    for start, end in quote.marks[:1]:
        span = end - start
        # one bare word is often but the topic; half a sentence is a pattern that reached across it
        score += 0.3 if 3 <= span <= max(8, 0.6 * n) else -0.2
    return score


def choose(found: Sequence[Candidate], most: int, words: Sequence[str] = ()) -> tuple[Quote, ...]:
    """The best `most`, best first: no two alike, and of three times as many good ones those that lie apart in time."""
    ranked = sorted(found, key=lambda c: (-merit(c[0], c[1], words), c[0].feedback_id, c[0].mention))
    kept: list[Quote] = []
    seen: set[str] = set()
    for quote, _ in ranked:
        words_only = re.sub(r"\W+", "", quote.text.lower())
        keys = {words_only[:12], words_only[-8:]}  # fillers in front do not make another sentence
        if words_only and not keys & seen and quote.feedback_id not in {q.feedback_id for q in kept}:
            seen |= keys
            kept.append(quote)
        if len(kept) == 3 * most:
            break
    return _apart(kept, most)


def _apart(kept: list[Quote], most: int) -> tuple[Quote, ...]:
    """The first, and of the rest the best of each stretch of time; without dates simply the first ones."""
    if len(kept) <= most or any(q.time is None for q in kept):
        return tuple(kept[:most])
    rest = sorted(range(1, len(kept)), key=lambda i: (kept[i].time, i))
    size = len(rest) / (most - 1) if most > 1 else 1
    chosen = [min(rest[round(k * size) : round((k + 1) * size)]) for k in range(most - 1)]
    return tuple(kept[i] for i in [0, *sorted(chosen)])
