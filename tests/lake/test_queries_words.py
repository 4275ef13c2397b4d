"""What a search finds, and that nothing a person types is taken for anything but words."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from balm.collect.columns import ColumnMap
from balm.core.decisions import Decisions
from balm.core.tables import FEEDBACK
from balm.lake import tables
from balm.lake.feedback import FeedbackStore
from balm.lake.queries import Counts, Filter, Lake, spans
from balm.lake.query import engine
from balm.lake.query.relations import Relations

NASTY = "'; DROP TABLE feedback; -- \\ % _ \" $v0 ? {x} $$ \u202e 😀"
TEXTS = {
    "hans": "物流太慢了，退款也没到账",
    "hant": "物流太慢了，退款也沒到帳，說好的呢",
    "en": "Late delivery. The template and the chocolate were fine; refunds take ages",
    "full": "ＡＰＰ总是崩溃",
    "mixed": "我的app崩溃了3次",
    "nasty": NASTY,
    "html": "<script>alert(1)</script> =1+1 don't",
    "long": "好" * 50_000 + "尾巴",
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("words")
    n = len(TEXTS)
    columns = {
        "feedback_id": list(TEXTS),
        "text": list(TEXTS.values()),
        "score": [None] * n,
        "time": [None] * n,
        "customer": ["A 1", "a1", "A-01", "00a1", NASTY, "b", None, None],
        "source": ["words.csv"] * n,
        "line": list(range(2, n + 2)),
        "redactions": [None] * n,
    }
    table = pa.table([pa.array(columns[f.name], f.type) for f in FEEDBACK], schema=FEEDBACK)
    table = table.append_column("by:Region; 1=1 (x)", pa.array([NASTY if i % 2 else None for i in range(n)]))
    table = table.append_column("by:region; 1=1 (X)", pa.array(["x"] * n))
    with FeedbackStore(folder) as store:
        store.begin("k", "words.csv", ColumnMap("text"))
        store.append(table, "k", n + 2)
        store.finish("k")
    return Lake.open(folder)


def found(lake: Lake, search: str) -> set[str]:
    asked = Filter(text=search)
    ids = {comment.feedback_id for comment in lake.page(asked).comments}
    assert lake.counts(asked).comments == len(ids)
    assert ids == {name for name, text in TEXTS.items() if spans(search, text)} or len(search.split()) > 1
    return ids


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        ("退款", {"hans", "hant"}),
        ("没到", {"hans", "hant"}),  # Simplified finds Traditional …
        ("說好", {"hant"}),
        ("沒到", {"hans", "hant"}),  # … and the other way round
        ("late", {"en"}),
        ("LATE", {"en"}),
        ("plate", set()),  # words begin where words begin: not in "template"
        ("colate", set()),
        ("refund", {"en"}),
        ("app", {"full", "mixed"}),
        ("崩溃", {"full", "mixed"}),
        ("ａｐｐ 崩潰", {"full", "mixed"}),
        ('"late delivery"', {"en"}),
        ('"delivery late"', set()),
        ("delivery late", {"en"}),
        ("don't", {"html"}),
        ("<script>", {"html"}),
        ("%", {"nasty"}),
        ("_", {"nasty"}),
        ("\\", {"nasty"}),
        ("'; DROP", {"nasty"}),
        ("$v0", {"nasty"}),
        ("😀", {"nasty"}),
        ("尾巴", {"long"}),
        ("(", {"html"}),
        ("[a-z", set()),
    ],
)
def test_what_a_search_finds(search: str, ids: set[str], lake: Lake) -> None:
    assert found(lake, search) == ids


def test_every_value_is_a_value(lake: Lake) -> None:
    assert lake.attributes == ["Region; 1=1 (x)", "region; 1=1 (X)"]
    assert lake.counts(Filter(by={"Region; 1=1 (x)": (NASTY,)})).comments == len(TEXTS) // 2
    assert lake.counts(Filter(by={"region; 1=1 (X)": ("x",)})).comments == len(TEXTS)
    assert lake.counts(Filter(by={NASTY: ("x",)})).comments == 0
    assert lake.counts(Filter(customer=NASTY)) == Counts(1, 0, 1)
    for value in (NASTY, "\x00", "x' OR '1'='1", "\ud83d"):
        assert lake.counts(Filter(themes=(value,), sources=(value,), imports=(value,))).comments == 0
        assert lake.comment(value) is None
        assert lake.customer(value) is None or value == NASTY
        lake.customers(value)
    assert dict(lake.facets(Filter(), ["by:Region; 1=1 (x)"]))["by:Region; 1=1 (x)"] == [(NASTY, len(TEXTS) // 2)]


def test_a_search_without_words_asks_for_nothing(lake: Lake) -> None:
    for nothing in ("", " ", "\x00", '""', '"'):
        assert lake.counts(Filter(text=nothing)).comments == len(TEXTS)


def test_no_value_stands_in_the_query(lake: Lake) -> None:
    relations = lake._relations
    sql, values = engine._compile(
        relations.matched_comments(
            Filter(text="secretword", customer="secretkey", by={"region; 1=1 (X)": ("secret",)})
        ),
        {"feedback": relations.feedback},
    )
    assert "secret" not in sql
    assert {"secretword", "secretkey", "secret"} <= {v for v in values.values() if isinstance(v, str)}


def test_keys_that_differ_only_in_writing(lake: Lake) -> None:
    assert lake.alike() == [["00a1", "A 1", "a1"]]
    assert lake.alike("A1") == [["00a1", "A 1", "a1"]]
    assert lake.alike("b") == []
    merged = Relations(lake._relations.feedback, (), {}, Decisions(customers={"A 1": "a1", "00a1": "a1"}), {})
    assert Lake(merged).alike() == []


def test_the_engine_has_limits(tmp_path: Path) -> None:
    cursor = engine._cursor()
    told = dict(cursor.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert told["memory_limit"] and "GiB" in told["max_temp_directory_size"]
    assert int(told["threads"]) == engine.THREADS
    assert told["autoinstall_known_extensions"] == told["autoload_known_extensions"] == "false"
    assert engine._cursor() is cursor
    assert tables.files(tmp_path, "feedback") == []
