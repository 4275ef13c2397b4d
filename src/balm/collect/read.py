"""Any file or table of feedback as Arrow tables of one schema, batch by batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.collect.columns import ColumnMap, guess_columns, near_map
from balm.collect.dates import NO_TIME, TimeReader
from balm.collect.identity import Occurrences, Register
from balm.collect.open import as_sources, open_source, size_of
from balm.collect.reject import MAX_TEXT, Reason, Reject, RejectHandler
from balm.collect.rows import SURROGATE, Rows, Source, Values, text_array
from balm.collect.scores import read_scores
from balm.core.errors import InputRefused
from balm.core.tables import BY, FEEDBACK

BATCH_ROWS = 10_240
MAX_ATTRIBUTE = 200
"""Code points of an attribute's value or an id; what is longer is cut."""

Progress = Callable[[int, int], None]
"""Called with bytes read and bytes in all."""

_NO_TEXT = pa.array(["", "nan", "NaN", "null", "NULL", "#N/A", "\\N"])
_FUNCTIONS = (
    "HYPERLINK|IMPORT(?:XML|DATA|HTML|FEED|RANGE)|WEBSERVICE|FILTERXML|CMD|EXEC|DDE|CALL|REGISTER|SHELL|INDIRECT"
    "|SUM|IF|CONCAT(?:ENATE)?|CHAR|IMAGE|NOW|RAND|ROWS?|INFO|CELL|VLOOKUP"
)
_FORMULA = "|".join(
    [
        r"^\s*=[+\-@]*[A-Za-z_.]+[A-Za-z0-9_.]*\s*\(",  # =NAME(
        r"^\s*=\$?[A-Za-z]{1,3}\$?\d+\s*(?:$|[-+*/:&,)])",  # =A1, =A1+…
        r'^\s*=\s*(?:"[^"]*"\s*&|[-+(]*\d[\d.]*\s*[-+*/^&])',  # =1+1, ="a"&
        rf"^\s*[+\-@]+(?i:{_FUNCTIONS})\s*\(",  # +SUM(, @HYPERLINK(
        r"^\s*[=+\-@].*\|.*![A-Za-z]+\d+\s*$",  # =cmd|' /C calc'!A0
    ]
)


@dataclass(frozen=True)
class Batch:
    """`table`: feedback, perhaps no row of it. `next_line`: where the source goes on. `read`: rows looked at, those
    rejected for their form before not counted."""

    table: pa.Table
    next_line: int
    read: int


def plan(source: Source, named: Mapping[str, Any] | None = None, columns: ColumnMap | None = None) -> ColumnMap:
    """The columns of a source: `columns` if they are there, else guessed around those in `named`."""
    taken = source.sample()
    sample = taken.columns
    if not sample:
        raise InputRefused(f"{source.name} holds no row that can be read", code="no_rows")
    if taken.whole and not len(next(iter(sample.values()))):
        raise InputRefused(f"{source.name} has a heading but no rows", code="no_rows")
    return near_map(columns, list(sample)) if columns else guess_columns(sample, named, source.name)


def read_source(
    source: Source,
    columns: ColumnMap,
    *,
    reject: RejectHandler,
    start_line: int = 1,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Batch]:
    """The rows of one source from `start_line` on. `feedback_id` holds the source's own id or "": see `Register`.

    A row without words, with a comment over `MAX_TEXT` characters, a spreadsheet formula for a comment, NUL bytes,
    undecodable bytes or a wrong number of cells goes to `reject`. A score or time that cannot be read leaves its cell
    empty; it is told to `reject` too, with `kept` true.
    """
    times = TimeReader.of(source.sample().columns[columns.time]) if columns.time else TimeReader()
    waiting: list[Reject] = []  # until the batch is whole, so that they come in the order of their lines
    for rows in source.rows(columns.used, start_line, batch_rows, waiting.append):
        table = read_rows(source.name, columns, times, rows, waiting.append)
        _hand_on(waiting, reject)
        yield Batch(table, rows.next_line, len(rows.lines))
    _hand_on(waiting, reject)


