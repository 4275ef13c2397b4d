"""What the page of priorities reads: two rankings, the board, and votes beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Max, Min

from balm.communicate import figures
from balm.communicate.figure import Figure
from balm.core.types import Priority
from balm.prioritize.models import CUSTOMER_IMPACT, VALUE_EFFORT
from balm.web.painpoints import models
from balm.web.painpoints.lines import Line, digits
from balm.web.people.models import User, Workspace

SHOWN = 20
"""Pain points in each ranking before "all", and in the picture."""

UNDECIDED = 10
CARDS = 30
"""Cards a column of the board shows; the list has the others."""


@dataclass(frozen=True)
class Bracket:
    """Neighbors in a ranking that cannot be told from one another; alone where it can be told from the next."""

    items: list[tuple[Line, Priority]]

    @property
    def first(self) -> int:
        return self.items[0][1].rank

    @property
    def last(self) -> int:
        return self.items[-1][1].rank


def ranked(found: Iterable[Line], model: str) -> list[tuple[Line, Priority]]:
    """Lines with their priority under a model, by its rank."""
    pairs = [(line, line.effort if model == VALUE_EFFORT else line.impact) for line in found]
    return sorted(((line, p) for line, p in pairs if p), key=lambda pair: pair[1].rank)


def brackets(items: list[tuple[Line, Priority]]) -> list[Bracket]:
    """Runs of neighbors each of which is tied with every other one of the run."""
    out: list[Bracket] = []
    for line, priority in items:
        run = out[-1].items if out else []
        if run and all(line.theme_id in other.tied_with for _, other in run):
            run.append((line, priority))
        else:
            out.append(Bracket([(line, priority)]))
    return out


@dataclass(frozen=True)
class Votes:
    """What stakeholders think, apart from the data."""

    n: int
    mean: float
    low: int
    high: int


def votes(workspace: Workspace) -> dict[int, Votes]:
    """Row → its votes."""
    found = (
        models.Vote.objects.filter(painpoint__workspace=workspace)
        .order_by()
        .values("painpoint")
        .annotate(n=Count("pk"), mean=Avg("weight"), low=Min("weight"), high=Max("weight"))
    )
    return {v["painpoint"]: Votes(v["n"], float(v["mean"]), v["low"], v["high"]) for v in found}


def my_votes(workspace: Workspace, user: User) -> dict[int, int]:
    mine = models.Vote.objects.filter(painpoint__workspace=workspace, user=user)
    return dict(mine.values_list("painpoint", "weight"))


def judgements(rows: Iterable[models.PainPoint]) -> dict[tuple[int, str], models.Activity]:
    """(row, "effort" or "level") → who judged it last, and when."""
    pks = [row.pk for row in rows if row.effort or row.level]
    told = models.Activity.objects.filter(painpoint__in=pks, kind__in=("effort", "level")).select_related("by")
    found: dict[tuple[int, str], models.Activity] = {}
    for activity in told:
        found.setdefault((activity.painpoint_id, activity.kind), activity)
    return found


@dataclass(frozen=True)
class Column:
    value: str
    label: Any
    cards: list[Line]
    more: int = 0


def board(found: list[Line], cards_each: int | None = CARDS) -> list[Column]:
    """The four columns in the order people gave; before them the first pain points nobody has decided on."""
    open_ = [line for line in found if line.row.state != models.PainPoint.State.ARCHIVED]
    free = [line for line in open_ if not line.row.moscow]
    columns = [Column("", None, free[:UNDECIDED], max(len(free) - UNDECIDED, 0))]
    for value, label in models.PainPoint.Moscow.choices:
        cards = [line for line in open_ if line.row.moscow == value]
        cards.sort(key=lambda line: (line.row.moscow_place, line.row.pk))
        shown = cards[:cards_each]
        columns.append(Column(value, label, shown, len(cards) - len(shown)))
    return columns


def before(found: list[Line], theme: str, column: str, position: int) -> str | None:
    """The card that will follow when `theme` is put at `position` of a column; None: it will be the last."""
    cards = next((c.cards for c in board(found, None) if c.value == column), [])
    others = [line.theme_id for line in cards if line.theme_id != theme]
    return others[position] if 0 <= position < len(others) else None


def bubble(found: list[Line]) -> tuple[Figure | None, list[Line]]:
    """Impact against solvability as people judge it, of the first by value and effort."""
    order = [line for line, _ in ranked(found, VALUE_EFFORT) if line.ease and line.pain.impact.value is not None]
    order = order[:SHOWN]
    ease = {line.theme_id: line.ease for line in order}
    return figures.effort([line.pain for line in order], ease, digits(found)["impact"]), order


MODELS = (CUSTOMER_IMPACT, VALUE_EFFORT)
