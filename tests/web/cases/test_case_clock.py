"""The clock of cases: promises in office hours, pauses, and alarms that are raised once, whatever the time does."""

from __future__ import annotations

import datetime as dt

import pytest

from balm.mitigate import clock
from balm.web.cases import clocks, desk, services
from balm.web.cases.models import Alarm, Case
from balm.web.cases.refusals import Refused
from balm.web.deliveries.models import Delivery

pytestmark = pytest.mark.django_db

STEPS = ("level:first:1:0:lead", "level:solve:1.5:0:managers", "level:solve:1:0:lead")
"""Of the built-in service times."""

MONDAY = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)  # 9:00 in Shanghai


def names(case: Case) -> list[str]:
    return sorted(Alarm.objects.filter(case=case, run=case.reopened).values_list("name", flat=True))


def tick(now: dt.datetime) -> int:
    """As the worker does: until nothing is left."""
    total = 0
    while done := clocks.run(now):
        total += done
    return total


@pytest.fixture
def case(workspace, member, office, opened, turn) -> Case:
    """Normal priority: 9 office hours to the first contact, 27 to the solution. Owned by the front line."""
    turn(MONDAY)
    return opened("ann", owner=member("front_line"))


def test_promises_count_office_hours_only(case) -> None:
    assert case.first_due == MONDAY + dt.timedelta(hours=9)
    assert case.solve_due == MONDAY + dt.timedelta(days=2, hours=9)
    assert case.due == case.first_due
    assert case.next_change == MONDAY + dt.timedelta(hours=7.2)


def test_alarms_come_once_and_in_time(workspace, case, turn, member) -> None:
    assert tick(turn(MONDAY, hours=7)) == 0
    assert tick(turn(MONDAY, hours=7.2)) == 1 and names(case) == ["at_risk:first"]
    due = MONDAY + dt.timedelta(hours=9)
    assert tick(turn(due)) == 1 and names(case) == ["at_risk:first", STEPS[0]]  # the promise still holds
    assert tick(turn(due, seconds=1)) == 1 and names(case) == ["at_risk:first", STEPS[0], "overdue:first"]
    assert tick(turn(due, seconds=2)) == 0
    case.refresh_from_db()
    assert case.late_first and case.level == 1
    told = Delivery.objects.filter(workspace=workspace, purpose="case.overdue").values_list("user__email", flat=True)
    assert list(told) == [case.owner.email]
    leads = Delivery.objects.filter(workspace=workspace, purpose="case.escalated").values_list("user", flat=True)
    assert set(leads) == {member("owner").pk}


def test_one_look_after_a_long_sleep_raises_everything_once(case, turn) -> None:
    assert tick(turn(MONDAY, days=30)) == 1
    assert names(case) == [*STEPS, "overdue:first", "overdue:solve"]
    assert tick(turn(MONDAY, days=31)) == 0


@pytest.mark.parametrize("jump", [dt.timedelta(hours=1), dt.timedelta(days=-1), dt.timedelta(days=40)])
def test_a_clock_that_jumps_loses_no_alarm_and_doubles_none(case, turn, jump) -> None:
    for hours in (1, 5, 7.5, 8, 9.5):
        tick(turn(MONDAY, hours=hours))
        tick(turn(MONDAY, hours=hours) + jump)  # for a moment the clock is wrong
        tick(turn(MONDAY, hours=hours))
    tick(turn(MONDAY, days=10))
    assert set(names(case)) >= {*STEPS, "overdue:first", "overdue:solve"}
    sent = list(Delivery.objects.filter(purpose="case.overdue").values_list("key", flat=True))
    assert len(sent) == len(set(sent)) == 2


def test_what_a_dying_worker_began_is_done_by_the_next(case, turn, monkeypatch) -> None:
    now, real = turn(MONDAY, hours=10), clocks.notices.alarm

    def dies(*_arguments) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(clocks.notices, "alarm", dies)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            clocks.run(now)
    assert names(case) == []
    monkeypatch.setattr(clocks.notices, "alarm", real)
    assert tick(now) == 1 and "overdue:first" in names(case)
    assert Delivery.objects.filter(purpose="case.overdue").count() == 1


def test_an_alarm_is_not_lost_when_somebody_is_quicker_than_the_clock(workspace, case, turn) -> None:
    turn(MONDAY, hours=9, seconds=30)
    case = services.contact(workspace, 1, case.owner, channel="phone", outcome="reached")
    assert case.late_first and "overdue:first" in names(case)


def test_a_waiting_case_has_more_time_for_its_solution(workspace, case, turn) -> None:
    by = case.owner
    services.contact(workspace, 1, by, channel="phone", outcome="reached")
    services.step(workspace, 1, "wait", by, reason="The part is ordered")
    assert tick(turn(MONDAY, days=7)) == 0
    case = services.step(workspace, 1, "resume", by)
    assert case.solve_due == MONDAY + dt.timedelta(days=9, hours=9) and not case.late_solve
    assert names(case) == []


def test_a_reopened_case_begins_anew(workspace, case, turn) -> None:
    tick(turn(MONDAY, days=30))
    by = case.owner
    services.contact(workspace, 1, by, channel="phone", outcome="reached")
    services.solve(workspace, 1, by, outcome="mended")
    case = services.reopen(workspace, 1, by, reason="It broke again")
    assert not case.late_first and case.first_due > turn() and names(case) == [] and case.level == 0
    tick(turn(days=30))
    assert "overdue:first" in names(case)
    assert Delivery.objects.filter(purpose="case.overdue", user=by).count() == 4  # two promises, two rounds


def test_a_solved_case_closes_by_itself(workspace, case, turn) -> None:
    by = case.owner
    services.contact(workspace, 1, by, channel="phone", outcome="reached")
    services.solve(workspace, 1, by, outcome="mended")
    assert tick(turn(days=1.9)) == 0
    assert tick(turn(days=0.2)) == 1
    case.refresh_from_db()
    assert case.state == "closed" and case.next_change is None
    assert tick(turn(days=9)) == 0


def test_new_office_hours_move_the_promises(workspace, case, member) -> None:
    lead = member("owner")
    week = {day: [["09:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    desk.set_calendar(workspace, {"zone": "Asia/Shanghai", "hours": week}, lead)
    tick(MONDAY)
    case.refresh_from_db()
    assert case.first_due == MONDAY + dt.timedelta(days=2, hours=3)
    with pytest.raises(Refused, match="cannot be used"):
        desk.set_calendar(workspace, {"zone": "Asia/Shanghai", "hours": {}}, lead)
    with pytest.raises(Refused, match="time zone"):
        desk.set_calendar(workspace, {"zone": "Mars/Base", "hours": week}, lead)


def test_service_times_of_ones_own(workspace, case, member) -> None:
    lead = member("owner")
    H = 3600
    terms = clock.Policy("Ours", {clock.Priority.NORMAL: clock.Target(2 * H, 4 * H)})
    row = desk.save_policy(workspace, terms, lead, usual=True)
    tick(MONDAY)
    case.refresh_from_db()
    assert case.solve_due == MONDAY + dt.timedelta(hours=4)
    desk.remove_policy(workspace, row.pk, lead)
    tick(MONDAY)
    case.refresh_from_db()
    assert case.first_due == MONDAY + dt.timedelta(hours=9)
    with pytest.raises(Refused):
        desk.save_policy(
            workspace, clock.Policy("x", {clock.Priority.NORMAL: clock.Target(9.0, 4.0)}), lead, usual=False
        )
