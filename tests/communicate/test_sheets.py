"""Workbooks are read back with another library; nothing in them runs."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl

from balm.communicate.sheets import Sheet, workbook
from balm.core.types import Estimate

HOSTILE = ('=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", "＝1+1", "{=1}", "http://x.example")


def test_texts_that_look_like_formulas_stay_texts() -> None:
    data = workbook([Sheet("S", ("text",), tuple((text,) for text in HOSTILE))])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [sheet.cell(i, 1) for i in range(2, 2 + len(HOSTILE))]
    assert [cell.value for cell in cells] == list(HOSTILE)
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in cells)


def test_values_keep_their_kinds_and_an_estimate_takes_four_cells() -> None:
    row = ("送货太慢", Estimate(0.5, 0.4, 0.6, 120, "wilson"), 7, dt.date(2026, 3, 1), None, float("nan"))
    data = workbook(
        [Sheet("痛点", ("name", "reach", "n", "day", "none", "nan"), (row, ("x", None, 1, None, None, 0.5)))]
    )
    rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.values)
    assert rows[0] == ("name", "reach", "reach: low", "reach: high", "reach: n", "n", "day", "none", "nan")
    assert rows[1] == ("送货太慢", 0.5, 0.4, 0.6, 120, 7, dt.datetime(2026, 3, 1), None, None)
    assert rows[2] == ("x", None, None, None, None, 1, None, None, 0.5)


def test_names_are_made_fit_and_unique() -> None:
    names = ("a/b:c", "A B C", "x" * 40, "x" * 40, "")
    book = openpyxl.load_workbook(io.BytesIO(workbook([Sheet(n, ("c",), ()) for n in names])))
    assert len({n.casefold() for n in book.sheetnames}) == 5
    assert max(map(len, book.sheetnames)) <= 31
