"""Values with counts, for the panel of filters."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from functools import reduce
from typing import TYPE_CHECKING, Any

from balm.core.tables import BY
from balm.lake.query.filters import NO_THEME, OF_MENTIONS, Filter
from balm.lake.query.relations import PLACE, Relations
from balm.lake.query.stream import matching

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST = 100
"""Values of one facet that are told."""

_OF_COMMENTS = {"sources": "source", "imports": "import_key"}

FACETS = (*OF_MENTIONS, *_OF_COMMENTS)
"""Facets of every lake; attributes are facets too, by the name `by:NAME`."""

Facets = dict[str, list[tuple[str, int]]]


def facets(relations: Relations, asked: Filter, names: Collection[str] | None = None) -> Facets:
    """Facet → value and comments, most first."""
    wanted = [*FACETS, *(BY + name for name in relations.attributes)] if names is None else list(names)
    found: Facets = {name: [] for name in wanted}
    together = [name for name in wanted if name not in OF_MENTIONS and not _asked(asked, name)]
    alone = [name for name in wanted if name not in OF_MENTIONS and name not in together]
    # facets that are not filtered by themselves share one set of comments
    for group in ([together] if together else []) + [[name] for name in alone]:
        _count_comments(relations, _without(asked, group[0]) if group[0] in alone else asked, group, found)
    for name in (name for name in wanted if name in OF_MENTIONS):
        _count_mentions(relations, _without(asked, name), name, found)
    return {name: values[:MOST] for name, values in found.items()}


def _asked(asked: Filter, name: str) -> bool:
    return name.removeprefix(BY) in asked.by if name.startswith(BY) else bool(getattr(asked, name))


def _without(asked: Filter, name: str) -> Filter:
    if name.startswith(BY):
        return dataclasses.replace(asked, by={k: v for k, v in asked.by.items() if k != name.removeprefix(BY)})
    changes: dict[str, Any] = {name: ()}
    return dataclasses.replace(asked, **changes)


def _count_comments(relations: Relations, asked: Filter, names: list[str], found: Facets) -> None:
    import ibis

    table = matching(relations, asked)
    counted: list[ir.Table] = []
    for name in names:
        column: Any = _OF_COMMENTS.get(name) or relations.attributes[name.removeprefix(BY)]
        one = table.filter(table[column].notnull()).group_by(value=table[column]).agg(n=lambda t: t.count())
        counted.append(one.select(facet=ibis.literal(name), value=one.value, n=one.n))
    _keep(relations.ask(reduce(lambda a, b: a.union(b), counted)), found)


def _count_mentions(relations: Relations, asked: Filter, name: str, found: Facets) -> None:
    import ibis

    table = relations.matched_mentions(asked)
    if _narrows(asked):
        table = table.semi_join(relations.matched_comments(asked), PLACE)
    column = "theme_id" if name == "themes" else name
    table = table.select(value=table[column], place=table.part.cast("int64") * 2**32 + table.row)
    if name == "themes":
        table = table.mutate(value=ibis.coalesce(table.value, NO_THEME))
    one = table.filter(table.value.notnull()).group_by("value").agg(n=lambda t: t.place.nunique())
    _keep(relations.ask(one.select(facet=ibis.literal(name), value=one.value, n=one.n)), found)


def _narrows(asked: Filter) -> bool:
    """Whether anything is asked of comments."""
    changes: dict[str, Any] = dict.fromkeys(OF_MENTIONS, ())
    return dataclasses.replace(asked, **changes) != Filter()


def _keep(rows: list[dict[str, Any]], found: Facets) -> None:
    for row in sorted(rows, key=lambda row: (-row["n"], row["value"])):
        found[row["facet"]].append((row["value"], row["n"]))
