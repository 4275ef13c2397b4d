"""How much room texts take, as far as it can be told without their fonts: enough to keep them inside their boxes."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

SPACING = 1.25
"""Height of a line, in the size of its font; generous, because machines draw with fonts of their own."""

_LATIN, _WIDE = 0.56, 1.0
"""Width of a character, in the size of its font."""


def lines(text: str, width: float, size: float) -> int:
    """Lines that a text takes in `width` inches at `size` points, at least 1."""
    return sum(_wrapped(part, width * 72 / size) for part in (text.split("\n") or [""]))


def _wrapped(text: str, room: float) -> int:
    """Words are kept whole where they fit a line; Chinese breaks anywhere."""
    count, used = 1, 0.0
    for piece in _pieces(text):
        wide = _width(piece)
        if used and used + wide > room:
            count, used = count + 1, 0.0
            wide = _width(piece.lstrip())
        if wide > room:
            count += math.ceil(wide / room) - 1
            wide %= room
        used += wide
    return count


def _pieces(text: str) -> list[str]:
    """A Latin word with the space before it, or one wide character."""
    found: list[str] = []
    for char in text:
        if not found or _is_wide(char) or _is_wide(found[-1][-1]) or (char == " " and found[-1][-1] != " "):
            found.append(char)
        else:
            found[-1] += char
    return found


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _width(text: str) -> float:
    return sum(_WIDE if _is_wide(char) else _LATIN for char in text)


def height(texts: Sequence[str], width: float, size: float, after: float = 0.0) -> float:
    """Inches that paragraphs take, each with `after` points of space below it."""
    return sum(lines(text, width, size) * size * SPACING + after for text in texts) / 72


def largest(texts: Sequence[str], width: float, room: float, sizes: Sequence[float], after: float = 0.0) -> float:
    """The first of `sizes` (descending) at which the paragraphs fit into `room` inches; the last where none does."""
    return next((size for size in sizes if height(texts, width, size, after) <= room), sizes[-1])
