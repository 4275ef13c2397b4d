"""The sample of sentences: exact where it is whole, even and repeatable where it is not."""

from __future__ import annotations

import base64
import gzip
import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.communicate.sentences import TEXT_CAP, join, pack, sample


def made(n: int, seed: int = 0, themes: int = 5) -> pa.Table:
    rng = np.random.default_rng(seed)
    theme = rng.geometric(0.5, n).clip(max=themes)
    return pa.table(
        {
            "feedback_id": [f"f{i // 2}" for i in range(n)],
            "text": [f"sentence {i}" for i in range(n)],
            "language": ["en"] * n,
            "theme_id": [None if t == themes else f"t{t}" for t in theme],
            "sentiment": rng.choice(["negative", "positive", "neutral"], n).tolist(),
            "emotion": ["none"] * n,
            "target": ["process"] * n,
            "urgency": ["normal"] * n,
        }
    )


def cut(table: pa.Table, *at: int) -> list[pa.Table]:
    edges = [0, *at, table.num_rows]
    return [table.slice(a, b - a) for a, b in pairwise(edges)]


def test_what_fits_is_kept_whole_and_in_order():
    table = made(500)
    kept = sample(cut(table, 10, 300), cap=500)
    assert kept.kept == kept.total == 500
    assert kept.table.equals(table.select(kept.table.column_names))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3000), st.integers(20, 900), st.lists(st.integers(0, 3000), max_size=6), st.integers(0, 5))
def test_any_cut_into_tables_gives_the_same_even_sample(n, cap, edges, seed):
    table = made(n, seed)
    whole = sample([table], cap)
    parts = sample(cut(table, *sorted(min(e, n) for e in edges)), cap)
    assert whole.kept <= max(cap, len(whole.tally) * 2)
    assert whole.table.equals(parts.table)
    assert whole.tally == parts.tally
    assert whole.total == n


def test_small_themes_stay_whole_when_large_ones_are_thinned():
    table = made(20_000, themes=8)
    kept = sample(cut(table, *range(700, 20_000, 700)), cap=4_000)
    assert 1_000 < kept.kept <= 4_000
    seen = kept.table["theme_id"].to_pylist()
    rare = min((t for t in kept.tally if t), key=lambda t: kept.tally[t].mentions)
    assert seen.count(rare) == kept.tally[rare].mentions
    places = [int(t.split()[1]) for t in kept.table["text"].to_pylist()]
    quarters = np.bincount(np.array(places) // 5_000, minlength=4)
    assert quarters.max() < 1.15 * quarters.min(), "the sample is not even over the file"


def test_the_tally_counts_everything():
    table = made(5_000)
    kept = sample([table], cap=100)
    rows = table.to_pylist()
    for theme, tally in kept.tally.items():
        mine = [r for r in rows if (r["theme_id"] or "") == theme]
        assert tally.mentions == len(mine)
        assert tally.negative == sum(r["sentiment"] == "negative" for r in mine)
        assert tally.positive == sum(r["sentiment"] == "positive" for r in mine)


def unpack(text: str) -> dict:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def test_packing_loses_nothing_and_repeats_to_the_byte():
    table = made(300).append_column("score", pa.array([None if i % 7 == 0 else float(i % 11) for i in range(300)]))
    table = table.append_column("customer", pa.array([None if i % 5 == 0 else f"c{i % 13}" for i in range(300)]))
    kept = sample([table])
    data = unpack(pack(kept))
    assert data["text"] == table["text"].to_pylist()
    column = data["columns"]["theme_id"]
    assert [column["values"][ord(c) - 48] or None for c in column["rows"]] == table["theme_id"].to_pylist()
    names = [data["feedback"]["values"][i] for i in np.cumsum(data["feedback"]["steps"])]
    assert names == table["feedback_id"].to_pylist()
    scores = [data["score"]["values"][ord(c) - 48] for c in data["score"]["rows"]]
    assert scores == table["score"].to_pylist()
    codes = np.cumsum(data["customer"]["steps"])
    known = table["customer"].to_pylist()
    assert all((code < 0) == (who is None) for code, who in zip(codes, known, strict=True))
    assert len({c for c in codes if c >= 0}) == len({k for k in known if k})
    assert "c1" not in json.dumps(data), "keys of customers do not travel"
    assert pack(kept) == pack(sample([table]))
    assert base64.b64decode(pack(kept))[4:8] == b"\0\0\0\0", "a time stamp would change the bytes"


def test_a_very_long_mention_is_cut():
    table = made(2).set_column(1, "text", pa.array(["好" * 1_000_000, "x"]))
    assert [len(t) for t in sample([table]).table["text"].to_pylist()] == [TEXT_CAP, 1]


def test_attributes_of_comments_are_joined():
    kept = sample([made(10)])
    feedback = pa.table(
        {"feedback_id": ["f3", "f0", "other"], "score": [3.0, 1.0, 9.0], "by:channel": ["app", None, "x"]}
    )
    joined = join(kept, [feedback.slice(0, 1), feedback.slice(1)]).table
    assert joined["score"].to_pylist()[:2] == [1.0, 1.0]
    assert joined["by:channel"].to_pylist()[6:8] == ["app", "app"]
    assert joined["score"].to_pylist()[2] is None


@pytest.mark.parametrize("tables", [[], [made(3).slice(0, 0)]])
def test_nothing_at_all(tables):
    kept = sample(tables)
    assert (kept.kept, kept.total) == (0, 0)
    assert unpack(pack(kept))["total"] == 0


def test_record_batches_and_dictionaries_are_read_as_well():
    table = made(200)
    coded = table.set_column(3, "theme_id", table["theme_id"].dictionary_encode())
    assert sample(coded.to_batches()).tally == sample([table]).tally
    assert pack(sample(coded.to_batches())) == pack(sample([table]))


def test_a_hundred_thousand_mentions_stay_small():
    words = [
        f"{a} {b}" for a in ("delivery", "物流", "refund", "客服") for b in ("slow", "很慢", "late again", "沒有人回")
    ]
    rng = np.random.default_rng(1)
    table = made(100_000)
    texts = [" ".join(words[i] for i in row) + f" {k}" for k, row in enumerate(rng.integers(0, 16, (100_000, 4)))]
    kept = sample([table.set_column(1, "text", pa.array(texts))])
    assert 30_000 <= kept.kept <= 60_000
    assert len(pack(kept)) < 4_000_000
