"""The n that is returned gives the power that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from balm.core.errors import WrongUse
from balm.proof.designs import find
from balm.proof.power import _ask, power
from balm.proof.power_panels import Setting, panel_of


def z_of_shares(rng, runs, sizes, levels):
    had = [rng.binomial(n, p, runs) for n, p in zip(sizes, levels, strict=True)]
    pooled = (had[0] + had[1]) / sum(sizes)
    error = np.sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    return (had[1] / sizes[1] - had[0] / sizes[0]) / error


@pytest.mark.parametrize(
    ("found", "n"),
    [
        (power("share", 0.10, 0.02), 3841),  # tables of two proportions without continuity correction
        (power("share", 0.65, 0.20, power=0.9), 97),  # Fleiss, Levin and Paik: 0.65 against 0.85
        (power("mean", 0, 0.5, sd=1), 64),  # Cohen (1988): d = 0.5, 80 %
        (power("mean", 100, -2, sd=10, power=0.9), 527),
    ],
)
def test_published_sizes(found, n):
    assert found.n == pytest.approx(n, abs=1)
    assert found.total == 2 * found.n and found.duration is None


@pytest.mark.parametrize(
    ("baseline", "effect", "wanted", "ratio"),
    [(0.1, 0.02, 0.8, ()), (0.02, -0.01, 0.9, ()), (0.5, 0.05, 0.7, (4, 1)), (0.2, -0.1, 0.8, (1, 3))],
)
def test_shares_by_simulation(baseline, effect, wanted, ratio):
    found = power("share", baseline, effect, power=wanted, ratio=ratio)
    z = z_of_shares(np.random.default_rng(1), 20_000, found.by_arm, (baseline, baseline + effect))
    assert (z * np.sign(effect) > 1.96).mean() == pytest.approx(wanted, abs=0.03)


@pytest.mark.parametrize(("effect", "wanted"), [(1.0, 0.8), (0.3, 0.9)])
def test_means_by_simulation(effect, wanted):
    found = power("mean", 7, effect, sd=1, power=wanted)
    rng = np.random.default_rng(2)
    a, b = (rng.normal(m, 1, (6000, found.n)) for m in (7, 7 + effect))
    assert (stats.ttest_ind(b, a, axis=1, equal_var=False).pvalue < 0.05).mean() == pytest.approx(wanted, abs=0.03)


def test_nps_by_simulation():
    found = power("nps", 20, 8, per_period=250)
    rng = np.random.default_rng(3)
    means, variances = [], []
    for score in (20, 28):
        worth = rng.multinomial(found.n, [(0.75 + score / 100) / 2, 0.25, (0.75 - score / 100) / 2], 8000) / found.n
        mean = worth[:, 0] - worth[:, 2]
        means.append(mean)
        variances.append((worth[:, 0] + worth[:, 2] - mean**2) / found.n)
    z = (means[1] - means[0]) / np.sqrt(variances[0] + variances[1])
    assert (z > 1.96).mean() == pytest.approx(0.8, abs=0.03)
    assert found.duration == -(-found.total // 250)


def test_units_of_the_lot_by_simulation():
    found = power("mean", 0, 0.3, sd=1, icc=0.1, cluster=20)
    assert found.n % 20 == 0 and "design effect 2.9" in found.method
    rng = np.random.default_rng(4)
    shape = (4000, found.n // 20)
    a, b = (m + np.sqrt(0.1) * rng.normal(size=shape) + np.sqrt(0.9 / 20) * rng.normal(size=shape) for m in (0, 0.3))
    assert (stats.ttest_ind(b, a, axis=1).pvalue < 0.05).mean() == pytest.approx(0.8, abs=0.03)


def test_several_arms_are_held_to_one_alpha():
    one, three = power("share", 0.1, 0.02), power("share", 0.1, 0.02, arms=4)
    assert three.n > 1.2 * one.n and three.total == 4 * three.n
    z = z_of_shares(np.random.default_rng(5), 20_000, three.by_arm[:2], (0.1, 0.12))
    assert (z > stats.norm.isf(0.05 / 6)).mean() == pytest.approx(0.8, abs=0.03)


def test_a_trial_read_at_any_time_by_simulation():
    from balm.proof.sequential import always_valid_p, differences

    found = power("share", 0.2, 0.03, sequential=True)
    per_day, runs = found.n // 60, 4000
    rng = np.random.default_rng(6)
    n = per_day * np.arange(1, 61) * np.ones((runs, 1))
    had = [rng.binomial(per_day, p, (runs, 60)).cumsum(axis=1).astype(float) for p in (0.2, 0.23)]
    value, variance, size = differences([n, had[1], had[1]], [n, had[0], had[0]], share=True)
    seen = (always_valid_p(value / np.sqrt(variance), size / found.total) < 0.05).any(axis=1).mean()
    assert seen == pytest.approx(0.8, abs=0.03)


def test_duration_and_what_must_come_in_a_period():
    assert power("share", 0.1, 0.02, per_period=1000).duration == 8
    assert power("share", 0.1, 0.02, periods=8).per_period == 961
    assert power("share", 0.1, 0.02, periods=8).duration == 8


def check_of_panels(found, design, metric, level, *, effect, sd=None, panels=400, **setting):
    """How often the design's interval leaves 0 out on the right side, in other panels than those of the search."""
    ask = _ask(metric, level, effect, sd=sd, passives=0.25, power=0.8, alpha=0.05)
    made = Setting.of(design, ask, None, None, before=None, autocorrelation=0.3, noise=None)
    cell = round(found.n / made.exposed / found.duration)
    made = Setting(**{f: getattr(made, f) for f in made.__slots__} | {"after": found.duration, "cell": cell} | setting)
    seen = 0
    for i in range(panels):
        effect_read = find(design).read(*panel_of(made, ask, np.random.default_rng([99, i]))).effect
        seen += (effect_read.low or 0) > 0 if effect > 0 else (effect_read.high or 0) < 0
    return seen / panels


