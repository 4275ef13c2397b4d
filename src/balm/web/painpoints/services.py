"""What changes pain points: each function one transaction, with its audit row and its follow-up work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from balm.core.types import Overview, PainPoint, Theme, to_json
from balm.prioritize.models import LEVELS
from balm.web.painpoints import models, states
from balm.web.painpoints.signals import refreshed
from balm.web.people.audit import record
from balm.web.people.models import Team, User, Workspace

REFRESH = "refresh"
KEPT = 60
"""Refreshes whose figures are kept; those a version of the codebook points at stay beyond that."""

LONGEST_NOTE = 4_000
LONGEST_REASON = 500
MOST_AT_ONCE = 500
MOST_VIEWS = 50


class Refused(Exception):
    """What was asked cannot be done; the text tells the person why and what to do."""


def ask_refresh(workspace: Workspace, user: User | None = None) -> None:
    """New figures, soon: asked for many times while one waits is asked for once."""
    from balm.web.jobs.services import enqueue

    enqueue(workspace, REFRESH, {}, key=REFRESH, asked_by=user)


@transaction.atomic
def keep_figures(
    workspace: Workspace,
    *,
    painpoints: list[PainPoint],
    themes: list[Theme],
    overview: Overview,
    shown: dict[str, Any],
    versions: dict[str, int],
    as_of: dt.datetime,
    codebook_version: int = 0,
    decisions: dict[str, Any] | None = None,
    seconds: float = 0.0,
) -> models.Figures:
    """Keep the results of a refresh as the figures that are shown from now on, and bring the pain points' states up to
    them. `versions`: "feedback" and "mentions", of the tables they were computed from."""
    figures = models.Figures.objects.create(
        workspace=workspace,
        codebook_version=codebook_version,
        feedback_version=versions["feedback"],
        mentions_version=versions["mentions"],
        decisions=decisions or {},
        overview=to_json(overview),
        shown=shown,
        comments=overview.comments,
        customers=overview.customers,
        as_of=as_of,
        seconds=seconds,
    )
    pains = {pain.theme_id: (rank, pain) for rank, pain in enumerate(painpoints, 1)}
    models.PainFigures.objects.bulk_create(
        models.PainFigures(
            figures=figures,
            theme=theme.id,
            rank=pains[theme.id][0] if theme.id in pains else None,
            data=to_json(pains[theme.id][1]) if theme.id in pains else None,
            facts=to_json(theme),
        )
        for theme in themes
    )
    _bring_up(workspace, painpoints, overview.last_day)
    _prune(workspace)
    refreshed.send(figures.__class__, workspace=workspace, figures=figures)
    return figures


def _bring_up(workspace: Workspace, pains: list[PainPoint], last_day: dt.date | None) -> None:
    """A row for each pain point, and the state its figures call for."""
    rows = {row.theme: row for row in models.PainPoint.objects.filter(workspace=workspace)}
    fresh, changed, told = [], [], []
    for pain in pains:
        row = rows.get(pain.theme_id)
        if row is None:
            row = models.PainPoint(workspace=workspace, theme=pain.theme_id)
            row.state = states.state_of(pain, row.state, last_day)
            row.since = states.since(pain)
            fresh.append(row)
            continue
        was, first = row.state, states.since(pain)
        row.state = states.state_of(pain, was, last_day)
        if row.state != was:
            told.append(models.Activity(painpoint=row, kind="state", detail={"from": was, "to": row.state}))
        if row.state != was or (first and (row.since is None or first < row.since)):
            row.since = min(filter(None, (first, row.since)), default=None)
            changed.append(row)
    models.PainPoint.objects.bulk_create(fresh)
    models.PainPoint.objects.bulk_update(changed, ["state", "since"])
    models.Activity.objects.bulk_create(told)


def _prune(workspace: Workspace) -> None:
    """Old figures go, but for those that a restated trend needs."""
    from balm.web.codebook.models import Version

    mine = models.Figures.objects.filter(workspace=workspace)
    kept = set(mine.values_list("pk", flat=True)[:KEPT])
    for before, after in Version.objects.filter(workspace=workspace).values_list("figures_before", "figures_after"):
        kept |= {before, after}
    mine.exclude(pk__in=[pk for pk in kept if pk]).delete()


def _locked(workspace: Workspace, themes: Sequence[str]) -> list[models.PainPoint]:
    """The rows, held until the transaction ends. What is not there was never shown: it cannot be changed."""
    wanted = list(dict.fromkeys(themes))
    if len(wanted) > MOST_AT_ONCE:
        raise Refused(_("Choose at most %(n)s pain points at once.") % {"n": MOST_AT_ONCE})
    rows = models.PainPoint.objects.select_for_update().filter(workspace=workspace, theme__in=wanted).order_by("pk")
    found = {row.theme: row for row in rows}
    if not found or len(found) < len(wanted):
        raise Refused(_("One of these pain points is not there any more. Load the page again."))
    return [found[theme] for theme in wanted]


def _tell(row: models.PainPoint, kind: str, by: User, text: str = "", **detail: Any) -> None:
    """A line of the pain point's activity and a row of the audit trail."""
    models.Activity.objects.create(painpoint=row, kind=kind, text=text, detail=detail, by=by)
    record(row.workspace, by, f"painpoint.{kind}", row.theme, **detail, **({"reason": text} if text else {}))


