"""Rejected rows as files for a spreadsheet or a program, streamed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from balm.web.feedback.imports_words import REJECTED
from balm.web.site.cells import inert

COLUMNS = 100
"""Columns of the file that get a column of the CSV; the cells of others stand in the last one."""

_PIECE = 200


def as_csv(rows: Callable[[], Iterable[dict[str, Any]]]) -> Iterator[str]:
    """CSV with a byte-order mark, so that Excel reads it as UTF-8. `rows` is asked twice: first for the columns."""
    names: dict[str, None] = {}
    for row in rows():
        names.update(dict.fromkeys(row["raw"]))
    kept = list(names)[:COLUMNS]
    rest = [] if len(kept) == len(names) else [_("(other cells)")]
    head = [_("File"), _("Line"), _("Why"), _("What is wrong"), _("Column"), *kept, *rest]
    yield "\ufeff" + _lines([head])
    piece: list[list[Any]] = []
    for row in rows():
        raw = row["raw"]
        said = REJECTED.get(row["reason"], row["message"])
        cells = [raw.get(name, "") for name in kept]
        other = {name: cell for name, cell in raw.items() if name not in names or name not in kept} if rest else {}
        tail = [json.dumps(other, ensure_ascii=False) if other else ""] if rest else []
        piece.append([row["source"], row["line"], row["reason"], said, row["column"] or "", *cells, *tail])
        if len(piece) >= _PIECE:
            yield _lines(piece)
            piece = []
    if piece:
        yield _lines(piece)


class _Echo:
    """A file that gives back what is written to it."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    echo = _Echo()
    csv.writer(echo).writerows([cell if isinstance(cell, int) else inert(cell) for cell in row] for row in rows)
    return "".join(echo.parts)


def as_jsonl(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One object a line, as the lake keeps it."""
    piece: list[str] = []
    for row in rows:
        piece.append(json.dumps(row, ensure_ascii=False) + "\n")
        if len(piece) >= _PIECE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)
