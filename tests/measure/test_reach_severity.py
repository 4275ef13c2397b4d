"""Reach and severity: by hand, against plain regression, and by simulation."""

from collections.abc import Callable

import numpy as np
import pytest

from balm.core.coded import CodedFeedback
from balm.core.types import Estimate, Scale
from balm.measure.incidence import customer_groups, incidence
from balm.measure.moments import moments
from balm.measure.reach import reach, theme_counts
from balm.measure.severity import product, severity, severity_and_resamples, shrink

Make = Callable[..., CodedFeedback]

REACH = np.array([0.3, 0.1, 0.04])
LOSS = np.array([0.5, 1.0, 2.0])


def planted(feedback: Make, rng: np.random.Generator, n: int, repeat: int = 1) -> CodedFeedback:
    c = n // repeat
    customer = np.concatenate([np.arange(c), rng.integers(0, c, n - c)])
    x = rng.random((n, 3)) < REACH
    mood = rng.normal(0, 0.5, c) if repeat > 1 else np.zeros(c)
    return feedback(x, score=4 + mood[customer] - x @ LOSS + rng.normal(0, 1, n), customer=customer)


def test_counts_by_hand() -> None:
    coded = CodedFeedback(
        ["a", "b"],
        np.array([0, 0, 0, 1, 2, 3], np.int32),
        np.array([0, 0, 1, 0, -1, 0], np.int32),
        np.array([True, True, False, True, True, False]),
        np.zeros(6, bool),
        np.array([0, 0, 1, 2], np.int32),
        np.full(4, np.nan),
        np.zeros(4, np.int32),
    )
    c = theme_counts(coded)
    assert c.mentions.tolist() == [4, 1]
    assert c.comments.tolist() == [3, 1]
    assert c.customers.tolist() == [2, 1]
    assert c.negative_mentions.tolist() == [3, 0]
    assert c.negative_comments.tolist() == [2, 0]
    assert c.negative_customers.tolist() == [1, 0]
    assert [e.value for e in c.reach] == [pytest.approx(1 / 3), 0]
    assert c.share_of_comments[0].value == 0.75
    assert c.negative_share[0].value == pytest.approx(2 / 3)
    assert c.reach == reach(coded)


def test_one_shouting_customer_counts_once(feedback: Make) -> None:
    x = np.zeros((60, 1), bool)
    x[:50] = True
    customer = np.array([0] * 50 + list(range(1, 11)))
    e = reach(feedback(x, customer=customer))[0]
    assert (e.value, e.n) == (pytest.approx(1 / 11), 11)
    share = theme_counts(feedback(x, customer=customer)).share_of_comments[0]
    assert share.high - share.low > 0.5  # fifty comments of one person are no evidence of a share


def test_shares_of_comments_cover_when_customers_repeat(feedback: Make) -> None:
    rng = np.random.default_rng(1)
    hit = []
    for _ in range(1000):
        c, n = 150, 450
        own = rng.beta(0.5, 2, c)
        customer = np.concatenate([np.arange(c), rng.integers(0, c, n - c)])
        e = theme_counts(feedback(rng.random((n, 1)) < own[customer][:, None], customer=customer)).share_of_comments[0]
        hit.append(e.low <= 0.2 <= e.high)
    assert 0.935 <= np.mean(hit) <= 0.97


def test_groups_are_even_and_fixed() -> None:
    group, g = customer_groups(1003, 200)
    assert g == 200
    assert set(np.bincount(group)) == {5, 6}
    assert (customer_groups(1003, 200)[0] == group).all()
    assert customer_groups(7, 200)[1] == 7
    assert customer_groups(0, 200)[1] == 1


