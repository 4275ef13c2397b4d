"""Comments to mentions over several parts: one file, one numbering, nothing left behind."""

from __future__ import annotations

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
