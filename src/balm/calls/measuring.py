"""The measuring calls on files: `balm.score`, `balm.trend`, `balm.contrast`. Each is a command of the same name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from balm.collect.dates import time_share
from balm.collect.open import as_sources, open_source
from balm.core.coded import NO_DAY, CodedFeedback
from balm.core.errors import InputRefused, WrongUse
from balm.core.types import Finding, Labels, Scale, to_json
from balm.diagnose.contrast import VERDICTS, verdict
from balm.diagnose.contrast import contrast as find_contrast
from balm.frame import guess_score, read_frame
from balm.measure.periods import Period
from balm.measure.scores import Metric, ScoreResult
from balm.measure.scores import score as measure_score
from balm.measure.trend import SeriesResult, event_trend

MOST_GROUPS = 1000
MOST_ATTRIBUTES = 12


def score(
    data: Any,
    *,
    metric: Metric | None = None,
    score: str | None = None,
    scale: str | None = None,
    by: Sequence[str] = (),
    customer: str | None = None,
) -> ScoreResult:
    """NPS, CSAT, CES or the mean of a column, over everybody and by group.

    `data`: a path, or a table in memory. The score column and its scale are guessed where not named. `customer`: a
    column whose equal values are one customer, for intervals that know of repeated answers. Raises WrongUse for
    columns that are not there, InputRefused for a file that cannot be used.
    """
    column, found = guess_score(data, score, _scale_of(metric, scale))
    frame = read_frame(data, _distinct([column, *by, customer]))
    values = frame.scores(column, found)
    if not np.isfinite(values).any():
        raise InputRefused(f"column {column!r} holds no score that can be read on the scale {found or 'of numbers'}")
    groups = {name: frame.attribute(name) for name in by}
    if (several := int(np.prod([len(a.values) for a in groups.values()]))) > MOST_GROUPS:
        raise WrongUse(f"--by {' '.join(by)} makes {several} groups, more than {MOST_GROUPS}; choose coarser columns")
    if metric is None and found is None:
        metric = "mean"
    people = frame.customers(customer) if customer else None
    return measure_score(values, metric, scale=found, by=groups, customer=people)


def trend(
    data: Any,
    *,
    time: str | None = None,
    score: str | None = None,
    event: str | None = None,
    scale: str | None = None,
    by: Sequence[str] = (),
    period: Period | None = None,
) -> SeriesResult:
    """How the mean of a score, the share of an event or the number of rows moves, and when it changes.

    `event`: "COLUMN=VALUE", or a COLUMN that is not empty, 0, no or false; with neither `event` nor `score`, rows are
    counted. Changes are tested together over all series.
    """
    if score and event:
        raise WrongUse("a trend is of --score or of --event, not of both")
    time = time or guess_time(data)
    column = event.partition("=")[0] if event else score
    frame = read_frame(data, _distinct([time, column, *by]))
    days = frame.days(time)
    if (days == NO_DAY).all():
        raise InputRefused(f"column {time!r} holds no date that can be read; name the right one with --time")
    named = _scale_of(None, scale)
    wanted = Scale(named) if named else None
    return event_trend(
        days,
        event=frame.equals(event) if event else None,
        score=frame.scores(score, wanted) if score else None,
        by={name: frame.attribute(name) for name in by},
        period=period,
    )


@dataclass(frozen=True)
class ContrastResult:
    """Segments over-represented among the rows that have the target, the surest first."""

    findings: list[Finding]
    verdict: Labels

    def to_json(self) -> dict[str, Any]:
        """As `balm contrast --out` writes it."""
        return {"findings": to_json(self.findings), "verdict": self.verdict}

    def to_pandas(self) -> Any:
        """One row a finding; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        return pd.DataFrame([{"where": f.where, "lift": f.lift.value, "q": f.q} for f in self.findings])


def contrast(
    data: Any,
    target: str,
    *,
    attributes: Sequence[str] = (),
    customer: str | None = None,
    depth: int = 2,
) -> ContrastResult:
    """Which attribute values, alone and in pairs, set apart the rows with the target "COLUMN=VALUE".

    Without `attributes`, every other column of 2 to 50 values is looked at. Without `customer` every row is a
    customer of its own. False discoveries are held to 5 %.
    """
    column = target.partition("=")[0]
    names = list(attributes) or [n for n in few_valued(data) if n not in (column, customer)]
    if not names:
        raise WrongUse("no column of 2 to 50 values to look at; name some with --attributes")
    frame = read_frame(data, _distinct([column, customer, *names]))
    mask = frame.equals(target)
    n = len(mask)
    people = frame.customers(customer) if customer else np.arange(n, dtype=np.int32)
    none, no = np.zeros(0, np.int32), np.zeros(0, np.bool_)
    coded = CodedFeedback([], none, none, no, no, people, np.full(n, np.nan), np.full(n, NO_DAY, np.int32))
    findings = find_contrast(coded, mask, {name: frame.attribute(name) for name in names}, depth=depth)
    return ContrastResult(findings, VERDICTS[verdict(findings)])


def few_valued(data: Any, most: int = 50) -> list[str]:
    """Columns with 2 to `most` different values in the sample, at most `MOST_ATTRIBUTES`, in the file's order."""
    found = []
    for name, values in open_source(as_sources(data)[0]).sample().columns.items():
        filled = [str(v) for v in _cells(values) if v not in (None, "")]
        if 2 <= len(set(filled)) <= min(most, len(filled) // 4):
            found.append(name)
    return found[:MOST_ATTRIBUTES]


def guess_time(data: Any) -> str:
    """The column that holds dates. Raises WrongUse where none does."""
    sample = open_source(as_sources(data)[0]).sample()
    shares = {}
    for name, values in sample.columns.items():
        shares[name] = time_share(_cells(values)[:500])
    best = max(shares, key=lambda name: shares[name], default=None)
    if best is None or shares[best] < 0.5:
        raise WrongUse(f"no column looks like dates; name one with --time; columns: {', '.join(list(shares)[:30])}")
    return best


def _cells(values: Any) -> list[Any]:
    return list(values.to_pylist() if hasattr(values, "to_pylist") else values)


def _scale_of(metric: Metric | None, scale: str | None) -> str | None:
    if scale and scale not in set(Scale):
        raise WrongUse(f"unknown scale {scale!r}; one of {', '.join(Scale)}")
    if metric is not None and metric not in ("nps", "csat", "ces", "mean"):
        raise WrongUse(f"unknown metric {metric!r}; one of nps, csat, ces, mean")
    return scale or (metric if metric in ("nps", "csat", "ces") else None)


def _distinct(names: Sequence[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