def _reason(text: str, *, needed: bool = True) -> str:
    text = " ".join(text.replace("\0", " ").split())
    if needed and not text:
        raise Refused(_("Give a reason: whoever reads it in a year must know why."))
    if len(text) > LONGEST_REASON:
        raise Refused(_("Keep the reason under %(n)s characters.") % {"n": LONGEST_REASON})
    return text


@transaction.atomic
def assign(
    workspace: Workspace, themes: Sequence[str], by: User, *, owner: int | None = None, team: int | None = None
) -> int:
    """Give pain points an owner (a member) and a team of the workspace; None: none. Returns how many changed."""
    person = User.objects.filter(pk=owner, memberships__workspace=workspace).first() if owner else None
    group = Team.objects.filter(pk=team, workspace=workspace).first() if team else None
    if (owner and person is None) or (team and group is None):
        raise Refused(_("This person or team does not belong to the workspace."))
    changed = 0
    for row in _locked(workspace, themes):
        was = (row.owner_id, row.team_id)
        if was == (owner or None, team or None):
            continue
        names = {"from": _owners(row), "to": " · ".join(str(x) for x in (person, group) if x)}
        row.owner, row.team = person, group
        row.save(update_fields=["owner", "team"])
        _tell(row, "owner", by, **names)
        changed += 1
    return changed


def _owners(row: models.PainPoint) -> str:
    return " · ".join(str(x) for x in (row.owner, row.team) if x)


@transaction.atomic
def archive(workspace: Workspace, themes: Sequence[str], reason: str, by: User) -> int:
    """Take pain points out of the lists; their figures and history stay. Returns how many changed."""
    text, changed = _reason(reason), 0
    for row in _locked(workspace, themes):
        if row.state == states.State.ARCHIVED:
            continue
        was, row.state = row.state, states.State.ARCHIVED.value
        row.save(update_fields=["state"])
        _tell(row, "state", by, text, **{"from": was, "to": row.state})
        changed += 1
    return changed


@transaction.atomic
def restore(workspace: Workspace, theme: str, reason: str, by: User) -> None:
    """Bring an archived pain point back, in the state that its figures call for."""
    from balm.web.painpoints.figures import current

    text = _reason(reason)
    [row] = _locked(workspace, [theme])
    if row.state != states.State.ARCHIVED:
        raise Refused(_("This pain point is not archived."))
    snapshot = current(workspace)
    pain = snapshot.by_theme.get(theme) if snapshot else None
    last = snapshot.overview.last_day if snapshot else None
    row.state = states.state_of(pain, states.State.ONGOING, last) if pain else states.State.ONGOING.value
    row.save(update_fields=["state"])
    _tell(row, "state", by, text, **{"from": states.State.ARCHIVED.value, "to": str(row.state)})


def _note_text(text: str) -> str:
    text = text.replace("\0", " ").replace("\r\n", "\n").strip()
    if not text:
        raise Refused(_("The note is empty."))
    if len(text) > LONGEST_NOTE:
        raise Refused(_("Keep a note under %(n)s characters.") % {"n": LONGEST_NOTE})
    return text


@transaction.atomic
def add_note(workspace: Workspace, theme: str, text: str, by: User) -> models.Activity:
    """Write a note to a pain point. The audit trail says that there is one, not what it says."""
    text = _note_text(text)
    [row] = _locked(workspace, [theme])
    note = models.Activity.objects.create(painpoint=row, kind="note", text=text, by=by)
    record(workspace, by, "painpoint.note", theme, note=note.pk)
    return note


