"""JSON: one object a line, or one array of objects; inner objects are read as `outer.inner`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from balm.collect.files import FileKind, Format
from balm.collect.lines import Lines, spread_sample
from balm.collect.reject import MAX_LINE, Reason, Reject, RejectHandler, clip
from balm.collect.rows import SAMPLE_ROWS, SURROGATE, DictRows, Rows, Sample
from balm.core.errors import InputRefused

MAX_DEPTH = 4
_NEXT_OBJECT = re.compile(r"\}\s*,\s*(?=\{)")
_SPACE = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


class NotAnObject(ValueError):
    """The value is JSON, but not an object."""


class JsonFile:
    """A source of rows in JSON lines or a JSON array."""

    def __init__(self, kind: FileKind) -> None:
        self.name = kind.name
        self.size = kind.path.stat().st_size
        self.kind = kind
        self._lines: Lines | None = None

    @property
    def position(self) -> int:
        return self._lines.position if self._lines else 0

    def sample(self) -> Sample:
        records: list[Mapping[str, Any]] = []
        if self.kind.format is Format.JSONL:
            lines = self.kind.sample.split("\n")
            pieces = [lines if self.kind.whole else lines[:-1]]
            pieces += [] if self.kind.whole else spread_sample(self.kind)
            for piece in pieces:
                for line in piece[:SAMPLE_ROWS]:
                    try:
                        records.append(_object(line))
                    except (ValueError, RecursionError):
                        continue
        else:
            elements = islice(self._elements(Lines(self.kind)), SAMPLE_ROWS)
            records += [_flat(element) for element in elements if isinstance(element, dict)]
        names: dict[str, None] = {}
        for record in records:
            names.update((name, None) for name in record if not SURROGATE.search(name))
        return Sample({name: [record.get(name) for record in records] for name in names})

    def rows(self, wanted: Sequence[str], start_line: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        read = self._by_line if self.kind.format is Format.JSONL else self._array
        return read(start_line, batch_rows, reject)

    def _by_line(self, start: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        self._lines = lines = Lines(self.kind)
        records: list[Mapping[str, Any]] = []
        numbers: list[int] = []
        number = found = 0
        for chunk in lines:
            for line in chunk:
                number += 1
                if number < start or not line.strip():
                    continue
                record = self._parse(line, number, lines.faults.pop(number, None), reject)
                if record is not None:
                    records.append(record)
                    numbers.append(number)
                if len(records) >= batch_rows:
                    found += len(records)
                    yield DictRows(records, np.array(numbers, np.int64), number + 1)
                    records, numbers = [], []
            lines.faults.clear()
        if records:
            found += len(records)
            yield DictRows(records, np.array(numbers, np.int64), number + 1)
        self._broken(lines, number, found, reject)

    def _broken(self, lines: Lines, number: int, found: int, reject: RejectHandler) -> None:
        if lines.truncated:
            if not found:
                raise InputRefused(
                    f"{self.name}: the compressed data is damaged: {lines.truncated}", code="damaged_packed"
                )
            self._reject(reject, number + 1, Reason.TRUNCATED, "the compressed data breaks off here", "")

    def _parse(self, line: str, number: int, fault: Reason | None, reject: RejectHandler) -> Mapping[str, Any] | None:
        if fault:
            self._reject(reject, number, fault, "the line cannot be decoded, holds a NUL byte or is too long", line)
            return None
        try:
            return _object(line)
        except NotAnObject:
            self._reject(reject, number, Reason.NOT_JSON, "the line is not a JSON object", line)
        except (ValueError, RecursionError):
            self._reject(reject, number, Reason.NOT_JSON, "the line is not valid JSON", line)
        return None

    def _reject(self, reject: RejectHandler, line: int, reason: Reason, message: str, raw: str) -> None:
        reject(Reject(self.name, line, None, reason, message, {"(line)": clip(raw.strip())} if raw.strip() else {}))

    def _array(self, start: int, batch_rows: int, reject: RejectHandler) -> Iterator[Rows]:
        """Elements of the array; `line` is their place in it, from 1."""
        self._lines = lines = Lines(self.kind)
        records: list[Mapping[str, Any]] = []
        numbers: list[int] = []
        number = found = 0
        for element in self._elements(lines):
            number += 1
            if number < start:
                continue
            if isinstance(element, dict):
                records.append(_flat(element))
                numbers.append(number)
            else:
                message = "the element is not valid JSON" if isinstance(element, _Broken) else "it is not a JSON object"
                self._reject(reject, number, Reason.NOT_JSON, message, str(element))
            if len(records) >= batch_rows:
                found += len(records)
                yield DictRows(records, np.array(numbers, np.int64), number + 1)
                records, numbers = [], []
        if records:
            yield DictRows(records, np.array(numbers, np.int64), number + 1)
        self._broken(lines, number, found + len(records), reject)

    def _elements(self, lines: Lines) -> Iterator[Any]:
        """Decode one element after the other from a buffer that is topped up block by block."""
        chunks = iter(lines)
        text = "".join(next(chunks, []))
        at = text.find("[") + 1
        more = True
        while True:
            at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            if text.startswith("]", at):
                return
            try:
                element, at = _DECODER.raw_decode(text, at)
                yield element
                continue
            except (ValueError, RecursionError):
                pass  # cut off by the end of the buffer, or broken
            if more and len(text) - at <= MAX_LINE:
                chunk = next(chunks, None)
                more = chunk is not None
                text, at = text[at:] + "".join(chunk or []), 0
                continue
            if at >= len(text):
                return
            yield _Broken(text[at : at + 1000])
            resume = _NEXT_OBJECT.search(text, at)
            if not resume:
                return
            at = resume.end()


class _Broken(str):
    """Text that should have been an element."""


def _object(line: str) -> dict[str, Any]:
    value = json.loads(line)
    if not isinstance(value, dict):
        raise NotAnObject
    return _flat(value)


def _flat(value: dict[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Any]:
    """Inner objects as `outer.inner`; lists, and what lies deeper than `MAX_DEPTH`, as JSON text."""
    if not prefix and not any(isinstance(item, (dict, list)) for item in value.values()):
        return value
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict) and depth < MAX_DEPTH:
            flat.update(_flat(item, f"{prefix}{key}.", depth + 1))
        elif isinstance(item, (dict, list)):
            flat[prefix + key] = json.dumps(item, ensure_ascii=False)
        else:
            flat[prefix + key] = item
    return flat
