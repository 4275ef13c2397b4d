"""Rows that break the rules are set aside by name and place; the rest goes in."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balm.collect import Reason, Reject, read
from balm.core.errors import InputRefused


def run(path: Path, **options: Any) -> tuple[list[str], list[Reject]]:
    rejects: list[Reject] = []
    tables = read(path, reject=rejects.append, **options)
    return [text for table in tables for text in table.column("text").to_pylist()], rejects


def places(rejects: list[Reject]) -> list[tuple[int, Reason]]:
    return [(reject.line, reject.reason) for reject in rejects]


def file(tmp_path: Path, *lines: bytes | str) -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return path


def test_one_percent_of_rubbish_bytes(tmp_path: Path) -> None:
    rng = random.Random(5)
    lines = [f"{i},第{i}单物流太慢了，等了五天才到,{i % 5 + 1}".encode() for i in range(5000)]
    spoiled = set(rng.sample(range(5000), 50))
    for i in spoiled:
        at = lines[i].index(b",") + 4
        lines[i] = lines[i][:at] + bytes(rng.choice(b"\x80\xfe\xff\xc0\xf8") for _ in range(4)) + lines[i][at:]
    texts, rejects = run(file(tmp_path, "id,text,rating", *lines))
    assert len(texts) == 4950
    assert places(rejects) == [(i + 2, Reason.UNDECODABLE) for i in sorted(spoiled)]
    assert all("utf-8" in reject.message for reject in rejects)


def test_rubbish_in_plain_english(tmp_path: Path) -> None:
    lines = [f"{i},comment number {i}".encode() for i in range(1000)]
    for i in range(0, 1000, 100):
        lines[i] += b" \xfe\xff\x80\x81"
    texts, rejects = run(file(tmp_path, "id,text", *lines))
    assert len(texts) == 990
    assert places(rejects) == [(i + 2, Reason.UNDECODABLE) for i in range(0, 1000, 100)]


@pytest.mark.parametrize("share", [0.001, 0.01])
def test_rubbish_anywhere_never_kills_the_file(tmp_path: Path, share: float) -> None:
    rng = random.Random(6)
    data = bytearray(b"id,text,rating\n" + "".join(f"{i},送貨好慢，第{i}次了,3\n" for i in range(4000)).encode())
    for _ in range(int(len(data) * share)):
        data[rng.randrange(20, len(data))] = rng.randrange(256)
    path = tmp_path / "in.csv"
    path.write_bytes(bytes(data))
    texts, rejects = run(path, named={"text": "text", "id": "none"})
    written = {f"送貨好慢，第{i}次了" for i in range(4000)}
    clean = sum(text in written for text in texts)
    assert clean > (3500 if share == 0.001 else 2000)
    assert rejects


def test_mixed_encodings_in_one_file(tmp_path: Path) -> None:
    good = [f"{i},味道不错，下次还来{i}" for i in range(20)]
    path = file(
        tmp_path, "id,text", *good, "98,物流太慢，差评".encode("gb18030"), "99,送貨好慢".encode("big5"), "100,好吃"
    )
    texts, rejects = run(path)
    assert len(texts) == 21
    assert places(rejects) == [(22, Reason.UNDECODABLE), (23, Reason.UNDECODABLE)]
    assert rejects[0].raw["id"] == "98"


def test_broken_utf16(tmp_path: Path) -> None:
    rows = [f"{i},味道不错，下次还来{i}" for i in range(50)]
    data = "\n".join(["id,text", *rows, ""]).encode("utf-16-le")
    lone = "51,坏".encode("utf-16-le") + b"\x00\xd8" + "字\n52,好吃\n".encode("utf-16-le")
    for mark in (b"", b"\xff\xfe"):
        path = tmp_path / "in.csv"
        path.write_bytes(mark + data + lone)
        texts, rejects = run(path)
        assert len(texts) == 51 and texts[-1] == "好吃"
        assert places(rejects) == [(52, Reason.UNDECODABLE)]
        path.write_bytes(mark + data + b"x")  # half a character at the end
        texts, rejects = run(path)
        assert len(texts) == 50
        assert places(rejects) == [(52, Reason.UNDECODABLE)]


def test_nul_bytes(tmp_path: Path) -> None:
    texts, rejects = run(file(tmp_path, "id,text", "1,fine service here", b"2,bad\0byte", "3,good food"))
    assert texts == ["fine service here", "good food"]
    assert places(rejects) == [(3, Reason.NUL_BYTE)]


def test_huge_cells_and_lines(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "id,text",
        "1,fine service here",
        "2," + "x" * (10 << 20),
        "3,good food",
        "4," + "很" * 120_000,
        "5," + "y" * 1_000_000,
        '6,"' + "z" * 100_000 + '"',
        "7,last one",
    )
    texts, rejects = run(path)
    assert texts == ["fine service here", "good food", "z" * 100_000, "last one"]
    assert places(rejects) == [(line, Reason.CELL_TOO_LARGE) for line in (3, 5, 6)]
    assert all(len(str(reject.raw)) < 1000 for reject in rejects)


def test_formulas_are_told_from_words(tmp_path: Path) -> None:
    formulas = [
        '=HYPERLINK("http://evil.example","click")',
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "+IMPORTXML(A1)",
        "=A1+B2",
        "=1+1",
        '=-SUM("a")',
    ]
    words = ["-5 stars", "@airline hi there", "+1 to that", "=) nice", "= good", "-slow (again)", "@united (really)?"]
    sink = io.StringIO()
    csv.writer(sink).writerows([("id", "text"), *enumerate(formulas + words)])
    path = tmp_path / "in.csv"
    path.write_text(sink.getvalue(), "utf-8")
    texts, rejects = run(path)
    assert texts == words
    assert [reject.reason for reject in rejects] == [Reason.FORMULA] * len(formulas)
    assert rejects[0].column == "text" and rejects[0].raw["text"] == formulas[0]


def test_wrong_numbers_of_cells(tmp_path: Path) -> None:
    path = file(tmp_path, "id,text,rating", "1,fine,5", "2,one, two,4", "3,short", "4,empty tail,3,,", "", "5,good,4")
    texts, rejects = run(path)
    assert texts == ["fine", "empty tail", "good"]
    assert places(rejects) == [(3, Reason.WRONG_FIELD_COUNT), (4, Reason.WRONG_FIELD_COUNT)]
    assert rejects[0].raw == {"id": "2", "text": "one", "rating": " two", "(cell 4)": "4"}


def test_a_stray_quote_costs_one_row(tmp_path: Path) -> None:
    rows = [f"{i},comment number {i},3" for i in range(3000)]
    rows[10] = '10,"opens and never closes,3'
    rows[2990] = '2990,"again,3'
    rows[20] = '20,"He said "hi" to me",4'
    texts, rejects = run(file(tmp_path, "id,text,rating", *rows))
    assert len(texts) == 2998
    assert places(rejects) == [(12, Reason.UNCLOSED_QUOTE), (2992, Reason.UNCLOSED_QUOTE)]
    assert any("hi" in text for text in texts)


def test_a_quote_that_opens_in_the_last_rows(tmp_path: Path) -> None:
    texts, rejects = run(file(tmp_path, "id,text", "1,fine food", '2,"open', "3,good food"))
    assert texts == ["fine food", "good food"]
    assert places(rejects) == [(3, Reason.UNCLOSED_QUOTE)]


def test_words_of_other_scripts_and_emoji_stay(tmp_path: Path) -> None:
    words = ["👍👍😡", "จัดส่งล่าช้ามาก ไม่พอใจ", "التوصيل متأخر جدا", "✈️", "!!!", "。"]
    texts, rejects = run(file(tmp_path, "id,text", *(f"{i},{w}" for i, w in enumerate(words))))
    assert (texts, rejects) == (words, [])


def test_one_row_and_equal_rows(tmp_path: Path) -> None:
    assert run(file(tmp_path, "id,text", "1,too slow")) == (["too slow"], [])
    assert run(file(tmp_path, "text", *["too slow"] * 40)) == (["too slow"] * 40, [])
    assert run(file(tmp_path, "review", "好")) == (["好"], [])


def test_scores_and_times_that_cannot_be_read_keep_the_row(tmp_path: Path) -> None:
    lines = [f"{i},comment number {i},{i % 5 + 1},2024-01-{i % 28 + 1:02}" for i in range(60)]
    lines += ["60,what a day,five?,2024-01-02", "61,what a night,n/a,someday", "62,what a week,77,"]
    rejects: list[Reject] = []
    (table,) = read(file(tmp_path, "id,text,rating,date", *lines), reject=rejects.append)
    assert table.num_rows == 63
    assert table.column("score").to_pylist()[-3:] == [None, None, None]
    assert table.column("time").null_count == 2
    assert sorted((r.line, r.reason, r.kept) for r in rejects) == [
        (62, Reason.BAD_SCORE, True),
        (63, Reason.BAD_TIME, True),
        (64, Reason.BAD_SCORE, True),
    ]


def test_reading_can_begin_at_a_line(tmp_path: Path) -> None:
    path = file(tmp_path, "id,text", "1,first words", '2,"second', 'words"', "3,third words", "4,last words")
    assert run(path, start_line=5)[0] == ["third words", "last words"]
    assert run(path, batch_rows=1)[0] == ["first words", "second\nwords", "third words", "last words"]


def seeds() -> dict[str, bytes]:
    rows = [{"id": str(i), "text": f'送貨好慢, "第{i}次"\nsecond line', "rating": i % 5 + 1} for i in range(40)]
    sink, sheet, parquet = io.StringIO(), io.BytesIO(), io.BytesIO()
    writer = csv.DictWriter(sink, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    for row in [dict.fromkeys(rows[0]), *rows]:
        page.append([value if value is not None else key for key, value in row.items()])
    book.save(sheet)
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    text = sink.getvalue()
    return {
        **{encoding: text.encode(encoding) for encoding in ("utf-8", "gb18030", "big5", "utf-16")},
        "gzip": gzip.compress(text.encode()),
        "jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "json": json.dumps(rows, ensure_ascii=False).encode(),
        "xlsx": sheet.getvalue(),
        "parquet": parquet.getvalue(),
    }


@pytest.mark.parametrize("form", ["utf-8", "gb18030", "big5", "utf-16", "gzip", "jsonl", "json", "xlsx", "parquet"])
def test_damaged_files_are_read_or_refused_but_never_a_traceback(tmp_path: Path, form: str) -> None:
    rng, seed, read_at_all = random.Random(form), seeds()[form], 0
    path = tmp_path / "in.dat"
    path.write_bytes(seed)
    assert len(run(path)[0]) == 40
    for _ in range(25):
        data = bytearray(seed)
        for _ in range(rng.choice([1, 3, 30])):
            at = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[at] = rng.choice([rng.randrange(256), 0, 34, 44, 10, 13, 92])
                case 1:
                    data[at:at] = bytes(rng.choices([34, 44, 10, 0, 255, 123, 91], k=3))
                case _:
                    del data[at : at + rng.randrange(1, 30)]
        path.write_bytes(bytes(data))
        try:
            _, rejects = run(path)
        except InputRefused as refusal:
            assert "\n" not in str(refusal)
            continue
        read_at_all += 1
        for reject in rejects:
            json.dumps(reject.to_json(), ensure_ascii=False).encode()
    assert read_at_all > 0 or form == "gzip"


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("id,text,rating\n")
        for i in range(600_000):
            out.write(f"{i},第{i}次下单了，物流还是太慢，客服也不理人，等了很久很久都没有人回答,{i % 5 + 1}\n")
    program = (
        "import resource, sys; from balm.collect import read\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
        "tables = read(sys.argv[1]); n = sum(next(tables).num_rows for _ in range(2)); early = peak()\n"
        "n += sum(table.num_rows for table in tables); print(n, peak() - early)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    rows, grown = map(int, done.stdout.split())
    assert rows == 600_000
    assert grown < 60  # MB, of which 16 bytes a row are the keys that tell rows apart


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_odd_words_survive_the_way_through_csv(tmp_path: Path, words: list[str], delimiter: str, encoding: str) -> None:
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("key", "text", "channel"), *((f"k{i}", word, "app") for i, word in enumerate(words))])
    path = tmp_path / "in.csv"
    path.write_bytes(sink.getvalue().encode(encoding))
    rejects: list[Reject] = []
    named = {"text": "text", "id": "key", "score": "none", "time": "none", "customer": "none", "by": "none"}
    texts = [t for table in read(path, named=named, reject=rejects.append) for t in table.column("text").to_pylist()]
    lost = {reject.reason for reject in rejects}
    assert lost <= {Reason.EMPTY_TEXT, Reason.FORMULA}
    assert len(texts) + len(rejects) == len(words)
    kept = iter(words)
    assert all(any(text == word for word in kept) for text in texts)  # in order


def test_a_sheet_whose_cells_lie_far_apart_is_refused_before_it_is_built(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = "text", "物流太慢"
    book.active.cell(1_048_576, 16_384).value = "x"
    book.save(path := tmp_path / "far.xlsx")
    with pytest.raises(InputRefused, match="1,048,576 rows × 16,384 columns") as refused:
        run(path)
    assert refused.value.code == "sparse"


def test_a_wide_sheet_that_is_full_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["text", *(f"c{i}" for i in range(400))])
    for i in range(30):
        book.active.append([f"第{i}单物流太慢了，等了五天", *range(400)])
    book.save(path := tmp_path / "wide.xlsx")
    assert len(run(path)[0]) == 30
