"""The codebook of a workspace as it is now, and as it was."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from balm.core.types import Labels
from balm.core.types import Theme as Figures
from balm.understand.codebook.apply import apply_known
from balm.understand.codebook.edits import Edit, edits_from_json, used_ids
from balm.understand.codebook.entries import Edited
from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook
from balm.web.codebook.models import Version
from balm.web.people.models import Workspace

NONE = "none"
"""A codebook without packs: all is left to discovery."""

Packs = tuple[str, ...] | None
"""Names of packs; None: all of them."""


@lru_cache(maxsize=8)
def _book(name: str) -> Codebook:
    return Codebook(name=NONE, version=1, packs=()) if name == NONE else load(name)


@lru_cache(maxsize=16)
def _some(name: str, packs: Packs) -> Codebook:
    book = _book(name)
    return book if packs is None else book.only(packs)


@lru_cache(maxsize=32)
def _edited(name: str, packs: Packs, version: int | None, created: Any) -> Edited:
    """A version never changes; `created` tells a number that came again."""
    found = Version.objects.get(pk=version) if version else None
    return apply_known(_some(name, packs), edits_from_json(found.edits) if found else ())[0]


def base(workspace: Workspace) -> Codebook:
    """The packs of the workspace, without edits."""
    return _book(workspace.codebook)


def newest(workspace: Workspace) -> Version | None:
    """The version in force, None before the first edit."""
    return Version.objects.filter(workspace=workspace).first()


def number(workspace: Workspace) -> int:
    """Number of the version in force, 0 before the first edit."""
    found = newest(workspace)
    return found.number if found else 0


def edits(workspace: Workspace) -> tuple[Edit, ...]:
    """All edits in force, in the order they were made."""
    found = newest(workspace)
    return edits_from_json(found.edits) if found else ()


def edited(workspace: Workspace) -> Edited:
    """The codebook with the edits in force. Edits that lost their theme with a pack are left out."""
    found = newest(workspace)
    return at(workspace, found)


def at(workspace: Workspace, version: Version | None) -> Edited:
    """The codebook as of a version; None: without edits."""
    return _edited(workspace.codebook, None, version.pk if version else None, version.created if version else None)


# the packs that are read with


def packs(workspace: Workspace) -> Packs:
    """The packs that the current figures were read with; None before there are any: all of them."""
    from balm.web.painpoints.figures import current

    found = current(workspace)
    return tuple(found.overview.packs) if found else None


def shown_base(workspace: Workspace) -> Codebook:
    """The packs in use, without edits."""
    return _some(workspace.codebook, packs(workspace))


def shown(workspace: Workspace) -> Edited:
    """The codebook that people see and edit: the packs in use with the edits in force."""
    return shown_at(workspace, newest(workspace))


def shown_at(workspace: Workspace, version: Version | None) -> Edited:
    """The same as of a version; None: without edits."""
    key = (version.pk, version.created) if version else (None, None)
    return _edited(workspace.codebook, packs(workspace), *key)


def ever_used(workspace: Workspace) -> set[str]:
    """Every id that a theme or group has or had, in any version, and those of proposals: none of them may come to mean
    something else."""
    found = set(edited(workspace).names) | {theme.id for theme in proposed(workspace)}
    for change in Version.objects.filter(workspace=workspace).values_list("change", flat=True):
        found |= used_ids(edits_from_json([change.get("do") or change.get("undo")]) if change else ())
    return found


def proposed(workspace: Workspace) -> list[Figures]:
    """All that discovery proposes in the current figures, decided on or not."""
    from balm.web.painpoints.figures import current

    found = current(workspace)
    return [theme for theme in found.themes if theme.origin == "discovered"] if found else []


def proposals(workspace: Workspace) -> list[Figures]:
    """Proposals that nobody has decided on yet, most mentions first."""
    found = {theme.id: theme for theme in proposed(workspace)}
    still = shown(workspace).proposals(found)
    return sorted((found[id_] for id_ in still), key=lambda theme: -theme.mentions)


def names(workspace: Workspace, book: Edited | None = None) -> dict[str, Labels]:
    """Labels of every theme, group and proposal, by id."""
    told = {theme.id: theme.labels for theme in proposed(workspace)}
    return told | (book or shown(workspace)).names


# versions


def in_force(workspace: Workspace) -> list[tuple[Edit, Version]]:
    """The edits in force, each with the version that made it, in their order."""
    standing: list[Version] = []
    before: list[Any] = []
    for version in Version.objects.filter(workspace=workspace).select_related("by").order_by("number"):
        standing += [version] * (len(version.edits) - len(before))
        if len(version.edits) < len(before):
            del standing[_gone(before, version.edits)]
        before = version.edits
    return list(zip(edits_from_json(before), standing, strict=True))


def _gone(before: Sequence[Any], after: Sequence[Any]) -> int:
    """Place of the one edit that is no longer there. Of equal ones side by side any will do."""
    return next((i for i, edit in enumerate(after) if before[i] != edit), len(after))


def versions(workspace: Workspace) -> Any:
    """All versions, newest first."""
    return Version.objects.filter(workspace=workspace).select_related("by", "figures_before", "figures_after")


def previous(version: Version) -> Version | None:
    """The version before one, None where that was the codebook without edits."""
    return Version.objects.filter(workspace=version.workspace_id, number=version.number - 1).first()
