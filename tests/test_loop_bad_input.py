"""Input as it comes: each oddity ends in a result that says so, or in one line that says why not."""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import balm

Balm = Callable[..., Any]

SAID = [
    "delivery was late again",
    "the app crashes all the time",
    "great lamp with lovely light",
    "staff were rude to me",
    "no refund after two weeks",
    "物流太慢了",
    "客服态度很差",
    "退款一直不到账",
    "質感很好",
    "包裝壓壞了",
]


def rows(n: int, line: Callable[[int], str], heading: str = "id,comment,score") -> bytes:
    return "".join([heading + "\n", *(line(i) + "\n" for i in range(n))]).encode()


def bomb() -> bytes:
    """A workbook whose sheet unpacks to 300 MB."""
    import openpyxl

    book, plain, packed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["comment"])
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, b" " * 300_000_000 if "sheet1" in name else source.read(name))
    return packed.getvalue()


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "no text column": ("a.csv", lambda: rows(50, lambda i: f"{i},{i * 2},{i % 5}", "a,b,c"), "--text"),
    "empty": ("a.csv", lambda: b"", "empty"),
    "header only": ("a.csv", lambda: b"id,comment,score\n", "no rows"),
    "only blanks": ("a.csv", lambda: rows(30, lambda i: f"{i},,{i % 5 + 1}"), "empty_text"),
    "NUL in every row": ("a.csv", lambda: rows(30, lambda i: f"{i},late\0 again {i},{i % 5 + 1}"), "nul_byte"),
    "nothing but NUL": ("a.csv", lambda: b"\0" * 5000, "unknown format"),
    "a picture": ("a.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "unknown format"),
    "an archive": ("a.xlsx", lambda: zip_of({"notes.txt": b"hello"}), "archive"),
    "zip bomb": ("a.xlsx", bomb, ""),
    "damaged workbook": ("a.xlsx", lambda: b"PK\x03\x04" + b"rubbish" * 100, ""),
    "damaged parquet": ("a.parquet", lambda: b"PAR1" + b"rubbish" * 100 + b"PAR1", ""),
}


def zip_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return packed.getvalue()


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("balm: ") and "Traceback" not in text


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(case: str, run_balm: Balm, tmp_path: Path) -> None:
    name, make, why = REFUSED[case]
    path = tmp_path / name
    path.write_bytes(make())
    done = run_balm("analyze", path, "--out", tmp_path / "out")
    assert done.code == 3 and one_line(done.err) and done.out == ""
    assert name in done.err and why in done.err
    assert not (tmp_path / "out" / "report.html").exists()
    with pytest.raises(balm.InputRefused, match=name):
        balm.analyze(path)


@pytest.mark.parametrize("name", ["missing.csv", "."])
@pytest.mark.parametrize("command", ["analyze", "redact", "score", "trend", "contrast"])
def test_missing_files_and_folders_are_refused(command: str, name: str, run_balm: Balm, tmp_path: Path) -> None:
    more = {"analyze": ["--out", tmp_path / "out"], "contrast": ["--target", "a=b"]}.get(command, [])
    done = run_balm(command, tmp_path / name, *more)
    assert done.code == 3 and one_line(done.err)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom file rights bind")
