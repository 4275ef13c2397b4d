"""Trials: published figures, simulation, and what must not be read."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES
from balm.core.verdicts import Design, Outcome, Registered
from balm.proof.experiment import experiment, read_trial
from balm.proof.trial import Factor, Margin, Trial, TrialMetric, gather
from balm.proof.verdict import decide
from balm.simulate.firms import trial as simulated

ROOT = Path(__file__).resolve().parents[2]
COOKIES = ROOT.parent / "shared" / "data" / "cookie_cats" / "cookie_cats.csv.gz"


def two(values, arm, kind="mean", **parts):
    return Trial(("control", "new"), np.asarray(arm), (TrialMetric("m", np.asarray(values, float), kind, **parts),))


def shares(k1, n1, k0, n0):
    """A trial of plain shares: k1 of n1 in the new arm."""
    arm = np.repeat([1, 0], [n1, n0])
    had = np.concatenate([np.arange(n1) < k1, np.arange(n0) < k0])
    return Trial(("control", "new"), arm, (TrialMetric("m", had.astype(float), "share"),), ratio=(n0, n1))


@pytest.mark.data
def test_cookie_cats_is_flagged_before_anything_is_read():
    if not COOKIES.exists():
        pytest.skip("NO DATA: ../shared/data/cookie_cats is absent")
    with gzip.open(COOKIES, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    arm = np.array([row["test_version"] == "gate_40" for row in rows]).astype(np.int64)
    metrics = [TrialMetric(n, np.array([row[n] == "True" for row in rows], float), "share") for n in
               ("retention_1", "retention_7")]  # fmt: skip
    rounds = np.array([float(row["sum_gamerounds"]) for row in rows])
    metrics += [TrialMetric("rounds", rounds), TrialMetric("rounds cut", rounds, cap=0.999)]
    found = experiment(Trial(("gate_30", "gate_40"), arm, tuple(metrics)))
    assert found.sample_ratio.p == pytest.approx(0.0086, abs=5e-5)
    assert not found.sample_ratio.ok
    assert found.finding == "sample ratio"
    assert "0.0086" in found.verdict["en"] and "no effect may be read" in found.verdict["en"]
    day1, day7, plain, cut = found.effects
    assert not any(e.readable for e in found.effects)
    assert 100 * day7.effect.value == pytest.approx(-0.82, abs=0.005)
    assert 100 * day7.effect.low == pytest.approx(-1.33, abs=0.01)
    assert 100 * day7.effect.high == pytest.approx(-0.31, abs=0.01)
    assert day7.p == pytest.approx(0.0016, abs=5e-5)
    assert day1.p == pytest.approx(0.074, abs=5e-4)
    assert "72%" in plain.notes[0] and not cut.notes  # one player with 49,854 rounds
    assert cut.effect.high - cut.effect.low < 0.6 * (plain.effect.high - plain.effect.low)
    assert "values cut to 0 … " in cut.effect.method


def test_a_textbook_trial_of_aspirin():
    """Physicians' Health Study, in Agresti, Categorical Data Analysis: 104 of 11,037 against 189 of 11,034."""
    (found,) = experiment(shares(104, 11_037, 189, 11_034)).effects
    assert found.effect.value == pytest.approx(-0.0077, abs=5e-5)
    assert (found.effect.low, found.effect.high) == pytest.approx((-0.0108, -0.0047), abs=1e-4)
    assert 1 + found.relative.value == pytest.approx(0.55, abs=0.005)
    assert (1 + found.relative.low, 1 + found.relative.high) == pytest.approx((0.43, 0.70), abs=0.01)
    assert stats.norm.isf(found.p / 2) == pytest.approx(5.00, abs=0.01)


