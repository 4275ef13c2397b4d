"""Work of this app in the background."""

from __future__ import annotations

from contextlib import suppress

from balm.core.errors import InputRefused
from balm.web.feedback import imports_apart as apart
from balm.web.feedback import imports_services as services
from balm.web.feedback import upload
from balm.web.feedback.imports_services import CLEAR, IMPORT, TAKE_BACK, State
from balm.web.feedback.models import Import
from balm.web.feedback.sealing import sealer
from balm.web.jobs.apart import run_apart
from balm.web.jobs.models import Job
from balm.web.jobs.services import Tell, handler, mine
from balm.web.site.paths import workspace_dir


def _of(job: Job) -> Import | None:
    """The import of a job, held until the transaction ends; None where it was deleted."""
    wanted = Import.objects.select_for_update().filter(workspace=job.workspace_id, pk=job.payload["import"])
    return wanted.first()


def _import_failed(job: Job) -> None:
    if item := _of(job):
        services.gave_up(item, job)


def _not_taken_back(job: Job) -> None:
    if item := _of(job):
        services.kept_after_all(item, job)


@handler(IMPORT, gave_up=_import_failed)
def import_file(job: Job, tell: Tell) -> None:
    """Read the file into the lake, then write down what came of it and ask for new figures."""
    with mine(job):
        item = _of(job)
        if item is None or item.state not in (State.WAITING, State.RUNNING, State.FAILED):
            return
        services.begun(item)
    folder = workspace_dir(job.workspace)
    try:
        counts = run_apart(
            apart.import_file,
            str(folder),
            services.file_of(item),
            item.columns,
            sealer(job.workspace),
            job.payload.get("drop", ""),
            tell=tell,
        )
    except InputRefused as error:
        with mine(job):
            if item := _of(job):
                services.refused(item, error.code, str(error), dict(error.facts))
        raise
    with mine(job):
        item = _of(job)
        if item is None:
            return
        services.done(item, counts)
    upload.remove(item.path)  # its words are in the lake now, redacted; the file itself has identifiers in it
    _sweep()


@handler(TAKE_BACK, gave_up=_not_taken_back)
def take_back(job: Job, tell: Tell) -> None:
    """Take an import out of the lake."""
    item = Import.objects.filter(workspace=job.workspace_id, pk=job.payload["import"]).first()
    if item is None or item.state != State.TAKING_BACK:
        return
    run_apart(apart.take_back, str(workspace_dir(job.workspace)), item.digest)
    with mine(job):
        item = _of(job)
        if item is None:
            return
        services.taken_back(item)
    upload.remove(item.path)


@handler(CLEAR)
def clear(job: Job, tell: Tell) -> None:
    """Take out of the lake what an import that failed half way left there; its file stays for another try."""
    item = Import.objects.filter(workspace=job.workspace_id, pk=job.payload["import"]).first()
    if item is not None and item.state == State.FAILED:
        run_apart(apart.take_back, str(workspace_dir(job.workspace)), item.digest)


def _sweep() -> None:
    with suppress(OSError):
        wanted = Import.objects.exclude(state__in=(State.DONE, State.TAKEN_BACK)).values_list("path", flat=True)
        upload.sweep(wanted)
