"""Writing to and reading from a workspace's lake in a process of its own. No Django."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from balm.collect.files import File
from balm.core.errors import InputRefused
from balm.lake.feedback import FeedbackStore, Import
from balm.lake.importing import import_files
from balm.redaction import redact_table, redact_texts
from balm.web.feedback.imports_look import to_map
from balm.web.feedback.sealing import Sealer

Progress = Callable[[str, int, int], None]


def import_file(
    folder: str | os.PathLike[str],
    file: File,
    columns: dict[str, Any],
    sealer: Sealer,
    drop: str = "",
    *,
    progress: Progress,
) -> dict[str, Any]:
    """Import a file into the store in `folder`; goes on where an earlier call was killed, and never doubles a row.

    `columns`: a ColumnMap as JSON. `drop`: key of an earlier reading of the same upload, which is taken out first.
    `progress` is told ("read", rows so far, about how many there are). Gives rows, kept, duplicates, rejected,
    unread_cells. Raises InputRefused, with those counts among its facts; rows that were kept are then taken out again.
    """
    with FeedbackStore(folder) as store:
        if drop and drop != file.key:
            store.take_back(drop)

        def tell(done: int, total: int) -> None:
            item = _find(store, file.key)
            rows = item.rows if item else 0
            progress("read", rows, max(rows, round(rows * total / done)) if done else 0)

        try:
            import_files(
                file,
                store,
                columns=to_map(columns),
                redact=redact_table,
                redact_text=redact_texts,
                seal=sealer.seal,
                progress=tell,
            )
        except InputRefused as error:
            raise _explained(error, store, file.key) from None
        return counts(_find(store, file.key))


def _explained(error: InputRefused, store: FeedbackStore, key: str) -> InputRefused:
    item = _find(store, key)
    found = counts(item)
    if item and item.kept:
        store.take_back(key)
        found = {}
    code = "none_usable" if item and item.complete and item.rows and not item.kept else error.code
    return InputRefused(str(error), code=code, **(error.facts | found))


def take_back(folder: str | os.PathLike[str], key: str) -> bool:
    """Take an import out of the store; False where there is none of it."""
    with FeedbackStore(folder) as store:
        return store.take_back(key)


def counts(item: Import | None) -> dict[str, Any]:
    """How many rows there were and what became of them."""
    if item is None:
        return {}
    return {
        "rows": item.rows,
        "kept": item.kept,
        "duplicates": item.duplicates,
        "rejected": dict(item.rejected),
        "unread_cells": dict(item.unread_cells),
    }


def _find(store: FeedbackStore, key: str) -> Import | None:
    return next((item for item in store.imports if item.key == key), None)
