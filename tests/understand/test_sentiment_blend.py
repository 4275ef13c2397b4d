"""Clauses read within their comments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.understand.block import Block
from balm.understand.sentiment.blend import CUTS, blend, calibrate, classify


def test_after_a_turn_praise_before_it_counts_against() -> None:
    clauses = Block.of(["great picture", "but the sound", "great picture", "the sound"])
    got = blend(clauses, [0.9, 0.0, 0.9, 0.0], [0, 0, 1, 1], 2)
    assert got.sentiment.tolist() == [1, -1, 1, 0]
    assert got.polarity[1] < got.polarity[3]


def test_and_the_other_way_round() -> None:
    got = blend(Block.of(["送货太慢", "但是味道"]), [-0.9, 0.3], [0, 0], 1)
    assert got.sentiment.tolist() == [-1, 1]


def test_a_turn_does_not_reach_into_the_next_comment() -> None:
    got = blend(Block.of(["great", "but fine"]), [0.9, 0.5], [0, 1], 2)
    assert got.polarity[1] == pytest.approx(0.5, abs=1e-6)


def test_the_comment_tells_where_the_clause_does_not() -> None:
    clauses = Block.of(["awful awful awful awful", "the seat"])
    got = blend(clauses, [-0.95, 0.0], [0, 0], 1)
    assert got.polarity[1] < 0
    given = blend(clauses, [-0.95, 0.0], [0, 0], 1, comment=[0.8])
    assert given.polarity[1] > 0


def test_empty_and_mismatched() -> None:
    got = blend(Block.of([]), [], [], 3)
    assert got.polarity.shape == (0,) and got.comment.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="for every clause"):
        blend(Block.of(["a"]), [0.1, 0.2], [0], 1)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 4), st.sampled_from(["好", "但是", "but", "x"])), max_size=20)
)
def test_range(rows: list[tuple[float, int, str]]) -> None:
    rows.sort(key=lambda r: r[1])
    got = blend(Block.of([r[2] for r in rows]), [r[0] for r in rows], [r[1] for r in rows], 5)
    assert (np.abs(got.polarity) <= 1).all() and (np.abs(got.comment) <= 1).all()
    assert set(got.sentiment.tolist()) <= {-1, 0, 1}
    assert ((got.sentiment == -1) == (got.polarity < CUTS[0])).all()


def test_classify() -> None:
    assert classify(np.array([-1, -0.15, 0, 0.35, 0.36], np.float32), (-0.15, 0.35)).tolist() == [-1, 0, 0, 0, 1]


def test_calibrate_moves_to_where_the_scores_turn() -> None:
    rng = np.random.default_rng(0)
    scores = (rng.random(2_000) < 0.5).astype(float)
    polarity = (np.where(scores > 0, 0.35, -0.3) + rng.normal(0, 0.15, 2_000)).astype(np.float32)
    low, high = calibrate(polarity, np.arange(2_000), scores)
    assert abs(low - 0.025) < 0.1 and high > low
    shifted, _ = calibrate(polarity - 0.2, np.arange(2_000), scores)
    assert shifted < low
    assert calibrate(polarity, np.arange(2_000), np.full(2_000, np.nan)) == CUTS
    assert calibrate(polarity[:40], np.arange(40), scores[:40]) == CUTS
