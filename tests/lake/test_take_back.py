"""An import can be taken back: nothing of it stays in the tables, and it can be imported again."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pyarrow as pa
import pytest

from balm.core.errors import WrongUse
from balm.lake import delta
from balm.lake.arrays import coded_arrays
from balm.lake.coding import code_feedback
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.learning import Asked, learn
from balm.lake.mention_store import MentionStore
from balm.lake.originals import original, pieces
from balm.lake.tables import files
from balm.redaction import redact_table, redact_texts
from balm.understand.redact import redact
from balm.understand.understanding import Understanding

NAMED = {"text": "text", "id": "none", "by": ["shop"]}
SAID = ["delivery was late {}", "the app crashes {}", "客服态度很差 {}"]


def quiet(stage: str, done: int, total: int) -> None:
    """No progress."""


def write(path: Path, numbers: range) -> Path:
    lines = [f"{SAID[i % 3].format(i)},shop {i % 4}{',surplus' * (i % 10 == 7)}" for i in numbers]
    path.write_text("\n".join(["text,shop", *lines]) + "\n", "utf-8")
    return path


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    return [write(tmp_path / "a.csv", range(100)), write(tmp_path / "b.csv", range(50, 200))]


def code(store: FeedbackStore) -> tuple[Understanding, MentionStore]:
    state = store.directory / "state"
    learnt = learn(store, state, Asked.of("core", None, 0, None), relearn=False, progress=quiet)
    return learnt, code_feedback(store, store.directory, state, learnt, progress=quiet)


def test_all_of_it_goes_and_comes_back(sources: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with FeedbackStore(folder) as store:
        import_files(sources, store, named=NAMED, batch_rows=40)
        learnt, _ = code(store)
        first = store.to_table()
        before = [item.key for item in store.imports]
        assert store.take_back(before[0]) and not store.take_back(before[0]) and not store.take_back("nobody")
        assert [item.key for item in store.imports] == before[1:]
        assert store.rows == store.to_table().num_rows == 90
        assert {line["source"] for line in store.rejected()} == {"b.csv"}
        lines = store.rejected_path.read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == list(store.rejected())
        assert set(MentionStore(folder).paths()) == set(store.parts())
        coded = coded_arrays(folder, learnt.ids)
        assert coded.feedback.n_comments == 90 and int(coded.feedback.comment.max()) == 89
        again = import_files(sources[0], store, named=NAMED, batch_rows=40)
        assert (again.kept, again.duplicates, again.rejected) == (90, 0, {"wrong_field_count": 10})
        assert sorted(store.to_table(["text"])["text"].to_pylist()) == sorted(first["text"].to_pylist())
        with pytest.raises(WrongUse, match="no mentions yet"):
            coded_arrays(folder, learnt.ids)
        code(store)
        assert coded_arrays(folder, learnt.ids).feedback.n_comments == 180
    assert store.parts()[-1] > 4, "numbers of parts are not given twice"


def test_what_a_dead_writer_left_of_a_taking_back_is_finished(sources: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with FeedbackStore(folder) as store:
        import_files(sources, store, named=NAMED)
        code(store)
        old = store.imports[0]
        store._disk.drop(old, None)  # and died before the mentions and the rejected rows
    assert len(MentionStore(folder).paths()) == 2
    with FeedbackStore(folder) as store:
        store.lock()
        assert set(MentionStore(folder).paths()) == set(store.parts()) and len(store.parts()) == 1
        assert store.rejected_path.read_text("utf-8").count("a.csv") == 0
        assert not store._disk.rejects.file(old).exists()


def test_the_last_one_may_go(sources: list[Path], tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "out") as store:
        import_files(sources[0], store, named=NAMED)
        store.take_back(store.imports[0].key)
        assert store.rows == 0 and store.parts() == [] and files(tmp_path / "out", "feedback") == []
        assert store.rejected_path.read_bytes() == b""
        assert import_files(sources[0], store, named=NAMED).kept == 90


def test_a_full_disk_leaves_the_store_as_it_was(
    sources: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FeedbackStore(tmp_path / "out") as store:
        import_files(sources[0], store, named=NAMED)
        held, rejected = store.to_table(), list(store.rejected())
        with monkeypatch.context() as patched:

            def full(*_: object, **__: object) -> None:
                raise OSError(errno.ENOSPC, "no space left on device")

            patched.setattr(delta.Table, "commit", full)
            with pytest.raises(OSError, match="no space"):
                import_files(sources[1], store, named=NAMED)
            with pytest.raises(OSError, match="no space"):
                store.take_back(store.imports[0].key)
        assert store.to_table().equals(held) and list(store.rejected()) == rejected
        assert import_files(sources[1], store, named=NAMED).kept == 90
        assert len(list(store.rejected())) == 25


# what was cut out

CALL = "打 13912345678 或 jo@example.com，地址不变 😡 13912345678"


def test_what_was_cut_out_can_be_put_back() -> None:
    read = redact([CALL, "nothing here"])
    cut = pieces(CALL, read.spans[0])
    assert len(cut) == 3 and read.texts[0] != CALL
    assert original(read.texts[0], read.spans[0], cut) == CALL
    assert original("nothing here", [], []) == "nothing here"
    for wrong in (["x"], [cut[1], cut[0], cut[2]]):
        with pytest.raises(ValueError, match=r"argument|cut out"):
            original(read.texts[0], read.spans[0], wrong)


@pytest.mark.parametrize("sealed", [True, False])
def test_originals_are_kept_only_sealed(sealed: bool, tmp_path: Path) -> None:
    def seal(told: list[str]) -> list[bytes]:
        return [text.encode()[::-1] for text in told]

    rows = [{"text": CALL if i % 2 else f"delivery late {i}", "shop": "x"} for i in range(6)]
    with FeedbackStore(tmp_path) as store:
        redaction = {"redact": redact_table, "redact_text": redact_texts, "seal": seal if sealed else None}
        import_files(rows, store, named=NAMED, batch_rows=4, **redaction)
        assert "sealed" not in store.to_table().column_names
    kept = pa.concat_tables(pa.parquet.read_table(path) for path in files(tmp_path, "feedback")).to_pylist()
    assert len(kept) == 6
    for row in kept:
        if sealed and row["redactions"]:
            put_back = original(row["text"], row["redactions"], json.loads(row["sealed"][::-1]))
            assert put_back == CALL
        else:
            assert row["sealed"] is None
    assert sum(row["sealed"] is not None for row in kept) == (3 if sealed else 0)
    secret = b"13912345678"
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and secret in p.read_bytes()]
