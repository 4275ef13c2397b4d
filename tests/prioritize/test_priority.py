"""Priorities: the five-row example, order, ties and reasons."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from balm.core.types import LANGUAGES, Estimate
from balm.prioritize.models import (
    CUSTOMER_IMPACT,
    LEVELS,
    POINTS,
    VALUE_EFFORT,
    Level,
    customer_impact,
    quick_win,
    reach_points,
    severity_points,
    value_effort,
)
from balm.prioritize.rank import prioritize, ranking, tied, top_shares

FIVE: list[tuple[str, Level, Level, Level, Level]] = [
    ("long checkout", "high", "medium", "medium", "high"),
    ("product descriptions lack information", "medium", "low", "low", "medium"),
    ("service agents answer slowly", "medium", "high", "low", "high"),
    ("product function fails now and then", "low", "high", "high", "medium"),
    ("strict return policy", "medium", "low", "low", "medium"),
]
SHARE = {"high": 0.10, "medium": 0.03, "low": 0.005}
LOSS = {"high": 0.40, "medium": 0.15, "low": 0.05}


@dataclass
class Made:
    """Measured numbers made up for k pains, each with its error."""

    share: list[float]
    loss: list[float]
    error: float = 0.002
    n: int = 10_000
    span: float = 4.0
    source: str = "scores"
    draws: int = 400
    reach: list[Estimate] = field(init=False)
    severity: list[Estimate] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(0)
        k = len(self.share)
        self.reach = [Estimate(s, s * 0.9, s * 1.1, self.n, "wilson") for s in self.share]
        self.severity = [
            Estimate(v * self.span, (v - 0.02) * self.span, (v + 0.02) * self.span, 90, "made") for v in self.loss
        ]
        self.shrunk = np.array(self.loss)
        self.draws_reach = np.clip(self.share + rng.normal(0, self.error, (self.draws, k)), 0, 1)
        self.draws_severity = self.loss + rng.normal(0, 0.01, (self.draws, k))
        self.covariance = np.diag((self.error * self.shrunk) ** 2 + (np.array(self.share) * 0.01) ** 2)


def five() -> dict[str, dict[str, object]]:
    made = Made([SHARE[r[1]] for r in FIVE], [LOSS[r[2]] for r in FIVE])
    return prioritize(made, [r[0] for r in FIVE], {r[0]: r[3] for r in FIVE})


@pytest.mark.parametrize("row", FIVE, ids=[r[0] for r in FIVE])
def test_five_rows_by_level(row: tuple[str, Level, Level, Level, Level]) -> None:
    _, reach, severity, _, expected = row
    assert customer_impact(reach, severity) == expected


def test_five_rows_from_measured_numbers_under_both_models() -> None:
    got = five()
    assert {name: p[CUSTOMER_IMPACT].level for name, p in got.items()} == {r[0]: r[4] for r in FIVE}
    by_impact = sorted(got, key=lambda name: got[name][CUSTOMER_IMPACT].rank)
    assert list(got) == by_impact
    assert set(by_impact[:2]) == {"long checkout", "service agents answer slowly"}
    assert by_impact[2] == "product function fails now and then"
    by_worth = sorted(got, key=lambda name: got[name][VALUE_EFFORT].rank)
    assert by_worth[:3] == ["long checkout", "product function fails now and then", "service agents answer slowly"]
    assert [name for name, p in got.items() if p[VALUE_EFFORT].quick_win] == ["product function fails now and then"]
    assert got["long checkout"][VALUE_EFFORT].level == "high"


def test_levels_of_both_models() -> None:
    assert [customer_impact(a, b) for a in LEVELS for b in LEVELS] == [
        *("low", "medium", "medium"),
        *("medium", "medium", "high"),
        *("medium", "high", "high"),
    ]
    assert value_effort("high", "medium", "medium") == "high"
    assert value_effort("medium", "medium", "medium") == "medium"
    assert value_effort("low", "low", "high") == "low"
    assert not quick_win("low", "low", "high")
    assert POINTS == {"low": 1, "medium": 2, "high": 3}


def test_cuts() -> None:
    assert reach_points([0, 0.0099, 0.01, 0.0499, 0.05, 1]).tolist() == [1, 1, 2, 2, 3, 3]
    assert reach_points([0.5, 0.5], [9, 10]).tolist() == [2, 3]
    assert severity_points([-1, 0.0999, 0.1, 0.2499, 0.25]).tolist() == [1, 1, 2, 2, 3]
    assert severity_points([0.3, 0.34, 0.66, 0.67], "words").tolist() == [1, 2, 2, 3]


def test_two_equal_pains_are_a_tie_and_a_far_one_is_not() -> None:
    got = prioritize(Made([0.10, 0.10, 0.02], [0.2, 0.201, 0.2]), ["a", "b", "c"])
    assert got["a"][CUSTOMER_IMPACT].tied_with == ("b",)
    assert got["b"][CUSTOMER_IMPACT].tied_with == ("a",)
    assert got["c"][CUSTOMER_IMPACT].tied_with == ()
    share = got["a"][CUSTOMER_IMPACT].top_k
    assert set(share) == {1, 3, 5, 10}
    assert 0.2 < share[1] < 0.8
    assert share[1] + got["b"][CUSTOMER_IMPACT].top_k[1] == pytest.approx(1)
    assert share[3] == 1


def test_ties_are_rare_where_there_are_differences_and_common_where_none() -> None:
    rng = np.random.default_rng(1)
    sd = 0.001
    same = [tied(rng.normal(0.02, sd, 10), np.eye(10) * sd**2) for _ in range(200)]
    assert np.mean([not t[np.triu_indices(10, 1)].all() for t in same]) <= 0.07
    apart = tied(np.arange(10) * 0.01, np.eye(10) * sd**2)
    assert not apart.any()


def test_correlated_impacts_are_told_apart_by_their_difference() -> None:
    covariance = np.array([[1.0, 0.999], [0.999, 1.0]]) * 1e-4
    assert not tied(np.array([0.010, 0.012]), covariance)[0, 1]
    assert tied(np.array([0.010, 0.012]), np.diag([1e-4, 1e-4]))[0, 1]


def test_ranking_takes_points_first_then_impact() -> None:
    assert ranking(np.array([0.9, 0.01, 0.02, 0.9])).tolist() == [1, 4, 3, 2]
    assert ranking(np.array([0.9, 0.01, 0.02, 0.9]), np.array([2, 6, 6, 2])).tolist() == [3, 2, 1, 4]
    shares = top_shares(np.array([[1, 2], [2, 1], [1, 2], [1, 2]]))
    assert shares[1].tolist() == [0.75, 0.25]


def test_a_handful_of_comments_does_not_rank_first() -> None:
    made = Made([0.04, 0.08], [0.3, 0.3], n=100)  # 4 customers and 8
    made = replace(made)
    got = prioritize(made, ["four", "eight"])
    assert list(got) == ["eight", "four"]
    assert (
        "Reach medium" in got["eight"][CUSTOMER_IMPACT].reason["en"]
    )  # fewer than ten customers are never a high reach


def test_what_nobody_mentions_is_no_pain() -> None:
    got = prioritize(Made([0.0, 0.02], [0.2, 0.2]), ["silent", "said"])
    assert list(got) == ["said"]
    assert prioritize(Made([], []), []) == {}


def test_reasons_say_what_was_measured_in_three_languages_and_claim_no_cause() -> None:
    got = five()
    for models in got.values():
        for priority in models.values():
            assert set(priority.reason) == set(LANGUAGES)
            assert len(set(priority.reason.values())) == 3
    en, hans, hant = (got["long checkout"][CUSTOMER_IMPACT].reason[x] for x in ("en", "zh-Hans", "zh-Hant"))
    for number in ("10.0", "0.60", "3 × 2 = 6"):
        assert number in en
        assert number in hans
        assert number in hant
    assert "association" in en
    assert "关联" in hans
    assert "關聯" in hant
    for wrong in ("because of", "caused", "导致", "造成", "導致"):
        assert wrong not in en + hans + hant
    assert "quick win" in got["product function fails now and then"][VALUE_EFFORT].reason["en"]
    assert "assumed" in prioritize(Made([0.1], [0.2]), ["x"])["x"][VALUE_EFFORT].reason["en"]
    assert "comments" in prioritize(Made([0.1], [0.2]), ["x"], by_comment=True)["x"][CUSTOMER_IMPACT].reason["en"]


def test_reasons_of_unknown_gained_and_drawn_severity() -> None:
    made = Made([0.1, 0.1, 0.1], [0.2, -0.1, 0.2])
    made.severity[0] = Estimate(None, None, None, 3, "made")
    made.shrunk[2] = 0.12
    got = prioritize(made, ["few", "gain", "drawn"])
    assert "3 scored comments are too few" in got["few"][CUSTOMER_IMPACT].reason["en"]
    assert "0.40 higher" in got["gain"][CUSTOMER_IMPACT].reason["en"]
    assert "12.0%" in got["drawn"][CUSTOMER_IMPACT].reason["en"]
    words = Made([0.1], [0.7], span=1.0, source="words")
    assert "words weigh 0.70 of 1" in prioritize(words, ["x"])["x"][CUSTOMER_IMPACT].reason["en"]
