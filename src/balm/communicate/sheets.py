"""Tables as a workbook of Excel. Texts stay texts: nothing a customer wrote can run as a formula."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from balm.core.types import Estimate

Cell = str | int | float | dt.date | dt.datetime | Estimate | None

_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_LONGEST_NAME = 31
_LONGEST_TEXT = 32_767
"""What the file format takes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a head and rows of values. An `Estimate` takes four cells: value, low, high, n; its column's head is
    given once and becomes four, with `parts` as the names of the other three."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    parts: tuple[str, str, str] = ("low", "high", "n")


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The bytes of an .xlsx, a sheet each; names are made fit and unique."""
    import xlsxwriter

    out = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {**safe, "nan_inf_to_errors": False})
    head = book.add_format({"bold": True, "bg_color": "#D9DEE3", "text_wrap": True, "valign": "top"})
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    taken: set[str] = set()
    for sheet in sheets:
        drawn = book.add_worksheet(_name(sheet.name, taken))
        wide = [any(isinstance(row[c], Estimate) for row in sheet.rows) for c in range(len(sheet.columns))]
        heads = [
            part
            for column, four in zip(sheet.columns, wide, strict=True)
            for part in ([column, *(f"{column}: {p}" for p in sheet.parts)] if four else [column])
        ]
        drawn.freeze_panes(1, 0)
        drawn.set_column(0, max(0, len(heads) - 1), 16)
        for c, text in enumerate(heads):
            drawn.write_string(0, c, text, head)
        for r, row in enumerate(sheet.rows, 1):
            for c, cell in enumerate(_spread(row, wide)):
                if isinstance(cell, str):
                    drawn.write_string(r, c, cell[:_LONGEST_TEXT])
                elif isinstance(cell, dt.datetime):
                    drawn.write_datetime(r, c, cell.replace(tzinfo=None), moment)
                elif isinstance(cell, dt.date):
                    drawn.write_datetime(r, c, dt.datetime.combine(cell, dt.time()), day)
                elif isinstance(cell, (int, float)) and math.isfinite(cell):
                    drawn.write_number(r, c, cell)
        if heads and sheet.rows:
            drawn.autofilter(0, 0, len(sheet.rows), len(heads) - 1)
    book.close()
    return out.getvalue()


def _spread(row: Sequence[Cell], wide: Sequence[bool]) -> list[str | int | float | dt.date | None]:
    found: list[str | int | float | dt.date | None] = []
    for cell, four in zip(row, wide, strict=True):
        if isinstance(cell, Estimate):
            found += [cell.value, cell.low, cell.high, cell.n]
        else:
            found += [cell, *([None] * 3 if four else [])]
    return found


def _name(name: str, taken: set[str]) -> str:
    fit = " ".join(name.translate(_FORBIDDEN).split())[:_LONGEST_NAME] or "Sheet"
    found, number = fit, 1
    while found.casefold() in taken:
        number += 1
        end = f" {number}"
        found = fit[: _LONGEST_NAME - len(end)] + end
    taken.add(found.casefold())
    return found
