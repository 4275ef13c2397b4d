"""Who gets what: the same for ever, fair, and independent between experiments."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from balm.core.errors import WrongUse
from balm.proof.assign import Allocation, Holdout, assign, assign_all, check_group, draw

UNITS = [f"customer {i}" for i in range(100_000)]
PLAIN = Allocation("checkout", ("control", "a", "b"), ratio=(2, 1, 1))


@pytest.fixture(scope="module")
def plain():
    return assign_all(UNITS, PLAIN)


def test_an_arm_never_changes():
    """Written down once: another machine or release must give the same."""
    assert [assign(unit, PLAIN) for unit in UNITS[:8]] == [
        "control",
        "control",
        "a",
        "control",
        "a",
        "control",
        "control",
        "a",
    ]
    assert draw("a", "b") == 0.13806821453000806


def test_arms_come_in_the_planned_ratio(plain):
    counts = Counter(plain)
    observed = [counts[arm] for arm in PLAIN.arms]
    assert stats.chisquare(observed, [50_000, 25_000, 25_000]).pvalue > 0.001


def test_draws_are_uniform():
    drawn = np.array([draw("traffic", "x", unit) for unit in UNITS])
    assert stats.chisquare(np.bincount((drawn * 100).astype(int), minlength=100)).pvalue > 0.001
    assert drawn.min() >= 0 and drawn.max() < 1


@pytest.mark.parametrize("other", [{"key": "search"}, {"salt": "again"}])
def test_experiments_are_independent_of_each_other(plain, other):
    second = assign_all(UNITS, dataclasses.replace(PLAIN, **other))
    table = np.zeros((3, 3))
    for a, b in zip(plain, second, strict=True):
        table[PLAIN.arms.index(a), PLAIN.arms.index(b)] += 1
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_growing_traffic_moves_nobody(plain):
    few = assign_all(UNITS[:20_000], dataclasses.replace(PLAIN, traffic=0.1))
    more = assign_all(UNITS[:20_000], dataclasses.replace(PLAIN, traffic=0.4))
    assert all(b == a for a, b in zip(few, more, strict=True) if a)
    assert all(b == a for a, b in zip(more, plain, strict=False) if a)
    assert sum(a is not None for a in few) / 20_000 == pytest.approx(0.1, abs=0.008)
    counts = Counter(a for a in more if a)  # the ratio holds within the traffic
    assert counts["control"] / counts.total() == pytest.approx(0.5, abs=0.02)


def test_experiments_of_one_group_share_nobody_and_a_holdout_is_in_none():
    kept = Holdout("2026", 0.05)
    first = Allocation("one", ("control", "new"), group="page", span=(0.0, 0.3), holdout=kept)
    second = Allocation("two", ("control", "new"), group="page", span=(0.3, 1.0), holdout=kept)
    check_group([first, second])
    a, b = (assign_all(UNITS[:20_000], one) for one in (first, second))
    assert not any(x and y for x, y in zip(a, b, strict=True))
    out = sum(not x and not y for x, y in zip(a, b, strict=True)) / 20_000
    assert out == pytest.approx(0.05, abs=0.006)
    held = [unit for unit, x, y in zip(UNITS, a, b, strict=False) if not x and not y]
    assert not any(assign(unit, dataclasses.replace(PLAIN, holdout=kept)) for unit in held)
    wider = dataclasses.replace(first, span=(0.0, 0.35))
    with pytest.raises(WrongUse, match="overlap"):
        check_group([wider, second])
    with pytest.raises(WrongUse, match="same key"):
        check_group([first, first])


def test_texts_that_run_together_are_told_apart():
    assert draw("ab", "c") != draw("a", "bc")
    assert draw("顾客", "") != draw("", "顾客")


def test_an_arm_of_no_part_gets_nobody():
    got = Counter(assign_all(UNITS[:2000], Allocation("x", ("control", "a", "b"), ratio=(1, 1, 0))))
    assert got["b"] == 0 and got.total() == 2000


@pytest.mark.parametrize(
    "parts",
    [
        {"key": ""},
        {"arms": ("a",)},
        {"arms": ("a", "a")},
        {"ratio": (1.0,)},
        {"ratio": (0.0, 0.0)},
        {"ratio": (1.0, float("inf"))},
        {"ratio": (1.0, -1.0)},
        {"traffic": 1.5},
        {"traffic": float("nan")},
        {"span": (0.5, 0.5)},
        {"span": (0.5, 1.5)},
    ],
)
def test_what_is_out_of_bounds_is_refused(parts):
    with pytest.raises(WrongUse):
        Allocation(**{"key": "k", "arms": ("a", "b"), **parts})


def test_a_unit_without_a_key_and_a_holdout_of_all_are_refused():
    with pytest.raises(WrongUse, match="without a key"):
        assign("", PLAIN)
    with pytest.raises(WrongUse, match="holdout"):
        Holdout("all", 1.0)
