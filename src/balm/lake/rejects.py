"""Rows that were set aside: a file for each import, whose length the log states; one file of all for people."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from balm.collect.reject import Reject
from balm.lake.delta import replace
from balm.lake.state import Import


class Rejects:
    """`folder` holds the files of the imports; `path` all of them, in the imports' order, as of the last change.

    Bytes beyond the length that the log states were never acknowledged: a reader passes over them, a writer cuts them
    off. So a redo after a crash neither doubles nor loses a row.
    """

    def __init__(self, folder: Path, path: Path) -> None:
        self.folder, self.path = folder, path

    def file(self, item: Import) -> Path:
        """Where the rows of an import lie."""
        return self.folder / f"{blake2b(item.key.encode(), digest_size=16).hexdigest()}.jsonl"

    def add(self, item: Import, rejects: Sequence[Reject]) -> int:
        """Write down rows that were left out; returns how many. They count once the log states `item`'s new length."""
        lines = [json.dumps(reject.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n" for reject in rejects]
        if lines:
            data = "".join(lines).encode()
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.file(item).open("ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            item.rejected_bytes += len(data)
        return len(lines)

    def read(self, items: Sequence[Import]) -> Iterator[dict[str, Any]]:
        """The rows of `items`, in their order."""
        for item in items:
            for line in self._bytes(item).splitlines():
                yield json.loads(line)

    def repair(self, items: Sequence[Import]) -> None:
        """Remove what no import states, and mend the file of all. For the one writer."""
        stated = {self.file(item): item.rejected_bytes for item in items}
        for path in self.folder.glob("*.jsonl") if self.folder.is_dir() else ():
            if not stated.get(path):
                path.unlink()
            elif path.stat().st_size > stated[path]:
                os.truncate(path, stated[path])
        there = self.path.stat().st_size if self.path.exists() else 0
        if there != sum(stated.values()):
            self.publish(items)

    def publish(self, items: Sequence[Import]) -> None:
        """Bring the file of all up to date."""
        data = b"".join(map(self._bytes, items))
        if data or self.path.exists():
            replace(self.path, data)

    def _bytes(self, item: Import) -> bytes:
        if not item.rejected_bytes:
            return b""
        with suppress(FileNotFoundError), self.file(item).open("rb") as file:
            return file.read(item.rejected_bytes)
        return b""
