"""Anything that feedback comes in, opened as a source of rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from balm.collect.delimited import DelimitedFile
from balm.collect.files import Format, recognize
from balm.collect.frames import ParquetFile, in_memory
from balm.collect.records import JsonFile
from balm.collect.rows import Source
from balm.collect.workbook import Workbook


def open_source(data: Any) -> Source:
    """A path (or a `File`), or a table in memory (Arrow, pandas, Polars, dict of columns, list of dicts), as a source.

    Raises InputRefused for a file that cannot be used as a whole, WrongUse for what is no data at all.
    """
    if not isinstance(data, (str, os.PathLike)):
        return in_memory(data)
    kind = recognize(data)
    match kind.format:
        case Format.PARQUET:
            return ParquetFile(kind)
        case Format.EXCEL:
            return Workbook(kind)
        case Format.DELIMITED:
            return DelimitedFile(kind)
        case _:
            return JsonFile(kind)


def as_sources(data: Any) -> list[Any]:
    """One source, or several in a list: a list of dicts is one."""
    several = isinstance(data, Sequence) and not isinstance(data, (str, bytes))
    if several and not all(isinstance(item, dict) for item in data):
        return list(data)
    return [data]


def size_of(data: Any) -> int:
    """Bytes of a source, without opening it; 0 where there is no such file."""
    if not isinstance(data, (str, os.PathLike)):
        return in_memory(data).size
    path = Path(data)
    return path.stat().st_size if path.is_file() else 0
