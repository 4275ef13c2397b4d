"""What the pages of the codebook show: the tree with its counts, one theme, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from balm.core.types import LANGUAGES, Labels, Theme
from balm.understand.codebook.edits import edit_from_json
from balm.understand.codebook.entries import Edited, Entry
from balm.understand.codebook.model import PHRASE_FIELDS
from balm.web.codebook import selectors, words
from balm.web.codebook.models import Version
from balm.web.codebook.services import values_of
from balm.web.painpoints.figures import Snapshot
from balm.web.people.models import Workspace
from balm.web.site.language import pick

RETIRED = ("merged", "archived")
NEWEST = 300
"""Versions that are looked through for edits of a theme."""
OPEN = 3
"""Groups of the tree that stand open at first."""
OUTSIDE = "-"
"""Key of the themes outside any group; no id of a group is like it."""


@dataclass(frozen=True)
class Row:
    """A theme in the tree. `facts`: its counts in the current figures, None where there are none."""

    entry: Entry
    facts: Theme | None
    phrases: int
    into: Labels | None = None

    @property
    def labels(self) -> Labels:
        return self.entry.labels

    @property
    def lacks(self) -> list[str]:
        """Languages, by their own name, in which it has no label."""
        return [words.LANGUAGE_NAMES[language] for language in self.entry.lacks]

    @property
    def mentions(self) -> int:
        return self.facts.mentions if self.facts else 0


@dataclass(frozen=True)
class Group:
    """`id`: None for themes outside any group."""

    id: str | None
    labels: Labels
    rows: tuple[Row, ...]
    lacks: tuple[str, ...] = ()

    @property
    def mentions(self) -> int:
        return sum(row.mentions for row in self.rows)

    @property
    def key(self) -> str:
        """How an address names it."""
        return self.id or OUTSIDE


def unfolded(found: list[Group], *, search: str = "", named: str = "") -> set[str]:
    """Keys of the groups that stand open: all where something is searched for, else the first and the one named."""
    return {group.key for at, group in enumerate(found) if search or at < OPEN or group.key == named}


def groups(book: Edited, snapshot: Snapshot | None, *, search: str = "", retired: bool = False) -> list[Group]:
    """Groups with their themes, those of most mentions first; empty groups only where nothing is searched for."""
    found: dict[str | None, list[Row]] = {} if search else {id_: [] for id_ in book.headings}
    wanted = search.casefold().strip()
    for entry in book.entries.values():
        if entry.state != "in use" and not (retired and entry.state in RETIRED and entry.origin != "discovered"):
            continue
        if wanted and not _meets(book, entry, wanted):
            continue
        found.setdefault(entry.parent, []).append(_row(book, snapshot, entry))
    made = [
        Group(id_, _heading(book, id_), tuple(sorted(rows, key=_order)), _lacks(book, id_))
        for id_, rows in found.items()
        if rows or id_ in book.headings
    ]
    return sorted(made, key=lambda group: (not group.rows, -group.mentions, pick(group.labels).casefold()))


def _order(row: Row) -> tuple[Any, ...]:
    return (row.entry.state != "in use", -row.mentions, pick(row.labels).casefold())


def _heading(book: Edited, id_: str | None) -> Labels:
    return book.labels(id_) if id_ is not None and id_ in book.headings else {}


def _lacks(book: Edited, id_: str | None) -> tuple[str, ...]:
    given = book.headings.get(id_, {}) if id_ else dict.fromkeys(LANGUAGES, "")
    return tuple(words.LANGUAGE_NAMES[language] for language in LANGUAGES if language not in given)


def _row(book: Edited, snapshot: Snapshot | None, entry: Entry) -> Row:
    used = entry.state == "in use"
    phrases = sum(map(len, book.phrases(entry.id).values())) if used else sum(map(len, entry.phrases().values()))
    into = book.entries[entry.into].labels if entry.into in book.entries else None
    return Row(entry, snapshot.theme.get(entry.id) if snapshot and used else None, phrases, into)


def _meets(book: Edited, entry: Entry, wanted: str) -> bool:
    told = [entry.id, *entry.labels.values(), *(one for some in entry.phrases().values() for one in some)]
    if entry.parent in book.headings:
        told += book.labels(entry.parent).values()
    return any(wanted in text.casefold() for text in told)


# one theme


@dataclass(frozen=True)
class Phrase:
    """`value`: how a form names it; `of`: the theme merged in that it came with, None for its own."""

    language: str
    text: str
    of: Labels | None

    @property
    def value(self) -> str:
        return f"{self.language}|{self.text}"

    @property
    def lang(self) -> str:
        return "zh-Hans" if self.language == "zh" else "en"


def phrases(book: Edited, theme: str) -> dict[str, list[Phrase]]:
    """Role → the phrases of a theme and of those merged into it, in order."""
    found: dict[str, list[Phrase]] = {role: [] for role in PHRASE_FIELDS}
    for entry in book.family(theme):
        of = None if entry.id == theme else entry.labels
        for role in PHRASE_FIELDS:
            known = {phrase.value for phrase in found[role]}
            some = [Phrase(at, text, of) for at, texts in entry.phrases(role).items() for text in texts]
            found[role] += [phrase for phrase in some if phrase.value not in known]
    return found


@dataclass(frozen=True)
class Touch:
    """A version that touched a theme, and what it did."""

    version: Version
    sentence: str


def touches(workspace: Workspace, theme: str, names: dict[str, Labels]) -> list[Touch]:
    """Versions that name a theme, newest first."""
    found = []
    for version in selectors.versions(workspace)[:NEWEST]:
        if theme in named(version):
            found.append(Touch(version, sentence(version, names)))
    return found


def named(version: Version) -> set[str]:
    """Themes, groups and proposals that a version's edit names."""
    found: set[str] = set()
    for edit in version.change.values():
        found |= {value for value in values_of(edit) if isinstance(value, str)}
    return found


def sentence(version: Version, names: dict[str, Labels]) -> str:
    """What a version did, with the names that things had then as far as they are known."""
    return " · ".join(
        words.sentence_of(edit_from_json(edit), names) for edit in version.change.values() if isinstance(edit, dict)
    )


def undone(version: Version) -> bool:
    """Whether it took an edit back."""
    return "undo" in version.change


def lineage(book: Edited, theme: str) -> list[Entry]:
    """What became of a theme: the themes it was merged into, one after the other."""
    found, entry = [], book.entries[theme]
    while entry.into is not None:
        entry = book.entries[entry.into]
        found.append(entry)
    return found
