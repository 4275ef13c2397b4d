"""Work of this app in the background: verdicts, the watch over closed pains, and the clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from balm.core.types import to_json
from balm.web.experiments import judging, reading, returning, services, trial_reading, trials, watching
from balm.web.experiments.models import Check, Experiment, Exposure, OutcomeRow, Reading
from balm.web.jobs.apart import run_apart
from balm.web.jobs.clock import tick
from balm.web.jobs.models import Job
from balm.web.jobs.services import Tell, handler, mine
from balm.web.painpoints.figures import current


@handler(judging.JUDGE)
def judge(job: Job, tell: Tell) -> None:
    """Read a check and keep what was found."""
    check = (
        Check.objects.select_related("workspace").filter(workspace=job.workspace_id, pk=job.payload["check"]).first()
    )
    if check is None or check.state not in (Check.State.RUNNING, Check.State.DUE):
        return
    interim = bool(job.payload.get("interim"))
    spec = services.usable(check)
    found = run_apart(reading.read, judging.source_of(check.workspace, spec), spec, check.lists, tell=tell)
    with mine(job):
        judging.keep(check, found, _versions(check), interim=interim, by=job.asked_by)


def _versions(check: Check) -> dict[str, Any]:
    """Of the tables and the codebook that were read."""
    snapshot = current(check.workspace)
    if snapshot is None:
        return {}
    row = snapshot.row
    return {
        "feedback": row.feedback_version,
        "mentions": row.mentions_version,
        "codebook": row.codebook_version,
        "decisions": row.decisions,
        "as_of": to_json(row.as_of),
    }


@handler(returning.WATCH)
def watch(job: Job, tell: Tell) -> None:
    """Look whether what was closed came back, and whether what is due can be judged."""
    for check in returning.watched(job.workspace):
        since, done = returning.so_far(check)
        if since is None:
            continue
        source = judging.source_of(check.workspace, check.spec)
        seen = run_apart(watching.watch, source, check.spec, check.lists, since=since, done=done, tell=tell)
        with mine(job):
            returning.keep(check, seen)
    with transaction.atomic():
        for check in Check.objects.filter(workspace=job.workspace, state=Check.State.DUE).select_related("workspace"):
            if judging.ready(check):
                judging.ask_for(check.workspace, check)


@handler(trials.READ)
def read_experiment(job: Job, tell: Tell) -> None:
    """Read an experiment as it stands; one reading a day is kept, and the last."""
    found = Experiment.objects.select_related("workspace").filter(
        workspace=job.workspace_id, pk=job.payload["experiment"]
    )
    experiment = found.first()
    if experiment is None:
        return
    data = run_apart(trial_reading.read, trial_rows(experiment), tell=tell)
    with mine(job):
        final = experiment.state == Experiment.State.STOPPED
        day = timezone.localdate()
        if data:
            Reading.objects.update_or_create(experiment=experiment, day=day, final=final, defaults={"data": data})


def trial_rows(experiment: Experiment) -> trial_reading.Rows:
    """All that was sent for an experiment."""
    exposures = Exposure.objects.filter(experiment=experiment).values_list("unit", "arm", "first")
    outcomes = OutcomeRow.objects.filter(experiment=experiment).values_list("unit", "metric", "value", "before")
    scored = any(metric.get("source") == "score" for metric in experiment.metrics)
    source = judging.source_of(experiment.workspace, {}) if scored else reading.Source()
    return trial_reading.Rows(
        arms=experiment.arms,
        metrics=experiment.metrics,
        exposures=[(unit, arm, timezone.localdate(first)) for unit, arm, first in exposures.iterator()],
        outcomes=list(outcomes.iterator()),
        planned=experiment.planned,
        source=source,
    )


@tick("experiments", every=600.0)
def experiments(now: dt.datetime) -> int:
    """Running experiments, once a day."""
    return trials.turn(now)


@tick("checks", every=60.0)
def checks(now: dt.datetime) -> int:
    """First days that have come, last days that are over."""
    return judging.turn(now)
