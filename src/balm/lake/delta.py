"""A Delta table whose Parquet files are written here, one a part, and named in its log by delta-rs.

A commit puts files in, takes files out and carries a note, all at once: a reader sees the table before it or after it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Field
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from balm.core.errors import InputRefused, WrongUse

NOTE = "balm"
"""Key of the note in the log's commit information."""

KEPT_HOURS = 24
"""How long files that were taken out stay on the disk, for readers who opened the table before."""

_PROPERTIES = {"delta.enableDeletionVectors": "false", "delta.checkpointInterval": "10"}


@dataclass(frozen=True)
class File:
    """A Parquet file of a table. `name`: within its folder. `stats`: column → (least, greatest) value."""

    name: str
    rows: int
    stats: Mapping[str, tuple[Any, Any]]

    def action(self, folder: Path) -> AddAction:
        """The entry of the log that puts the file in."""
        stats = {
            "numRecords": self.rows,
            "minValues": {name: low for name, (low, _) in self.stats.items()},
            "maxValues": {name: high for name, (_, high) in self.stats.items()},
            "nullCount": dict.fromkeys(self.stats, 0),
        }
        size = (folder / self.name).stat().st_size
        return AddAction(self.name, size, {}, int(time.time() * 1000), True, json.dumps(stats, ensure_ascii=False))


class Table:
    """The table in `folder` as of one version, the newest by default. `open` gives None where there is none."""

    def __init__(self, folder: Path, table: DeltaTable) -> None:
        self.folder = folder
        self._table = table

    @classmethod
    def open(cls, folder: Path, version: int | None = None) -> Table | None:
        """Raises InputRefused where the log cannot be read, WrongUse for a version that is not there."""
        place = os.path.abspath(folder)  # noqa: PTH100  (a symbolic link stays one)
        if version is None and not _logs(folder):
            return None
        try:
            return cls(folder, DeltaTable(place, version=version))
        except (DeltaError, ValueError, OverflowError, OSError) as error:
            if version is not None:
                raise WrongUse(f"{folder} has no version {version}") from error
        torn = _torn(folder)
        try:
            if torn is None:
                raise ValueError
            # the machine stopped while the last one was written
            return cls(folder, DeltaTable(place, version=torn - 1))
        except (DeltaError, ValueError, OSError):
            raise InputRefused(f"the log of {folder} is damaged; import into another folder") from None

    @classmethod
    def create(cls, folder: Path, schema: pa.Schema, note: Any) -> Table:
        """A new table. Raises WrongUse for a folder whose name delta-rs reads as another."""
        place = os.path.abspath(folder)  # noqa: PTH100
        if unquote(place) != place or (os.sep == "/" and "\\" in place) or any(ord(c) < 32 for c in place):
            raise WrongUse(f"the folder {place!r} has a “%” with digits, a “\\” or a tab in its name; name another")
        folder.mkdir(parents=True, exist_ok=True)
        table = DeltaTable.create(place, schema, configuration=_PROPERTIES, commit_properties=_properties(note))
        made = cls(folder, table)
        made._sync()
        return made

    @property
    def version(self) -> int:
        return self._table.version()

    @property
    def id(self) -> str:
        """Of this table for good; another table in the same folder has another."""
        return str(self._table.metadata().id)

    @property
    def columns(self) -> list[str]:
        return [field.name for field in self._table.schema().fields]

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(self._table.schema().to_arrow())

    @cached_property
    def files(self) -> dict[str, int]:
        """Name → rows of each file of this version."""
        actions = pa.table(self._table.get_add_actions(flatten=True)).select(["path", "num_records"])
        return dict(sorted(zip(*actions.to_pydict().values(), strict=True)))

    def note(self) -> Any:
        """What the newest commit that has a note carries, up to this version; None where the log holds none."""
        for version in range(self.version, -1, -1):
            found = _read_note(_log_file(self.folder, version))
            if found is not None:
                return found
        return None

    def add_columns(self, names: Iterable[str]) -> None:
        """Columns of text, null in all files there are. The note stays."""
        fields = [Field(name, PrimitiveType("string")) for name in names]
        if fields:
            self._table.alter.add_columns(fields, commit_properties=_properties(self.note()))
            self._sync()

    def commit(self, note: Any, *, put: Iterable[File] = (), take: Iterable[str] = ()) -> None:
        """Put files in, which lie in the folder already, and take others out; durable on return."""
        now = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [RemoveAction(name, True, now, None, {}) for name in take]
        actions += [file.action(self.folder) for file in put]
        self._table.create_write_transaction(
            actions, "append", self._table.schema(), commit_properties=_properties(note)
        )
        self._table.update_incremental()
        self._sync()

    def repair(self) -> None:
        """Remove a commit that was not written whole. For the one writer."""
        torn = _torn(self.folder)
        if torn is not None and torn > self.version:
            _log_file(self.folder, torn).unlink(missing_ok=True)

    def tidy(self, ours: Any, first_free: int | None = None) -> None:
        """Remove files, of those whose name `ours` matches, that were never put in or were taken out long ago.

        For the one writer. Group 1 of `ours` is the number of the part; from `first_free` on, nothing was ever put in.
        """
        there = set(self.files)
        loose = {path.name for path in self.folder.iterdir() if ours.fullmatch(path.name)} - there
        if not loose:
            return
        old = set(self._table.vacuum(KEPT_HOURS, dry_run=True, enforce_retention_duration=False, full=True))
        for name in loose:
            never = name.endswith(".tmp") or (first_free is not None and int(ours.fullmatch(name)[1]) >= first_free)
            if never or name in old:
                (self.folder / name).unlink(missing_ok=True)

    def _sync(self) -> None:
        self.__dict__.pop("files", None)
        log = _log_file(self.folder, self.version)
        for path in (log, log.parent, self.folder):
            sync(path)


def write(folder: Path, name: str, table: pa.Table, *, plain: Collection[str] = (), level: int | None = None) -> None:
    """Write a file of a table in one step; it counts once it is put in. `plain`: columns whose values seldom repeat."""
    sink = pa.BufferOutputStream()
    repeated = [column for column in table.column_names if column not in plain]
    pq.write_table(table, sink, compression="zstd", compression_level=level, use_dictionary=repeated)
    replace(folder / name, sink.getvalue())


def replace(path: Path, data: Any) -> None:
    """Put `data` at `path` in one step, so that a reader or a crash sees the old file or the new one."""
    scratch = path.with_name(path.name + ".tmp")
    with scratch.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    with suppress(OSError, AttributeError):  # folders cannot be synced everywhere
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _properties(note: Any) -> CommitProperties:
    return CommitProperties(custom_metadata={NOTE: note})


def _log_file(folder: Path, version: int) -> Path:
    return folder / "_delta_log" / f"{version:020d}.json"


def _logs(folder: Path) -> list[int]:
    """Versions whose commits are in the log as files of their own."""
    try:
        names = os.listdir(folder / "_delta_log")  # noqa: PTH208  (names are all that is needed)
    except OSError:
        return []
    return sorted(int(name[:20]) for name in names if name.endswith(".json") and name[:-5].isdigit())


def _torn(folder: Path) -> int | None:
    """The newest version, if its commit was not written whole."""
    newest = max(_logs(folder), default=None)
    if newest is None:
        return None
    try:
        for line in _log_file(folder, newest).read_text("utf-8").splitlines():
            json.loads(line)
    except ValueError:
        return newest
    except OSError:
        return None
    return None


def _read_note(path: Path) -> Any:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        if '"commitInfo"' in line:
            return json.loads(line).get("commitInfo", {}).get(NOTE)
    return None
