"""The codebook as people see it: every theme with its state, and what of it texts are read with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from balm.core.types import LANGUAGES, Labels
from balm.understand.codebook.describe import describe, filled
from balm.understand.codebook.edits import OWN, Edit
from balm.understand.codebook.model import PHRASE_FIELDS, PHRASE_LANGUAGES, Codebook, Group, Pack, Phrases, Theme

State = Literal["in use", "merged", "archived", "dismissed"]
Origin = Literal["codebook", "added", "discovered"]

FOUND = "found"
"""What the ids of proposals begin with."""

EDITS = "edits"
"""Name of the pack that holds the themes which edits added."""

_HEADINGS: dict[str, Labels] = {
    OWN: {"zh-Hans": "自建主题", "zh-Hant": "自訂主題", "en": "Own themes"},
    FOUND: {"zh-Hans": "新发现", "zh-Hant": "新發現", "en": "Discovered"},
}


@dataclass(frozen=True)
class Entry:
    """One theme. `given`, `defined`: its labels and definition in the languages they are given in; `parent`: its group,
    None for none; `into`: the theme it was merged into, itself perhaps merged; `reading`: what texts are read with,
    None where no phrase codes it (proposals and themes coded by hand); `include`, `exclude`: sentences for people.
    """

    id: str
    given: Labels
    parent: str | None
    kind: str
    origin: Origin
    state: State = "in use"
    into: str | None = None
    target: str = "process"
    solvability: str = "medium"
    defined: Labels = field(default_factory=dict)
    reading: Theme | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, theme: Theme, parent: str | None) -> Entry:
        """A theme of a codebook's file."""
        return cls(
            theme.id,
            dict(theme.labels),
            parent,
            theme.kind,
            "codebook",
            state="archived" if theme.archived else "in use",
            target=theme.target,
            solvability=theme.solvability,
            defined=dict(theme.definition or {}),
            reading=theme,
            include=theme.examples.of,
            exclude=theme.examples.against,
        )

    @property
    def labels(self) -> Labels:
        """In each of `LANGUAGES`."""
        return filled(self.given)

    @property
    def lacks(self) -> tuple[str, ...]:
        """Languages in which the label is that of another language."""
        return tuple(language for language in LANGUAGES if language not in self.given)

    @property
    def definition(self) -> Labels:
        """In each of `LANGUAGES`; empty where there is none."""
        return filled(self.defined)

    def phrases(self, role: str = "phrases") -> Phrases:
        """Its own phrases by language; empty where none code it (any more)."""
        return self.reading.phrases_of(role) if self.reading and not self.reading.archived else {}


