"""Scores: by hand, against Tango's and Wilson's formulas, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.core.coded import Attribute
from balm.core.stats import Z95, wilson
from balm.core.types import Scale
from balm.measure.scores import ces, csat, mean, metric_of, nps, score, score_interval


def test_nps_by_hand() -> None:
    e = nps([10, 9, 9, 8, 7, 6, 0, np.nan, 11])
    assert e.value == pytest.approx(100 * (3 - 2) / 7)
    assert e.n == 7  # the missing one and the one off the scale are left out
    assert e.method == "score"
    assert -100 <= e.low < e.value < e.high <= 100


@pytest.mark.parametrize(
    ("promoters", "detractors", "n"), [(12, 2, 50), (9, 1, 30), (40, 35, 100), (1, 0, 10), (5, 5, 10)]
)
def test_nps_interval_solves_tango_1998(promoters: int, detractors: int, n: int) -> None:
    e = nps([10] * promoters + [0] * detractors + [8] * (n - promoters - detractors))

    def z(theta: float) -> float:
        b, c = promoters, detractors
        qa, qb, qc = 2 * n, -b - c + (2 * n - b + c) * theta, -c * theta * (1 - theta)
        q21 = (np.sqrt(qb * qb - 4 * qa * qc) - qb) / (2 * qa)
        return float((b - c - n * theta) / np.sqrt(n * (2 * q21 + theta * (1 - theta))))

    assert z(e.low / 100) == pytest.approx(Z95, abs=1e-5)
    assert z(e.high / 100) == pytest.approx(-Z95, abs=1e-5)


@given(st.integers(0, 40), st.integers(1, 40))
def test_two_answers_give_wilsons_interval(k: int, n: int) -> None:
    k = min(k, n)
    e = mean([1.0] * k + [0.0] * (n - k), Scale.BINARY)
    low, high = wilson(k, n)
    assert (e.low, e.high) == (pytest.approx(float(low), abs=1e-7), pytest.approx(float(high), abs=1e-7))
    assert e.method == "wilson"


def test_csat_ces_and_mean_by_hand() -> None:
    assert csat([5, 4, 3, 1]).value == 0.5
    assert ces([1, 7, 4]).value == 4
    assert mean([1, 5, 5, 5], Scale.STARS).value == 4
    e = mean([2.0, 4.0, 9.0])  # no scale: Student's t
    assert (e.value, e.method) == (5, "t")
    assert e.high - 5 == pytest.approx(4.30265 * np.std([2, 4, 9], ddof=1) / np.sqrt(3), rel=1e-4)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=60))
def test_interval_is_ordered_bounded_and_mirrors(answers: list[int]) -> None:
    e = mean(answers, Scale.STARS)
    assert 1 <= e.low <= e.value <= e.high <= 5
    assert e.high > e.low
    turned = mean([6 - a for a in answers], Scale.STARS)
    assert (turned.low, turned.high) == (pytest.approx(6 - e.high, abs=1e-6), pytest.approx(6 - e.low, abs=1e-6))
    more = mean(answers * 4, Scale.STARS)
    assert more.high - more.low < e.high - e.low


def test_large_samples_meet_the_normal_interval() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(1, 6, 20000)
    e = mean(y, Scale.STARS)
    half = Z95 * y.std() / np.sqrt(len(y))
    assert (e.low, e.high) == (pytest.approx(y.mean() - half, abs=2e-4), pytest.approx(y.mean() + half, abs=2e-4))


@pytest.mark.parametrize("n", [10, 30, 100, 1000])
@pytest.mark.parametrize(
    "weights", [[0.12, 0.05, 0.06, 0.12, 0.65], [0.02, 0.01, 0.02, 0.1, 0.85], [0.45, 0.05, 0.03, 0.07, 0.4]]
)
def test_coverage_of_skewed_stars(weights: list[float], n: int) -> None:
    rng = np.random.default_rng(n)
    counts = rng.multinomial(n, weights, 4000)
    support = np.arange(1, 6.0)
    size = np.full(len(counts), float(n))
    low, high = score_interval(counts, support, (1, 5), size, np.full(len(counts), Z95))
    truth = support @ weights
    assert 0.935 <= np.mean((low <= truth) & (truth <= high)) <= 0.972


def test_coverage_of_an_extreme_nps() -> None:
    rng = np.random.default_rng(1)
    counts = rng.multinomial(30, [0.96, 0.03, 0.01], 8000)
    support = np.array([-100.0, 0, 100])
    size = np.full(len(counts), 30.0)
    low, high = score_interval(counts, support, (-100, 100), size, np.full(len(counts), Z95))
    assert 0.93 <= np.mean((low <= -95) & (high >= -95)) <= 0.975  # Wald's covers 74 %


def test_customers_who_repeat_widen_and_cover() -> None:
    rng = np.random.default_rng(2)
    hit, runs = 0, 600
    for _ in range(runs):
        level = rng.normal(0, 1, 60).repeat(5)
        y = (level + rng.normal(0, 0.5, 300) > 0).astype(float)
        e = mean(y, Scale.BINARY, np.arange(60, dtype=np.int32).repeat(5))
        hit += e.low <= 0.5 <= e.high
        assert e.method == "wilson, by customer"
    assert 0.93 <= hit / runs <= 0.972
    alone = mean(y, Scale.BINARY)
    assert e.high - e.low > 1.5 * (alone.high - alone.low)
    assert mean(y, Scale.BINARY, np.arange(300, dtype=np.int32)) == alone


def test_one_shouting_customer_is_one_voice() -> None:
    y = np.array([1.0] * 50 + [0, 1, 0])
    e = mean(y, Scale.BINARY, np.array([0] * 50 + [1, 2, 3], np.int32))
    assert e.low < 0.4


def test_groups_by_two_attributes() -> None:
    y = [10, 0, 9, 3, 8, 10]
    by = {
        "channel": Attribute(np.array([0, 0, 1, 1, -1, 1], np.int32), ["app", "shop"]),
        "new": Attribute(np.array([0, 1, 0, 0, 0, 1], np.int32), ["no", "yes"]),
    }
    result = score(y, scale=Scale.NPS, by=by)
    assert result.all.n == 6
    found = {tuple(b.values()): (e.value, e.n) for b, e in result.groups}
    assert found == {
        ("app", "no"): (100, 1),
        ("app", "yes"): (-100, 1),
        ("shop", "no"): (0, 2),
        ("shop", "yes"): (100, 1),
    }
    assert next(b for b, _ in result.groups) == {"channel": "app", "new": "no"}
    js = result.to_json()
    assert js["metric"] == "nps"
    assert set(js["groups"][0]["estimate"]) == {"value", "low", "high", "n", "method"}


def test_result_as_pandas() -> None:
    pytest.importorskip("pandas")
    by = {"c": Attribute(np.array([0, 1], np.int32), ["a", "b"])}
    assert score([1.0, 5.0], scale=Scale.STARS, by=by).to_pandas()["value"].tolist() == [3.0, 1.0, 5.0]


def test_nothing_and_nearly_nothing() -> None:
    assert mean([], Scale.STARS).value is None
    assert mean([np.nan], Scale.STARS).value is None
    assert mean([3.0]).value is None
    one = mean([5], Scale.STARS)
    assert one.value == 5
    assert one.low < 2  # one answer says next to nothing, and shows it
    with pytest.raises(ValueError, match="metric or a scale"):
        score([1.0])


def test_every_scale_has_a_metric() -> None:
    for scale in Scale:
        assert score([0.0, 1.0], scale=scale).metric == metric_of(scale)
    assert mean([-1, 0, 1, 1], Scale.LABEL).value == 0.25
