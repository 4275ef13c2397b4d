"""Comments as a CSV file, written while it is sent."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from balm.lake.queries import Comment, Filter
from balm.web.feedback import words
from balm.web.feedback.selectors import Room
from balm.web.site.cells import inert


def cell(value: Any) -> str:
    """A value that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return inert(value)


def rows(room: Room, asked: Filter, *, customers: bool) -> Iterator[bytes]:
    """The file, piece by piece; `customers`: with their keys. One line a comment, its mentions in one cell."""
    names = room.lake.attributes
    head = [_("Comment"), _("Date"), _("Score"), _("Text"), _("Mentions"), _("File"), _("Line")]
    head += [_("Customer")] * customers
    yield "\ufeff".encode() + _lines([[cell(name) for name in [*head, *names]]])
    for comments in room.lake.every(asked):
        yield _lines([cell(value) for value in _row(room, comment, names, customers)] for comment in comments)


def _row(room: Room, comment: Comment, names: Iterable[str], customers: bool) -> list[Any]:
    told = [
        f"{room.name(m.theme, m.sentiment)} ({words.SENTIMENT.get(m.sentiment, m.sentiment)})"
        for m in comment.mentions
        if m.matched
    ]
    time = comment.time.isoformat(" ", "seconds") if comment.time else None
    found = [comment.feedback_id, time, comment.score, comment.text, " · ".join(told), comment.source, comment.line]
    found += [comment.person] * customers
    return [*found, *(comment.by.get(name) for name in names)]


class _Lines(list[str]):
    def write(self, text: str) -> None:
        self.append(text)


def _lines(table: Iterable[list[str]]) -> bytes:
    lines = _Lines()
    csv.writer(lines).writerows(table)
    return "".join(lines).encode("utf-8", "replace")
