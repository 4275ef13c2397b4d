"""The same run gives the same bytes; a run with more comments keeps what was said before."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv

import balm
from balm.analysis import Analysis
from balm.lake.importing import import_files
from balm.simulate import simulate

Balm = Callable[..., Any]
FILES = ("painpoints.json", "themes.json", "mentions.parquet", "report.html", "rejected.jsonl")
KEYS = ["feedback_id", "start", "end", "theme_id"]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def differing(a: dict[str, bytes], b: dict[str, bytes]) -> list[str]:
    return [name for name in FILES if a[name] != b[name]]


@dataclass(frozen=True)
class Months:
    january: Path
    february: Path


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Months:
    """Two months of the demo company, a file each, with some rows that are refused."""
    folder = tmp_path_factory.mktemp("months")
    table = simulate(comments=3000, months=2, seed=5).feedback
    early = pc.less(table["created_at"], pa.scalar(dt.datetime(2026, 2, 1), pa.timestamp("s")))
    made = Months(folder / "january.csv", folder / "february.csv")
    csv.write_csv(table.filter(early), made.january)
    csv.write_csv(table.filter(pc.invert(early)), made.february)
    with made.january.open("a", encoding="utf-8") as file:
        file.write("F9999999,2026-01-31\nF9999998,2026-01-31\n")
    return made


@pytest.fixture(scope="module")
def first(months: Months, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the analysis of January writes."""
    folder = tmp_path_factory.mktemp("first")
    balm.analyze(months.january, out=folder)
    return bytes_of(folder)


def test_two_folders_hold_the_same_bytes(months: Months, first: dict[str, bytes], tmp_path: Path) -> None:
    balm.analyze(months.january, out=tmp_path / "second")
    assert differing(first, bytes_of(tmp_path / "second")) == []


def test_a_second_run_into_the_same_folder_changes_nothing(months: Months, tmp_path: Path) -> None:
    balm.analyze(months.january, out=tmp_path)
    before = bytes_of(tmp_path)
    again = balm.analyze(months.january, out=tmp_path)
    assert again.overview.moved is None
    assert differing(before, bytes_of(tmp_path)) == []


@pytest.mark.slow
def test_processes_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With several parts, so that there is work to share."""
    monkeypatch.setattr("balm.lake.importing.BATCH_ROWS", 700)

    table = simulate(comments=2000, months=2, seed=6).feedback
    monkeypatch.setitem(import_files.__kwdefaults__, "batch_rows", 700)
    made = {}
    for jobs in (1, 2):
        balm.analyze(table, out=tmp_path / str(jobs), jobs=jobs)
        made[jobs] = bytes_of(tmp_path / str(jobs))
    assert len(list((tmp_path / "1" / "lake" / "feedback").glob("*.parquet"))) >= 3
    assert differing(made[1], made[2]) == []


@pytest.fixture(scope="module")
def grown(months: Months, tmp_path_factory: pytest.TempPathFactory) -> tuple[pa.Table, Analysis, Path]:
    """January's mentions; January with February, in the same folder; that folder."""
    folder = tmp_path_factory.mktemp("grown")
    before = balm.analyze(months.january, out=folder).mentions
    return before, balm.analyze([months.january, months.february], out=folder), folder


def kept_share(before: pa.Table, after: pa.Table) -> float:
    coded = before.filter(before["theme_id"].is_valid()).select(KEYS)
    return float(coded.join(after.select(KEYS), KEYS, join_type="left semi").num_rows / coded.num_rows)


def test_earlier_mentions_keep_their_themes(grown: tuple[pa.Table, Analysis, Path]) -> None:
    before, after, _ = grown
    moved = after.overview.moved
    assert moved is not None and moved.value is not None
    assert moved.value <= 0.02
    assert kept_share(before, after.mentions) == pytest.approx(1 - moved.value, abs=0.002)
    assert moved.n == before.num_rows - before["theme_id"].null_count


