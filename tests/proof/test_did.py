"""Difference-in-differences: known numbers, what must not matter, firms with a known truth, bad input."""

import dataclasses
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.core.panel import Panel
from balm.core.verdicts import Design, Outcome, Reading, Registered
from balm.proof.cells import slices
from balm.proof.contrast import contrast
from balm.proof.designs import find
from balm.proof.did import DifferenceInDifferences
from balm.proof.imputation import fitted, table
from balm.proof.verdict import judge
from balm.simulate.firms import firm

DESIGN = DifferenceInDifferences()
START = 19_000


def panel(mean: np.ndarray, n: np.ndarray | float = 50.0, kind: str = "mean", each: float = 1.0) -> Panel:
    """Cells of exactly these means, 7 days apart; each observation scatters by `each` (variance)."""
    sizes = np.broadcast_to(np.asarray(n, float), mean.shape).copy()
    squares = sizes * (mean**2 + each) if kind == "mean" else None
    names = tuple(f"u{i}" for i in range(len(mean)))
    days = START + 7 * np.arange(mean.shape[1], dtype=np.int64)
    return Panel(names, days, 7, mean * sizes, sizes, kind, squares)  # type: ignore[arg-type]


def registered(starts: dict[str, int], **more: object) -> Registered:
    """Starts in periods."""
    return Registered(Design.DID, {u: START + 7 * period for u, period in starts.items()}, **more)  # type: ignore[arg-type]


def facts(reading: Reading, name: str) -> tuple[bool | None, dict]:
    return next((a.ok, a.facts) for a in reading.assumptions if a.name == name)


def noisy(seed: int, units: int = 14, exposed: int = 5, effect: float = 0.0) -> tuple[Panel, Registered]:
    rng = np.random.default_rng(seed)
    mean = 4 + rng.normal(0, 0.3, (units, 1)) + rng.normal(0, 0.1, (1, 24)) + rng.normal(0, 0.1, (units, 24))
    mean[:exposed, 14:] += effect
    n = rng.poisson(40, mean.shape) + 1.0
    return panel(mean, n), registered({f"u{i}": 14 for i in range(exposed)}, better="higher", margin=0.05)


def test_card_and_krueger_by_hand() -> None:
    """Full-time employees per store before and after, as printed: New Jersey 20.44 and 21.03, Pennsylvania 23.33 and
    21.17 (1994, American Economic Review 84, table 3): (21.03 − 20.44) − (21.17 − 23.33) = 2.75."""
    mean = np.repeat([[20.44] * 6 + [21.03] * 6, [23.33] * 6 + [21.17] * 6], [4, 3], axis=0)
    read = DESIGN.read(panel(mean), registered({f"u{i}": 6 for i in range(4)}, better="higher"))
    assert read.effect.value == pytest.approx(2.75, abs=1e-6)
    assert read.level.value == pytest.approx(21.03)
    assert read.without.value == pytest.approx(20.44 - 2.16, abs=1e-6)
    assert [p.after for p in read.path] == [False] * 6 + [True] * 6
    assert read.path[-1].without.value == pytest.approx(18.28, abs=1e-6)
    assert read.n == {
        "exposed_before": 1200, "exposed_after": 1200, "comparison_before": 900, "comparison_after": 900, "units": 4,
        "comparison_units": 3,
    }  # fmt: skip


def test_staggered_starts_with_effects_that_grow_are_read_exactly() -> None:
    """Two-way fixed effects get this wrong, as they take early starters for a comparison of late ones."""
    starts = {"u0": 8, "u1": 8, "u2": 14, "u3": 20}
    days = np.arange(28)
    base = 5 + np.arange(8)[:, None] * 0.3 + np.sin(days / 3)
    grown = np.zeros_like(base)
    for unit, start in starts.items():
        grown[int(unit[1:])] = np.where(days >= start, -0.05 * (days - start + 1) * (1 + int(unit[1:])), 0)
    sizes = np.tile(np.linspace(20, 80, 8)[:, None], 28)
    read = DESIGN.read(panel(base + grown, sizes), registered(starts))
    truth = (grown * sizes)[grown != 0].sum() / sizes[grown != 0].sum()
    assert read.effect.value == pytest.approx(truth, abs=1e-5)

    on = (grown != 0).astype(float)
    apart = on - on.mean(1, keepdims=True) - on.mean(0) + on.mean()
    two_way = (apart * (base + grown)).sum() / (apart * apart).sum()
    assert abs(two_way - grown[grown != 0].mean()) > 0.08


