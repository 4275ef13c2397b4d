"""The tables as other programs see them: plain Delta, plain Parquet, and a log that stands interruptions."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from balm.core.errors import InputRefused, WrongUse
from balm.lake.coding import code_feedback
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.learning import Asked, learn
from balm.lake.names import column_names, plain, safe
from balm.lake.tables import attributes, files, version
from balm.redaction import redact_table

ODD = ["shop, (city) {x}; a=b", "Shop", "shop", "100%", "a%20b", "門市\t號\n", 'q"uo`te', "a.b"]
NAMED = {"text": "comment", "id": "id", "time": "date", "score": "stars", "customer": "who", "by": ODD}
DAY = 86_400


def quiet(stage: str, done: int, total: int) -> None:
    """No progress."""


def rows(numbers: range) -> list[dict[str, object]]:
    said = [
        "物流太慢了，客服态度很差",
        "The APP crashes　ＡＬＬ the time",
        "退款一直不到賬",
        "lovely lamp, 13912345678",
    ]
    return [
        {"id": f"r{i}", "comment": f"{said[i % 4]} {i}", "stars": i % 5 + 1, "date": f"2026-03-{i % 28 + 1:02d} 23:30",
         "who": f"c{i % 7}", **{name: f"{name[:3]}{i % 3}" for name in ODD}}
        for i in numbers
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An analysis folder with three parts, coded."""
    folder = tmp_path_factory.mktemp("with space 中文 #1")
    with FeedbackStore(folder) as store:
        import_files(rows(range(250)), store, named=NAMED, redact=redact_table, batch_rows=100)
        learnt = learn(store, folder / "state", Asked.of("core", None, 0, None), relearn=False, progress=quiet)
        code_feedback(store, folder, folder / "state", learnt, progress=quiet)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "copy")


@pytest.fixture(scope="module")
def query() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        yield connection


@pytest.mark.parametrize("name", ["feedback", "mentions"])
def test_the_protocol_asks_little_of_a_reader(name: str, made: Path) -> None:
    table = DeltaTable(made / "lake" / name)
    protocol = table.protocol()
    features = {*(protocol.reader_features or ()), *(protocol.writer_features or ())}
    assert features <= {"timestampNtz"}, "no deletion vectors, no column mapping"
    assert table.metadata().configuration["delta.enableDeletionVectors"] == "false"
    assert not table.metadata().partition_columns
    for field in table.schema().fields:
        assert not set(field.name) & set(" ,;{}()\n\t="), "other readers refuse such a column"
    names = [field.name.casefold() for field in table.schema().fields]
    assert len(set(names)) == len(names)


def test_duckdb_reads_the_files(made: Path, query: duckdb.DuckDBPyConnection) -> None:
    feedback, mentions = files(made, "feedback"), files(made, "mentions")
    assert len(feedback) == len(mentions) == 3
    columns = attributes(made)
    assert list(columns) == ODD
    got = query.execute(
        f"""select f.feedback_id, f.norm, f.time, f."{columns["Shop"]}", f."{columns["shop"]}", count(m.mention)
        from read_parquet($f, union_by_name = true) f join read_parquet($m) m using (part, row)
        group by 1, 2, 3, 4, 5, f.part, f.row order by f.part, f.row""",
        {"f": feedback, "m": mentions},
    ).fetchall()
    assert [row[0] for row in got] == [f"r{i}" for i in range(250)]
    assert got[1][1] == "the app crashes all the time 1" and got[2][1] == "退款一直不到账 2"
    assert str(got[3][2]) == "2026-03-04 23:30:00", "a time without a zone stays one"
    assert got[4][3:5] == ("Sho1", "sho1")
    total = query.execute("select sum(length(text)), sum(length) from read_parquet(?)", [mentions]).fetchone()
    assert total is not None and total[0] == total[1]


def test_delta_readers_read_the_tables(made: Path) -> None:
    feedback = pa.table(DeltaTable(made / "lake" / "feedback").to_pyarrow_table())
    assert feedback.num_rows == 250 and feedback.schema.field("time").type == pa.timestamp("us")
    with FeedbackStore(made) as store:
        assert sorted(feedback["text"].to_pylist()) == sorted(store.to_table(["text"])["text"].to_pylist())
        assert {len(store.read(part)) for part in store.parts()} == {100, 50}
    mentions = DeltaTable(made / "lake" / "mentions").to_pyarrow_table(columns=["part", "coding"])
    assert len(set(mentions["coding"].to_pylist())) == 1 and set(mentions["part"].to_pylist()) == {1, 2, 3}


def test_names_of_columns_can_be_undone() -> None:
    for name in [*ODD, "by:x y", "%%", "%41", "ä", ""]:
        assert plain(safe(name)) == name
    columns = column_names([*ODD, "SHOP"], {"sHop": "sHop"})
    assert list(columns) == ["sHop", *ODD, "SHOP"]
    assert len({column.casefold() for column in columns.values()}) == len(columns)
    assert {plain(column) for column in columns.values()} == set(columns)


def test_there_may_be_no_table(tmp_path: Path) -> None:
    assert files(tmp_path, "feedback") == [] and version(tmp_path, "mentions") is None and attributes(tmp_path) == {}
    with pytest.raises(WrongUse, match="no table 'x'"):
        files(tmp_path, "x")  # type: ignore[arg-type]
    with pytest.raises(WrongUse, match="no version 3"):
        files(tmp_path, "feedback", 3)
    assert not (tmp_path / "lake").exists()


