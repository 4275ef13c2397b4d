"""The rules of the verdict: a table of cases with their boundaries, properties, and panels that are too poor."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.core.errors import WrongUse
from balm.core.panel import Panel
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, Design, Outcome, Reading, Registered
from balm.proof.common import shared
from balm.proof.verdict import decide, judge, left, merged

ENOUGH = dict.fromkeys(("exposed_before", "exposed_after", "comparison_before", "comparison_after"), 500)
GONE, REDUCED, UNCHANGED, WORSE, CANNOT = (
    Outcome.GONE, Outcome.REDUCED, Outcome.UNCHANGED, Outcome.WORSE, Outcome.CANNOT_TELL,
)  # fmt: skip


def between(low: float | None, high: float | None) -> Estimate:
    known = low is not None and high is not None
    return Estimate((low + high) / 2 if known else None, low, high, 500, "t")


def reading(effect, remaining=(0.5, 0.7), *, without=(0.18, 0.22), level=(0.1, 0.12), n=ENOUGH, assumptions=()):
    return Reading(
        between(*effect), between(*without), between(*level), between(*remaining), 0.01, dict(n), assumptions
    )


def registered(**more) -> Registered:
    return Registered(**{"design": Design.DID, "exposed": {"a": 100}, "margin": 0.02, "remainder": 0.2} | more)


FATAL = (Assumption("comparison_clean", False, fatal=True),)

TABLE = [
    # effect, remaining, what was registered, more of the reading → outcome, because
    ((-0.20, -0.10), (0.05, 0.19), {}, {}, GONE, "remainder_reached"),
    ((-0.20, -0.10), (0.05, 0.20), {}, {}, GONE, "remainder_reached"),
    ((-0.20, -0.10), (0.05, 0.2001), {}, {}, REDUCED, "better_side"),
    ((-0.20, -0.10), (None, None), {}, {}, REDUCED, "better_side"),
    ((-0.20, -0.10), (0.05, math.inf), {}, {}, REDUCED, "better_side"),
    ((-0.20, -0.0001), (0.5, 1.0), {}, {}, REDUCED, "better_side"),
    ((-0.20, 0.0), (0.0, 0.1), {}, {}, CANNOT, "too_wide"),
    ((-0.02, 0.02), (0.9, 1.1), {}, {}, UNCHANGED, "within_margin"),
    ((-0.0201, 0.02), (0.9, 1.1), {}, {}, CANNOT, "too_wide"),
    ((-0.02, -0.01), (0.9, 1.0), {}, {}, UNCHANGED, "smaller_than_margin"),
    ((0.01, 0.02), (1.0, 1.1), {}, {}, UNCHANGED, "smaller_than_margin"),
    ((0.01, 0.0201), (1.0, 1.1), {}, {}, WORSE, "worse_side"),
    ((0.0, 0.05), (1.0, 1.3), {}, {}, CANNOT, "too_wide"),
    ((-0.01, 0.01), (0.9, 1.1), {"margin": 0.0}, {}, CANNOT, "too_wide"),
    ((-0.20, -0.10), (0.0, 0.1), {}, {"assumptions": FATAL}, CANNOT, "comparison_clean"),
    ((0.10, 0.20), (1.5, 2.0), {}, {"assumptions": FATAL}, CANNOT, "comparison_clean"),
    ((-0.20, -0.10), (0.0, 0.1), {}, {"assumptions": (Assumption("balance", None, fatal=True),)}, GONE, "better_side"),
    ((-0.20, -0.10), (0.0, 0.1), {}, {"n": ENOUGH | {"comparison_after": 99}}, CANNOT, "enough_data"),
    ((-0.20, -0.10), (0.0, 0.1), {}, {"n": ENOUGH | {"comparison_after": 100}}, GONE, "better_side"),
    ((-0.20, -0.10), (0.0, 0.1), {}, {"n": {}}, CANNOT, "enough_data"),
    ((-0.20, -0.10), (0.0, 0.1), {"design": Design.ITS}, {"n": ENOUGH | {"comparison_after": 0}}, GONE, "better_side"),
    ((-0.20, -0.10), (0.0, 0.1), {"design": Design.AB}, {"n": ENOUGH | {"exposed_before": 0}}, GONE, "better_side"),
    ((None, None), (None, None), {}, {}, CANNOT, "could_not_be_computed"),
    ((-0.2, math.nan), (0.0, 0.1), {}, {}, CANNOT, "could_not_be_computed"),
    ((-math.inf, math.inf), (0.0, 0.1), {}, {}, CANNOT, "could_not_be_computed"),
    ((0.10, 0.20), (1.2, 1.5), {"better": "higher"}, {}, REDUCED, "no_target"),
    ((-0.20, -0.10), (0.0, 0.1), {"better": "higher"}, {}, WORSE, "worse_side"),
]


@pytest.mark.parametrize("case", TABLE)
def test_the_table_of_the_rules(case):
    effect, remaining, more, read, outcome, because = case
    verdict = decide(reading(effect, remaining, **read), registered(**more))
    assert (verdict.outcome, because in verdict.because) == (outcome, True), verdict.because


SCORES = [
    # target, level, effect, without → what may be left, outcome; remainder 0.2
    (4.5, (4.5, 4.7), (0.9, 1.1), (3.4, 3.6), 0.0, GONE),
    (4.5, (4.3, 4.5), (0.8, 1.1), (3.3, 3.5), 0.2, GONE),
    (4.5, (4.2, 4.4), (0.8, 1.1), (3.3, 3.5), 0.3 / 1.1, REDUCED),
    (4.5, (4.6, 4.8), (0.1, 0.2), (4.4, 4.6), None, REDUCED),  # whether there was a gap is not sure
]


@pytest.mark.parametrize("case", SCORES)
def test_a_score_is_mended_when_the_gap_to_its_target_is_closed(case):
    target, level, effect, without, share, outcome = case
    check = registered(better="higher", target=target, margin=0.05)
    read = reading(effect, level=level, without=without)
    assert left(read, check) == (None if share is None else pytest.approx(share))
    assert decide(read, check).outcome is outcome


def flip(e: Estimate) -> Estimate:
    return between(-e.high, -e.low)


ends = st.tuples(st.floats(-2, 2), st.floats(-2, 2)).map(sorted)


@given(st.tuples(ends, ends, ends), st.floats(-2, 2), st.floats(0, 0.5), st.floats(0, 1))
def test_turned_round_the_outcome_is_the_same(intervals, target, margin, remainder):
    """Sign, target and direction turned round together change nothing; the direction alone turns better and worse."""
    effect, level, without = intervals
    there = registered(better="lower", target=target, margin=margin, remainder=remainder)
    back = dataclasses.replace(there, better="higher", target=-target)
    read = reading(effect, level=level, without=without)
    turned = dataclasses.replace(
        read,
        effect=flip(read.effect),
        level=flip(read.level),
        without=flip(read.without),
        remaining=between(None, None),
    )
    assert decide(read, there).outcome is decide(turned, back).outcome
    first, second = (decide(read, dataclasses.replace(there, better=b)).outcome for b in ("lower", "higher"))
    success = {GONE, REDUCED}
    assert (first in success) == (second is WORSE)
    assert (second in success) == (first is WORSE)


@given(ends, st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5), st.sampled_from(["lower", "higher"]))
def test_a_wider_interval_never_makes_a_claim_of_none(effect, more_low, more_high, margin, better):
    check = registered(margin=margin, better=better, target=0.0)
    before = decide(reading(effect), check).outcome
    after = decide(reading((effect[0] - more_low, effect[1] + more_high)), check).outcome
    if before is CANNOT:
        assert after is CANNOT
    if before in (REDUCED, WORSE):
        assert after in (before, CANNOT)


def test_of_one_assumption_told_twice_the_worst_stands():
    told = merged(
        (Assumption("a", True, {"x": 1}), Assumption("b", None), Assumption("a", False, {"y": 2}, fatal=True))
    )
    assert told == (Assumption("a", False, {"x": 1, "y": 2}, fatal=True), Assumption("b", None))


# poor panels


def panel(days=84, units=12, *, step=1, n=20.0, share=0.2, seed=0) -> Panel:
    rng = np.random.default_rng(seed)
    size = np.full((units, days), n)
    names = tuple(f"u{i}" for i in range(units))
    return Panel(names, np.arange(0, days * step, step), step, rng.binomial(20, share, size.shape).astype(float), size)


def check(start=42, units=4, **more) -> Registered:
    exposed = {f"u{i}": start for i in range(units)}
    return Registered(**{"design": Design.DID, "exposed": exposed, "margin": 0.03} | more)


class Success:
    """A design that always sees a large effect."""

    name = "did"

    def needs(self) -> str:
        return "Nothing."

    def read(self, panel, registered):
        return reading((-0.2, -0.15), (0.0, 0.1))


class Broken(Success):
    def read(self, panel, registered):
        raise np.linalg.LinAlgError("singular matrix")


def without(p: Panel, rows, first: int, last: int) -> Panel:
    n, total = p.n.copy(), p.total.copy()
    n[rows, first:last] = total[rows, first:last] = 0
    return dataclasses.replace(p, n=n, total=total)


POOR = [
    ("nobody is exposed", panel(), check(units=0), "exposed_known"),
    ("nobody of them is in the panel", panel(), check(exposed={"elsewhere": 42}), "exposed_known"),
    ("ten days", panel(days=10), check(start=5), "baseline_long_enough"),
    ("four weeks less a day before", panel(), check(start=27), "baseline_long_enough"),
    ("a start before the data", panel(), check(start=-30), "baseline_long_enough"),
    ("a start after the data", panel(), check(start=400), "after_long_enough"),
    ("less than two weeks after the soak", panel(), check(soak=29), "after_long_enough"),
    ("an end before the soak is over", panel(), check(soak=14, end=50), "after_long_enough"),
    ("all days of the baseline were those of the choice", panel(), check(selected=42), "baseline_long_enough"),
    ("few observations", panel(), check(minimum=4000), "enough_data"),
    ("no comparison", panel(units=4), check(), "enough_data"),
    ("the exposed silent for a month", without(panel(), slice(0, 4), 50, 78), check(), "metric_complete"),
    ("the comparison silent for a month", without(panel(), slice(4, 12), 5, 33), check(), "metric_complete"),
    ("one large unit silent for a month", without(panel(), slice(0, 1), 50, 78), check(), "metric_complete"),
    ("a panel without periods", panel(days=0), check(), "baseline_long_enough"),
    ("a panel without units", panel(units=0), check(), "exposed_known"),
]


@pytest.mark.parametrize(("data", "asked", "reason"), [c[1:] for c in POOR], ids=[c[0] for c in POOR])
def test_what_is_too_poor_cannot_tell_and_says_why(data, asked, reason):
    """Even where the design would claim a success."""
    verdict = judge(data, asked, Success())
    assert verdict.outcome is CANNOT
    assert reason in verdict.because


def test_a_few_registered_units_may_be_without_data():
    many = {f"u{i}": 42 for i in range(20)}
    few = judge(panel(units=40), check(exposed=many | {"closed": 42}), Success())
    assert few.outcome is GONE
    assert few.assumptions[0].facts["missing"] == ["closed"]
    assert not few.assumptions[0].ok
    lost = judge(panel(units=40), check(exposed=many | {f"closed {i}": 42 for i in range(3)}), Success())
    assert lost.because == ("exposed_known",)


def test_what_is_good_enough_is_judged():
    verdict = judge(panel(seed=1), check(start=28, soak=42), Success())
    assert verdict.outcome is GONE
    assert [a.name for a in verdict.assumptions if a.ok is False] == []


def test_a_design_that_breaks_cannot_tell():
    verdict = judge(panel(), check(), Broken())
    assert (verdict.outcome, verdict.because, verdict.reading) == (CANNOT, ("could_not_be_computed",), None)
    assert verdict.assumptions[-1].facts == {"error": "LinAlgError", "message": "singular matrix"}
    assert judge(panel(days=10), check(start=5), Broken()).because == ("baseline_long_enough", "after_long_enough")


def test_an_unknown_design_is_refused():
    with pytest.raises(WrongUse, match="did, its, synthetic"):
        judge(panel(), check(design="guess"))


def test_short_gaps_and_small_silent_units_are_told_but_not_fatal():
    told = {a.name: a for a in shared(without(panel(), slice(0, 4), 50, 60), check())}["metric_complete"]
    assert (told.ok, told.fatal, told.facts["gap"], told.facts["gap_start"]) == (False, False, 10, "1970-02-20")
    week = {a.name: a for a in shared(without(panel(), slice(0, 4), 50, 57), check())}["metric_complete"]
    assert week.ok
    tiny = panel()
    tiny = dataclasses.replace(tiny, n=np.where(np.arange(12)[:, None] == 0, 0.1, tiny.n))
    assert {a.name: a for a in shared(without(tiny, slice(0, 1), 50, 78), check())}["metric_complete"].ok


# regression to the mean


def lucky(seed: int, worst: bool) -> tuple[Panel, Registered]:
    """Forty units that are all alike; the exposed are those that happened to be worst before the start."""
    rng = np.random.default_rng(seed)
    n = np.full((40, 24), 10.0)
    made = Panel(tuple(f"u{i}" for i in range(40)), np.arange(24) * 7, 7, rng.binomial(10, 0.2, n.shape) * 1.0, n)
    order = np.argsort(-made.total[:, :12].sum(axis=1)) if worst else np.arange(40)
    return made, Registered(Design.DID, {f"u{i}": 84 for i in order[:6]}, margin=0.005)


class Naive(Success):
    def read(self, panel, registered):
        rows = [panel.row(u) for u in registered.exposed]
        rest = [i for i in range(len(panel.units)) if i not in rows]
        steps, variance = [], 0.0
        for group in (rows, rest):
            p = [
                panel.total[group][:, part].sum() / panel.n[group][:, part].sum() for part in (slice(12, 24), slice(12))
            ]
            variance += sum(q * (1 - q) for q in p) / (len(group) * 120)
            steps.append(p[0] - p[1])
        effect, half = steps[0] - steps[1], 1.96 * math.sqrt(variance)
        return reading((effect - half, effect + half))


def test_chance_that_goes_away_is_not_called_a_success():
    found = [judge(*lucky(seed, worst=True), Naive()) for seed in range(60)]
    naive = [decide(v.reading, lucky(0, True)[1]).outcome for v in found]
    assert naive.count(REDUCED) > 20, "the plain comparison is fooled"
    assert sum(v.outcome is REDUCED for v in found) <= 3
    assert sum(v.because == ("chosen_for_worst",) for v in found) > 20
    fair = [judge(*lucky(seed, worst=False), Naive()) for seed in range(60)]
    assert sum(v.because == ("chosen_for_worst",) for v in fair) <= 3


def test_units_that_really_are_worse_are_no_matter_of_chance():
    made, asked = lucky(3, worst=False)
    total = made.total.copy()
    total[:6] = np.random.default_rng(1).binomial(10, 0.5, (6, 24))
    told = {a.name: a for a in shared(dataclasses.replace(made, total=total), asked)}["chosen_for_worst"]
    assert told.facts["gap"] > 0.2
    assert abs(told.facts["expected"]) < 0.05


def test_one_unit_does_not_rule():
    def told(p, **more):
        return {a.name: a for a in shared(p, check(**more))}["one_unit_does_not_rule"]

    big = panel()
    big = dataclasses.replace(big, n=big.n * np.where(np.arange(12) == 0, 9.0, 1.0)[:, None])
    assert (told(panel()).ok, told(panel(), units=2).ok) == (True, None)
    assert (told(big).ok, told(big).facts["unit"]) == (False, "u0")
    total = panel().total.copy()
    total[1, 42:] = 20
    one = told(dataclasses.replace(panel(), total=total))
    assert (one.ok, one.facts["unit"], one.facts["reverses"]) == (False, "u1", True)
