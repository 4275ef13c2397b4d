"""Promised times: the share that was broken, and the working time that was taken.

A case is late when it ended after the instant it was due, and past due when it is open after it. An open case that is
not yet due is undecided: it counts neither as kept nor as broken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from balm.core.calendar import Calendar
from balm.core.coded import Attribute
from balm.core.errors import InputRefused, WrongUse
from balm.core.stats import Floats, Ints, estimate, proportion
from balm.core.types import Estimate

NONE = np.iinfo(np.int64).min
"""Stands for "no time" among milliseconds."""
AT_RISK = 0.8
"""Share of the working time that a case was given, after which it is at risk."""
_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class SlaGroup:
    """One group of cases.

    `breached`: late and past due, as a share (0 … 1) of the `decided`, those and the ones that ended in time.
    `median`, `p90`: working seconds of those that ended. `past_due`, `at_risk`, `running`: the open ones.
    """

    by: dict[str, str]
    cases: int
    breached: Estimate
    in_time: int
    late: int
    past_due: int
    at_risk: int
    running: int
    median: Estimate
    p90: Estimate

    @property
    def decided(self) -> int:
        return self.in_time + self.late + self.past_due

    def to_json(self) -> dict[str, Any]:
        """As `balm sla --out` writes it."""
        return {
            "by": self.by,
            "cases": self.cases,
            "breached": self.breached.to_json(),
            "in_time": self.in_time,
            "late": self.late,
            "open": {"past_due": self.past_due, "at_risk": self.at_risk, "running": self.running},
            "median": self.median.to_json(),
            "p90": self.p90.to_json(),
        }


@dataclass(frozen=True)
class SlaResult:
    """All cases and each group. `rejected`: reason → cases left out. `now`: the instant it is seen from.

    `notes`: what must be known before the numbers are believed.
    """

    all: SlaGroup
    groups: list[SlaGroup]
    rejected: dict[str, int]
    now: dt.datetime
    notes: tuple[str, ...] = ()
    calendar: dict[str, Any] = field(default_factory=dict)

    @property
    def breached(self) -> Estimate:
        """Share (0 … 1) of the decided cases whose promise was broken."""
        return self.all.breached

    def to_json(self) -> dict[str, Any]:
        """As `balm sla --out` writes it."""
        rest = {k: v for k, v in self.all.to_json().items() if k != "by"}
        return {
            **rest,
            "groups": [group.to_json() for group in self.groups],
            "rejected": self.rejected,
            "now": self.now.isoformat(),
            "calendar": self.calendar,
            "notes": list(self.notes),
        }

    def to_pandas(self) -> Any:
        """One row a group, the whole first; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        rows = []
        for group in [self.all, *self.groups]:
            row: dict[str, Any] = {**group.by, "cases": group.cases, "breached": group.breached.value}
            row |= {"low": group.breached.low, "high": group.breached.high, "decided": group.decided}
            row |= {"late": group.late, "past_due": group.past_due, "at_risk": group.at_risk}
            rows.append(row | {"median": group.median.value, "p90": group.p90.value})
        return pd.DataFrame(rows)


def sla(
    start: Ints,
    end: Ints,
    calendar: Calendar,
    *,
    now: int,
    due: Ints | None = None,
    target: int | None = None,
    by: Mapping[str, Attribute] | None = None,
) -> SlaResult:
    """Cases (n,) that began at `start` and ended at `end`, against what was promised.

    Instants are ms since 1970, `NONE` where there is none; a case without an end, or that ends after `now`, is open.
    `due`: (n,), the instants by which each should end; or `target`, working ms. Cases without a start or a due
    instant, that end before they start or start after `now` are rejected. Groups come for each combination of values
    of `by` that occurs. Raises WrongUse unless there is one of `due` and `target`, InputRefused where no case is left.
    """
    if (due is None) == (target is None):
        raise WrongUse("a promise is either a due instant or a target time")
    reasons = {
        "no start": start == NONE,
        "no due time": np.zeros(len(start), np.bool_) if due is None else due == NONE,
        "ends before it starts": (end != NONE) & (end < start),
        "starts after now": start > now,
    }
    kept, rejected = _sift(len(start), reasons)
    if not kept.any():
        why = ", ".join(f"{reason}: {n:,}" for reason, n in rejected.items()) or "there are no rows"
        raise InputRefused(f"no case is left to measure ({why})", code="sla_nothing")
    begin, finish = start[kept], np.where(end[kept] > now, NONE, end[kept])
    limit = calendar.due_ms(begin, target or 0) if due is None else due[kept]
    cases = _Cases.of(begin, finish, limit, calendar, now)
    code, names = _groups({name: Attribute(a.codes[kept], a.values) for name, a in (by or {}).items()}, len(begin))
    order = np.argsort(code, kind="stable")
    cuts = np.searchsorted(code[order], np.arange(len(names) + 1))
    groups = [cases.group(values, order[cuts[i] : cuts[i + 1]]) for i, values in enumerate(names)]
    seen = _START + dt.timedelta(milliseconds=now)
    whole = cases.group({}, np.arange(len(begin)))
    doubt = calendar.doubt(_day(int(begin.min())), _day(int(max(limit.max(), now))))
    return SlaResult(whole, groups, rejected, seen, (doubt,) if doubt else (), calendar.to_json())


