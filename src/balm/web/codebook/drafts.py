"""Edits that are looked at before they are made. Nothing that was typed is lost on the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from balm.core.errors import BalmError
from balm.lake import tables
from balm.understand.codebook import apply as applying
from balm.understand.codebook.edits import Edit, edit_from_json, to_json
from balm.understand.codebook.entries import Edited
from balm.understand.codebook.refusal import EditRefused
from balm.web.codebook import looking, reading, selectors, services
from balm.web.codebook.models import Draft, Version
from balm.web.jobs.services import enqueue
from balm.web.painpoints.figures import current
from balm.web.people.models import User, Workspace
from balm.web.site.paths import workspace_dir

State = Draft.State
PREVIEW = "preview"
AT_ONCE = 5_000
"""Comments up to which a page waits for the preview."""
KEPT = dt.timedelta(days=7)


@dataclass(frozen=True)
class Change:
    """The lists of edits before and after, and what they make of the codebook that people see."""

    edit: Edit
    before: tuple[Edit, ...]
    after: tuple[Edit, ...]
    book: Edited
    edited: Edited

    @property
    def recodes(self) -> bool:
        return looking.changes_coding(self.book, self.edited)


def change_of(workspace: Workspace, edit: Edit) -> Change:
    """What it is to make an edit now. Raises EditRefused."""
    made = selectors.edits(workspace)
    return Change(edit, made, (*made, edit), selectors.shown(workspace), services.check(workspace, edit))


def undo_of(workspace: Workspace, number: int) -> Change:
    """What it is to take back the edit that version `number` made. Raises EditRefused."""
    standing = selectors.in_force(workspace)
    place = next((i for i, (_, version) in enumerate(standing) if version.number == number), None)
    if place is None:
        raise EditRefused("no_such_edit", number=number, n=len(standing))
    made, book = tuple(edit for edit, _ in standing), selectors.shown_base(workspace)
    left = applying.without(made, place, book)
    return Change(made[place], made, left, selectors.shown(workspace), applying.apply_known(book, left)[0])


def dependents(workspace: Workspace, number: int) -> list[tuple[Edit, Version]]:
    """Later edits that cannot stand without the one that version `number` made."""
    standing = selectors.in_force(workspace)
    place = next((i for i, (_, version) in enumerate(standing) if version.number == number), None)
    if place is None:
        return []
    made = [edit for edit, _ in standing]
    return [standing[at] for at in applying.dependents(made, place, selectors.shown_base(workspace))]


def begin(workspace: Workspace, user: User, what: Edit | int, form: dict[str, Any] | None = None) -> Draft:
    """Begin to look at an edit, or at the undoing of what version `what` made. Raises EditRefused."""
    change = undo_of(workspace, what) if isinstance(what, int) else change_of(workspace, what)
    Draft.objects.filter(workspace=workspace, created__lt=timezone.now() - KEPT).delete()
    draft = Draft(
        workspace=workspace,
        by=user,
        edit=change.edit.to_json(),
        undo=what if isinstance(what, int) else None,
        form=form or {},
    )
    return _looked(draft, change)


def again(draft: Draft) -> Draft:
    """Look at it with the codebook as it is now. Raises EditRefused where it cannot stand any more."""
    change = undo_of(draft.workspace, draft.undo) if draft.undo else change_of(draft.workspace, _edit(draft))
    return _looked(draft, change)


def _edit(draft: Draft) -> Edit:
    return edit_from_json(draft.edit)


def _looked(draft: Draft, change: Change) -> Draft:
    """With what it would change, or with the job that finds out."""
    draft.seen = selectors.number(draft.workspace)
    draft.state, draft.error, draft.job, draft.result = State.WAITING, "", None, {}
    if change.book.reads == change.edited.reads:
        draft.result, draft.state = looking.count(draft.workspace, change.book, change.edited), State.DONE
        draft.save()
    elif _comments(draft.workspace) <= AT_ONCE:
        read(draft, change.before, change.after)
        draft.save()
    else:
        with transaction.atomic():
            draft.save()
            payload = {"draft": draft.pk, "before": to_json(change.before), "after": to_json(change.after)}
            job = enqueue(draft.workspace, PREVIEW, payload, key=f"{PREVIEW}:{draft.pk}", asked_by=draft.by)
            draft.job = job.pk
            draft.save(update_fields=["job"])
    return draft


def _comments(workspace: Workspace) -> int:
    """How many there are to be read."""
    if tables.version(workspace_dir(workspace), "feedback") is None:
        return 0
    snapshot = current(workspace)
    return snapshot.overview.comments if snapshot else AT_ONCE + 1


def read(draft: Draft, before: tuple[Edit, ...], after: tuple[Edit, ...]) -> None:
    """Read the texts here and now."""
    try:
        draft.result = reading.look(*arguments(draft.workspace, to_json(before), to_json(after)), progress=_quiet)
        draft.state = State.DONE
    except BalmError as error:
        draft.state, draft.error = State.FAILED, str(error)


def arguments(workspace: Workspace, before: Any, after: Any) -> tuple[Any, ...]:
    """What `reading.look` is called with."""
    return str(workspace_dir(workspace)), workspace.codebook, selectors.packs(workspace), before, after


def _quiet(stage: str, done: int, total: int) -> None:
    """Says nothing."""


@transaction.atomic
def make(draft: Draft, user: User, note: str = "") -> Version:
    """Make the edit that was looked at; twice is as once. Raises EditedMeanwhile, EditRefused."""
    held = Draft.objects.select_for_update().get(pk=draft.pk)
    if held.made is not None:
        return held.made
    if held.undo is not None:
        version = services.undo_version(held.workspace, user, held.undo, seen=held.seen, note=note)
    else:
        version = services.change(held.workspace, user, _edit(held), seen=held.seen, note=note)
    if also := held.form.get("also"):
        services.change(held.workspace, user, edit_from_json(also), seen=version.number, note=note)
    held.made = version
    held.save(update_fields=["made"])
    return version
