"""What texts say to two states of the codebook, and phrases for sentences: heavy, and without Django."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from balm.lake.feedback import FeedbackStore
from balm.loop import STATE
from balm.understand.codebook.apply import apply_known
from balm.understand.codebook.edits import edits_from_json
from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook
from balm.understand.codebook.preview import Preview, preview
from balm.understand.codebook.teach import PhraseProposal, propose_phrases
from balm.understand.understanding import Understanding

MOST = 20_000
"""Comments that are read for a preview; of more, the same ones every time."""
BACKGROUND = 5_000
"""Comments that proposed phrases are held against."""

Progress = Callable[[str, int, int], None]


def look(
    folder: str,
    codebook: str,
    packs: Sequence[str] | None,
    before: Sequence[Any],
    after: Sequence[Any],
    *,
    most: int = MOST,
    progress: Progress,
) -> dict[str, Any]:
    """What would be recoded between two lists of edits (JSON), as plain values: see `looking.Look`."""
    with threadpool_limits(1):
        progress("read", 0, 1)
        ids, texts, there = sample(folder, most)
        base = load(codebook) if codebook != "none" else Codebook(name="none", version=1, packs=())
        book = base if packs is None else base.only(packs)
        states = [apply_known(book, edits_from_json(edits))[0] for edits in (before, after)]
        progress("understand", 0, 1)
        found = preview(*states, texts, _learnt(folder))
        progress("understand", 1, 1)
    return plain(found, ids, there)


def sample(folder: str, most: int) -> tuple[list[str], list[str], int]:
    """Ids and texts of all comments, or of `most` chosen by a hash of their ids; how many there are."""
    ids: list[str] = []
    texts: list[str] = []
    with FeedbackStore(folder) as store:
        rows = store.rows
        chosen = np.arange(rows)
        if rows > most:
            chosen = np.sort(np.argsort(store.keys(), kind="stable")[:most])
        at = 0
        for batch in store.batches(["feedback_id", "text"]) if rows else ():
            low, high = np.searchsorted(chosen, [at, at + batch.num_rows])
            mine = batch.take(chosen[low:high] - at)
            ids += mine.column("feedback_id").to_pylist()
            texts += mine.column("text").to_pylist()
            at += batch.num_rows
    return ids, texts, rows


def _learnt(folder: str) -> Understanding | None:
    try:
        return Understanding.load(Path(folder) / STATE)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None  # nothing learnt yet: phrases alone code


def plain(found: Preview, ids: Sequence[str], there: int) -> dict[str, Any]:
    """A preview as plain values; `ids` of the texts, `there`: how many comments there are."""
    themes = {theme for move in found.moves for theme in (move.before, move.after) if theme}
    return {
        "looked": found.comments,
        "of": there,
        "exact": False,
        "mentions": found.changed_mentions,
        "comments": found.changed_comments,
        "moves": [
            {
                "from": move.before,
                "to": move.after,
                "mentions": move.mentions,
                "comments": move.comments,
                "examples": [
                    {"id": ids[one.comment], "text": one.text, "marks": [list(mark) for mark in one.marks]}
                    for one in move.examples
                ],
            }
            for move in found.moves
        ],
        "counts": {theme: [found.before.get(theme, 0), found.after.get(theme, 0)] for theme in sorted(themes)},
    }


def propose(folder: str, examples: Sequence[str], against: Sequence[str]) -> tuple[PhraseProposal, ...]:
    """Phrases that stand in the examples and seldom in the comments of the folder."""
    with threadpool_limits(1):
        _ids, texts, _there = sample(folder, BACKGROUND)
        return propose_phrases(list(examples), list(against), texts)
