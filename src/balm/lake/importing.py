"""From files to the store: read, redact, keep; taken up where it stopped, and never twice."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from balm.collect.columns import ColumnMap
from balm.collect.files import File
from balm.collect.frames import MemoryRecords, in_memory
from balm.collect.open import as_sources, open_source, size_of
from balm.collect.read import BATCH_ROWS, Progress, plan, read_source
from balm.collect.reject import Reject
from balm.collect.rows import Source
from balm.core.errors import InputRefused
from balm.core.types import Scale
from balm.lake.feedback import FeedbackStore, Import
from balm.lake.originals import pieces
from balm.lake.rows import SEALED

Redact = Callable[[pa.Table], pa.Table]
"""Takes a table of feedback and gives it back, row for row, with identifiers replaced and customers pseudonymous."""

RedactText = Callable[[list[str]], list[str]]

Seal = Callable[[list[str]], list[bytes]]
"""Encrypts texts, each by itself."""

Spread = Callable[[Redact, Iterator[pa.Table]], Iterator[pa.Table]]
"""Does what `map` does, perhaps in several processes."""


@dataclass(frozen=True)
class Imported:
    """One source's outcome. `again`: it was in the store already and was not read; `anew`: it was there as read with
    other columns, and that reading was dropped."""

    name: str
    columns: ColumnMap
    rows: int
    kept: int
    duplicates: int
    rejected: dict[str, int]
    unread_cells: dict[str, int]
    again: bool = False
    anew: bool = False


@dataclass(frozen=True)
class ImportReport:
    """What `import_files` did. `rows` = `kept` + `duplicates` + all of `rejected`, over all sources and, for an import
    taken up again, from its beginning. `unread_cells`: cells of kept rows left empty, by reason."""

    sources: tuple[Imported, ...] = field(default=())

    @property
    def rows(self) -> int:
        return sum(item.rows for item in self.sources)

    @property
    def kept(self) -> int:
        return sum(item.kept for item in self.sources)

    @property
    def duplicates(self) -> int:
        return sum(item.duplicates for item in self.sources)

    @property
    def rejected(self) -> dict[str, int]:
        return _sum(item.rejected for item in self.sources)

    @property
    def unread_cells(self) -> dict[str, int]:
        return _sum(item.unread_cells for item in self.sources)


def whole(store: FeedbackStore) -> ImportReport:
    """What the store holds, of this import and of all before it."""
    outcomes = []
    for item in store.imports:
        read = {**item.columns, "by": tuple(item.columns["by"]), "reasons": dict(item.reasons)}
        read["scale"] = Scale(read["scale"]) if read["scale"] else None
        counts = (item.rows, item.kept, item.duplicates, dict(item.rejected), dict(item.unread_cells))
        outcomes.append(Imported(item.name, ColumnMap(**read), *counts, again=True))
    return ImportReport(tuple(outcomes))


def import_files(
    sources: Any,
    store: FeedbackStore,
    *,
    named: Mapping[str, Any] | None = None,
    columns: ColumnMap | None = None,
    redact: Redact | None = None,
    redact_text: RedactText | None = None,
    seal: Seal | None = None,
    progress: Progress | None = None,
    batch_rows: int = BATCH_ROWS,
    on_columns: Callable[[str, ColumnMap], None] | None = None,
    spread: Spread = map,
) -> ImportReport:
    """Import one source or a list of them (see `collect.read`) into `store`.

    Nothing is written before `redact` has seen it, nor any part of a rejected row before `redact_text` has; the cells
    of the customer's column are left out of rejected rows. A source whose bytes the store has already is not read
    again; one that was left half way goes on; one that was read with other columns before is read anew. A source given
    twice counts once. `seal`: what `redact` cuts out of the comments is kept, encrypted by it; without, it is kept
    nowhere. `spread`: how `redact` is applied to batch after batch. Raises InputRefused when a source cannot be used or
    none of its rows can.
    """
    given = as_sources(sources)
    total, done, outcomes = sum(map(size_of, given)), 0, []
    taken: set[str] = set()
    for data in given:
        source, key = open_source(data), _key(data)
        if key in taken:
            continue
        taken.add(key)
        chosen = plan(source, named, columns)
        if on_columns:
            on_columns(source.name, chosen)
        anew = store.reads_otherwise(key, chosen)
        item = store.begin(key, source.name, chosen)
        again = item.complete
        if not again:
            tell = _teller(source, done, total, progress)
            redaction = _Redaction(chosen, redact, redact_text, seal)
            _import_one(source, store, item, redaction, batch_rows=batch_rows, tell=tell, spread=spread)
        done += source.size
        if progress:
            progress(done, total)
        if item.rows and not item.kept and not item.duplicates:
            worst = max(sorted(item.rejected), key=lambda reason: item.rejected[reason])
            raise InputRefused(
                f"{source.name}: none of its {item.rows:,} rows can be used (most often: {worst}); see rejected.jsonl"
            )
        counts = (item.rows, item.kept, item.duplicates, dict(item.rejected), dict(item.unread_cells))
        outcomes.append(Imported(source.name, chosen, *counts, again=again, anew=anew))
    return ImportReport(tuple(outcomes))


@dataclass(frozen=True)
class _Redaction:
    columns: ColumnMap
    redact: Redact | None
    redact_text: RedactText | None
    seal: Seal | None

    def table(self, table: pa.Table) -> pa.Table:
        if self.redact is None or not table.num_rows:
            return table
        redacted = self.redact(table)
        if redacted.num_rows != table.num_rows:
            raise ValueError("redaction must keep every row")
        return redacted

    def sealed(self, table: pa.Table, originals: pa.ChunkedArray | None) -> pa.Table:
        """The table with what was cut out of its comments, encrypted, in the column `sealed`."""
        if self.seal is None or originals is None:
            return table
        spans = table.column("redactions").to_pylist()
        touched = [i for i, some in enumerate(spans) if some]
        texts = originals.take(pa.array(touched, pa.int64())).to_pylist()
        told = [json.dumps(pieces(text, spans[i]), ensure_ascii=False) for i, text in zip(touched, texts, strict=True)]
        column: list[bytes | None] = [None] * table.num_rows
        for i, data in zip(touched, self.seal(told) if told else [], strict=True):
            column[i] = data
        return table.append_column(SEALED, pa.array(column, pa.binary()))

    def rejects(self, rejects: list[Reject]) -> list[Reject]:
        lost = [reject for reject in rejects if not reject.kept]
        cells = [value for reject in lost for value in reject.raw.values()]
        clean = iter(self.redact_text(cells) if self.redact_text and cells else cells)
        secret = self.columns.customer
        named = {id(r): {k: v for k, v in zip(r.raw, clean, strict=False) if k != secret} for r in lost}
        return [replace(reject, raw=named.get(id(reject), {})) for reject in rejects]


def _import_one(
    source: Source,
    store: FeedbackStore,
    item: Import,
    redaction: _Redaction,
    *,
    batch_rows: int,
    tell: Callable[[], None],
    spread: Spread,
) -> None:
    rejects: list[Reject] = []
    batches = read_source(
        source, redaction.columns, reject=rejects.append, start_line=item.next_line, batch_rows=batch_rows
    )
    waiting: deque[tuple[int, list[Reject], pa.ChunkedArray | None]] = deque()

    def tables() -> Iterator[pa.Table]:
        for batch in batches:
            # rejects: what came before this batch ended, and no more
            originals = batch.table.column("text") if redaction.seal else None
            waiting.append((batch.next_line, list(rejects), originals))
            rejects.clear()
            yield batch.table

    for table in spread(redaction.table, tables()):
        next_line, lost, originals = waiting.popleft()
        store.append(redaction.sealed(table, originals), item.key, next_line, redaction.rejects(lost))
        tell()
    store.finish(item.key, redaction.rejects(rejects))


def _teller(source: Source, done: int, total: int, progress: Progress | None) -> Callable[[], None]:
    def tell() -> None:
        if progress:
            progress(min(total, done + source.position), total)

    return tell


def _key(data: Any) -> str:
    """SHA-256 of a file's bytes, unless it brings a key, or of the contents of a table in memory."""
    if isinstance(data, File) and data.key:
        return data.key
    digest = sha256()
    if isinstance(data, (str, os.PathLike)):
        with Path(data).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()
    source = in_memory(data)
    if isinstance(source, MemoryRecords):
        for record in source.records:
            cells = sorted((str(name), repr(value)) for name, value in record.items())
            digest.update(repr(cells).encode("utf-8", "replace"))
    else:
        sink = pa.BufferOutputStream()
        table = source.table.replace_schema_metadata(None).combine_chunks()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        digest.update(sink.getvalue())
    return digest.hexdigest()


def _sum(counts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in counts:
        for reason, count in part.items():
            total[reason] = total.get(reason, 0) + count
    return total
