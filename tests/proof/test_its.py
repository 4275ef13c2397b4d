"""Interrupted time series: known effects, invariances, and what it refuses to say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from balm.core.panel import Panel
from balm.core.stats import Floats
from balm.core.verdicts import Assumption, Design, Outcome, Reading, Registered
from balm.proof import series
from balm.proof.its import InterruptedSeries
from balm.proof.verdict import judge
from balm.simulate.firms import firm

START = 19_000
ITS = InterruptedSeries()


def panel_of(values: Floats, n: float = 400.0, step: int = 7, spread: float = 8.0) -> Panel:
    """Means by unit and period (U × T) of n observations each, which scatter by `spread` around them."""
    size = np.full(values.shape, n)
    days = START + step * np.arange(values.shape[1], dtype=np.int64)
    units = tuple(f"store {i}" for i in range(len(values)))
    return Panel(units, days, step, values * n, size, "mean", n * values**2 + (n - 1) * spread**2)


def memory(periods: int, sd: float, rho: float, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    noise = np.zeros(periods)
    for t in range(periods):
        noise[t] = (rho * noise[t - 1] if t else 0.0) + rng.normal(0, sd)
    return noise


def series_of(effect: float, before: int = 90, after: int = 20, seed: int = 0) -> Panel:
    """Level, trend and noise with memory by a formula, and an effect from `before` on."""
    t = np.arange(before + after)
    values = 50 + 0.03 * t + memory(len(t), 0.5, 0.4, seed) + effect * (t >= before)
    return panel_of(values[None, :])


def registered_for(panel: Panel, before: int, **changes: object) -> Registered:
    exposed = dict.fromkeys(panel.units, int(panel.days[before]))
    return replace(Registered(Design.ITS, exposed, margin=0.5), **changes)  # type: ignore[arg-type]


def named(reading: Reading, name: str) -> Assumption:
    return next(a for a in reading.assumptions if a.name == name)


def test_a_known_effect_is_found() -> None:
    panel = series_of(-6.0)
    reading = ITS.read(panel, registered_for(panel, 90))
    assert reading.effect.value == pytest.approx(-6, abs=0.6)
    assert reading.effect.low is not None and reading.effect.high is not None
    assert reading.effect.low < -6 < reading.effect.high
    assert reading.effect.high - reading.effect.low < 3
    assert reading.p is not None and reading.p < 1e-4
    assert reading.without.value is not None and reading.level.value is not None
    assert reading.without.value == pytest.approx(50 + 0.03 * 99.5, abs=0.6)
    assert reading.level.value - reading.without.value == pytest.approx(reading.effect.value)
    assert reading.n["exposed_before"] == 90 * 400 and reading.n["exposed_after"] == 20 * 400


def test_a_trend_and_a_season_are_no_effect() -> None:
    t = np.arange(140)
    share = 0.3 + 0.0005 * t + 0.06 * np.sin(2 * np.pi * t / 7) + memory(140, 0.008, 0.3, 5)
    n = np.full((1, 140), 300.0)
    total = np.random.default_rng(5).binomial(300, share[None, :]).astype(float)
    panel = Panel(("shop",), START + t.astype(np.int64), 1, total, n)
    reading = ITS.read(panel, registered_for(panel, 119, period=7, margin=0.02))
    assert reading.effect.low is not None and reading.effect.high is not None
    assert reading.effect.low < 0 < reading.effect.high
    # without the season, 3 whole weeks after would do as well; one part of a week would not
    part = registered_for(panel, 119, period=7, margin=0.02, end=int(panel.days[121]))
    short = ITS.read(panel, part)
    assert short.effect.low is not None and short.effect.high is not None
    assert short.effect.low < 0 < short.effect.high
    assert named(reading, "season_covered").ok is False  # a year's season is not known from four months
    assert named(reading, "season_covered").facts["cycles"] == pytest.approx(17)
    assert not named(reading, "season_covered").fatal


def test_a_season_that_half_a_year_cannot_show_widens_the_interval() -> None:
    covered, told = 0, []
    for seed in range(60):
        one = firm("its", 800_000 + seed, effect=0.0, step=7, before=26, period=0, yearly=0.3)
        reading = ITS.read(one.panel, one.registered)
        assert reading.effect.low is not None and reading.effect.high is not None
        covered += reading.effect.low <= one.truth <= reading.effect.high
        told.append(named(reading, "season_covered"))
    assert covered >= binom.ppf(0.01, 60, 0.9)
    assert all(a.ok is None and a.facts["allowed"] for a in told)
    # two years show whether there is one, and a registered year is not asked for twice
    panel = series_of(-6.0, before=110)
    assert "allowed" not in named(ITS.read(panel, registered_for(panel, 110)), "season_covered").facts
    panel = series_of(-6.0)
    yearly = registered_for(panel, 90, period=52)
    assert "allowed" not in named(ITS.read(panel, yearly), "season_covered").facts


def test_the_filter_is_generalized_least_squares() -> None:
    """Coefficients, weights and forecasts of one cell of the grid equal those of the dense normal distribution."""
    rng = np.random.default_rng(3)
    periods, upto = 34, 26
    x = np.stack([np.ones(periods), np.linspace(-1, 1, periods), rng.normal(size=periods)], axis=1)
    r = rng.uniform(0.5, 2, periods)
    y = x @ [2.0, 1.0, -1.0] + rng.normal(0, 1.5, periods)
    seen = np.arange(periods) < upto
    seen[[4, 5, 11]] = False
    ridge = np.array([0.0, 0.7, 0.0])
    filtered = series.run(y, x, r, seen, (ridge[None, :] / np.array([[1.0], [64.0]]), np.array([0.5, 0.5])))
    fitted = series.fit(filtered, upto)
    assert fitted is not None
    cell = int(fitted.weight.sum(axis=1)[1:].argmax()) + 1
    rho, kappa = filtered.rho[cell], filtered.kappa[cell]
    lag = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    process = kappa * filtered.unit * rho**lag
    whole = process + np.diag(r)
    inverse = np.linalg.inv(whole[np.ix_(seen, seen)])
    cover = np.linalg.inv(x[seen].T @ inverse @ x[seen] + np.diag(ridge))
    beta = cover @ x[seen].T @ inverse @ y[seen]
    np.testing.assert_allclose(fitted.beta[cell], beta, rtol=1e-8)
    np.testing.assert_allclose(fitted.cover[cell], cover, rtol=1e-8)
    # the forecast of a weighted mean: conditional mean and variance, with what is not known of β
    share = np.zeros(periods - upto)
    share[2:] = rng.uniform(0.5, 1, len(share) - 2)
    share /= share.sum()
    link = process[upto:][:, seen] @ inverse
    mean = share @ (x[upto:] @ beta + link @ (y[seen] - x[seen] @ beta))
    d = share @ (x[upto:] - link @ x[seen])
    left = share @ (process[upto:, upto:] - link @ process[seen][:, upto:]) @ share
    forecast = series.ahead(fitted, x[upto:], share, r[upto:])
    place = cell * series.SCALES
    assert forecast.mean[place] == pytest.approx(mean)
    expected = d @ cover @ d + left + share**2 @ r[upto:]
    assert forecast.variance[place] / fitted.scale[cell, 0] == pytest.approx(expected)
    assert fitted.weight.sum() == pytest.approx(1)
    # one period alone is the band's first
    center, sd = series.bands(fitted, x[upto:])
    one = series.ahead(fitted, x[upto:], np.eye(periods - upto)[0])
    assert center[0] == pytest.approx(one.center) and sd[0] == pytest.approx(one.sd, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-40, 40), factor=st.floats(0.01, 100), turn=st.booleans())
def test_units_of_measurement_do_not_matter(shift: float, factor: float, turn: bool) -> None:
    sign = -1.0 if turn else 1.0
    values = 50 + memory(70, 0.5, 0.3, 2)[None, :] - 2.0 * (np.arange(70) >= 55)
    plain = ITS.read(panel_of(values), registered_for(panel_of(values), 55))
    moved_panel = panel_of(shift + sign * factor * values, spread=8.0 * factor)
    moved = ITS.read(moved_panel, registered_for(moved_panel, 55))
    for one, other in ((plain.effect, moved.effect),):
        assert one.value is not None and one.low is not None and one.high is not None
        assert other.value == pytest.approx(sign * factor * one.value, rel=1e-5, abs=1e-9)
        ends = sorted((sign * factor * one.low, sign * factor * one.high))
        assert [other.low, other.high] == pytest.approx(ends, rel=1e-5, abs=1e-9)
    assert moved.p == pytest.approx(plain.p, rel=1e-4, abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(4)), days=st.integers(-500, 500))
def test_order_and_calendar_do_not_matter(order: list[int], days: int) -> None:
    values = np.stack([40 + 5 * i + memory(60, 0.5, 0.3, i) for i in range(4)])
    panel = panel_of(values)
    registered = registered_for(panel, 45)
    other = Panel(
        tuple(panel.units[i] for i in order), panel.days + days, 7, panel.total[order], panel.n[order], "mean",
        None if panel.squares is None else panel.squares[order],
    )  # fmt: skip
    later = replace(registered, exposed={unit: day + days for unit, day in registered.exposed.items()})
    one, two = ITS.read(panel, registered).effect, ITS.read(other, later).effect
    assert [two.value, two.low, two.high] == pytest.approx([one.value, one.low, one.high])


def test_a_change_of_who_is_observed_is_no_effect() -> None:
    """One unit is high, one low; after the start most observations come from the high one."""
    values = np.stack([np.full(60, 20.0), np.full(60, 60.0)]) + memory(60, 0.4, 0.2, 1)
    panel = panel_of(values)
    n = panel.n.copy()
    n[1, 45:] *= 9
    moved = replace(panel, n=n, total=values * n, squares=n * values**2 + (n - 1) * 64)
    reading = ITS.read(moved, registered_for(moved, 45))
    assert reading.effect.low is not None and reading.effect.high is not None
    assert reading.effect.low < 0 < reading.effect.high and reading.effect.high - reading.effect.low < 4


def test_the_picture() -> None:
    panel = series_of(-6.0)
    reading = ITS.read(panel, registered_for(panel, 90, soak=21))
    assert len(reading.path) == 110
    assert [point.after for point in reading.path] == [False] * 93 + [True] * 17
    widths = [p.without.high - p.without.low for p in reading.path if p.without.high and p.without.low]
    assert len(widths) == 110 and widths[-1] > widths[93] > 0
    gaps = [p.observed.value - p.without.value for p in reading.path if p.observed.value and p.without.value]
    assert np.mean(gaps[93:]) == pytest.approx(reading.effect.value, abs=0.02)
    assert abs(np.mean(gaps[5:90])) < 0.3


def test_another_break_is_told() -> None:
    panel = series_of(0.0)
    values = panel.value + 12.0 * (np.arange(110) >= 60)
    broken = panel_of(values)
    reading = ITS.read(broken, registered_for(broken, 90))
    quiet = named(ITS.read(panel, registered_for(panel, 90)), "no_other_break")
    assert quiet.ok and quiet.facts["tried"] >= 6 and quiet.facts["cried"] <= 2
    assert named(reading, "no_other_break").facts["cried"] > 0
    assert named(reading, "no_other_break").facts["day"] > "1970"


def test_a_late_rise_may_be_chance() -> None:
    """The fix came because the last weeks were bad; nobody said so."""
    values = 50 + memory(70, 0.5, 0.2, 4)[None, :]
    values[:, 49:55] += 4
    panel = panel_of(values)
    chosen = named(ITS.read(panel, registered_for(panel, 55)), "chosen_for_worst")
    assert chosen.ok is False and chosen.facts["expected"] < -0.5
    # for a metric that should rise, a late rise is no bad stretch
    assert named(ITS.read(panel, registered_for(panel, 55, better="higher")), "chosen_for_worst").ok is None
    # registered, the weeks are left out, and coming back is no effect
    reading = ITS.read(panel, registered_for(panel, 55, selected=42))
    assert all(a.name != "chosen_for_worst" for a in reading.assumptions)
    assert reading.effect.low is not None and reading.effect.low < 0 < (reading.effect.high or 0)


def test_that_nothing_was_compared_is_always_told() -> None:
    panel = series_of(0.0)
    for before in (5, 90):
        told = named(ITS.read(panel, registered_for(panel, before)), "no_comparison")
        assert told.ok is None and not told.fatal


@pytest.mark.parametrize(
    ("periods", "before", "changes", "reason"),
    [
        (110, 90, {"exposed": {"no such store": START}}, "exposed_known"),
        (110, 110 - 1, {"end": START}, "after_long_enough"),
        (110, 6, {}, "baseline_long_enough"),
        (110, 90, {"period": 200}, "season_covered"),
        (110, 90, {"exposed": {"store 0": START - 7}}, "baseline_long_enough"),
        (110, 90, {"exposed": {"store 0": START + 9000}}, "after_long_enough"),
        (10, 7, {}, "baseline_long_enough"),
        (1, 0, {}, "baseline_long_enough"),
    ],
)
def test_too_little_is_no_verdict(periods: int, before: int, changes: dict[str, object], reason: str) -> None:
    values = 50 + memory(periods, 0.5, 0.2, 0)[None, :]
    panel = panel_of(values)
    registered = registered_for(panel, before, **changes)
    reading = ITS.read(panel, registered)
    assert reading.effect.value is None and reading.path == ()
    assert reason in {a.name for a in reading.assumptions if a.fatal and a.ok is False}
    assert judge(panel, registered).outcome is Outcome.CANNOT_TELL


def test_ten_days_and_a_month_without_data() -> None:
    one = firm("its", 12, effect=-0.7, step=1, period=7)
    start = int(np.flatnonzero(one.panel.days >= one.registered.start)[0])
    few = slice(start - 5, start + 5)
    short = Panel(one.panel.units, one.panel.days[few], 1, one.panel.total[:, few], one.panel.n[:, few])
    assert judge(short, one.registered).outcome is Outcome.CANNOT_TELL
    n = one.panel.n.copy()
    n[:, start - 50 : start - 20] = 0
    verdict = judge(replace(one.panel, n=n, total=one.panel.total * (n > 0)), replace(one.registered, selected=0))
    assert verdict.outcome is Outcome.CANNOT_TELL and "metric_complete" in verdict.because


@pytest.mark.parametrize("kind", ["share", "mean", "rate"])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_flat_metric_is_no_error(kind: str, value: float) -> None:
    n = np.full((2, 60), 30.0)
    panel = Panel(("a", "b"), START + 7 * np.arange(60), 7, n * value, n, kind)  # type: ignore[arg-type]
    reading = ITS.read(panel, registered_for(panel, 45))
    assert reading.effect.value == pytest.approx(0, abs=1e-4)
    assert judge(panel, registered_for(panel, 45)).outcome in {Outcome.UNCHANGED, Outcome.CANNOT_TELL}


def test_a_mean_without_squares_learns_its_noise() -> None:
    panel = series_of(-6.0)
    reading = ITS.read(replace(panel, squares=None), registered_for(panel, 90))
    assert reading.effect.value == pytest.approx(-6, abs=0.6)
    assert reading.effect.low is not None and reading.effect.low < -6 < (reading.effect.high or -99)


def test_starts_one_after_another_count_each_from_its_own() -> None:
    t = np.arange(80)
    values = np.stack([50 + memory(80, 0.3, 0.2, i) - 6.0 * (t >= 60 + 5 * i) for i in range(3)])
    panel = panel_of(values)
    exposed = {unit: int(panel.days[60 + 5 * i]) for i, unit in enumerate(panel.units)}
    reading = ITS.read(panel, registered_for(panel, 60, exposed=exposed))
    assert reading.n["exposed_after"] == (20 + 15 + 10) * 400
    assert reading.effect.value == pytest.approx(-6, abs=0.7)


def test_a_small_run_of_firms() -> None:
    """`benchmarks` runs 2,000; here 120 of seeds that it does not use."""
    covered = cried = 0
    for seed in range(120):
        one = firm("its", 900_000 + seed, effect=0.0)
        reading = ITS.read(one.panel, one.registered)
        if reading.effect.low is None or reading.effect.high is None:
            continue
        covered += reading.effect.low <= one.truth <= reading.effect.high
        cried += reading.effect.high < 0 if one.registered.better == "lower" else reading.effect.low > 0
    assert covered >= binom.ppf(0.01, 120, 0.93)
    assert cried <= binom.ppf(0.99, 120, 0.025)


def test_the_forecast_takes_the_scatter_of_what_is_there_now() -> None:
    """Fewer have the pain after the fix, so the mean after scatters less than before."""
    rng = np.random.default_rng(0)
    n = np.full((1, 60), 80.0)
    p = np.where(np.arange(60) < 45, 0.3, 0.02)
    panel = Panel(("a",), START + 7 * np.arange(60), 7, rng.binomial(80, p)[None, :].astype(float), n)
    reading = ITS.read(panel, registered_for(panel, 45, margin=0.02))
    assert reading.level.high is not None and reading.level.high < 0.045
    assert reading.remaining.high is not None and reading.remaining.high < 0.2
    assert judge(panel, registered_for(panel, 45, margin=0.02)).outcome is Outcome.GONE
