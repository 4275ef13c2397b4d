"""Files are told by their content, and every form of them gives the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from balm.collect import Reason, Reject, files, open_source, read
from balm.collect.encoding import guess_encoding
from balm.collect.files import Format, recognize
from balm.core.errors import BalmError, InputRefused, WrongUse
from balm.core.tables import FEEDBACK

HANS = [
    ("1", "物流太慢了，等了五天，客服也不理人", "2"),
    ("2", "很好用的应用，发货快！\n包装也好", "5"),
    ("3", "价格有点贵，但是味道不错。“值得”再来", "4"),
]
HANT = [
    ("1", "送貨好慢，等了五天都沒有人理", "2"),
    ("2", "很好用的應用程式，出貨快！\n包裝也好", "5"),
    ("3", "價格有點貴，但是味道不錯；「值得」再來", "4"),
]
LATIN = [
    ("1", "Delivery was late; nobody answered, café closed", "2"),
    ("2", 'Great "app",\nfast delivery', "5"),
    ("3", "Too expensive, but tasty", "4"),
]


def as_text(rows: list[tuple[str, str, str]], delimiter: str = ",") -> str:
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([("id", "text", "rating"), *rows])
    return sink.getvalue()


def texts(source: Any, rejects: list[Reject] | None = None, **options: Any) -> list[str]:
    handler = rejects.append if rejects is not None else None
    return [t for table in read(source, reject=handler, **options) for t in table.column("text").to_pylist()]


@pytest.mark.parametrize(
    ("rows", "encoding"),
    [
        *((HANS, e) for e in ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")),
        *((HANT, e) for e in ("utf-8", "utf-8-sig", "big5", "gb18030", "utf-16", "utf-16-le", "utf-16-be")),
        *((LATIN, e) for e in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be")),
    ],
)
def test_encodings_are_guessed(tmp_path: Path, rows: list[tuple[str, str, str]], encoding: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(as_text(rows).encode(encoding))
    rejects: list[Reject] = []
    assert texts(path, rejects) == [text for _, text, _ in rows]
    assert rejects == []


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_file_larger_than_the_sample_keeps_its_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "many.csv"
    rows = [(str(i), f"第{i}次下单，物流太慢了，等了五天", str(i % 5 + 1)) for i in range(30_000)]
    path.write_bytes(as_text(rows).encode(encoding))
    assert texts(path) == [text for _, text, _ in rows]


def test_an_encoding_nobody_reads_is_refused() -> None:
    with pytest.raises(InputRefused, match="encoding is not recognized"):
        guess_encoding(("これはとても良い商品です。配達が遅い\n" * 20).encode("shift_jis"), "a.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_guessed(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "reviews.txt"
    path.write_text(as_text(LATIN, delimiter), "utf-8", newline="")
    assert texts(path) == [text for _, text, _ in LATIN]


def test_the_hint_that_excel_writes_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("sep=;\n" + as_text(LATIN, ";"), "utf-8", newline="")
    table = next(read(path))
    assert table.column("text").to_pylist() == [text for _, text, _ in LATIN]
    assert table.column("line").to_pylist() == [3, 4, 6]


def test_one_comment_a_line_needs_no_heading(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    lines = ["I waited two hours, nobody came.", "Great, friendly staff, will return", 'The "new" app crashes, often']
    path.write_text("\n".join(lines), "utf-8")
    assert texts(path) == lines


def test_a_title_above_the_heading_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("Survey of May,,\n,,\n" + as_text(LATIN), "utf-8", newline="")
    assert texts(path) == [text for _, text, _ in LATIN]


def test_line_numbers_count_quoted_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(as_text(LATIN), "utf-8", newline="")
    assert next(read(path)).column("line").to_pylist() == [2, 3, 5]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(ending.join(["id,text", "1,too slow", "2,very good"]).encode())
    table = next(read(path))
    assert (table.column("text").to_pylist(), table.column("line").to_pylist()) == (["too slow", "very good"], [2, 3])


def write_workbook(path: Path, rows: list[Any], before: int = 0) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for i, row in enumerate([("id", "text", "rating"), *rows], before + 1):
        for j, cell in enumerate(row, 2):
            sheet.cell(i, j, cell)
    book.create_sheet("hidden").sheet_state = "hidden"
    book.save(path)


def test_a_workbook_keeps_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "reviews.xlsx"
    write_workbook(path, [(1, "too slow", 2), (2, None, 3), (3, 42, 5.0)], before=2)
    rejects: list[Reject] = []
    table = next(read(path, named={"text": "text", "score": "rating"}, reject=rejects.append))
    assert table.column("text").to_pylist() == ["too slow", "42"]
    assert table.column("line").to_pylist() == [4, 6]
    assert table.column("score").to_pylist() == [2.0, 5.0]
    assert [(r.line, r.reason) for r in rejects] == [(5, Reason.EMPTY_TEXT)]


def test_a_workbook_goes_by_its_content_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    write_workbook(path.with_suffix(".xlsx"), HANS)
    path.with_suffix(".xlsx").rename(path)
    assert recognize(path).format is Format.EXCEL
    assert texts(path) == [text for _, text, _ in HANS]


def test_an_open_document_sheet(tmp_path: Path) -> None:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in [("id", "text"), ("1", "物流太慢了"), ("2", "價格有點貴")]
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "reviews.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", '<?xml version="1.0" encoding="UTF-8"?>' + content, zipfile.ZIP_DEFLATED)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    assert texts(path) == ["物流太慢了", "價格有點貴"]


def records(rows: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [{"id": i, "text": t, "rating": int(s)} for i, t, s in rows]


def test_json_lines_and_arrays(tmp_path: Path) -> None:
    lines, array = tmp_path / "a.jsonl", tmp_path / "b.json"
    lines.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records(HANS)), "utf-8")
    array.write_text(json.dumps(records(HANS), indent=1), "utf-8")
    assert texts(lines) == texts(array) == [text for _, text, _ in HANS]


def test_inner_objects_become_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"review": {"text": "too slow, again", "stars": 2}, "tags": ["a"]}\n', "utf-8")
    table = next(read(path, named={"score": "review.stars"}))
    assert (table.column("text")[0].as_py(), table.column("score")[0].as_py()) == ("too slow, again", 2.0)


def test_broken_json_is_set_aside(tmp_path: Path) -> None:
    lines, array = tmp_path / "a.jsonl", tmp_path / "b.json"
    lines.write_text('{"text": "one fine day"}\n{"text": \n[1]\n{"text": "bad \\ud800"}\n{"text": "two"}\n', "utf-8")
    rejects: list[Reject] = []
    assert texts(lines, rejects) == ["one fine day", "two"]
    assert [(r.line, r.reason) for r in rejects] == [
        (2, Reason.NOT_JSON),
        (3, Reason.NOT_JSON),
        (4, Reason.UNDECODABLE),
    ]
    array.write_text('[{"text": "one fine day"}, {"text": oops}, {"text": "two"}, 5]', "utf-8")
    rejects.clear()
    assert texts(array, rejects) == ["one fine day", "two"]
    assert [(r.line, r.reason) for r in rejects] == [(2, Reason.NOT_JSON), (4, Reason.NOT_JSON)]


def test_a_long_array_streams(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    rows = [{"text": f"comment number {i} " + "x" * 100} for i in range(30_000)]
    path.write_text(json.dumps(rows), "utf-8")
    assert texts(path) == [row["text"] for row in rows]


def test_parquet_and_tables_in_memory(tmp_path: Path) -> None:
    import pandas as pd
    import polars as pl

    table = pa.Table.from_pylist(records(HANS))
    path = tmp_path / "reviews.parquet"
    pq.write_table(table, path)
    expected = [text for _, text, _ in HANS]
    frame = pd.DataFrame(records(HANS)).set_index("id", drop=False)
    for source in (path, table, frame, pl.from_arrow(table), records(HANS), table.to_pydict()):
        assert texts(source) == expected
    mixed = pd.DataFrame({"text": ["fine, thank you", 3, None], "rating": ["5", 4, 3]})
    assert texts(mixed) == ["fine, thank you", "3"]


def test_several_sources_are_read_in_turn(tmp_path: Path) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    a.write_text(as_text(HANS), "utf-8", newline="")
    b.write_text(as_text(LATIN), "utf-8", newline="")
    seen: list[tuple[int, int]] = []
    assert texts([a, b], progress=lambda done, total: seen.append((done, total))) == [t for _, t, _ in HANS + LATIN]
    assert seen[-1][0] == seen[-1][1] == a.stat().st_size + b.stat().st_size
    assert seen == sorted(seen)


@pytest.mark.parametrize("pack", ["gzip", "zstd"])
def test_packed_text(tmp_path: Path, pack: str) -> None:
    data = as_text(HANS).encode("gb18030")
    path = tmp_path / "reviews.csv"
    path.write_bytes(gzip.compress(data) if pack == "gzip" else pa.compress(data, "zstd", asbytes=True))
    assert texts(path) == [text for _, text, _ in HANS]


def test_a_truncated_gzip_gives_what_it_has(tmp_path: Path) -> None:
    rows = [(str(i), f"comment {i} {os.urandom(8).hex()}", "3") for i in range(20_000)]
    path = tmp_path / "reviews.csv.gz"
    path.write_bytes(gzip.compress(as_text(rows).encode())[:-20_000])
    rejects: list[Reject] = []
    found = texts(path, rejects)
    assert 1000 < len(found) < 20_000
    assert found == [text for _, text, _ in rows][: len(found)]
    assert rejects[-1].reason is Reason.TRUNCATED


def test_the_schema_is_the_one_rooms_agree_on(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,score,channel\n" + "too slow today,3,app\ngood enough,4,web\n" * 5, "utf-8")
    table = next(read(path))
    assert table.schema == pa.schema([*FEEDBACK, pa.field("by:channel", pa.string())])
    assert table.column("source").to_pylist() == ["a.csv"] * 10
    table.validate(full=True)


# refused as a whole


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (64 << 20))


def lying_zip_bomb(path: Path) -> None:
    zip_bomb(path)
    real = (64 << 20).to_bytes(4, "little")
    data = path.read_bytes()
    assert data.count(real) == 2
    path.write_bytes(data.replace(real, (1000).to_bytes(4, "little")))


REFUSED = {
    "empty.csv": (lambda p: p.write_bytes(b""), "is empty"),
    "blank.csv": (lambda p: p.write_bytes(b"\n \n\n"), "is empty"),
    "heading.csv": (lambda p: p.write_bytes(b"id,text,rating\n"), "heading but no rows"),
    "folder.csv": (lambda p: p.mkdir(), "is a folder"),
    "missing.csv": (lambda p: None, "no such file"),
    "noise.csv": (lambda p: p.write_bytes(bytes(range(256)) * 50), "unknown format|encoding is not recognized"),
    "nul.csv": (lambda p: p.write_bytes(b"\0" * 5000), "unknown format|is empty"),
    "picture.csv": (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000)), "unknown format"),
    "page.csv": (lambda p: p.write_bytes(b"<!DOCTYPE html><html></html>"), "XML or HTML"),
    "bomb.xlsx": (zip_bomb, "zip bomb"),
    "lying.xlsx": (lying_zip_bomb, "zip bomb"),
    "archive.zip": (lambda p: zipfile.ZipFile(p, "w").writestr("a.csv", "text\nhi\n"), "unpack it first|damaged"),
    "torn.xlsx": (lambda p: p.write_bytes(b"PK\x03\x04" + b"x" * 500), "damaged"),
    "locked.xlsx": (
        lambda p: p.write_bytes(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
        ),
        "encrypted",
    ),
    "ole.doc": (lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)), "unknown format"),
    "torn.parquet": (lambda p: p.write_bytes(b"PAR1" + b"x" * 100), "damaged"),
    "torn.csv.gz": (lambda p: p.write_bytes(b"\x1f\x8b" + b"junk" * 50), "damaged"),
    "stub.csv.gz": (lambda p: p.write_bytes(gzip.compress(b"text\n" + os.urandom(999).hex().encode())[:30]), "damage"),
    "twice.csv.gz": (lambda p: p.write_bytes(gzip.compress(gzip.compress(b"text\nhi\n"))), "unpack it first"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_line(tmp_path: Path, name: str) -> None:
    make, why = REFUSED[name]
    make(tmp_path / name)  # type: ignore[no-untyped-call]
    with pytest.raises(InputRefused, match=why) as refusal:
        texts(tmp_path / name)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("pack", ["gzip", "zstd"])
def test_a_compression_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str) -> None:
    monkeypatch.setattr(files, "MAX_EXPANDED", 4 << 20)
    data = b"text,n\n" + b"good enough,4\n" * 400_000
    path = tmp_path / "bomb.csv"
    path.write_bytes(gzip.compress(data) if pack == "gzip" else pa.compress(data, "zstd", asbytes=True))
    with pytest.raises(InputRefused, match="compression bomb"):
        texts(path)


def test_what_is_no_data_is_wrong_use() -> None:
    for thing in (5, object(), [1, 2]):
        with pytest.raises(BalmError):
            texts(thing)
    with pytest.raises(WrongUse):
        open_source(object())
