"""Workers as they run: threads in this process, and processes that are killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from django.db import connection

from balm.web.jobs import services
from balm.web.jobs.models import Job
from balm.web.jobs.models import Worker as Row
from balm.web.jobs.services import Reason, State, enqueue
from balm.web.jobs.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def working() -> Iterator[Callable[..., Worker]]:
    """`working(slots=1)`: a worker that works until the test ends."""
    made: list[tuple[Worker, threading.Thread]] = []

    def go(**options: float) -> Worker:
        worker = Worker(**options)  # type: ignore[arg-type]
        thread = threading.Thread(target=worker.run)
        made.append((worker, thread))
        thread.start()
        return worker

    yield go
    for worker, thread in made:
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[services.Handler], None]:
    services.load_handlers()
    return lambda function: monkeypatch.setitem(services.HANDLERS, "try", function)


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, list(Job.objects.values_list("kind", "state", "reason", "error"))
        time.sleep(0.05)


def state_of(job: Job) -> str:
    return Job.objects.get(pk=job.pk).state


def test_two_workers_do_each_job_once_and_one_workspace_one_after_another(
    workspace, other_workspace, handle, working
) -> None:
    spans: list[tuple[int, float, float]] = []

    def do(job: Job, tell: services.Tell) -> None:
        start = time.monotonic()
        time.sleep(0.05)
        spans.append((job.workspace_id, start, time.monotonic()))

    handle(do)
    for _ in range(6):
        enqueue(workspace, "try")
        enqueue(other_workspace, "try")
    working(), working()
    until(lambda: Job.objects.filter(state=State.DONE).count() == 12, 30)
    assert len(spans) == 12
    for place in (workspace.pk, other_workspace.pk):
        mine = sorted((start, end) for which, start, end in spans if which == place)
        assert all(before[1] <= after[0] for before, after in pairwise(mine))


def test_different_workspaces_side_by_side(workspace, other_workspace, handle, working) -> None:
    together = threading.Barrier(2, timeout=20)
    handle(lambda job, tell: together.wait())
    jobs = [enqueue(workspace, "try"), enqueue(other_workspace, "try")]
    working()
    until(lambda: all(state_of(job) == State.DONE for job in jobs), 25)


def test_a_worker_that_stops_gives_its_job_back(workspace, handle, working) -> None:
    begun = threading.Event()

    def do(job: Job, tell: services.Tell) -> None:
        for step in range(2000):
            tell("step", step, 2000)
            begun.set()
            time.sleep(0.01)

    handle(do)
    job = enqueue(workspace, "try", key="k")
    worker = working()
    assert begun.wait(15)
    until(Row.objects.exists)
    worker.stop()
    until(lambda: state_of(job) == State.WAITING)
    until(lambda: not Row.objects.exists())
    again = Job.objects.get(pk=job.pk)
    assert (again.failures, again.losses, again.reason) == (0, 0, "")


def test_canceling_stops_what_runs(workspace, handle, working) -> None:
    begun = threading.Event()

    def do(job: Job, tell: services.Tell) -> None:
        while True:
            tell("step", 0, 0)
            begun.set()
            time.sleep(0.01)

    handle(do)
    job = enqueue(workspace, "try")
    working(lease=2.0)
    assert begun.wait(15)
    assert services.cancel(job)
    until(lambda: state_of(job) == State.CANCELED)


def test_a_worker_that_was_thought_dead_stops_its_run(workspace, handle, working) -> None:
    ended: list[type[BaseException]] = []
    begun = threading.Event()

    def do(job: Job, tell: services.Tell) -> None:
        try:
            for _ in range(1000):
                tell("step", 0, 0)
                begun.set()
                time.sleep(0.01)
        except BaseException as error:
            ended.append(type(error))
            raise

    handle(do)
    job = enqueue(workspace, "try")
    working(lease=2.0)
    assert begun.wait(15)
    Job.objects.filter(pk=job.pk).update(claim=None, state=State.FAILED)  # as another worker would
    until(lambda: bool(ended))
    assert ended == [services.Lost]
    assert state_of(job) == State.FAILED


def test_how_far_a_job_is_can_be_seen_while_it_runs(workspace, handle, working) -> None:
    seen = threading.Event()

    def do(job: Job, tell: services.Tell) -> None:
        tell("read", 5, 10)
        assert seen.wait(15)

    handle(do)
    job = enqueue(workspace, "try")
    working()
    until(lambda: Job.objects.filter(pk=job.pk, stage="read", done=5, total=10).exists())
    seen.set()
    until(lambda: state_of(job) == State.DONE)


def test_work_is_begun_at_once_when_it_is_asked_for_here(workspace, handle, working, monkeypatch) -> None:
    monkeypatch.setattr("balm.web.jobs.worker.LOOK_EVERY", 60.0)
    handle(lambda job, tell: None)
    working()
    until(Row.objects.exists)
    time.sleep(0.3)
    job = enqueue(workspace, "try")
    until(lambda: state_of(job) == State.DONE, 5)


def test_a_worker_outlives_what_its_database_does(workspace, handle, working, monkeypatch, caplog) -> None:
    from django.db import OperationalError

    from balm.web.jobs import claims

    real, failed = claims.take_over, []

    def once(*args: object) -> int:
        if len(failed) < 2:
            failed.append(1)
            raise OperationalError("the server went away")
        return real(*args)

    monkeypatch.setattr(claims, "take_over", once)
    handle(lambda job, tell: None)
    job = enqueue(workspace, "try")
    working()
    until(lambda: state_of(job) == State.DONE)
    assert "trying again" in caplog.text


def test_asking_while_the_job_is_being_begun_is_not_lost(workspace, handle) -> None:
    """The change and its job are seen together: a run that began before the change ended is followed by another."""
    from django.db import transaction

    from balm.web.jobs import claims

    first = enqueue(workspace, "try", key="k")
    began: list[object] = []

    def claim() -> None:
        began.append(claims.claim("w"))
        connection.close()

    with transaction.atomic():
        workspace.name = "changed"
        workspace.save()
        assert enqueue(workspace, "try", key="k") == first
        thread = threading.Thread(target=claim)
        thread.start()
        time.sleep(0.4)
        assert began == []  # it waits for this transaction
    thread.join(40)
    assert began == [first]
    assert Job.objects.get().workspace.name == "changed"
    assert Reason.REPLACED not in Job.objects.values_list("reason", flat=True)