def test_shares_move_together_in_log_odds() -> None:
    """A shock that doubles everybody's odds moves 30 % by more points than 3 %: no effect must come of it."""
    odds = np.log(
        np.array([0.3, 0.35, 0.25, 0.03, 0.05, 0.08, 0.1]) / (1 - np.array([0.3, 0.35, 0.25, 0.03, 0.05, 0.08, 0.1]))
    )
    shock = np.where(np.arange(20) >= 10, np.log(2), 0) + 0.1 * np.sin(np.arange(20))
    share = 1 / (1 + np.exp(-(odds[:, None] + shock)))
    read = DESIGN.read(panel(share, 400.0, "share"), registered({"u0": 10, "u1": 10, "u2": 10}))
    assert read.effect.value == pytest.approx(0, abs=1e-5)
    halved = share.copy()
    halved[:3, 10:] /= 2
    read = DESIGN.read(panel(halved, 400.0, "share"), registered({"u0": 10, "u1": 10, "u2": 10}))
    assert read.effect.value == pytest.approx(-share[:3, 10:].mean() / 2, abs=1e-5)
    assert read.remaining.value == pytest.approx(0.5, abs=1e-4)
    assert read.p is not None and read.p < 0.001


def test_the_scale_of_a_mean_is_found() -> None:
    """Scores of worse units swing more: with the swing in proportion to the distance from 5, nothing has happened."""
    far = np.array([1.6, 1.4, 0.5, 0.7, 0.9, 1.1, 1.3])[:, None]
    swing = 0.25 * np.sin(np.arange(30) / 2) + np.where(np.arange(30) >= 18, 0.3, 0)
    read = DESIGN.read(panel(5 - far * np.exp(swing), 2000.0), registered({"u0": 18, "u1": 18}, better="higher"))
    plain = far[:2].mean() * (1 - np.exp(0.3)) - far[2:].mean() * (1 - np.exp(0.3))
    assert abs(plain) > 0.15
    assert abs(read.effect.value) < 0.02


def test_the_soak_and_the_days_of_the_choice_count_for_nothing() -> None:
    p, r = noisy(3)
    spoiled = p.total.copy()
    spoiled[:5, 12:16] += 500
    squares = np.asarray(p.squares) + 1e6
    other = dataclasses.replace(p, total=spoiled, squares=np.where(spoiled == p.total, p.squares, squares))
    r = dataclasses.replace(r, soak=14, selected=14)
    cut = slices(p, r)
    assert cut.selected.nonzero()[0].tolist() == [12, 13]
    assert not cut.having[:, 14:16].any()
    assert cut.having[0, 16:].all()
    a, b = (contrast(*fitted(table(q, slices(q, r)))) for q in (p, other))
    assert a.level == b.level


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-50, 50), factor=st.floats(0.1, 20))
def test_shift_and_scale_of_a_mean(seed: int, shift: float, factor: float) -> None:
    p, r = noisy(seed, effect=0.2)
    squares = np.asarray(p.squares)
    moved = dataclasses.replace(
        p,
        total=factor * (p.total + shift * p.n),
        squares=factor**2 * (squares + 2 * shift * p.total + shift**2 * p.n),
    )
    a, b = DESIGN.read(p, r), DESIGN.read(moved, dataclasses.replace(r, margin=r.margin * factor))
    for x, y in ((a.effect.value, b.effect.value), (a.effect.low, b.effect.low), (a.effect.high, b.effect.high)):
        assert y == pytest.approx(factor * x, rel=1e-3, abs=1e-4 * factor)
    assert b.without.value == pytest.approx(factor * (a.without.value + shift), rel=1e-4, abs=1e-3)
    assert [x.ok for x in a.assumptions] == [x.ok for x in b.assumptions]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.permutations(range(14)))
