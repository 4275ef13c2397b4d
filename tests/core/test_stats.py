"""Formulas against published numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.core.stats import (
    difference_interval,
    distinct,
    false_discovery,
    proportion,
    ratio_interval,
    t_quantile,
    wilson,
)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombe_1998_table_1(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@pytest.mark.parametrize(
    ("four", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_difference_agrees_with_newcombe_1998_method_10(
    four: tuple[int, int, int, int], low: float, high: float
) -> None:
    assert difference_interval(*four) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_false_discovery_rejects_the_four_of_benjamini_and_hochberg_1995() -> None:
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.324,
        0.4262,
        0.5719,
        0.6528,
        0.759,
        1,
    ]
    q = false_discovery(p)
    assert (q <= 0.05).sum() == 4
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert (np.diff(q) >= 0).all()


def test_false_discovery_leaves_out_what_was_not_looked_at() -> None:
    q = false_discovery(np.array([[0.01, np.nan], [0.5, np.nan]]))
    assert np.isnan(q[:, 1]).all()
    assert q[0, 0] == pytest.approx(0.02)
    assert false_discovery(np.array([])).size == 0


def test_t_quantile_agrees_with_tables() -> None:
    assert t_quantile([1, 10, 30, np.inf]) == pytest.approx([12.7062, 2.2281, 2.0423, 1.95996], abs=1e-4)


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 200), st.integers(1, 200))
def test_ratio_interval_holds_the_ratio_and_turns_over(k1: int, n1: int, k0: int, n0: int) -> None:
    k1, k0 = min(k1, n1), min(k0, n0)
    low, high = (float(x) for x in ratio_interval(k1, n1, k0, n0))
    assert low >= 0
    if k0 == 0:
        assert high == np.inf
        return
    ratio = (k1 / n1) / (k0 / n0)
    assert low <= ratio * (1 + 1e-9)
    assert high >= ratio * (1 - 1e-9)
    back = ratio_interval(k0, n0, k1, n1)
    assert float(back[0]) == pytest.approx(1 / high, rel=1e-6, abs=1e-9)
    assert float(back[1]) == pytest.approx(1 / low, rel=1e-6)


def test_ratio_interval_covers() -> None:
    rng = np.random.default_rng(0)
    for p1, n1, p0, n0 in ((0.2, 300, 0.08, 1500), (0.02, 2000, 0.02, 2000), (0.5, 60, 0.4, 60)):
        low, high = ratio_interval(rng.binomial(n1, p1, 4000), n1, rng.binomial(n0, p0, 4000), n0)
        assert 0.935 < np.mean((low <= p1 / p0) & (p1 / p0 <= high)) < 0.975


def test_distinct_and_proportion() -> None:
    assert distinct(np.array([3, 1, 3, 2, 1])).tolist() == [1, 2, 3]
    assert distinct(np.array([], np.int64)).size == 0
    assert proportion(0, 0).value is None
    e = proportion(3, 10)
    assert (e.value, e.n, e.method) == (0.3, 10, "wilson")
