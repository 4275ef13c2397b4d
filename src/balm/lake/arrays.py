"""The tables as arrays to measure on, with what people decided."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from balm.collect.identity import hash_ids
from balm.core.coded import EMOTIONS, NO_DAY, TARGETS, URGENCIES, CodedFeedback, MentionFacts
from balm.core.decisions import Decisions
from balm.core.errors import WrongUse
from balm.core.tables import BY
from balm.core.types import Sentiment, Urgency
from balm.lake.attributes import attribute, customers
from balm.lake.feedback import FeedbackStore
from balm.lake.mention_store import MentionStore, read_summary

_NAMES = ("theme_id", "sentiment", "emotion", "target", "urgency", "origin")
_SENTIMENTS = (Sentiment.NEGATIVE.value, Sentiment.NEUTRAL.value, Sentiment.POSITIVE.value)
_CODES: dict[str, dict[str, int]] = {
    "sentiment": {name: i - 1 for i, name in enumerate(_SENTIMENTS)},
    "emotion": {name.value: i for i, name in enumerate(EMOTIONS)},
    "target": {name.value: i for i, name in enumerate(TARGETS)},
    "urgency": {name.value: i for i, name in enumerate(URGENCIES)},
    "origin": {"phrase": 1},
}
"""Column → number of each of its values; 0 for other origins, −1 for null and what is not named."""

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Coded:
    """`feedback`, `facts`: comments and mentions as arrays. `languages`: comments by language code; `redactions`: kind
    of identifier → placeholders in the comments. `files`: where the mentions lie, in their order, with how many each
    holds; `versions`: of the tables that were read."""

    feedback: CodedFeedback
    facts: MentionFacts
    languages: NDArray[np.int64]
    redactions: dict[str, int]
    files: tuple[tuple[Path, int], ...]
    versions: dict[str, int | None]


def coded_arrays(
    folder: str | os.PathLike[str],
    theme_ids: Sequence[str],
    *,
    decisions: Decisions | None = None,
    versions: Mapping[str, int | None] | None = None,
) -> Coded:
    """What the tables of an analysis folder hold, for the themes `theme_ids`.

    A mention counts for its theme, hand coding first, retired themes then replaced; one whose theme is not among
    `theme_ids` counts as not coded. `versions`: of "feedback" and "mentions", the newest by default. About 40 bytes a
    mention and 30 a comment. Raises WrongUse where a part of the feedback has no mentions yet.
    """
    decided, pinned = decisions or Decisions(), versions or {}
    store = FeedbackStore(folder, pinned.get("feedback"))
    mentions = MentionStore(Path(folder), pinned.get("mentions"))
    place = {theme: i for i, theme in enumerate(theme_ids)}
    paths, sizes = mentions.paths(), store.sizes()
    collected: dict[str, list[NDArray[np.generic]]] = {}
    languages, redactions = np.zeros(5, np.int64), Counter[str]()
    files, first = [], 0
    for part, rows in sizes.items():
        summary = read_summary(paths[part]) if part in paths else None
        if summary is None or summary.rows != rows:
            raise WrongUse(f"part {part} of {folder} has no mentions yet; refresh the figures first")
        read = _read(paths[part], place, decided, first)
        for name, values in read.items():
            collected.setdefault(name, []).append(values)
        files.append((paths[part], len(read["comment"])))
        languages += np.array(summary.languages)
        redactions.update(summary.redactions)
        first += rows
    arrays = {name: np.concatenate(some) for name, some in collected.items()} or _none()
    _recode(arrays, store, decided, place)
    return Coded(
        _feedback(store, arrays, list(theme_ids), decided),
        MentionFacts(**{name: arrays[name] for name in MentionFacts.__dataclass_fields__}),  # type: ignore[arg-type]
        languages,
        dict(redactions),
        tuple(files),
        {"feedback": store.version, "mentions": mentions.version},
    )


def _read(path: Path, place: Mapping[str, int], decided: Decisions, first: int) -> Arrays:
    """Arrays of the mentions of one part, whose first comment is number `first`."""
    with pq.ParquetFile(path, read_dictionary=list(_NAMES)) as file:
        span = ["start", "end"] if decided.recodes else []
        table = file.read(["row", "polarity", "length", *span, *_NAMES], use_threads=False).combine_chunks()
    codes = {name: _numbers(table.column(name), known) for name, known in _CODES.items()}
    themes = {}
    for theme in _values(table.column("theme_id")):
        now = decided.theme(theme)
        if now is not None and now in place:
            themes[theme] = place[now]
    return {
        "comment": table.column("row").to_numpy() + np.int32(first),
        "theme": _numbers(table.column("theme_id"), themes),
        "negative": codes["sentiment"] < 0,
        "positive": codes["sentiment"] > 0,
        "polarity": table.column("polarity").to_numpy(),
        "emotion": codes["emotion"].astype(np.int8),
        "target": codes["target"].astype(np.int8),
        "urgent": codes["urgency"] == URGENCIES.index(Urgency.URGENT),
        "length": table.column("length").to_numpy(),
        "sure": codes["origin"] == 1,
        **{name: table.column(name).to_numpy() for name in span},
    }


def _none() -> Arrays:
    """Arrays of no mentions."""
    types = {
        **dict.fromkeys(("comment", "theme", "length"), np.int32),
        **dict.fromkeys(("negative", "positive", "urgent", "sure"), np.bool_),
        **dict.fromkeys(("emotion", "target"), np.int8),
        "polarity": np.float32,
    }
    return {name: np.zeros(0, kind) for name, kind in types.items()}


def _values(column: pa.ChunkedArray) -> list[str]:
    return [value for chunk in column.chunks for value in chunk.dictionary.to_pylist()]


def _numbers(column: pa.ChunkedArray, known: Mapping[str, int]) -> NDArray[np.int32]:
    """A dictionary-encoded column as the numbers of `known`, −1 for null and other values."""
    found = []
    for chunk in column.chunks:
        number = np.array([*(known.get(value, -1) for value in chunk.dictionary.to_pylist()), -1], np.int32)
        found.append(number[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)])
    return np.concatenate(found) if found else np.zeros(0, np.int32)


def _recode(arrays: Arrays, store: FeedbackStore, decided: Decisions, place: Mapping[str, int]) -> None:
    """Put the themes that people gave by hand in the place of those that were read; `sure` with them."""
    if not decided.recodes:
        return
    ids = list(dict.fromkeys(item.feedback_id for item in decided.recodes))
    keys = store.keys()
    at = np.flatnonzero(np.isin(keys, hash_ids(ids)))
    comment_of = dict(zip(keys[at].tolist(), at.tolist(), strict=True))
    key_of = dict(zip(ids, hash_ids(ids).tolist(), strict=True))
    for item in decided.recodes:
        comment = comment_of.get(key_of[item.feedback_id])
        if comment is None:
            continue  # of an import that was taken back
        low, high = np.searchsorted(arrays["comment"], [comment, comment + 1])
        mention = item.among(arrays["start"][low:high].tolist(), arrays["end"][low:high].tolist())
        if mention is not None:
            theme = decided.theme(item.theme_id)
            arrays["theme"][low + mention] = -1 if theme is None else place.get(theme, -1)
            arrays["sure"][low + mention] = theme is not None


def _feedback(store: FeedbackStore, arrays: Arrays, themes: list[str], decided: Decisions) -> CodedFeedback:
    table = store.to_table(["score", "time", "customer", *store.attributes])
    n = table.num_rows
    score = table.column("score").to_numpy().astype(np.float64)
    ms = table.column("time").cast(pa.int64())
    known = ms.is_valid().to_numpy()
    day = np.where(known, ms.fill_null(0).to_numpy() // 86_400_000, NO_DAY).astype(np.int32)
    by = {name.removeprefix(BY): attribute(table.column(name)) for name in store.attributes}
    return CodedFeedback(
        themes=themes,
        comment=arrays["comment"],  # type: ignore[arg-type]
        theme=arrays["theme"],  # type: ignore[arg-type]
        negative=arrays["negative"],  # type: ignore[arg-type]
        positive=arrays["positive"],  # type: ignore[arg-type]
        customer=customers(table.column("customer"), decided.customer if decided.customers else None),
        score=score,
        day=day,
        by=by,
        customers_known=table.column("customer").null_count < n,
    )
