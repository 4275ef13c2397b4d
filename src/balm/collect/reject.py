"""Rows that cannot be used, and cells that could not be read: where they stood and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_TEXT = 100_000
"""Code points of the longest comment that is kept; a longer one is rejected as `cell_too_large`."""

MAX_LINE = 4 << 20
"""Bytes of the longest physical line of a text file; a longer one is skipped and rejected as `cell_too_large`."""

RAW_CELL = 300
RAW_CELLS = 40


class Reason(StrEnum):
    """Why a row was rejected, or (the `KEPT` ones) why a cell of a kept row was left empty."""

    EMPTY_TEXT = "empty_text"
    CELL_TOO_LARGE = "cell_too_large"
    NUL_BYTE = "nul_byte"
    UNDECODABLE = "undecodable"
    WRONG_FIELD_COUNT = "wrong_field_count"
    UNCLOSED_QUOTE = "unclosed_quote"
    MALFORMED = "malformed"
    NOT_JSON = "not_json"
    FORMULA = "formula"
    TRUNCATED = "truncated"
    BAD_SCORE = "bad_score"
    BAD_TIME = "bad_time"


KEPT = frozenset({Reason.BAD_SCORE, Reason.BAD_TIME})
"""Text is precious: these leave one cell empty and keep the row."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was left out, or, when `kept`, one cell of a kept row that could not be read.

    `line`: 1-based line of a text file (where the row starts), row of a sheet, element of a JSON array or row of a
    table. `raw`: the cells as far as they could be read, cut to `RAW_CELL` characters each.
    """

    source: str
    line: int
    column: str | None
    reason: Reason
    message: str
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        return self.reason in KEPT

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "line": self.line,
            "column": self.column,
            "reason": self.reason.value,
            "message": self.message,
            "raw": self.raw,
        }


RejectHandler = Callable[[Reject], None]


def clip(value: Any) -> str:
    """A cell as text that can be written as UTF-8, at most `RAW_CELL` characters; what was cut is counted."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    rest = len(text) - RAW_CELL
    text = text[:RAW_CELL].encode("utf-8", "backslashreplace").decode("utf-8")
    return f"{text}… (+{rest})" if rest > 0 else text


def raw_of(names: Iterable[str], cells: Iterable[Any]) -> dict[str, str]:
    """The first `RAW_CELLS` cells of a row that are not empty, by column; surplus cells are named by place."""
    names = list(names)
    raw: dict[str, str] = {}
    for i, cell in enumerate(cells):
        if len(raw) >= RAW_CELLS:
            break
        if cell is not None and cell != "":
            raw[clip(names[i]) if i < len(names) else f"(cell {i + 1})"] = clip(cell)
    return raw


def clip_row(row: Mapping[str, Any]) -> dict[str, str]:
    return raw_of(row.keys(), row.values())
