"""Does the work: takes jobs, keeps its claims alive, and lets go of them when it is told to stop."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone

from balm.core.errors import BalmError
from balm.web.jobs import claims, locks, services
from balm.web.jobs.apart import CURRENT, ChildDied
from balm.web.jobs.clock import Clock
from balm.web.jobs.models import Job
from balm.web.jobs.models import Worker as Row
from balm.web.jobs.services import HANDLERS, Lost, Reason

log = logging.getLogger(__name__)

SLOTS = 2
"""Jobs at a time, of different workspaces."""

LOOK_EVERY = 1.0
BEAT_EVERY = 3.0
TELL_EVERY = 1.0
"""Seconds between two looks for work, two beats, and two notes of how far a job is."""

_BROKEN = (DatabaseError, InterfaceError)


class Stopped(Exception):
    """The worker stops, or somebody canceled the job."""


class Run:
    """One job while it is done here."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.lock: Path | None = locks.of_workspace(job.workspace_id)
        self.over: type[Exception] | None = None  # what to raise at the next look
        self._told = ("", 0.0)

    def check(self) -> None:
        if self.over is not None:
            raise self.over(str(self.job.pk))

    def tell(self, stage: str, done: int, total: int) -> None:
        """Write down how far the job is, now and then. Raises when it is not wanted any more."""
        self.check()
        now = time.monotonic()
        if stage == self._told[0] and now - self._told[1] < TELL_EVERY:
            return
        self._told = (stage, now)
        mine = Job.objects.filter(pk=self.job.pk, claim=self.job.claim)
        with suppress(*_BROKEN):  # a note may be late; the job goes on
            mine.update(stage=stage[:40], done=done, total=total)

    def do(self) -> None:
        """Do the job and write down how it ended."""
        token = CURRENT.set(self)
        job = self.job
        try:
            HANDLERS[job.kind](job, self.tell)
        except Lost:
            log.warning("job %s (%s) is another worker's now", job.pk, job.kind)
        except Stopped:
            claims.stopped(job)
        except BalmError as error:
            claims.failed(job, Reason.REFUSED, str(error))
        except ChildDied as error:
            log.error("job %s (%s): %s", job.pk, job.kind, error)
            claims.failed(job, Reason.DIED, str(error))
        except Exception:
            log.exception("job %s (%s) failed", job.pk, job.kind)
            claims.failed(job, Reason.UNEXPECTED)
        else:
            claims.done(job)
        finally:
            CURRENT.reset(token)


class Worker:
    """Takes jobs until it is stopped. `slots`: how many at a time; `lease`: seconds until others take over; `ticks`:
    whether it also does what has to happen by a time of day."""

    def __init__(self, *, slots: int = SLOTS, lease: float = claims.LEASE, ticks: bool = True) -> None:
        self.name = f"{socket.gethostname()[:50]}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.slots, self.lease, self.ticks = slots, lease, ticks
        self._runs: dict[uuid.UUID, Run] = {}
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._quiet = threading.Event()  # everything has ended: no beat is needed any more
        self._lock = locks.of_worker(self.name)

    def stop(self) -> None:
        """Take no more jobs; what runs goes back to the queue."""
        self._stop.set()
        services.asked.set()

    def run(self) -> None:
        """Work until `stop`. To be called once."""
        services.load_handlers()
        with suppress(OSError):  # without locks the beat has to do
            self._lock.take()
        beating = threading.Thread(target=self._beat, name="balm beat", daemon=True)
        beating.start()
        clock = Clock()
        if self.ticks:
            clock.start()
        pruned = -1e9
        try:
            while not self._stop.is_set():
                services.asked.clear()
                try:
                    claims.take_over(self.name, self.lease, list(self._runs))
                    while len(self._runs) < self.slots and (job := claims.claim(self.name)):
                        self._start(job)
                    if time.monotonic() - pruned > 3600:
                        claims.prune()
                        pruned = time.monotonic()
                except Exception:  # the database went away, or a fault of ours: whatever it is, work must go on
                    log.exception("looking for work failed; trying again")
                close_old_connections()
                services.asked.wait(LOOK_EVERY)
        finally:
            clock.stop()
            self._end()
            beating.join()
            connection.close()

    def _start(self, job: Job) -> None:
        run = Run(job)
        self._runs[job.claim] = run  # type: ignore[index]
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._do, args=(run,), name=f"balm job {job.kind}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _do(self, run: Run) -> None:
        try:
            run.do()
        except Exception:  # how it ended could not be written: it is found without its run, and done again
            log.exception("the end of job %s could not be written down", run.job.pk)
        finally:
            self._runs.pop(run.job.claim, None)  # type: ignore[arg-type]
            connection.close()
            services.asked.set()

    def _end(self) -> None:
        for run in list(self._runs.values()):
            run.over = run.over or Stopped
        for thread in self._threads:
            thread.join(timeout=20)
        self._quiet.set()
        with suppress(*_BROKEN):
            Row.objects.filter(name=self.name).delete()
        self._lock.release()
        locks.forget(self.name)

    # beats

    def _beat(self) -> None:
        now = timezone.now()
        last = time.monotonic()
        known = False
        while not self._quiet.is_set():
            try:
                known = known and Row.objects.filter(name=self.name).exists()  # others may have given me up
                if not known:
                    me = {"host": socket.gethostname()[:120], "pid": os.getpid(), "started": now}
                    Row.objects.update_or_create(name=self.name, defaults={**me, "beat": timezone.now()})
                    known = True
                asked = list(self._runs)
                self._renew(asked, claims.beat(self.name, asked))
                last = time.monotonic()
            except Exception:
                log.warning("a beat failed", exc_info=True)
            if time.monotonic() - last > self.lease * 0.8:  # others may have taken over by now
                self._renew(list(self._runs), {})
            close_old_connections()
            self._quiet.wait(min(BEAT_EVERY, self.lease / 5))
        connection.close()

    def _renew(self, asked: list[uuid.UUID], held: dict[uuid.UUID, bool]) -> None:
        for token in asked:
            run = self._runs.get(token)
            if run is not None and token not in held:
                run.over = Lost
            elif run is not None and held[token]:
                run.over = Stopped


def drain(limit: int = 100) -> int:
    """Do what waits, here and now, in this thread and its transaction; how many jobs that were. For tests and tools.

    What has to wait before another try is left waiting.
    """
    services.load_handlers()
    for count in range(limit):
        job = claims.claim("drain")
        if job is None:
            return count
        Run(job).do()
    raise RuntimeError(f"{limit} jobs were done and more are waiting: do they ask for each other?")
