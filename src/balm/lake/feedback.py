"""The feedback that was imported: Parquet parts, a manifest that says what they are, and the rows that were refused.

A part counts once the manifest names it, and the manifest is replaced in one step: a process that dies loses at most
the batch it was on, and the next one takes the import up there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from balm.collect.columns import ColumnMap
from balm.collect.identity import Keys, Occurrences, Register, hash_ids
from balm.collect.reject import Reject
from balm.core.errors import InputRefused, WrongUse
from balm.core.tables import BY, FEEDBACK

VERSION = 1
_ID_KEY, _ROW_KEY = "id_key", "row_key"
_OURS = re.compile(r"\d{8}\.(parquet|seen\.npy)(\.tmp)?")  # a folder "parts" may hold a user's files too


@dataclass
class Import:
    """One file or table that was imported. `key`: SHA-256 of its bytes. `next_line`: where it goes on unless
    `complete`. `rows`: looked at; each was kept, a duplicate, or rejected for one of the reasons in `rejected`;
    `unread_cells`: cells of kept rows left empty, by reason. `parts`: files of this import."""

    key: str
    name: str
    columns: dict[str, Any]
    next_line: int = 1
    complete: bool = False
    rows: int = 0
    kept: int = 0
    duplicates: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    unread_cells: dict[str, int] = field(default_factory=dict)
    by: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Appended:
    """What became of a batch."""

    kept: int
    duplicates: int


class FeedbackStore:
    """Feedback in `directory`, made on the first write; one process at a time may write.

    directory/manifest.json, parts/00000001.parquet …, rejected.jsonl. Raises InputRefused when what is there is not a
    store that this version can read.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self._manifest = self.directory / "manifest.json"
        self._parts = self.directory / "parts"
        self.rejected_path = self.directory / "rejected.jsonl"
        self.imports: list[Import] = []
        self._next_part, self._rejected_bytes = 1, 0
        self._register: Register | None = None
        self._seen: dict[str, Occurrences] = {}
        self._lock: int | None = None
        if self._manifest.exists():
            self._load()

    def __enter__(self) -> FeedbackStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the right to write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def rows(self) -> int:
        """Comments in the store."""
        return sum(item.kept for item in self.imports)

    @property
    def attributes(self) -> list[str]:
        """Names of the `by:` columns of all imports, in the order they came."""
        return list(dict.fromkeys(name for item in self.imports for name in item.by))

    @property
    def schema(self) -> pa.Schema:
        """FEEDBACK and the attributes of all imports."""
        return pa.schema([*FEEDBACK, *(pa.field(name, pa.string()) for name in self.attributes)])

    def begin(self, key: str, name: str, columns: ColumnMap) -> Import:
        """Take up the import of a source: as it stands if it was begun before, else a new one.

        One that was read with other columns before is dropped, to be read anew in its place. Raises WrongUse when
        another process is writing.
        """
        self._acquire()
        found = next((item for item in self.imports if item.key == key), None)
        if found is None:
            found = Import(key, name, columns.to_json(), by=[BY + name for name in columns.by])
            self.imports.append(found)
        elif found.columns != columns.to_json():
            fresh = Import(key, name, columns.to_json(), by=[BY + name for name in columns.by])
            self._drop(found, fresh)
            return fresh
        return found

    def reads_otherwise(self, key: str, columns: ColumnMap) -> bool:
        """Whether the store holds this source as read with other columns: `begin` would drop it."""
        return any(item.key == key and item.columns != columns.to_json() for item in self.imports)

    def known(self, ids: Sequence[str]) -> NDArray[np.bool_]:
        """Which ids the store holds, shape (n,)."""
        return self._known().ids.contains(hash_ids(ids))

    def append(self, table: pa.Table, key: str, next_line: int, rejects: Sequence[Reject] = ()) -> Appended:
        """Add the rows of `table` that are new, and write down that the import goes on at `next_line`.

        `table` has the columns of FEEDBACK and attributes; an empty `feedback_id` is derived. `rejects`: rows of the
        same batch that were left out, which go to `rejected.jsonl`, and cells that could not be read, which are only
        counted. Durable on return, all or nothing.
        """
        item = self._import(key)
        self._acquire()
        admitted = self._known().admit(table, self._occurrences(item))
        kept = admitted.table.num_rows
        if kept:
            item.parts.append(self._write_part(admitted.table, admitted.ids, admitted.rows))
            item.by = list(dict.fromkeys([*item.by, *(n for n in table.column_names if n.startswith(BY))]))
        if len(admitted.counted):
            item.seen.append(self._write_seen(admitted.counted))
        self._next_part += 1
        item.next_line = next_line
        item.kept += kept
        item.duplicates += table.num_rows - kept
        item.rows += table.num_rows
        self._note(item, rejects)
        self._save()
        return Appended(kept, table.num_rows - kept)

    def finish(self, key: str, rejects: Sequence[Reject] = ()) -> None:
        """Write down that a source was read to its end."""
        item = self._import(key)
        self._acquire()
        self._note(item, rejects)
        item.complete = True
        done, item.seen = item.seen, []
        self._seen.pop(key, None)
        self._save()
        for name in done:
            (self._parts / name).unlink(missing_ok=True)

    def parts(self) -> list[str]:
        """Names of the parts, in the order they came; see `read`."""
        return [name for item in self.imports for name in item.parts]

    def read(self, part: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The comments of one part; `columns` of `schema`, all by default, null where the part has none."""
        schema = self.schema
        wanted = schema.names if columns is None else list(columns)
        missing = [name for name in wanted if name not in schema.names]
        if missing:
            raise WrongUse(f"the store has no column {missing[0]!r}; it has {', '.join(schema.names)}")
        return self._read_part(part, wanted, schema)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The comments in the order they came, part by part; `columns` of `schema`, all by default."""
        for part in self.parts():
            yield self.read(part, columns)

    def to_table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All comments as one table."""
        schema = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        return pa.concat_tables([schema.empty_table(), *self.batches(columns)])

    # what is on the disk

    def _load(self) -> None:
        try:
            data = json.loads(self._manifest.read_text("utf-8"))
            if data["version"] != VERSION:
                raise InputRefused(f"{self.directory} was written by another version of Balm")
            self.imports = [Import(**item) for item in data["imports"]]
            self._next_part, self._rejected_bytes = data["next_part"], data["rejected_bytes"]
        except (ValueError, KeyError, TypeError, OSError):
            raise InputRefused(f"{self._manifest} is damaged; import into another folder") from None

    def _drop(self, old: Import, fresh: Import) -> None:
        """Put `fresh`, not yet read, in the place of `old`, whose rows and rejects go."""
        self.imports[self.imports.index(old)] = fresh
        self._register = None
        self._seen.pop(old.key, None)
        if old.rejected and all(item.name != old.name for item in self.imports if item is not fresh):
            lines = self.rejected_path.read_bytes().splitlines(keepends=True)
            kept = b"".join(line for line in lines if json.loads(line)["source"] != old.name)
            _replace(self.rejected_path, kept)
            self._rejected_bytes = len(kept)
        self._save()
        for name in (*old.parts, *old.seen):
            (self._parts / name).unlink(missing_ok=True)

    def _import(self, key: str) -> Import:
        for item in self.imports:
            if item.key == key:
                return item
        raise WrongUse("append to an import that was not begun")

    def _acquire(self) -> None:
        """Become the one writer, and clear away what a dead one left half done."""
        if self._lock is not None:
            return
        self._parts.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.directory / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            os.close(handle)
            raise WrongUse(f"another import into {self.directory} is running") from None
        self._lock = handle
        if self._manifest.exists():
            self._load()  # another process may have written since
            self._register = None
        named = {name for item in self.imports for name in (*item.parts, *item.seen)}
        for path in self._parts.iterdir():
            if path.name not in named and _OURS.fullmatch(path.name):
                path.unlink()
        there = self.rejected_path.stat().st_size if self.rejected_path.exists() else 0
        self._rejected_bytes = min(self._rejected_bytes, there)
        if there > self._rejected_bytes:
            os.truncate(self.rejected_path, self._rejected_bytes)

    def _known(self) -> Register:
        if self._register is None:
            keys_of = [_ID_KEY, _ROW_KEY]
            tables = [pq.read_table(self._parts / name, columns=keys_of, use_threads=False) for name in self.parts()]
            keys = pa.concat_tables(tables) if tables else pa.table({_ID_KEY: [], _ROW_KEY: []})
            ids, rows = (np.asarray(keys.column(name).to_numpy()).astype(np.uint64) for name in (_ID_KEY, _ROW_KEY))
            self._register = Register(ids, rows)
        return self._register

    def _occurrences(self, item: Import) -> Occurrences:
        if item.key not in self._seen:
            seen = [np.load(self._parts / name, allow_pickle=False) for name in item.seen]
            self._seen[item.key] = Occurrences(np.concatenate(seen) if seen else None)
        return self._seen[item.key]

    def _write_part(self, table: pa.Table, ids: Keys, rows: Keys) -> str:
        name = f"{self._next_part:08d}.parquet"
        table = table.append_column(_ID_KEY, pa.array(ids)).append_column(_ROW_KEY, pa.array(rows))
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", use_dictionary=True, store_schema=True)
        _replace(self._parts / name, sink.getvalue())
        return name

    def _write_seen(self, keys: Keys) -> str:
        name = f"{self._next_part:08d}.seen.npy"
        sink = pa.BufferOutputStream()
        np.save(sink, keys, allow_pickle=False)
        _replace(self._parts / name, sink.getvalue())
        return name

    def _read_part(self, name: str, wanted: Iterable[str], schema: pa.Schema) -> pa.Table:
        file = self._parts / name
        try:
            with pq.ParquetFile(file) as part:
                here = set(part.schema_arrow.names)
                table = part.read([column for column in wanted if column in here], use_threads=False)
                n = part.metadata.num_rows
        except (pa.ArrowException, OSError):
            raise InputRefused(f"{file} is damaged; import into another folder") from None
        fields = [schema.field(column) for column in wanted]
        columns = [table.column(f.name) if f.name in here else pa.nulls(n, f.type) for f in fields]
        return pa.Table.from_arrays(columns, schema=pa.schema(fields))

    def _note(self, item: Import, rejects: Sequence[Reject]) -> None:
        """Count rejects, and write those that cost a row."""
        lines = []
        for reject in rejects:
            counts = item.unread_cells if reject.kept else item.rejected
            counts[reject.reason.value] = counts.get(reject.reason.value, 0) + 1
            if not reject.kept:
                lines.append(json.dumps(reject.to_json(), ensure_ascii=False, separators=(",", ":")))
        item.rows += len(lines)
        if lines:
            data = "".join(line + "\n" for line in lines).encode()
            with self.rejected_path.open("ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._rejected_bytes += len(data)

    def _save(self) -> None:
        data = {
            "version": VERSION,
            "next_part": self._next_part,
            "rejected_bytes": self._rejected_bytes,
            "imports": [vars(item) for item in self.imports],
        }
        _replace(self._manifest, json.dumps(data, ensure_ascii=False, indent=1).encode())


def _replace(path: Path, data: Any) -> None:
    """Put `data` at `path` in one step, so that a reader or a crash sees the old file or the new one."""
    scratch = path.with_name(path.name + ".tmp")
    with scratch.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    with suppress(OSError, AttributeError):  # folders cannot be synced everywhere
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
