"""A comment as pages show it: cut where it is long, with its mentions and the words of a search marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from balm.lake.queries import Comment, Mention, spans

SHORT = 600
LONG = 6_000
"""Characters that are shown of a comment in a list, and on its own page."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Piece:
    """Some text in one style. `mark`: words that coded a mention; `hit`: words that were searched for."""

    text: str
    mark: bool = False
    hit: bool = False


@dataclass(frozen=True)
class Stretch:
    """Pieces that belong to the same mentions, or to none."""

    pieces: tuple[Piece, ...]
    mentions: tuple[Mention, ...] = ()

    @property
    def sentiment(self) -> str:
        """Of a stretch with several mentions, the worst."""
        found = [mention.sentiment for mention in self.mentions]
        return next((s for s in ("negative", "positive", "neutral") if s in found), "")

    @property
    def matched(self) -> bool:
        return any(mention.matched for mention in self.mentions)


@dataclass(frozen=True)
class Shown:
    """A comment with its text in stretches. `before`, `after`: whether text is left out there."""

    comment: Comment
    stretches: tuple[Stretch, ...]
    before: bool = False
    after: bool = False
    language: str = ""
    tags: tuple[Any, ...] = field(default=())

    @property
    def cut(self) -> bool:
        return self.before or self.after


def show(comment: Comment, search: str = "", length: int | None = SHORT) -> Shown:
    """`length`: characters at most, from around the first mention that was asked for; None: all."""
    low, high = _window(comment, length)
    text = comment.text[low:high]
    hits = [(a + low, b + low) for a, b in spans(search, text)] if search else []
    marks = [m.marks for m in comment.mentions if m.marks]
    edges = {low, high}
    for start, end in [(m.start, m.end) for m in comment.mentions] + marks + hits:
        edges |= {min(max(start, low), high), min(max(end, low), high)}
    stretches: list[Stretch] = []
    for start, end in pairwise(sorted(edges)):
        here = tuple(m for m in comment.mentions if m.start < end and start < m.end)
        piece = Piece(visible(comment.text[start:end]), _in(start, end, marks), _in(start, end, hits))
        if stretches and stretches[-1].mentions == here:
            stretches[-1] = Stretch((*stretches[-1].pieces, piece), here)
        else:
            stretches.append(Stretch((piece,), here))
    return Shown(comment, tuple(stretches), low > 0, high < len(comment.text), _language(comment))


def visible(text: str) -> str:
    """Control characters as U+FFFD, so that they are seen and do nothing."""
    return _CONTROL.sub("\ufffd", text)


def _window(comment: Comment, length: int | None) -> tuple[int, int]:
    n = len(comment.text)
    if length is None or n <= length:
        return 0, n
    wanted = [m.start for m in comment.mentions if m.matched]
    first = wanted[0] if wanted else 0
    low = 0 if first < length // 2 else min(first - length // 4, n - length)
    return low, low + length


def _in(start: int, end: int, places: Sequence[tuple[int, int]]) -> bool:
    return any(a <= start and end <= b for a, b in places)


def _language(comment: Comment) -> str:
    """For fonts and screen readers: the language most of the mentions are in, where it is one of ours."""
    found = [m.language for m in comment.mentions if m.language in ("zh-Hans", "zh-Hant", "en")]
    return max(set(found), key=lambda name: (found.count(name), name)) if found else ""
