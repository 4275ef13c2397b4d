"""The store takes a file up where it stopped, holds nothing twice and writes the same bytes for the same input."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from balm.collect import ColumnMap
from balm.core.errors import InputRefused, WrongUse
from balm.core.tables import FEEDBACK
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.tables import files

COLUMNS = {"text": "text", "score": "rating", "id": "none", "by": ["shop"]}


def write(path: Path, numbers: range | list[int], broken: bool = True) -> Path:
    """Rows with equal ones among them and, if asked, every hundredth with a cell too many."""
    lines = ["text,rating,shop"]
    for i in numbers:
        tail = ",surplus" if broken and i % 100 == 7 else ""
        lines.append(
            f"too slow today number {i // 3},{i % 5 + 1},shop {i % 4}{tail}" if i % 10 else f"好,5,shop 1{tail}"
        )
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def rejected(store: FeedbackStore) -> list[dict[str, Any]]:
    if not store.rejected_path.exists():
        return []
    return [json.loads(line) for line in store.rejected_path.read_text("utf-8").splitlines()]


def files_of(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", range(1000))
    with FeedbackStore(tmp_path / "store") as store:
        first = import_files(path, store, named=COLUMNS, batch_rows=300)
        assert (first.rows, first.kept, first.duplicates, first.rejected) == (1000, 990, 0, {"wrong_field_count": 10})
        assert store.rows == 990 == store.to_table().num_rows
        again = import_files(path, store, named=COLUMNS)
        assert again.sources[0].again and store.rows == 990 and len(rejected(store)) == 10
        other = write(tmp_path / "copy.csv", list(range(1000)))
        other.write_text(other.read_text("utf-8") + "\n", "utf-8")  # other bytes, the same rows
        copied = import_files(other, store, named=COLUMNS, batch_rows=77)
        assert (copied.kept, copied.duplicates) == (0, 990)
    assert FeedbackStore(tmp_path / "store").rows == 990


def test_an_overlapping_file_adds_only_its_new_rows(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "store") as store:
        january = import_files(write(tmp_path / "a.csv", range(500), False), store, named=COLUMNS)
        before = store.to_table(["feedback_id", "text"])
        both = import_files(write(tmp_path / "b.csv", range(800), False), store, named=COLUMNS, batch_rows=90)
        assert (january.kept, both.kept, both.duplicates) == (500, 300, 500)
        after = store.to_table(["feedback_id", "text"])
        assert after.slice(0, 500).equals(before)
        assert pc.count_distinct(after["feedback_id"]).as_py() == 800


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", range(700))
    for name in ("one", "two"):
        with FeedbackStore(tmp_path / name) as store:
            import_files(path, store, named=COLUMNS, batch_rows=200)
    one, two = files_of(tmp_path / "one"), files_of(tmp_path / "two")
    logs = [name for name in one if "_delta_log" in name]  # they tell times and an id of the table
    assert logs and one.keys() == two.keys()
    assert all(one[name] == two[name] for name in one if name not in logs)


CHILD = """
import sys
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.tables import files
with FeedbackStore(sys.argv[2]) as store:
    import_files(sys.argv[1], store, named={"text": "text", "score": "rating", "id": "none", "by": ["shop"]},
                 batch_rows=500, progress=lambda done, total: print(done, flush=True))
