"""Which designs the data allow, tried on the time before the fix, where nothing can have worked. No Django.

Each design is read as if the fix had started earlier, with as many days after it as the check will have. What it
finds there is chance: the width of its interval tells which effect it could see, and an effect it "finds" is a warning.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import proportion
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, Design, Outcome, Registered, Verdict
from balm.web.experiments import reading
from balm.web.experiments import spec as specs

DESIGNS = (Design.DID, Design.SYNTHETIC, Design.MATCHED, Design.ITS)
POWERED = (1.959964 + 0.841621) / 1.959964
"""Smallest effect that is found four times of five ÷ half the width of the 95 % interval."""


@dataclass(frozen=True)
class Unit:
    """One unit before the fix: how many observations and which level."""

    name: str
    side: str
    start: dt.date | None
    n: int
    level: Estimate


@dataclass(frozen=True)
class Tried:
    """One design. `failed`: what keeps it from telling anything; `sees`: the smallest effect it would find four times
    of five; `alarm`: whether it would have called a change where there was none."""

    design: str
    failed: tuple[Assumption, ...]
    sees: float | None
    alarm: bool
    verdict: Verdict | None

    @property
    def possible(self) -> bool:
        return not self.failed and self.sees is not None


@dataclass(frozen=True)
class Advice:
    """What the data before the fix say. `level`: of the exposed; `weeks`: how long the data reach back."""

    units: tuple[Unit, ...]
    tried: tuple[Tried, ...]
    level: Estimate
    first: dt.date | None
    last: dt.date | None
    kind: str = "share"
    design: str = ""

    @property
    def best(self) -> str:
        """The design that would see the smallest effect without a false alarm, one that compares before one that does
        not; "" where none would."""
        able = [one for one in self.tried if one.possible and not one.alarm]
        able = [one for one in able if one.design != Design.ITS] or able
        return min(able, key=lambda one: one.sees or 0.0).design if able else ""

    @property
    def chosen(self) -> Tried | None:
        return next((one for one in self.tried if one.design == self.design), None)


def advise(source: reading.Source, spec: Mapping[str, Any], lists: Mapping[str, Any], *, every: bool = False) -> Advice:
    """`every`: all units there are, also those that are on no side yet. Raises WrongUse for an attribute that is not
    there."""
    last = reading.last_day(source)
    sides = reading.sides_of(source, spec, lists)
    panel = reading.panel_of(source, spec, sides, all_units=every)
    first = specs.date(int(panel.days[0])) if panel.days.size else None
    units = tuple(_unit(panel, row, sides) for row in range(len(panel.units)))
    exposed = [row for row, unit in enumerate(panel.units) if unit in sides.exposed]
    level = _level(panel, np.array(exposed, np.int64))
    tried: tuple[Tried, ...] = ()
    if last and sides.exposed and panel.days.size:
        tried = tuple(_try(panel, spec, sides, design, last) for design in DESIGNS)
    return Advice(units, tried, level, first, last, panel.kind, str(spec.get("design", "")))


def _unit(panel: Panel, row: int, sides: specs.Sides) -> Unit:
    name = panel.units[row]
    start = sides.exposed.get(name)
    side = "exposed" if start is not None else "excluded" if name in sides.excluded else "comparison"
    day = None if start is None else specs.date(start)
    rows = np.array([row], np.int64)
    return Unit(name, side, day, int(panel.n[row].sum()), _level(panel, rows))


def _level(panel: Panel, rows: Any) -> Estimate:
    total, n = float(panel.total[rows].sum()), float(panel.n[rows].sum())
    if panel.kind == "share":
        return proportion(round(total), round(n))
    if not n:
        return Estimate(None, None, None, 0, "")
    return Estimate(total / n, None, None, round(n), "mean")


def _try(panel: Panel, spec: Mapping[str, Any], sides: specs.Sides, design: Design, last: dt.date) -> Tried:
    from balm.proof.verdict import judge

    asked = dataclasses.replace(specs.registered(spec, sides), design=design)
    verdict = judge(panel, _earlier(panel, asked, last))
    failed = tuple(a for a in verdict.assumptions if a.fatal and a.ok is False)
    effect = verdict.reading.effect if verdict.reading else None
    half = (effect.high - effect.low) / 2 if effect and effect.low is not None and effect.high is not None else None
    alarm = verdict.outcome in (Outcome.GONE, Outcome.REDUCED, Outcome.WORSE)
    return Tried(design.value, failed, None if half is None else half * POWERED, alarm, verdict)


def _earlier(panel: Panel, asked: Registered, last: dt.date) -> Registered:
    """As if every start had been earlier, by whole periods: as many days follow as will follow the real one, but at
    most a third of what there is."""
    there = specs.days(last) - int(panel.days[0]) + 1
    planned = (asked.end or specs.days(last)) - asked.start + 1
    after = min(planned, max(there // 3, panel.step))
    back = asked.start - (specs.days(last) + 1 - after)
    back = -(-max(back, 0) // panel.step) * panel.step
    starts = {unit: day - back for unit, day in asked.exposed.items()}
    soak = min(asked.soak, after // 3)
    return dataclasses.replace(asked, exposed=starts, end=specs.days(last), soak=soak)
