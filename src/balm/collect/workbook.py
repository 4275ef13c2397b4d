"""Sheets of Excel and OpenDocument workbooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from balm.collect.files import FileKind
from balm.collect.heading import Heading, find_heading
from balm.collect.reject import RejectHandler
from balm.collect.rows import SAMPLE_ROWS, CellRows, Rows, Sample
from balm.core.errors import InputRefused, WrongUse

HEAD_ROWS = 10
"""Rows among which the heading is looked for."""


class Workbook:
    """A source of rows in the sheet that was asked for; else in the first visible one with a heading and a row, or in
    the one with most rows where that is at least ten times as long (a cover sheet before the data).

    `sheets`: names of the visible sheets with cells in them; `sheet`: the one that is read. `head`: its first rows.
    """

    def __init__(self, kind: FileKind) -> None:
        self.name = kind.name
        self.size = kind.path.stat().st_size
        self.kind = kind
        self._sheet = self._open()
        self._total = self._sheet.total_height
        self._done = 0
        head = [_cells(row) for row in islice(self._sheet.iter_rows(), 60)]
        if not head:
            raise InputRefused(f"{self.name} is empty", code="empty")
        blank = next((i for i, row in enumerate(head) if any(cell != "" for cell in row)), 0)
        self.head = head[blank : blank + HEAD_ROWS]
        self.heading = found = find_heading(head[blank:], kind.file.heading)
        self._heading = Heading(found.names, found.first_row + blank, found.row)

    def _open(self) -> Any:
        import python_calamine as calamine

        try:
            book = self._book(calamine)
            shown = [
                book.get_sheet_by_name(meta.name)
                for meta in book.sheets_metadata
                if meta.visible == calamine.SheetVisibleEnum.Visible and meta.typ == calamine.SheetTypeEnum.WorkSheet
            ]
        except calamine.PasswordError:
            raise InputRefused(f"{self.name} is encrypted; save it without a password", code="encrypted") from None
        except (calamine.CalamineError, OSError, ValueError) as error:
            why = str(error).split("\n", 1)[0][:200]
            raise InputRefused(f"{self.name} is a damaged workbook: {why}", code="damaged_workbook") from None
        filled = [sheet for sheet in shown if sheet.height >= 2] or [sheet for sheet in shown if sheet.height]
        if not filled:
            raise InputRefused(f"{self.name} is empty", code="empty")
        self.sheets = tuple(sheet.name for sheet in filled)
        chosen = next((sheet for sheet in filled if sheet.name == self.kind.file.sheet), None)
        if chosen is None and self.kind.file.sheet is not None:
            raise WrongUse(f"{self.name} has no sheet {self.kind.file.sheet!r} with rows")
        longest = max(filled, key=lambda sheet: int(sheet.height))
        self.default = longest.name if longest.height >= 10 * filled[0].height else filled[0].name
        found = chosen or next(sheet for sheet in filled if sheet.name == self.default)
        self.sheet = str(found.name)
        return found

    def _book(self, calamine: Any) -> Any:
        """By its name's ending, which is fast, else by its content: people rename .xlsx to .xls."""
        try:
            return calamine.CalamineWorkbook.from_path(str(self.kind.path))
        except calamine.PasswordError:
            raise
        except calamine.CalamineError:
            with self.kind.path.open("rb") as file:
                return calamine.CalamineWorkbook.from_object(file)

    @property
    def position(self) -> int:
        return int(self.size * self._done // max(1, self._total))

    def sample(self) -> Sample:
        data = max(0, self._total - self._heading.first_row)
        step = max(1, data // SAMPLE_ROWS)
        rows = [
            self._fit(_cells(row))
            for row in islice(self._sheet.iter_rows(), self._heading.first_row, None, step)
            if any(cell != "" for cell in row)
        ]
        return Sample({name: [row[i] for row in rows] for i, name in enumerate(self._heading.names)})

    def rows(self, wanted: Sequence[str], start_line: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        first = max(self._heading.first_row, start_line - 1)
        rows = islice(self._sheet.iter_rows(), first, None)
        line = first
        while batch := list(islice(rows, batch_rows)):
            numbers = [line + 1 + i for i, row in enumerate(batch) if any(cell != "" for cell in row)]
            records = [self._fit(_cells(row)) for row in batch if any(cell != "" for cell in row)]
            line += len(batch)
            self._done = line
            yield CellRows(self._heading.names, records, np.array(numbers, np.int64), line + 1)

    def _fit(self, row: list[Any]) -> list[Any]:
        width = len(self._heading.names)
        return row[:width] if len(row) >= width else row + [""] * (width - len(row))


def _cells(row: list[Any]) -> list[Any]:
    """Cells as text, number or date: whole numbers without a point, times of day and durations as text."""
    return [_cell(cell) if not isinstance(cell, str) else cell for cell in row]


def _cell(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, (dt.time, dt.timedelta)):
        return str(cell)
    return cell
