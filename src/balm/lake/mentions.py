"""What was read in comments as a table of mentions and as arrays to measure on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.core.coded import EMOTIONS, INTENTS, LANGUAGE_CODES, TARGETS, URGENCIES
from balm.core.tables import MENTIONS
from balm.lake.mention_store import TABLE
from balm.understand.catalog import Catalog
from balm.understand.redact import to_original
from balm.understand.understanding import ORIGINS, Reading

SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class ThemeColumns:
    """What people read of each theme in one language: id, label for blame, neutral name for praise."""

    ids: list[str]
    labels: list[str]
    topics: list[str]

    @classmethod
    def of(cls, catalog: Catalog, language: str) -> ThemeColumns:
        labels, topics = catalog.labels, catalog.topic_labels
        return cls(catalog.ids, [x[language] for x in labels], [x[language] for x in topics])


@dataclass(frozen=True)
class Themes:
    """Id and kind of each theme of a reading."""

    ids: list[str]
    kinds: list[str]


def mention_table(feedback: pa.Table, read: Reading, themes: Themes, *, part: int, coding: str) -> pa.Table:
    """The mentions of a part of the feedback, columns as `mention_store.TABLE`."""
    owner = pa.array(read.comment)
    start, end = _original(feedback, read)
    first = np.searchsorted(read.comment, read.comment, side="left")
    theme = np.where(read.theme >= 0, read.theme, -1)
    marked = read.mark_end > read.mark_start
    columns: dict[str, Any] = {
        "feedback_id": feedback.column("feedback_id").combine_chunks().take(owner),
        "mention": np.arange(len(read.comment)) - first,
        "start": start,
        "end": end,
        "text": read.text,
        "language": _named(read.language, [x.value for x in LANGUAGE_CODES]),
        "theme_id": _named(theme, themes.ids),
        "origin": _named(read.origin.astype(np.int32) - 1, ORIGINS),
        "sentiment": _named(read.sentiment.astype(np.int32) + 1, SENTIMENTS),
        "polarity": read.polarity,
        "emotion": _named(read.emotion, [x.value for x in EMOTIONS]),
        "kind": _named(theme, themes.kinds),
        "target": _named(read.target, [x.value for x in TARGETS]),
        "intent": _named(read.intent, [x.value for x in INTENTS]),
        "urgency": _named(read.urgency, [x.value for x in URGENCIES]),
        "confidence": read.confidence,
        "mark_start": pa.array(read.mark_start, pa.int32(), mask=~marked),
        "mark_end": pa.array(read.mark_end, pa.int32(), mask=~marked),
        "length": read.end - read.start,
        "part": np.full(len(read.comment), part),
        "row": read.comment,
        "coding": pa.array([coding]).take(pa.array(np.zeros(len(read.comment), np.int32))),
    }
    made = [
        value if isinstance(value, pa.Array) else pa.array(value, TABLE.field(name).type)
        for name, value in columns.items()
    ]
    return pa.Table.from_arrays(made, schema=TABLE)


def labelled(mentions: pa.Table, themes: ThemeColumns) -> pa.Table:
    """Mentions as people get them, columns as `core.tables.MENTIONS`, from rows of the table."""
    place = pc.index_in(mentions.column("theme_id").combine_chunks(), pa.array(themes.ids, pa.string()))
    theme = pc.fill_null(place, -1).to_numpy(zero_copy_only=False)
    praised = pc.equal(mentions.column("sentiment"), "positive").combine_chunks().to_numpy(zero_copy_only=False)
    named = np.where(praised & (theme >= 0), theme + len(themes.ids), theme)
    shown = _named(named, themes.labels + themes.topics)
    arrays = [shown if field.name == "theme" else mentions.column(field.name) for field in MENTIONS]
    return pa.Table.from_arrays(arrays, schema=MENTIONS)


def _named(codes: NDArray[Any], names: Sequence[str]) -> pa.Array:
    """Names by number; a negative number is null."""
    index = pa.array(codes.astype(np.int32), pa.int32(), mask=codes < 0)
    return pa.array(list(names), pa.string()).take(index)


def _original(feedback: pa.Table, read: Reading) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Offsets of the mentions in the comments before redaction."""
    start, end = read.start.astype(np.int32), read.end.astype(np.int32)
    column = feedback.column("redactions").combine_chunks()
    touched = np.flatnonzero(
        pc.fill_null(pc.greater(pc.list_value_length(column), 0), False).to_numpy(zero_copy_only=False)
    )
    if not len(touched):
        return start, end
    for comment, spans in zip(touched.tolist(), column.take(pa.array(touched)).to_pylist(), strict=True):
        low, high = np.searchsorted(read.comment, [comment, comment + 1])
        for at in range(low, high):
            start[at], end[at] = to_original(int(start[at]), int(end[at]), [tuple(span) for span in spans])
    return start, end
