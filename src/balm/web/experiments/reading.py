"""Reading a check: the panel from the comments or from a measurement, and the verdict. No Django: it runs apart."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from balm.core.decisions import Decisions
from balm.core.errors import WrongUse
from balm.core.panel import Panel
from balm.core.verdicts import Registered, Verdict
from balm.lake.panel import MOST_UNITS, OTHERS, PanelAsk, refuse_large
from balm.lake.queries import Filter, Lake
from balm.web.experiments import spec as specs

EVERY = 200_000
"""Customers that are dealt into groups at most."""


@dataclass(frozen=True)
class Source:
    """Where the numbers come from: a lake, or rows of a measurement (unit, day, total, n, squares)."""

    folder: str = ""
    versions: Mapping[str, int | None] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)
    rows: Sequence[tuple[str, dt.date, float, float, float | None]] | None = None
    kind: str = "share"


@dataclass(frozen=True)
class Read:
    """What came of it. `last`: the last day of the data; `digest`: of the panel, so that changed data are noticed."""

    verdict: Verdict | None
    panel: Panel
    registered: Registered
    last: dt.date | None
    digest: str
    both: int = 0


def sides_of(source: Source, spec: Mapping[str, Any], lists: Mapping[str, Any]) -> specs.Sides:
    """Who is on which side."""
    if spec.get("known") != "list":
        return specs.by_attribute(spec)
    lake = _lake(source)
    people = {key: source.decisions.customer(key) for key in lists}
    found = lake.customers(size=EVERY)[0]
    return specs.by_list(lists, people, [customer.key for customer in found])


def _lake(source: Source) -> Lake:
    return Lake.open(source.folder, source.versions, source.decisions)


def panel_of(
    source: Source,
    spec: Mapping[str, Any],
    sides: specs.Sides,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    all_units: bool = False,
) -> Panel:
    """The metric by unit and period, one of which begins on the day of the first start.

    Only of the units that are registered, unless `all_units`. Raises WrongUse for an attribute that is not there.
    """
    anchor = specs.date(min(sides.exposed.values())) if sides.exposed else specs.EPOCH
    step = int(spec.get("step") or 7)
    if source.rows is not None:
        made = _measured(source, step, anchor, first, last)
    else:
        asked = PanelAsk(
            spec["metric"],
            tuple(spec.get("themes", ())),
            least=spec.get("least"),
            unit=(spec.get("by") or None) if not sides.groups else None,
            groups=sides.groups,
            step=step,
            anchor=anchor,
            where=Filter(first=first, last=last),
        )
        made = _lake(source).panel(asked)
    wanted = {unit for unit in made.units if unit != OTHERS} if all_units else set(sides.units)
    return only(made, wanted)


def only(panel: Panel, wanted: set[str]) -> Panel:
    """The rows of some units."""
    kept = [row for row, unit in enumerate(panel.units) if unit in wanted]
    squares = None if panel.squares is None else panel.squares[kept]
    units = tuple(panel.units[row] for row in kept)
    return Panel(units, panel.days, panel.step, panel.total[kept], panel.n[kept], panel.kind, squares)


def _measured(source: Source, step: int, anchor: dt.date, first: dt.date | None, last: dt.date | None) -> Panel:
    rows = [r for r in source.rows or () if (first is None or r[1] >= first) and (last is None or r[1] <= last)]
    units = sorted({row[0] for row in rows})
    begin = specs.days(anchor)
    period = np.array([(specs.days(row[1]) - begin) // step for row in rows], np.int64)
    start, count = (int(period.min()), int(period.max() - period.min()) + 1) if rows else (0, 0)
    if len(units) > MOST_UNITS:
        raise WrongUse(f"the measurement has {len(units):,} units, more than {MOST_UNITS:,}; send coarser ones")
    refuse_large(len(units), count)
    place = {unit: n for n, unit in enumerate(units)}
    at = np.array([place[row[0]] for row in rows], np.int64), period - start
    tables = []
    for column in (2, 3, 4):
        cells = np.zeros((len(units), count))
        np.add.at(cells, at, np.array([row[column] or 0.0 for row in rows], np.float64))
        tables.append(cells)
    squared = bool(rows) and source.kind != "share" and all(row[4] is not None for row in rows)
    days = begin + (start + np.arange(count, dtype=np.int64)) * step
    kind: Any = source.kind
    return Panel(tuple(units), days, step, tables[0], tables[1], kind, tables[2] if squared else None)


def digest(panel: Panel) -> str:
    """SHA-256 over the panel."""
    total = hashlib.sha256(repr((panel.units, panel.step, panel.kind)).encode())
    for table in (panel.days, panel.total, panel.n):
        total.update(np.ascontiguousarray(table).tobytes())
    return total.hexdigest()


def last_day(source: Source) -> dt.date | None:
    """The last day that the data reach."""
    if source.rows is not None:
        return max((row[1] for row in source.rows), default=None)
    page = _lake(source).page(Filter(), size=1)
    time = page.comments[0].time if page.comments else None
    return time.date() if time else None


def read(
    source: Source,
    spec: Mapping[str, Any],
    lists: Mapping[str, Any],
    progress: Callable[[str, int, int], None] | None = None,
) -> Read:
    """Panel and verdict as of the data there are."""
    from balm.proof.verdict import judge

    tell = progress or (lambda stage, done, total: None)
    tell("panel", 0, 2)
    sides = sides_of(source, spec, lists)
    last = last_day(source)
    panel = panel_of(source, spec, sides)
    tell("verdict", 1, 2)
    asked = specs.registered(spec, sides, end=last)
    return Read(judge(panel, asked), panel, asked, last, digest(panel), sides.both)


def plain(read: Read) -> dict[str, Any]:
    """What is kept of it, as JSON; of exposed units also the days with the fix that count, and their observations."""
    units = [_unit(read, row) for row in range(min(len(read.panel.units), 200))]
    size = {"periods": len(read.panel.days), "both": read.both}
    shown = "share" if read.panel.kind == "share" else "score"
    return {"digest": read.digest, "units": units, "kind": read.panel.kind, "shown": shown, **size}


def _unit(read: Read, row: int) -> dict[str, Any]:
    panel, asked = read.panel, read.registered
    name = panel.units[row]
    told = {"unit": name, "n": float(panel.n[row].sum()), "total": float(panel.total[row].sum())}
    if name not in asked.exposed or not len(panel.days):
        return told
    first = asked.exposed[name] + asked.soak
    last = min(int(panel.days[-1]) + panel.step - 1, asked.end if asked.end is not None else 10**9)
    counted = (panel.days >= first) & (panel.days <= last)
    days = {"first": str(specs.date(first)), "last": str(specs.date(last))}
    return {**told, **days, "after": float(panel.n[row][counted].sum())}
