"""Work of this app in the background: new figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils import timezone

from balm.core.decisions import Decisions
from balm.core.types import to_json
from balm.loop import Refreshed
from balm.web.codebook.models import Version
from balm.web.customers.selectors import aliases
from balm.web.feedback.selectors import recodes
from balm.web.jobs.apart import run_apart
from balm.web.jobs.models import Job
from balm.web.jobs.services import Tell, handler, mine
from balm.web.painpoints.making import make, processes
from balm.web.painpoints.models import Figures
from balm.web.painpoints.services import REFRESH, keep_figures
from balm.web.people.models import Workspace
from balm.web.site.paths import workspace_dir


@dataclass(frozen=True)
class Inputs:
    """All that people decided, as of one moment. `version`: number of the codebook's, 0 before the first edit."""

    codebook: str
    version: int
    edits: list[Any]
    decisions: Decisions
    as_of: dt.datetime

    def fingerprint(self) -> dict[str, Any]:
        """What figures say of the decisions they hold."""
        customers, recodes = self.decisions.customers, self.decisions.recodes
        told = repr((self.codebook, self.edits, sorted(customers.items()), recodes)).encode()
        counts = {"edits": len(self.edits), "merged": len(customers), "recoded": len(recodes)}
        return counts | {"digest": sha256(told).hexdigest()}


@transaction.atomic
def gather(workspace: Workspace) -> Inputs:
    """What people decided about a workspace, read at one moment."""
    as_of = timezone.now()  # before reading: what comes later is not in it
    codebook = Workspace.objects.values_list("codebook", flat=True).get(pk=workspace.pk)
    version = Version.objects.filter(workspace=workspace).first()
    decisions = Decisions(customers=aliases(workspace), recodes=tuple(recodes(workspace)))
    return Inputs(codebook, version.number if version else 0, version.edits if version else [], decisions, as_of)


@handler(REFRESH)
def refresh(job: Job, tell: Tell) -> None:
    """Make new figures and show them. What changes meanwhile is in the next ones: they wait in the queue already."""
    workspace, start = job.workspace, monotonic()
    inputs = gather(workspace)
    made: Refreshed | None = run_apart(
        make,
        str(workspace_dir(workspace)),
        inputs.codebook,
        inputs.edits,
        inputs.decisions,
        jobs=processes(),
        tell=tell,
    )
    with mine(job):
        if made is None:  # the last import was taken back: figures of nothing would be those of what is gone
            Figures.objects.filter(workspace=workspace).delete()
        else:
            _keep(workspace, inputs, made, monotonic() - start)


def _keep(workspace: Workspace, inputs: Inputs, made: Refreshed, seconds: float) -> None:
    figures = keep_figures(
        workspace,
        painpoints=made.painpoints,
        themes=made.themes,
        overview=made.overview,
        shown={"solvability": made.solvability, "topics": to_json(made.topics), "lineage": made.lineage},
        versions={name: -1 if version is None else version for name, version in made.versions.items()},
        as_of=inputs.as_of,
        codebook_version=inputs.version,
        decisions=inputs.fingerprint(),
        seconds=seconds,
    )
    shown = Version.objects.filter(workspace=workspace, number__lte=inputs.version, figures_after=None)
    shown.update(figures_after=figures)
