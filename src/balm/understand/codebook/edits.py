"""Edits of a codebook: what a person did, as plain values that can be kept, replayed and left out again.

A version of a codebook is its packs and a list of edits; `apply.apply` puts the two together. Each edit checks its own
form when it is made, and raises `EditRefused` (a WrongUse); what must hold in the codebook is checked by `apply`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, get_args

from balm.core.types import LANGUAGES, Labels
from balm.understand.codebook import fields as read
from balm.understand.codebook.model import Phrases
from balm.understand.codebook.refusal import EditRefused, near

TAG = "edit"
"""The key, in JSON, that names the kind of edit."""

OWN = "own"
"""What the ids of new themes outside any group begin with."""

_SLUG = 40


@dataclass(frozen=True)
class _Form:
    """What edits and parts share: fields are checked when one is made (`_READ`), and written as JSON."""

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            check = _OPTIONAL.get(f.name, _READ[f.name]) if _has_default(f) else _READ[f.name]
            object.__setattr__(self, f.name, check(getattr(self, f.name), _KEYS.get(f.name, f.name)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; what was left out is left out."""
        found: dict[str, Any] = {}
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if value or not _has_default(f):
                found[_KEYS.get(f.name, f.name)] = _plain(value)
        return found

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Strict: raises EditRefused for fields that are unknown, missing or of another type."""
        given = read.mapping(value)
        names = {_KEYS.get(f.name, f.name): f for f in dataclasses.fields(cls)}
        for key in given:
            if key not in names:
                raise EditRefused("unknown_field", field=key, near=near(key, names))
        for key, f in names.items():
            if key not in given and not _has_default(f):
                raise EditRefused("missing_field", field=key)
        return cls(**{names[key].name: one for key, one in given.items()})


def _has_default(f: dataclasses.Field[Any]) -> bool:
    return f.default is not dataclasses.MISSING or f.default_factory is not dataclasses.MISSING


def _plain(value: Any) -> Any:
    if isinstance(value, _Form):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, Mapping) else value


@dataclass(frozen=True)
class _Edit(_Form):
    kind_of_edit: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: `{"edit": kind, …}`."""
        return {TAG: self.kind_of_edit, **super().to_json()}


@dataclass(frozen=True)
class Rename(_Edit):
    """Give a theme or a group other labels. Languages not given keep theirs."""

    kind_of_edit = "rename"
    theme: str
    labels: Labels


@dataclass(frozen=True)
class Define(_Edit):
    """Say in a sentence what a theme is. Languages not given keep theirs."""

    kind_of_edit = "define"
    theme: str
    definition: Labels


@dataclass(frozen=True)
class Merge(_Edit):
    """Count what one or more themes (or open proposals) code under another. JSON: `from`, `into`."""

    kind_of_edit = "merge"
    sources: tuple[str, ...]
    into: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.into in self.sources:
            raise EditRefused("into_itself", theme=self.into)


@dataclass(frozen=True)
class Part(_Form):
    """A theme that a split makes. `theme`: its new id, see `new_id`; `phrases`: which of the old theme's it takes."""

    theme: str
    labels: Labels
    phrases: Phrases


def _parts(value: Any, field: str) -> tuple[Part, ...]:
    parts = tuple(
        one if isinstance(one, Part) else Part.from_json(one) for one in read.entries(value, field, read.MOST_PARTS)
    )
    read.once([part.theme for part in parts], field)
    return parts


@dataclass(frozen=True)
class Split(_Edit):
    """Take parts out of a theme: where a clause has its words and those of a part, the part is coded (of several, the
    first). What none of them takes stays with the theme.
    """

    kind_of_edit = "split"
    theme: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Move(_Edit):
    """Put a theme under a group; None: under none."""

    kind_of_edit = "move"
    theme: str
    parent: str | None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parent == self.theme:
            raise EditRefused("under_itself", theme=self.theme)


@dataclass(frozen=True)
class Archive(_Edit):
    """Show a theme no longer; what it coded counts as coded by nothing."""

    kind_of_edit = "archive"
    theme: str


@dataclass(frozen=True)
class Restore(_Edit):
    """Bring back a theme that was archived, or a proposal that was dismissed."""

    kind_of_edit = "restore"
    theme: str


@dataclass(frozen=True)
class Accept(_Edit):
    """Make a theme of a proposal of discovery; it keeps its id. `kind`: one of the five kinds of pain."""

    kind_of_edit = "accept"
    proposal: str
    labels: Labels
    parent: str | None
    kind: str
    definition: Labels = field(default_factory=dict)


@dataclass(frozen=True)
class Dismiss(_Edit):
    """Show a proposal of discovery no longer."""

    kind_of_edit = "dismiss"
    proposal: str