def test_moments_are_those_of_the_design_matrix(feedback: Make) -> None:
    rng = np.random.default_rng(1)
    x = rng.random((300, 6)) < 0.4
    y = rng.normal(size=300)
    y[::7] = np.nan
    coded = feedback(x, score=y, customer=rng.permutation(300) % 80)
    group, g = customer_groups(coded.n_customers, 10)
    m = moments(coded, incidence(coded), group, g)
    seen = np.isfinite(y)
    design = np.column_stack([np.ones(300), x])[seen]
    assert m.xx.sum(axis=0) == pytest.approx(design.T @ design)
    assert m.xy.sum(axis=0) == pytest.approx(design.T @ (y[seen] - m.center))
    part = design[group[coded.customer][seen] == 3]
    assert m.xx[3] == pytest.approx(part.T @ part)


def test_severity_is_the_regression_coefficient(feedback: Make) -> None:
    coded = planted(feedback, np.random.default_rng(2), 3000)
    x = np.zeros((3000, 4))
    x[:, 0] = 1
    x[coded.comment, coded.theme + 1] = 1
    beta = np.linalg.lstsq(x, coded.score, rcond=None)[0]
    assert [e.value for e in severity(coded)] == pytest.approx((-beta[1:]).tolist(), abs=0.01)


def test_severity_is_adjusted_for_the_other_themes(feedback: Make) -> None:
    rng = np.random.default_rng(3)
    first = rng.random(5000) < 0.3
    second = np.where(first, rng.random(5000) < 0.7, rng.random(5000) < 0.05)  # follows the first, harmless itself
    y = 4.5 - 2 * first + rng.normal(0, 0.7, 5000)
    found = severity(feedback(np.column_stack([first, second]), score=y), scale=Scale.STARS)
    assert found[0].low <= 2 <= found[0].high
    assert found[1].low <= 0 <= found[1].high
    assert y[~second].mean() - y[second].mean() > 1  # which the plain difference would have blamed


@pytest.mark.parametrize(("n", "repeat"), [(200, 1), (1500, 2)])
def test_coverage_of_reach_severity_and_impact(feedback: Make, n: int, repeat: int) -> None:
    rng = np.random.default_rng(n)
    hits: dict[str, list[bool]] = {"reach": [], "severity": [], "impact": []}
    for _ in range(250):
        found = severity_and_resamples(planted(feedback, rng, n, repeat), scale=Scale.STARS, draws=1)
        for j in range(3):
            for name, truth in (("reach", REACH[j]), ("severity", LOSS[j]), ("impact", REACH[j] * LOSS[j])):
                e = getattr(found, name)[j]
                if e.value is not None and (repeat == 1 or name == "severity"):
                    hits[name].append(e.low <= truth <= e.high)
    for name, hit in hits.items():
        if hit:
            assert 0.93 <= np.mean(hit) <= 0.975, name


def test_luck_of_five_equal_scores_is_not_certainty(feedback: Make) -> None:
    rng = np.random.default_rng(4)
    x = np.zeros((400, 1), bool)
    x[:5] = True
    y = np.clip(np.round(4 + rng.normal(0, 1, 400)), 1, 5)
    y[:5] = 1
    e = severity(feedback(x, score=y))[0]
    assert e.n == 5
    assert e.high - e.low > 1


def test_few_comments_or_few_customers_give_no_severity(feedback: Make) -> None:
    rng = np.random.default_rng(5)
    x = np.zeros((100, 2), bool)
    x[:4, 0] = True
    x[10:40, 1] = True
    customer = np.arange(100)
    customer[10:40] = 10  # thirty comments of one customer
    customer = np.unique(customer, return_inverse=True)[1]
    found = severity_and_resamples(feedback(x, score=rng.normal(3, 1, 100), customer=customer), draws=5)
    assert found.severity[0] == Estimate(None, None, None, 4, found.severity[0].method)
    assert found.severity[1].value is None
    assert found.impact[0].value is None
    assert np.isfinite(found.draws_severity).all()
    assert found.shrunk == pytest.approx([0.15, 0.15])