def read_rows(name: str, columns: ColumnMap, times: TimeReader, rows: Rows, reject: RejectHandler) -> pa.Table:
    """Some rows of the source `name` as feedback; what cannot be used goes to `reject`, as `read_source` says."""
    return _Converter(name, columns, times, rows, reject).table()


def _hand_on(waiting: list[Reject], reject: RejectHandler) -> None:
    for item in sorted(waiting, key=lambda item: item.line):
        reject(item)
    waiting.clear()


def read(
    sources: Any,
    *,
    columns: ColumnMap | None = None,
    named: Mapping[str, Any] | None = None,
    reject: RejectHandler | None = None,
    progress: Progress | None = None,
    batch_rows: int = BATCH_ROWS,
    start_line: int = 1,
    on_columns: Callable[[str, ColumnMap], None] | None = None,
) -> Iterator[pa.Table]:
    """Read feedback from one source or a list of them, in memory bounded by `batch_rows`.

    sources: paths (CSV, TSV, Excel, OpenDocument, JSON lines, JSON array, Parquet; text ones also under gzip or zstd)
      or tables in memory (Arrow, pandas, Polars, a dict of columns, a list of dicts).
    columns: the columns of all sources; without it they are guessed for each, those in `named` taken as named ("none"
      switches one off), and told to `on_columns` with the source's name.
    reject: called with each row left out, and each cell of a kept row that could not be read (`Reject.kept`).
    start_line: skips the rows of the first source that start on an earlier line.

    Yields tables of `core.tables.FEEDBACK` plus one string column `by:NAME` for each attribute; `redactions` is empty.
    A row that came before, by `identity`, is left out. Raises InputRefused for a source that cannot be used as a whole,
    WrongUse for a column that is not there.
    """
    reject = reject or (lambda _: None)
    register = Register()
    given = as_sources(sources)
    total, done = sum(map(size_of, given)), 0
    for data in given:
        source = open_source(data)
        chosen = plan(source, named, columns)
        if on_columns:
            on_columns(source.name, chosen)
        seen = Occurrences()
        for batch in read_source(source, chosen, reject=reject, start_line=start_line, batch_rows=batch_rows):
            table = register.admit(batch.table, seen).table
            if progress:
                progress(min(total, done + source.position), total)
            if table.num_rows:
                yield table
        done, start_line = done + source.size, 1
        if progress:
            progress(done, total)