@dataclass(frozen=True)
class AddTheme(_Edit):
    """Add a theme. `theme`: its new id, see `new_id`. Without phrases it is coded by hand alone."""

    kind_of_edit = "add_theme"
    theme: str
    labels: Labels
    parent: str | None
    kind: str
    phrases: Phrases = field(default_factory=dict)
    definition: Labels = field(default_factory=dict)
    target: str = "process"


@dataclass(frozen=True)
class AddGroup(_Edit):
    """Add a group that themes can be moved under. `group`: its new id, see `new_id` with `parent=""`."""

    kind_of_edit = "add_group"
    group: str
    labels: Labels


@dataclass(frozen=True)
class AddPhrases(_Edit):
    """Let more phrases code a theme. `role`: which field of the theme they go to, as its file names them."""

    kind_of_edit = "add_phrases"
    theme: str
    phrases: Phrases
    role: str = "phrases"


@dataclass(frozen=True)
class RemovePhrases(_Edit):
    """Take phrases from a theme, or from those merged into it. `role`: see `AddPhrases`."""

    kind_of_edit = "remove_phrases"
    theme: str
    phrases: Phrases
    role: str = "phrases"


@dataclass(frozen=True)
class AddExamples(_Edit):
    """Sentences that belong to a theme (`include`) and near misses (`exclude`), for people who code by hand."""

    kind_of_edit = "add_examples"
    theme: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.include and not self.exclude:
            raise EditRefused("nothing_given", field="include")


Edit = (
    Rename
    | Define
    | Merge
    | Split
    | Move
    | Archive
    | Restore
    | Accept
    | Dismiss
    | AddTheme
    | AddGroup
    | AddPhrases
    | RemovePhrases
    | AddExamples
)

KINDS: dict[str, type[Edit]] = {kind.kind_of_edit: kind for kind in get_args(Edit)}
"""Name of each kind of edit, in JSON → its class."""


_READ: dict[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(("theme", "group", "proposal", "into"), read.identifier),
    **dict.fromkeys(("include", "exclude"), read.sentences),
    "sources": read.identifiers,
    "parent": read.optional_identifier,
    "labels": read.labels,
    "definition": read.definition,
    "phrases": read.phrases,
    "parts": _parts,
    "kind": read.kind,
    "target": read.target,
    "role": read.role,
}
"""Field → what checks a given value and gives it back in its one form."""

_OPTIONAL: dict[str, Callable[[Any, str], Any]] = {
    "definition": read.optional_definition,
    "phrases": read.optional_phrases,
}
"""The same, where the field may be left out."""

_KEYS = {"sources": "from"}
"""Field → its key in JSON, where they differ."""


def to_json(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """A list of edits as plain JSON values."""
    return [edit.to_json() for edit in edits]


def edit_from_json(value: Any) -> Edit:
    """Read one edit. Raises EditRefused naming the field and the mend."""
    given = dict(read.mapping(value))
    name = given.pop(TAG, None)
    if name is None:
        raise EditRefused("missing_field", field=TAG)
    if not isinstance(name, str) or name not in KINDS:
        raise EditRefused("unknown_kind", value=name, known=", ".join(KINDS), near=near(str(name), KINDS))
    return KINDS[name].from_json(given)


def edits_from_json(values: Sequence[Any]) -> tuple[Edit, ...]:
    """Read a list of edits. Raises EditRefused naming the edit by its place, from 1."""
    found = []
    for number, value in enumerate(read.entries(values, "edits", None), 1):
        try:
            found.append(edit_from_json(value))
        except EditRefused as error:
            raise error.at(number) from None
    return tuple(found)


def new_id(labels: Mapping[str, str], parent: str | None, taken: Iterable[str]) -> str:
    """An id for a new theme under `parent` (None: under no group; "": for a new group).

    A slug of the English label, else a hash of the labels. `taken` must hold every id ever used in the workspace, those
    of edits undone since too (see `used_ids`), so that no id comes to mean something else.
    """
    words = re.sub(r"[^a-z0-9]+", "_", labels.get("en", "").lower()).strip("_")
    if not re.search("[a-z]", words):
        told = "\n".join(labels.get(language, "") for language in LANGUAGES)
        words = "t" + hashlib.blake2b(told.encode(), digest_size=4).hexdigest()
    words = words[:_SLUG].strip("_")
    if parent == "" and not words[0].isalpha():
        words = "g_" + words
    slug = words if parent == "" else f"{parent or OWN}.{words}"
    held = set(taken)
    wanted, number = slug, 2
    while wanted in held:
        wanted, number = f"{slug}_{number}", number + 1
    return wanted


def used_ids(edits: Iterable[Edit]) -> set[str]:
    """Ids of themes and groups that the edits make."""
    found: set[str] = set()
    for edit in edits:
        match edit:
            case AddTheme():
                found.add(edit.theme)
            case AddGroup():
                found.add(edit.group)
            case Split():
                found.update(part.theme for part in edit.parts)
    return found
