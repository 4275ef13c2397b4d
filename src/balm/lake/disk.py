"""What a feedback store keeps on the disk: the Delta table, the lock of its one writer, and the files beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from balm.collect.identity import Admitted, Keys
from balm.core.errors import InputRefused, WrongUse
from balm.core.tables import BY
from balm.lake.delta import File, Table, replace, write
from balm.lake.names import column_names, plain
from balm.lake.rejects import Rejects
from balm.lake.rows import PLAIN, TABLE, stored
from balm.lake.state import Import, State

LAKE, FEEDBACK_TABLE = "lake", "feedback"
_OURS = re.compile(r"part-(\d{8})\.parquet(?:\.tmp)?")


def part_name(number: int) -> str:
    """Name of the file of a part."""
    return f"part-{number:08d}.parquet"


class Disk:
    """`table`: None before the first write. `state`: as its newest commit states it, and as the next one will.
    `columns`: attribute → column of the table."""

    table: Table | None
    state: State
    columns: dict[str, str]

    def __init__(self, directory: Path, version: int | None) -> None:
        self._lake = directory / LAKE
        self.folder = self._lake / FEEDBACK_TABLE
        self._seen_folder = self._lake / "seen"
        self.rejects = Rejects(self._lake / "rejected", directory / "rejected.jsonl")
        self._version = version
        self._lock: int | None = None
        if (directory / "manifest.json").exists() and not self._lake.exists():
            raise InputRefused(f"{directory} was written by another version of Balm; import into another folder")
        self.load()

    def load(self) -> None:
        """See the table as it is now, or as of the version asked for."""
        self.table = Table.open(self.folder, self._version)
        self.state = State()
        there = self.table.columns if self.table else []
        self.columns = {plain(column): column for column in there if column.startswith(BY)}
        if self.table:
            note = self.table.note()
            self.state = self._derived() if note is None else State.of(note, self.folder)

    def lock(self) -> bool:
        """Become the one writer, unless one is already: then False. Raises WrongUse when another process writes."""
        if self._lock is not None:
            return False
        if self._version is not None:
            raise WrongUse(f"version {self._version} of {self.folder} is open for reading only")
        self._lake.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._lake / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            os.close(handle)
            raise WrongUse(f"another import into {self._lake.parent} is running") from None
        self._lock = handle
        self.load()  # another process may have written since
        self.clear()
        return True

    def close(self) -> None:
        """Give up the right to write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # writing

    def append(self, item: Import, admitted: Admitted) -> None:
        """Add a part, if there is a row, and commit the state with it."""
        number = self.state.next_part
        self.state.next_part += 1
        if len(admitted.counted):
            item.seen.append(self._write_seen(number, admitted.counted))
        if not admitted.table.num_rows:
            self.commit()
            return
        names = [name for name in admitted.table.column_names if name.startswith(BY)]
        columns = column_names(names, self.columns)
        rows = stored(admitted, number, item.key, columns)
        self._provide(columns)
        item.parts.append(number)
        write(self.folder, part_name(number), rows, plain=PLAIN)
        stats = {"part": (number, number), "row": (0, rows.num_rows - 1), "import_key": (item.key, item.key)}
        self.commit(put=[File(part_name(number), rows.num_rows, stats)])

    def drop(self, old: Import, fresh: Import | None) -> None:
        """Take the parts of `old` out; `fresh` takes its place among the imports."""
        at = self.state.imports.index(old)
        self.state.imports[at : at + 1] = [] if fresh is None else [fresh]
        if self.table:
            self.commit(take=[part_name(number) for number in old.parts])

    def commit(self, *, put: Iterable[File] = (), take: Iterable[str] = ()) -> None:
        """Files and state in one step."""
        if self.table is None:
            self._provide({})
        assert self.table is not None
        self.table.commit(self.state.note(), put=put, take=take)

    def clear(self) -> None:
        """Remove what no commit names: what a writer that died left behind, and what was taken out a day ago."""
        if self.table:
            self.table.repair()
            self.table.tidy(_OURS, self.state.next_part)
        stated = {name for item in self.state.imports for name in item.seen}
        for path in self._seen_folder.glob("*.npy"):
            if path.name not in stated:
                path.unlink()
        self.rejects.repair(self.state.imports)

    def _provide(self, columns: dict[str, str]) -> None:
        """The table, with these columns of attributes. The state on the disk stays as it is."""
        fresh = [column for name, column in columns.items() if name not in self.columns]
        if self.table is None:
            schema = pa.schema([*TABLE, *(pa.field(column, pa.string()) for column in fresh)])
            self.table = Table.create(self.folder, schema, State().note())
        else:
            self.table.add_columns(fresh)
        self.columns = dict(columns)

    def _write_seen(self, number: int, keys: Keys) -> str:
        self._seen_folder.mkdir(parents=True, exist_ok=True)
        name = f"{number:08d}.npy"
        sink = pa.BufferOutputStream()
        np.save(sink, keys, allow_pickle=False)
        replace(self._seen_folder / name, sink.getvalue())
        return name

    # reading

    def path(self, part: int) -> Path:
        """The file of a part. Raises InputRefused where the table lacks it: another program may have rewritten it."""
        name = part_name(part)
        if self.table is None or name not in self.table.files:
            raise InputRefused(f"{self.folder / name} is missing; import into another folder")
        return self.folder / name

    def rows(self, part: int) -> int:
        """Comments of a part."""
        path = self.path(part)
        return self.table.files[path.name] if self.table else 0

    def read(self, part: int, columns: Sequence[str]) -> pa.Table:
        """Those of `columns` that the file of the part has."""
        path = self.path(part)
        try:
            with pq.ParquetFile(path) as file:
                here = set(file.schema_arrow.names)
                wanted = [column for column in columns if column in here] or ["row"]
                return file.read(wanted, use_threads=False)
        except (pa.ArrowException, OSError):
            raise InputRefused(f"{path} is damaged; import into another folder") from None

    def read_seen(self, item: Import) -> Keys | None:
        """What the rows without ids of an import hold, as far as it has come."""
        seen = [np.load(self._seen_folder / name, allow_pickle=False) for name in item.seen]
        return np.concatenate(seen) if seen else None

    def _derived(self) -> State:
        assert self.table is not None
        rows = [self._first_row(name, n) for name, n in self.table.files.items() if n]
        state = State.derived(sorted(rows, key=lambda row: row["part"]))
        for item in state.imports:
            item.by = list(self.columns)
        return state

    def _first_row(self, name: str, rows: int) -> dict[str, Any]:
        first = pq.read_table(self.folder / name, columns=["part", "import_key", "source"]).slice(0, 1)
        return {**first.to_pylist()[0], "rows": rows}
