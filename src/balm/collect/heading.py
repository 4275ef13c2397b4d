"""Which row of a table names its columns, when it is not simply the first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from balm.collect.files import NO_HEADING
from balm.collect.names import is_attribute, name_weight
from balm.core.errors import InputRefused

_NUMBER = re.compile(r"\s*[-+]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?\s*%?\s*$")
_DATE = re.compile(r"\s*\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")
_SENTENCE = re.compile(r"[。！？，!?]|\S+\s+\S+\s+\S+\s+\S+")
_LONG = 200
"""Characters of a cell that are looked at: what no number has, and enough of a sentence to tell it."""

_KNOWN = re.compile(
    r"text|review|comment|content|feedback|verbatim|message|sentence|body|answer"
    r"|评论|評論|内容|內容|反馈|反饋|意见|意見|评价|評價|留言|建议|建議|文本|描述",
    re.IGNORECASE,
)

_ROLES = ("id", "text", "score", "time", "customer")


@dataclass(frozen=True)
class Heading:
    """`names`: one for each column, no two alike. `first_row`: index of the first row of data. `row`: index of the row
    that holds the names, `NO_HEADING` where they are made up."""

    names: list[str]
    first_row: int
    row: int = NO_HEADING


def find_heading(rows: Sequence[Sequence[Any]], at: int | None = None) -> Heading:
    """The heading among the first rows, with titles above it skipped; made-up names where there is none.

    There is none when a cell of the first row is a number or a date as the cells below it are, or when the only column
    begins with a sentence. Of a heading of two rows, in which the first names groups of columns, the second counts.
    `at`: the row that holds the names, or `NO_HEADING`, for a person who knows. Raises InputRefused where it is not
    there.
    """
    if at == NO_HEADING:
        return Heading(_made_up(max((len(row) for row in rows[:50]), default=0)), 0)
    if at is not None:
        if not 0 <= at < len(rows):
            raise InputRefused(f"there is no row {at + 1} that could name the columns", code="no_heading_row")
        return Heading(unique_names(rows[at]), at + 1, at)
    width = max((_filled(row) for row in rows[:50]), default=0)
    first = 0
    while first < min(10, len(rows) - 1) and _filled(rows[first]) <= (1 if width >= 3 else 0):
        first += 1
    if not rows:
        return Heading([], 0)
    head = rows[first]
    if _is_data(head, rows[first + 1 : first + 50]):
        return Heading(_made_up(len(head)), first)
    if first + 2 < len(rows) and _names_groups(head, rows[first + 1]):
        first += 1
    return Heading(unique_names(rows[first]), first + 1, first)


def _made_up(count: int) -> list[str]:
    return [f"column_{i + 1}" for i in range(count)]


def _names_groups(head: Sequence[Any], below: Sequence[Any]) -> bool:
    """Whether `head` names groups of columns and `below` the columns, as merged cells come out of a sheet.

    The first is then sparse, the second full of different short names, and it is the second that says what columns are
    usually called.
    """
    names = [str(cell).strip() for cell in below if cell is not None and str(cell).strip()]
    if len(names) < 3 or len(names) < len(below) or _filled(head) >= len(names) or len(set(names)) < len(names):
        return False
    if any(not isinstance(cell, str) or _is_value(cell) or len(cell) > 40 for cell in below):
        return False
    return max(2, _telling(head) + 1) <= _telling(below)


def _telling(cells: Sequence[Any]) -> int:
    """How many cells say what a column holds."""
    return sum(
        bool(cell)
        and not _SENTENCE.search(str(cell))
        and (is_attribute(str(cell)) or any(name_weight(str(cell), role) >= 2 for role in _ROLES))
        for cell in cells
    )


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
        return len(cell) <= _LONG and bool(_NUMBER.match(cell) or _DATE.match(cell))
    return cell is not None


def _is_data(head: Sequence[Any], below: Sequence[Sequence[Any]]) -> bool:
    filled = [cell for cell in head if cell is not None and str(cell).strip()]
    if len(filled) == 1 and len(head) == 1:
        cell = str(filled[0])
        return _is_value(filled[0]) or (
            len(cell) > 12 and bool(_SENTENCE.search(cell[:_LONG])) and not _KNOWN.search(cell[:20])
        )
    for i, cell in enumerate(head):
        column = [row[i] for row in below if len(row) > i and row[i] not in (None, "")]
        if _is_value(cell) and column and sum(map(_is_value, column)) >= 0.9 * len(column):
            return True
    return False
