"""Who does which job: claims by compare-and-swap, kept by a beat, taken over from who is gone.

The database alone decides. Every change says which claim it rests on, so a worker that was thought dead and comes back
can change nothing; and the database refuses a second running job of one workspace.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Now

from balm.web.jobs import locks
from balm.web.jobs.models import Job, Worker
from balm.web.jobs.services import FIRST, Reason, State, end

LEASE = 15.0
"""Seconds without a beat after which a worker counts as gone; where its lock can be tried, that tells at once."""

WAITS = (5.0, 30.0, 120.0)
"""Seconds before the second, third and fourth try of a job that failed."""

DEATHS = 3
"""A job is failed when its process died so many times: it would not be the last."""

LOSSES = 10
"""A job is failed when so many workers were gone while they had it. More than `DEATHS`: the work is done in a process
of its own, so it is rarely to blame for what becomes of the worker."""


def claim(worker: str, kinds: Collection[str] | None = None) -> Job | None:
    """Begin the next job: of the workspace whose last turn is longest ago, an urgent one, else the oldest.

    None when there is none.
    """
    running = Job.objects.filter(workspace=OuterRef("workspace"), state=State.RUNNING)
    turns = Job.objects.filter(workspace=OuterRef("workspace")).order_by().values("workspace")
    ready = Job.objects.filter(Q(not_before=None) | Q(not_before__lte=Now()), ~Exists(running), state=State.WAITING)
    if kinds is not None:
        ready = ready.filter(kind__in=kinds)
    ready = ready.annotate(
        turn=Subquery(turns.annotate(last=Max("started")).values("last")),
        rank=Case(When(kind__in=FIRST or {""}, then=0), default=1),
    )
    for pk in ready.order_by(F("turn").asc(nulls_first=True), "rank", "created").values_list("pk", flat=True)[:8]:
        if job := _take(pk, worker):
            return job
    return None


def _take(pk: uuid.UUID, worker: str) -> Job | None:
    token = uuid.uuid4()
    try:
        with transaction.atomic():
            taken = Job.objects.filter(pk=pk, state=State.WAITING).update(
                state=State.RUNNING,
                worker=worker,
                claim=token,
                beat=Now(),
                started=Now(),
                attempts=F("attempts") + 1,
                stage="",
                done=0,
                total=0,
                canceling=False,
            )
    except IntegrityError:  # another worker began a job of the same workspace in this moment
        return None
    return Job.objects.select_related("workspace", "asked_by").get(pk=pk) if taken else None


def beat(worker: str, claims: Collection[uuid.UUID]) -> dict[uuid.UUID, bool]:
    """Say that the worker is alive. Gives the claims that still hold, each with whether somebody asked to stop it."""
    Worker.objects.filter(name=worker).update(beat=Now())
    held = Job.objects.filter(state=State.RUNNING, claim__in=claims)
    held.update(beat=Now())
    return dict(held.values_list("claim", "canceling"))


def done(job: Job) -> bool:
    """Mark a job done; False when it is not ours any more."""
    with transaction.atomic():
        if held := _held(job.pk, job.claim):
            end(held, State.DONE)
    return held is not None


def failed(job: Job, reason: str, error: str = "") -> bool:
    """A run failed: try again later, or fail for good. False when the job is not ours any more."""
    with transaction.atomic():
        held = _held(job.pk, job.claim)
        if held is None:
            return False
        held.failures += 1
        held.save(update_fields=["failures"])
        last = DEATHS if reason == Reason.DIED else len(WAITS) + 1
        if held.canceling:
            end(held, State.CANCELED, Reason.ASKED)
        elif reason == Reason.REFUSED or held.failures >= last:
            end(held, State.FAILED, reason, error)
        else:
            _again(held, wait=WAITS[held.failures - 1], reason=reason, error=error)
    return True


def stopped(job: Job) -> None:
    """The worker stops, or somebody canceled the job: it waits for another worker, or ends."""
    with transaction.atomic():
        if held := _held(job.pk, job.claim):
            _stop(held)


def _stop(held: Job) -> None:
    if held.canceling:
        end(held, State.CANCELED, Reason.ASKED)
    else:
        _again(held)


def take_over(me: str, lease: float = LEASE, mine: Collection[uuid.UUID] = ()) -> int:
    """Put jobs of workers that are gone back in the queue; how many there were.

    `mine`: the claims that `me` works for. A job that says it is mine and is not among them is one whose end could not
    be written down, for want of room on the disk, say: nobody else would ever take it.
    """
    running = Job.objects.filter(state=State.RUNNING).exclude(worker=me, claim__in=mine)
    others = running.exclude(worker=me).values_list("worker", flat=True).distinct()
    gone = {name for name in others if locks.left(name)} | {me}
    late = Q(beat__lt=Now() - dt.timedelta(seconds=lease)) | Q(beat=None)
    found = 0
    for pk, token in list(running.filter(late | Q(worker__in=gone)).values_list("pk", "claim")):
        with transaction.atomic():
            held = _held(pk, token)
            if held is None:
                continue
            found += 1
            held.losses += 1
            held.save(update_fields=["losses"])
            if held.losses >= LOSSES and not held.canceling:
                end(held, State.FAILED, Reason.DIED)
            else:
                _stop(held)
    _forget(gone, lease, me)
    return found


def _forget(gone: Collection[str], lease: float, me: str) -> None:
    late = Worker.objects.filter(beat__lt=Now() - dt.timedelta(seconds=lease))
    for name in {*gone, *late.values_list("name", flat=True)} - {me}:  # my own beat may have failed for a while
        Worker.objects.filter(name=name).delete()
        locks.forget(name)


def _again(held: Job, wait: float = 0.0, reason: str = "", error: str = "") -> None:
    """Back to the queue. Where the same work waits there already, that is enough."""
    again: QuerySet[Job] = Job.objects.filter(pk=held.pk, claim=held.claim)
    try:
        with transaction.atomic():
            again.update(
                state=State.WAITING,
                claim=None,
                reason=reason,
                error=error,
                not_before=Now() + dt.timedelta(seconds=wait) if wait else None,
            )
    except IntegrityError:
        end(held, State.CANCELED, Reason.REPLACED)


def _held(pk: uuid.UUID, token: uuid.UUID | None) -> Job | None:
    return Job.objects.select_for_update().filter(pk=pk, claim=token, state=State.RUNNING).first()


def prune(days: int = 30) -> None:
    """Forget jobs that ended long ago; failed ones stay until somebody has looked."""
    ended = Job.objects.filter(state__in=(State.DONE, State.CANCELED))
    ended.filter(finished__lt=Now() - dt.timedelta(days=days)).delete()
