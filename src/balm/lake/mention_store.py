"""The mentions as a Delta table: one file for each part of the feedback, put in and taken out whole."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from balm.core.tables import MENTIONS
from balm.lake.delta import File, Table, write

LAKE, MENTIONS_TABLE = "lake", "mentions"

TABLE = pa.schema(
    [
        *(field for field in MENTIONS if field.name != "theme"),  # a label, which depends on the reader's language
        pa.field("length", pa.int32(), nullable=False),  # code points of `text`
        pa.field("part", pa.int32(), nullable=False),  # part and row of the comment
        pa.field("row", pa.int32(), nullable=False),
        pa.field("coding", pa.string(), nullable=False),  # fingerprint of the reading that made it
    ]
)
"""Columns of the mentions table."""

_OURS = re.compile(r"part-(\d{8})-([0-9a-f]+)\.parquet(?:\.tmp)?")
_SUMMARY = b"balm"


@dataclass(frozen=True)
class Summary:
    """What a part comes to beside its mentions. `rows`: comments; `languages`: comments by language code;
    `redactions`: kind of identifier → placeholders."""

    rows: int
    languages: list[int]
    redactions: dict[str, int]


def file_name(part: int, coding: str) -> str:
    """Name of the file with the mentions of a part, as `coding` reads them."""
    return f"part-{part:08d}-{coding}.parquet"


class MentionStore:
    """The mentions in the analysis folder `directory`; to write is for whom the feedback store is locked."""

    def __init__(self, directory: Path, version: int | None = None) -> None:
        self.folder = directory / LAKE / MENTIONS_TABLE
        self._table = Table.open(self.folder, version)

    @property
    def version(self) -> int | None:
        """The version of the Delta table that is read, None before the first write."""
        return self._table.version if self._table else None

    def paths(self) -> dict[int, Path]:
        """Part → the file of its mentions. Files that another program put in are of no part."""
        found = {}
        for name in self._table.files if self._table else ():
            match = _OURS.fullmatch(name)
            if match:
                found[int(match[1])] = self.folder / name
        return found

    def coded(self, coding: str) -> set[int]:
        """Parts whose mentions are there as `coding` reads them."""
        return {part for part, path in self.paths().items() if path.name == file_name(part, coding)}

    def put(self, part: int, coding: str, rows: int) -> None:
        """Put in the mentions of a part, whose file is written, in the place of those there are. One commit."""
        if self._table is None:
            self._table = Table.create(self.folder, TABLE, None)
        name = file_name(part, coding)
        old = [path.name for number, path in self.paths().items() if number == part and path.name != name]
        if name not in self._table.files:
            stats = {"part": (part, part), "coding": (coding, coding)}
            self._table.commit(None, put=[File(name, rows, stats)], take=old)

    def keep(self, parts: Collection[int]) -> None:
        """Take out the mentions of all other parts, and files that another program put in."""
        kept = {path.name for part, path in self.paths().items() if part in parts}
        gone = [name for name in (self._table.files if self._table else ()) if name not in kept]
        if self._table and gone:
            self._table.commit(None, take=gone)

    def tidy(self) -> None:
        """Remove files that no commit has named for a day."""
        if self._table:
            self._table.repair()
            self._table.tidy(_OURS)


def forget_parts(directory: Path, parts: Iterable[int]) -> None:
    """Take out the mentions of parts that the feedback no longer has; `parts`: those it has."""
    store = MentionStore(directory)
    store.keep(set(parts))
    store.tidy()


def write_file(folder: Path, name: str, table: pa.Table, summary: Summary) -> None:
    """Write mentions, columns as `TABLE`, with what else is known of their part."""
    data = json.dumps(vars(summary)).encode()
    plain = [field.name for field in TABLE if field.name == "text" or not pa.types.is_string(field.type)]
    write(folder, name, table.replace_schema_metadata({_SUMMARY: data}), plain=plain, level=1)


def read_summary(path: Path) -> Summary | None:
    """What `write_file` wrote beside the rows; None where there is no such file, or not a whole one."""
    try:
        return Summary(**json.loads(pq.read_metadata(path).metadata[_SUMMARY]))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None