@dataclass(frozen=True)
class _Cases:
    """What became of each case, as masks (n,), and the working seconds of those that ended."""

    late: NDArray[np.bool_]
    in_time: NDArray[np.bool_]
    past_due: NDArray[np.bool_]
    at_risk: NDArray[np.bool_]
    seconds: Floats

    @classmethod
    def of(cls, start: Ints, end: Ints, due: Ints, calendar: Calendar, now: int) -> _Cases:
        ended = end != NONE
        seconds = np.full(len(start), np.nan)
        seconds[ended] = calendar.working_ms(start[ended], end[ended]) / 1000
        past_due, running = ~ended & (due < now), ~ended & (due >= now)
        at_risk = np.zeros(len(start), np.bool_)
        if running.any():
            used = calendar.working_ms(start[running], np.full(int(running.sum()), now, np.int64))
            given = calendar.working_ms(start[running], np.maximum(due, start)[running])
            at_risk[running] = used >= AT_RISK * given
        return cls(ended & (end > due), ended & (end <= due), past_due, at_risk, seconds)

    def group(self, by: dict[str, str], rows: NDArray[np.intp]) -> SlaGroup:
        late, in_time, past_due, risk = (
            int(mask[rows].sum()) for mask in (self.late, self.in_time, self.past_due, self.at_risk)
        )
        taken = np.sort(self.seconds[rows][~np.isnan(self.seconds[rows])])
        return SlaGroup(
            by=by,
            cases=len(rows),
            breached=proportion(late + past_due, late + past_due + in_time),
            in_time=in_time,
            late=late,
            past_due=past_due,
            at_risk=risk,
            running=len(rows) - late - in_time - past_due - risk,
            median=quantile(taken, 0.5),
            p90=quantile(taken, 0.9),
        )


def quantile(values: Floats, share: float) -> Estimate:
    """The value that `share` (0 … 1) of `values`, (n,) ascending, do not exceed, with the interval of order statistics.

    David and Nagaraja (2003), Order Statistics, 7.1. No value where n is too small for an interval: under 6 for the
    median, under 36 for nine tenths.
    """
    n = len(values)
    near = 6 * np.sqrt(n * share * (1 - share)) + 2
    k = np.arange(max(0, int(n * share - near)), min(n, int(n * share + near)) + 1)
    below = special.bdtr(k, n, share)  # chance that at most k of n lie under the quantile
    low, high = k[below <= 0.025], k[below >= 0.975]
    if not n or not len(low) or high[0] >= n:
        return Estimate(None, None, None, n, "order statistics")
    value = values[max(int(np.ceil(n * share - 1e-9)) - 1, 0)]
    return estimate(value, values[low[-1]], values[high[0]], n, "order statistics")


def _sift(n: int, reasons: Mapping[str, NDArray[np.bool_]]) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """The rows that no reason speaks against, and how many each took; a row is counted under its first reason."""
    kept, counted = np.ones(n, np.bool_), {}
    for reason, hit in reasons.items():
        if count := int((kept & hit).sum()):
            counted[reason] = count
        kept &= ~hit
    return kept, counted


def _groups(by: Mapping[str, Attribute], n: int) -> tuple[NDArray[np.int64], list[dict[str, str]]]:
    """Number of each row's group, and the values of each group; rows with an unknown value come after all groups."""
    if not by:
        return np.zeros(n, np.int64), []
    table = np.stack([attribute.codes.astype(np.int64) for attribute in by.values()], axis=1)
    known = (table >= 0).all(axis=1)
    found, place = np.unique(table[known], axis=0, return_inverse=True)
    code = np.full(n, len(found), np.int64)
    code[known] = place.ravel()
    attributes = list(by.items())
    names = [{key: a.values[int(v)] for (key, a), v in zip(attributes, row, strict=True)} for row in found]
    return code, names


def _day(ms: int) -> dt.date:
    return (_START + dt.timedelta(milliseconds=ms)).date()
