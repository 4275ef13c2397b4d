"""Tables that are columns already: Parquet files, and Arrow, pandas or Polars tables in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from balm.collect.files import FileKind
from balm.collect.reject import RejectHandler
from balm.collect.rows import SAMPLE_ROWS, DictRows, Rows, Sample, TableRows, sound
from balm.core.errors import InputRefused, WrongUse

IN_MEMORY = "table"
"""The source name of a table that comes from no file."""


class ParquetFile:
    """A source of rows in a Parquet file; `line` is the row, from 1."""

    def __init__(self, kind: FileKind) -> None:
        import pyarrow.parquet as pq

        self.kind = kind
        self.name = kind.name
        self.size = kind.path.stat().st_size
        try:
            self._file = pq.ParquetFile(kind.path)
        except (pa.ArrowException, OSError) as error:
            raise InputRefused(
                f"{self.name} is a damaged Parquet file: {_line(error)}", code="damaged_parquet"
            ) from None
        twins = [name for name, n in Counter(self._file.schema_arrow.names).items() if n > 1]
        if twins:
            raise InputRefused(f"{self.name} has several columns named “{twins[0]}”; rename them", code="twins")
        self._names = [name for name in self._file.schema_arrow.names if not name.startswith("__index_level_")]
        self._total = self._file.metadata.num_rows
        self._done = 0

    @property
    def position(self) -> int:
        return int(self.size * self._done // max(1, self._total))

    def sample(self) -> Sample:
        groups = self._file.num_row_groups
        picked = sorted({round(i * (groups - 1) / 3) for i in range(4)}) if groups else []
        parts = []
        try:
            for group in picked:
                batches = self._file.iter_batches(SAMPLE_ROWS // len(picked), row_groups=[group], columns=self._names)
                parts += [batch for batch in [next(batches, None)] if batch is not None]
        except (pa.ArrowException, OSError) as error:
            raise InputRefused(
                f"{self.name} is a damaged Parquet file: {_line(error)}", code="damaged_parquet"
            ) from None
        table = pa.Table.from_batches(parts, parts[0].schema) if parts else self._file.schema_arrow.empty_table()
        return Sample({name: sound(table.column(name)) for name in self._names})

    def rows(self, wanted: Sequence[str], start_line: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        line = 0
        try:
            for batch in self._file.iter_batches(batch_rows, columns=list(dict.fromkeys(wanted))):
                first, line = line, line + len(batch)
                self._done = line
                skip = max(0, start_line - 1 - first)
                if skip < len(batch):
                    numbers = np.arange(first + skip + 1, line + 1, dtype=np.int64)
                    yield TableRows(pa.Table.from_batches([batch.slice(skip)]), numbers, line + 1)
        except (pa.ArrowException, OSError) as error:
            raise InputRefused(
                f"{self.name} is a damaged Parquet file after row {line}: {_line(error)}", code="damaged_parquet"
            ) from None


class MemoryTable:
    """A source of rows in an Arrow table; `line` is the row, from 1."""

    def __init__(self, table: pa.Table, name: str = IN_MEMORY) -> None:
        self.name = name
        self.table = table
        self.size = table.nbytes
        self._done = 0

    @property
    def position(self) -> int:
        return int(self.size * self._done // max(1, self.table.num_rows))

    def sample(self) -> Sample:
        n = self.table.num_rows
        step = max(1, n // SAMPLE_ROWS)
        table = self.table.take(pa.array(np.arange(0, n, step))) if step > 1 else self.table
        return Sample({name: sound(table.column(name)) for name in table.column_names})

    def rows(self, wanted: Sequence[str], start_line: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        for first in range(start_line - 1, self.table.num_rows, batch_rows):
            part = self.table.slice(first, batch_rows)
            self._done = first + part.num_rows
            numbers = np.arange(first + 1, self._done + 1, dtype=np.int64)
            yield TableRows(part, numbers, self._done + 1)


class MemoryRecords:
    """A source of rows in a list of dicts; `line` is the place in the list, from 1."""

    def __init__(self, records: Sequence[Mapping[str, Any]], name: str = IN_MEMORY) -> None:
        if not all(isinstance(record, Mapping) for record in records):
            raise WrongUse("a list given as data must hold one dict for each comment")
        self.name = name
        self.records = records
        self.size = len(records)
        self.position = 0

    def sample(self) -> Sample:
        records = self.records[:: max(1, len(self.records) // SAMPLE_ROWS)]
        names = {str(name): None for record in records for name in record}
        return Sample({name: [record.get(name) for record in records] for name in names})

    def rows(self, wanted: Sequence[str], start_line: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        for first in range(start_line - 1, len(self.records), batch_rows):
            part = list(self.records[first : first + batch_rows])
            self.position = first + len(part)
            yield DictRows(part, np.arange(first + 1, self.position + 1, dtype=np.int64), self.position + 1)


def in_memory(data: Any) -> MemoryTable | MemoryRecords:
    """A table of Arrow, pandas, Polars or any library that speaks the Arrow C stream; a dict of columns; a list of
    dicts. Raises WrongUse for anything else."""
    if isinstance(data, (list, tuple)):
        return MemoryRecords(data)
    try:
        table = _arrow(data)
    except (pa.ArrowException, TypeError, ValueError):
        if hasattr(data, "columns") and hasattr(data, "to_dict"):  # pandas with columns of mixed types
            return MemoryRecords(data.to_dict("records"))
        raise WrongUse(f"a {type(data).__name__} is neither a path nor a table that can be read") from None
    keep = [name for name in table.column_names if not name.startswith("__index_level_")]
    return MemoryTable(table.select(keep))


def _arrow(data: Any) -> pa.Table:
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if isinstance(data, Mapping):
        return pa.table({str(name): values for name, values in data.items()})
    if hasattr(data, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(data).read_all()
    if hasattr(data, "__dataframe__"):
        from pyarrow.interchange import from_dataframe

        return from_dataframe(data)
    raise TypeError


def _line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0][:200]
