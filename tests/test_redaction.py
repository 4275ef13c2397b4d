"""`balm.redact` on files, and the keys and comments of an import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import balm
from balm.core.tables import FEEDBACK
from balm.redaction import redact_table

ROWS = [
    {"id": "1", "who": "jo@example.com", "text": "call 13912345678, or 4111 1111 1111 1111", "n": 3},
    {"id": "2", "who": None, "text": "物流慢，身份证11010519491231002X", "n": 4},
    {"id": "3", "who": "x", "text": "nothing, \"quoted\"\nand a second line", "n": 5},
]  # fmt: skip
CLEAN = [
    {"id": "1", "who": "[EMAIL]", "text": "call [PHONE], or [CARD]", "n": "3"},
    {"id": "2", "who": "", "text": "物流慢，身份证[ID]", "n": "4"},
    {"id": "3", "who": "x", "text": "nothing, \"quoted\"\nand a second line", "n": "5"},
]  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), "utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    import csv

    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
    elif path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
    return [{key: "" if value is None else value for key, value in row.items()} for row in rows]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_every_column_is_redacted_and_nothing_else_changes(suffix: str, source: Path, tmp_path: Path) -> None:
    result = balm.redact(source, out=tmp_path / f"out.{suffix}")
    assert read(result.path) == CLEAN
    assert result.counts == {"CARD": 1, "EMAIL": 1, "ID": 1, "PHONE": 1}
    assert result.rows == 3 and result.rejected == 0
    assert set(result.to_json()) == {"path", "rows", "columns", "counts"}


def test_only_the_columns_named(source: Path, tmp_path: Path) -> None:
    result = balm.redact(source, text=["text"], out=tmp_path / "out.csv")
    assert read(result.path)[0]["who"] == "jo@example.com"
    assert result.columns == ["text"] and "EMAIL" not in result.counts


def test_a_table_in_a_parquet_file_loses_no_row(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": [f"row {i} of 13912345678" for i in range(45_000)]}), path)
    result = balm.redact(path, out=tmp_path / "out.parquet")
    assert result.rows == 45_000 and result.counts == {"PHONE": 45_000}
    assert pq.read_table(result.path)["text"].to_pylist()[44_999] == "row 44999 of [PHONE]"


def test_the_copy_lies_beside_the_file_by_default(source: Path) -> None:
    assert balm.redact(source).path == source.with_name("in.redacted.csv")


def test_wrong_use_is_said(source: Path, tmp_path: Path) -> None:
    with pytest.raises(balm.WrongUse, match="no column 'nope'"):
        balm.redact(source, text=["nope"])
    with pytest.raises(balm.WrongUse, match="the file itself"):
        balm.redact(source, out=source)
    with pytest.raises(balm.WrongUse, match="name a"):
        balm.redact(source, out=tmp_path / "out.docx")
    with pytest.raises(balm.InputRefused):
        balm.redact(tmp_path / "missing.csv")


def feedback(**columns: list[Any]) -> pa.Table:
    n = len(next(iter(columns.values())))
    default: dict[str, list[Any]] = {
        "feedback_id": [str(i) for i in range(n)], "text": ["late"] * n, "score": [None] * n, "time": [None] * n,
        "customer": [None] * n, "source": ["f"] * n, "line": list(range(n)), "redactions": [None] * n,
    }  # fmt: skip
    return pa.table({**default, **columns}, schema=FEEDBACK)


def test_places_of_redactions_are_kept() -> None:
    text = "call 13912345678 or jo@example.com!"
    table = redact_table(feedback(text=[text, "nothing"]))
    assert table["text"].to_pylist() == ["call [PHONE] or [EMAIL]!", "nothing"]
    spans, none = table["redactions"].to_pylist()
    assert not none
    assert [text[start:end] for start, end, _ in spans] == ["13912345678", "jo@example.com"]
    assert [length for _, _, length in spans] == [len("[PHONE]"), len("[EMAIL]")]


def test_a_customers_key_that_is_an_identifier_becomes_a_pseudonym() -> None:
    keys = ["13912345678", "C000123", None, "jo@example.com", "13912345678"]
    made = redact_table(feedback(customer=keys))["customer"].to_pylist()
    assert made[1:3] == ["C000123", None]
    assert made[0] == made[4] and made[0].startswith("p_") and made[3].startswith("p_") and made[0] != made[3]


def test_running_numbers_stay_the_ids_of_their_comments() -> None:
    """One in ten of them passes for an identity card of Hong Kong or a bank card."""
    ids = [f"F{i:07d}" for i in range(500)] + [str(452165265144117000 + i) for i in range(500)]
    assert redact_table(feedback(feedback_id=ids))["feedback_id"].to_pylist() == ids


def test_an_id_that_is_a_phone_number_does_not_stay() -> None:
    ids = ["13912345678", "jo@example.com", "11010519491231002X"]
    made = redact_table(feedback(feedback_id=ids))["feedback_id"].to_pylist()
    assert all(key.startswith("p_") for key in made) and len(set(made)) == 3
