"""The sentences behind the numbers: an even sample of any number of mentions, packed to travel inside the page."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from balm.core.tables import BY

if TYPE_CHECKING:
    import pyarrow as pa

CAP = 60_000
"""Mentions a page carries at most."""

TEXT_CAP = 1_000
"""Code points of one mention a page carries at most; the rest is in mentions.parquet."""

_CODED = ("theme_id", "language", "sentiment", "emotion", "target", "urgency")
_JOINED = ("score", "time", "customer")
_SMALL = ("mention", "mark_start", "mark_end", "confidence")

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Tally:
    """Mentions of one theme, over all of the data, also those no page carries."""

    mentions: int = 0
    negative: int = 0
    positive: int = 0


@dataclass(slots=True)
class Sentences:
    """`table`: the kept mentions in the order given; `tally`: theme id ("" for not coded) → counts over all."""

    table: pa.Table | None = None
    total: int = 0
    tally: dict[str, Tally] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        return 0 if self.table is None else int(self.table.num_rows)

    @property
    def columns(self) -> frozenset[str]:
        return frozenset() if self.table is None else frozenset(self.table.column_names)


@dataclass(slots=True)
class _Groups:
    """What was seen and kept of every (theme, negative or not); position i is theme i // 2."""

    names: dict[str, int] = field(default_factory=dict)
    seen: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    stride: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    positive: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def grow(self) -> None:
        more = 2 * len(self.names) - len(self.seen)
        self.seen = np.append(self.seen, np.zeros(more, np.int64))
        self.positive = np.append(self.positive, np.zeros(more, np.int64))
        self.stride = np.append(self.stride, np.ones(more, np.int64))


def sample(mentions: Iterable[pa.Table], cap: int = CAP) -> Sentences:
    """Read every table once and keep at most `cap` mentions, evenly from each theme.

    The rule: of each theme, negative mentions apart from the others, every 2ᵏ-th is kept in the order given, with the
    smallest k that brings it down to the level at which all themes, small ones whole, fit into `cap`. No randomness,
    one pass, memory for about 2 × `cap` mentions; how the rows are cut into tables does not matter.
    """
    import pyarrow as pa

    groups, kept = _Groups(), list[tuple[pa.Table, Ints, Ints]]()
    for given in mentions:
        table = pa.Table.from_batches([given]) if isinstance(given, pa.RecordBatch) else given
        if not table.num_rows:
            continue
        group = _group(table, groups)
        place = _place(group, groups)
        keep = place % groups.stride[group] == 0
        kept.append((_narrow(table).filter(pa.array(keep)), group[keep], place[keep]))
        if sum(len(g) for _, g, _ in kept) > 2 * cap:
            kept = _thin(kept, groups, cap)
    kept = _thin(kept, groups, cap)
    tally = {
        name: Tally(int(groups.seen[2 * i : 2 * i + 2].sum()), int(groups.seen[2 * i + 1]), int(groups.positive[2 * i]))
        for name, i in groups.names.items()
    }
    whole = pa.concat_tables([t for t, _, _ in kept], promote_options="default") if kept else None
    return Sentences(whole, int(groups.seen.sum()), tally)


