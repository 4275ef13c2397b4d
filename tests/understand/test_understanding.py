"""What is learnt is kept whole, and reads a comment the same alone, in company and after it was kept."""

from __future__ import annotations

import itertools
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balm.simulate import simulate
from balm.understand.understanding import ORIGINS, Reading, Sample, Understanding

PER_COMMENT = {"comment_language"}


@pytest.fixture(scope="module")
def sample() -> Sample:
    feedback = simulate(comments=1200, seed=21).feedback
    scores = np.array([np.nan if s is None else (s - 1) / 4 for s in feedback["csat"].to_pylist()])
    return Sample(feedback["comment"].to_pylist(), scores)


@pytest.fixture(scope="module")
def fitted(sample: Sample) -> Understanding:
    return Understanding.fit(sample)


def same(a: Reading, b: Reading) -> list[str]:
    """Names of the fields in which two readings differ."""
    return [f.name for f in fields(Reading) if not np.array_equal(getattr(a, f.name), getattr(b, f.name))]


def joined(parts: list[Reading], sizes: list[int]) -> Reading:
    base = np.cumsum([0, *sizes])
    made = {}
    for f in fields(Reading):
        values = [getattr(part, f.name) for part in parts]
        if f.name == "comment":
            values = [value + first for value, first in zip(values, base, strict=False)]
        made[f.name] = [text for value in values for text in value] if f.name == "text" else np.concatenate(values)
    return Reading(**made)


def test_what_was_kept_reads_as_what_was_learnt(fitted: Understanding, sample: Sample, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    kept = Understanding.load(tmp_path)
    others = simulate(comments=200, seed=22).feedback["comment"].to_pylist()
    assert same(fitted.read(sample.texts), kept.read(sample.texts)) == []
    assert same(fitted.read(others), kept.read(others)) == []
    assert (kept.catalog.ids, kept.catalog.labels, kept.catalog.kinds) == (
        fitted.catalog.ids,
        fitted.catalog.labels,
        fitted.catalog.kinds,
    )
    assert [t.id for t in kept.catalog.themes()] == kept.ids and len(set(kept.ids)) == len(kept.ids)


def test_the_same_sample_teaches_the_same_bytes(fitted: Understanding, sample: Sample, tmp_path: Path) -> None:
    fitted.save(tmp_path / "a")
    Understanding.fit(sample).save(tmp_path / "b")
    (a,), (b,) = (list((tmp_path / name).iterdir()) for name in "ab")
    assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize("cuts", [[1, 599, 600], [400, 400, 400]])
def test_batches_read_as_the_whole_does(cuts: list[int], fitted: Understanding, sample: Sample) -> None:
    edges = np.cumsum([0, *cuts]).tolist()
    parts = [fitted.read(sample.texts[a:b]) for a, b in itertools.pairwise(edges)]
    whole = fitted.read(sample.texts)
    together = joined(parts, cuts)
    assert same(together, whole) == []


def test_nothing_and_almost_nothing_can_be_read(fitted: Understanding) -> None:
    assert len(fitted.read([]).text) == 0
    for text in ("。。。", "!!!", "\n\n", " ", "ok", "好", "\u200b", "a\0b", "😡"):
        read = fitted.read([text, "delivery was late"])
        assert (read.comment == 1).any()


def test_growing_adds_what_is_new_and_moves_nothing() -> None:
    """The capsules, of which no codebook knows, are said for the first time in the second half."""
    made = simulate(comments=3000, seed=24)
    comments = list(zip(made.feedback["comment"].to_pylist(), made.said, strict=True))
    first = [text for text, said in comments[:2000] if "cartridge" not in said]
    second = [text for text, _ in comments[2000:]]
    second += [text for text, said in comments[:2000] if "cartridge" in said]
    before = Understanding.fit(Sample(first, np.full(len(first), np.nan)))
    after = before.grown(second, k=None, seed=0)
    assert after.ids[: len(before.ids)] == before.ids
    new = [theme for theme in after.learnt.found.themes if theme.id not in before.ids]
    assert any("胶囊" in "".join(theme.anchors) or "capsule" in "".join(theme.anchors) for theme in new)
    was, now = before.read(first), after.read(first)
    coded = was.theme >= 0
    assert (was.theme[coded] != now.theme[coded]).mean() <= 0.02


def test_without_a_codebook(sample: Sample) -> None:
    made = Understanding.fit(sample, codebook="none", k=7)
    read = made.read(sample.texts)
    assert len(made.ids) == 7 and made.catalog.solvability() == {}
    assert set(np.unique(read.origin)) <= {0, ORIGINS.index("discovered") + 1}
    assert (read.theme >= 0).mean() > 0.3


def test_a_sample_without_scores_reads_words(sample: Sample) -> None:
    made = Understanding.fit(Sample(sample.texts, np.full(len(sample.texts), np.nan)))
    assert made.learnt.sentiment.source == "words"
    bad, good = made.read(["terrible, rude and useless support", "wonderful, fast and friendly support"]).polarity[
        [0, -1]
    ]
    assert bad < 0 < good


PIECES = st.sampled_from(
    ["物流太慢了", "送貨好慢", "the app crashes", "but", "但是", "质感很好", "，", "。", " ", "\n", "😡", "[PHONE]",
     "!!!", "ＡＰＰ", "ﬁne", "İ", "ß", "退款", "ไม่พอใจ", "1.5", "e.g.", "…", "\u200d", "﷽", "refund"]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(PIECES, min_size=1, max_size=12).map("".join), min_size=1, max_size=4))
def test_places_are_true_whatever_is_written(fitted: Understanding, texts: list[str]) -> None:
    read = fitted.read(texts)
    assert (np.diff(read.comment) >= 0).all()
    for i, said in enumerate(read.text):
        assert 0 <= read.start[i] <= read.end[i] <= len(texts[read.comment[i]])
        assert texts[read.comment[i]][read.start[i] : read.end[i]] == said
        assert 0 <= read.mark_start[i] <= read.mark_end[i] <= len(said)
        assert -1 <= read.theme[i] < len(fitted.ids) and (read.theme[i] >= 0) == (read.origin[i] > 0)
        assert -1 <= read.polarity[i] <= 1 and 0 <= read.confidence[i] <= 1
