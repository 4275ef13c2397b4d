"""What a file is, told by its first bytes, and its bytes as a bounded stream."""

from __future__ import annotations

import json
import mmap
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from balm.collect.encoding import bom, guess_encoding
from balm.collect.extent import Extent
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

MAX_CELLS = 60_000_000
"""Cells from the first to the last that is filled; a reader holds them all, filled or not."""

NO_HEADING = -1
"""As `File.heading`: no row names the columns."""

_PACKED = (b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3", b"ARROW1", b"BZh", b"Rar!", b"7z\xbc\xaf")


class Format(StrEnum):
    DELIMITED = "delimited text"
    JSONL = "JSON lines"
    JSON = "JSON array"
    EXCEL = "workbook"
    PARQUET = "Parquet"


@dataclass(frozen=True)
class File:
    """A file and how to open it; may be given wherever a path may.

    `name`: what it is called in results and messages, by default as on the disk. `sheet`: of a workbook, guessed when
    None. `heading`: which of the first rows that are not empty names the columns, from 0; `NO_HEADING`: none does;
    None: guessed. `key`: what a store knows it by, by default SHA-256 of its bytes.
    """

    path: Path
    name: str = ""
    sheet: str | None = None
    heading: int | None = None
    key: str = ""

    @classmethod
    def of(cls, data: str | os.PathLike[str]) -> File:
        """`data` itself if it is one; else the file at that path."""
        given = data if isinstance(data, File) else cls(Path(data))
        return given if given.name else replace(given, name=given.path.name)

    def __fspath__(self) -> str:
        return os.fspath(self.path)


@dataclass(frozen=True)
class FileKind:
    """What a file turned out to be. `skip`: bytes of the byte-order mark; `sample`: its text as far as looked at."""

    file: File
    format: Format
    compression: str | None = None
    encoding: str = "utf-8"
    skip: int = 0
    sample: str = ""
    whole: bool = True  # the sample is all there is

    @property
    def path(self) -> Path:
        return self.file.path

    @property
    def name(self) -> str:
        return self.file.name


def recognize(data: str | os.PathLike[str]) -> FileKind:
    """Tell what a file is by its content. Raises InputRefused, naming the reason, for what cannot be read."""
    file = File.of(data)
    path, name = file.path, file.name
    if path.is_dir():
        raise InputRefused(f"{name} is a folder; name the files in it")
    if not path.exists():
        raise InputRefused(f"{path}: there is no such file")
    if path.is_fifo() or path.is_socket():
        raise InputRefused(f"{name} is a pipe, which can be read only once; write it to a file first")
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise InputRefused(f"{name} cannot be opened: {error.strerror}") from None
    if not head:
        raise InputRefused(f"{name} is empty", code="empty")
    if head.startswith(b"PAR1"):
        return FileKind(file, Format.PARQUET)
    if head.startswith(b"PK\x03\x04"):
        _check_archive(file)
        return FileKind(file, Format.EXCEL)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        _check_compound(file)
        return FileKind(file, Format.EXCEL)
    compression = "gzip" if head.startswith(b"\x1f\x8b") else "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else None
    return _recognize_text(file, compression)


def _recognize_text(file: File, compression: str | None) -> FileKind:
    name = file.name
    stream = ByteStream(file, compression)
    with stream:
        head = stream.read(SAMPLE)
        whole = len(head) < SAMPLE
    if not head and stream.broken:
        raise InputRefused(f"{name}: the {compression} data is damaged: {stream.broken}", code="damaged_packed")
    if not head:
        raise InputRefused(f"{name} is empty", code="empty")
    if head.startswith(_PACKED):
        raise InputRefused(f"{name} holds another packed file; unpack it first", code="packed_twice")
    if head.startswith(_OTHERS):
        raise _unknown(name)
    encoding = guess_encoding(head, name)
    mark = bom(head)
    skip = mark[1] if mark else 0
    sample = head[skip:].decode(encoding, "replace")
    if not sample.strip("\0\ufffd \t\r\n"):
        raise _unknown(name) if sample.strip() else InputRefused(f"{name} is empty", code="empty")
    control = sum((c < " " and c not in "\t\r\n\x0b\x0c\x1a\x1b") or c == "\ufffd" for c in sample[:20_000])
    if control > 0.1 * min(len(sample), 20_000):
        raise _unknown(name)
    if sample.lstrip()[:5].lower() in ("<?xml", "<!doc", "<html"):
        raise InputRefused(f"{name} is XML or HTML; export it as CSV, Excel, JSON lines or Parquet", code="markup")
    return FileKind(file, _text_format(sample, name), compression, encoding, skip, sample, whole)


def _unknown(name: str) -> InputRefused:
    return InputRefused(
        f"{name} is of an unknown format; CSV, TSV, Excel, JSON lines and Parquet are read", code="unknown_format"
    )


def _text_format(sample: str, name: str) -> Format:
    start = sample.lstrip()
    if start.startswith("{"):
        first = start.split("\n", 1)[0]
        if _is_json(first) or '":' in first[:200]:
            return Format.JSONL
        if first.strip() == "{":
            raise InputRefused(
                f"{name} is one JSON object over many lines; write a list of objects, or one object a line",
                code="json_object",
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


def _check_archive(file: File) -> None:
    """Refuse a zip that is no workbook, is encrypted, or expands beyond bounds (by inflating it, not by its word)."""
    path, name = file.path, file.name
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            kind = archive.read("mimetype", None)[:80] if "mimetype" in names and _small(archive, "mimetype") else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error):
        raise InputRefused(f"{name} is a damaged workbook or archive", code="damaged_workbook") from None
    workbook = names & {"xl/workbook.xml", "xl/workbook.bin"} or b"opendocument.spreadsheet" in kind
    if not workbook:
        raise InputRefused(f"{name} is an archive, not a workbook; unpack it first", code="archive")
    if any(info.flag_bits & 1 for info in infos):
        raise _encrypted(name)
    size = path.stat().st_size
    bound = min(MAX_WORKBOOK, max(SMALL_WORKBOOK, MAX_EXPANSION * size))
    extent = Extent()
    try:
        real = _inflated(path, infos, bound, extent)
    except (OSError, zlib.error):
        raise InputRefused(f"{name} is a damaged workbook", code="damaged_workbook") from None
    if max(real, sum(info.file_size for info in infos)) > bound:
        raise InputRefused(
            f"{name} expands to more than {bound >> 20} MB: refused as a zip bomb", code="bomb", megabytes=bound >> 20
        )
    if extent.cells > MAX_CELLS:
        raise InputRefused(
            f"{name} has a sheet of {extent.rows:,} rows × {extent.columns:,} columns, nearly all of them empty; "
            "delete what stands far from the data, or save the sheet as CSV",
            code="sparse",
            rows=extent.rows,
            columns=extent.columns,
        )


def _encrypted(name: str) -> InputRefused:
    return InputRefused(f"{name} is encrypted; save it without a password", code="encrypted")


def _small(archive: zipfile.ZipFile, name: str) -> bool:
    return archive.getinfo(name).file_size < 1000


def _inflated(path: Path, infos: list[zipfile.ZipInfo], bound: int, extent: Extent) -> int:
    """Bytes the members really inflate to, counted until `bound` is passed; `extent` sees those of sheets."""
    total = 0
    with path.open("rb") as file:
        for info in infos:
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
            sheet = info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml")
            extent.begin()
            for data in _pieces(file, info):
                total += len(data)
                if sheet:
                    extent.see(data)
                if total > bound:
                    return total
    return total


def _pieces(file: IO[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member that begins here, piece by piece."""
    left = info.compress_size
    inflate = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and not (inflate and inflate.eof):
        data = file.read(min(left, BLOCK))
        left = left - len(data) if data else 0
        if inflate is None:
            yield data
            continue
        while data:
            yield inflate.decompress(data, BLOCK)
            data = inflate.unconsumed_tail


def _check_compound(file: File) -> None:
    """An OLE file is a workbook of Excel 97, or the envelope of an encrypted one."""
    with file.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise _encrypted(file.name)
        if data.find("Workbook".encode("utf-16-le")) < 0 and data.find("Book".encode("utf-16-le")) < 0:
            raise _unknown(file.name)


class ByteStream:
    """The bytes of a file, inflated if it is packed. `position`: bytes taken from the disk; `broken`: why it ended
    before its end, if it did."""

    def __init__(self, file: File, compression: str | None) -> None:
        path = file.path
        self._name = file.name
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
                f"{self._name} expands to more than {MAX_EXPANSION} times its size: refused as a compression bomb",
                code="bomb",
                megabytes=MAX_EXPANDED >> 20,
            )
        return b"".join(parts)

    def blocks(self) -> Iterator[bytes]:
        while block := self.read():
            yield block
