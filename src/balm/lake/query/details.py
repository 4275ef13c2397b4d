"""Whole comments with their mentions, by their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from balm.lake.query.answers import Comment, Mention
from balm.lake.query.filters import Filter
from balm.lake.query.place import shown
from balm.lake.query.relations import PLACE, Relations

Place = tuple[int, int]


def details(relations: Relations, places: Sequence[Place], asked: Filter) -> list[Comment]:
    """The comments at these places, in this order; `asked` tells which of their mentions were matched."""
    if not places:
        return []
    parts = sorted({part for part, _ in places})
    table = relations.comments(people=True)
    rows = {
        (row["part"], row["row"]): row
        for row in relations.ask(table.filter(_at(table, places)).drop("norm", "id_key", "sealed"), parts)
    }
    mentions = _mentions(relations, places, asked, parts)
    return [_comment(relations, rows[place], mentions.get(place, [])) for place in places if place in rows]


def sealed(relations: Relations, place: Place) -> tuple[str, list[list[int]], bytes | None]:
    """Text, redactions, and what was cut out of the comment at a place, sealed."""
    table = relations.comments()
    here = table.filter(_at(table, [place])).select("text", "redactions", "sealed")
    row = relations.ask(here, [place[0]])[0]
    return row["text"], row["redactions"] or [], row["sealed"]


def _at(table: Any, places: Sequence[Place]) -> Any:
    key = table.part.cast("int64") * 2**32 + table.row
    return table.part.isin(sorted({part for part, _ in places})) & key.isin([p * 2**32 + r for p, r in places])


def _mentions(
    relations: Relations, places: Sequence[Place], asked: Filter, parts: Sequence[int]
) -> dict[Place, list[dict[str, Any]]]:
    table = relations.coded()
    rows = relations.ask(table.filter(_at(table, places)).order_by(*PLACE, "mention"), parts)
    met = None
    if asked.asks_mentions:
        wanted = relations.matched_mentions(asked)
        hits = relations.ask(wanted.filter(_at(wanted, places)).select(*PLACE, "mention"), parts)
        met = {(row["part"], row["row"], row["mention"]) for row in hits}
    found: dict[Place, list[dict[str, Any]]] = {}
    for row in rows:
        row["matched"] = met is None or (row["part"], row["row"], row["mention"]) in met
        found.setdefault((row["part"], row["row"]), []).append(row)
    return found


def _comment(relations: Relations, row: dict[str, Any], mentions: Sequence[dict[str, Any]]) -> Comment:
    cut = row["redactions"] or []
    return Comment(
        feedback_id=row["feedback_id"],
        text=row["text"],
        time=row["time"],
        score=row["score"],
        customer=row["customer"],
        person=row["person"],
        source=row["source"],
        line=row["line"],
        import_key=row["import_key"],
        part=row["part"],
        row=row["row"],
        hidden=len(cut),
        by={name: row[column] for name, column in relations.attributes.items() if row.get(column) is not None},
        mentions=tuple(_mention(mention, cut, len(row["text"])) for mention in mentions),
    )


def _mention(row: dict[str, Any], cut: Sequence[Sequence[int]], length: int) -> Mention:
    start = min(shown(row["start"], cut), length)
    end = min(max(shown(row["end"], cut, end=True), start), length)
    marked = row["mark_start"] is not None
    marks = (min(start + row["mark_start"], end), min(start + row["mark_end"], end)) if marked else None
    return Mention(
        number=row["mention"],
        start=start,
        end=end,
        text=row["text"],
        language=row["language"],
        theme=row["theme_id"],
        machine_theme=row["machine_theme"],
        origin=row["origin"],
        by_hand=row["by_hand"],
        sentiment=row["sentiment"],
        polarity=row["polarity"],
        emotion=row["emotion"],
        kind=row["kind"],
        target=row["target"],
        intent=row["intent"],
        urgency=row["urgency"],
        confidence=row["confidence"],
        marks=marks,
        original=(row["start"], row["end"]),
        matched=row["matched"],
    )
