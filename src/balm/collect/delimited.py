"""CSV and its kin: the delimiter guessed, quoted line breaks kept, line numbers true, broken rows set aside."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from balm.collect.files import FileKind
from balm.collect.heading import find_heading
from balm.collect.lines import Lines, spread_sample
from balm.collect.reject import Reason, Reject, RejectHandler, raw_of
from balm.collect.rows import SAMPLE_ROWS, CellRows, Rows, Sample
from balm.core.errors import InputRefused

HEAD_ROWS = 10
_DELIMITERS = (",", "\t", ";", "|")
_NAME = re.compile(r"[^\s.,;!?。，！？][^.,;!?。，！？\n]{0,39}")
"""A cell that can be a column's name."""

_END = "\x1e"
"""Stands behind the last line: it comes out alone unless a quote is still open."""

_NONE = "\x1f"
"""Delimiter of a file of plain lines."""

_MESSAGES = {
    Reason.NUL_BYTE: "the row holds a NUL byte",
    Reason.UNDECODABLE: "the row holds bytes that are not {encoding}",
    Reason.CELL_TOO_LARGE: "the row is too long",
}


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quoted: bool = True

    def reader(self, lines: Iterator[str], strict: bool = True) -> Any:
        if self.quoted:
            return csv.reader(lines, delimiter=self.delimiter, strict=strict)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=strict)

    def parse(self, lines: Sequence[str]) -> list[list[str]]:
        """The rows of complete lines; stops at the first that breaks off."""
        rows: list[list[str]] = []
        try:
            for row in self.reader(iter(lines), strict=False):
                if row:
                    rows.append(row)
        except csv.Error:
            pass
        return rows


def guess_dialect(lines: Sequence[str]) -> Dialect:
    """The delimiter that splits the heading into names and most rows into as many cells; without such a heading, the
    one under which most rows have as many cells as most others, and more than one."""
    best, best_score = Dialect(_NONE, quoted=False), 0.0
    for delimiter in _DELIMITERS:
        rows = Dialect(delimiter).parse(lines)
        if rows:
            score = _fit(rows, delimiter)
            if score > best_score:
                best, best_score = Dialect(delimiter), score
    return best


def _fit(rows: list[list[str]], delimiter: str) -> float:
    """How well a delimiter fits: share of the rows it makes whole, wide ones before narrow ones; 0 not at all."""
    named = len(rows[0]) > 1 and all(_NAME.fullmatch(cell) for cell in rows[0])
    width = len(rows[0]) if named else Counter(map(len, rows)).most_common(1)[0][0]
    share = sum(len(row) == width for row in rows) / len(rows)
    if width == 1:
        return 0.7 if share >= 0.95 and delimiter == "," else 0.0
    spaced = sum(cell.startswith(" ") for row in rows for cell in row[1:]) / max(1, sum(map(len, rows)) - len(rows))
    if share < 0.95 and spaced > 0.5 and not named:
        return 0.0  # the commas of sentences
    return share + 0.01 * min(width, 20) + 0.3 * named if share >= (0.3 if named else 0.6) else 0.0


