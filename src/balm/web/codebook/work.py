"""Work of this app in the background: previews of edits where there is much to read."""

from __future__ import annotations

from balm.web.codebook import drafts, reading
from balm.web.codebook.models import Draft
from balm.web.jobs.apart import run_apart
from balm.web.jobs.models import Job
from balm.web.jobs.services import Tell, handler, mine


def _of(job: Job) -> Draft | None:
    """The draft of a job, held until the transaction ends; None where it is gone or another job looks at it."""
    wanted = Draft.objects.select_for_update().filter(workspace=job.workspace_id, pk=job.payload["draft"])
    found = wanted.first()
    return found if found and found.job == job.pk else None


def _failed(job: Job) -> None:
    if draft := _of(job):
        draft.state, draft.error = drafts.State.FAILED, job.error or str(job.get_reason_display())
        draft.save(update_fields=["state", "error"])


@handler(drafts.PREVIEW, gave_up=_failed)
def preview(job: Job, tell: Tell) -> None:
    """Read the texts with both states of the codebook."""
    if not Draft.objects.filter(workspace=job.workspace_id, pk=job.payload["draft"], job=job.pk).exists():
        return
    given = drafts.arguments(job.workspace, job.payload["before"], job.payload["after"])
    result = run_apart(reading.look, *given, tell=tell)
    with mine(job):
        if draft := _of(job):
            draft.result, draft.state = result, drafts.State.DONE
            draft.save(update_fields=["result", "state"])
