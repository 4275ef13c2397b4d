"""What happens by the time of day: beside jobs, in spite of faults, and by several workers at once."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from django.db import connection

from balm.web.jobs import clock, services
from balm.web.jobs.clock import Clock
from balm.web.jobs.models import Job
from balm.web.jobs.services import State, enqueue
from balm.web.jobs.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> dict[str, clock._Entry]:
    """The only ticks there are; a look every 10 ms."""
    services.load_handlers()
    monkeypatch.setattr(clock, "BEAT", 0.01)
    monkeypatch.setattr(clock, "FAILED", 0.05)
    monkeypatch.setattr(clock, "TICKS", {})
    return clock.TICKS


@pytest.fixture
def going() -> Iterator[Callable[[], Clock]]:
    """`going()`: a clock that goes until the test ends."""
    made: list[Clock] = []

    def go() -> Clock:
        made.append(Clock())
        made[-1].start()
        return made[-1]

    yield go
    for each in made:
        each.stop()
        assert not any(thread.is_alive() for thread in each._threads)


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_tick_does_not_wait_for_a_job_of_the_same_workspace(workspace, ticks, monkeypatch) -> None:
    begun, go_on, ticked = threading.Event(), threading.Event(), threading.Event()

    def do(job: Job, tell: services.Tell) -> None:
        begun.set()
        assert go_on.wait(15)

    @clock.tick("try", every=0.01)
    def one(now: dt.datetime) -> int:
        if begun.is_set():
            ticked.set()
        return 0

    monkeypatch.setitem(services.HANDLERS, "try", do)
    job = enqueue(workspace, "try")
    worker = Worker()
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert ticked.wait(15)
        assert Job.objects.get(pk=job.pk).state == State.RUNNING
    finally:
        go_on.set()
        until(lambda: Job.objects.get(pk=job.pk).state == State.DONE)
        worker.stop()
        thread.join(30)
    assert not thread.is_alive()


@pytest.mark.parametrize("fault", [ValueError("no"), SystemExit(1)])
def test_a_tick_that_fails_is_tried_again_and_keeps_no_other_waiting(fault, ticks, going, caplog) -> None:
    tried: list[float] = []
    others: list[dt.datetime] = []

    @clock.tick("fails", every=0.01)
    def fails(now: dt.datetime) -> int:
        tried.append(time.monotonic())
        if len(tried) < 6:
            raise fault
        return 0

    @clock.tick("other", every=0.01)
    def other(now: dt.datetime) -> int:
        others.append(now)
        return 0

    going()
    until(lambda: len(tried) > 8)
    assert len(others) > 8
    assert caplog.text.count("the tick fails failed; trying again") == 5
    waits = [after - before for before, after in pairwise(tried)]
    assert waits[4] > 0.04  # not as often as ever: the log would be full of it


def test_a_tick_that_dealt_with_rows_is_called_again_at_once(ticks, going) -> None:
    calls: list[int] = []

    @clock.tick("rows", every=3600)
    def rows(now: dt.datetime) -> int:
        calls.append(1)
        return max(0, 5 - len(calls))

    going()
    until(lambda: len(calls) == 5)
    time.sleep(0.1)
    assert len(calls) == 5


def test_two_workers_share_what_is_due(workspace, ticks, going) -> None:
    from django.utils import timezone

    from balm.web.cases import clocks
    from balm.web.cases.models import Alarm, Case

    now = timezone.now()
    state = {"opened": now - dt.timedelta(days=30), "began": now - dt.timedelta(days=30), "next_change": now}
    Case.objects.bulk_create(Case(workspace=workspace, number=n, source="hand", **state) for n in range(1, 25))
    dealt: list[int] = []

    @clock.tick("cases", every=0.01)
    def cases(now: dt.datetime) -> int:
        dealt.append(clocks.run(now, most=6))
        return dealt[-1]

    going(), going()
    until(lambda: not Case.objects.filter(next_change__lte=now).exists())
    until(lambda: sum(dealt) == 24)
    alarms = list(Alarm.objects.values_list("case__number", "name"))
    assert len(alarms) == len(set(alarms)) == 24 * 5  # both promises broken, three steps of the usual ladder
    assert Case.objects.filter(late_first=True, late_solve=True, level=3).count() == 24


def test_a_case_that_something_is_wrong_with_keeps_no_other_waiting(workspace, monkeypatch, caplog) -> None:
    from django.utils import timezone

    from balm.web.cases import clocks, notices
    from balm.web.cases.models import Alarm, Case

    now = timezone.now()
    state = {"opened": now - dt.timedelta(days=30), "began": now - dt.timedelta(days=30)}
    for n in (1, 2, 3):  # the first is due the longest
        when = now - dt.timedelta(minutes=9 - n)
        Case.objects.create(workspace=workspace, number=n, source="hand", next_change=when, **state)
    real = notices.alarm

    def alarm(case: Case, *rest: object) -> None:
        if case.number == 1:
            raise ValueError("a row that cannot be told of")
        real(case, *rest)

    monkeypatch.setattr(notices, "alarm", alarm)
    assert clocks.run(now, most=1) == 1
    assert clocks.run(now) == 2
    assert clocks.run(now) == 0
    assert "its clock could not be dealt with" in caplog.text
    assert set(Alarm.objects.values_list("case__number", flat=True)) == {2, 3}
    monkeypatch.setattr(notices, "alarm", real)
    assert clocks.run(now + clocks.AGAIN) == 1
    assert Alarm.objects.filter(case__number=1).count() == 5


def test_steps_of_two_promises_are_each_told_in_whatever_order_they_come(workspace, member) -> None:
    from balm.core.calendar import always
    from balm.mitigate.clock import Level, Policy, Priority, Target
    from balm.web.cases import clocks, desk, services
    from balm.web.cases.models import Alarm, Case
    from balm.web.deliveries.models import Delivery

    owner, manager = member("owner"), member("manager")
    desk.set_calendar(workspace, always().to_json(), owner)
    ladder = (Level("managers", 5.0, of="first"), Level("managers", 1.0))
    desk.save_policy(workspace, Policy("Short", {Priority.NORMAL: Target(60, 120)}, ladder), owner, usual=True)
    case = services.open_case(workspace, source="hand", by=owner)
    for seconds in (130, 310):
        clocks.run(case.opened + dt.timedelta(seconds=seconds))
    assert Case.objects.get().level == 2
    names = set(Alarm.objects.filter(name__startswith="level").values_list("name", flat=True))
    assert names == {"level:first:5:0:managers", "level:solve:1:0:managers"}
    told = Delivery.objects.filter(user=manager, purpose="case.escalated")
    assert {key.rpartition(":")[0] for key in told.values_list("key", flat=True)} == {
        f"case.{name}:{case.number}" for name in names
    }


def test_an_alarm_and_a_second_complaint_do_not_wait_for_each_other(workspace, member, monkeypatch) -> None:
    """The alarm holds the case and writes messages of the workspace; the complaint holds the workspace's numbers and
    wants the case."""
    from django.utils import timezone

    from balm.web.cases import clocks, notices, services
    from balm.web.cases.models import Alarm, Case

    member("owner")  # who is told
    said = {"source": "rule", "customer": "c1", "themes": ["delivery.late"]}
    services.open_case(workspace, **said, feedback_id="f1")
    now = timezone.now()
    Case.objects.update(opened=now - dt.timedelta(days=30), began=now - dt.timedelta(days=30), next_change=now)
    faults: list[BaseException] = []
    held, real = threading.Event(), notices.alarm

    def slowly(*rest: object) -> None:
        held.set()
        time.sleep(0.3)
        real(*rest)

    def join() -> None:
        try:
            assert held.wait(15)
            services.open_case(workspace, **said, feedback_id="f2")
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(notices, "alarm", slowly)
    thread = threading.Thread(target=join)
    thread.start()
    try:
        assert clocks.run(now) == 1
    finally:
        thread.join(40)
    assert faults == []
    assert Alarm.objects.count() == 5
    assert Case.objects.get().comments.count() == 2