class _Converter:
    """Turns the cells of one batch into columns of feedback."""

    def __init__(self, name: str, columns: ColumnMap, times: TimeReader, rows: Rows, reject: RejectHandler) -> None:
        self._name, self._columns, self._times, self._rows, self._reject = name, columns, times, rows, reject

    def table(self) -> pa.Table:
        text, keep = self._text()
        kept = pa.array(keep)
        lines = pa.array(self._rows.lines)
        n = len(lines)
        source = pa.array([self._name], pa.string()).take(pa.array(np.zeros(n, np.int64)))
        data = [
            self._strings(self._columns.id, fill=""),
            text,
            self._score(keep),
            self._time(keep),
            self._strings(self._columns.customer),
            source,
            lines,
            pa.nulls(n, FEEDBACK.field("redactions").type),
            *(self._strings(name) for name in self._columns.by),
        ]
        by = [pa.field(BY + name, pa.string()) for name in self._columns.by]
        table = pa.Table.from_arrays(data, schema=pa.schema([*FEEDBACK, *by]))
        return table if keep.all() else table.filter(kept)

    def _tell(self, i: int, column: str | None, reason: Reason, message: str) -> None:
        self._reject(Reject(self._name, int(self._rows.lines[i]), column, reason, message, self._rows.raw(i)))

    def _text(self) -> tuple[pa.Array, NDArray[np.bool_]]:
        """The comments as written, and which rows stay."""
        name = self._columns.text
        texts, broken = _string_array(self._rows.column(name))
        keep = np.ones(len(texts), np.bool_)
        trimmed = pc.utf8_trim_whitespace(texts)
        found = (
            (broken, Reason.UNDECODABLE, "the text holds broken characters"),
            (pc.is_in(trimmed, value_set=_NO_TEXT), Reason.EMPTY_TEXT, "there is no text"),
            (pc.match_substring_regex(texts, r"\x00"), Reason.NUL_BYTE, "the text holds a NUL character"),
            (
                pc.greater(pc.utf8_length(texts), MAX_TEXT),
                Reason.CELL_TOO_LARGE,
                f"the text is longer than {MAX_TEXT:,} characters",
            ),
            (_formulas(texts), Reason.FORMULA, "the text is a spreadsheet formula"),
        )
        for mask, reason, message in found:
            hits = mask if isinstance(mask, np.ndarray) else mask.to_numpy(zero_copy_only=False)
            for i in np.flatnonzero(hits & keep).tolist():
                self._tell(i, name, reason, message)
            keep &= ~hits
        return texts, keep

    def _score(self, keep: NDArray[np.bool_]) -> pa.Array:
        name = self._columns.score
        if name is None:
            return pa.nulls(len(keep), pa.float64())
        scores, bad = read_scores(self._rows.column(name), self._columns.scale)
        scale = self._columns.scale.value if self._columns.scale else "number"
        for i in np.flatnonzero(bad & keep).tolist():
            self._tell(i, name, Reason.BAD_SCORE, f"not a score on the scale {scale}; the row is kept without")
        return pa.array(scores, pa.float64(), mask=np.isnan(scores))

    def _time(self, keep: NDArray[np.bool_]) -> pa.Array:
        name = self._columns.time
        if name is None:
            return pa.nulls(len(keep), pa.timestamp("ms"))
        times, bad = self._times.read(self._rows.column(name))
        for i in np.flatnonzero(bad & keep).tolist():
            self._tell(i, name, Reason.BAD_TIME, "not a date that can be read; the row is kept without")
        return pa.array(times, pa.int64(), mask=times == NO_TIME).cast(pa.timestamp("ms"))

    def _strings(self, name: str | None, fill: str | None = None) -> pa.Array:
        """Keys and attributes as trimmed text, null (or `fill`) where the cell is empty."""
        n = len(self._rows.lines)
        if name is None:
            return pa.nulls(n, pa.string()) if fill is None else pa.array([fill] * n, pa.string())
        values, _ = _string_array(self._rows.column(name), cut=MAX_ATTRIBUTE)
        values = pc.replace_substring(pc.utf8_trim_whitespace(values), "\0", "")
        return pc.if_else(pc.equal(values, ""), pa.scalar(fill, pa.string()), values)


def _formulas(texts: pa.Array) -> NDArray[np.bool_]:
    found = pc.match_substring_regex(texts, r"^\s*[=+\-@]").to_numpy(zero_copy_only=False)
    places = np.flatnonzero(found)
    found = np.zeros(len(texts), np.bool_)
    if len(places):
        found[places] = pc.match_substring_regex(texts.take(pa.array(places)), _FORMULA).to_numpy(zero_copy_only=False)
    return found


def _string_array(values: Values, cut: int | None = None) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Cells as an Arrow array of text without nulls, and a mask of those that cannot be text (lone surrogates)."""
    if isinstance(values, pa.ChunkedArray):
        kind = values.type
        plain = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
        if plain or pa.types.is_string_view(kind) or _string_dictionary(kind):
            text = pc.fill_null(values.cast(pa.string()), "")
            text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
            text = pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text
            text = pc.utf8_slice_codeunits(text, 0, cut) if cut else text
            return text, np.zeros(len(text), np.bool_)
        values = values.to_pylist()
    cells = [value if type(value) is str else _cell_text(value) for value in values]
    text = text_array(cells)
    broken = np.zeros(len(cells), np.bool_)
    for i in np.flatnonzero(pc.match_substring(text, "\ufffd").to_numpy(zero_copy_only=False)).tolist():
        broken[i] = SURROGATE.search(cells[i]) is not None
    return (pc.utf8_slice_codeunits(text, 0, cut) if cut else text), broken


def _string_dictionary(kind: Any) -> bool:
    return bool(pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type))


def _cell_text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)
