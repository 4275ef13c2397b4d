"""What an edit would change, before it is made: from counts where no text is read in another way, else from texts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from balm.lake.queries import Filter, Lake
from balm.understand.codebook.entries import FOUND, Edited
from balm.web.feedback.selectors import decisions
from balm.web.painpoints.figures import current
from balm.web.people.models import Workspace
from balm.web.site.paths import workspace_dir

EXAMPLES = 10
"""Sentences shown of each change."""

Pair = tuple[str | None, str | None]


@dataclass(frozen=True)
class Look:
    """What an edit would change. `looked` of `of` comments were read; `exact`: counted, not read. `mentions`,
    `comments`: how many would be coded in another way. `moves`: from which theme to which (None: none), with sentences.
    `counts`: mentions of each theme touched, now and then.
    """

    looked: int
    of: int
    exact: bool
    mentions: int
    comments: int | None
    moves: list[dict[str, Any]]
    counts: dict[str, list[int]]

    @property
    def sampled(self) -> bool:
        return self.looked < self.of


def moved(before: Edited, after: Edited) -> dict[Pair, list[str]]:
    """For edits that read no text anew: (counts for, would count for) → the themes, as they were read, of which it is
    so; only where the two differ."""
    found: dict[Pair, list[str]] = {}
    found_ones = {id_ for id_ in after.entries if id_.startswith(f"{FOUND}.")}
    for id_ in sorted(set(before.entries) | found_ones):  # no text was read as a theme that comes only now
        pair = _counts_for(before, id_), _counts_for(after, id_)
        if pair[0] != pair[1]:
            found.setdefault(pair, []).append(id_)
    return found


def _counts_for(book: Edited, id_: str) -> str | None:
    """A proposal counts for itself; a theme that is not there (yet, or any more) for nothing."""
    return book.resolve(id_) if id_ in book.entries or id_.startswith(f"{FOUND}.") else None


def changes_coding(before: Edited, after: Edited) -> bool:
    """Whether anything would count in another way."""
    return before.reads != after.reads or bool(moved(before, after))


def count(workspace: Workspace, before: Edited, after: Edited) -> dict[str, Any]:
    """What an edit that reads no text anew would change, exactly, in the comments of the figures that are shown."""
    lake = _as_read(workspace)
    pairs = moved(before, after)
    moves = [_move(lake, pair, ids) for pair, ids in pairs.items()]
    themes = sorted({theme for pair in pairs for theme in pair if theme})
    snapshot = current(workspace)
    every = snapshot.overview.comments if snapshot else 0
    changed = lake.counts(Filter(themes=_all(pairs.values()))) if pairs else None
    return {
        "looked": every,
        "of": every,
        "exact": True,
        "mentions": changed.mentions if changed else 0,
        "comments": changed.comments if changed else 0,
        "moves": sorted((move for move in moves if move["mentions"]), key=lambda move: -move["mentions"]),
        "counts": {theme: [_total(lake, book, theme) for book in (before, after)] for theme in themes},
    }


def _all(lists: Iterable[list[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for ids in lists for id_ in ids))


def _as_read(workspace: Workspace) -> Lake:
    """The lake under the themes that texts were read as, and people's coding of single mentions."""
    snapshot = current(workspace)
    pins: dict[str, int | None] = {}
    if snapshot:
        pins = {"feedback": snapshot.row.feedback_version, "mentions": snapshot.row.mentions_version}
    decided = replace(decisions(workspace), themes={})
    return Lake.open(os.fspath(workspace_dir(workspace)), pins, decided)


def _move(lake: Lake, pair: Pair, ids: list[str]) -> dict[str, Any]:
    asked = Filter(themes=tuple(ids))
    counts = lake.counts(asked)
    examples = []
    for comment in lake.page(asked, size=EXAMPLES).comments if counts.comments else ():
        one = next(mention for mention in comment.mentions if mention.matched)
        marks = [[one.marks[0] - one.start, one.marks[1] - one.start]] if one.marks else []
        examples.append({"id": comment.feedback_id, "text": one.text, "marks": marks})
    return {
        "from": pair[0],
        "to": pair[1],
        "mentions": counts.mentions,
        "comments": counts.comments,
        "examples": examples,
    }


def _total(lake: Lake, book: Edited, theme: str) -> int:
    """Mentions that count for a theme."""
    if _counts_for(book, theme) != theme:
        return 0
    ids = {theme} | {id_ for id_, into in book.lineage.items() if into == theme}
    return lake.counts(Filter(themes=tuple(sorted(ids)))).mentions