def test_names_and_order_of_units_do_not_matter(seed: int, order: list[int]) -> None:
    p, r = noisy(seed)
    names = [f"shop {(i * 5 + 3) % 14}" for i in range(14)]
    renamed = Panel(
        tuple(names[i] for i in order), p.days, p.step, p.total[order], p.n[order], p.kind, np.asarray(p.squares)[order]
    )
    starts = {names[int(unit[1:])]: day for unit, day in r.exposed.items()}
    a, b = DESIGN.read(p, r), DESIGN.read(renamed, dataclasses.replace(r, exposed=starts))
    assert b.effect.low == pytest.approx(a.effect.low, rel=1e-6, abs=1e-8)
    assert b.effect.high == pytest.approx(a.effect.high, rel=1e-6, abs=1e-8)


def firms(count: int, first: int = 0, **shape: object) -> list[tuple[float, Reading, Outcome]]:
    out = []
    for seed in range(first, first + count):
        f = firm("did", seed, **{"interference": 0.0, **shape})  # type: ignore[arg-type]
        verdict = judge(f.panel, f.registered)
        if verdict.reading is not None and verdict.reading.effect.value is not None:
            out.append((f.truth, verdict.reading, verdict.outcome))
    return out


def covered(rows: list[tuple[float, Reading, Outcome]]) -> float:
    return float(np.mean([r.effect.low <= truth <= r.effect.high for truth, r, _ in rows]))


def test_intervals_hold_the_truth_and_a_useless_fix_is_seldom_praised() -> None:
    useless = firms(80, effect=0.0)
    assert covered(useless) >= 0.88  # 95 % of 80, less three standard errors
    assert np.mean([outcome in (Outcome.GONE, Outcome.REDUCED) for _, _, outcome in useless]) <= 0.05
    useful = firms(40, effect=-0.5)
    assert covered(useful) >= 0.85
    assert np.mean([outcome in (Outcome.GONE, Outcome.REDUCED) for _, _, outcome in useful]) >= 0.65


@pytest.mark.slow
def test_coverage_over_many_firms() -> None:
    rows = firms(600, 5000)
    assert 0.93 <= covered(rows) <= 0.975
    worst = firms(300, 7000, chosen="worst", selected=28, effect=0.0)
    assert 0.925 <= covered(worst) <= 0.985
    few = firms(300, 8000, units=8, exposed=4)
    assert covered(few) >= 0.92


def test_exposed_that_drift_by_themselves_are_found_out() -> None:
    rows = firms(20, effect=0.0, drift=1.2, observations=60.0)
    failed = [facts(reading, "parallel_before")[0] is False for _, reading, _ in rows]
    assert np.mean(failed) > 0.7
    clean = firms(20, effect=0.0, observations=60.0)
    assert np.mean([facts(reading, "parallel_before")[0] is False for _, reading, _ in clean]) <= 0.1


def test_a_drift_that_would_overturn_the_effect_leaves_no_verdict() -> None:
    """A slow fall of the exposed that no test is sure of, in a short baseline, is not a success of the fix."""
    useless = [firm("did", 400_000 + s, effect=0.0, drift=-0.3, interference=0.0) for s in range(60)]
    praised = [judge(one.panel, one.registered) for one in useless]
    assert sum(v.outcome in (Outcome.GONE, Outcome.REDUCED) for v in praised) <= 8
    carried = [facts(v.reading, "parallel_before")[1].get("carried") for v in praised if v.reading]
    told = [value for value in carried if value is not None]
    assert len(told) >= 5 and np.mean([value != 0 for value in told]) == 1


def test_a_drift_that_a_long_baseline_rules_out_costs_nothing() -> None:
    rng = np.random.default_rng(2)
    mean = 4 + rng.normal(0, 0.2, (20, 1)) + rng.normal(0, 0.02, (20, 80))
    asked = registered({f"u{i}": 70 for i in range(8)}, margin=0.02)
    exposed = (np.arange(20) < 8)[:, None]
    fixed = panel(mean - 0.15 * exposed * (np.arange(80) >= 70))
    assert judge(fixed, asked).outcome is Outcome.REDUCED
    drifting = judge(panel(mean - 0.15 * exposed * np.arange(80) / 70), asked)
    assert drifting.reading is not None and (drifting.reading.effect.high or 0) < 0
    assert drifting.because == ("parallel_before",)


def test_a_comparison_that_got_the_fix_too_is_found_out() -> None:
    shape = {"effect": -0.9, "interference": 0.8, "touched": 0.6, "common": 0.05, "yearly": 0.0, "observations": 60.0}
    rows = firms(25, **shape)
    assert np.mean([facts(reading, "comparison_clean")[0] is False for _, reading, _ in rows]) > 0.7
    assert all(o == Outcome.CANNOT_TELL for _, r, o in rows if facts(r, "comparison_clean")[0] is False)


