"""Comments to mentions over several parts: one file, one numbering, nothing left behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from balm.core.coded import EMOTIONS, NO_DAY, TARGETS
from balm.core.tables import MENTIONS
from balm.lake.arrays import Coded, coded_arrays
from balm.lake.coding import MENTIONS_FILE, code_feedback, earlier_mentions, export
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.learning import Asked, learn
from balm.lake.mention_store import MentionStore
from balm.lake.mentions import ThemeColumns
from balm.redaction import redact_table, redact_texts
from balm.understand.codebook.edits import AddPhrases, Rename
from balm.understand.understanding import Understanding

SAID = ["delivery was late, but the lamp is lovely", "app crashes", "客服态度很差，打 13912345678 没人接", "ok"]
ROWS = [
    {"id": f"r{i}", "comment": f"{SAID[i % 4]} {i}", "stars": None if i % 7 == 0 else i % 5 + 1,
     "date": None if i % 5 == 0 else f"2026-03-{i % 28 + 1:02d}", "shop": "BA"[i % 2] if i % 3 else None,
     "customer": f"c{i % 9}" if i % 4 else None}
    for i in range(400)
]  # fmt: skip


def quiet(stage: str, done: int, total: int) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeedbackStore]:
    with FeedbackStore(tmp_path_factory.mktemp("store")) as made:
        named = {
            "text": "comment",
            "id": "id",
            "score": "stars",
            "time": "date",
            "customer": "customer",
            "by": ["shop"],
        }
        import_files(ROWS, made, named=named, redact=redact_table, redact_text=redact_texts, batch_rows=150)
        yield made


@pytest.fixture(scope="module")
def understanding(store: FeedbackStore) -> Understanding:
    asked = Asked.of("core", None, 0, None)
    return learn(store, store.directory / "state", asked, relearn=False, progress=quiet)


@pytest.fixture(scope="module")
def mentions(store: FeedbackStore, understanding: Understanding) -> MentionStore:
    folder = store.directory
    return code_feedback(store, folder, folder / "state", understanding, progress=quiet)


@pytest.fixture(scope="module")
def coded(store: FeedbackStore, understanding: Understanding, mentions: MentionStore) -> Coded:
    return coded_arrays(store.directory, understanding.ids)


def test_arrays_and_file_say_the_same(
    coded: Coded, store: FeedbackStore, understanding: Understanding, mentions: MentionStore, tmp_path: Path
) -> None:
    table = pq.read_table(export(store, mentions, ThemeColumns.of(understanding.catalog, "en"), tmp_path))
    assert table.schema.equals(MENTIONS)
    ids = store.to_table(["feedback_id"])["feedback_id"].to_pylist()
    assert len(store.parts()) == 3
    assert [ids[c] for c in coded.feedback.comment] == table["feedback_id"].to_pylist()
    themes = [understanding.ids[t] if t >= 0 else None for t in coded.feedback.theme]
    assert themes == table["theme_id"].to_pylist()
    assert coded.feedback.negative.tolist() == [s == "negative" for s in table["sentiment"].to_pylist()]
    assert coded.feedback.positive.tolist() == [s == "positive" for s in table["sentiment"].to_pylist()]
    assert coded.facts.length.tolist() == [len(t) for t in table["text"].to_pylist()]
    assert coded.facts.sure.tolist() == [origin == "phrase" for origin in table["origin"].to_pylist()]
    assert coded.facts.polarity.tolist() == table["polarity"].to_pylist()
    assert [EMOTIONS[e].value for e in coded.facts.emotion] == table["emotion"].to_pylist()
    assert [TARGETS[t].value if t >= 0 else None for t in coded.facts.target] == table["target"].to_pylist()
    assert coded.facts.urgent.tolist() == [u == "urgent" for u in table["urgency"].to_pylist()]


def test_what_the_rows_say_of_their_comments(coded: Coded) -> None:
    feedback = coded.feedback
    assert feedback.n_comments == 400
    given = np.array([np.nan if row["stars"] is None else row["stars"] for row in ROWS], float)
    assert np.array_equal(feedback.score, given, equal_nan=True)
    first = np.datetime64("2026-03-01").astype(int)
    assert feedback.day.tolist() == [NO_DAY if i % 5 == 0 else first + i % 28 for i in range(400)]
    shop = feedback.by["shop"]
    assert shop.values == ["A", "B"]
    assert [shop.values[c] if c >= 0 else None for c in shop.codes] == [row["shop"] for row in ROWS]


def test_a_comment_without_a_customer_is_one_of_her_own(coded: Coded) -> None:
    customer = coded.feedback.customer
    named = {row["customer"] for row in ROWS if row["customer"]}
    unnamed = sum(row["customer"] is None for row in ROWS)
    assert coded.feedback.customers_known
    assert coded.feedback.n_customers == len(named) + unnamed == len(np.unique(customer))
    of = {row["customer"]: set() for row in ROWS if row["customer"]}
    for row, number in zip(ROWS, customer, strict=True):
        if row["customer"]:
            of[row["customer"]].add(int(number))
    assert all(len(numbers) == 1 for numbers in of.values())


def test_redactions_and_languages_are_counted(coded: Coded) -> None:
    assert coded.redactions == {"PHONE": 100}
    assert coded.languages.sum() == 400


def test_nothing_is_left_behind(mentions: MentionStore, store: FeedbackStore) -> None:
    assert not list(store.directory.rglob("*.tmp"))
    assert {path.name for path in mentions.folder.glob("*.parquet")} == {p.name for p in mentions.paths().values()}


@pytest.mark.parametrize("content", [None, b"", b"PAR1 rubbish"])
def test_an_earlier_file_that_cannot_be_read_is_no_earlier_file(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / MENTIONS_FILE).write_bytes(content)
    assert earlier_mentions(tmp_path) is None


def test_earlier_mentions_of_another_shape_are_none(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / MENTIONS_FILE)
    assert earlier_mentions(tmp_path) is None


# only what is not there yet


def copied(store: FeedbackStore, tmp_path: Path) -> Path:
    return Path(shutil.copytree(store.directory, tmp_path / "copy"))


class Counting:
    """How many comments an understanding is asked to read."""

    def __init__(self, understanding: Understanding, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read = 0
        whole = Understanding.read

        def counted(mine: Understanding, texts: list[str]) -> object:
            self.read += len(texts)
            return whole(mine, texts)

        monkeypatch.setattr(Understanding, "read", counted)


def test_only_new_parts_are_read(
    mentions: MentionStore,
    store: FeedbackStore,
    understanding: Understanding,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, counting = copied(store, tmp_path), Counting(understanding, monkeypatch)
    with FeedbackStore(folder) as copy:
        assert code_feedback(copy, folder, folder / "state", understanding, progress=quiet).version == mentions.version
        assert counting.read == 0
        named = {"text": "comment", "id": "id", "customer": "customer"}
        import_files(
            [{"id": f"n{i}", "comment": f"app crashes {i}", "customer": "c1"} for i in range(30)], copy, named=named
        )
        said: list[int] = []
        told = code_feedback(
            copy, folder, folder / "state", understanding, progress=lambda stage, done, total: said.append(done)
        )
        assert counting.read == 30 and said == [400, 430]
        assert set(told.paths()) == set(copy.parts())
    again = coded_arrays(folder, understanding.ids)
    assert again.feedback.n_comments == 430 and again.languages.sum() == 430
    assert again.redactions == {"PHONE": 100}


ADDED = AddPhrases("app.crash", {"en": ("lovely",)})


def test_other_phrases_read_anew_and_undoing_them_reads_nothing(
    store: FeedbackStore,
    understanding: Understanding,
    coded: Coded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, counting = copied(store, tmp_path), Counting(understanding, monkeypatch)
    crash = understanding.ids.index("app.crash")
    with FeedbackStore(folder) as copy:
        edited = understanding.edited([ADDED])
        code_feedback(copy, folder, folder / "state", edited, progress=quiet)
        assert counting.read == 400
        more = coded_arrays(folder, understanding.ids)
        assert (more.feedback.theme == crash).sum() == 2 * (coded.feedback.theme == crash).sum()
        renamed = understanding.edited([ADDED, Rename("app.crash", {"en": "It falls over"})])
        code_feedback(copy, folder, folder / "state", renamed, progress=quiet)
        code_feedback(copy, folder, folder / "state", understanding, progress=quiet)
        assert counting.read == 400, "a name reads nothing; what was there before the edit still lies there"
    undone = coded_arrays(folder, understanding.ids)
    assert np.array_equal(undone.feedback.theme, coded.feedback.theme)


def test_a_run_that_died_is_taken_up(
    mentions: MentionStore,
    store: FeedbackStore,
    understanding: Understanding,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = copied(store, tmp_path)
    edited = understanding.edited([ADDED])
    before = {p.name for p in MentionStore(folder).paths().values()}

    def dies(stage: str, done: int, total: int) -> None:
        if done >= 150:
            raise KeyboardInterrupt

    with FeedbackStore(folder) as copy:
        with pytest.raises(KeyboardInterrupt):
            code_feedback(copy, folder, folder / "state", edited, progress=dies)
        half = {p.name for p in MentionStore(folder).paths().values()}
        assert len(half - before) == 1 and len(half) == 3, "part by part; what is not read yet is there as it was"
        counting = Counting(understanding, monkeypatch)
        code_feedback(copy, folder, folder / "state", edited, progress=quiet)
        assert counting.read == 250


def test_processes_code_alike(
    mentions: MentionStore, store: FeedbackStore, understanding: Understanding, tmp_path: Path
) -> None:
    folder = copied(store, tmp_path)
    for path in MentionStore(folder).folder.glob("*.parquet"):
        path.unlink()
    shutil.rmtree(MentionStore(folder).folder)
    with FeedbackStore(folder) as copy:
        made = code_feedback(copy, folder, folder / "state", understanding, jobs=2, progress=quiet)
    mine, theirs = mentions.paths(), made.paths()
    assert mine.keys() == theirs.keys()
    assert all(mine[part].read_bytes() == theirs[part].read_bytes() for part in mine)


def test_a_lake_made_anew_takes_no_mentions_of_the_old_one(
    mentions: MentionStore, store: FeedbackStore, understanding: Understanding, tmp_path: Path
) -> None:
    folder = copied(store, tmp_path)
    shutil.rmtree(folder / "lake" / "feedback")
    with FeedbackStore(folder) as copy:
        import_files([{"comment": f"no delivery at all {i}"} for i in range(150)], copy, named={"text": "comment"})
        code_feedback(copy, folder, folder / "state", understanding, progress=quiet)
        held = copy.to_table(["feedback_id"])["feedback_id"].to_pylist()
    (path,) = MentionStore(folder).paths().values()
    assert set(pq.read_table(path)["feedback_id"].to_pylist()) == set(held)
