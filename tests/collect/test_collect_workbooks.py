"""Workbooks as people keep them: several sheets, headings of two rows, names that lie."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import openpyxl
import pytest

from balm.collect import guess_columns, open_source, plan, read
from balm.collect.files import NO_HEADING, File
from balm.core.errors import InputRefused, WrongUse

ROWS = [[1, "物流太慢了，等了五天才到", 2], [2, "客服态度很好，很耐心", 5], [3, "包装破了，没人管", 1]]


def texts(data: object) -> list[str]:
    return [text for table in read(data) for text in table.column("text").to_pylist()]


@pytest.fixture
def two_sheets(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "三月"
    other = book.create_sheet("四月")
    for sheet, rows in ((book.active, ROWS), (other, ROWS[:2])):
        sheet.append(["编号", "内容", "评分"])
        for row in rows:
            sheet.append(row)
    book.save(path := tmp_path / "two.xlsx")
    return path


def test_a_person_chooses_the_sheet(two_sheets: Path) -> None:
    assert open_source(two_sheets).sheets == ("三月", "四月")
    assert len(texts(two_sheets)) == 3
    assert len(texts(File(two_sheets, sheet="四月"))) == 2
    with pytest.raises(WrongUse, match="五月"):
        open_source(File(two_sheets, sheet="五月"))


def test_a_file_goes_by_the_name_it_was_given(two_sheets: Path, tmp_path: Path) -> None:
    shutil.copy(two_sheets, hidden := tmp_path / "0f3a")
    table = next(iter(read(File(hidden, name="三月.xlsx"))))
    assert set(table.column("source").to_pylist()) == {"三月.xlsx"}


@pytest.mark.parametrize("name", ["renamed.xls", "renamed.ods", "renamed.csv", "renamed"])
def test_a_workbook_under_another_ending(two_sheets: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(two_sheets, path := tmp_path / name)
    assert len(texts(path)) == 3


def test_a_merged_heading_of_two_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["基本信息", None, "反馈", None, None])
    sheet.append(["编号", "客户", "内容", "评分", "日期"])
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("C1:E1")
    for number, text, score in ROWS:
        sheet.append([number, f"K{number}", text, score, f"2024-03-0{number}"])
    book.save(path := tmp_path / "merged.xlsx")
    source = open_source(path)
    found = plan(source)
    assert (found.text, found.id, found.score, found.time) == ("内容", "编号", "评分", "日期")
    assert texts(path) == [text for _, text, _ in ROWS]
    assert source.head[:2] == [["基本信息", "", "反馈", "", ""], ["编号", "客户", "内容", "评分", "日期"]]


def test_a_row_with_an_empty_cell_is_not_taken_for_groups(tmp_path: Path) -> None:
    """An index column without a name, as pandas writes it."""
    path = tmp_path / "index.csv"
    path.write_text(",text,source\na,good product and fast,web\nb,slow delivery again,app\nc,fine,web\n")
    assert open_source(path).names == ["column_1", "text", "source"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_person_names_the_heading(tmp_path: Path, ending: str) -> None:
    rows = [["导出", "于", "三月"], ["a", "b", "c"], *([str(n), text, str(score)] for n, text, score in ROWS)]
    path = tmp_path / f"in.{ending}"
    if ending == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    assert open_source(File(path, heading=1)).sample().names == ["a", "b", "c"]
    assert open_source(File(path, heading=NO_HEADING)).sample().names == ["column_1", "column_2", "column_3"]
    assert len(open_source(File(path, heading=NO_HEADING)).sample().columns["column_1"]) == 5
    with pytest.raises(InputRefused, match="row 31"):
        open_source(File(path, heading=30))


def test_a_score_that_cannot_be_used_is_said() -> None:
    words = ["slow delivery and nobody answered me", "very friendly staff, quick answer", "the box was broken"]
    found = guess_columns({"text": words, "score": ["85", "40", "97"]})
    assert found.score is None
    assert found.unused == {"score": "its values run from 40 to 97, which is no known scale"}
    assert found.describe()["not used"] == "score (its values run from 40 to 97, which is no known scale)"
    assert not guess_columns({"text": words, "score": ["85", "40", "97"]}, {"score": "none"}).unused
    assert not guess_columns({"text": words, "score": ["5", "4", "1"]}).unused
