"""What programs send and ask for: measurements, arms, exposures, outcomes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.utils import timezone
from ninja import Path, Query, Router, Schema
from pydantic import AfterValidator, Field

from balm.web.api.keys import Key, KeyRequest
from balm.web.api.problems import Problem
from balm.web.experiments import measuring, trials
from balm.web.experiments.models import Experiment
from balm.web.experiments.refusals import Refused

router = Router(tags=["proof"])

EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
AHEAD = dt.timedelta(days=1)
"""How far the clock of a sender may be ahead of ours."""


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("a name has letters, and no control characters")
    return text


def _moment(time: dt.datetime | None) -> dt.datetime | None:
    """A time without a zone is UTC."""
    if time is None:
        return None
    time = time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time
    if not EARLIEST <= time <= timezone.now() + AHEAD:
        raise ValueError("a time lies between the year 2000 and tomorrow")
    return time.astimezone(dt.UTC)


_LARGEST = measuring.LARGEST
Printed = AfterValidator(_name)
Name = Annotated[str, Field(min_length=1, max_length=200), Printed]
ExperimentKey = Annotated[str, Path(max_length=60)]
Unit = Annotated[str, Query(min_length=1, max_length=200), Printed]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-_LARGEST, le=_LARGEST)]
Moment = Annotated[dt.datetime | None, AfterValidator(_moment)]


class MeasurementIn(Schema):
    """One unit on one day: the sum of the value over n observations."""

    unit: Annotated[str, Field(min_length=1, max_length=120), Printed]
    day: dt.date
    total: Number
    n: Annotated[float, Field(ge=0, le=_LARGEST, allow_inf_nan=False)]
    squares: Annotated[float, Field(ge=0, le=1e30, allow_inf_nan=False)] | None = None


class MeasurementsIn(Schema):
    """Rows of one measurement. `kind`: share, mean or rate; `better`: lower or higher; both belong to the series."""

    name: Annotated[str, Field(min_length=1, max_length=80), Printed]
    kind: str = ""
    better: str = ""
    rows: Annotated[list[MeasurementIn], Field(min_length=1, max_length=trials.MOST_ROWS)]


class Kept(Schema):
    """How many rows were new, and how many were known already."""

    new: int
    known: int


class ArmOut(Schema):
    """`arm` is null for a unit that takes no part, or while the experiment does not run: change nothing for it."""

    unit: str
    arm: str | None


class ArmsOut(Schema):
    experiment: str
    state: str
    assignments: list[ArmOut]


class UnitsIn(Schema):
    units: Annotated[list[Name], Field(min_length=1, max_length=trials.MOST_ROWS)]


class ExposureIn(Schema):
    """A unit was shown an arm. Without a time: now."""

    unit: Name
    arm: Annotated[str, Field(min_length=1, max_length=60)]
    time: Moment = None


class ExposuresIn(Schema):
    rows: Annotated[list[ExposureIn], Field(min_length=1, max_length=trials.MOST_ROWS)]


class OutcomeIn(Schema):
    """A value of a metric. Several of one unit need keys of their own, such as the number of the order. `before`:
    measured before the exposure."""

    unit: Name
    metric: Annotated[str, Field(min_length=1, max_length=60)]
    value: Number
    key: Annotated[str, Field(max_length=120), AfterValidator(lambda key: _name(key) if key else key)] = ""
    before: bool = False
    time: Moment = None


class OutcomesIn(Schema):
    rows: Annotated[list[OutcomeIn], Field(min_length=1, max_length=trials.MOST_ROWS)]


@router.post("/measurements", response=Kept, auth=Key("ingest"), summary="Send rows of a measurement")
def measurements(request: KeyRequest, body: MeasurementsIn) -> dict[str, int]:
    """All rows or none. A row of a unit and day that was sent before replaces it."""
    rows = [row.dict() for row in body.rows]
    try:
        _series, n = measuring.keep(
            request.auth.workspace, body.name, rows, kind=body.kind, better=body.better, by=_who(request)
        )
    except Refused as refused:
        raise Problem(422, str(refused)) from None
    return {"new": n, "known": 0}


@router.get(
    "/experiments/{key}/assignment",
    response=ArmsOut,
    auth=Key("assign"),
    summary="The arm of one unit",
)
def assignment(request: KeyRequest, key: ExperimentKey, unit: Unit) -> Any:
    """The same unit always gets the same arm; nothing is logged by asking."""
    return _arms(request, key, [unit])


@router.post(
    "/experiments/{key}/assignment",
    response=ArmsOut,
    auth=Key("assign"),
    summary="The arms of many units",
)
def assignments(request: KeyRequest, key: ExperimentKey, body: UnitsIn) -> dict[str, Any]:
    """As for one unit; in the order asked for."""
    return _arms(request, key, body.units)


@router.post("/experiments/{key}/exposures", response=Kept, auth=Key("ingest"), summary="Log who was shown which arm")
def exposures(request: KeyRequest, key: ExperimentKey, body: ExposuresIn) -> dict[str, int]:
    """Sent twice, it counts once. A unit that is shown two arms has crossed over and is left out of both."""
    experiment = _running(request, key)
    return _kept(trials.expose, experiment, [row.dict() for row in body.rows])


@router.post("/experiments/{key}/outcomes", response=Kept, auth=Key("ingest"), summary="Send values of metrics")
def outcomes(request: KeyRequest, key: ExperimentKey, body: OutcomesIn) -> dict[str, int]:
    """A row is named by metric, unit and key: sent again, it counts once, with its first value."""
    experiment = _experiment(request, key)
    if experiment.state == Experiment.State.DRAFT:
        raise Problem(409, "The experiment has not started.", state=experiment.state)
    return _kept(trials.outcomes, experiment, [row.dict() for row in body.rows])


def _arms(request: KeyRequest, key: str, units: list[str]) -> dict[str, Any]:
    experiment = _experiment(request, key)
    arms = trials.assigned(experiment, units)
    told = [{"unit": unit, "arm": arm} for unit, arm in zip(units, arms, strict=True)]
    return {"experiment": experiment.key, "state": experiment.state, "assignments": told}


def _experiment(request: KeyRequest, key: str) -> Experiment:
    found = trials.of_key(request.auth.workspace, key)
    if found is None:
        raise Problem(404, "There is no such experiment in this workspace.")
    return found


def _running(request: KeyRequest, key: str) -> Experiment:
    found = _experiment(request, key)
    if found.state != Experiment.State.RUNNING:
        raise Problem(409, "The experiment does not run.", state=found.state)
    return found


def _kept(keep: Any, experiment: Experiment, rows: list[dict[str, Any]]) -> dict[str, int]:
    now = timezone.now()
    for row in rows:
        row["time"] = row["time"] or now
    try:
        new, known = keep(experiment, rows)
    except Refused as refused:
        raise Problem(422, str(refused)) from None
    return {"new": new, "known": known}


def _who(request: KeyRequest) -> str:
    return f"key balm_{request.auth.prefix}"