def _narrow(table: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    names = set(table.column_names)
    wanted = [c for c in ("feedback_id", "text", *_CODED, *_JOINED, *_SMALL) if c in names]
    wanted += sorted(c for c in names if c.startswith(BY))
    table = table.select(wanted)
    at = wanted.index("text")
    return table.set_column(at, "text", pc.utf8_slice_codeunits(table["text"], 0, TEXT_CAP))


def _codes(column: Any, names: dict[str, int]) -> Ints:
    """Codes of a string column by first appearance, kept in `names`; null is ""."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    to = np.array([names.setdefault(v, len(names)) for v in coded.dictionary.to_pylist()], np.int64)
    return to[coded.indices.to_numpy(zero_copy_only=False)] if len(to) else np.zeros(0, np.int64)


def _group(table: pa.Table, groups: _Groups) -> Ints:
    import pyarrow.compute as pc

    theme = _codes(table["theme_id"], groups.names)
    groups.grow()
    negative = pc.equal(table["sentiment"], "negative").to_numpy().astype(np.int64)
    positive = pc.equal(table["sentiment"], "positive").to_numpy()
    groups.positive += np.bincount(2 * theme[positive], minlength=len(groups.seen))
    group: Ints = 2 * theme + negative
    return group


def _place(group: Ints, groups: _Groups) -> Ints:
    """The how-manieth of its group each row is, over all tables so far."""
    order = np.argsort(group, kind="stable")
    count = np.bincount(group, minlength=len(groups.seen))
    first = np.cumsum(count) - count
    place = np.empty(len(group), np.int64)
    place[order] = np.arange(len(group)) - first[group[order]]
    place += groups.seen[group]
    groups.seen = groups.seen + count
    return place


def _thin(kept: list[tuple[pa.Table, Ints, Ints]], groups: _Groups, cap: int) -> list[tuple[pa.Table, Ints, Ints]]:
    """Double the stride of the groups above the water level at which all fit into `cap`."""
    import pyarrow as pa

    if groups.seen.sum() <= cap:
        return kept
    level = _level(groups.seen, cap)
    for g in np.flatnonzero(groups.seen > level):
        while -(-groups.seen[g] // groups.stride[g]) > level:
            groups.stride[g] *= 2
    out = []
    for table, group, place in kept:
        keep = place % groups.stride[group] == 0
        out.append((table.filter(pa.array(keep)), group[keep], place[keep]))
    return out


def _level(size: Ints, cap: int) -> int:
    """The largest whole L with Σ min(size, L) ≤ cap; at least 1."""
    ordered = np.sort(size)
    below = np.cumsum(ordered) - ordered
    rest = len(ordered) - np.arange(len(ordered))
    levels = (cap - below) // rest
    fits = np.flatnonzero(levels < ordered)
    return max(int(levels[fits[0]]) if len(fits) else int(ordered[-1]), 1)


def join(sentences: Sentences, feedback: Iterable[pa.Table]) -> Sentences:
    """Add score, time, customer and attributes of the comments (schema FEEDBACK) to the kept mentions."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if sentences.table is None:
        return sentences
    ids = pc.unique(sentences.table["feedback_id"])
    found = []
    for batch in feedback:
        wanted = [c for c in batch.column_names if c in _JOINED or c.startswith(BY)]
        found.append(batch.select(["feedback_id", *wanted]).filter(pc.is_in(batch["feedback_id"], value_set=ids)))
    if not found:
        return sentences
    rows = pa.concat_tables(found, promote_options="default")
    at = pc.index_in(sentences.table["feedback_id"], value_set=rows["feedback_id"].combine_chunks())
    table = sentences.table
    for name in rows.column_names:
        if name not in table.column_names:
            table = table.append_column(name, rows[name].take(at))
    return Sentences(table, sentences.total, sentences.tally)


def pack(sentences: Sentences) -> str:
    """Columns as JSON, gzipped without a time stamp, in base64. The page's script documents the layout by reading it.

    Small sets of values travel as one character a row, from "0" up; identifiers as differences; days as numbers.
    """
    data: dict[str, Any] = {"total": sentences.total, "kept": sentences.kept, "columns": {}}
    data["tally"] = {k: [t.mentions, t.negative, t.positive] for k, t in sentences.tally.items()}
    if sentences.table is not None:
        table = sentences.table
        data["text"] = table["text"].to_pylist()
        data["feedback"] = _references(table["feedback_id"], keep_names=True)
        for name in (c for c in table.column_names if c in _CODED or c.startswith(BY)):
            data["columns"][name] = _characters(table[name])
        if "customer" in table.column_names:
            data["customer"] = _references(table["customer"], keep_names=False)
        for name in (c for c in _SMALL if c in table.column_names):
            data[name] = _small(table[name], 10 if name == "confidence" else 1)
        if "score" in table.column_names:
            data["score"] = _scores(table["score"])
        if "time" in table.column_names:
            data["day"] = _days(table["time"])
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return base64.b64encode(gzip.compress(plain, compresslevel=6, mtime=0)).decode("ascii")


def _characters(column: Any) -> dict[str, Any]:
    names: dict[str, int] = {}
    codes = _codes(column, names)
    if len(names) > 50_000:  # beyond one character below the surrogates: an identifier, not an attribute
        return {"values": [""], "rows": "0" * len(codes)}
    return {"values": list(names), "rows": (codes + ord("0")).astype("<u4").tobytes().decode("utf-32-le")}


def _small(column: Any, times: int) -> str:
    """Whole numbers from 0 up, one character each from "1"; "0" stands for none or too many."""
    import pyarrow.compute as pc

    values = pc.fill_null(column.cast("float64"), -1).to_numpy()
    codes = np.where((values >= 0) & (values <= TEXT_CAP), np.rint(values * times) + 1, 0).astype("<u4")
    return (codes + ord("0")).astype("<u4").tobytes().decode("utf-32-le")


def _references(column: Any, keep_names: bool) -> dict[str, Any]:
    names: dict[str, int] = {}
    codes = _codes(column, names)
    if "" in names and not keep_names:
        codes = np.where(codes == names[""], -1, codes)
    steps = np.diff(codes, prepend=0).tolist()
    return {"values": list(names), "steps": steps} if keep_names else {"steps": steps}


def _scores(column: Any) -> dict[str, Any]:
    values, codes = np.unique(column.to_numpy(), return_inverse=True)
    if len(values) > 50_000:
        return {"values": [None], "rows": "0" * len(codes)}
    rows = (codes + ord("0")).astype("<u4").tobytes().decode("utf-32-le")
    return {"values": [float(v) if np.isfinite(v) else None for v in values], "rows": rows}


def _days(column: Any) -> dict[str, Any]:
    """Days since 1970-01-01, null where unknown."""
    import pyarrow as pa

    days = column.cast(pa.timestamp("ms")).cast("int64").to_pylist()
    return {"days": [None if ms is None else ms // 86_400_000 for ms in days]}
