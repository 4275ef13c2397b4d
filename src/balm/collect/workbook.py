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
from balm.core.errors import InputRefused


class Workbook:
    """A source of rows in the first visible sheet with a heading and a row, or in the sheet with most rows where that
    one is at least ten times as long (a cover sheet before the data)."""

    def __init__(self, kind: FileKind) -> None:
        self.name = kind.path.name
        self.size = kind.path.stat().st_size
        self._kind = kind
        self._sheet = self._open()
        self._total = self._sheet.total_height
        self._done = 0
        head = [_cells(row) for row in islice(self._sheet.iter_rows(), 60)]
        if not head:
            raise InputRefused(f"{self.name} is empty")
        blank = next((i for i, row in enumerate(head) if any(cell != "" for cell in row)), 0)
        heading = find_heading(head[blank:])
        self._heading = Heading(heading.names, heading.first_row + blank)

    def _open(self) -> Any:
        import python_calamine as calamine

        try:
            book = calamine.CalamineWorkbook.from_path(str(self._kind.path))
            shown = [
                book.get_sheet_by_name(meta.name)
                for meta in book.sheets_metadata
                if meta.visible == calamine.SheetVisibleEnum.Visible and meta.typ == calamine.SheetTypeEnum.WorkSheet
            ]
        except calamine.PasswordError:
            raise InputRefused(f"{self.name} is encrypted; save it without a password") from None
        except (calamine.CalamineError, OSError, ValueError) as error:
            why = str(error).split("\n", 1)[0][:200]
            raise InputRefused(f"{self.name} is a damaged workbook: {why}") from None
        filled = [sheet for sheet in shown if sheet.height >= 2] or [sheet for sheet in shown if sheet.height]
        if not filled:
            raise InputRefused(f"{self.name} is empty")
        longest = max(filled, key=lambda sheet: int(sheet.height))
        return longest if longest.height >= 10 * filled[0].height else filled[0]

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