def test_all_that_a_folder_holds_is_counted(grown: tuple[pa.Table, Analysis, Path]) -> None:
    overview = grown[1].overview
    assert overview.files == ("january.csv", "february.csv")
    assert overview.rows_read == 3002 and overview.comments == 3000
    assert overview.rejected == {"wrong_field_count": 2}


@pytest.fixture(scope="module")
def afresh(months: Months) -> Analysis:
    """Both months, in no folder."""
    return balm.analyze([months.january, months.february])


def test_february_alone_adds_to_what_the_folder_holds(
    months: Months, grown: tuple[pa.Table, Analysis, Path], tmp_path: Path
) -> None:
    balm.analyze(months.january, out=tmp_path)
    balm.analyze(months.february, out=tmp_path)
    assert differing(bytes_of(grown[2]), bytes_of(tmp_path)) == []


def test_themes_of_the_codebook_keep_their_ids_in_a_new_folder_too(
    grown: tuple[pa.Table, Analysis, Path], afresh: Analysis
) -> None:
    before, _, _ = grown
    by_phrase = before.filter(pc.equal(before["origin"], "phrase"))
    assert kept_share(by_phrase, afresh.mentions) >= 0.98
    assert afresh.overview.moved is None


def test_learning_anew_is_a_choice(
    months: Months, grown: tuple[pa.Table, Analysis, Path], afresh: Analysis, tmp_path: Path
) -> None:
    copy = shutil.copytree(grown[2], tmp_path / "copy")
    anew = balm.analyze([months.january, months.february], out=copy, relearn=True)
    assert anew.mentions.equals(afresh.mentions)


def test_the_command_prints_the_share_that_moved(months: Months, run_balm: Balm, tmp_path: Path) -> None:
    assert "theme is another one now" not in run_balm("analyze", months.january, "--out", tmp_path).err
    done = run_balm("analyze", months.january, months.february, "--out", tmp_path)
    assert done.code == 0 and "earlier mentions whose theme is another one now: " in done.err


# a wrong guess mended with a flag

ODD = "id,comment,rating,mood,shop\n" + "".join(
    f"{i},{said} {i},{i % 5 + 1},{5 - i % 5},{'ab'[i % 2]}\n"
    for i, said in enumerate(["delivery was late", "the app crashes", "lovely lamp", "staff were rude"] * 40)
)


def test_another_column_replaces_the_earlier_reading(run_balm: Balm, tmp_path: Path) -> None:
    path, out = tmp_path / "odd.csv", tmp_path / "out"
    path.write_text(ODD, "utf-8")
    first = run_balm("analyze", path, "--out", out)
    assert first.code == 0 and "read anew" not in first.err
    mended = run_balm("analyze", path, "--score", "mood", "--out", out)
    assert mended.code == 0
    assert "read anew, with other columns than before: odd.csv\n" in mended.err
    assert "score: mood (named)" in mended.err
    balm.analyze(path, score="mood", out=tmp_path / "fresh")
    assert differing(bytes_of(out), bytes_of(tmp_path / "fresh")) == []
    again = run_balm("analyze", path, "--score", "mood", "--out", out)
    assert "read anew" not in again.err
    assert differing(bytes_of(out), bytes_of(tmp_path / "fresh")) == []


def test_another_text_column_is_learnt_anew(tmp_path: Path) -> None:
    path, out = tmp_path / "two.csv", tmp_path / "out"
    path.write_text(
        "id,comment,reply\n" + "".join(f"{i},delivery was late {i},the refund took weeks {i}\n" for i in range(80)),
        "utf-8",
    )
    assert balm.analyze(path, text="comment", out=out).painpoints[0].theme_id == "delivery.late"
    other = balm.analyze(path, text="reply", out=out)
    assert other.anew == ("two.csv",) and other.overview.moved is None
    assert [point.theme_id for point in other.painpoints] == ["returns.refund_slow"]
