"""The lines of a text file of any size, decoded block by block; a line that does not decode spoils only itself."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from balm.collect.encoding import UTF16
from balm.collect.files import SAMPLE, ByteStream, FileKind
from balm.collect.reject import MAX_LINE, Reason


class Lines:
    """Iterates over lists of lines with their ends, about `BLOCK` bytes a list.

    `faults`: line number → why that line cannot be used; it is handed on all the same (bytes that do not decode as
    lone surrogates, a line over `MAX_LINE` as an empty one), so that quoted cells keep their ends. `number`: lines
    handed out so far. `truncated`: the compressed data ended early; the line it broke off in is not handed out.
    """

    def __init__(self, kind: FileKind) -> None:
        self._kind = kind
        self._wide = kind.encoding in UTF16
        self._stream = ByteStream(kind.file, kind.compression)
        self.size = self._stream.size
        self.number = 0
        self.faults: dict[int, Reason] = {}
        self.truncated: str | None = None

    @property
    def position(self) -> int:
        return self._stream.position

    def __iter__(self) -> Iterator[list[str]]:
        with self._stream as stream:
            stream.read(self._kind.skip)
            carry, dropping = b"", False
            for block in stream.blocks():
                data = carry + block
                if dropping:
                    end = self._break(data, last=False)
                    if not end:
                        carry = data[len(data) - len(data) % 2 :] if self._wide else b""
                        continue
                    data, dropping = data[end:], False
                    yield self._too_long()
                cut = self._break(data, last=True)
                carry = data[cut:]
                if cut:
                    yield self._decode(data[:cut])
                if len(carry) > MAX_LINE:
                    carry, dropping = carry[len(carry) - len(carry) % 2 :] if self._wide else b"", True
            self.truncated = stream.broken
            if dropping:
                yield self._too_long()
            elif carry and not stream.broken:
                yield self._decode(carry)

    def _too_long(self) -> list[str]:
        self.number += 1
        self.faults[self.number] = Reason.CELL_TOO_LARGE
        return ["\n"]

    def _break(self, data: bytes, last: bool) -> int:
        """Where the last (or first) line of `data` that surely ends there ends; 0 if none does."""
        if self._wide:
            units = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if self._kind.encoding == UTF16[0] else ">u2")
            found = np.flatnonzero(units == 10)
            return 0 if not len(found) else 2 * int(found[-1 if last else 0]) + 2
        at = (data.rfind(b"\n") if last else data.find(b"\n")) + 1
        if at or b"\r" not in data[:-1]:
            return at
        return (data.rfind(b"\r", 0, -1) if last else data.find(b"\r", 0, -1)) + 1  # files of old Macs

    def _decode(self, data: bytes) -> list[str]:
        try:
            text = data.decode(self._kind.encoding)
        except UnicodeDecodeError:
            return self._decode_each(data)
        lines = list(io.StringIO(text, newline=""))
        if "\0" in text:
            for i, line in enumerate(lines, self.number + 1):
                if "\0" in line:
                    self.faults[i] = Reason.NUL_BYTE
        self.number += len(lines)
        return lines

    def _decode_each(self, data: bytes) -> list[str]:
        lines: list[str] = []
        for raw in self._split(data):
            try:
                text = raw.decode(self._kind.encoding)
                reason = Reason.NUL_BYTE if "\0" in text else None
            except UnicodeDecodeError:
                text = raw.decode(self._kind.encoding, "replace" if self._wide else "surrogateescape")
                reason = Reason.UNDECODABLE
            part = list(io.StringIO(text, newline=""))
            if reason:
                self.faults.update((self.number + len(lines) + 1 + i, reason) for i in range(len(part)))
            lines += part
        self.number += len(lines)
        return lines

    def _split(self, data: bytes) -> list[bytes]:
        if not self._wide:
            return data.splitlines(keepends=True)
        units = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if self._kind.encoding == UTF16[0] else ">u2")
        ends = (2 * np.flatnonzero(units == 10) + 2).tolist()
        return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True) if a < b]


def spread_sample(kind: FileKind, pieces: int = 8, size: int = 1 << 15, most: int = 64 << 20) -> list[list[str]]:
    """Lines from places all over the file, so that one sorted by score does not fool a guess; from the first `most`
    bytes of a compressed one."""
    raw = _pieces_of_packed(kind, pieces, size, most) if kind.compression else _pieces_of_plain(kind, pieces, size)
    end = "\n".encode(kind.encoding)
    samples = []
    for piece in raw:
        cut = piece.find(end)
        while cut >= 0 and cut % len(end):
            cut = piece.find(end, cut + 1)
        lines = list(io.StringIO(piece[cut + len(end) :].decode(kind.encoding, "replace"), newline=""))[:-1]
        if cut >= 0 and lines:
            samples.append(lines)
    return samples


def _pieces_of_plain(kind: FileKind, pieces: int, size: int) -> list[bytes]:
    first = SAMPLE + kind.skip  # what lies before was looked at already
    rest = max(0, kind.path.stat().st_size - first)
    pieces = min(pieces, rest // size)
    with kind.path.open("rb") as file:
        found = []
        for i in range(1, pieces + 1):
            file.seek(first + (rest - size) * i // pieces // 2 * 2)
            found.append(file.read(size))
        return found


def _pieces_of_packed(kind: FileKind, pieces: int, size: int, most: int) -> list[bytes]:
    kept: list[bytes] = []
    stride, count = 1, 0
    with ByteStream(kind.file, kind.compression) as stream:
        stream.read(kind.skip + SAMPLE)
        while (piece := stream.read(size)) and count * size < most:
            if count % stride == 0:
                kept.append(piece)
            if len(kept) > 16 * pieces:
                kept, stride = kept[::2], stride * 2
            count += 1
    if len(kept) <= pieces:
        return kept
    return [kept[i * (len(kept) - 1) // pieces] for i in range(1, pieces + 1)]
