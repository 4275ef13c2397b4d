"""Experiments: arms given out by chance, who was shown what, and what came of it."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.errors import WrongUse
from balm.core.types import Labels
from balm.proof.assign import Allocation, assign_all
from balm.web.experiments import spec as specs
from balm.web.experiments.models import Experiment, Exposure, OutcomeRow, Reading
from balm.web.experiments.refusals import Refused
from balm.web.experiments.services import reason_of
from balm.web.jobs.models import Job
from balm.web.jobs.services import enqueue
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

State = Experiment.State

READ = "read_experiment"
MOST_ROWS = 5_000
"""Rows of one call."""
KINDS = ("share", "mean", "sum")
SOURCES = ("outcomes", "score")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{1,59}")


@dataclass(frozen=True)
class Line:
    """An experiment in a list. `finding`: of its newest reading; "" without one."""

    row: Experiment
    finding: str
    verdict: Labels | None
    units: int


def lines(workspace: Workspace) -> list[Line]:
    """Experiments, newest first."""
    found = []
    for row in Experiment.objects.filter(workspace=workspace):
        newest = Reading.objects.filter(experiment=row).first()
        data = newest.data if newest else {}
        units = int(data.get("counts", {}).get("units", 0))
        found.append(Line(row, str(data.get("finding", "")), data.get("verdict"), units))
    return found


def of_key(workspace: Workspace, key: str) -> Experiment | None:
    return Experiment.objects.filter(workspace=workspace, key=key).select_related("workspace").first()


def allocation(experiment: Experiment) -> Allocation:
    """How its arms are given out. Raises WrongUse where a part is out of bounds."""
    return Allocation(
        key=experiment.key,
        arms=tuple(str(arm["name"]) for arm in experiment.arms),
        ratio=tuple(float(arm["ratio"]) for arm in experiment.arms),
        salt=experiment.salt,
        traffic=experiment.traffic,
    )


def _sealed(experiment: Experiment) -> dict[str, Any]:
    names = ("key", "title", "hypothesis", "unit", "arms", "metrics", "traffic", "salt", "planned")
    return {name: getattr(experiment, name) for name in names}


def seal_holds(experiment: Experiment) -> bool:
    """Whether it stands as it was started."""
    return not experiment.seal or experiment.seal == specs.digest(_sealed(experiment))


@transaction.atomic
def make(workspace: Workspace, by: User, **given: Any) -> Experiment:
    """An experiment that has not started. `given`: key, title, hypothesis, unit, arms, metrics, traffic, planned."""
    key = str(given.get("key", "")).strip().lower()
    if not _KEY.fullmatch(key) or key == "new":
        raise Refused(_("The key: 2 to 60 lower-case letters, digits, “-” or “_”."))
    if Experiment.objects.filter(workspace=workspace, key=key).exists():
        raise Refused(_("There is an experiment with this key already."))
    arms, metrics = given["arms"], given["metrics"]
    _check(arms, metrics)
    experiment = Experiment(
        workspace=workspace,
        key=key,
        title=str(given.get("title", ""))[:200] or key,
        hypothesis=str(given.get("hypothesis", ""))[:1000],
        unit=str(given.get("unit") or "customer")[:40],
        arms=arms,
        metrics=metrics,
        traffic=float(given.get("traffic", 1.0)),
        planned=int(given.get("planned") or 10_000),
        plan=given.get("plan"),
        salt=secrets.token_hex(16),
        made_by=by,
    )
    try:
        allocation(experiment)
    except WrongUse as error:
        raise Refused(str(error)) from None
    try:
        with transaction.atomic():
            experiment.save()
    except IntegrityError:  # somebody else took the key in this moment
        raise Refused(_("There is an experiment with this key already.")) from None
    record(workspace, by, "experiment.make", experiment.key)
    return experiment


def _check(arms: Sequence[Mapping[str, Any]], metrics: Sequence[Mapping[str, Any]]) -> None:
    names = [str(arm["name"]) for arm in arms]
    if not 2 <= len(names) <= 20 or len(set(names)) < len(names):
        raise Refused(_("An experiment has 2 to 20 arms, each with a name of its own; the first is the control."))
    if not metrics or len({m["name"] for m in metrics}) < len(metrics):
        raise Refused(_("Name at least one metric, each once."))
    if all(m.get("margin") for m in metrics):
        raise Refused(_("At least one metric must not be a guardrail: it is what the experiment is for."))


@transaction.atomic
def start(workspace: Workspace, key: str, by: User) -> Experiment:
    """Give arms out from now on. What was written down is sealed."""
    experiment = _held(workspace, key)
    if experiment.state != State.DRAFT:
        raise Refused(_("It has started already."))
    experiment.state, experiment.started = State.RUNNING, timezone.now()
    experiment.seal = specs.digest(_sealed(experiment))
    experiment.save()
    record(workspace, by, "experiment.start", experiment.key, seal=experiment.seal)
    return experiment


@transaction.atomic
def stop(workspace: Workspace, key: str, reason: str, by: User) -> Experiment:
    """Give nothing out any more and read it once more. The daily reading allows for stopping at any time."""
    experiment = _held(workspace, key)
    if experiment.state != State.RUNNING:
        raise Refused(_("It does not run."))
    reason = reason_of(reason)
    experiment.state, experiment.stopped, experiment.stop_reason = State.STOPPED, timezone.now(), reason
    experiment.save()
    ask_reading(experiment, by)
    record(workspace, by, "experiment.stop", experiment.key, reason=reason)
    return experiment


def _held(workspace: Workspace, key: str) -> Experiment:
    found = Experiment.objects.select_for_update().filter(workspace=workspace, key=key).first()
    if found is None:
        raise Refused(_("There is no such experiment."))
    return found


def ask_reading(experiment: Experiment, by: User | None = None) -> None:
    """Have it read, soon."""
    enqueue(experiment.workspace, READ, {"experiment": experiment.pk}, key=f"{READ}:{experiment.pk}", asked_by=by)


# what programs send


def assigned(experiment: Experiment, units: Sequence[str]) -> list[str | None]:
    """The arm of each unit; None where it takes no part. An experiment that does not run gives the control's: nothing
    changes for anybody."""
    if experiment.state != State.RUNNING:
        return [None for _unit in units]
    return assign_all(units, allocation(experiment))


@transaction.atomic
def expose(experiment: Experiment, rows: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Log who was shown which arm. Sent twice, it counts once; the earliest time is kept. Gives new and known."""
    arms = {str(arm["name"]) for arm in experiment.arms}
    wanted: dict[tuple[str, str], dt.datetime] = {}
    for row in rows:
        if row["arm"] not in arms:
            raise Refused(_("There is no arm “%(arm)s”.") % {"arm": str(row["arm"])[:60]})
        key = (str(row["unit"]), str(row["arm"]))
        wanted[key] = min(row["time"], wanted.get(key, row["time"]))
    units = {unit for unit, _arm in wanted}
    there = {(e.unit, e.arm): e for e in Exposure.objects.filter(experiment=experiment, unit__in=units)}
    fresh = [
        Exposure(experiment=experiment, unit=unit, arm=arm, first=when)
        for (unit, arm), when in wanted.items()
        if (unit, arm) not in there
    ]
    made = Exposure.objects.bulk_create(fresh, ignore_conflicts=True)
    earlier = [there[key] for key, when in wanted.items() if key in there and when < there[key].first]
    for row in earlier:
        row.first = wanted[row.unit, row.arm]
    Exposure.objects.bulk_update(earlier, ["first"])
    return len(made), len(wanted) - len(made)


