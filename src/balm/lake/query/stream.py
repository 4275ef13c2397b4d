"""Comments that meet a filter: how many, in order of time, by period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from balm.lake.query.answers import UNDATED, Counts, Cursor
from balm.lake.query.filters import Filter
from balm.lake.query.relations import PLACE, Relations

if TYPE_CHECKING:
    import ibis.expr.types as ir


def matching(relations: Relations, asked: Filter, *, dated: bool = False) -> ir.Table:
    """The comments that meet a filter."""
    table = relations.matched_comments(asked)
    if dated:
        table = table.filter(table.time.notnull())
    return table.semi_join(relations.matched_mentions(asked), PLACE) if asked.asks_mentions else table


def keys(relations: Relations, asked: Filter, at: Cursor | None, *, down: bool, size: int) -> list[dict[str, Any]]:
    """Part, row and moment of comments in order of time, beyond `at`; `down`: newest first, undated ones last."""
    import ibis

    hit = matching(relations, asked)
    found = hit.select(*PLACE, moment=ibis.coalesce(hit.time, ibis.timestamp(UNDATED)))
    if at is not None:
        moment = ibis.timestamp(at.time)
        before = (found.part < at.part) | ((found.part == at.part) & (found.row < at.row))
        behind = (found.part > at.part) | ((found.part == at.part) & (found.row > at.row))
        if down:
            found = found.filter((found.moment < moment) | ((found.moment == moment) & before))
        else:
            found = found.filter((found.moment > moment) | ((found.moment == moment) & behind))
    order = [ibis.desc(name) if down else ibis.asc(name) for name in ("moment", *PLACE)]
    return relations.ask(found.order_by(order).limit(size))


def cursor(key: Mapping[str, Any]) -> Cursor:
    return Cursor(key["moment"], key["part"], key["row"])


def counts(relations: Relations, asked: Filter) -> Counts:
    """Comments, mentions and customers that meet a filter."""
    comments = relations.matched_comments(asked, people=True)
    wanted = relations.matched_mentions(asked)
    joined = comments.select(*PLACE, "person")
    if asked.asks_mentions:
        hit = wanted.group_by(*PLACE).agg(n=wanted.count())
        joined = hit.join(joined, PLACE)
    summed = {"mentions": joined.n.sum()} if asked.asks_mentions else {}
    told = joined.aggregate(
        comments=joined.count(), known=joined.person.nunique(), unknown=joined.person.isnull().sum(), **summed
    )
    if not asked.asks_mentions:
        every = wanted if asked.empty else wanted.semi_join(joined, PLACE)
        told = told.cross_join(every.aggregate(mentions=every.count()))  # in one question: texts are searched once
    row = relations.ask(told)[0]
    return Counts(row["comments"], row["mentions"] or 0, row["known"] + (row["unknown"] or 0))


def series(relations: Relations, asked: Filter, period: str) -> list[tuple[dt.date, int, int]]:
    """Start of each period, comments that meet the filter, all comments."""
    unit = {"day": "D", "week": "W", "month": "M"}[period]
    every = matching(relations, Filter(), dated=True)
    total = every.group_by(start=every.time.truncate(unit).date()).agg(total=every.count())
    hit = matching(relations, asked, dated=True)
    hits = hit.group_by(start=hit.time.truncate(unit).date()).agg(n=hit.count())
    joined = total.left_join(hits, "start").select("start", "total", "n").order_by("start")
    return [(row["start"], row["n"] or 0, row["total"]) for row in relations.ask(joined)]
