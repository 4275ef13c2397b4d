"""What questions are answered with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

UNDATED = dt.datetime(1, 1, 1)
"""Where comments without a time stand in the order of time."""


@dataclass(frozen=True)
class Mention:
    """One clause. `start`, `end`: code points in the comment as it is shown (identifiers redacted); `marks`: the same,
    of the words that coded it, None where none did. `theme`: in use, None for none; `machine_theme`: as it was read."""

    number: int
    start: int
    end: int
    text: str
    language: str
    theme: str | None
    machine_theme: str | None
    origin: str | None
    by_hand: bool
    sentiment: str
    polarity: float
    emotion: str
    kind: str | None
    target: str | None
    intent: str
    urgency: str
    confidence: float
    marks: tuple[int, int] | None
    original: tuple[int, int]  # start and end in the comment before redaction
    matched: bool = True  # whether it meets what was asked of mentions


@dataclass(frozen=True)
class Comment:
    """One comment. `customer`: the key as it came, `person`: the key that stands for the customer now. `time` without a
    zone: UTC where the source states a zone, else as written. `by`: attributes that are known. `hidden`: how many
    identifiers were cut out of `text`."""

    feedback_id: str
    text: str
    time: dt.datetime | None
    score: float | None
    customer: str | None
    person: str | None
    source: str
    line: int
    import_key: str
    part: int
    row: int
    hidden: int
    by: Mapping[str, str]
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True)
class Counts:
    """How many comments meet a filter, their mentions that do, and the customers who wrote them; a comment without a
    customer key counts as a customer of its own."""

    comments: int
    mentions: int
    customers: int


@dataclass(frozen=True)
class Cursor:
    """A place in the stream of comments: between the comment it names and the next."""

    time: dt.datetime
    part: int
    row: int

    @classmethod
    def after(cls, comment: Comment) -> Cursor:
        """Behind a comment; those without a time stand before all others."""
        return cls(comment.time or UNDATED, comment.part, comment.row)

    def __str__(self) -> str:
        return f"{self.time.isoformat()}_{self.part}_{self.row}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor that `str` wrote, None for anything else."""
        pieces = text.split("_")
        try:
            time, part, row = dt.datetime.fromisoformat(pieces[0]), int(pieces[1]), int(pieces[2])
        except (ValueError, IndexError):
            return None
        inside = time.tzinfo is None and 0 <= part < 2**31 and 0 <= row < 2**31
        return cls(time, part, row) if inside and len(pieces) == 3 else None


@dataclass(frozen=True)
class Page:
    """Some comments, in order. `older`, `newer`: where the pages beside it begin, None where there are none."""

    comments: tuple[Comment, ...]
    newer: Cursor | None
    older: Cursor | None


@dataclass(frozen=True)
class Customer:
    """One customer. `negative`: comments with a negative mention. `keys`: how many keys stand for her."""

    key: str
    comments: int
    negative: int
    first: dt.datetime | None
    last: dt.datetime | None
    keys: int = 1
