"""A worker whose database takes nothing for a while, as on a full disk, works on once it does."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.db import OperationalError
from django.utils import timezone

from balm.web.jobs import claims, services
from balm.web.jobs.models import Job
from balm.web.jobs.models import Worker as Row
from balm.web.jobs.services import State, enqueue
from balm.web.jobs.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker():
    made = Worker()
    thread = threading.Thread(target=made.run)
    yield made, thread
    made.stop()
    thread.join(30)
    assert not thread.is_alive()


def until(true) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end, list(Job.objects.values_list("kind", "state", "reason", "losses"))
        time.sleep(0.05)


def test_a_job_whose_end_could_not_be_written_is_done_again(workspace, worker, monkeypatch) -> None:
    services.load_handlers()
    runs = []
    monkeypatch.setitem(services.HANDLERS, "try", lambda job, tell: runs.append(job.pk))
    done, failures = claims.done, iter(range(2))

    def full(job) -> bool:
        if next(failures, None) is None:
            return done(job)
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(claims, "done", full)
    job = enqueue(workspace, "try")
    worker[1].start()
    until(lambda: Job.objects.get(pk=job.pk).state == State.DONE)
    assert runs == [job.pk] * 3


def test_a_worker_does_not_give_itself_up(workspace, worker) -> None:
    made, thread = worker
    thread.start()
    until(lambda: Row.objects.filter(name=made.name).exists())
    Row.objects.filter(name=made.name).update(beat=timezone.now() - dt.timedelta(hours=1))
    claims.take_over(made.name)
    assert Row.objects.filter(name=made.name).exists()
    Row.objects.all().delete()  # another worker thought it gone
    until(lambda: Row.objects.filter(name=made.name).exists())


def test_looking_at_pages_writes_nothing(workspace, client_of, monkeypatch) -> None:
    """A page can be read on a full disk."""
    client = client_of("owner")
    client.get("/w/lamps/settings/")
    saved = client.session.get("workspace")
    from django.contrib.sessions.backends.db import SessionStore

    def refuse(self, must_create: bool = False) -> None:
        raise AssertionError("a look at a page was written down")

    monkeypatch.setattr(SessionStore, "save", refuse)
    assert saved == "lamps" and client.get("/w/lamps/settings/").status_code == 200
    assert client.get("/w/lamps/imports/").status_code == 200
