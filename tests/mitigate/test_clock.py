"""The clock of a case: office hours, pauses, the ladder, and the next instant at which anything changes."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.core.calendar import Calendar, always
from balm.core.errors import InputRefused
from balm.mitigate.clock import Clock, Level, Policy, Priority, Target, policy_from_json, state

HOUR = 3600.0
OFFICE = Calendar.parse("CN@Asia/Shanghai 09:00-18:00")
POLICY = Policy(
    "Usual",
    {Priority.NORMAL: Target(2 * HOUR, 16 * HOUR), Priority.URGENT: Target(0.5 * HOUR, 4 * HOUR)},
    (Level("lead", 0.5), Level("head", 1.0), Level("chief", 1.0, after=4 * HOUR), Level("lead", 1.0, of="first")),
)


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


def at(now: str, **more: Any) -> Clock:
    return state(POLICY, OFFICE, opened=local("2026-03-06T16:00"), now=local(now), **more)  # a Friday


def test_promises_run_in_office_hours() -> None:
    clock = at("2026-03-06T16:30")
    assert clock.first_due == local("2026-03-06T18:00") and clock.solve_due == local("2026-03-10T14:00")
    assert clock.first_left == 1.5 * HOUR and clock.solve_left == 15.5 * HOUR
    assert clock.due == clock.first_due and not clock.breached and not clock.at_risk and clock.level == 0
    assert clock.next_change == local("2026-03-06T17:36")  # four fifths of two hours
    assert at("2026-03-06T17:36").at_risk == {"first"}
    assert at("2026-03-06T18:00").breached == frozenset() and at("2026-03-06T18:00").level == 1


def test_a_promise_holds_until_its_instant_and_breaks_just_after() -> None:
    edge = at("2026-03-06T18:00")
    assert edge.next_change == local("2026-03-06T18:00") + dt.timedelta(microseconds=1)
    late = at("2026-03-07T12:00", contacted=local("2026-03-07T11:00"))
    assert late.breached == {"first"} and late.first_left is None and late.due == late.solve_due
    in_time = at("2026-03-07T12:00", contacted=local("2026-03-06T17:00"))
    assert in_time.breached == frozenset() and in_time.first_left is None


def test_left_turns_negative_and_the_ladder_is_climbed() -> None:
    clock = at("2026-03-10T17:00", contacted=local("2026-03-06T17:00"))
    assert clock.solve_left == -3 * HOUR and clock.breached == {"solve"} and not clock.at_risk
    assert [step.to for step in clock.levels] == ["lead", "head"] and clock.level == 2
    assert clock.next_change == local("2026-03-10T18:00")
    end = at("2026-03-10T18:00", contacted=local("2026-03-06T17:00"))
    assert end.level == 3 and end.next_change is None


def test_a_pause_stops_the_solution_but_not_the_first_contact() -> None:
    pauses = [(local("2026-03-06T17:00"), None)]
    clock = at("2026-03-09T12:00", pauses=pauses)
    assert clock.paused and clock.solve_left == 15 * HOUR and clock.breached == {"first"}
    assert at("2026-03-12T12:00", pauses=pauses).solve_left == 15 * HOUR
    assert at("2026-03-12T12:00", pauses=pauses, contacted=local("2026-03-06T16:30")).next_change is None
    closed = [(local("2026-03-06T17:00"), local("2026-03-09T12:00"))]
    assert at("2026-03-09T12:00", pauses=closed).solve_due == local("2026-03-10T18:00")
    assert not at("2026-03-09T12:00", pauses=closed).paused


def test_a_solved_case_stands_still() -> None:
    facts: dict[str, Any] = {"contacted": local("2026-03-06T17:00"), "solved": local("2026-03-10T15:00")}
    first, later = at("2026-03-10T16:00", **facts), at("2026-05-01T00:00", **facts)
    assert first == later and first.breached == {"solve"} and first.level == 2
    assert (first.solve_left, first.due, first.next_change, first.at_risk) == (None, None, None, frozenset())
    unsaid = at("2026-03-10T14:00", solved=local("2026-03-06T17:00"))
    assert not unsaid.breached  # solved at once: that was the contact


def test_priorities_fall_back_to_normal_and_what_is_not_promised_never_breaks() -> None:
    assert at("2026-03-06T16:30", priority="urgent").first_due == local("2026-03-06T16:30")
    assert at("2026-03-06T16:30", priority="low") == at("2026-03-06T16:30", priority="normal")
    free = Policy("None", {Priority.NORMAL: Target()}, (Level("lead"),))
    clock = state(free, OFFICE, opened=local("2020-01-01T09:00"), now=local("2026-01-01T09:00"))
    assert clock == Clock(None, None, None, None, frozenset(), frozenset(), False)


moments = st.integers(0, 60 * 24 * 20).map(lambda m: local("2026-09-18T00:00") + dt.timedelta(minutes=m))


@settings(max_examples=150, deadline=None)
@given(moments, moments, st.lists(st.tuples(moments, moments | st.none()), max_size=3), st.sampled_from(list(Priority)))
def test_nothing_changes_before_next_change(
    opened: dt.datetime, now: dt.datetime, pauses: list[tuple[dt.datetime, dt.datetime | None]], priority: str
) -> None:
    """Across the Mid-Autumn and National holidays: a timer set to `next_change` misses nothing."""
    now = max(opened, now)
    pauses = [(a, b) for a, b in pauses if a <= now and (b is None or b <= now)]

    def seen(when: dt.datetime) -> Clock:
        return state(POLICY, OFFICE, opened=opened, now=when, pauses=pauses, priority=priority)

    clock = seen(now)
    if clock.next_change is None:
        later = seen(now + dt.timedelta(days=90))
        assert clock.paused or (later.breached, later.level) == (clock.breached, clock.level)
        return
    before, after = seen(clock.next_change - dt.timedelta(microseconds=1)), seen(clock.next_change)
    assert (before.breached, before.at_risk, before.level) == (clock.breached, clock.at_risk, clock.level)
    assert (after.breached, after.at_risk, after.level) != (clock.breached, clock.at_risk, clock.level)
    assert after.breached >= clock.breached and after.level >= clock.level


def test_json_brings_back_the_same_policy() -> None:
    assert policy_from_json(json.loads(json.dumps(POLICY.to_json()))) == POLICY


TARGETS = {"targets": {"normal": {"first": 60, "solve": 600}}}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([], "policy: is an object"),
        (TARGETS, "name: must be a text"),
        ({"name": "x", "targets": {}}, "targets: are given by priority"),
        ({"name": "x", "targets": {"normal": {}, "vip": {}}}, "no priority 'vip'"),
        ({"name": "x", "targets": {"normal": {"first": -1}}}, "normal.first: -1 is not a number"),
        ({"name": "x", "targets": {"normal": {"first": True}}}, "normal.first: True is not a number"),
        ({"name": "x", "targets": {"normal": {"first": 9, "solve": 8}}}, "promised later than the solution"),
        ({"name": "x", **TARGETS, "color": 1}, "'color' is not known"),
        ({"name": "x", **TARGETS, "at_risk": 2}, "at_risk: 2 is not a number from 0.01 to 1"),
        ({"name": "x", **TARGETS, "ladder": {}}, "ladder: is a list"),
        ({"name": "x", **TARGETS, "ladder": [{"share": 1}]}, "ladder 1: must be a text"),
        ({"name": "x", **TARGETS, "ladder": [{"to": "a", "of": "third"}]}, "ladder 1: 'third' is neither"),
        ({"name": "x", **TARGETS, "ladder": [{"to": "a", "share": float("nan")}]}, "ladder 1: nan is not a number"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_its_place(value: Any, place: str) -> None:
    with pytest.raises(InputRefused) as error:
        policy_from_json(value)
    assert place in str(error.value) and error.value.code == "policy_form"


def test_day_and_night_it_is_plain_arithmetic() -> None:
    start = local("2026-01-01T00:00")
    clock = state(POLICY, always(), opened=start, now=start + dt.timedelta(hours=17), contacted=start)
    assert clock.solve_left == -HOUR and clock.solve_due == start + dt.timedelta(hours=16)
