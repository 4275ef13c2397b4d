"""Some columns of a source as arrays, for the calls that measure without reading words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.collect.columns import guess_columns
from balm.collect.dates import TimeReader
from balm.collect.open import as_sources, open_source
from balm.collect.reject import Reject
from balm.collect.scores import read_scores
from balm.core.coded import NO_DAY, Attribute
from balm.core.errors import InputRefused, WrongUse
from balm.core.types import Scale
from balm.lake.attributes import attribute, customers

BATCH = 50_000


@dataclass(frozen=True)
class Frame:
    """Columns of a source, each as its reader gave it in batches. `rejected`: rows that broke the format."""

    batches: list[dict[str, Any]]
    rejected: list[Reject]

    def __len__(self) -> int:
        return sum(len(next(iter(batch.values()))) for batch in self.batches)

    def texts(self, name: str) -> pa.ChunkedArray:
        """The column as strings, null where empty."""
        return pa.chunked_array([_as_text(batch[name]) for batch in self.batches], pa.string())

    def attribute(self, name: str) -> Attribute:
        """The column as codes into its sorted values."""
        return attribute(self.texts(name))

    def customers(self, name: str) -> NDArray[np.int32]:
        """The column as a number for each customer; a row without a key is a customer of its own."""
        return customers(self.texts(name))

    def scores(self, name: str, scale: Scale | None = None) -> NDArray[np.float64]:
        """The column as scores, NaN where there is none, it cannot be read or it lies outside `scale`."""
        return np.concatenate([read_scores(batch[name], scale)[0] for batch in self.batches] or [np.zeros(0)])

    def days(self, name: str) -> NDArray[np.int32]:
        """The column as days since 1970-01-01, `NO_DAY` where there is none or it cannot be read."""
        reader = TimeReader.of([value for batch in self.batches[:1] for value in batch[name]])
        read = [reader.read(batch[name])[0] for batch in self.batches]
        ms = np.concatenate(read) if read else np.zeros(0, np.int64)
        known = ms != np.iinfo(np.int64).min
        return np.where(known, ms // 86_400_000, NO_DAY).astype(np.int32)

    def equals(self, condition: str) -> NDArray[np.bool_]:
        """Rows for which "COLUMN=VALUE" holds; a bare COLUMN means that it is neither empty, 0, no nor false."""
        name, sign, value = condition.partition("=")
        texts = self.texts(name)
        if sign:
            cells = pc.utf8_trim_whitespace(texts)
            mask = pc.equal(cells, value.strip())
            if not pc.any(mask).as_py():  # True for true
                mask = pc.equal(pc.utf8_lower(cells), value.strip().lower())
        else:
            negative = pa.array(["", "0", "0.0", "no", "n", "false", "否", "-1"])
            mask = pc.invert(pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), negative))
        found: NDArray[np.bool_] = pc.fill_null(mask, False).combine_chunks().to_numpy(zero_copy_only=False)
        if not found.any():
            seen = [str(v) for v in pc.unique(texts).to_pylist()[:8] if v is not None]
            raise InputRefused(f"no row has {condition!r}; values of {name}: {', '.join(seen)}")
        return found


def _as_text(values: Any) -> pa.Array:
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
    else:
        texts = pa.array([None if v is None else str(v) for v in values], pa.string())
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), None, texts)


def read_frame(data: Any, wanted: Sequence[str]) -> Frame:
    """Read the columns `wanted` of one source or several. Raises WrongUse for a column that is not there."""
    frame = Frame([], [])
    for item in as_sources(data):
        source = open_source(item)
        names = source.sample().names
        for name in wanted:
            if name not in names:
                raise WrongUse(f"{source.name}: there is no column {name!r}; columns: {', '.join(names[:30])}")
        for rows in source.rows(wanted, 1, BATCH, frame.rejected.append):
            if len(rows.lines):
                frame.batches.append({name: rows.column(name) for name in wanted})
    if not frame.batches:
        raise InputRefused("there is no row to measure; check that the file has rows below its heading")
    return frame


def guess_score(data: Any, score: str | None, scale: str | None) -> tuple[str, Scale | None]:
    """The score column and its scale: as named, else guessed. Raises WrongUse where none can be guessed."""
    sample = open_source(as_sources(data)[0]).sample()
    try:
        # a stand-in for the text, which scores do not need
        padded = {**sample.columns, "\0text": ["words of a customer"] * max(1, _rows(sample.columns))}
        guess = guess_columns(padded, {"text": "\0text", "score": score, "scale": scale})
    except InputRefused as error:
        raise WrongUse(str(error)) from None
    if guess.score is None:
        raise WrongUse(f"no column looks like a score; name one with --score; columns: {', '.join(sample.names[:30])}")
    return guess.score, guess.scale


def _rows(columns: dict[str, Any]) -> int:
    return len(next(iter(columns.values()))) if columns else 0
