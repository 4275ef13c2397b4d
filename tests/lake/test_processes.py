"""Several processes at one folder: no reader is torn, and a writer that is killed loses and doubles nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.compute as pc
import pytest

from balm.core.errors import WrongUse
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.tables import files

NAMED = {"text": "text", "score": "rating", "id": "none", "by": ["shop"]}

WRITER = """
import sys
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
with FeedbackStore(sys.argv[1]) as store:
    for path in sys.argv[2:]:
        import_files(path, store, named={"text": "text", "score": "rating", "id": "none", "by": ["shop"]},
                     batch_rows=100, progress=lambda done, total: print(done, flush=True))
    store.take_back(store.imports[0].key)
print("done", flush=True)
"""

READER = """
import json, sys
import duckdb
from pathlib import Path
from balm.lake.feedback import FeedbackStore
from balm.lake.tables import files, version
seen, stop = [], Path(sys.argv[2])
while True:
    last = stop.exists()
    at = version(sys.argv[1], "feedback")
    if at is not None:
        store = FeedbackStore(sys.argv[1], at)
        table = store.to_table(["feedback_id"])
        paths = files(sys.argv[1], "feedback", at)
        asked = "select count(*) from read_parquet(?)"
        counted = duckdb.connect().execute(asked, [paths]).fetchone()[0] if paths else 0
        rejected = sum(1 for _ in store.rejected())
        stated = sum(sum(item.rejected.values()) for item in store.imports)
        ids = len(set(table["feedback_id"].to_pylist()))
        seen.append([at, store.rows, table.num_rows, counted, ids, stated - rejected])
    if last:
        break
print(json.dumps(seen))
"""


def write(path: Path, numbers: range) -> Path:
    """Every fiftieth row has a cell too many."""
    lines = [f"too slow today number {i},{i % 5 + 1},shop {i % 4}{',surplus' * (i % 50 == 7)}" for i in numbers]
    path.write_text("\n".join(["text,rating,shop", *lines]) + "\n", "utf-8")
    return path


def test_two_interpreters_read_while_one_writes(tmp_path: Path) -> None:
    folder, stop = tmp_path / "store", tmp_path / "stop"
    sources = [write(tmp_path / "a.csv", range(2000)), write(tmp_path / "b.csv", range(5000, 9000))]
    readers = [
        subprocess.Popen([sys.executable, "-c", READER, folder, stop], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    written = subprocess.run([sys.executable, "-c", WRITER, folder, *sources], capture_output=True, check=False)
    stop.touch()
    told = [reader.communicate(timeout=60)[0] for reader in readers]
    assert written.returncode == 0, written.stderr
    for reader, text in zip(readers, told, strict=True):
        assert reader.returncode == 0
        seen = json.loads(text)
        assert len({at for at, *_ in seen}) >= 5, "it read between the commits"
        assert all(stated == read == counted == ids for _, stated, read, counted, ids, _ in seen)
        assert {missing for *_, missing in seen} <= {0, 40}, "at most those that were taken back meanwhile"
        assert [at for at, *_ in seen] == sorted(at for at, *_ in seen)
        assert seen[-1][1] == 3920
    with FeedbackStore(folder) as store:
        assert [item.name for item in store.imports] == ["b.csv"]


@pytest.mark.slow
def test_a_writer_killed_again_and_again(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    sources = [write(tmp_path / "a.csv", range(3000)), write(tmp_path / "b.csv", range(2500, 6000))]
    rng, kills, done = random.Random(5), 0, False
    while not done and kills < 60:
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, folder, *sources], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert child.stdout is not None and child.stderr is not None
        for _ in range(rng.randrange(1, 12)):
            done = child.stdout.readline() == "done\n"
            if done:
                break
        time.sleep(rng.random() * 0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.stdout.close()
        child.stderr.close()
        kills += child.wait() == -signal.SIGKILL
        store = FeedbackStore(folder)
        table = store.to_table(["feedback_id"])
        assert table.num_rows == store.rows == pc.count_distinct(table["feedback_id"]).as_py()
        for item in store.imports:
            assert item.rows == item.kept + item.duplicates + sum(item.rejected.values())
            lines = [reject["line"] for reject in store.rejected(item.key)]
            assert lines == sorted(set(lines)) and len(lines) == sum(item.rejected.values())
    assert done and kills >= 5
    with FeedbackStore(folder) as store:
        report = import_files(sources, store, named=NAMED)
        assert (store.rows, report.rejected) == (5880, {"wrong_field_count": 130})
    with FeedbackStore(tmp_path / "whole") as whole:
        import_files(sources[::-1], whole, named=NAMED)
        mine, theirs = (s.to_table(["feedback_id", "text"]).sort_by("feedback_id") for s in (store, whole))
        assert mine["text"].equals(theirs["text"])
    named = {Path(name).name for name in files(folder, "feedback")}
    assert named == {f"part-{part:08d}.parquet" for part in store.parts()}
    assert not list(folder.rglob("*.npy"))


def test_the_lock_is_given_up(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", range(10))
    with FeedbackStore(tmp_path) as one:
        import_files(path, one, named=NAMED)
        with FeedbackStore(tmp_path) as two, pytest.raises(WrongUse, match="another import"):
            two.take_back(one.imports[0].key)
    with FeedbackStore(tmp_path) as two:
        assert two.take_back(two.imports[0].key)
    with FeedbackStore(tmp_path, 0) as old, pytest.raises(WrongUse, match="reading only"):
        old.lock()
