"""Synthetic control: known effects, invariances, and what it refuses to say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binom

from balm.core.panel import Panel
from balm.core.stats import Floats
from balm.core.verdicts import Assumption, Design, Outcome, Reading, Registered
from balm.proof.designs import CheckDesign
from balm.proof.simplex import project, weigh
from balm.proof.synthetic import SyntheticControl
from balm.proof.verdict import judge
from balm.simulate.firms import firm

START = 19_000
SYNTHETIC = SyntheticControl()


def panel_of(values: Floats, n: float = 400.0, spread: float = 8.0) -> Panel:
    """Means by unit and period (U × T) of n observations each, which scatter by `spread` around them."""
    size = np.full(values.shape, n)
    units = tuple(f"unit {i:02d}" for i in range(len(values)))
    days = START + 7 * np.arange(values.shape[1], dtype=np.int64)
    return Panel(units, days, 7, values * n, size, "mean", n * values**2 + (n - 1) * spread**2)


def values_of(effect: float, donors: int = 15, before: int = 50, after: int = 15, seed: int = 0) -> Floats:
    """Two common movements that units have more or less of; the first unit is half unit 1, half unit 2, and an effect
    from `before` on. The common movements would ruin any before–after."""
    rng = np.random.default_rng(seed)
    t = np.arange(before + after)
    common = np.stack([0.15 * t + 3 * np.sin(t / 6), np.cumsum(rng.normal(0, 0.8, len(t)))])
    loadings = rng.uniform(0, 1.5, (donors, 2))
    values = rng.uniform(40, 60, (donors, 1)) + loadings @ common
    first = (values[0] + values[1]) / 2 + 5
    out: Floats = np.vstack([first[None, :], values]) + rng.normal(0, 0.4, (donors + 1, len(t)))
    out[0] += effect * (t >= before)
    return out


def registered_for(panel: Panel, before: int = 50, **changes: object) -> Registered:
    exposed = {panel.units[0]: int(panel.days[before])}
    return replace(Registered(Design.SYNTHETIC, exposed, margin=0.5), **changes)  # type: ignore[arg-type]


def named(reading: Reading, name: str) -> Assumption:
    return next(a for a in reading.assumptions if a.name == name)


def test_it_is_a_design() -> None:
    assert isinstance(SYNTHETIC, CheckDesign) and SYNTHETIC.name == "synthetic" and SYNTHETIC.needs()


def test_a_known_effect_is_found_where_before_and_after_is_far_off() -> None:
    panel = panel_of(values_of(-6.0))
    reading = SYNTHETIC.read(panel, registered_for(panel))
    plain = panel.value[0, 50:].mean() - panel.value[0, :50].mean()
    assert abs(plain + 6) > 3
    assert reading.effect.value == pytest.approx(-6, abs=0.8)
    assert reading.effect.low is not None and reading.effect.high is not None
    assert reading.effect.low < -6 < reading.effect.high < 0
    assert reading.effect.high - reading.effect.low < 5
    assert reading.p is not None and reading.p < 0.01
    assert reading.level.value is not None and reading.without.value is not None
    assert reading.level.value - reading.without.value == pytest.approx(reading.effect.value)
    assert named(reading, "placebo").facts["rank"] == 1 and named(reading, "placebo").ok
    assert named(reading, "fit_before").ok
    assert named(reading, "donors_enough").facts["donors"] == 15
    assert judge(panel, registered_for(panel)).outcome is Outcome.REDUCED


def test_nothing_is_found_where_nothing_was() -> None:
    for seed in range(5):
        panel = panel_of(values_of(0.0, seed=seed))
        reading = SYNTHETIC.read(panel, registered_for(panel))
        assert reading.effect.low is not None and reading.effect.high is not None
        assert reading.effect.low < 0 < reading.effect.high
        assert not named(reading, "placebo").ok


def test_the_picture() -> None:
    panel = panel_of(values_of(-6.0))
    reading = SYNTHETIC.read(panel, registered_for(panel, soak=14))
    assert [point.after for point in reading.path] == [False] * 52 + [True] * 13
    gaps = [p.observed.value - p.without.value for p in reading.path if p.observed.value and p.without.value]
    assert np.mean(gaps[:50]) == pytest.approx(0, abs=1e-6)
    assert np.mean(gaps[52:]) == pytest.approx(reading.effect.value, abs=0.1)
    inside = [p.without.low <= p.observed.value <= p.without.high for p in reading.path[:50]]  # type: ignore[operator]
    assert sum(inside) > 40


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-40, 40), factor=st.floats(0.01, 100), order=st.permutations(range(1, 16)))
def test_units_of_measurement_and_order_do_not_matter(shift: float, factor: float, order: list[int]) -> None:
    values = values_of(-3.0)
    panel = panel_of(values)
    one = SYNTHETIC.read(panel, registered_for(panel))
    moved_panel = panel_of(shift + factor * values[[0, *order]], spread=8.0 * factor)
    two = SYNTHETIC.read(moved_panel, registered_for(moved_panel))
    assert one.effect.value is not None and one.effect.low is not None and one.effect.high is not None
    ends = [factor * one.effect.value, factor * one.effect.low, factor * one.effect.high]
    assert [two.effect.value, two.effect.low, two.effect.high] == pytest.approx(ends, rel=1e-3)
    assert two.p == pytest.approx(one.p, rel=0.02, abs=1e-9)
    assert named(two, "placebo").facts["rank"] == named(one, "placebo").facts["rank"]


def test_what_excluded_units_do_does_not_matter() -> None:
    values = values_of(-3.0)
    panel = panel_of(values)
    wild = panel_of(np.vstack([values, 100 + 50 * np.random.default_rng(1).normal(size=(3, 65))]))
    out = registered_for(wild, excluded=wild.units[-3:])
    assert SYNTHETIC.read(wild, out).effect == SYNTHETIC.read(panel, registered_for(panel)).effect


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 4), size=st.integers(2, 9))
def test_weights_are_the_best_on_the_simplex(seed: int, rows: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(size, 12))
    gram = factors @ factors.T / 12 + 0.05 * np.eye(size)
    cross = rng.normal(size=(rows, size))
    allowed = np.ones((rows, size), bool)
    allowed[0, 0] = size == 2
    weights = weigh(gram, cross, allowed)
    assert (weights >= 0).all() and (weights[~allowed] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    for mine, linear, free in zip(weights, cross, allowed, strict=True):

        def loss(w: Floats, linear: Floats = linear) -> float:
            return float(w @ gram @ w - 2 * linear @ w)

        bounds = [(0, 1 if ok else 0) for ok in free]
        start = free / free.sum()
        best = minimize(
            loss, start, bounds=bounds, constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )  # fmt: skip
        assert loss(mine) <= best.fun + 1e-5


def test_projection_is_the_nearest_point() -> None:
    assert project(np.array([[0.2, 0.8], [3.0, 0.0]]), np.ones((2, 2), bool)).tolist() == [[0.2, 0.8], [1.0, 0.0]]
    assert project(np.array([[9.0, 0.3, 0.5]]), np.array([[False, True, True]]))[0] == pytest.approx([0, 0.4, 0.6])


def test_too_few_donors_is_no_verdict() -> None:
    panel = panel_of(values_of(-6.0))
    for left, fatal in ((3, True), (5, False)):
        registered = registered_for(panel, excluded=panel.units[1 + left :])
        reading = SYNTHETIC.read(panel, registered)
        told = named(reading, "donors_enough")
        assert told.ok is False and told.fatal is fatal and told.facts["donors"] == left
        assert (reading.effect.value is None) is fatal
    assert judge(panel, registered_for(panel, excluded=panel.units[4:])).because[-1] == "donors_enough"


def test_few_donors_say_less() -> None:
    """The same noise, read off 5 placebos and off 15: the fewer, the wider."""
    widths = {}
    for donors in (5, 15):
        found = []
        for seed in range(12):
            noise = np.random.default_rng(seed).normal(0, 1, (donors + 1, 65))
            panel = panel_of(50 + noise, n=4000)
            effect = SYNTHETIC.read(panel, registered_for(panel)).effect
            assert effect.low is not None and effect.high is not None
            found.append(effect.high - effect.low)
        widths[donors] = float(np.median(found))
    assert widths[5] > 1.15 * widths[15]


def test_a_unit_that_nobody_goes_with_is_told() -> None:
    values = values_of(0.0)
    values[0] += 25 * np.sin(np.arange(65) / 2)
    panel = panel_of(values)
    fit = named(SYNTHETIC.read(panel, registered_for(panel)), "fit_before")
    assert fit.ok is False and fit.fatal and fit.facts["ratio"] > 2.5
    assert judge(panel, registered_for(panel)).outcome is Outcome.CANNOT_TELL


def test_a_comparison_that_got_the_fix_too_is_told() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(40, 60, (16, 1)) + rng.normal(0, 0.6, (16, 65))
    clean = panel_of(values)
    assert named(SYNTHETIC.read(clean, registered_for(clean)), "comparison_clean").ok is not False
    values[0, 50:] -= 6
    values[1:, 50:] -= 4
    panel = panel_of(values)
    told = named(SYNTHETIC.read(panel, registered_for(panel)), "comparison_clean")
    assert told.ok is False and told.fatal and told.facts["jump"] == pytest.approx(-4, abs=0.7)
    verdict = judge(panel, registered_for(panel))
    assert verdict.outcome is Outcome.CANNOT_TELL and "comparison_clean" in verdict.because


def test_a_unit_picked_for_its_rise_comes_back() -> None:
    """What rises before did afterwards is read off the donors' rises."""
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 1, (31, 65))
    for t in range(1, 65):
        noise[:, t] += 0.8 * noise[:, t - 1]
    values = 50 + noise
    late = values[:, 46:50].mean(axis=1)
    order = np.argsort(-late)
    panel = panel_of(values[order], n=4000)
    reading = SYNTHETIC.read(panel, registered_for(panel, selected=28))
    assert reading.effect.low is not None and reading.effect.high is not None
    assert reading.effect.low < 0 < reading.effect.high


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exposed": {"no such unit": START}}, "exposed_known"),
        ({"end": START}, "after_long_enough"),
        ({"exposed": {"unit 00": START + 21}}, "baseline_long_enough"),
        ({"exposed": {"unit 00": START - 70}}, "baseline_long_enough"),
        ({"exposed": {"unit 00": START + 9000}}, "after_long_enough"),
        ({"excluded": tuple(f"unit {i:02d}" for i in range(1, 16))}, "donors_enough"),
    ],
)
def test_too_little_is_no_verdict(changes: dict[str, object], reason: str) -> None:
    panel = panel_of(values_of(-6.0))
    registered = registered_for(panel, **changes)
    reading = SYNTHETIC.read(panel, registered)
    assert reading.effect.value is None and reading.path == ()
    assert reason in {a.name for a in reading.assumptions if a.fatal and a.ok is False}
    assert judge(panel, registered).outcome is Outcome.CANNOT_TELL


