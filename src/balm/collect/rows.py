"""What every reader hands on: some rows of a source, cell by cell or as an Arrow table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from balm.collect.reject import RejectHandler, clip_row, raw_of

Values: TypeAlias = Sequence[Any] | Any
"""One column: text, numbers, dates or None from a text file or a sheet; a `pyarrow.ChunkedArray` from a
table."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""Halves of characters, which stand for bytes that could not be decoded; Arrow cannot hold them."""

SAMPLE_ROWS = 4000
"""Rows that columns are guessed from."""


def text_array(cells: Sequence[str | None]) -> pa.Array:
    """Cells as an Arrow array of text; what cannot be text becomes U+FFFD."""
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:
        return pa.array([cell and SURROGATE.sub("\ufffd", cell) for cell in cells], pa.string())


def sound(column: pa.ChunkedArray) -> Values:
    """The column, or, where its text is not UTF-8 (a file can say so and lie), its cells with surrogates in them."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        data = column.cast(pa.binary() if pa.types.is_string(column.type) else pa.large_binary()).to_pylist()
        return [cell if cell is None else cell.decode("utf-8", "surrogateescape") for cell in data]
    return column


@dataclass(frozen=True)
class Sample:
    """Some rows of a source, from its start and from further on. All columns have one length. `whole`: where there are
    none here, there are none at all."""

    columns: dict[str, Values]
    whole: bool = True

    @property
    def names(self) -> list[str]:
        return list(self.columns)


class Rows(Protocol):
    """`lines`, shape (n,), int64: where each row starts; `next_line`: where to go on after these rows."""

    @property
    def lines(self) -> NDArray[np.int64]: ...
    @property
    def next_line(self) -> int: ...
    def column(self, name: str) -> Values: ...
    def raw(self, i: int) -> dict[str, str]: ...


@dataclass(frozen=True)
class CellRows:
    """Rows as lists of cells. A row may be shorter than `names`."""

    names: list[str]
    records: list[list[Any]]
    lines: NDArray[np.int64]
    next_line: int

    def column(self, name: str) -> Values:
        i = self.names.index(name)
        return [record[i] for record in self.records]

    def raw(self, i: int) -> dict[str, str]:
        return raw_of(self.names, self.records[i])


@dataclass(frozen=True)
class DictRows:
    """Rows as objects; a name that an object lacks reads as None."""

    records: list[Mapping[str, Any]]
    lines: NDArray[np.int64]
    next_line: int

    def column(self, name: str) -> Values:
        return [record.get(name) for record in self.records]

    def raw(self, i: int) -> dict[str, str]:
        return clip_row(self.records[i])


@dataclass(frozen=True)
class TableRows:
    """Rows as an Arrow table."""

    table: pa.Table
    lines: NDArray[np.int64]
    next_line: int

    def column(self, name: str) -> Values:
        return sound(self.table.column(name))

    def raw(self, i: int) -> dict[str, str]:
        row = self.table.slice(i, 1)
        cells = (sound(row.column(name))[0] for name in row.column_names)
        return raw_of(row.column_names, (cell.as_py() if isinstance(cell, pa.Scalar) else cell for cell in cells))


class Source(Protocol):
    """Something with rows of feedback in it. `name`: file name without folder, or "table"; `size`: its bytes."""

    name: str
    size: int

    @property
    def position(self) -> int:
        """Bytes read so far, of `size`."""
        ...

    def sample(self) -> Sample: ...

    def rows(self, wanted: Sequence[str], start_line: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        """The rows that start at `start_line` or later, in order; rows that break the format go to `reject`."""
        ...