@transaction.atomic
def change_note(workspace: Workspace, theme: str, note: int, text: str | None, by: User) -> None:
    """Change one's own note; None takes it away."""
    mine = models.Activity.objects.select_for_update().filter(
        pk=note, kind="note", by=by, painpoint__workspace=workspace, painpoint__theme=theme
    )
    found = mine.first()
    if found is None:
        raise Refused(_("Only who wrote a note may change it."))
    if text is None:
        found.delete()
    else:
        found.text, found.detail = _note_text(text), {**found.detail, "edited": True}
        found.save(update_fields=["text", "detail"])
    record(workspace, by, "painpoint.note_deleted" if text is None else "painpoint.note_changed", theme, note=note)


@transaction.atomic
def judge(workspace: Workspace, theme: str, what: str, *, level: str, reason: str, by: User) -> None:
    """Put a person's level above the computed one: `what` is "effort" (how easy to solve) or "level" (the priority).

    `level`: low, medium or high with a reason; empty goes back to the computed one. The computed value is kept.
    """
    if what not in ("effort", "level") or level not in ("", *LEVELS):
        raise Refused(_("Choose low, medium or high."))
    text = _reason(reason, needed=bool(level))
    [row] = _locked(workspace, [theme])
    was = getattr(row, what)
    if (was, getattr(row, f"{what}_reason")) == (level, text):
        return
    setattr(row, what, level)
    setattr(row, f"{what}_reason", text if level else "")
    row.save(update_fields=[what, f"{what}_reason"])
    _tell(row, what, by, text, **{"from": was, "to": level})


@transaction.atomic
def place(workspace: Workspace, theme: str, column: str, before: str | None, by: User) -> None:
    """Put a pain point into a MoSCoW column ("" takes the decision back), in front of `before` or at the end."""
    if column and column not in models.PainPoint.Moscow.values:
        raise Refused(_("There is no such column."))
    [row] = _locked(workspace, [theme])
    others = list(
        models.PainPoint.objects.select_for_update()
        .filter(workspace=workspace, moscow=column)
        .exclude(pk=row.pk)
        .order_by("moscow_place", "pk")
    )
    was, row.moscow = row.moscow, column
    if column:
        at = next((i for i, other in enumerate(others) if other.theme == before), len(others))
        others.insert(at, row)
        for number, other in enumerate(others):
            other.moscow_place = number
        models.PainPoint.objects.bulk_update(others, ["moscow_place", "moscow"])
    else:
        row.moscow_place = 0
        row.save(update_fields=["moscow", "moscow_place"])
    if was != column:
        _tell(row, "moscow", by, **{"from": was, "to": column})
    else:
        record(workspace, by, "painpoint.order", theme, column=column, place=row.moscow_place)


@transaction.atomic
def vote(workspace: Workspace, theme: str, weight: int | None, by: User) -> None:
    """One's vote, 1 … 5; None takes it back. It never enters the figures."""
    if weight is not None and not 1 <= weight <= 5:
        raise Refused(_("A vote is a number from 1 to 5."))
    [row] = _locked(workspace, [theme])
    if weight is None:
        models.Vote.objects.filter(painpoint=row, user=by).delete()
    else:
        models.Vote.objects.update_or_create(painpoint=row, user=by, defaults={"weight": weight})
    record(workspace, by, "priority.vote", theme, weight=weight)


@transaction.atomic
def save_view(workspace: Workspace, name: str, query: str, by: User, *, shared: bool = False) -> models.SavedView:
    """Keep the filters of the list under a name; a view of that name is replaced."""
    name = " ".join(name.replace("\0", " ").split())
    if not name or len(name) > 120:
        raise Refused(_("Give the view a name of at most 120 characters."))
    mine = models.SavedView.objects.filter(workspace=workspace, owner=by, page="painpoints")
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise Refused(_("You have %(n)s saved views. Delete one first.") % {"n": MOST_VIEWS})
    view, _made = models.SavedView.objects.update_or_create(
        workspace=workspace, owner=by, page="painpoints", name=name, defaults={"query": query, "shared": shared}
    )
    record(workspace, by, "view.save", name, shared=shared)
    return view


@transaction.atomic
def delete_view(workspace: Workspace, pk: int, by: User) -> None:
    """Delete one's own view."""
    view = models.SavedView.objects.filter(workspace=workspace, owner=by, page="painpoints", pk=pk).first()
    if view is None:
        raise Refused(_("Only who saved a view may delete it."))
    view.delete()
    record(workspace, by, "view.delete", view.name)