@dataclass(frozen=True)
class Edited:
    """A codebook with edits applied. `entries`: id → every theme that is or was, those of edits last; open proposals
    are not among them. `headings`: id of each group → its labels in the languages they are given in.
    """

    base: Codebook
    entries: Mapping[str, Entry]
    headings: Mapping[str, Labels]

    @classmethod
    def of(cls, book: Codebook) -> Edited:
        """A codebook without edits."""
        headings: dict[str, Labels] = {}
        entries: dict[str, Entry] = {}
        for group in (group for pack in book.packs for group in pack.groups):
            headings.setdefault(group.id, book.labels(group.id))
            for theme in group.themes:
                entries[theme.id] = Entry.of(theme, book.parent(theme.id))
        headings.update((id_, dict(labels)) for id_, labels in book.headings.items())
        return cls(book, entries, headings)

    # what people see

    def in_use(self) -> tuple[Entry, ...]:
        """Themes in use, in order: accepted proposals among them, merged and archived ones not."""
        return tuple(entry for entry in self.entries.values() if entry.state == "in use")

    def proposals(self, found: Iterable[str]) -> tuple[str, ...]:
        """Of the ids of proposals, those that are still open."""
        return tuple(id_ for id_ in found if id_ not in self.entries)

    def labels(self, id_: str) -> Labels:
        """Of a theme or a group, in each of `LANGUAGES`. Raises KeyError."""
        entry = self.entries.get(id_)
        return entry.labels if entry else filled(self.headings[id_])

    def definition(self, theme_id: str) -> Labels:
        """In each of `LANGUAGES`; empty where there is none. Raises KeyError."""
        return self.entries[theme_id].definition

    def parent(self, theme_id: str) -> str | None:
        """The group of a theme, None for none. Raises KeyError."""
        return self.entries[theme_id].parent

    def phrases(self, theme_id: str, role: str = "phrases") -> Phrases:
        """What codes a theme, by language: its own phrases and those of the themes merged into it."""
        found: Phrases = {}
        for entry in self.family(theme_id):
            for language, some in entry.phrases(role).items():
                found[language] = tuple(dict.fromkeys((*found.get(language, ()), *some)))
        return found

    def family(self, theme_id: str) -> tuple[Entry, ...]:
        """A theme in use and, behind it, those merged into it. Raises KeyError."""
        return (self.entries[theme_id], *(self.entries[id_] for id_, into in self.lineage.items() if into == theme_id))

    @cached_property
    def names(self) -> dict[str, Labels]:
        """Labels of every theme and group."""
        groups = {id_: filled(labels) for id_, labels in self.headings.items()}
        return groups | {id_: entry.labels for id_, entry in self.entries.items()}

    def describe(self, edit: Edit, language: str) -> str:
        """One sentence on what an edit does, see `describe.describe`; names are those of this state."""
        return describe(edit, language, self.names)

    # what it does to counts

    @cached_property
    def lineage(self) -> dict[str, str | None]:
        """Id of each theme no longer in use → the theme in use that took it over; None: archived or dismissed."""
        found: dict[str, str | None] = {}
        for id_, entry in self.entries.items():
            if entry.state == "in use" or (entry.state == "archived" and self._never_read(id_)):
                continue
            last = entry
            while last.into is not None:
                last = self.entries[last.into]
            found[id_] = last.id if last.state == "in use" else None
        return found

    def resolve(self, theme_id: str) -> str | None:
        """What a mention of the theme counts for now; None: nothing. A theme in use, and an unknown one, is itself."""
        return self.lineage.get(theme_id, theme_id)

    def _never_read(self, id_: str) -> bool:
        """Archived in its file, and left so."""
        reading = self.entries[id_].reading
        return id_ in self.base and self.base.theme(id_).archived and reading is not None and reading.archived

    @cached_property
    def dismissed(self) -> frozenset[str]:
        """Proposals that are not to be shown."""
        return frozenset(id_ for id_, entry in self.entries.items() if entry.state == "dismissed")

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """Themes in use for which `book` has no phrase: accepted proposals, and themes coded by hand alone."""
        return tuple(entry.id for entry in self.in_use() if not any(self.phrases(entry.id).values()))

    # what it does to reading

    @cached_property
    def book(self) -> Codebook:
        """The codebook that texts are read with. Themes merged or archived by edits are read as before, so that this
        can be undone without reading anything again; `lineage` says what counts for what.
        """
        packs = [_pack(pack, self.entries) for pack in self.base.packs]
        added = [e for e in self.entries.values() if e.reading is not None and e.id not in self.base]
        if added:
            packs.append(_edits_pack(added, self.headings, {pack.name for pack in packs}))
        stands = {theme.id: group.id for pack in packs for group in pack.groups for theme in group.themes}
        return Codebook(
            name=self.base.name,
            version=self.base.version,
            packs=tuple(packs),
            headings=self.base.headings | self._renamed(),
            parents={id_: self.entries[id_].parent for id_, at in stands.items() if self.entries[id_].parent != at},
        )

    def _renamed(self) -> dict[str, Labels]:
        """Labels of the groups that edits added or renamed."""
        old = Edited.of(self.base).headings
        return {id_: filled(labels) for id_, labels in self.headings.items() if filled(labels) != old.get(id_)}

    @cached_property
    def reads(self) -> str:
        """A fingerprint that changes only when texts would be read in another way."""
        return reads(self.book)

    @cached_property
    def phrases_changed(self) -> bool:
        """Whether the edits call for reading texts again."""
        return self.reads != reads(self.base)


def reads(book: Codebook) -> str:
    """Fingerprint of what texts are read with: the phrases and targets of the themes in use, in their order."""
    told = []
    for pack in book.packs:
        for theme in pack.leaves():
            if not theme.archived:
                phrases = [[theme.phrases_of(name).get(s, ()) for s in PHRASE_LANGUAGES] for name in PHRASE_FIELDS]
                told.append([pack.name, theme.id, theme.target, phrases])
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()


def _shown(theme: Theme, entry: Entry) -> Theme:
    """What a theme is read with, under the labels it has now."""
    changes: dict[str, Any] = {}
    if entry.labels != theme.labels:
        changes["labels"] = entry.labels
    if entry.definition != (theme.definition or {}):
        changes["definition"] = entry.definition
    return theme.model_copy(update=changes) if changes else theme


def _unread(theme: Theme) -> Theme:
    return theme.model_copy(update={"archived": True})


def _pack(pack: Pack, entries: Mapping[str, Entry]) -> Pack:
    groups = []
    for group in pack.groups:
        themes = tuple(_shown(entries[t.id].reading or _unread(t), entries[t.id]) for t in group.themes)
        same = all(new is old for new, old in zip(themes, group.themes, strict=True))
        groups.append(group if same else group.model_copy(update={"themes": themes}))
    same = all(new is old for new, old in zip(groups, pack.groups, strict=True))
    return pack if same else pack.model_copy(update={"groups": tuple(groups)})


def _edits_pack(added: list[Entry], headings: Mapping[str, Labels], taken: set[str]) -> Pack:
    """A pack, always in use, of the themes that edits added; each stands in the group that its id begins with."""
    groups: dict[str, list[Theme]] = {}
    for entry in added:
        assert entry.reading is not None
        groups.setdefault(entry.id.rpartition(".")[0], []).append(_shown(entry.reading, entry))
    name = EDITS
    while name in taken:
        name += "_own"
    made = [
        Group(id=id_, labels=filled(headings.get(id_, {})) or _HEADINGS.get(id_, _HEADINGS[OWN]), themes=tuple(themes))
        for id_, themes in groups.items()
    ]
    return Pack(codebook=name, version=1, labels=_HEADINGS[OWN], groups=tuple(made))
