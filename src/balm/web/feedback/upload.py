"""Files that come in: to the disk in pieces, under a random name, counted and digested on the way."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

from balm.web.site.paths import uploads_dir

FIELD = "file"
ENVELOPE = 1 << 20
"""Bytes that a form may have around its file."""

LONGEST_NAME = 120
STRAY_HOURS = 24
_DATA = "data"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_TOKEN = re.compile(r"[0-9a-f]{32}")


class TooLarge(Exception):
    """More bytes than `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


@dataclass(frozen=True)
class Landed:
    """A file that arrived whole. `token`: its folder below that of uploads; `digest`: SHA-256 in hexadecimal."""

    token: str
    size: int
    digest: str

    @property
    def path(self) -> Path:
        return place(self.token)

    def drop(self) -> None:
        remove(self.token)


class Landing:
    """A file on its way to the disk."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = settings.BALM_UPLOAD_BYTES if limit is None else limit
        self.token = secrets.token_hex(16)
        self.size = 0
        self._digest = sha256()
        folder = uploads_dir() / self.token
        folder.mkdir(mode=0o700)
        self._file: BinaryIO = _private(folder / _DATA)

    def write(self, data: bytes) -> None:
        """Raises TooLarge, and OSError for a full disk; nothing stays behind then."""
        self.size += len(data)
        if self.size > self.limit:
            self.drop()
            raise TooLarge(self.limit)
        self._digest.update(data)
        try:
            self._file.write(data)
        except OSError:
            self.drop()
            raise

    def close(self) -> Landed:
        """The file is on the disk when this returns."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Landed(self.token, self.size, self._digest.hexdigest())

    def drop(self) -> None:
        self._file.close()
        remove(self.token)


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def land(chunks: Iterable[bytes]) -> Landed:
    """Take in a file piece by piece. Raises TooLarge."""
    landing = Landing()
    try:
        for chunk in chunks:
            landing.write(chunk)
        return landing.close()
    except BaseException:
        landing.drop()
        raise


def place(token: str) -> Path:
    """Where an upload lies."""
    return folder_of(token) / _DATA


def folder_of(token: str) -> Path:
    """The folder of an upload. Raises ValueError for what is no token of ours, so that no path can be made of it."""
    if not _TOKEN.fullmatch(token):
        raise ValueError("not an upload")
    return uploads_dir() / token


def remove(token: str) -> None:
    """Remove an upload and what was noted beside it; nothing happens where it is gone already."""
    if token:
        shutil.rmtree(folder_of(token), ignore_errors=True)


def sweep(known: Iterable[str], hours: float = STRAY_HOURS) -> int:
    """Remove uploads older than `hours` that nobody knows: their request ended before they became an import."""
    keep, gone = set(known), 0
    for folder in uploads_dir().iterdir():
        if _TOKEN.fullmatch(folder.name) and folder.name not in keep:
            try:
                old = time.time() - folder.stat().st_mtime > hours * 3600
            except OSError:
                continue
            if old:
                remove(folder.name)
                gone += 1
    return gone


def clean_name(name: str) -> str:
    """A file's name as it may be shown: its last part, without what is invisible or turns the direction of writing."""
    name = re.split(r"[/\\]", str(name))[-1]
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", name))
    shown = "".join(c for c in name if unicodedata.category(c) not in _INVISIBLE).strip(" .") or "file"
    if len(shown) > LONGEST_NAME:
        _, dot, ending = shown.rpartition(".")
        ending = dot + ending if dot and len(ending) <= 12 else ""
        shown = shown[: LONGEST_NAME - len(ending) - 1].rstrip() + "…" + ending
    return shown


class LandedFile(UploadedFile):
    """An uploaded file that lies in its place already; it goes with the request unless it was `taken`."""

    def __init__(self, landed: Landed, name: str, content_type: str) -> None:
        super().__init__(None, name, content_type, landed.size)
        self.landed = landed
        self.taken = False

    def close(self) -> None:
        if not self.taken:
            self.landed.drop()


class ToDisk(FileUploadHandler):
    """Takes one file, in the field `file`, straight to its place. `too_large`: it was more than may come."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.too_large: TooLarge | None = None
        self._landing: Landing | None = None
        self._seen = False

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        if field_name != FIELD or self._seen:
            raise SkipFile
        self._seen = True
        self._landing = Landing()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        assert self._landing is not None
        try:
            self._landing.write(raw_data)
        except TooLarge as error:
            self.too_large, self._landing = error, None
            # the rest is read and dropped, so that the browser hears the answer
            raise StopUpload(connection_reset=False) from None
        return None

    def file_complete(self, file_size: int) -> LandedFile | None:
        if self._landing is None:
            return None
        landed, self._landing = self._landing.close(), None
        return LandedFile(landed, self.file_name or "", self.content_type or "")

    def upload_interrupted(self) -> None:
        if self._landing is not None:
            self._landing.drop()
            self._landing = None