def test_a_name_that_delta_rs_reads_as_another_is_refused(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "a%20b") as store, pytest.raises(WrongUse, match="name another"):
        import_files(rows(range(3)), store, named=NAMED)
    assert not (tmp_path / "a b").exists()


def test_earlier_versions_stay_readable_for_a_day(folder: Path) -> None:
    before = version(folder, "feedback")
    with FeedbackStore(folder) as store:
        store.take_back(store.imports[0].key)
        import_files(rows(range(900, 1000)), store, named=NAMED)
    assert FeedbackStore(folder).rows == 100 and FeedbackStore(folder, before).to_table().num_rows == 250
    old = files(folder, "feedback", before)
    locked(folder)
    assert all(map(os.path.exists, old)), "a reader may be at that version"
    later = time.time() + 2 * DAY
    log = folder / "lake" / "feedback" / "_delta_log"
    for path in log.glob("*.json"):  # as if all had been done two days ago
        path.write_text(_earlier(path.read_text("utf-8")))
    for path in map(Path, old):
        os.utime(path, (later - 4 * DAY, later - 4 * DAY))
    locked(folder)
    assert not any(map(os.path.exists, old)), "what was taken back leaves the disk"
    assert FeedbackStore(folder).to_table().num_rows == 100


def locked(folder: Path) -> None:
    """Become the writer for a moment, who clears up."""
    with FeedbackStore(folder) as store:
        store.lock()


def _earlier(text: str) -> str:
    lines = []
    for line in text.splitlines():
        entry = json.loads(line)
        if "remove" in entry:
            entry["remove"]["deletionTimestamp"] -= 2 * DAY * 1000
        lines.append(json.dumps(entry))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("content", ["", '{"commitInfo":{"timest', "\0" * 90])
def test_a_commit_that_was_not_written_whole_never_was(content: str, folder: Path) -> None:
    log = folder / "lake" / "feedback" / "_delta_log"
    newest = version(folder, "feedback")
    assert newest is not None
    (log / f"{newest + 1:020d}.json").write_text(content)
    store = FeedbackStore(folder)
    assert store.rows == store.to_table().num_rows == 250
    with store:
        assert import_files(rows(range(240, 260)), store, named=NAMED, redact=redact_table).kept == 10
    assert FeedbackStore(folder).to_table().num_rows == 260


def test_a_log_that_was_cleared_up_still_tells(folder: Path) -> None:
    """Thirty commits make checkpoints; commits before them go, as any Delta program may have it."""
    with FeedbackStore(folder) as store:
        for i in range(30):
            import_files(rows(range(300 + i, 301 + i)), store, named=NAMED)
        state = [vars(item).copy() for item in store.imports]
    log = folder / "lake" / "feedback" / "_delta_log"
    checkpoints = sorted(log.glob("*.checkpoint.parquet"))
    assert len(checkpoints) >= 3
    for path in log.glob("*.json"):
        if path.name < checkpoints[-1].name[:20]:
            path.unlink()
    again = FeedbackStore(folder)
    assert [vars(item) for item in again.imports] == state
    assert again.to_table().num_rows == again.rows == 280


def test_another_program_may_write_a_commit_of_its_own(folder: Path) -> None:
    place = folder / "lake" / "feedback"
    with FeedbackStore(folder) as store:
        state = [vars(item).copy() for item in store.imports]
    DeltaTable(place).alter.set_table_properties({"delta.appendOnly": "false"})
    assert [vars(item) for item in FeedbackStore(folder).imports] == state, "the newest commit that has a note counts"
    for path in (place / "_delta_log").glob("*.json"):  # and should it clear the log away, the rows tell
        path.write_text("\n".join(line for line in path.read_text("utf-8").splitlines() if "commitInfo" not in line))
    with FeedbackStore(folder) as store:
        (item,) = store.imports
        assert (item.rows, item.parts, item.complete) == (250, [1, 2, 3], True)
        assert store.to_table().num_rows == 250
        assert import_files(rows(range(250)), store, named=NAMED).sources[0].anew
        assert store.rows == 250


def test_files_that_another_program_rewrote_are_refused_by_name(folder: Path) -> None:
    place = folder / "lake" / "feedback"
    table = DeltaTable(place)
    write_deltalake(table, table.to_pyarrow_table(), mode="overwrite")
    with pytest.raises(InputRefused, match=r"part-00000001\.parquet is missing"):
        FeedbackStore(folder).to_table()


def test_a_mentions_table_that_another_program_rewrote_is_made_anew(folder: Path) -> None:
    place = folder / "lake" / "mentions"
    table = DeltaTable(place)
    everything = pa.table(table.to_pyarrow_table()).sort_by([("part", "ascending"), ("row", "ascending")])
    write_deltalake(table, everything.slice(0, 50), mode="overwrite")
    with FeedbackStore(folder) as store:
        learnt = learn(store, folder / "state", Asked.of("core", None, 0, None), relearn=False, progress=quiet)
        mentions = code_feedback(store, folder, folder / "state", learnt, progress=quiet)
    assert set(mentions.paths()) == {1, 2, 3}
    assert pa.table(DeltaTable(place).to_pyarrow_table()).num_rows == everything.num_rows
