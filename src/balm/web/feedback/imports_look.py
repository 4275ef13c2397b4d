"""What is in a file before anybody imports it: its sheets, its first rows, a guess at its columns. No Django.

It opens what strangers send, so it is called in a process of its own, which `bounded` keeps small and short.
"""

from __future__ import annotations

import datetime as dt
import math
from contextlib import suppress
from typing import Any

from balm.collect.columns import ColumnMap, guess_columns
from balm.collect.dates import TimeReader, order_of
from balm.collect.files import MAX_EXPANDED, ByteStream, File, FileKind, Format
from balm.collect.names import name_weight
from balm.collect.open import open_source
from balm.collect.profile import Profile, profile
from balm.collect.reject import MAX_TEXT, Reject
from balm.collect.rows import Rows, Sample, Source, Values
from balm.core.errors import InputRefused
from balm.redaction import redact_texts

ROWS = 200
"""Rows that are kept to show how a mapping reads them."""

COLUMNS = 300
CELL = 3_000
SIZE = 4_000_000
"""Characters of those rows in all."""

_TEXT = (Format.DELIMITED, Format.JSONL, Format.JSON)
MEMORY = 4 << 30
SECONDS = 120


def look(file: File, *, bounds: bool = True) -> dict[str, Any]:
    """Everything that the mapping page shows, as JSON values. Raises InputRefused for what cannot be imported at all.

    Keys: format, encoding, compression, sheets, sheet, default_sheet, head (first rows), heading (which of them names
    the columns; −1: none), names, lines and records (rows as read), rejects (rows that break the format among them),
    facts (column → what it holds), guess (a ColumnMap as JSON, None where no column looks like comments), reasons,
    unused, whole (these rows are all there are).
    """
    if bounds:
        bounded()
    source = open_source(file)
    _unpack(source.kind)  # type: ignore[attr-defined]
    sample = source.sample()
    if not sample.columns or (sample.whole and not len(next(iter(sample.columns.values())))):
        raise InputRefused(f"{source.name} has a heading but no rows", code="no_rows")
    names = sample.names[:COLUMNS]
    kind: FileKind = source.kind  # type: ignore[attr-defined]
    found = {
        "format": kind.format.value,
        "encoding": kind.encoding if kind.format in _TEXT else None,
        "compression": kind.compression,
        "sheets": list(getattr(source, "sheets", ())),
        "sheet": getattr(source, "sheet", None),
        "default_sheet": getattr(source, "default", None),
        "head": [redact_texts([_show(cell) for cell in row[:40]]) for row in getattr(source, "head", ())],
        "heading": source.heading.row if hasattr(source, "heading") else None,
        "names": names,
        "more_columns": max(0, len(sample.names) - COLUMNS),
        "facts": {name: _facts(name, sample.columns[name]) for name in names},
    }
    return found | _guess(sample, source.name) | _first_rows(source, names)


def _unpack(kind: FileKind) -> None:
    """Unpack until a bomb would have shown; a file that is none is not read to its end."""
    if kind.compression is None:
        return
    seen = 0
    with ByteStream(kind.file, kind.compression) as stream:
        while seen <= MAX_EXPANDED and (block := stream.read()):
            seen += len(block)


def bounded(memory: int = MEMORY, seconds: int = SECONDS) -> None:
    """Let this process use no more than so many bytes beyond what it has, and so many seconds of a processor."""
    with suppress(ImportError, OSError, ValueError):
        import resource
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + seconds, int(spent) + seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _guess(sample: Sample, name: str) -> dict[str, Any]:
    try:
        guess = guess_columns({n: sample.columns[n] for n in sample.names[:COLUMNS]}, None, name)
    except InputRefused:
        return {"guess": None, "reasons": {}, "unused": {}}
    return {"guess": guess.to_json(), "reasons": guess.reasons, "unused": guess.unused}


def _facts(name: str, values: Values) -> dict[str, Any]:
    found: Profile = profile(values)
    scale = found.scale_for(name)
    order = order_of(values) if found.timely > 0.5 else None
    return {
        "filled": found.filled,
        "rows": found.rows,
        "distinct": found.distinct,
        "scale": scale.value if scale else None,
        "low": _number(found.low),
        "high": _number(found.high),
        "scored": round(found.scored, 4),
        "labels": found.labels >= 0.9,
        "order": TimeReader.of(values).order if order else "day",
        "ambiguous": order == "unsure",
        "known": name_weight(name, "score") > 0,
        "attribute": found.categorical,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _first_rows(source: Source, names: list[str]) -> dict[str, Any]:
    """The first rows as an import would meet them."""
    rejects: list[Reject] = []
    batch: Rows | None = next(iter(source.rows(names, 1, ROWS, rejects.append)), None)
    lines = [int(line) for line in batch.lines] if batch else []
    columns = [_cells(batch.column(name)) for name in names] if batch else []
    records = [list(row) for row in zip(*columns, strict=True)]
    size, kept = 0, 0
    for row in records:
        size += sum(len(cell) for cell in row if isinstance(cell, str))
        if size > SIZE and kept >= 20:
            break
        kept += 1
    last = lines[kept - 1] if kept else 0
    return {
        "lines": lines[:kept],
        "records": records[:kept],
        "rejects": [reject.to_json() for reject in rejects if not kept or reject.line <= last][:ROWS],
        "whole": batch is not None and kept == len(lines) and len(lines) < ROWS,
    }


def _cells(values: Values) -> list[Any]:
    return [plain(value) for value in (values.to_pylist() if hasattr(values, "to_pylist") else values)]


def plain(value: Any) -> Any:
    """A cell as a JSON value that reads as it did; long text is cut, but never below what is too long to keep."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
    return text[: MAX_TEXT + 1] if len(text) > MAX_TEXT else text[:CELL]


def _show(cell: Any) -> str:
    return "" if cell is None else str(cell)[:60]


def to_map(columns: dict[str, Any]) -> ColumnMap:
    """A ColumnMap from its JSON; keys that are not its own are passed over."""
    from balm.core.types import Scale

    scale = columns.get("scale")
    return ColumnMap(
        columns["text"],
        columns.get("id"),
        columns.get("score"),
        Scale(scale) if scale else None,
        columns.get("time"),
        columns.get("customer"),
        tuple(columns.get("by") or ()),
        dict(columns.get("reasons") or {}),
    )
