"""What changes codings and saved views: each function one transaction, with its audit row and its follow-up work."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.errors import WrongUse
from balm.lake.queries import Comment
from balm.web.feedback import imports_services, selectors
from balm.web.feedback.models import Recode
from balm.web.feedback.sealing import sealer
from balm.web.painpoints.models import SavedView
from balm.web.painpoints.services import ask_refresh
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

ImportRefused = imports_services.Refused
receive, start, take_back = imports_services.receive, imports_services.start, imports_services.take_back
"""Of files: take one in, import it, take it back. They may raise ImportRefused."""

MOST = 500
"""Mentions that can be coded at once."""

Pick = tuple[str, int]
"""A mention: id of its comment and its number in it."""


class NotPossible(WrongUse):
    """What was asked for cannot be done; the message says why, in the reader's language."""


@transaction.atomic
def recode(workspace: Workspace, user: User, picks: Sequence[Pick], theme: str) -> list[Recode]:
    """Code mentions by hand; `theme`: the id of one in use, "" for none. Returns those that changed.

    Raises NotPossible where a theme or a mention is not there.
    """
    picks = list(dict.fromkeys(picks))
    if not picks:
        raise NotPossible(_("Choose at least one mention."))
    if len(picks) > MOST:
        raise NotPossible(_("At most %(most)s mentions can be coded at once.") % {"most": MOST})
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    room = selectors.room(workspace)
    if theme and theme not in dict(room.choices):
        raise NotPossible(_("There is no such theme in use."))
    comments = {c.feedback_id: c for c in room.lake.comments(list(dict.fromkeys(name for name, _n in picks)))}
    rows = [row for pick in picks if (row := _row(workspace, user, comments, pick, theme))]
    Recode.objects.bulk_create(rows)
    if rows:
        told = [{"comment": row.feedback_id, "mention": row.mention, "was": row.was} for row in rows]
        target = rows[0].feedback_id if len(rows) == 1 else f"{len(rows)} mentions"
        record(workspace, user, "feedback.recode", target, theme=theme, mentions=told)
        ask_refresh(workspace, user)
    return rows


def _row(workspace: Workspace, user: User, comments: dict[str, Comment], pick: Pick, theme: str) -> Recode | None:
    """The coding of one mention, None where it is coded so by hand already."""
    comment = comments.get(pick[0])
    mention = next((m for m in comment.mentions if m.number == pick[1]), None) if comment else None
    if mention is None:
        raise NotPossible(_("A mention you chose is not there any more. Load the page again."))
    if mention.by_hand and (mention.theme or "") == theme:
        return None
    span = mention.original
    return Recode(
        workspace=workspace,
        feedback_id=pick[0],
        mention=pick[1],
        start=span[0],
        end=span[1],
        theme=theme,
        was=mention.theme or "",
        by=user,
    )


@transaction.atomic
def undo_recode(workspace: Workspace, user: User, pk: int) -> Recode:
    """Take one hand coding back: what was coded before it holds again. Raises NotPossible if that was done before."""
    row = Recode.objects.select_for_update().filter(workspace=workspace, pk=pk, undone=None).first()
    if row is None:
        raise NotPossible(_("This coding was taken back before."))
    row.undone = timezone.now()
    row.save(update_fields=["undone"])
    record(workspace, user, "feedback.undo_recode", row.feedback_id, mention=row.mention, theme=row.theme)
    ask_refresh(workspace, user)
    return row


@transaction.atomic
def undo_recodes(workspace: Workspace, user: User, pks: Sequence[int]) -> int:
    """Take several hand codings back, those that still hold; returns how many."""
    there = Recode.objects.filter(workspace=workspace, pk__in=pks[:MOST], undone=None).values_list("pk", flat=True)
    return sum(undo_recode(workspace, user, pk) is not None for pk in list(there))


def original(workspace: Workspace, user: User, feedback_id: str) -> str | None:
    """A comment as it was written. That it was looked at is written down first, and stays so whatever comes then.

    None where there is no such comment. Raises `sealing.Unreadable` where the key does not open it, NotPossible where
    what was cut out was not kept.
    """
    found = selectors.room(workspace).lake.sealed(feedback_id)
    if found is None:
        return None
    if found[1] and not found[2]:
        raise NotPossible(_("What was replaced in this comment was not kept; there is no original to show."))
    with transaction.atomic():
        record(workspace, user, "feedback.original", feedback_id)
    return sealer(workspace).original(*found)


@transaction.atomic
def exported(workspace: Workspace, user: User, query: str) -> None:
    """Write down that comments leave the application."""
    record(workspace, user, "feedback.export", query[:200])


@transaction.atomic
def save_view(workspace: Workspace, user: User, name: str, query: str, *, shared: bool) -> SavedView:
    """Keep filters under a name; one's own view of that name is replaced. Raises NotPossible without a name."""
    name, query = (text.replace("\0", " ") for text in (name, query))  # PostgreSQL keeps none
    name = " ".join(name.split())[:120]
    if not name:
        raise NotPossible(_("Give the view a name."))
    view, made = SavedView.objects.update_or_create(
        workspace=workspace,
        owner=user,
        page=selectors.PAGE,
        name=name,
        defaults={"query": query[:4000], "shared": shared},
    )
    record(workspace, user, "view.save", name, page=selectors.PAGE, shared=shared, anew=made)
    return view


@transaction.atomic
def delete_view(workspace: Workspace, user: User, pk: int) -> None:
    """Remove one's own saved view; a view that is not there is removed already."""
    view = SavedView.objects.filter(workspace=workspace, owner=user, page=selectors.PAGE, pk=pk).first()
    if view:
        record(workspace, user, "view.delete", view.name, page=selectors.PAGE)
        view.delete()
