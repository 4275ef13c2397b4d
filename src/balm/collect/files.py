"""What a file is, told by its first bytes, and its bytes as a bounded stream."""

from __future__ import annotations

import json
import mmap
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa

from balm.collect.encoding import bom, guess_encoding
from balm.core.errors import InputRefused

BLOCK = 1 << 20
SAMPLE = 1 << 18
"""Bytes looked at from the start of a text file to tell what it is."""

MAX_EXPANSION = 200
MAX_EXPANDED = 256 << 20
"""A compressed text that grows by more than `MAX_EXPANSION` and past this many bytes is refused."""

MAX_WORKBOOK = 2 << 30
SMALL_WORKBOOK = 32 << 20
"""A workbook may expand to `MAX_WORKBOOK` bytes; above `SMALL_WORKBOOK`, by no more than `MAX_EXPANSION` either."""


_PACKED = (b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3", b"ARROW1", b"BZh", b"Rar!", b"7z\xbc\xaf")


class Format(StrEnum):
    DELIMITED = "delimited text"
    JSONL = "JSON lines"
    JSON = "JSON array"
    EXCEL = "workbook"
    PARQUET = "Parquet"


@dataclass(frozen=True)
class FileKind:
    """What a file turned out to be. `skip`: bytes of the byte-order mark; `sample`: its text as far as looked at."""

    path: Path
    format: Format
    compression: str | None = None
    encoding: str = "utf-8"
    skip: int = 0
    sample: str = ""
    whole: bool = True  # the sample is all there is


def recognize(path: Path) -> FileKind:
    """Tell what `path` is by its content. Raises InputRefused, naming the reason, for what cannot be read."""
    name = path.name
    if path.is_dir():
        raise InputRefused(f"{name} is a folder; name the files in it")
    if not path.exists():
        raise InputRefused(f"{path}: there is no such file")
    if path.is_fifo() or path.is_socket():
        raise InputRefused(f"{name} is a pipe, which can be read only once; write it to a file first")
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise InputRefused(f"{name} cannot be opened: {error.strerror}") from None
    if not head:
        raise InputRefused(f"{name} is empty")
    if head.startswith(b"PAR1"):
        return FileKind(path, Format.PARQUET)
    if head.startswith(b"PK\x03\x04"):
        _check_archive(path)
        return FileKind(path, Format.EXCEL)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        _check_compound(path)
        return FileKind(path, Format.EXCEL)
    compression = "gzip" if head.startswith(b"\x1f\x8b") else "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else None
    return _recognize_text(path, compression)


def _recognize_text(path: Path, compression: str | None) -> FileKind:
    stream = ByteStream(path, compression)
    with stream:
        head = stream.read(SAMPLE)
        whole = len(head) < SAMPLE
    if not head and stream.broken:
        raise InputRefused(f"{path.name}: the {compression} data is damaged: {stream.broken}")
    if not head:
        raise InputRefused(f"{path.name} is empty")
    if head.startswith(_PACKED):
        raise InputRefused(f"{path.name} holds another packed file; unpack it first")
    if head.startswith(_OTHERS):
        raise InputRefused(_unknown(path))
    encoding = guess_encoding(head, path.name)
    mark = bom(head)
    skip = mark[1] if mark else 0
    sample = head[skip:].decode(encoding, "replace")
    if not sample.strip("\0\ufffd \t\r\n"):
        raise InputRefused(f"{path.name} is empty" if not sample.strip() else _unknown(path))
    control = sum((c < " " and c not in "\t\r\n\x0b\x0c\x1a\x1b") or c == "\ufffd" for c in sample[:20_000])
    if control > 0.1 * min(len(sample), 20_000):
        raise InputRefused(_unknown(path))
    if sample.lstrip()[:5].lower() in ("<?xml", "<!doc", "<html"):
        raise InputRefused(f"{path.name} is XML or HTML; export it as CSV, Excel, JSON lines or Parquet")
    return FileKind(path, _text_format(sample, path.name), compression, encoding, skip, sample, whole)


def _unknown(path: Path) -> str:
    return f"{path.name} is of an unknown format; CSV, TSV, Excel, JSON lines and Parquet are read"


def _text_format(sample: str, name: str) -> Format:
    start = sample.lstrip()
    if start.startswith("{"):
        first = start.split("\n", 1)[0]
        if _is_json(first) or '":' in first[:200]:
            return Format.JSONL
        if first.strip() == "{":
            raise InputRefused(
                f"{name} is one JSON object over many lines; write a list of objects, or one object a line"
            )
    if start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]"):
        return Format.JSON
    return Format.DELIMITED


