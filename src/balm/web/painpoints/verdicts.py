"""What verdicts do to pain points: the only writers of "resolved" and "regressed"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from balm.core.types import Estimate
from balm.mitigate import pain
from balm.mitigate.refused import Refused
from balm.web.painpoints import models
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace


@transaction.atomic
def resolve(
    workspace: Workspace,
    themes: Sequence[str],
    *,
    outcome: str,
    voice: pain.Voice,
    share: Estimate | None = None,
    by: User | None = None,
    reason: str = "",
    **detail: Any,
) -> list[str]:
    """Close pain points whose verdict is "gone" and whose customers do not disagree; `detail`: the check, its effect.

    Gives the themes that were closed; an archived one, and one that is closed already, stays as it is. Raises Refused
    where verdict or voice do not allow it: then nothing changes.
    """
    closed = []
    for row in _held(workspace, themes):
        try:
            after = pain.advance(row.state, pain.Action.RESOLVE, outcome=outcome, voice=voice, share=share)
        except Refused as refused:
            if refused.code in ("pain.resolved", "pain.archived"):
                continue
            raise
        _become(row, after, by, reason, outcome=outcome, voice=voice, **detail)
        closed.append(row.theme)
    return closed


@transaction.atomic
def regress(workspace: Workspace, themes: Sequence[str], *, exposed: bool | None, **detail: Any) -> list[str]:
    """Reopen pain points that came back. `exposed`: whether among those who have the fix; where it is not so, or not
    known, nothing is reopened. Gives the themes that were."""
    opened = []
    for row in _held(workspace, themes):
        try:
            after = pain.advance(row.state, pain.Action.REGRESS, exposed=exposed)
        except Refused:
            continue
        _become(row, after, None, "", **detail)
        opened.append(row.theme)
    return opened


def _held(workspace: Workspace, themes: Sequence[str]) -> list[models.PainPoint]:
    found = models.PainPoint.objects.select_for_update().filter(workspace=workspace, theme__in=list(themes))
    return list(found.order_by("pk"))


def _become(row: models.PainPoint, after: str, by: User | None, reason: str, **detail: Any) -> None:
    was, row.state = row.state, str(after)
    row.save(update_fields=["state"])
    told = {"from": was, "to": row.state, **detail}
    models.Activity.objects.create(painpoint=row, kind="state", text=reason, detail=told, by=by)
    record(row.workspace, by, "painpoint.state", row.theme, **told, **({"reason": reason} if reason else {}))