def test_the_interval_of_two_shares_is_that_of_newcombe():
    """Newcombe (1998), table II, (a): 56 of 70 against 48 of 80."""
    (found,) = experiment(shares(56, 70, 48, 80)).effects
    assert (found.effect.low, found.effect.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_few_in_a_cell_are_tested_exactly():
    (found,) = experiment(shares(4, 60, 0, 60)).effects
    assert found.p == pytest.approx(stats.fisher_exact([[4, 56], [0, 60]]).pvalue)


def test_means_are_compared_as_welch_does():
    rng = np.random.default_rng(3)
    a, b = rng.normal(10, 1, 40), rng.normal(11, 5, 160)
    (found,) = experiment(two(np.concatenate([a, b]), np.repeat([0, 1], [40, 160]))).effects
    other = stats.ttest_ind(b, a, equal_var=False)
    assert found.p == pytest.approx(other.pvalue)
    assert (found.effect.low, found.effect.high) == pytest.approx(tuple(other.confidence_interval()))


@pytest.mark.parametrize("shape", [{"n": 1000}, {"n": 1500, "metric": "amount", "effect": 0.2, "ratio": (3, 1)}])
def test_intervals_cover_with_and_without_covariates(shape):
    inside = np.zeros(2)
    runs = 600
    for seed in range(runs):
        t = simulated(seed, **shape)
        kind = "mean" if "metric" in shape else "share"
        metrics = (TrialMetric("a", t.value, kind), TrialMetric("b", t.value, kind, covariates=(t.before,)))
        found = experiment(Trial(t.arms, t.arm, metrics, t.ratio)).effects
        inside += [e.effect.low <= t.truth[1] <= e.effect.high for e in found]
    assert (np.abs(inside / runs - 0.95) < 0.027).all()


def test_a_ratio_of_sums_knows_that_a_unit_is_one():
    """Visits of one customer are alike; counted as independent, false alarms would be several times 5 %."""
    rng = np.random.default_rng(11)
    alarms, naive, runs = 0, 0, 600
    for _ in range(runs):
        visits = 1 + rng.poisson(rng.gamma(1, 8, 400))
        bought = rng.binomial(visits, rng.beta(0.6, 1.4, 400))
        arm = rng.integers(0, 2, 400)
        (found,) = experiment(two(bought, arm, "ratio", below=visits.astype(float))).effects
        alarms += found.p < 0.05
        table = [[bought[arm == a].sum(), (visits - bought)[arm == a].sum()] for a in (0, 1)]
        naive += stats.chi2_contingency(table).pvalue < 0.05
    assert alarms / runs < 0.075 and naive / runs > 0.25


def test_covariates_from_before_take_noise_out():
    rng = np.random.default_rng(5)
    before = rng.normal(size=4000)
    after = 0.8 * before + 0.6 * rng.normal(size=4000)
    arm = rng.integers(0, 2, 4000)
    (found,) = experiment(two(after, arm, covariates=(np.where(rng.random(4000) < 0.05, np.nan, before),))).effects
    assert found.reduced == pytest.approx(0.64 * 0.95, abs=0.03)  # the square of the correlation
    assert "covariates" in found.effect.method


def test_a_covariate_from_after_the_start_is_left_out():
    rng = np.random.default_rng(6)
    arm = rng.integers(0, 2, 3000)
    during = rng.normal(size=3000) + 0.5 * arm  # the arm has moved it
    found = experiment(two(during + rng.normal(size=3000), arm, covariates=(during,)))
    (balance,) = [a for a in found.assumptions if a.name == "balance"]
    assert balance.ok is False and found.effects[0].reduced is None
    assert found.effects[0].effect.low < 0.5 < found.effects[0].effect.high
    assert "left out" in found.effects[0].notes[0]


def test_false_discoveries_are_controlled_over_arms_and_metrics_and_guardrails_do_not_dilute():
    rng = np.random.default_rng(7)
    n, arms = 3000, ("control", "a", "b", "c")
    any_found, runs = 0, 200
    for _ in range(runs):
        metrics = [TrialMetric(f"m{i}", rng.normal(size=n)) for i in range(5)]
        guards = [TrialMetric("g", rng.normal(size=n), margin=Margin(0.5))]
        arm = rng.integers(0, 4, n)
        found = experiment(Trial(arms, arm, (*metrics, *guards)))
        alone = experiment(Trial(arms, arm, tuple(metrics)))
        assert [e.q for e in found.effects] == [e.q for e in alone.effects]
        assert len(found.effects) == 15 and len(found.guardrails) == 3
        any_found += any(e.q <= 0.05 for e in found.effects)
    assert any_found / runs < 0.09


@pytest.mark.parametrize(("harm", "ok", "harmed"), [(0.0, True, False), (-0.2, False, True), (-0.08, False, False)])
def test_guardrails_hold_only_where_that_is_shown(harm, ok, harmed):
    rng = np.random.default_rng(8)
    n = 6000 if harm != -0.08 else 1500
    arm = rng.integers(0, 2, n)
    goal = TrialMetric("goal", rng.normal(size=n) + 0.5 * arm)
    guard = TrialMetric("speed", rng.normal(size=n) + harm * arm, margin=Margin(0.1))
    found = experiment(Trial(("control", "new"), arm, (goal, guard)))
    (g,) = found.guardrails
    assert (g.ok, g.harmed) == (ok, harmed)
    assert found.finding == ("effect" if ok else "guardrail")
    assert ("blocks" in found.verdict["en"]) is not ok
    assert all(found.verdict[language] for language in LANGUAGES)


def test_a_guardrail_lets_a_harm_of_its_margin_through_one_time_in_twenty():
    rng = np.random.default_rng(9)
    passed, runs = 0, 800
    for _ in range(runs):
        arm = rng.integers(0, 2, 2000)
        late = (rng.random(2000) < np.where(arm == 1, 0.22, 0.2)).astype(float)
        metric = TrialMetric("late", late, "share", better="lower", margin=Margin(0.1, relative=True))
        passed += experiment(Trial(("control", "new"), arm, (metric,))).guardrails[0].ok
    assert 0.03 < passed / runs < 0.07


def test_nothing_happened_at_all_is_within_a_margin():
    crash = TrialMetric("crash", np.zeros(8000), "share", better="lower", margin=Margin(0.01))
    (guard,) = experiment(Trial(("control", "new"), np.arange(8000) % 2, (crash,))).guardrails
    assert guard.ok and 0 < guard.worst < 0.01


def test_a_factorial_trial_gives_main_effects_and_the_interaction():
    rng = np.random.default_rng(10)
    cell = rng.integers(0, 4, 20_000)
    price, layout = cell >> 1, cell & 1
    value = 5 + 0.3 * price - 0.2 * layout + 0.4 * price * layout + rng.normal(size=20_000)
    factors = (Factor("price", ("old", "new")), Factor("layout", ("a", "b")))
    arms = ("old a", "old b", "new a", "new b")
    found = experiment(Trial(arms, cell, (TrialMetric("m", value),), factors=factors))
    assert [e.arm for e in found.effects] == ["price=new", "layout=b", "price=new × layout=b"]
    for effect, truth in zip(found.effects, (0.5, 0.0, 0.4), strict=True):
        assert effect.effect.low < truth < effect.effect.high
        assert effect.effect.high - effect.effect.low < 0.2
    assert found.effects[2].relative.value is None
    assert "act on each other" in found.verdict["en"]


def test_a_broken_ratio_is_found_and_an_unbroken_one_is_not():
    flagged = [experiment_of(simulated(seed, lost=0.15)).finding == "sample ratio" for seed in range(60)]
    fine = [experiment_of(simulated(seed, ratio=(9, 1))).sample_ratio.ok for seed in range(200)]
    assert np.mean(flagged) > 0.9 and np.mean(fine) > 0.96


def experiment_of(t):
    return experiment(Trial(t.arms, t.arm, (TrialMetric("m", t.value, "share"),), t.ratio))


def test_units_that_lack_a_value_more_often_in_one_arm_are_told():
    rng = np.random.default_rng(12)
    arm = rng.integers(0, 2, 4000)
    value = np.where(rng.random(4000) < 0.1 + 0.1 * arm, np.nan, rng.normal(size=4000))
    found = experiment(two(value, arm))
    assert next(a for a in found.assumptions if a.name == "metric_complete").ok is False
    assert "may be biased" in found.verdict["en"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.full(400, 3.0), "the same value"),
        (np.where(np.arange(400) < 350, np.nan, np.arange(400)), "too small"),
        (np.full(400, np.nan), "too small"),
    ],
)
def test_what_cannot_be_compared_is_not_read(values, said):
    found = experiment(two(values, np.arange(400) % 2))
    assert found.finding == "too few" and said in found.verdict["en"]
    assert not found.effects[0].readable
    assert found.to_json()["effects"][0]["effect"]["low"] is None or "small" in said


