"""Asking for work, and taking it back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from balm.web.jobs.models import Job
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

log = logging.getLogger(__name__)

State, Reason = Job.State, Job.Reason

Tell = Callable[[str, int, int], None]
"""Called with the stage, what is done and what there is."""

Handler = Callable[[Job, Tell], None]

HANDLERS: dict[str, Handler] = {}
"""Kind of job → what does it. Filled by the modules `work.py` of the apps."""

GAVE_UP: dict[str, Callable[[Job], None]] = {}
"""Kind of job → what is told, in the same transaction, that it failed for good or was canceled."""

FIRST: set[str] = set()
"""Kinds of jobs that are done before what else waits in the workspace."""

asked = threading.Event()
"""Set when somebody in this process asked for work, so that a worker in it need not wait for its next look."""


class Lost(Exception):
    """Another worker has taken the job over, or it was canceled: this run may write nothing more."""


def handler(
    kind: str, *, gave_up: Callable[[Job], None] | None = None, first: bool = False
) -> Callable[[Handler], Handler]:
    """Register what does jobs of a kind. It may run again after a crash and must then come to the same end.

    `gave_up` is called inside the transaction that marks such a job failed or canceled. `first`: short and urgent, done
    before what else waits in the workspace.
    """

    def decorate(function: Handler) -> Handler:
        HANDLERS[kind] = function
        if first:
            FIRST.add(kind)
        if gave_up:
            GAVE_UP[kind] = gave_up
        return function

    return decorate


def load_handlers() -> None:
    """Import `work.py` of every app."""
    autodiscover_modules("work")


def enqueue(
    workspace: Workspace,
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    key: str = "",
    asked_by: User | None = None,
) -> Job:
    """Ask for work, inside the caller's transaction. While a job with the same key waits, that one is the answer.

    It cannot begin before the caller's transaction ends, so it sees the change that it follows.
    """
    while True:
        try:
            with transaction.atomic():
                job = _waiting(workspace, key) or Job.objects.create(
                    workspace=workspace, kind=kind, key=key, payload=payload or {}, asked_by=asked_by
                )
        except IntegrityError:  # another process asked in the same moment
            if not key:
                raise
            continue
        transaction.on_commit(asked.set)
        return job


def _waiting(workspace: Workspace, key: str) -> Job | None:
    """The waiting job with this key, held: on PostgreSQL nobody can begin it until the caller's change is there."""
    if not key:
        return None
    return Job.objects.select_for_update().filter(workspace=workspace, key=key, state=State.WAITING).first()


@contextmanager
def mine(job: Job) -> Iterator[None]:
    """A transaction for what a handler writes last: it fails when the job is another worker's by now."""
    with transaction.atomic():
        held = Job.objects.filter(pk=job.pk, state=State.RUNNING, claim=job.claim, canceling=False)
        if not held.update(beat=Now()):
            raise Lost(str(job.pk))
        yield


@transaction.atomic
def cancel(job: Job, by: User | None = None) -> bool:
    """Cancel a job that waits, or ask the worker that runs it to stop. False where it had ended already."""
    load_handlers()
    found = Job.objects.select_for_update().get(pk=job.pk)
    if found.state not in (State.WAITING, State.RUNNING):
        return False
    record(found.workspace, by, "job.cancel", found.pk, kind=found.kind)
    if found.state == State.RUNNING:
        found.canceling = True
        found.save(update_fields=["canceling"])
    else:
        end(found, State.CANCELED, Reason.ASKED)
    return True


@transaction.atomic
def retry(job: Job, by: User | None = None) -> Job:
    """Begin a failed or canceled job anew, as if it had never been tried. Gives the job that does the work: another
    one where the same work waits already."""
    found = Job.objects.select_for_update().get(pk=job.pk)
    if found.state not in (State.FAILED, State.CANCELED):
        return found
    record(found.workspace, by, "job.retry", found.pk, kind=found.kind)
    if other := _waiting(found.workspace, found.key):
        end(found, State.CANCELED, Reason.REPLACED, tell=False)
        return other
    found.state, found.reason, found.error, found.canceling = State.WAITING, "", "", False
    found.attempts = found.failures = found.losses = found.done = found.total = 0
    found.not_before = found.finished = None
    found.save()
    transaction.on_commit(asked.set)
    return found


def end(job: Job, state: str, reason: str = "", error: str = "", *, tell: bool = True) -> None:
    """Write down how a job ended, inside the caller's transaction, and tell who asked to be told."""
    job.state, job.reason, job.error = state, reason, error
    job.finished, job.claim, job.canceling = timezone.now(), None, False
    job.save(update_fields=["state", "reason", "error", "finished", "claim", "canceling"])
    if tell and state in (State.FAILED, State.CANCELED) and reason != Reason.REPLACED and job.kind in GAVE_UP:
        try:
            with transaction.atomic():
                GAVE_UP[job.kind](job)
        except Exception:  # a fault of the one who is told must not keep the job from ending
            log.exception("job %s (%s): its end could not be told", job.pk, job.kind)
