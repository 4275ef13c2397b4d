"""What changes pain points: each function one transaction, with its audit row and its follow-up work."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from balm.core.types import Overview, PainPoint, Theme, to_json
from balm.web.painpoints import models, states
from balm.web.people.models import User, Workspace

REFRESH = "refresh"
KEPT = 60
"""Refreshes whose figures are kept; those a version of the codebook points at stay beyond that."""


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
