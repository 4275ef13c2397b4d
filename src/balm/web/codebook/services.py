"""What changes the codebook: each function one transaction, with its audit row, the activity of the pain points it
touches, and new figures asked for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from balm.core.errors import WrongUse
from balm.understand.codebook import apply as applying
from balm.understand.codebook.edits import Edit, to_json
from balm.understand.codebook.entries import Edited
from balm.understand.codebook.refusal import EditRefused
from balm.web.codebook import selectors
from balm.web.codebook.models import Version
from balm.web.painpoints.models import Activity, Figures, PainPoint
from balm.web.painpoints.services import ask_refresh
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace


class EditedMeanwhile(WrongUse):
    """Somebody else changed the codebook after the page was read."""


@transaction.atomic
def change(workspace: Workspace, user: User, edit: Edit, *, seen: int, note: str = "") -> Version:
    """Make an edit: a new version of the codebook. `seen`: number of the version the person looked at.

    Raises EditRefused with the mend where the edit cannot stand, EditedMeanwhile where the codebook is another by now.
    """
    before = _locked(workspace, seen)
    made = selectors.edits(workspace)
    check(workspace, edit)
    return _write(workspace, user, before, [*made, edit], {"do": edit.to_json()}, note=note)


@transaction.atomic
def undo(workspace: Workspace, user: User, place: int, *, seen: int, note: str = "") -> Version:
    """Take back the edit at `place` (from 0) of the edits in force, in a new version.

    Raises EditRefused where a later edit depends on it, naming that one.
    """
    before = _locked(workspace, seen)
    made = selectors.edits(workspace)
    left = applying.without(made, place, selectors.shown_base(workspace))
    return _write(workspace, user, before, left, {"undo": made[place].to_json()}, note=note)


@transaction.atomic
def undo_version(workspace: Workspace, user: User, number: int, *, seen: int, note: str = "") -> Version:
    """Take back the edit that version `number` made. Raises as `undo` does."""
    _locked(workspace, seen)
    standing = selectors.in_force(workspace)
    place = next((i for i, (_, version) in enumerate(standing) if version.number == number), None)
    if place is None:
        raise EditRefused("no_such_edit", number=number, n=len(standing))
    return undo(workspace, user, place, seen=seen, note=note)


def _locked(workspace: Workspace, seen: int) -> Version | None:
    """The newest version, while nobody else writes one."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    newest = selectors.newest(workspace)
    if (newest.number if newest else 0) != seen:
        raise EditedMeanwhile("the codebook was changed meanwhile; look at it again, then make your edit")
    return newest


def check(workspace: Workspace, edit: Edit) -> Edited:
    """The codebook with one more edit, of the packs that texts are read with: a label may be that of a theme which
    nobody sees. Raises EditRefused."""
    return applying.apply(selectors.shown(workspace), [edit], selectors.proposed(workspace))


def _write(
    workspace: Workspace,
    user: User,
    before: Version | None,
    edits: Sequence[Edit],
    done: dict[str, object],
    *,
    note: str,
) -> Version:
    version = Version.objects.create(
        workspace=workspace,
        number=(before.number if before else 0) + 1,
        edits=to_json(edits),
        change=done,
        note=note[:500],
        by=user,
        figures_before=Figures.objects.filter(workspace=workspace).first(),
    )
    record(workspace, user, f"codebook.{next(iter(done))}", f"version {version.number}", **done)
    _tell(workspace, user, version)
    ask_refresh(workspace, user)
    return version


def _tell(workspace: Workspace, user: User, version: Version) -> None:
    """Write the change into the activity of every pain point whose theme it names."""
    [(verb, edit)] = version.change.items()
    named = {value for value in values_of(edit) if isinstance(value, str)}
    Activity.objects.bulk_create(
        Activity(painpoint=pain, kind="codebook", by=user, detail={"version": version.number, verb: edit})
        for pain in PainPoint.objects.filter(workspace=workspace, theme__in=named)
    )


def values_of(edit: dict[str, object]) -> list[object]:
    """Where an edit names themes."""
    found: list[object] = [edit.get(key) for key in ("theme", "group", "into", "proposal")]
    sources = edit.get("from")
    parts = edit.get("parts")
    found += sources if isinstance(sources, list) else []
    found += [part["theme"] for part in parts] if isinstance(parts, list) else []
    return found