def test_one_unit_that_carries_all_is_named() -> None:
    p, r = noisy(1)
    total = p.total.copy()
    total[2, 14:] += 4.0 * p.n[2, 14:]
    ok, told = facts(DESIGN.read(dataclasses.replace(p, total=total), r), "one_unit_does_not_rule")
    assert ok is False
    assert told["unit"] == "u2"


def test_chosen_without_saying_so() -> None:
    p, r = noisy(4)
    r = dataclasses.replace(r, better="lower")
    total = p.total.copy()
    total[:5, 10:14] += 0.6 * p.n[:5, 10:14]
    ok, told = facts(DESIGN.read(dataclasses.replace(p, total=total), r), "chosen_for_worst")
    assert ok is False
    assert told["expected"] == pytest.approx(-0.6 * 4 / 14, rel=0.35)
    names = {a.name for a in DESIGN.read(p, r).assumptions}
    assert "chosen_for_worst" not in names


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"exposed": {}}, "exposed_known"),
        ({"exposed": {"nobody": START + 98}}, "exposed_known"),
        ({"exposed": {f"u{i}": START + 98 for i in range(13)}}, "enough_units"),
        ({"exposed": {"u0": START + 7 * 400}}, "after_long_enough"),
        ({"exposed": {"u0": START}}, "baseline_long_enough"),
        ({"baseline": 10}, "baseline_long_enough"),
        ({"minimum": 10**6}, "enough_data"),
    ],
)
def test_what_cannot_be_told_says_why(change: dict, reason: str) -> None:
    p, r = noisy(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = judge(p, dataclasses.replace(r, **change))
    assert verdict.outcome == Outcome.CANNOT_TELL
    assert reason in verdict.because


def test_ten_days_and_a_month_without_the_metric() -> None:
    p, r = noisy(6)
    short = Panel(p.units, p.days[:10], 7, p.total[:, :10], p.n[:, :10], p.kind, np.asarray(p.squares)[:, :10])
    short = dataclasses.replace(short, step=1, days=START + np.arange(10))
    verdict = judge(short, dataclasses.replace(r, exposed={"u0": START + 5, "u1": START + 5}))
    assert verdict.outcome == Outcome.CANNOT_TELL
    assert "baseline_long_enough" in verdict.because
    silent = np.where((np.arange(24) >= 6) & (np.arange(24) < 11), 0.0, 1.0)
    gone = Panel(p.units, p.days, 7, p.total * silent, p.n * silent, p.kind, np.asarray(p.squares) * silent)
    verdict = judge(gone, r)
    assert verdict.outcome == Outcome.CANNOT_TELL
    assert "metric_complete" in verdict.because


def test_no_events_at_all_is_no_success() -> None:
    share = np.zeros((10, 20))
    verdict = judge(panel(share, 50.0, "share"), registered({"u0": 12, "u1": 12, "u2": 12}, margin=0.01))
    assert verdict.outcome == Outcome.CANNOT_TELL
    assert "enough_data" in verdict.because


@pytest.mark.parametrize("design", ["did", "its", "synthetic", "matched"])
@pytest.mark.parametrize("kind", ["mean", "rate"])
def test_squares_of_single_observations_tell_nothing(design: str, kind: str) -> None:
    """With one row a unit and period the squares hold no more than the sums: nothing may be read out of rounding."""
    rng = np.random.default_rng(3)
    value = 7.1 + rng.normal(0, 0.5, (16, 1)) + rng.normal(0, 1, (16, 30))
    value[:5, 20:] -= 1.5
    days = START + 7 * np.arange(30, dtype=np.int64)
    bare = Panel(tuple(f"u{i}" for i in range(16)), days, 7, value, np.ones(value.shape), kind)  # type: ignore[arg-type]
    asked = dataclasses.replace(registered({f"u{i}": 20 for i in range(5)}, margin=0.1), design=Design(design))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain, squared = (
            find(design).read(each, asked) for each in (bare, dataclasses.replace(bare, squares=value**2))
        )
    assert plain.effect.value is not None and squared.effect == plain.effect and squared.level == plain.level