class DelimitedFile:
    """A source of rows in delimited text."""

    def __init__(self, kind: FileKind) -> None:
        self.name = kind.name
        self.kind = kind
        lines = list(io.StringIO(kind.sample, newline=""))
        self._hint = lines[0][:4].lower() == "sep=" and len(lines[0].strip()) == 5
        complete = lines if kind.whole or len(lines) < 2 else lines[:-1]
        self.dialect = Dialect(lines[0][4]) if self._hint else guess_dialect(complete)
        self._head = self.dialect.parse([*complete[1 if self._hint else 0 :], _END])
        if len(self._head) > 1:
            self._head.pop()  # the mark, or a row whose quote is open where the sample ends
        self.heading = find_heading(self._head, kind.file.heading)
        self.head = self._head[:HEAD_ROWS]
        self._lines: Lines | None = None
        self.size = kind.path.stat().st_size

    @property
    def position(self) -> int:
        return self._lines.position if self._lines else 0

    @property
    def names(self) -> list[str]:
        return self.heading.names

    def sample(self) -> Sample:
        rows = [row for row in self._head[self.heading.first_row :] if len(row) == len(self.names)][:SAMPLE_ROWS]
        if not self.kind.whole:
            for lines in spread_sample(self.kind):
                rows += [row for row in self.dialect.parse(lines)[:-1] if len(row) == len(self.names)]
        return Sample({name: [row[i] for row in rows] for i, name in enumerate(self.names)}, self.kind.whole)

    def rows(self, wanted: Sequence[str], start_line: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        self._lines = Lines(self.kind)
        parser = _Parser(self, self._lines, reject, start_line)
        yield from parser.batches(batch_rows, skip=1 if self._hint else 0)


class _Parser:
    """Turns lines into rows, and comes back to the second line of a row whose quote never closes."""

    def __init__(self, file: DelimitedFile, lines: Lines, reject: RejectHandler, start_line: int) -> None:
        self._source = lines
        self._chunks = iter(lines)
        self._held: list[tuple[int, list[str]]] = []  # first line number, lines: what may have to be read again
        self._dialect, self._heading, self._kind = file.dialect, file.heading, file.kind
        self._width = len(self._heading.names)
        self._reject_handler, self._start = reject, start_line
        self._found = 0

    def batches(self, batch_rows: int, skip: int) -> Iterator[CellRows]:
        """Batches of rows that start after the first `skip` lines, the heading left out."""
        self._headings = self._heading.first_row
        done = skip  # lines that are settled
        reading = True
        while reading:
            base, first = done, done + 1
            reader = self._dialect.reader(self._from(first))
            records: list[list[str]] = []
            ends: list[int] = []
            rewind = reading = False
            while not rewind:
                try:
                    for row in reader:
                        records.append(row)
                        ends.append(base + reader.line_num)
                        if len(records) >= batch_rows:
                            done = ends[-1]
                            yield from self._batch(records, first, ends)
                            records, ends, first = [], [], done + 1
                    break
                except csv.Error as error:
                    begin, end = (ends[-1] if ends else first - 1) + 1, base + reader.line_num
                    rewind = reading = begin < end
                    records.append(self._mend(begin, end, str(error)))
                    ends.append(begin if rewind else end)
            if ends:
                done = ends[-1]
                yield from self._batch(records, first, ends)
        if self._source.truncated:
            self._reject(self._source.number + 1, Reason.TRUNCATED, "the compressed data breaks off here", [])
            if not self._found:
                raise InputRefused(
                    f"{self._kind.name}: the compressed data is damaged: {self._source.truncated}",
                    code="damaged_packed",
                )

    def _from(self, line: int) -> Iterator[str]:
        """Physical lines from number `line` on: those held, then new ones."""
        for first, lines in list(self._held):
            if first + len(lines) > line:
                yield from lines[max(0, line - first) :]
        for lines in self._chunks:
            first = self._source.number - len(lines) + 1
            self._held.append((first, lines))
            yield from lines[max(0, line - first) :]

    def _mend(self, start: int, end: int, error: str) -> list[str]:
        """What to make of a row the strict parser refused: a whole row, or none after it was rejected.

        When the row ran over several lines, parsing begins again after its first.
        """
        first = next(self._from_held(start), "")
        if start < end or error.startswith("unexpected end"):
            self._reject(start, Reason.UNCLOSED_QUOTE, "a quote opens here and does not close", [first])
        elif error.startswith("field larger"):
            self._reject(start, Reason.CELL_TOO_LARGE, "a cell is longer than 131,072 characters", [first])
        else:
            # quotes inside a quoted cell that were not doubled: read leniently, if that gives a whole row
            rows = self._dialect.parse([first])
            if len(rows) == 1 and len(rows[0]) == self._width and not self._open(first):
                return rows[0]
            self._reject(start, Reason.MALFORMED, "quotes inside a cell are not doubled", [first])
        return []

    def _open(self, line: str) -> bool:
        """Whether a quoted cell of `line` runs past its end."""
        rows = self._dialect.parse([line if line.endswith("\n") else line + "\n", _END])
        return len(rows) < 2

    def _from_held(self, line: int) -> Iterator[str]:
        for first, lines in self._held:
            if first <= line < first + len(lines):
                yield lines[line - first]

    def _batch(self, records: list[list[str]], first: int, ends: list[int]) -> Iterator[CellRows]:
        """The rows of `records` that are whole; `first`: line of the first, `ends`: last line of each."""
        starts = np.concatenate([[first], np.array(ends[:-1], np.int64) + 1])
        bad = self._faults(starts, ends[-1])
        widths = np.fromiter(map(len, records), np.int64, len(records))
        head = [i for i in range(len(records)) if records[i]][: self._headings] if self._headings else []
        self._headings -= len(head)
        keep = widths == self._width
        for i in sorted({*bad, *np.flatnonzero(~keep).tolist()}):
            reason, row = bad.get(i), records[i]
            if reason:
                message = _MESSAGES[reason].format(encoding=self._kind.encoding)
                self._reject(int(starts[i]), reason, message, row)
            elif row and not self._trim(row) and i not in head:
                message = f"the row has {len(row)} cells, the heading {self._width}"
                self._reject(int(starts[i]), Reason.WRONG_FIELD_COUNT, message, row)
            keep[i] = not reason and len(row) == self._width
        keep[head] = False
        self._found += int(keep.sum())
        keep &= starts >= self._start
        self._held = [(line, held) for line, held in self._held if line + len(held) > ends[-1]]
        if keep.any():
            records = records if keep.all() else [records[i] for i in np.flatnonzero(keep).tolist()]
            yield CellRows(self._heading.names, records, starts[keep], ends[-1] + 1)

    def _trim(self, row: list[str]) -> bool:
        """Drop empty cells past the last column; True if that makes the row whole."""
        if len(row) > self._width and not any(row[self._width :]):
            del row[self._width :]
        return len(row) == self._width

    def _faults(self, starts: np.ndarray[tuple[int], np.dtype[np.int64]], last: int) -> dict[int, Reason]:
        """The rows of this batch that hold a faulty line."""
        found: dict[int, Reason] = {}
        for line, reason in sorted(self._source.faults.items()):
            if line <= last:
                i = int(np.searchsorted(starts, line, side="right")) - 1
                if i >= 0:
                    found.setdefault(i, reason)
                del self._source.faults[line]
        return found

    def _reject(self, line: int, reason: Reason, message: str, row: Sequence[str]) -> None:
        if line >= self._start:
            names = self._heading.names if len(row) != 1 or self._width == 1 else ["(line)"]
            self._reject_handler(Reject(self._kind.name, line, None, reason, message, raw_of(names, row)))
