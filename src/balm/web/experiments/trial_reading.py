"""Reading an experiment: from exposures and outcomes to effects, sample ratio first. No Django: it runs apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from balm.core.stats import Floats, Ints
from balm.core.types import to_json
from balm.lake.queries import Filter, Lake
from balm.proof import sequential
from balm.proof.experiment import experiment
from balm.proof.trial import Margin, Trial, TrialMetric
from balm.web.experiments import reading
from balm.web.experiments import spec as specs

DAYS_SHOWN = 120


@dataclass(frozen=True)
class Rows:
    """What was sent. `exposures`: (unit, arm, first day); `outcomes`: (unit, metric, value, before)."""

    arms: Sequence[Mapping[str, Any]]
    metrics: Sequence[Mapping[str, Any]]
    exposures: Sequence[tuple[str, str, dt.date]]
    outcomes: Sequence[tuple[str, str, float, bool]]
    planned: int | None = None
    source: reading.Source = field(default_factory=reading.Source)


def read(rows: Rows, progress: Callable[[str, int, int], None] | None = None) -> dict[str, Any]:
    """The result as JSON, with `looks`: the first metric day by day, always valid. {} while there is nothing."""
    if not rows.exposures:
        return {}
    if progress:
        progress("verdict", 0, 1)
    trial = trial_of(rows)
    found = experiment(trial, sequential=True, planned=rows.planned, exposure_logged=True)
    plain: dict[str, Any] = to_json(found.to_json())
    plain["arms"] = list(trial.arms)
    plain["looks"] = _looks(trial, rows.planned) if found.sample_ratio.ok else []
    return plain


def trial_of(rows: Rows) -> Trial:
    """Units in one arm only; those that crossed over are counted and left out."""
    arms = tuple(str(arm["name"]) for arm in rows.arms)
    place = {name: n for n, name in enumerate(arms)}
    first: dict[str, tuple[int, dt.date]] = {}
    crossed: set[str] = set()
    for unit, arm, day in rows.exposures:
        if unit in first and first[unit][0] != place[arm]:
            crossed.add(unit)
        first[unit] = (place[arm], min(day, first[unit][1]) if unit in first else day)
    units = [unit for unit in first if unit not in crossed]
    at = {unit: n for n, unit in enumerate(units)}
    arm = np.array([first[unit][0] for unit in units], np.int64)
    day = np.array([specs.days(first[unit][1]) for unit in units], np.int64)
    return Trial(
        arms=arms,
        arm=arm,
        metrics=tuple(_metric(metric, rows, at, day) for metric in rows.metrics),
        ratio=tuple(float(one["ratio"]) for one in rows.arms),
        day=day,
        counts={"crossed_over": len(crossed), "units": len(first)},
    )


def _metric(metric: Mapping[str, Any], rows: Rows, at: Mapping[str, int], day: Ints) -> TrialMetric:
    """Values of one metric. Something that did not happen is 0 for a share and a sum, and unknown for a mean."""
    if metric.get("source") == "score":
        values, before = _scores(rows.source, at, day)
    else:
        values = _gathered(rows.outcomes, metric, at, before=False)
        before = _gathered(rows.outcomes, metric, at, before=True)
        if metric.get("kind") in ("share", "sum") and rows.outcomes:
            values = np.nan_to_num(values, nan=0.0)
    share = metric.get("kind") == "share"
    margin = metric.get("margin")
    return TrialMetric(
        name=str(metric["name"]),
        values=values,
        kind="share" if share else "mean",
        better="lower" if metric.get("better") == "lower" else "higher",
        margin=Margin(float(margin)) if margin else None,
        covariates=_covariates(before),
    )


def _gathered(
    outcomes: Sequence[tuple[str, str, float, bool]], metric: Mapping[str, Any], at: Mapping[str, int], *, before: bool
) -> Floats:
    total, n = np.zeros(len(at)), np.zeros(len(at))
    for unit, name, value, early in outcomes:
        if name == metric["name"] and early is before and unit in at:
            total[at[unit]] += value
            n[at[unit]] += 1
    kind = metric.get("kind")
    if kind == "sum":
        return np.where(n > 0, total, np.nan)
    mean: Floats = np.divide(total, n, out=np.full(len(at), np.nan), where=n > 0)
    return np.where(np.isnan(mean), np.nan, (mean > 0).astype(np.float64)) if kind == "share" and not before else mean


def _covariates(before: Floats) -> tuple[Floats, ...]:
    """Values from before, to make the reading sharper; what is unknown gets the mean, and that it is unknown is told
    beside it."""
    known = np.isfinite(before)
    if known.sum() < max(30, 0.2 * len(before)) or not np.var(before[known]) > 0:
        return ()
    filled = np.where(known, before, before[known].mean())
    return (filled,) if known.all() else (filled, known.astype(np.float64))


def _scores(source: reading.Source, at: Mapping[str, int], day: Ints) -> tuple[Floats, Floats]:
    """Mean score of each customer's comments from the day of the exposure on, and before it."""
    after, before = np.full(len(at), np.nan), np.full(len(at), np.nan)
    if not source.folder or not at:
        return after, before
    lake = Lake.open(source.folder, source.versions, source.decisions)
    by_day: dict[int, list[str]] = {}
    for unit, n in at.items():
        by_day.setdefault(int(day[n]), []).append(unit)
    for first, units in by_day.items():
        person = {source.decisions.customer(unit): unit for unit in units}
        date = specs.date(first)
        for values, where in ((after, Filter(first=date)), (before, Filter(last=date - dt.timedelta(days=1)))):
            for one in lake.persons(units, (), where):
                unit = person.get(one.customer)
                if unit is not None and one.scored:
                    values[at[unit]] = one.total / one.scored
    return after, before


def _looks(trial: Trial, planned: int | None) -> list[dict[str, Any]]:
    """The first metric that is no guardrail, first arm against control, at the end of each day."""
    metric = next((m for m in trial.metrics if m.margin is None), None)
    if metric is None or trial.day is None:
        return []
    pair = trial.arm <= 1
    found = sequential.path(
        trial.day[pair], trial.arm[pair], metric.values[pair], share=metric.kind == "share", planned=planned
    )
    kept = found[:: max(1, -(-len(found) // DAYS_SHOWN))]
    return [
        {"day": str(specs.date(look.day)), "effect": to_json(look.effect), "p": look.p, "fixed_p": look.fixed_p}
        for look in kept
    ]
