"""A chart as data. Renderers draw it; its table says the same in numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from balm.communicate import numbers
from balm.communicate.messages import pick, same, say
from balm.core.types import Estimate, Labels, to_json

FigureKind = Literal["trend", "spark", "interval", "dial", "bars", "bubble"]


@dataclass(frozen=True, slots=True)
class Series:
    """Values along `Figure.x`, None where unknown. `low`, `high`, `n`, `count` run beside `values` or are empty.

    `n`: what each value rests on; `count`: numerators, or areas in a bubble chart.
    """

    label: Labels
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    n: tuple[int, ...] = ()
    count: tuple[int | None, ...] = ()

    def at(self, i: int) -> Estimate:
        """The i-th value with its interval."""
        low, high = (self.low[i] if self.low else None), (self.high[i] if self.high else None)
        return Estimate(self.values[i], low, high, self.n[i] if self.n else 0, "")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a place on the x axis: a change with the span it most likely lies in."""

    at: float
    low: float
    high: float
    label: Labels
    kind: str = "shift"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of texts, every cell in every language. `numeric`: columns set flush right."""

    columns: tuple[Labels, ...]
    rows: tuple[tuple[Labels, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart.

    `x`: positions, one a value: days since 1970-01-01 (trend, spark), numbers (bubble) or 0, 1, … (bars). `ticks`: the
    name of each position. `unit`: of the values. `low`, `high`: the scale's ends where they are fixed.
    `n_name`: what n counts, if not comments.
    """

    kind: FigureKind
    title: Labels
    x: tuple[float, ...]
    ticks: tuple[Labels, ...]
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    unit: numbers.Unit = "share"
    digits: int | None = None
    x_name: Labels = field(default_factory=lambda: same(""))
    y_name: Labels = field(default_factory=lambda: same(""))
    low: float | None = None
    high: float | None = None
    n_name: Labels | None = None

    @property
    def empty(self) -> bool:
        return not any(v is not None for s in self.series for v in s.values)

    def table(self) -> Table:
        """The same figures as a table: position, then value with interval, count and n of every series."""
        if self.kind == "bubble":
            return self._bubbles()
        columns, numeric = [self.x_name], []
        for s in self.series:
            numeric += list(range(len(columns), len(columns) + 1 + bool(s.count) + bool(s.n)))
            columns.append(s.label)
            columns += [say("col.count")] if s.count else []
            columns += [self.n_name or say("col.base")] if s.n else []
        rows = []
        for i, tick in enumerate(self.ticks):
            row = [tick]
            for s in self.series:
                row.append(numbers.estimate(s.at(i), self.unit, self.digits))
                row += [same(_whole(s.count[i]))] if s.count else []
                row += [same(_whole(s.n[i]))] if s.n else []
            rows.append(tuple(row))
        return Table(tuple(columns), tuple(rows), tuple(numeric))

    def _bubbles(self) -> Table:
        """What each bubble is, how easy to solve, its value with interval, its customers and n."""
        s = self.series[0]
        levels = (say("level.low"), say("level.medium"), say("level.high"))
        rows = []
        for i, tick in enumerate(self.ticks):
            ease = levels[int(self.x[i]) - 1] if self.x[i] in (1.0, 2.0, 3.0) else same(numbers.number(self.x[i]))
            count, n = (_whole(s.count[i]) if s.count else "–"), (_whole(s.n[i]) if s.n else "–")
            rows.append((tick, ease, numbers.estimate(s.at(i), self.unit, self.digits), same(count), same(n)))
        columns = (say("col.pain"), say("col.solvability"), s.label, say("col.customers"), say("col.base_customers"))
        return Table(columns, tuple(rows), (2, 3, 4))

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_json(self)
        return plain

    def name(self, language: str) -> str:
        return pick(self.title, language)


def days(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return date.toordinal() - dt.date(1970, 1, 1).toordinal()


def _whole(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"
