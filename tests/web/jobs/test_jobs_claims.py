"""Asking for work, and who may do it. Each rule is the database's, so two workers cannot both be right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from balm.core.errors import InputRefused, WrongUse
from balm.web.jobs import claims, locks, services
from balm.web.jobs.apart import ChildDied
from balm.web.jobs.models import Job, Worker
from balm.web.jobs.services import Lost, Reason, State, cancel, enqueue, mine, retry
from balm.web.jobs.worker import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """`handle(function, gave_up)`: what does jobs of the kind "try"."""
    services.load_handlers()

    def register(function: services.Handler, gave_up: Callable[[Job], None] | None = None) -> None:
        monkeypatch.setitem(services.HANDLERS, "try", function)
        if gave_up:
            monkeypatch.setitem(services.GAVE_UP, "try", gave_up)

    return register


def again(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def due(job: Job) -> None:
    """The wait before the next try is over."""
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - dt.timedelta(seconds=1))


def silent(job: Job, seconds: float) -> None:
    Job.objects.filter(pk=job.pk).update(beat=timezone.now() - dt.timedelta(seconds=seconds))


def test_while_one_waits_the_same_work_is_asked_for_once(workspace, other_workspace) -> None:
    first = enqueue(workspace, "try", key="same")
    assert enqueue(workspace, "try", key="same") == first
    assert enqueue(workspace, "try", key="else") != first
    assert enqueue(other_workspace, "try", key="same") != first
    assert enqueue(workspace, "try") != enqueue(workspace, "try")
    claims.claim("w", None)
    assert enqueue(workspace, "try", key="same") != first  # that one runs: it may have read what has changed since


def test_work_is_asked_for_together_with_its_cause(workspace) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue(workspace, "try")
        raise RuntimeError("the change failed")
    assert not Job.objects.exists()


def test_one_job_of_a_workspace_at_a_time_oldest_first(workspace, other_workspace) -> None:
    mine_first, mine_second = enqueue(workspace, "try"), enqueue(workspace, "try")
    theirs = enqueue(other_workspace, "try")
    assert claims.claim("a") == mine_first
    assert claims.claim("b") == theirs
    assert claims.claim("c") is None
    assert claims.done(again(mine_first))
    assert claims.claim("c") == mine_second


def test_a_workspace_with_much_to_do_does_not_keep_the_others_waiting(workspace, other_workspace) -> None:
    for _ in range(3):
        enqueue(workspace, "try")
    late = enqueue(other_workspace, "try")
    claims.done(claims.claim("a"))
    assert claims.claim("a") == late


def test_the_database_refuses_a_second_running_job_of_a_workspace(workspace) -> None:
    enqueue(workspace, "try")
    second = enqueue(workspace, "try")
    claims.claim("a")
    assert claims._take(second.pk, "b") is None
    assert again(second).state == State.WAITING


def test_a_job_is_done(workspace, handle) -> None:
    seen = []
    handle(lambda job, tell: (tell("read", 1, 2), seen.append(job.payload)))
    job = enqueue(workspace, "try", {"n": 1})
    assert drain() == 1
    job = again(job)
    assert (job.state, job.stage, job.done, job.total, job.attempts) == (State.DONE, "read", 1, 2, 1)
    assert seen == [{"n": 1}]
    assert job.finished


@pytest.mark.parametrize("error", [InputRefused("a.csv: no text"), WrongUse("no such column")])
def test_what_a_person_must_mend_is_not_tried_again(workspace, handle, error) -> None:
    gave_up = []

    def do(job, tell):
        raise error

    handle(do, gave_up.append)
    job = enqueue(workspace, "try")
    drain()
    job = again(job)
    assert (job.state, job.reason, job.error, job.attempts) == (State.FAILED, Reason.REFUSED, str(error), 1)
    assert gave_up == [job]


def test_what_nobody_expected_is_tried_again_ever_later_and_then_failed(workspace, handle) -> None:
    gave_up = []

    def do(job, tell):
        raise ValueError("secret of a customer")

    handle(do, gave_up.append)
    job = enqueue(workspace, "try", key="k")
    waits = []
    for attempt in range(1, 5):
        assert drain() == 1
        assert again(job).attempts == attempt
        assert drain() == 0
        if again(job).state == State.WAITING:
            waits.append((again(job).not_before - timezone.now()).total_seconds())
            due(job)
    assert len(waits) == 3
    assert waits == sorted(waits)
    assert waits[0] > 1
    job = again(job)
    assert (job.state, job.reason, job.error) == (State.FAILED, Reason.UNEXPECTED, "")  # the log has it, pages do not
    assert gave_up == [job]


def test_a_job_whose_process_dies_three_times_is_failed(workspace, handle) -> None:
    def do(job, tell):
        raise ChildDied("memory ran out")

    handle(do)
    job = enqueue(workspace, "try")
    for _ in range(2):
        drain()
        assert again(job).state == State.WAITING
        due(job)
    drain()
    assert (again(job).state, again(job).reason, again(job).error) == (State.FAILED, Reason.DIED, "memory ran out")


def test_a_failed_job_does_not_hold_up_the_others(workspace, handle) -> None:
    def do(job, tell):
        if job.payload.get("bad"):
            raise ValueError

    handle(do)
    bad, good = enqueue(workspace, "try", {"bad": True}), enqueue(workspace, "try")
    drain()
    assert (again(bad).state, again(good).state) == (State.WAITING, State.DONE)


def test_a_silent_worker_loses_its_job_and_can_write_nothing_more(workspace) -> None:
    job = enqueue(workspace, "try")
    old = claims.claim("old")
    assert claims.take_over("new") == 0
    silent(job, claims.LEASE + 1)
    assert claims.take_over("new") == 1
    new = claims.claim("new")
    assert new == old
    assert new.claim != old.claim
    assert claims.beat("old", [old.claim]) == {}
    assert not claims.done(old)
    assert not claims.failed(old, Reason.UNEXPECTED)
    claims.stopped(old)
    with pytest.raises(Lost), mine(old):
        workspace.name = "written by one that was thought dead"
        workspace.save()
    assert again(job).state == State.RUNNING
    with mine(new):
        pass
    assert claims.beat("new", [new.claim]) == {new.claim: False}
    assert claims.done(new)


def test_what_a_lost_run_wrote_is_rolled_back(workspace) -> None:
    enqueue(workspace, "try")
    job = claims.claim("w")
    with pytest.raises(ValueError, match="x"), mine(job):
        workspace.name = "half"
        workspace.save()
        raise ValueError("x")
    workspace.refresh_from_db()
    assert workspace.name != "half"


@pytest.mark.skipif(locks.fcntl is None, reason="the system has no such locks")
def test_a_dead_worker_on_this_machine_is_known_at_once(workspace) -> None:
    lock = locks.of_worker("w1")
    assert lock.take()
    enqueue(workspace, "try")
    job = claims.claim("w1")
    Worker.objects.create(name="w1", host="h", pid=1, started=timezone.now(), beat=timezone.now())
    assert claims.take_over("w2") == 0
    lock.release()  # as the system does when a process dies
    assert claims.take_over("w2") == 1
    assert again(job).state == State.WAITING
    assert not Worker.objects.exists()
    assert not lock.path.exists()


def test_workers_that_go_again_and_again_end_in_failure(workspace, handle) -> None:
    gave_up = []
    handle(lambda job, tell: None, gave_up.append)
    job = enqueue(workspace, "try")
    for _ in range(claims.LOSSES):
        assert again(job).state == State.WAITING
        claims.claim("w")
        silent(job, 100)
        claims.take_over("other")
    assert (again(job).state, again(job).reason) == (State.FAILED, Reason.DIED)
    assert gave_up == [job]


def test_interrupted_work_that_waits_once_more_is_done_once(workspace) -> None:
    first = enqueue(workspace, "try", key="k")
    held = claims.claim("w")
    second = enqueue(workspace, "try", key="k")
    claims.stopped(held)
    assert (again(first).state, again(first).reason) == (State.CANCELED, Reason.REPLACED)
    assert again(second).state == State.WAITING


def test_canceling(workspace, member, handle) -> None:
    from balm.web.people.models import AuditEntry

    gave_up = []
    handle(lambda job, tell: None, gave_up.append)
    by = member("analyst")
    waiting = enqueue(workspace, "try")
    assert cancel(waiting, by)
    assert (again(waiting).state, again(waiting).reason) == (State.CANCELED, Reason.ASKED)
    running = enqueue(workspace, "try")
    held = claims.claim("w")
    assert cancel(running, by)
    assert claims.beat("w", [held.claim]) == {held.claim: True}
    with pytest.raises(Lost), mine(held):
        pass
    claims.stopped(held)
    assert again(running).state == State.CANCELED
    assert gave_up == [waiting, running]
    assert not cancel(running, by)
    assert AuditEntry.objects.filter(action="job.cancel", actor=by).count() == 2


def test_a_canceled_job_whose_worker_died_is_not_begun_again(workspace) -> None:
    job = enqueue(workspace, "try")
    claims.claim("w")
    cancel(job)
    silent(job, 100)
    claims.take_over("other")
    assert again(job).state == State.CANCELED


def test_trying_a_failed_job_again(workspace, member, handle) -> None:
    tries = []

    def do(job, tell):
        tries.append(job)
        if len(tries) == 1:
            raise InputRefused("not yet")

    handle(do)
    job = enqueue(workspace, "try", key="k")
    drain()
    by = member("manager")
    assert retry(again(job), by) == job
    assert again(job).state == State.WAITING
    assert again(job).error == ""
    drain()
    assert again(job).state == State.DONE
    assert retry(again(job), by) == job
    assert again(job).state == State.DONE


def test_trying_again_what_waits_already_is_not_doing_it_twice(workspace) -> None:
    failed = enqueue(workspace, "try", key="k")
    claims.failed(claims.claim("w"), Reason.REFUSED, "no")
    waiting = enqueue(workspace, "try", key="k")
    assert retry(failed) == waiting
    assert again(failed).state == State.CANCELED


def test_a_kind_that_nobody_does_fails_and_the_log_says_so(workspace, caplog) -> None:
    job = enqueue(workspace, "nobody's")
    drain()
    assert again(job).reason == Reason.UNEXPECTED
    assert "nobody's" in caplog.text


def test_old_ends_are_forgotten_failures_are_not(workspace) -> None:
    long_ago = timezone.now() - dt.timedelta(days=40)
    made = {state: enqueue(workspace, "try") for state in (State.DONE, State.CANCELED, State.FAILED, State.WAITING)}
    for state, job in made.items():
        Job.objects.filter(pk=job.pk).update(state=state, finished=long_ago)
    recent = enqueue(workspace, "try")
    Job.objects.filter(pk=recent.pk).update(state=State.DONE, finished=timezone.now())
    claims.prune()
    assert set(Job.objects.all()) == {made[State.FAILED], made[State.WAITING], recent}


def test_one_who_is_told_badly_does_not_keep_the_job_from_ending(workspace, handle, caplog) -> None:
    def told(job: Job) -> None:
        workspace.name = "half told"
        workspace.save()
        raise ValueError("told")

    def do(job, tell):
        raise InputRefused("no")

    handle(do, told)
    job = enqueue(workspace, "try")
    drain()
    assert again(job).state == State.FAILED
    workspace.refresh_from_db()
    assert workspace.name != "half told"
    assert "could not be told" in caplog.text


def test_what_is_urgent_goes_before_what_waited_longer_but_not_before_another_workspaces_turn(
    workspace, other_workspace
) -> None:
    services.load_handlers()
    assert "open_cases" in services.FIRST
    slow = enqueue(workspace, "import")
    urgent = enqueue(workspace, "open_cases")
    other = enqueue(other_workspace, "import")
    assert {claims.claim("w"), claims.claim("w")} == {urgent, other}
    claims.done(Job.objects.get(pk=urgent.pk))
    assert claims.claim("w") == slow