def _is_json(line: str) -> bool:
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def _check_archive(path: Path) -> None:
    """Refuse a zip that is no workbook, is encrypted, or expands beyond bounds (by inflating it, not by its word)."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            kind = archive.read("mimetype", None)[:80] if "mimetype" in names and _small(archive, "mimetype") else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error):
        raise InputRefused(f"{path.name} is a damaged workbook or archive") from None
    workbook = names & {"xl/workbook.xml", "xl/workbook.bin"} or b"opendocument.spreadsheet" in kind
    if not workbook:
        raise InputRefused(f"{path.name} is an archive, not a workbook; unpack it first")
    if any(info.flag_bits & 1 for info in infos):
        raise InputRefused(f"{path.name} is encrypted; save it without a password")
    size = path.stat().st_size
    bound = min(MAX_WORKBOOK, max(SMALL_WORKBOOK, MAX_EXPANSION * size))
    try:
        real = _inflated(path, infos, bound)
    except (OSError, zlib.error):
        raise InputRefused(f"{path.name} is a damaged workbook") from None
    if max(real, sum(info.file_size for info in infos)) > bound:
        raise InputRefused(f"{path.name} expands to more than {bound >> 20} MB: refused as a zip bomb")


def _small(archive: zipfile.ZipFile, name: str) -> bool:
    return archive.getinfo(name).file_size < 1000


def _inflated(path: Path, infos: list[zipfile.ZipInfo], bound: int) -> int:
    """Bytes the members really inflate to, counted until `bound` is passed."""
    total = 0
    with path.open("rb") as file:
        for info in infos:
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
            if info.compress_type != zipfile.ZIP_DEFLATED:
                total += info.compress_size
                continue
            left, inflate = info.compress_size, zlib.decompressobj(-15)
            while left > 0 and not inflate.eof and total <= bound:
                data = file.read(min(left, BLOCK))
                left = left - len(data) if data else 0
                while data and total <= bound:
                    total += len(inflate.decompress(data, BLOCK))
                    data = inflate.unconsumed_tail
    return total


def _check_compound(path: Path) -> None:
    """An OLE file is a workbook of Excel 97, or the envelope of an encrypted one."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise InputRefused(f"{path.name} is encrypted; save it without a password")
        if data.find("Workbook".encode("utf-16-le")) < 0 and data.find("Book".encode("utf-16-le")) < 0:
            raise InputRefused(_unknown(path))


class ByteStream:
    """The bytes of a file, inflated if it is packed. `position`: bytes taken from the disk; `broken`: why it ended
    before its end, if it did."""

    def __init__(self, path: Path, compression: str | None) -> None:
        self._path = path
        self._raw = pa.OSFile(str(path), "rb")
        self._stream = pa.CompressedInputStream(self._raw, compression) if compression else self._raw
        self._compressed = compression is not None
        self._out = 0
        self.size = path.stat().st_size
        self.position = 0
        self.broken: str | None = None

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(self, *_: object) -> None:
        if self._compressed:
            self._stream.close()
        self._raw.close()

    def read(self, size: int = BLOCK) -> bytes:
        """Up to `size` bytes, fewer only at the end. Raises InputRefused when the file turns out to be a bomb."""
        parts: list[bytes] = []
        while size > 0 and self.broken is None:
            try:
                data = self._stream.read(min(size, 1 << 16) if self._compressed else size)
            except OSError as error:
                self.broken = str(error).split("\n", 1)[0]
                break
            if not data:
                break
            parts.append(data)
            size -= len(data)
            self._out += len(data)
        self.position = self._raw.tell()
        if self._compressed and self._out > MAX_EXPANDED and self._out > MAX_EXPANSION * max(1, self.position):
            raise InputRefused(
                f"{self._path.name} expands to more than {MAX_EXPANSION} times its size: refused as a compression bomb"
            )
        return b"".join(parts)

    def blocks(self) -> Iterator[bytes]:
        while block := self.read():
            yield block
