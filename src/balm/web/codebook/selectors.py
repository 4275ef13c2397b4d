"""The codebook of a workspace as it is now, and as it was."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from balm.understand.codebook.apply import apply_known
from balm.understand.codebook.edits import Edit, edits_from_json, used_ids
from balm.understand.codebook.entries import Edited
from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook
from balm.web.codebook.models import Version
from balm.web.people.models import Workspace


@lru_cache(maxsize=8)
def _book(name: str) -> Codebook:
    return load(name)


@lru_cache(maxsize=32)
def _edited(name: str, version: int | None, created: Any) -> Edited:
    """A version never changes; `created` tells a number that came again."""
    found = Version.objects.get(pk=version) if version else None
    return apply_known(_book(name), edits_from_json(found.edits) if found else ())[0]


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
    return _edited(workspace.codebook, version.pk if version else None, version.created if version else None)


def ever_used(workspace: Workspace) -> set[str]:
    """Every id that a theme or group has or had, in any version: none of them may come to mean something else."""
    found = set(edited(workspace).names)
    for change in Version.objects.filter(workspace=workspace).values_list("change", flat=True):
        found |= used_ids(edits_from_json([change.get("do") or change.get("undo")]) if change else ())
    return found
