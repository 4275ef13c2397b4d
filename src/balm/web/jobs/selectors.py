"""What runs, what waits, what failed, and whether there is room."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from dataclasses import astuple, dataclass
from functools import cached_property
from hashlib import blake2s
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import get_language

from balm.core.version import __version__
from balm.web.jobs import claims, words
from balm.web.jobs.models import Job, Worker
from balm.web.jobs.services import Reason, State
from balm.web.painpoints.models import Figures
from balm.web.people.models import Workspace
from balm.web.site.paths import data_dir, workspace_dir

SHOWN = 20


def tag_of(*values: Any) -> str:
    """An ETag of values and of the reader's language."""
    return f'"{blake2s(repr((get_language(), *values)).encode(), digest_size=12).hexdigest()}"'


@dataclass(frozen=True)
class Now:
    """What a page of figures says about their freshness. `seen`: the figures it shows, 0 for none."""

    figures: int
    as_of: dt.datetime | None
    seen: int
    kind: str
    stage: str
    done: int
    total: int
    waiting: int
    failed: bool

    @property
    def working(self) -> bool:
        return bool(self.kind or self.waiting)

    @property
    def fresh(self) -> bool:
        """There are other figures than those of the page."""
        return self.figures != self.seen

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    @cached_property
    def tag(self) -> str:
        return tag_of(*astuple(self))


def now_of(workspace: Workspace, seen: int | None = None) -> Now:
    """How fresh the figures are. `seen`: those that the reader has before her; None: the newest."""
    newest = Figures.objects.filter(workspace=workspace).values_list("pk", "as_of", "created").first()
    figures, as_of, created = newest or (0, None, None)
    jobs = Job.objects.filter(workspace=workspace, kind__in=words.DOING)
    running = jobs.filter(state=State.RUNNING).values_list("kind", "stage", "done", "total").first()
    waiting = jobs.filter(state=State.WAITING).count()
    last = jobs.filter(kind="refresh", state__in=(State.DONE, State.FAILED)).order_by("-finished")
    ended = last.values_list("state", "finished").first()
    failed = bool(ended and ended[0] == State.FAILED and (created is None or ended[1] > created))
    kind, stage, done, total = running or ("", "", 0, 0)
    return Now(figures, as_of, figures if seen is None else seen, kind, stage, done, total, waiting, failed)


@dataclass(frozen=True)
class Health:
    """How the installation and one workspace are."""

    running: list[Job]
    waiting: list[Job]
    failed: list[Job]
    counts: dict[str, int]
    workers: list[tuple[Worker, bool]]
    free: int
    lake: int
    uploads: int
    last_import: Any
    figures: Figures | None
    database: str
    version: str

    @property
    def alive(self) -> bool:
        return any(alive for _worker, alive in self.workers)

    @property
    def low(self) -> bool:
        """Less room than an import and its analysis may take."""
        return self.free < 2 * 1024**3

    @property
    def tag(self) -> str:
        jobs = [
            (j.pk, j.state, j.stage, j.done, j.reason, j.canceling)
            for j in (*self.running, *self.waiting, *self.failed)
        ]
        workers = [(worker.pk, alive) for worker, alive in self.workers]
        room = (self.free >> 26, self.lake, self.uploads)  # to 64 MB: the rest moves all the time
        last = self.last_import and (self.last_import.pk, self.last_import.state)
        return tag_of(jobs, self.counts, workers, room, last, self.figures and self.figures.pk)


def health_of(workspace: Workspace) -> Health:
    """Everything that tells an analyst whether her figures will come."""
    from balm.web.feedback.models import Import

    jobs = Job.objects.filter(workspace=workspace).select_related("asked_by")
    by_state = dict(jobs.order_by().values_list("state").annotate(n=Count("pk")))
    ended = Import.objects.filter(workspace=workspace, finished__isnull=False)
    return Health(
        running=list(jobs.filter(state=State.RUNNING)),
        waiting=list(jobs.filter(state=State.WAITING).order_by("created")[:SHOWN]),
        failed=list(jobs.filter(_failed()).order_by("-finished")[:SHOWN]),
        counts={state: by_state.get(state, 0) for state in (State.WAITING, State.RUNNING, State.FAILED)},
        workers=_workers(),
        free=shutil.disk_usage(data_dir()).free,
        lake=_size(workspace_dir(workspace)),
        uploads=_uploads(workspace),
        last_import=ended.order_by("-finished").first(),
        figures=Figures.objects.filter(workspace=workspace).first(),
        database=_database(),
        version=__version__,
    )


def _failed() -> Q:
    return Q(state=State.FAILED) | Q(state=State.CANCELED, reason=Reason.ASKED)


def _workers() -> list[tuple[Worker, bool]]:
    late = timezone.now() - dt.timedelta(seconds=claims.LEASE)
    return [(worker, worker.beat >= late) for worker in Worker.objects.all()]


def _uploads(workspace: Workspace) -> int:
    from balm.web.feedback.models import Import
    from balm.web.feedback.upload import folder_of

    gone = (Import.State.DONE, Import.State.TAKEN_BACK)  # their files were removed
    tokens = Import.objects.filter(workspace=workspace).exclude(state__in=gone).values_list("path", flat=True)
    return sum(_size(folder_of(token)) for token in tokens)


def _size(folder: Path) -> int:
    """Bytes below a folder. Files may come and go meanwhile."""
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += Path(place, name).lstat().st_size
            except OSError:
                continue
    return total


def _database() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"
        cursor.execute("SELECT sqlite_version()")
        return f"SQLite {cursor.fetchone()[0]}"
