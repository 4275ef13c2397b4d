"""A metric by unit and period, and who raised a theme: what checks of a fix are computed from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from balm.core.errors import WrongUse
from balm.core.panel import Panel
from balm.lake.query.engine import Values
from balm.lake.query.filters import Filter
from balm.lake.query.relations import PLACE, Relations

if TYPE_CHECKING:
    import ibis.expr.types as ir

EVERYBODY = "everybody"
OTHERS = "others"
"""The unit where none is asked for, and of the customers that no group names."""

MOST_UNITS = 2_000
MOST_CELLS = 5_000_000
"""Units × periods: one comment dated a hundred years ago must not take all memory."""

_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class PanelAsk:
    """Which metric, of whom, when.

    `metric`: "mentions", the share of comments with a negative mention of `themes`; "score", the mean score; "content",
    the share of scores of at least `least`. `unit`: an attribute whose values are the units; else `groups`: customer
    key → unit, everybody else is `OTHERS`; with neither there is one unit. Comments without the attribute, without a
    date, and (for scores) without a score are left out. `step`: days in a period, counted from `anchor` so that it
    begins one. `where`: which comments count at all.
    """

    metric: Literal["mentions", "score", "content"] = "mentions"
    themes: tuple[str, ...] = ()
    least: float | None = None
    unit: str | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    step: int = 7
    anchor: dt.date = _EPOCH
    where: Filter = field(default_factory=Filter)


@dataclass(frozen=True)
class Raiser:
    """A person who raised a theme: how often, and from when to when."""

    customer: str
    comments: int
    first: dt.datetime | None
    last: dt.datetime | None


@dataclass(frozen=True)
class Person:
    """What one person's comments came to. `raised`: comments with a negative mention of the themes asked for;
    `total`: sum of the scores of `scored` comments."""

    customer: str
    comments: int
    raised: int
    scored: int
    total: float


def panel(relations: Relations, asked: PanelAsk) -> Panel:
    """The metric by unit and period, units in order of their names.

    Raises WrongUse for an attribute that is not there, a metric that lacks what it needs, or too many units.
    """
    _check(relations, asked)
    table, more = _units(relations, asked)
    table = table.filter(table.time.notnull(), table.unit.notnull())
    rows: list[dict[str, Any]]
    if asked.metric == "mentions":
        bad = relations.matched_mentions(Filter(themes=asked.themes, sentiment=("negative",)))
        table = table.left_join(bad.select(*PLACE).distinct().mutate(hit=1.0), PLACE)
        value = table.hit.fill_null(0.0)
    else:
        table = table.filter(table.score.notnull())
        value = table.score if asked.metric == "score" else (table.score >= asked.least).cast("float64")
    table = table.mutate(measured=value, day=table.time.truncate("D"))
    cells = table.group_by("unit", "day").agg(
        n=table.count(), total=table.measured.sum(), squares=(table.measured * table.measured).sum()
    )
    rows = relations.ask(cells, more=more)
    return _panel(rows, asked)


def _check(relations: Relations, asked: PanelAsk) -> None:
    if asked.unit is not None and asked.unit not in relations.attributes:
        raise WrongUse(f"no comment has the attribute {asked.unit!r}")
    if asked.metric == "mentions" and not asked.themes:
        raise WrongUse("a share of mentions needs a theme")
    if asked.metric == "content" and asked.least is None:
        raise WrongUse("a share of content scores needs the least score that counts as content")
    if asked.step < 1:
        raise WrongUse("a period has at least one day")


def _units(relations: Relations, asked: PanelAsk) -> tuple[ir.Table, dict[str, Values]]:
    """Comments that count, with the column `unit`."""
    import ibis

    if asked.unit is not None:
        table = relations.matched_comments(asked.where)
        return table.mutate(unit=table[relations.attributes[asked.unit]]), {}
    if not asked.groups:
        return relations.matched_comments(asked.where).mutate(unit=ibis.literal(EVERYBODY)), {}
    table = relations.matched_comments(asked.where, people=True)
    people = {relations.decisions.customer(key): unit for key, unit in asked.groups.items()}
    named = ibis.table({"of": "string", "group": "string"}, name="groups")
    joined = table.left_join(named, table.person == named.of)
    unit = ibis.coalesce(joined.group, ibis.literal(OTHERS))
    values = Values({"of": ("VARCHAR", list(people)), "group": ("VARCHAR", list(people.values()))})
    return joined.mutate(unit=unit), {"groups": values}


def _panel(rows: Sequence[Mapping[str, Any]], asked: PanelAsk) -> Panel:
    units = sorted({row["unit"] for row in rows})
    if len(units) > MOST_UNITS:
        raise WrongUse(f"{asked.unit!r} has {len(units)} values, more than {MOST_UNITS}; choose a coarser attribute")
    anchor = (asked.anchor - _EPOCH).days
    day = np.array([(row["day"].date() - _EPOCH).days for row in rows], np.int64)
    period = (day - anchor) // asked.step
    first, count = (int(period.min()), int(period.max() - period.min()) + 1) if rows else (0, 0)
    refuse_large(len(units), count)
    at = {unit: row for row, unit in enumerate(units)}
    place = np.array([at[row["unit"]] for row in rows], np.int64), period - first
    tables = []
    for name in ("total", "n", "squares"):
        cells = np.zeros((len(units), count))
        np.add.at(cells, place, np.array([row[name] for row in rows], np.float64))
        tables.append(cells)
    total, n, squares = tables
    days = anchor + (first + np.arange(count, dtype=np.int64)) * asked.step
    mean = asked.metric == "score"
    return Panel(tuple(units), days, asked.step, total, n, "mean" if mean else "share", squares if mean else None)


def refuse_large(units: int, periods: int) -> None:
    """Raises WrongUse where a panel would hold more cells than fit."""
    if units * periods > MOST_CELLS:
        raise WrongUse(
            f"{units:,} units over {periods:,} periods are too many; a wrong date far in the past makes so many"
        )


def raisers(relations: Relations, themes: Sequence[str], where: Filter) -> list[Raiser]:
    """Persons who raised one of `themes` negatively in comments that meet `where`, most often first."""
    table = relations.matched_comments(where, people=True)
    bad = relations.matched_mentions(Filter(themes=tuple(themes), sentiment=("negative",)))
    hit = table.filter(table.person.notnull()).semi_join(bad, PLACE)
    people = hit.group_by("person").agg(n=hit.count(), first=hit.time.min(), last=hit.time.max())
    ordered = people.order_by([people.n.desc(), people.person])
    return [Raiser(row["person"], row["n"], row["first"], row["last"]) for row in relations.ask(ordered)]


def persons(relations: Relations, customers: Sequence[str], themes: Sequence[str], where: Filter) -> list[Person]:
    """What the comments of these customers that meet `where` came to; those without any are left out."""
    import ibis

    people = sorted({relations.decisions.customer(key) for key in customers})
    named = ibis.table({"of": "string", "group": "string"}, name="groups")
    table = relations.matched_comments(where, people=True)
    theirs = table.semi_join(named, table.person == named.of)
    if themes:
        bad = relations.matched_mentions(Filter(themes=tuple(themes), sentiment=("negative",)))
        theirs = theirs.left_join(bad.select(*PLACE).distinct().mutate(hit=1), PLACE)
    else:
        theirs = theirs.mutate(hit=ibis.literal(0))
    summed = theirs.group_by("person").agg(
        n=theirs.count(), raised=theirs.hit.fill_null(0).sum(), scored=theirs.score.count(), total=theirs.score.sum()
    )
    values = {"groups": Values({"of": ("VARCHAR", people), "group": ("VARCHAR", people)})}
    rows = relations.ask(summed.order_by("person"), more=values)
    return [Person(r["person"], r["n"], r["raised"], r["scored"], r["total"] or 0.0) for r in rows]
