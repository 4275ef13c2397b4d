"""The ledger: nothing twice, intervals that are right or too wide, any order."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.core.errors import WrongUse
from balm.core.types import Estimate
from balm.core.verdicts import Outcome
from balm.proof.ledger import INDEPENDENT, SHARED, Entry, ledger


def entry(key="a", registered=1.0, pain="late", units=None, effect=(-0.1, -0.14, -0.06), **more) -> Entry:
    units = units or {"S1": (0, 9)}
    return Entry(
        key, registered, pain, units, dict.fromkeys(units, 20.0), Estimate(*effect, 400, "t"),
        **{"outcome": Outcome.REDUCED, "worth": 5.0, "cost": 300.0} | more,
    )  # fmt: skip


def test_one_entry_is_effect_times_observations_times_worth():
    made = ledger([entry()])
    (line,) = made.lines
    assert (line.claimed, line.counted, line.observations) == (10, 10, 200.0)
    assert (line.gain.value, line.gain.low, line.gain.high) == pytest.approx((20, 12, 28))
    assert (line.benefit.value, line.benefit.low, line.benefit.high) == pytest.approx((100, 60, 140))
    assert (made.net.value, made.net.low, made.net.high) == pytest.approx((-200, -240, -160))
    assert made.benefit.method == INDEPENDENT and made.shared == ()
    json.dumps(made.to_json(), allow_nan=False)


def test_a_later_entry_counts_only_what_lies_beyond():
    later = entry("b", 2.0, units={"S1": (5, 14), "S2": (0, 9)})
    made = ledger([later, entry()])
    assert [(line.key, line.counted, line.within) for line in made.lines] == [("a", 10, ()), ("b", 15, ("a",))]
    inside = ledger([entry(), entry("c", 3.0, units={"S1": (2, 8)})])
    assert inside.lines[1].left_out == "all counted before"
    assert inside.lines[1].benefit.value is None and inside.benefit.value == pytest.approx(100)
    assert inside.cost == 600, "it was paid for all the same"


def test_another_pain_or_unit_is_not_the_same():
    made = ledger([entry(), entry("b", 2.0, pain="rude"), entry("c", 3.0, units={"S2": (0, 9)})])
    assert [line.counted for line in made.lines] == [10, 10, 10]
    assert set(made.gains) == {"late", "rude"}


def test_cannot_tell_brings_nothing_and_keeps_nothing_from_others():
    made = ledger([entry(outcome=Outcome.CANNOT_TELL), entry("b", 2.0), entry("c", 3.0, effect=(None, None, None))])
    assert [(line.counted, line.left_out) for line in made.lines] == [(0, "cannot tell"), (10, ""), (0, "no effect")]
    assert (made.benefit.value, made.cost) == (pytest.approx(100), 900)


def test_worse_counts_against_and_scores_count_upwards():
    worse = entry("b", 2.0, units={"S2": (0, 9)}, effect=(0.05, 0.02, 0.08), outcome=Outcome.WORSE)
    score = entry("c", 3.0, pain="stars", units={"S3": (0, 9)}, effect=(0.3, 0.1, 0.5), better="higher")
    made = ledger([entry(), worse, score])
    assert [line.benefit.value for line in made.lines] == pytest.approx([100, -50, 300])
    assert made.lines[1].benefit.low == pytest.approx(-80)


def test_without_a_worth_there_is_a_gain_and_no_money():
    made = ledger([entry(worth=None, cost=None)])
    assert (made.lines[0].gain.value, made.benefit.value, made.unpriced) == (pytest.approx(20), None, ("a",))
    assert ledger([]).benefit.value is None and ledger([]).cost == 0


def test_independent_intervals_add_as_squares_and_shared_ones_end_to_end():
    apart = [entry(), entry("b", 2.0, units={"S2": (0, 9)})]
    together = [entry(shares=frozenset({"rest"})), entry("b", 2.0, units={"S2": (0, 9)}, shares=frozenset({"rest"}))]
    made, wide = ledger(apart), ledger(together)
    assert made.benefit.high - made.benefit.value == pytest.approx(math.hypot(40, 40))
    assert wide.benefit.high - wide.benefit.value == pytest.approx(80)
    assert (made.benefit.method, wide.benefit.method, wide.shared) == (INDEPENDENT, SHARED, ("a", "b"))
    chain = [*together, entry("c", 3.0, units={"S1": (20, 29)}), entry("d", 4.0, units={"S9": (0, 9)})]
    assert ledger(chain).shared == ("a", "b", "c"), "by a unit and by a comparison"


def test_a_key_is_given_once():
    with pytest.raises(WrongUse, match="key of its own"):
        ledger([entry(), entry(registered=2.0)])


spans = st.tuples(st.integers(0, 40), st.integers(-2, 20)).map(lambda s: (s[0], s[0] + s[1]))
entries = st.lists(
    st.builds(
        entry,
        registered=st.integers(0, 3).map(float),
        pain=st.sampled_from(["late", "rude"]),
        units=st.dictionaries(st.sampled_from(["S1", "S2", "S3"]), spans, min_size=1),
        outcome=st.sampled_from(list(Outcome)),
        shares=st.frozensets(st.sampled_from(["x", "y"])),
    ),
    max_size=7,
).map(
    lambda found: [Entry(**{f: getattr(e, f) for f in Entry.__slots__} | {"key": f"k{i}"}) for i, e in enumerate(found)]
)


def cells(given):
    return {
        (e.pain, unit, day)
        for e in given
        if e.outcome is not Outcome.CANNOT_TELL
        for unit, (first, last) in e.units.items()
        for day in range(first, last + 1)
    }


@given(entries, st.randoms(use_true_random=False))
def test_the_sum_is_the_union_whatever_the_order(made, dice: random.Random):
    found = ledger(made)
    assert sum(line.counted for line in found.lines) == len(cells(made))
    assert all(line.counted <= line.claimed for line in found.lines)
    again = made.copy()
    dice.shuffle(again)
    assert ledger(again) == found


@given(entries)
def test_sums_stay_inside_their_parts_added_end_to_end(made):
    found = ledger(made)
    parts = [line.benefit for line in found.lines if line.benefit.value is not None]
    if not parts:
        assert found.benefit.value is None
        return
    assert found.benefit.value == pytest.approx(sum(e.value for e in parts))
    assert found.benefit.low >= sum(e.low for e in parts) - 1e-9
    assert found.benefit.low <= found.benefit.value <= found.benefit.high


def test_the_interval_of_a_sum_covers():
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(400):
        guesses = rng.normal(-0.1, 0.02, 4)
        made = ledger(
            entry(f"k{i}", units={f"S{i}": (0, 9)}, effect=(g, g - 0.0392, g + 0.0392)) for i, g in enumerate(guesses)
        )
        hits += made.benefit.low <= 400 <= made.benefit.high
    assert 0.92 <= hits / 400 <= 0.98