"""


def test_a_killed_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", range(20_000))
    directory = tmp_path / "store"
    rng = random.Random(3)
    kills = 0
    for _ in range(8):
        child = subprocess.Popen([sys.executable, "-c", CHILD, path, directory], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _ in range(rng.randrange(2, 8)):
            child.stdout.readline()
        time.sleep(rng.random() * 0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.stdout.close()
        kills += child.wait() == -signal.SIGKILL
        if FeedbackStore(directory).imports[0].complete:
            break
    assert kills >= 3
    table = directory / "lake" / "feedback"
    (table / "part-99999999.parquet").write_bytes(b"left half done")
    with FeedbackStore(directory) as store:
        begun = store.imports[0].next_line
        assert begun > 1000  # work of the killed ones was kept
        report = import_files(path, store, named=COLUMNS, batch_rows=500)
        assert (report.rows, report.kept, report.duplicates) == (20_000, 19_800, 0)
        lines = [reject["line"] for reject in rejected(store)]
        assert lines == sorted(set(lines)) and len(lines) == 200
        resumed = store.to_table()
    with FeedbackStore(tmp_path / "whole") as store:
        import_files(path, store, named=COLUMNS)
        assert resumed.equals(store.to_table())
    assert not list(directory.rglob("*.npy")) and not list(table.glob("part-9999*")) and not list(table.glob("*.tmp"))


def test_nothing_is_written_before_it_is_redacted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,customer\ncall me on 13812345678,zhang@example.com\nbad row 13812345678,wang,x\n", "utf-8")

    def hide(texts: list[str]) -> list[str]:
        return [re.sub(r"\d{11}", "[PHONE]", text) for text in texts]

    def redact(table: pa.Table) -> pa.Table:
        texts = pa.array(hide(table.column("text").to_pylist()))
        names = pa.array(["p1"] * table.num_rows)
        return table.set_column(1, FEEDBACK.field("text"), texts).set_column(4, FEEDBACK.field("customer"), names)

    with FeedbackStore(tmp_path / "store") as store:
        named = {"text": "text", "customer": "customer"}
        import_files(path, store, named=named, redact=redact, redact_text=hide)
        assert store.to_table()["text"].to_pylist() == ["call me on [PHONE]"]
        (reject,) = rejected(store)
    assert reject == {
        "source": "a.csv",
        "line": 3,
        "column": None,
        "reason": "wrong_field_count",
        "message": "the row has 3 cells, the heading 2",
        "raw": {"text": "bad row [PHONE]", "(cell 3)": "x"},
    }
    for name, data in files_of(tmp_path / "store").items():
        assert b"13812345678" not in data and b"example.com" not in data and b"wang" not in data, name


def test_redaction_may_not_lose_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", range(10), False)
    with FeedbackStore(tmp_path / "store") as store, pytest.raises(ValueError, match="every row"):
        import_files(path, store, named=COLUMNS, redact=lambda table: table.slice(1))


def test_other_columns_replace_the_earlier_reading_of_the_same_source(tmp_path: Path) -> None:
    path, other = write(tmp_path / "a.csv", range(500)), write(tmp_path / "b.csv", range(1000, 1300))
    columns = {**COLUMNS, "by": "none", "score": "none"}
    with FeedbackStore(tmp_path / "store") as store:
        import_files([path, other], store, named=COLUMNS, batch_rows=200)
        changed = import_files(path, store, named=columns, batch_rows=200)
        assert changed.sources[0].anew and not changed.sources[0].again
        assert store.rows == 495 + 297 - 30 == store.to_table().num_rows, "30 rows are in both"
        assert len(rejected(store)) == 8, "those of the first reading are gone, those of the other file are not"
        import_files(other, store, named=columns, batch_rows=200)
    with FeedbackStore(tmp_path / "fresh") as fresh:
        import_files([path, other], fresh, named=columns, batch_rows=200)
        assert store.to_table().equals(fresh.to_table())
    named = {f"part-{part:08d}.parquet" for item in store.imports for part in item.parts}
    assert {Path(name).name for name in files(tmp_path / "store", "feedback")} == named


def test_a_source_given_twice_counts_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", range(50), False)
    with FeedbackStore(tmp_path / "store") as store:
        report = import_files([path, path], store, named=COLUMNS)
    assert (report.rows, report.kept, report.duplicates) == (50, 50, 0)


def test_files_with_other_attributes_share_a_store(tmp_path: Path) -> None:
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    a.write_text("text,shop\ntoo slow here,x\n", "utf-8")
    b.write_text("text,app\ntoo slow there,y\n", "utf-8")
    with FeedbackStore(tmp_path / "store") as store:
        import_files(a, store, named={"by": ["shop"]})
        import_files(b, store, named={"by": ["app"]})
        table = store.to_table()
        assert store.attributes == ["by:shop", "by:app"]
        assert table.schema == store.schema
        assert table.select(["by:shop", "by:app"]).to_pylist() == [
            {"by:shop": "x", "by:app": None},
            {"by:shop": None, "by:app": "y"},
        ]
        assert [t.column_names for t in store.batches(["by:app", "text"])] == [["by:app", "text"]] * 2
        with pytest.raises(WrongUse, match="no column 'nope'"):
            list(store.batches(["nope"]))


def test_known_ids_and_tables_in_memory(tmp_path: Path) -> None:
    rows = [{"review_id": f"r{i}", "text": f"comment number {i} is here"} for i in range(100)]
    with FeedbackStore(tmp_path / "store") as store:
        import_files(rows, store)
        import_files(pa.Table.from_pylist(rows), store)
        assert store.rows == 100
        assert store.known(["r1", "r99", "r100", ""]).tolist() == [True, True, False, False]
    assert FeedbackStore(tmp_path / "store").known(["r0", "x"]).tolist() == [True, False]


def test_cells_that_could_not_be_read_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"comment number {i} here,{i % 5 + 1}" for i in range(30)]
    path.write_text("text,rating\n" + "\n".join([*lines, "what a day,bad?", ",3"]), "utf-8")
    with FeedbackStore(tmp_path / "store") as store:
        report = import_files(path, store)
        assert (report.kept, report.rejected, report.unread_cells) == (31, {"empty_text": 1}, {"bad_score": 1})
        assert [reject["reason"] for reject in rejected(store)] == ["empty_text"]


def test_a_file_with_no_usable_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,n\n,1\n,2\n", "utf-8")
    with (
        FeedbackStore(tmp_path / "store") as store,
        pytest.raises(InputRefused, match=r"none of its 2 rows.*empty_text"),
    ):
        import_files(path, store, named={"text": "text"})


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", range(10), False)
    with FeedbackStore(tmp_path / "store") as one:
        import_files(path, one, named=COLUMNS)
        with FeedbackStore(tmp_path / "store") as two, pytest.raises(WrongUse, match="another import"):
            two.begin("key", "a.csv", ColumnMap("text"))
        assert two.rows == 10  # reading is free
    with FeedbackStore(tmp_path / "store") as two:
        assert import_files(write(tmp_path / "b.csv", range(20), False), two, named=COLUMNS).kept == 10


@pytest.mark.parametrize("note", ['{"version":99}', '{"version":2,"imports":5}', "[]", '{"version":2}'])
def test_a_damaged_log_is_refused(tmp_path: Path, note: str) -> None:
    with FeedbackStore(tmp_path) as store:
        import_files(write(tmp_path / "a.csv", range(10), False), store, named=COLUMNS)
    (*_, last) = sorted((tmp_path / "lake" / "feedback" / "_delta_log").glob("*.json"))
    last.write_text(f'{{"commitInfo":{{"timestamp":1,"operation":"WRITE","operationParameters":{{}},"balm":{note}}}}}')
    with pytest.raises(InputRefused, match=r"damaged|another version"):
        FeedbackStore(tmp_path)


def test_a_folder_of_before_delta_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"version": 1}')
    with pytest.raises(InputRefused, match="another version"):
        FeedbackStore(tmp_path)


def test_appending_tables_of_ones_own(tmp_path: Path) -> None:
    table = pa.table(
        {
            "feedback_id": ["a", "b", "a"],
            "text": ["x", "y", "x"],
            "score": [1.0, None, 1.0],
            "time": pa.array([None] * 3, pa.timestamp("ms")),
            "customer": pa.array([None] * 3, pa.string()),
            "source": ["s"] * 3,
            "line": [1, 2, 3],
            "redactions": pa.array([[[0, 2, 3]], None, None], FEEDBACK.field("redactions").type),
        },
        schema=FEEDBACK,
    )
    with FeedbackStore(tmp_path) as store:
        with pytest.raises(WrongUse, match="not begun"):
            store.append(table, "key", 4)
        store.begin("key", "mine", ColumnMap("text"))
        appended = store.append(table, "key", 4)
        assert (appended.kept, appended.duplicates) == (2, 1)
        assert store.begin("key", "mine", ColumnMap("text")).next_line == 4
        assert store.to_table()["redactions"].to_pylist() == [[[0, 2, 3]], None]