def test_a_file_one_may_not_read_is_refused(run_balm: Balm, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(rows(30, lambda i: f"{i},late again,{i % 5}"))
    path.chmod(0)
    assert run_balm("analyze", path).code == 3


def test_one_row(run_balm: Balm, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(rows(1, lambda i: "1,delivery was late and the box was crushed,2"))
    done = run_balm("analyze", path, "--out", tmp_path / "out")
    assert done.code == 0 and "Late delivery" in done.out
    result = json.loads((tmp_path / "out" / "themes.json").read_text("utf-8"))
    assert "Only 1 comment:" in result["overview"]["notes"][0]["en"]


def test_all_rows_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(rows(300, lambda i: f"{i},delivery was late,2"))
    result = balm.analyze(path)
    (point,) = result.painpoints
    assert (point.theme_id, point.comments) == ("delivery.late", 300)
    assert point.reach.value == 1
    assert point.severity.value is None or abs(point.severity.value) < 0.5


@pytest.mark.parametrize("score", ["", "3"])
def test_no_score_and_one_score_only(score: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(rows(300, lambda i: f"{i},{SAID[i % 10]} {i},{score if i == 5 else ''}"))
    result = balm.analyze(path)
    assert len(result.painpoints) >= 4
    assert result.overview.severity_from == "words" or all(
        point.severity.value is None for point in result.painpoints
    ), "one score can say nothing of what is lost"


def test_scores_that_are_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(rows(300, lambda i: f"{i},{SAID[i % 10]} {i},5"))
    result = balm.analyze(path)
    assert result.overview.sentiment_from == "words"
    assert len(result.painpoints) >= 4


def test_dates_in_five_formats(tmp_path: Path) -> None:
    formats = ["2026-03-{:02d}", "2026/3/{} 10:22", "2026年3月{}日", '"Mar {}, 2026"', "2026-03-{:02d}T08:00:00Z"]
    path = tmp_path / "a.csv"
    path.write_bytes(
        rows(300, lambda i: f"{SAID[i % 10]} {i},{formats[i % 5].format(i % 27 + 1)}", "comment,created_at")
    )
    overview = balm.analyze(path).overview
    assert (str(overview.first_day), str(overview.last_day)) == ("2026-03-01", "2026-03-27")
    assert "could not be read" not in str(overview.notes)


def test_emoji_only(tmp_path: Path) -> None:
    faces = random.Random(1)
    path = tmp_path / "a.csv"
    kinds = ["😡", "👍", "😭😭", "❤️", "🙄🤮"]
    path.write_bytes(rows(200, lambda i: f"{i},{faces.choice(kinds) * faces.randint(1, 4)},{i % 5 + 1}"))
    result = balm.analyze(path)
    assert result.overview.comments == 200 and result.overview.languages == {"other": 200}
    felt = dict(zip(result.mentions["text"].to_pylist(), result.mentions["sentiment"].to_pylist(), strict=True))
    assert felt["👍"] != "negative"
    assert "hold no words" in str(result.overview.notes)


def test_one_percent_of_rubbish_bytes(tmp_path: Path) -> None:
    data, dice = bytearray(rows(3000, lambda i: f"{i},{SAID[i % 10]} {i},{i % 5 + 1}")), random.Random(4)
    for _ in range(len(data) // 100):
        data[dice.randrange(20, len(data))] = dice.randrange(256)
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    result = balm.analyze(path, out=tmp_path / "out")
    overview = result.overview
    assert overview.comments > 1500 and sum(overview.rejected.values()) > 300
    assert overview.rows_read == overview.comments + overview.duplicates + sum(overview.rejected.values())
    kept = (tmp_path / "out" / "rejected.jsonl").read_text("utf-8").splitlines()
    assert len(kept) == sum(overview.rejected.values())
    for line in map(json.loads, kept):
        assert {"line", "column", "reason"} <= set(line)


@pytest.mark.parametrize("text", ["delivery was late and the app crashed. " * 25_000, "慢" * 1_000_000])
def test_a_million_character_comment(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(rows(100, lambda i: f'{i},"{text if i == 7 else SAID[i % 10]}",{i % 5 + 1}'))
    result = balm.analyze(path, out=tmp_path / "out")
    assert result.overview.comments == 99 and result.overview.rejected == {"cell_too_large": 1}
    refused = (tmp_path / "out" / "rejected.jsonl").read_text("utf-8")
    assert '"line":9' in refused and len(refused) < 10_000


@pytest.mark.parametrize("text", ["ส่งของช้ามาก ไม่พอใจเลย", "التوصيل متأخر جدا", "доставка опоздала"])
def test_other_languages_are_kept_counted_and_said_to_be_unsupported(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(rows(120, lambda i: f"{i},{text if i % 2 else SAID[i % 10]} {i},{i % 5 + 1}"))
    result = balm.analyze(path)
    assert result.overview.comments == 120 and result.overview.languages["other"] == 60
    assert "60 comments are in a language Balm does not read" in str(result.overview.notes)
    rest = result.mentions.filter([name == "other" for name in result.mentions["language"].to_pylist()])
    assert rest.num_rows >= 60 and rest["theme_id"].null_count == rest.num_rows


def test_a_file_that_is_refused_leaves_the_folder_usable(run_balm: Balm, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_bytes(rows(30, lambda i: f"{i},,{i % 5 + 1}"))
    good.write_bytes(rows(60, lambda i: f"{i},{SAID[i % 10]},{i % 5 + 1}"))
    assert run_balm("analyze", bad, "--out", tmp_path / "out").code == 3
    done = run_balm("analyze", good, "--out", tmp_path / "out")
    assert done.code == 0 and (tmp_path / "out" / "report.html").exists()