def test_a_month_without_data() -> None:
    panel = panel_of(values_of(-6.0))
    n = panel.n.copy()
    n[0, 38:44] = 0
    assert panel.squares is not None
    holes = replace(panel, n=n, total=panel.total * (n > 0), squares=panel.squares * (n > 0))
    verdict = judge(holes, registered_for(holes))
    assert verdict.outcome is Outcome.CANNOT_TELL and "metric_complete" in verdict.because
    # a donor that is often silent is left out, one hole of another is filled
    n = panel.n.copy()
    n[3, ::3] = 0
    n[4, 20] = 0
    thin = replace(panel, n=n, total=panel.total * (n > 0), squares=panel.squares * (n > 0))
    reading = SYNTHETIC.read(thin, registered_for(thin))
    assert named(reading, "donors_enough").facts["donors"] == 14
    assert reading.effect.value == pytest.approx(-6, abs=1)


@pytest.mark.parametrize("kind", ["share", "mean", "rate"])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_flat_metric_is_no_error(kind: str, value: float) -> None:
    n = np.full((8, 60), 30.0)
    units = tuple("abcdefgh")
    panel = Panel(units, START + 7 * np.arange(60), 7, n * value, n, kind)  # type: ignore[arg-type]
    reading = SYNTHETIC.read(panel, registered_for(panel, 45))
    assert reading.effect.value == pytest.approx(0, abs=1e-6)
    assert judge(panel, registered_for(panel, 45)).outcome in {Outcome.UNCHANGED, Outcome.CANNOT_TELL}


def test_very_many_donors_take_no_longer() -> None:
    rng = np.random.default_rng(0)
    panel = panel_of(50 + rng.normal(0, 0.5, (400, 40)) - 6.0 * np.outer(np.arange(400) == 0, np.arange(40) >= 30))
    reading = SYNTHETIC.read(panel, registered_for(panel, 30))
    assert named(reading, "placebo").facts["of"] == 61
    assert reading.effect.value == pytest.approx(-6, abs=0.6)


def test_a_small_run_of_firms() -> None:
    """`benchmarks` runs 2,000; here 120 of seeds that it does not use."""
    covered = cried = 0
    for seed in range(120):
        one = firm("synthetic", 900_000 + seed, effect=0.0)
        reading = SYNTHETIC.read(one.panel, one.registered)
        if reading.effect.low is None or reading.effect.high is None:
            continue
        covered += reading.effect.low <= one.truth <= reading.effect.high
        cried += reading.effect.high < 0 if one.registered.better == "lower" else reading.effect.low > 0
    assert covered >= binom.ppf(0.01, 120, 0.93)
    assert cried <= binom.ppf(0.99, 120, 0.025)
