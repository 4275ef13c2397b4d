"""Making the figures of a workspace, in a process of its own. No Django."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from balm.core.decisions import Decisions
from balm.lake.feedback import FeedbackStore
from balm.lake.parallel import cores
from balm.loop import Refreshed, asked_of, refresh
from balm.understand.codebook.edits import edits_from_json

MANY = 20_000
"""Comments from which on several processes pay; to start one costs as much as reading some thousand."""


def make(
    folder: str,
    codebook: str,
    edits: Sequence[Any],
    decisions: Decisions,
    *,
    jobs: int | None = None,
    progress: Callable[[str, int, int], None],
) -> Refreshed | None:
    """The figures of what the analysis folder holds, None where it holds no comments.

    `edits`: JSON of those in force. `jobs`: processes; None: one a core where there is much to read.
    """
    with FeedbackStore(folder) as store:
        rows = store.rows
    if not rows:
        return None
    asked = asked_of(folder, codebook=codebook)
    many = jobs or (cores() if rows >= MANY else 1)
    return refresh(folder, asked, edits=edits_from_json(edits), decisions=decisions, jobs=many, progress=progress)


def processes() -> int | None:
    """How many the one who started Balm allows, in BALM_JOBS; None where nothing was said."""
    said = os.environ.get("BALM_JOBS", "")
    return max(1, int(said)) if said.isdigit() else None