@transaction.atomic
def outcomes(experiment: Experiment, rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Keep values of metrics. A row is named by metric, unit and key: sent again, it is the same row, and the first
    value stays. Gives new and known."""
    names = {m["name"] for m in experiment.metrics}
    for row in rows:
        if row["metric"] not in names:
            raise Refused(_("There is no metric “%(metric)s”.") % {"metric": str(row["metric"])[:60]})
    keys = {(r["metric"], r["unit"], r.get("key", "")) for r in rows}
    mine = OutcomeRow.objects.filter(experiment=experiment, unit__in={unit for _metric, unit, _key in keys})
    there = set(mine.values_list("metric", "unit", "key"))
    fresh = {
        (r["metric"], r["unit"], r.get("key", "")): OutcomeRow(
            experiment=experiment,
            unit=r["unit"],
            metric=r["metric"],
            key=r.get("key", ""),
            value=r["value"],
            before=bool(r.get("before")),
            time=r["time"],
        )
        for r in reversed(rows)
        if (r["metric"], r["unit"], r.get("key", "")) not in there
    }
    OutcomeRow.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    return len(fresh), len(keys) - len(fresh)


def turn(now: dt.datetime) -> int:
    """Running experiments that were not read today are read. Called by the clock."""
    day, done = timezone.localdate(now), 0
    for row in Experiment.objects.filter(state=State.RUNNING).select_related("workspace")[:200]:
        read = Reading.objects.filter(experiment=row, day=day).exists()
        if not read and not _asked(row) and Exposure.objects.filter(experiment=row).exists():
            ask_reading(row)
            done += 1
    return done


def _asked(experiment: Experiment) -> bool:
    """Whether its reading waits, runs, or failed: a person then asks again."""
    mine = Job.objects.filter(workspace=experiment.workspace, kind=READ, payload__experiment=experiment.pk)
    return mine.exclude(state=Job.State.DONE).exists()
