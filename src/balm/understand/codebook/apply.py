"""A codebook and the edits made of it, put together. Nothing here reads a text or knows the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from balm.core.types import LANGUAGES, Kind, Labels
from balm.understand.codebook.describe import filled
from balm.understand.codebook.edits import (
    Accept,
    AddExamples,
    AddGroup,
    AddPhrases,
    AddTheme,
    Archive,
    Define,
    Dismiss,
    Edit,
    Merge,
    Move,
    RemovePhrases,
    Rename,
    Restore,
    Split,
)
from balm.understand.codebook.entries import FOUND, Edited, Entry
from balm.understand.codebook.model import Codebook, Phrases
from balm.understand.codebook.refusal import EditRefused, near
from balm.understand.codebook.rewrite import added, carved, check, first, removed


class Proposed(Protocol):
    """A theme that discovery proposes (`core.types.Theme` is one)."""

    @property
    def id(self) -> str: ...
    @property
    def labels(self) -> Labels: ...


def apply(book: Codebook | Edited, edits: Iterable[Edit], proposals: Iterable[Proposed] | None = None) -> Edited:
    """The codebook with the edits made one after the other.

    `book`: a codebook, or what earlier edits made of it: `apply(apply(book, some), others)` is
    `apply(book, [*some, *others])`. `proposals`: those that discovery makes now; None: any id of a proposal is taken.
    Raises EditRefused (a WrongUse) naming the first edit that cannot stand, by its place from 1, and the mend.
    """
    draft = _Draft(book, proposals)
    for number, edit in enumerate(edits, 1):
        try:
            draft.make(edit)
        except EditRefused as error:
            raise error.at(number) from None
    return draft.done()


def apply_known(book: Codebook, edits: Iterable[Edit]) -> tuple[Edited, tuple[EditRefused, ...]]:
    """As `apply`, for edits that stood when they were made, on a codebook that may have changed under them since.

    Equal labels, phrases and proposals are not looked into again; an edit that has lost its theme is left out, and
    told.
    """
    draft = _Draft(book, None, strict=False)
    refused = tuple(error.at(at + 1) for at, error in _made(draft, enumerate(edits)))
    return draft.done(), refused


def dependents(
    edits: Sequence[Edit], i: int, book: Codebook, proposals: Iterable[Proposed] | None = None
) -> tuple[int, ...]:
    """Places (from 0) of the later edits that cannot stand without edit `i` (from 0), ascending.

    Edits that cannot stand anyway, because the codebook has changed under them, are not among them.
    """
    return tuple(at for at, _ in _broken(edits, i, book, proposals))


def without(
    edits: Sequence[Edit], i: int, book: Codebook, proposals: Iterable[Proposed] | None = None
) -> tuple[Edit, ...]:
    """The edits but for edit `i` (from 0). Raises EditRefused naming the last later edit that depends on it."""
    broken = _broken(edits, i, book, proposals)
    if broken:
        later, why = broken[-1]
        raise EditRefused("depended_on", number=i + 1, later=later + 1, why=why)
    return (*edits[:i], *edits[i + 1 :])


def _broken(
    edits: Sequence[Edit], i: int, book: Codebook, proposals: Iterable[Proposed] | None
) -> list[tuple[int, EditRefused]]:
    if not 0 <= i < len(edits):
        raise EditRefused("no_such_edit", number=i + 1, n=len(edits))
    given = None if proposals is None else tuple(proposals)
    already = {at for at, _ in _made(_Draft(book, given), enumerate(edits))}
    left = _made(_Draft(book, given), ((at, edit) for at, edit in enumerate(edits) if at != i))
    return [(at, error) for at, error in left if at not in already]


def _made(draft: _Draft, edits: Iterable[tuple[int, Edit]]) -> list[tuple[int, EditRefused]]:
    """Make the edits that stand; those that do not, by their place."""
    refused = []
    for at, edit in edits:
        try:
            draft.make(edit)
        except EditRefused as error:
            refused.append((at, error))
    return refused


class _Draft:
    """The codebook while edits are made. An edit that is refused leaves it as it was."""

    def __init__(self, book: Codebook | Edited, proposals: Iterable[Proposed] | None, *, strict: bool = True) -> None:
        start = book if isinstance(book, Edited) else Edited.of(book)
        self.base, self.entries, self.headings = start.base, dict(start.entries), dict(start.headings)
        self.proposals = None if proposals is None else {one.id: dict(one.labels) for one in proposals}
        self.strict = strict

    def done(self) -> Edited:
        return Edited(self.base, self.entries, self.headings)

    def make(self, edit: Edit) -> None:
        entries, headings = dict(self.entries), dict(self.headings)
        try:
            getattr(self, f"_{edit.kind_of_edit}")(edit)
        except EditRefused:
            self.entries, self.headings = entries, headings
            raise

    # each kind of edit, under its name

    def _rename(self, edit: Rename) -> None:
        if edit.theme in self.headings:
            labels = {**self.headings[edit.theme], **edit.labels}
            if labels == self.headings[edit.theme]:
                raise EditRefused("same_text")
            self._alone(edit.theme, labels, {id_: given for id_, given in self.headings.items() if id_ != edit.theme})
            self.headings[edit.theme] = labels
            return
        entry = self._in_use(edit.theme)
        renamed = replace(entry, given={**entry.given, **edit.labels})
        if renamed == entry:
            raise EditRefused("same_text")
        self._put(renamed)

    def _define(self, edit: Define) -> None:
        entry = self._in_use(edit.theme)
        self._set(entry, defined={**entry.defined, **edit.definition})

    def _merge(self, edit: Merge) -> None:
        self._in_use(edit.into)
        for source in edit.sources:
            if source in self.entries or not self._proposed(source):
                self._set(self._in_use(source), state="merged", into=edit.into)
            else:
                self._open(source)
                self._retire_proposal(source, state="merged", into=edit.into)

    def _split(self, edit: Split) -> None:
        old = self._in_use(edit.theme)
        for part in edit.parts:
            self._new_id(part.theme)
            self._check(part.phrases)
            made = Entry(part.theme, part.labels, old.parent, old.kind, "added", target=old.target)
            made = replace(made, solvability=old.solvability)
            reading, given_way = carved(self.done().family(old.id), part)
            self._put(replace(made, reading=reading or first(made, part.phrases)))
            for id_, other in given_way.items():
                self._set(self.entries[id_], reading=other)

    def _move(self, edit: Move) -> None:
        entry = self._in_use(edit.theme)
        self._group(edit.parent)
        if entry.parent == edit.parent:
            raise EditRefused("same_place", theme=edit.theme)
        self._put(replace(entry, parent=edit.parent))

    def _archive(self, edit: Archive) -> None:
        self._set(self._in_use(edit.theme), state="archived")

    def _restore(self, edit: Restore) -> None:
        entry = self.entries.get(edit.theme) or self._in_use(edit.theme)
        if entry.state == "dismissed":
            del self.entries[edit.theme]
            return
        if entry.state != "archived":
            self._in_use(edit.theme)
            raise EditRefused("not_archived", theme=edit.theme)
        reading = entry.reading
        if reading is not None and reading.archived:
            reading = reading.model_copy(update={"archived": False})
        self._put(replace(entry, state="in use", reading=reading))

    def _accept(self, edit: Accept) -> None:
        self._open(edit.proposal)
        self._group(edit.parent)
        accepted = Entry(edit.proposal, edit.labels, edit.parent, edit.kind, "discovered", defined=edit.definition)
        self._put(accepted)

    def _dismiss(self, edit: Dismiss) -> None:
        self._open(edit.proposal)
        self._retire_proposal(edit.proposal, state="dismissed")

    def _add_theme(self, edit: AddTheme) -> None:
        self._new_id(edit.theme)
        self._group(edit.parent)
        self._check(edit.phrases)
        made = Entry(edit.theme, edit.labels, edit.parent, edit.kind, "added", target=edit.target)
        reading = first(made, edit.phrases) if edit.phrases else None
        self._put(replace(made, defined=edit.definition, reading=reading))

    def _add_group(self, edit: AddGroup) -> None:
        if edit.group in self.headings or edit.group in self.entries:
            raise EditRefused("id_taken", theme=edit.group)
        self._alone(edit.group, edit.labels, self.headings)
        self.headings[edit.group] = edit.labels

    def _add_phrases(self, edit: AddPhrases) -> None:
        entry = self._in_use(edit.theme)
        self._check(edit.phrases)
        if entry.reading is not None:
            self._set(entry, reading=added(entry.reading, edit.role, edit.phrases))
        elif edit.role == "phrases":
            self._set(entry, reading=first(entry, edit.phrases))
        else:
            raise EditRefused("no_phrases", theme=edit.theme)

    def _remove_phrases(self, edit: RemovePhrases) -> None:
        family = self.done().family(self._in_use(edit.theme).id)
        for id_, reading in removed(family, edit.role, edit.phrases).items():
            self._set(self.entries[id_], reading=reading)

    def _add_examples(self, edit: AddExamples) -> None:
        entry = self._in_use(edit.theme)
        include = tuple(dict.fromkeys((*entry.include, *edit.include)))
        self._set(entry, include=include, exclude=tuple(dict.fromkeys((*entry.exclude, *edit.exclude))))

    # what they share

    def _set(self, entry: Entry, **changes: Any) -> None:
        self.entries[entry.id] = replace(entry, **changes)

    def _put(self, entry: Entry) -> None:
        """Put a theme where its label must differ from those around it."""
        beside = {
            other.id: other.given
            for other in self.entries.values()
            if other.state == "in use" and other.parent == entry.parent and other.id != entry.id
        }
        self._alone(entry.id, entry.given, beside)
        self.entries[entry.id] = entry

    def _alone(self, id_: str, given: Labels, beside: Mapping[str, Labels]) -> None:
        for language, label in given.items() if self.strict else ():
            for other, theirs in beside.items():
                if filled(theirs)[language].casefold() == label.casefold():
                    raise EditRefused("same_label", label=label, other=other)

    def _check(self, phrases: Phrases) -> None:
        if self.strict:
            check(phrases)

    def _proposed(self, id_: str) -> bool:
        """Whether the id is that of a proposal, so far as is known."""
        return id_.startswith(f"{FOUND}.") if self.proposals is None else id_ in self.proposals

    def _open(self, id_: str) -> None:
        """Raises EditRefused unless the proposal waits for an answer."""
        entry = self.entries.get(id_)
        if entry is None:
            if not self._proposed(id_):
                raise EditRefused("no_proposal", theme=id_, near=near(id_, self.proposals or ()))
        elif entry.state == "merged":
            raise EditRefused("merged", theme=id_, into=entry.into)
        elif entry.origin != "discovered":
            raise EditRefused("no_proposal", theme=id_)
        else:
            raise EditRefused("dismissed" if entry.state == "dismissed" else "accepted", theme=id_)

    def _retire_proposal(self, id_: str, **state: Any) -> None:
        labels = (self.proposals or {}).get(id_) or {LANGUAGES[-1]: id_}
        self.entries[id_] = Entry(id_, labels, None, Kind.PROCESS.value, "discovered", **state)

    def _in_use(self, id_: str) -> Entry:
        entry = self.entries.get(id_)
        if entry is None:
            if id_ in self.headings:
                raise EditRefused("is_group", theme=id_)
            if self._proposed(id_):
                raise EditRefused("is_proposal", theme=id_)
            raise EditRefused("unknown_theme", theme=id_, near=near(id_, self.entries))
        if entry.state != "in use":
            raise EditRefused(entry.state, theme=id_, into=entry.into)
        return entry

    def _group(self, id_: str | None) -> None:
        if id_ is None or id_ in self.headings:
            return
        if id_ in self.entries:
            raise EditRefused("is_theme", group=id_)
        raise EditRefused("unknown_group", group=id_, near=near(id_, self.headings))

    def _new_id(self, id_: str) -> None:
        if id_ in self.entries or id_ in self.headings or (self.proposals and id_ in self.proposals):
            raise EditRefused("id_taken", theme=id_)
        before = id_.rpartition(".")[0]
        if not before or before in self.entries or before == FOUND:
            raise EditRefused("id_alone", theme=id_)
