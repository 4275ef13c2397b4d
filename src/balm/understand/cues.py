"""Emotion, intent, urgency and target of clauses, read off words that show them.

One automaton finds all cue words of a block at once. What they mean depends on the polarity of the clause: a thank-you
in a complaint is no gratitude, and words of danger in praise ("to die for") are no alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import ahocorasick_rs as ac
import numpy as np
from numpy.typing import ArrayLike, NDArray

from balm.core.types import Emotion, Intent, Target, Urgency
from balm.understand.block import Block
from balm.understand.sentiment.words import Matches, find, load, split_words, surface, surface_text

Codes = NDArray[np.int8]
Bools = NDArray[np.bool_]

EMOTIONS, INTENTS, URGENCIES, TARGETS = tuple(Emotion), tuple(Intent), tuple(Urgency), tuple(Target)
NO_TARGET = -1
NEGATIVE, POSITIVE = -0.15, 0.35
"""Polarity below and above which a clause counts as complaint and praise, unless the caller says which it is."""

_BLAMING = ("anger", "neglect", "helplessness", "anxiety", "disappointment", "frustration")
_PRAISING = ("gratitude", "trust", "joy")
_INTENTS = ("question", "suggestion", "leaving", "safety", "legal", "safety_weak", "legal_weak", "farewell")
_TARGETS = ("promise", "policy", "person", "person_weak", "process", "product")
_STRENGTH = {"promise": 3.0, "policy": 2.5, "person": 2.0, "person_weak": 0.9, "process": 1.5, "product": 1.0}
_ROLES = (*_BLAMING, *_PRAISING, *_INTENTS, "repeated", "urgent", *_TARGETS, "negator")
_BIT = {role: 1 << i for i, role in enumerate(_ROLES)}
_GAP_HAN, _GAP_LATIN = 1, 8
_WEAK = -0.3
"""Words of danger or law with peaceful uses count only below this polarity."""
_MILD = 0.15
_SHORT = 80
"""Code points; in a longer stretch without a stop, a word with peaceful uses says little."""


@dataclass(frozen=True)
class Cues:
    """c clauses; arrays of shape (c,), int8: indices into `EMOTIONS`, `INTENTS`, `URGENCIES` and `TARGETS`;
    `target` is −1 where neither the words nor the theme tell."""

    emotion: Codes
    intent: Codes
    urgency: Codes
    target: Codes


@dataclass(frozen=True)
class _Words:
    automaton: ac.AhoCorasick
    roles: NDArray[np.int64]


class _Shown:
    """Which roles the words of each item show."""

    def __init__(self, n: int, item: NDArray[np.int64], roles: NDArray[np.int64]) -> None:
        self.n, self.item, self.roles = n, item, roles
        self.mask = np.zeros(n, np.int64)
        if len(item):
            first = np.flatnonzero(np.diff(item, prepend=-1))
            self.mask[item[first]] = np.bitwise_or.reduceat(roles, first)

    def any(self, *names: str) -> Bools:
        found: Bools = (self.mask & sum(_BIT[name] for name in names)) != 0
        return found

    def count(self, name: str) -> NDArray[np.int64]:
        return np.bincount(self.item[(self.roles & _BIT[name]) != 0], minlength=self.n)


def read_cues(
    block: Block,
    polarity: ArrayLike,
    *,
    sentiment: ArrayLike | None = None,
    asked: ArrayLike | None = None,
    theme_target: ArrayLike | None = None,
) -> Cues:
    """What the words of each clause show.

    `block`: clauses in normalized text; `polarity`, shape (c,), −1 … 1; `sentiment`, shape (c,), −1, 0, 1: which
    clauses are negative and positive where the caller has other cuts than `NEGATIVE` and `POSITIVE`; `asked`: which
    clauses end with a question mark (a clause cut from its comment has lost it); `theme_target`, shape (c,): index
    into `TARGETS` of the target of each clause's theme, −1 for none, used where the words name nobody and nothing.
    """
    n = len(block)
    p = np.asarray(polarity, np.float64)
    if p.shape != (n,):
        raise ValueError(f"{n} clauses need as many polarities, not an array of shape {p.shape}")
    negative, positive = (p < NEGATIVE, p > POSITIVE)
    if sentiment is not None:
        negative, positive = np.asarray(sentiment) < 0, np.asarray(sentiment) > 0
    codes = surface(block.codes)
    found = find(_words().automaton, codes)
    shown = _Shown(n, block.owner(found.start), _standing(codes, found))
    question = shown.any("question") | _ends_with_question(block)
    if asked is not None:
        question |= np.asarray(asked, np.bool_)
    intent = _intent(shown, p, negative=negative, positive=positive, question=question, short=block.lengths <= _SHORT)
    return Cues(
        emotion=_emotion(shown, p, negative),
        intent=intent,
        urgency=_urgency(shown, intent, p, negative),
        target=_target(shown, theme_target),
    )


def _standing(codes: NDArray[np.uint32], found: Matches) -> NDArray[np.int64]:
    """The roles of each match, without those that a negator right before it takes away: 没有漏电, "not angry"."""
    roles = _words().roles[found.entry]
    taken = _roles(*_BLAMING, *_PRAISING, "leaving", "farewell", "safety", "safety_weak", "legal", "legal_weak")
    gap = np.full(len(roles), 1 << 30, np.int64)
    gap[1:] = found.start[1:] - found.end[:-1]
    limit = np.where(codes[found.start] >= 0x2E80, _GAP_HAN, _GAP_LATIN)
    negated = np.zeros(len(roles), np.bool_)
    negated[1:] = (roles[:-1] == _BIT["negator"]) & (gap[1:] <= limit[1:])
    crossed = np.cumsum(codes == 0)  # a negator in the item before negates nothing here
    negated[1:] &= crossed[found.start[1:]] == crossed[found.start[:-1]]
    return np.where(negated, roles & ~taken, roles)


def _ends_with_question(block: Block) -> Bools:
    last = np.maximum(block.starts[1:] - 2, block.starts[:-1])
    ends: Bools = np.zeros(len(block), np.bool_)
    if len(block):
        ends = (block.codes[last] == ord("?")) & (block.lengths > 0)
    return ends


def _emotion(shown: _Shown, p: NDArray[np.float64], negative: Bools) -> Codes:
    """The first of the emotions shown, strongest first; blaming ones in clauses not clearly positive and the rest."""
    emotion = np.zeros(shown.n, np.int8)
    low, high = p <= _MILD, (p >= _MILD) & ~negative
    for allowed, names in ((high, _PRAISING), (low, _BLAMING)):
        for name in reversed(names):
            emotion[allowed & shown.any(name)] = EMOTIONS.index(Emotion(name))
    return emotion


def _intent(
    shown: _Shown, p: NDArray[np.float64], *, negative: Bools, positive: Bools, question: Bools, short: Bools
) -> Codes:
    """Safety before legal before leaving; then suggestion and question, unless the clause is bitter; then polarity."""
    mild, low = p > 2 * _WEAK, p < _MILD
    weak = (p < _WEAK) & short
    rules = (
        (Intent.SAFETY, (shown.any("safety") & (p < POSITIVE)) | (shown.any("safety_weak") & weak)),
        (Intent.LEGAL, (shown.any("legal") & low) | (shown.any("legal_weak") & weak)),
        (Intent.LEAVING, shown.any("leaving", "farewell") & low),
        (Intent.SUGGESTION, shown.any("suggestion") & ~positive & mild),
        (Intent.QUESTION, question & ~positive & ~negative),
        (Intent.COMPLAINT, negative),
        (Intent.PRAISE, positive),
    )
    intent = np.full(shown.n, INTENTS.index(Intent.STATEMENT), np.int8)
    for name, where in reversed(rules):
        intent[where] = INTENTS.index(name)
    return intent


def _urgency(shown: _Shown, intent: Codes, p: NDArray[np.float64], negative: Bools) -> Codes:
    """Urgent: danger, law, and leaving for good in anger. Soon: leaving, asking for help again, being pressed."""
    alarm = (intent == INTENTS.index(Intent.SAFETY)) | (intent == INTENTS.index(Intent.LEGAL))
    alarm |= shown.any("farewell") & shown.any("anger") & negative
    soon = (intent == INTENTS.index(Intent.LEAVING)) | (shown.any("repeated", "urgent") & (p < _MILD))
    urgency = np.full(shown.n, URGENCIES.index(Urgency.NORMAL), np.int8)
    urgency[soon] = URGENCIES.index(Urgency.SOON)
    urgency[alarm] = URGENCIES.index(Urgency.URGENT)
    return urgency


def _target(shown: _Shown, theme_target: ArrayLike | None) -> Codes:
    """The target most words point at, each by the strength of its list; without words, the theme's own."""
    order = (Target.PROMISE, Target.POLICY, Target.PERSON, Target.PROCESS, Target.PRODUCT)
    score = np.zeros((shown.n, len(order)))
    for name, strength in _STRENGTH.items():
        target = order.index(Target(name.removesuffix("_weak")))
        score[:, target] += strength * shown.count(name)
    chosen = np.array([TARGETS.index(t) for t in order], np.int8)[score.argmax(1)] if shown.n else np.zeros(0, np.int8)
    default = np.full(shown.n, NO_TARGET, np.int8) if theme_target is None else np.asarray(theme_target, np.int8)
    # a mere "support" or "they" says less than the theme does
    return np.where(score.max(1, initial=0) >= np.where(default == NO_TARGET, 0.5, 1.0), chosen, default).astype(
        np.int8
    )


def _roles(*names: str) -> int:
    return sum(_BIT[name] for name in names)


def _walk(content: Mapping[str, Any]) -> dict[str, int]:
    """Every cue word with the bits of its roles; words without a role only keep others from matching inside them."""
    found: dict[str, int] = {}

    def add(lists: Mapping[str, str], bit: int) -> None:
        for language, text in lists.items():
            for word in split_words(text, "," if language == "en" else None):
                key = surface_text(word)
                found[key] = found.get(key, 0) | bit

    for group in ("emotion", "intent", "target"):
        for name, lists in content[group].items():
            add(lists, _BIT[name])
    for name in ("repeated", "urgent"):
        add(content[name], _BIT[name])
    add(content["negators"], _BIT["negator"])
    add(content["none"], 0)
    return found


@cache
def _words() -> _Words:
    found = _walk(load("cues.yaml"))
    automaton = ac.AhoCorasick(tuple(found), matchkind=ac.MATCHKIND_LEFTMOST_LONGEST, store_patterns=False)
    return _Words(automaton, np.fromiter(found.values(), np.int64, len(found)))
