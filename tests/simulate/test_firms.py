"""Firms with a known truth are what they say they are; without this no coverage means anything."""

from __future__ import annotations

import numpy as np
import pytest

from balm.core.errors import WrongUse
from balm.simulate.firms import Firm, firm, trial

DESIGNS = ("did", "its", "synthetic", "matched")


def after(made: Firm) -> np.ndarray:
    """U × T: the cells the truth is about."""
    counted = np.zeros(made.panel.n.shape, bool)
    for unit, start in made.registered.exposed.items():
        counted[made.panel.row(unit)] = made.panel.days >= start + made.registered.soak
    return counted


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_seed_is_the_same_firm_and_before_the_fix_whatever_it_does(design: str) -> None:
    one, again, useless = firm(design, 5, effect=-0.5), firm(design, 5, effect=-0.5), firm(design, 5, effect=0)
    assert one.registered == again.registered == useless.registered
    assert (one.panel.total == again.panel.total).all()
    assert (one.panel.n == useless.panel.n).all()
    before = one.panel.days + one.panel.step <= one.registered.start
    assert (one.panel.total[:, before] == useless.panel.total[:, before]).all()
    assert one.truth != 0 == useless.truth
    assert (firm(design, 6).panel.n.shape, firm(design, 6).truth) != (one.panel.n.shape, one.truth)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_truth_is_what_the_fix_changed(design: str) -> None:
    """Against what is counted of the same firm without the fix: right on average, and no further off than chance."""
    errors = []
    for seed in range(150):
        fixed, useless = firm(design, seed, effect=-0.5), firm(design, seed, effect=0)
        cells = after(fixed)
        n = fixed.panel.n[cells].sum()
        if n < 500:
            continue
        changed = (fixed.panel.total[cells].sum() - useless.panel.total[cells].sum()) / n
        share = fixed.panel.kind == "share"
        chance = np.sqrt(abs(fixed.truth) / n) if share else 1.7 / np.sqrt(n)  # scores are given anew
        errors.append((changed - fixed.truth) / chance)
        assert fixed.truth < 0 if share else fixed.truth > 0
    assert len(errors) > 100
    assert abs(np.mean(errors)) < 0.5
    assert np.abs(errors).max() < 6  # cells scatter more than chance


def test_a_half_of_the_fixes_are_useless_and_some_are_passed_on() -> None:
    made = [firm("did", seed) for seed in range(200)]
    assert 70 < sum(m.notes["effect"] == 0 for m in made) < 130
    assert {m.panel.kind for m in made} == {"share", "mean"}
    assert {m.panel.step for m in made} == {1, 7}
    got = [m for m in made if m.notes["interference"]]
    assert 5 < len(got) < 40
    assert all(m.notes["touched"] and not set(m.notes["touched"]) & set(m.registered.exposed) for m in got)
    assert any(len(set(m.registered.exposed.values())) > 1 for m in made)
    assert any(m.registered.start not in m.panel.days for m in made)


@pytest.mark.parametrize("design", DESIGNS)
def test_those_chosen_for_being_worst_return_to_what_they_were(design: str) -> None:
    """By themselves, with a useless fix: the trap that a plain before–after walks into."""
    how = {"its": "timed", "synthetic": "rising"}.get(design, "worst")
    fell = []
    for seed in range(150):
        made = firm(design, seed, effect=0, kind="share", chosen=how, selected=28, trend=0, step=7, yearly=0)
        late = (made.panel.days >= made.registered.start - 28) & (made.panel.days + 7 <= made.registered.start)
        rows = [made.panel.row(unit) for unit in made.registered.exposed]
        then = made.panel.total[rows][:, late].sum() / made.panel.n[rows][:, late].sum()
        cells = after(made)
        fell.append(made.panel.total[cells].sum() / made.panel.n[cells].sum() / then - 1)
    assert np.mean(fell) < -0.02
    assert np.mean(fell) < -3 * np.std(fell) / np.sqrt(150)


def test_units_are_of_unequal_size_and_scatter_more_than_chance() -> None:
    made = firm("did", 3, kind="share", effect=0, overdispersion=0.02, observations=100, units=60, exposed=10)
    n = made.panel.n
    assert n.sum(1).max() > 2 * n.sum(1).min()
    share = made.panel.total.sum(1) / n.sum(1)
    spread = (made.panel.total - n * share[:, None]) ** 2 / np.maximum(n * (share * (1 - share))[:, None], 1e-9)
    assert spread.mean() > 1.5


def test_parts_of_the_shape_can_be_set() -> None:
    made = firm("its", 1, units=2, exposed=2, before=60, after=20, step=7, period=0, soak=14, kind="mean")
    assert made.panel.value.shape == (2, 80)
    assert made.registered.soak == 14
    assert made.registered.better == "higher"
    assert made.panel.squares is not None
    assert 1 <= np.nanmin(made.panel.value) <= np.nanmax(made.panel.value) <= 5
    with pytest.raises(WrongUse, match="colour"):
        firm("its", 1, colour="blue")
    with pytest.raises(WrongUse, match="trial"):
        firm("ab", 1)


@pytest.mark.parametrize("metric", ["share", "amount"])
def test_a_trial_has_the_truth_it_says(metric: str) -> None:
    made = trial(4, effect=(-0.2, 0.1), arms=3, ratio=(2, 1, 1), n=200_000, metric=metric, level=0.4)
    means = [made.value[made.arm == a].mean() for a in range(3)]
    assert np.allclose(np.array(means) - means[0], made.truth, atol=0.02)
    assert np.allclose(np.bincount(made.arm) / made.arm.size, (0.5, 0.25, 0.25), atol=0.01)
    seen = ~np.isnan(made.before)
    assert 0.75 < seen.mean() < 0.85
    assert np.corrcoef(made.before[seen], made.value[seen])[0, 1] > 0.2
    assert (trial(4, n=500).value == trial(4, n=500).value).all()


def test_a_broken_trial_has_lost_its_worst_customers() -> None:
    made = trial(1, n=20_000, lost=0.1)
    first, second = np.bincount(made.arm)
    assert made.broken
    assert second < 0.95 * first
    assert made.value[made.arm == 1].mean() < made.value[made.arm == 0].mean() - 0.005
    with pytest.raises(WrongUse, match="2 arms"):
        trial(1, ratio=(1, 1, 1))
