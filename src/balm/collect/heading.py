"""Which row of a table names its columns, when it is not simply the first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"\s*[-+]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?\s*%?\s*$")
_DATE = re.compile(r"\s*\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")
_SENTENCE = re.compile(r"[。！？，!?]|\S+\s+\S+\s+\S+\s+\S+")
_KNOWN = re.compile(
    r"text|review|comment|content|feedback|verbatim|message|sentence|body|answer"
    r"|评论|評論|内容|內容|反馈|反饋|意见|意見|评价|評價|留言|建议|建議|文本|描述",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heading:
    """`names`: one for each column, no two alike. `first_row`: index of the first row of data."""

    names: list[str]
    first_row: int


def find_heading(rows: Sequence[Sequence[Any]]) -> Heading:
    """The heading among the first rows, with titles above it skipped; made-up names where there is none.

    There is none when a cell of the first row is a number or a date as the cells below it are, or when the only column
    begins with a sentence.
    """
    width = max((_filled(row) for row in rows[:50]), default=0)
    first = 0
    while first < min(10, len(rows) - 1) and _filled(rows[first]) <= (1 if width >= 3 else 0):
        first += 1
    if not rows:
        return Heading([], 0)
    head = rows[first]
    total = max(len(head), max((len(row) for row in rows[first : first + 1]), default=0))
    if _is_data(head, rows[first + 1 : first + 50]):
        return Heading([f"column_{i + 1}" for i in range(total)], first)
    return Heading(unique_names(head), first + 1)


def unique_names(cells: Sequence[Any]) -> list[str]:
    """Names as written, trimmed; empty ones by place, repeated ones with .1, .2 … behind."""
    names: list[str] = []
    for i, cell in enumerate(cells):
        name = str(cell).strip().lstrip("\ufeff").strip() if cell is not None else ""
        name = re.sub(r"\s+", " ", name) or f"column_{i + 1}"
        base, n = name, 0
        while name in names:
            n += 1
            name = f"{base}.{n}"
        names.append(name)
    return names


def _filled(row: Sequence[Any]) -> int:
    return sum(cell is not None and str(cell).strip() != "" for cell in row)


def _is_value(cell: Any) -> bool:
    if isinstance(cell, str):
        return bool(_NUMBER.match(cell) or _DATE.match(cell))
    return cell is not None


def _is_data(head: Sequence[Any], below: Sequence[Sequence[Any]]) -> bool:
    filled = [cell for cell in head if cell is not None and str(cell).strip()]
    if len(filled) == 1 and len(head) == 1:
        cell = str(filled[0])
        return _is_value(filled[0]) or (
            len(cell) > 12 and bool(_SENTENCE.search(cell)) and not _KNOWN.search(cell[:20])
        )
    for i, cell in enumerate(head):
        column = [row[i] for row in below if len(row) > i and row[i] not in (None, "")]
        if _is_value(cell) and column and sum(map(_is_value, column)) >= 0.9 * len(column):
            return True
    return False
