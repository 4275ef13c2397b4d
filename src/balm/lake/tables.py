"""Where the Delta tables of an analysis folder lie, for readers that bring an engine of their own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from balm.core.errors import WrongUse
from balm.core.tables import BY
from balm.lake.delta import Table
from balm.lake.names import plain

Name = Literal["feedback", "mentions"]

LAKE = "lake"


def files(folder: str | os.PathLike[str], table: Name, version: int | None = None) -> list[str]:
    """Paths of the Parquet files of one version of a table, the newest by default; [] where there is no table.

    Files that were written before a column came lack it: read them by name (DuckDB: `union_by_name = true`). They stay
    for a day after they were taken out of the table. Raises WrongUse for a version that is not there.
    """
    found = _open(folder, table, version)
    return [str(found.folder / name) for name in found.files] if found else []


def version(folder: str | os.PathLike[str], table: Name) -> int | None:
    """The newest version of a table, None where there is none yet."""
    found = _open(folder, table, None)
    return found.version if found else None


def attributes(folder: str | os.PathLike[str], version: int | None = None) -> dict[str, str]:
    """Attribute of the feedback, without `by:` → its column in the table, in the order they came."""
    found = _open(folder, "feedback", version)
    columns = [column for column in found.columns if column.startswith(BY)] if found else []
    return {plain(column).removeprefix(BY): column for column in columns}


def _open(folder: str | os.PathLike[str], table: str, version: int | None) -> Table | None:
    if table not in ("feedback", "mentions"):
        raise WrongUse(f"there is no table {table!r}; there are feedback and mentions")
    return Table.open(Path(folder) / LAKE / table, version)
