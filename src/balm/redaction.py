"""Redaction of tables and files: identifiers replaced before anything is kept or handed on."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from balm.collect.columns import guess_columns
from balm.collect.open import open_source
from balm.collect.reject import Reject
from balm.core.errors import InputRefused, WrongUse
from balm.core.tables import BY
from balm.understand.redact import redact as find_and_replace
from balm.understand.redact import redact_key

BATCH = 20_000

_IDENTIFIER = re.compile(r"@|(?:\d[\s()-]*){8}")
"""What every e-mail address, phone and PRC identity number has; most ids of comments have not."""
PRC_ID = 18
"""Characters of a PRC identity number, whose date and check digit chance does not make."""


def redact_table(table: pa.Table) -> pa.Table:
    """Feedback with identifiers replaced in the comments and the attributes; keys that are identifiers, pseudonyms.

    The column `redactions` says where in the original comment they stood.
    """
    read = find_and_replace(table.column("text").to_pylist())
    table = _set(table, "text", pa.array(read.texts, pa.string()))
    spans = pa.array(read.spans, table.schema.field("redactions").type)
    table = _set(table, "redactions", spans)
    for name, change in (("feedback_id", _comment_keys), ("customer", redact_key)):
        table = _set(table, name, _distinctly(table.column(name), change))
    for name in table.column_names:
        if name.startswith(BY):
            table = _set(table, name, _distinctly(table.column(name), lambda values: find_and_replace(values).texts))
    return table


def _comment_keys(values: list[str]) -> list[str | None]:
    """Ids of comments: a pseudonym for an e-mail address, a phone or a PRC identity number, all others as they are.

    Of running numbers one in ten passes the check digit of a bank card or a Hong Kong identity card by chance; the
    comment must be found again in its file, and is not keyed by such a number.
    """
    keys: list[str | None] = list(values)
    likely = [i for i, value in enumerate(values) if _IDENTIFIER.search(value)]
    some = [values[i] for i in likely]
    for i, new, key in zip(likely, find_and_replace(some).texts, redact_key(some), strict=True):
        if new == "[PHONE]" or "[EMAIL]" in new or (new == "[ID]" and len(values[i]) == PRC_ID):
            keys[i] = key
    return keys


def redact_texts(texts: list[str]) -> list[str]:
    """The texts with identifiers replaced."""
    return find_and_replace(texts).texts


def _set(table: pa.Table, name: str, values: Any) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), values)


def _distinctly(column: pa.ChunkedArray, change: Callable[[list[str]], Sequence[str | None]]) -> pa.Array:
    """`change` applied once to each distinct value."""
    encoded = column.combine_chunks().dictionary_encode()
    changed = pa.array(list(change(encoded.dictionary.to_pylist())), pa.string())
    return changed.take(encoded.indices)


@dataclass(frozen=True)
class RedactedFile:
    """`path`: the redacted copy. `counts`: kind of identifier → how many were replaced. `rejected`: rows left out."""

    path: Path
    rows: int
    columns: list[str]
    counts: dict[str, int]
    rejected: int

    def to_json(self) -> dict[str, Any]:
        return {"path": str(self.path), "rows": self.rows, "columns": self.columns, "counts": self.counts}


def redact(source: str | Path, *, text: Sequence[str] = (), out: str | Path | None = None) -> RedactedFile:
    """Copy a file with the identifiers in its words replaced by placeholders such as [PHONE].

    `text`: columns to redact, by default all but ids, scores and dates. `out`: .csv, .tsv, .jsonl or .parquet; by
    default a CSV beside the file. Bounded memory. Raises InputRefused for a file that cannot be read, WrongUse for a
    column that is not there.
    """
    opened = open_source(source)
    names = opened.sample().names
    missing = [name for name in text if name not in names]
    if missing:
        raise WrongUse(f"--text: there is no column {missing[0]!r}; columns: {', '.join(names[:30])}")
    target = Path(out) if out else Path(source).with_name(Path(source).name.split(".")[0] + ".redacted.csv")
    if target.resolve() == Path(source).resolve():
        raise WrongUse("--out is the file itself; name another")
    chosen = list(text) or _wordy(opened.sample().columns)
    counts: Counter[str] = Counter()
    rejects: list[Reject] = []
    rows = 0
    with _writer(target, names) as write:
        for batch in opened.rows(names, 1, BATCH, rejects.append):
            columns = {name: _words(batch.column(name)) for name in names}
            for name in chosen:
                read = find_and_replace([value or "" for value in columns[name]])
                columns[name] = [
                    new if old is not None else None for old, new in zip(columns[name], read.texts, strict=True)
                ]
                counts.update(read.counts)
            write(columns)
            rows += len(batch.lines)
    return RedactedFile(target, rows, chosen, dict(sorted(counts.items())), len(rejects))


def _wordy(sample: Mapping[str, Any]) -> list[str]:
    """Columns that may hold identifiers in words: all but those of ids, scores and dates, as far as they show."""
    try:
        guess = guess_columns(sample)
    except InputRefused:
        return list(sample)
    return [name for name in sample if name not in (guess.id, guess.score, guess.time)]


def _words(values: Any) -> list[str | None]:
    cells = values.to_pylist() if hasattr(values, "to_pylist") else values
    return [None if cell is None else str(cell) for cell in cells]


@contextmanager
def _writer(target: Path, names: list[str]) -> Iterator[Callable[[dict[str, list[str | None]]], None]]:
    """A function that appends columns to `target`, in the format its name asks for."""
    target.parent.mkdir(parents=True, exist_ok=True)
    kind = target.suffix.lower()
    if kind == ".parquet":
        schema = pa.schema([pa.field(name, pa.string()) for name in names])
        with pq.ParquetWriter(target, schema) as parquet:
            yield lambda columns: parquet.write_table(pa.table(columns, schema=schema))
    elif kind in (".jsonl", ".ndjson"):
        with target.open("w", encoding="utf-8") as lines:

            def write_lines(columns: dict[str, list[str | None]]) -> None:
                for row in zip(*columns.values(), strict=True):
                    lines.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")

            yield write_lines
    elif kind in (".csv", ".tsv"):
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file, delimiter="\t" if kind == ".tsv" else ",")
            out.writerow(names)
            yield lambda columns: out.writerows(zip(*columns.values(), strict=True))
    else:
        raise WrongUse(f"cannot write {target.name}; name a .csv, .tsv, .jsonl or .parquet file")
