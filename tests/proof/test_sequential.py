"""Looked at daily, a trial keeps its error; and it still sees what is there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from balm.core.errors import WrongUse
from balm.proof.experiment import experiment
from balm.proof.sequential import LEAST, always_valid, always_valid_p, critical, differences, drift, path
from balm.proof.trial import Margin, Trial, TrialMetric

DAYS = 60


def looks(shares, per_day, runs, planned, seed=1):
    """z at the end of each day and the fraction of the planned units, of `runs` trials."""
    rng = np.random.default_rng(seed)
    n = per_day * np.arange(1, DAYS + 1) * np.ones((runs, 1))
    had = [rng.binomial(per_day, share, (runs, DAYS)).cumsum(axis=1).astype(float) for share in shares]
    value, variance, size = differences([n, had[1], had[1]], [n, had[0], had[0]], share=True)
    return np.where(n >= LEAST, value / np.sqrt(variance), 0.0), size / planned


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5])
@pytest.mark.parametrize("planned", [6000, 10_000])
def test_false_alarms_when_looked_at_daily(share, planned):
    z, fraction = looks((share, share), 50, 3000, planned)
    alarms = (always_valid_p(z, fraction) < 0.05).any(axis=1).mean()
    fixed = (np.abs(z) > 1.96).any(axis=1).mean()
    assert alarms <= 0.05
    assert fixed > 0.24  # a third, for all but the smallest share


def test_false_alarms_of_means_with_long_tails():
    rng = np.random.default_rng(4)
    runs, per_day = 1000, 30
    sums = []
    for _ in range(2):
        spent = np.exp(rng.normal(size=(runs, DAYS, per_day)))
        n = per_day * np.arange(1.0, DAYS + 1) * np.ones((runs, 1))
        sums.append([n, spent.sum(2).cumsum(1), (spent**2).sum(2).cumsum(1)])
    value, variance, size = differences(*sums, share=False)
    alarms = (always_valid_p(value / np.sqrt(variance), size / 3600) < 0.05) & (sums[0][0] >= LEAST)
    assert alarms.any(axis=1).mean() <= 0.05


@pytest.mark.parametrize("wanted", [0.8, 0.9])
def test_the_drift_is_what_the_power_needs(wanted):
    rng = np.random.default_rng(12)
    times = np.arange(1, 61) / 60
    walk = rng.normal(size=(8000, 60)).cumsum(axis=1) / np.sqrt(60)
    z = (walk + drift(wanted) * times) / np.sqrt(times)
    assert (np.abs(z) > critical(times)).any(axis=1).mean() == pytest.approx(wanted, abs=0.02)


def test_twice_the_units_see_more_and_end_sooner():
    """A fixed test needs 2,943 in each arm for 80 %."""
    z, fraction = looks((0.2, 0.23), 98, 3000, 98 * 2 * DAYS)
    seen = always_valid_p(z, fraction) < 0.05
    assert seen.any(axis=1).mean() > 0.84
    ended = np.where(seen.any(axis=1), seen.argmax(axis=1) + 1, DAYS)
    assert ended.mean() < 38


def test_p_and_interval_say_the_same():
    for z in (0.5, 2.9, 3.02, 3.05, 6.0):
        for n in (60, 5000, 10_000, 400_000):
            made, p = always_valid(z, 1.0, n, 10_000)
            assert (p < 0.05) == (made.low > 0)
            assert (p < 0.05) == (z > critical(n / 10_000))


def test_the_interval_is_narrowest_in_standard_errors_about_the_plan_and_never_a_fixed_one():
    assert critical(1.0) == pytest.approx(3.036, abs=0.01)
    assert critical(0.01) > critical(0.1) > critical(1.0) > 1.96
    assert critical(1e6) > critical(1.0)


def test_the_path_of_a_trial_never_takes_back_its_p():
    rng = np.random.default_rng(2)
    n = 6000
    day, arm = np.sort(rng.integers(0, 30, n)) + 20_000, rng.integers(0, 2, n)
    values = (rng.random(n) < 0.2 + 0.08 * arm).astype(float)
    values[::50] = np.nan
    shown = path(day, arm, values, share=True, planned=n)
    assert [look.day for look in shown] == list(range(20_000, 20_030))
    assert all(a.p >= b.p for a, b in itertools.pairwise(shown))
    assert shown[-1].effect.low < 0.08 < shown[-1].effect.high and shown[-1].p < 0.05
    assert shown[-1].fixed_p < shown[-1].p
    assert path(day[:40], arm[:40], values[:40]) == ()


def test_a_trial_read_at_any_time_has_wider_intervals_and_says_so():
    rng = np.random.default_rng(3)
    arm = rng.integers(0, 2, 8000)
    goal = TrialMetric("goal", (rng.random(8000) < 0.2).astype(float), "share")
    guard = TrialMetric("speed", rng.normal(size=8000), margin=Margin(0.15))
    trial = Trial(("control", "new"), arm, (goal, guard))
    fixed, always = experiment(trial), experiment(trial, sequential=True, planned=8000)
    ratio = [e.effects[0].effect.high - e.effects[0].effect.low for e in (always, fixed)]
    assert ratio[0] / ratio[1] == pytest.approx(1.55, abs=0.02)
    assert always.effects[0].effect.method == "always valid"
    assert always.guardrails[0].worst < fixed.guardrails[0].worst < 0
    told = {a.name: a.ok for a in always.assumptions}
    assert told["looked_at_daily"] is True
    assert {a.name: a.ok for a in fixed.assumptions}["looked_at_daily"] is None


@pytest.mark.parametrize("planned", [0, 1, -5, 10**13])
def test_a_plan_out_of_bounds_is_refused(planned):
    trial = Trial(("a", "b"), np.arange(100) % 2, (TrialMetric("m", np.arange(100.0)),))
    with pytest.raises(WrongUse, match="planned number of units"):
        experiment(trial, sequential=True, planned=planned)