@pytest.mark.slow
@pytest.mark.parametrize("design", ["did", "its", "synthetic", "matched"])
def test_other_designs_by_their_own_reading(design):
    found = power("share", 0.2, -0.05, design=design)
    # 3 points, and two standard errors of 300 panels
    reached = check_of_panels(found, design, "share", 0.2, effect=-0.05, panels=300)
    slack = 0.03 + 2 * 0.023
    assert reached >= 0.8 - slack
    assert found.power >= 0.8 - 0.03
    if design != "matched":  # which refuses to read below a size at which it reaches more
        assert reached <= 0.8 + slack
        assert found.power <= 0.8 + 0.03


@pytest.mark.slow
def test_periods_for_what_comes_in_each():
    found = power("mean", 7.5, 0.25, sd=2, design="did", per_period=1000)
    assert found.n == 10 * 50 * found.duration and found.power > 0.78
    fewer = check_of_panels(found, "did", "mean", 7.5, effect=0.25, sd=2, after=max(found.duration - 2, 2), panels=200)
    assert fewer < found.power


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("share", 0.1, 0.0), "an effect of 0"),
        (("share", 12, 2), "12 % is written 0.12"),
        (("share", 0.0, 0.1), "between 0 and 1"),
        (("share", 0.1, -0.1), "leads to 0;"),
        (("share", 0.95, 0.1), "leads to 1.05"),
        (("share", float("nan"), 0.1), "are numbers"),
        (("nps", 30, 80), "leads to 110"),
        (("mean", 5, 1), "standard deviation"),
        (("other", 5, 1), "unknown metric"),
        (("share", 0.1, 1e-9), "too small to be seen"),
    ],
)
def test_what_is_impossible_is_refused(call, said):
    with pytest.raises(WrongUse, match=said):
        power(*call)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"power": 1.0}, "power"),
        ({"power": 0.01}, "power"),
        ({"alpha": 0.7}, "alpha"),
        ({"arms": 1}, "arms"),
        ({"arms": 3, "ratio": (1.0, 1.0)}, "2 parts for 3 arms"),
        ({"ratio": (1.0, 0.0)}, "ratio"),
        ({"icc": 2.0}, "ICC"),
        ({"cluster": 0.5}, "observations of a unit"),
        ({"per_period": 0.0}, "observations that come"),
        ({"periods": 0}, "number of periods"),
        ({"design": "guess"}, "unknown design"),
        ({"design": "did", "arms": 3}, "belong to the design ab"),
        ({"design": "did", "units": 4, "exposed": 4}, "do not fit"),
        ({"design": "its", "units": 4, "exposed": 2}, "compares nothing"),
        ({"design": "did", "before": 2}, "before the start"),
        ({"design": "did", "autocorrelation": 1.0}, "autocorrelation"),
        ({"design": "did", "noise": -1.0}, "noise"),
        ({"design": "did", "per_period": 5.0}, "fewer than one"),
        ({"design": "did", "per_period": 500.0, "periods": 5}, "either"),
        ({"design": "did", "periods": 1000}, "from 2 to"),
    ],
)
def test_options_out_of_bounds_are_refused(options, said):
    with pytest.raises(WrongUse, match=said):
        power("share", 0.2, 0.05, **options)


def test_an_effect_that_noise_hides_is_refused():
    with pytest.raises(WrongUse, match="no number of observations"):
        power("share", 0.2, 0.005, design="did", units=4, exposed=2, before=8, periods=2, noise=0.1)