def test_themes_that_always_come_together_share_the_loss(feedback: Make) -> None:
    rng = np.random.default_rng(6)
    first = rng.random(1000) < 0.2
    y = 4 - 2 * first + rng.normal(0, 0.5, 1000)
    found = severity(feedback(np.column_stack([first, first]), score=y))
    assert [e.value for e in found] == pytest.approx([1, 1], abs=0.1)


def test_draws_agree_with_the_estimates_and_are_reproducible(feedback: Make) -> None:
    coded = planted(feedback, np.random.default_rng(7), 4000)
    a = severity_and_resamples(coded, scale=Scale.STARS, draws=2000, seed=1)
    b = severity_and_resamples(coded, scale=Scale.STARS, draws=2000, seed=1)
    assert (a.draws_severity == b.draws_severity).all()
    assert (a.draws_reach == b.draws_reach).all()
    assert (severity_and_resamples(coded, scale=Scale.STARS, seed=2).draws_reach[0] != a.draws_reach[0]).any()
    assert a.span == 4
    assert a.draws_severity.mean(axis=0) == pytest.approx(a.shrunk, abs=0.01)
    for j, e in enumerate(a.severity):
        assert a.draws_severity[:, j].std() == pytest.approx((e.high - e.low) / 3.92 / 4, rel=0.25)
        r = a.reach[j]
        assert a.draws_reach[:, j].std() == pytest.approx((r.high - r.low) / 3.92, rel=0.15)


def test_words_stand_in_where_there_are_no_scores(feedback: Make) -> None:
    rng = np.random.default_rng(8)
    x = rng.random((500, 2)) < [0.3, 0.1]
    coded = feedback(x)
    mean_of = np.array([0.4, 0.8])
    heat = np.clip(rng.normal(mean_of[coded.theme], 0.1), 0, 1)
    found = severity_and_resamples(coded, polarity=-heat.astype(np.float32))
    assert found.source == "words"
    assert found.span == 1
    for j, truth in enumerate(mean_of):
        e = found.severity[j]
        assert e.value == pytest.approx(heat[coded.theme == j].mean(), abs=1e-6)
        assert e.low <= truth <= e.high
        assert "words" in e.method
    with pytest.raises(ValueError, match="polarity"):
        severity_and_resamples(coded)


def test_shrinking_moves_the_unsure_ones() -> None:
    value, error = np.array([0.1, 0.2, 0.3, 0.9, np.nan]), np.array([0.02, 0.02, 0.02, 0.4, np.nan])
    drawn, keep, spread = shrink(value, error)
    assert drawn[:3] == pytest.approx(value[:3], abs=0.02)
    assert drawn[3] < 0.4
    assert 0.1 < drawn[4] < 0.35
    assert keep[4] == 0
    assert spread > 0


def test_product_of_a_gain_keeps_its_sides() -> None:
    e = product(Estimate(0.1, 0.05, 0.2, 100, ""), Estimate(-1, -2, 0.5, 40, ""), 100)
    assert e.low < e.value < 0 < e.high
    assert e.value == pytest.approx(-0.1)


def test_nothing_at_all(feedback: Make) -> None:
    empty = feedback(np.zeros((0, 2), bool), score=np.zeros(0))
    assert [e.value for e in reach(empty)] == [None, None]
    found = severity_and_resamples(empty, polarity=np.zeros(0, np.float32))
    assert [e.value for e in found.severity] == [None, None]
    quiet = severity_and_resamples(feedback(np.zeros((30, 2), bool), score=np.ones(30)))
    assert [e.value for e in quiet.severity] == [None, None]
    none = severity_and_resamples(feedback(np.zeros((30, 0), bool), score=np.ones(30)))
    assert none.severity == []
    all_of_them = severity_and_resamples(feedback(np.ones((30, 1), bool), score=np.ones(30)))
    assert all_of_them.severity[0].value is None  # nobody to compare with
    same = severity_and_resamples(feedback(np.arange(60).reshape(30, 2) % 3 == 0, score=np.ones(30)))
    assert same.severity[0].value == pytest.approx(0)
    assert theme_counts(empty).comments.tolist() == [0, 0]
