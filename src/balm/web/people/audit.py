"""The audit trail: one way to write a row."""

from __future__ import annotations

from typing import Any

from balm.web.people.models import AuditEntry, User, Workspace


def record(
    workspace: Workspace | None, actor: User | str | None, action: str, target: object = "", **detail: Any
) -> AuditEntry:
    """Write down who did what, inside the caller's transaction. `actor`: a user, or the name of a program."""
    user = actor if isinstance(actor, User) else None
    name = (user.email if user else actor) or "system"
    return AuditEntry.objects.create(
        workspace=workspace,
        actor=user,
        actor_name=str(name)[:254],
        action=action,
        target=str(target)[:200],
        detail=detail,
    )