def test_ten_units_are_too_few():
    found = experiment(two(np.r_[np.zeros(5), np.ones(5)], np.repeat([0, 1], 5), "share"))
    assert found.finding == "too few" and "Only 5 units" in found.verdict["en"]


def test_rows_are_gathered_by_unit_and_who_crossed_over_is_left_out():
    unit = np.array([4, 4, 7, 7, 9, -1, 5, 5])
    arm = np.array([0, 0, 1, 0, 1, 1, -1, 1])
    units = gather(unit, arm)
    values = np.array([1.0, 3.0, 9.0, 9.0, np.nan, 9.0, 9.0, 6.0])
    assert units.crossed == 1
    assert units.arm.tolist() == [0, 1, 1]
    assert np.array_equal(units.mean(values), [2, 6, np.nan], equal_nan=True)  # units 4, 5 and 9
    assert np.array_equal(units.total(values), [4, 6, np.nan], equal_nan=True)
    assert np.array_equal(units.first(values), [1, 6, np.nan], equal_nan=True)


def test_a_reading_of_a_trial_gives_the_verdicts_of_a_check():
    want = Registered(design=Design.AB, exposed={"A": 0}, margin=0.01, remainder=0.2)
    outcomes = {}
    for effect in (0.0, -0.3, -0.9, 0.4):
        t = simulated(5, effect=effect, n=20_000)
        reading = read_trial(Trial(t.arms, t.arm, (TrialMetric("m", t.value, "share"),), t.ratio), want)
        assert reading.n["exposed_after"] + reading.n["comparison_after"] == 20_000
        outcomes[effect] = decide(reading, want).outcome
    assert outcomes.pop(0.0) in (Outcome.UNCHANGED, Outcome.CANNOT_TELL)
    assert outcomes == {-0.3: Outcome.REDUCED, -0.9: Outcome.GONE, 0.4: Outcome.WORSE}
    broken = simulated(5, effect=-0.9, n=20_000, lost=0.2)
    trial = Trial(broken.arms, broken.arm, (TrialMetric("m", broken.value, "share"),), broken.ratio)
    verdict = decide(read_trial(trial, want), want)
    assert verdict.outcome == Outcome.CANNOT_TELL and "sample_ratio" in verdict.because


def test_a_useless_change_is_seldom_called_a_success():
    want = Registered(design=Design.AB, exposed={"A": 0}, margin=0.005)
    called, covered, runs = 0, 0, 400
    for seed in range(runs):
        t = simulated(seed, n=3000)
        reading = read_trial(Trial(t.arms, t.arm, (TrialMetric("m", t.value, "share"),), t.ratio), want)
        called += decide(reading, want).outcome in (Outcome.GONE, Outcome.REDUCED)
        covered += reading.remaining.low <= 1 <= reading.remaining.high
    assert called / runs <= 0.05 and 0.925 < covered / runs < 0.975


@pytest.mark.parametrize(
    "parts",
    [
        {"arms": ("one",)},
        {"ratio": (1.0,)},
        {"ratio": (1.0, 0.0)},
        {"ratio": (1.0, float("nan"))},
        {"metrics": ()},
    ],
)
def test_a_trial_out_of_bounds_is_refused(parts):
    given = {"arms": ("a", "b"), "arm": np.array([0, 1]), "metrics": (TrialMetric("m", np.zeros(2)),), **parts}
    with pytest.raises(WrongUse):
        Trial(**given)
