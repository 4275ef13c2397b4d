"""The feedback that was imported: a Delta table whose every commit also says how far each import has come.

A process that dies loses at most the batch it was on, and the next one takes the import up there. Readers see the
table as of one commit; one process at a time may write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from balm.collect.columns import ColumnMap
from balm.collect.identity import Occurrences, Register, hash_ids
from balm.collect.reject import Reject
from balm.core.errors import WrongUse
from balm.core.tables import BY, FEEDBACK
from balm.lake.disk import Disk
from balm.lake.mention_store import forget_parts
from balm.lake.rows import loaded
from balm.lake.state import Import

__all__ = ["Appended", "FeedbackStore", "Import"]


@dataclass(frozen=True)
class Appended:
    """What became of a batch."""

    kept: int
    duplicates: int


class FeedbackStore:
    """Feedback in the analysis folder `directory`, made on the first write.

    directory/lake/feedback is the Delta table, directory/rejected.jsonl holds the rows that were set aside. `version`:
    what to read, the newest by default. Raises InputRefused when what is there is not a store that can be read,
    WrongUse for a version that is not there.
    """

    def __init__(self, directory: str | os.PathLike[str], version: int | None = None) -> None:
        self.directory = Path(directory)
        self._disk = Disk(self.directory, version)
        self._register: Register | None = None
        self._seen: dict[str, Occurrences] = {}

    def __enter__(self) -> FeedbackStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the right to write."""
        self._disk.close()

    @property
    def version(self) -> int | None:
        """The version of the Delta table that is read, None before the first write."""
        return self._disk.table.version if self._disk.table else None

    @property
    def id(self) -> str | None:
        """Of the Delta table, None before the first write: a table made anew has another."""
        return self._disk.table.id if self._disk.table else None

    @property
    def rejected_path(self) -> Path:
        """All rows that were set aside, as of the last import that was finished or taken back."""
        return self._disk.rejects.path

    @property
    def imports(self) -> list[Import]:
        """What was imported, in the order it came."""
        return self._disk.state.imports

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

    # writing

    def lock(self) -> None:
        """Become the one writer, and clear away what a dead one left half done.

        Raises WrongUse when another process is writing.
        """
        if self._disk.lock():
            self._register, self._seen = None, {}
            forget_parts(self.directory, self.parts())

    def begin(self, key: str, name: str, columns: ColumnMap) -> Import:
        """Take up the import of a source: as it stands if it was begun before, else a new one.

        One that was read with other columns before is dropped, to be read anew in its place. Raises WrongUse when
        another process is writing.
        """
        self.lock()
        found = self._find(key)
        if found is not None and found.columns == columns.to_json():
            found.reasons = dict(columns.reasons)
            return found
        by = [BY + attribute for attribute in columns.by]
        fresh = Import(key, name, columns.to_json(), dict(columns.reasons), by=by)
        if found is None:
            self.imports.append(fresh)
        else:
            self._drop(found, fresh)
        return fresh

    def reads_otherwise(self, key: str, columns: ColumnMap) -> bool:
        """Whether the store holds this source as read with other columns: `begin` would drop it."""
        found = self._find(key)
        return found is not None and found.columns != columns.to_json()

    def known(self, ids: Sequence[str]) -> NDArray[np.bool_]:
        """Which ids the store holds, shape (n,)."""
        return self._known().ids.contains(hash_ids(ids))

    def append(self, table: pa.Table, key: str, next_line: int, rejects: Sequence[Reject] = ()) -> Appended:
        """Add the rows of `table` that are new, and write down that the import goes on at `next_line`.

        `table` has the columns of FEEDBACK, attributes and perhaps `sealed` (binary); an empty `feedback_id` is
        derived. `rejects`: rows of the same batch that were left out, which go to `rejected.jsonl`, and cells that
        could not be read, which are only counted. Durable on return, all or nothing.
        """
        item = self._writable(key)
        with self._all_or_nothing():
            admitted = self._known().admit(table, self._occurrences(item))
            kept = admitted.table.num_rows
            if kept:
                item.by = list(dict.fromkeys([*item.by, *(n for n in table.column_names if n.startswith(BY))]))
            item.next_line = next_line
            item.kept += kept
            item.duplicates += table.num_rows - kept
            item.rows += table.num_rows
            self._note(item, rejects)
            self._disk.append(item, admitted)
        return Appended(kept, table.num_rows - kept)

    def finish(self, key: str, rejects: Sequence[Reject] = ()) -> None:
        """Write down that a source was read to its end."""
        item = self._writable(key)
        with self._all_or_nothing():
            self._note(item, rejects)
            item.complete = True
            item.seen = []
            self._seen.pop(key, None)
            self._disk.commit()
        self._disk.clear()
        self._disk.rejects.publish(self.imports)

    def take_back(self, key: str) -> bool:
        """Remove one import: its comments, their mentions and its rejected rows. False where there is none of it.

        The same source can be imported again. Its bytes leave the disk a day later, when somebody writes: until then,
        readers may be at an earlier version.
        """
        self.lock()
        item = self._find(key)
        if item is not None:
            self._drop(item, None)
        return item is not None

    # reading

    def parts(self) -> list[int]:
        """Numbers of the parts, in the order of the imports; see `read`."""
        return [number for item in self.imports for number in item.parts]

    def sizes(self) -> dict[int, int]:
        """Part → its comments, in the order of `parts`."""
        return {part: self._disk.rows(part) for part in self.parts()}

    def read(self, part: int, columns: Sequence[str] | None = None) -> pa.Table:
        """The comments of one part; `columns` of `schema`, all by default, null where the part has none."""
        schema = self.schema
        wanted = schema.names if columns is None else list(columns)
        missing = [name for name in wanted if name not in schema.names]
        if missing:
            raise WrongUse(f"the store has no column {missing[0]!r}; it has {', '.join(schema.names)}")
        names = self._disk.columns
        return loaded(self._disk.read(part, [names.get(name, name) for name in wanted]), wanted, schema, names)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The comments in the order they came, part by part; `columns` of `schema`, all by default."""
        for part in self.parts():
            yield self.read(part, columns)

    def to_table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All comments as one table."""
        schema = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        return pa.concat_tables([schema.empty_table(), *self.batches(columns)])

    def keys(self, name: str = "id_key") -> NDArray[np.uint64]:
        """Hashes of the ids (`collect.identity.hash_ids`) of all comments, in the order of `parts`; shape (n,)."""
        found = [self._disk.read(part, [name]).column(name).to_numpy().view(np.uint64) for part in self.parts()]
        return np.concatenate([np.zeros(0, np.uint64), *found])

    def rejected(self, key: str | None = None) -> Iterator[dict[str, Any]]:
        """Rows that were set aside, of one import or of all, keys as in `rejected.jsonl`."""
        return self._disk.rejects.read([item for item in self.imports if key in (None, item.key)])

    # helpers

    def _find(self, key: str) -> Import | None:
        return next((item for item in self.imports if item.key == key), None)

    def _writable(self, key: str) -> Import:
        self.lock()
        item = self._find(key)
        if item is None:
            raise WrongUse("append to an import that was not begun")
        return item

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """What did not reach the disk is not remembered either."""
        try:
            yield
        except BaseException:
            self._disk.load()
            self._register, self._seen = None, {}
            raise

    def _drop(self, old: Import, fresh: Import | None) -> None:
        """Take out `old`, its rows and rejects; `fresh`, not yet read, takes its place."""
        self._register = None
        self._seen.pop(old.key, None)
        with self._all_or_nothing():
            self._disk.drop(old, fresh)
        self._disk.clear()
        self._disk.rejects.publish(self.imports)
        forget_parts(self.directory, self.parts())

    def _note(self, item: Import, rejects: Sequence[Reject]) -> None:
        """Count rejects, and write those that cost a row."""
        for reject in rejects:
            counts = item.unread_cells if reject.kept else item.rejected
            counts[reject.reason.value] = counts.get(reject.reason.value, 0) + 1
        item.rows += self._disk.rejects.add(item, [reject for reject in rejects if not reject.kept])

    def _known(self) -> Register:
        if self._register is None:
            self._register = Register(self.keys("id_key"), self.keys("row_key"))
        return self._register

    def _occurrences(self, item: Import) -> Occurrences:
        if item.key not in self._seen:
            self._seen[item.key] = Occurrences(self._disk.read_seen(item))
        return self._seen[item.key]
