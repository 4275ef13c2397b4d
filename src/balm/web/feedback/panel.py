"""The panel of filters: what can be chosen, with the number of comments behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from balm.core.tables import BY
from balm.lake.queries import Filter
from balm.web.feedback import words
from balm.web.feedback.filters import PARAMETERS
from balm.web.feedback.selectors import Room

FIRST = ("themes", "sentiment", "language")
MORE = ("emotion", "target", "intent", "urgency", "kind", "imports", "sources")
"""Fields that are shown at once, and those behind "More"."""


@dataclass(frozen=True)
class Choice:
    """One value. `n`: comments that have it, under all other filters; None while they are not counted."""

    value: str
    name: str
    n: int | None
    chosen: bool


@dataclass(frozen=True)
class Group:
    """One filter: its parameter, its name and what can be chosen."""

    parameter: str
    name: str
    choices: tuple[Choice, ...]
    more: bool

    @property
    def id(self) -> str:
        """For labels: attributes may hold any character."""
        return "f-" + "".join(c if c.isalnum() else f"-{ord(c):x}-" for c in self.parameter)


def uncounted(found: Room) -> Mapping[str, Sequence[tuple[str, int]]]:
    """What can be chosen before anything is counted under the filters: themes with what the figures say of them."""
    known = found.snapshot.themes if found.snapshot else ()
    return {"themes": [(theme.id, theme.comments) for theme in known if theme.comments]}


def groups(
    found: Room, counted: Mapping[str, Sequence[tuple[str, int]]], asked: Filter, files: Mapping[str, str]
) -> list[Group]:
    """`counted`: facets under the filter; `files`: import key → file name. What leaves no choice is left out."""
    made = []
    for name in (*FIRST, *(BY + attribute for attribute in found.lake.attributes), *MORE):
        parameter = PARAMETERS.get(name, name)
        values: list[tuple[str, int | None]] = list(counted.get(name, ()))
        chosen = _chosen(asked, name)
        values += [(value, 0 if counted else None) for value in chosen if value not in dict(values)]
        if name == "imports":
            values = [(value, n) for value, n in values if value in files]
        choices = tuple(
            Choice(value, _name(found, name, value, files), n, value in chosen) for value, n in values if value != "?"
        )
        if len(choices) > 1 or any(choice.chosen for choice in choices):
            heading = words.FIELDS.get(name) or name.removeprefix(BY)
            made.append(Group(parameter, str(heading), choices, name in MORE))
    return made


def _chosen(asked: Filter, name: str) -> tuple[str, ...]:
    return asked.by.get(name.removeprefix(BY), ()) if name.startswith(BY) else getattr(asked, name)


def _name(found: Room, field: str, value: str, files: Mapping[str, str]) -> str:
    if field == "themes":
        return found.name(value)
    if field == "imports":
        return files[value]
    return str(words.OF_FIELD.get(field, {}).get(value, value))
