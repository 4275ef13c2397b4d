"""What the pages of people and settings read."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from balm.web.people.models import ApiKey, AuditEntry, Invitation, Membership, SignInLink, Team, User, Workspace
from balm.web.people.tokens import digest
from balm.web.site.cells import inert

_KEY = re.compile(r"balm_([0-9a-f]{8})_[A-Za-z0-9_-]{20,80}", re.ASCII)


def members(workspace: Workspace) -> QuerySet[Membership]:
    """Members by e-mail address, with user and team."""
    return Membership.objects.filter(workspace=workspace).select_related("user", "team").order_by("user__email")


def teams(workspace: Workspace) -> QuerySet[Team]:
    return Team.objects.filter(workspace=workspace).prefetch_related("memberships__user")


def invitations(workspace: Workspace) -> QuerySet[Invitation]:
    """Those that were neither used nor withdrawn; expired ones too."""
    return Invitation.objects.filter(workspace=workspace, used=None, withdrawn=None).select_related("invited_by")


def keys(workspace: Workspace) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(workspace=workspace).select_related("made_by")


def link_of(token: str) -> tuple[SignInLink | None, str]:
    """The link of a token, and what is wrong with it: "", "wrong", "used", "expired", "off"."""
    link = SignInLink.objects.filter(digest=digest(token)).select_related("user").first()
    if link is None:
        return None, "wrong"
    if link.used:
        return link, "used"
    if link.expires <= timezone.now():
        return link, "expired"
    return link, "" if link.user.is_active else "off"


def invitation_of(token: str) -> tuple[Invitation | None, str]:
    """The invitation of a token, and what is wrong with it: "", "wrong", "used", "withdrawn", "expired"."""
    found = Invitation.objects.filter(digest=digest(token)).select_related("workspace", "invited_by").first()
    if found is None:
        return None, "wrong"
    if found.used:
        return found, "used"
    if found.withdrawn:
        return found, "withdrawn"
    return found, "expired" if found.expires <= timezone.now() else ""


def key_of(text: str) -> ApiKey | None:
    """The working key that a program showed; compared in constant time. Notes when it was last used, by the minute."""
    shape = _KEY.fullmatch(text)
    if not shape:
        return None
    shown = digest(text)
    for key in ApiKey.objects.filter(prefix=shape[1], revoked=None).select_related("workspace"):
        if hmac.compare_digest(key.digest, shown):
            return key
    return None


def note_use(key: ApiKey) -> None:
    """Write down that a key was used, at most once a minute: a reader must not become a writer."""
    now = timezone.now()
    if key.last_used is None or now - key.last_used > dt.timedelta(minutes=1):
        ApiKey.objects.filter(pk=key.pk).update(last_used=now)


def audit(
    workspace: Workspace,
    *,
    actor: str = "",
    action: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> QuerySet[AuditEntry]:
    """Rows of a workspace, newest first. `actor`: part of the name; `action`: a kind of object or one action."""
    rows = AuditEntry.objects.filter(workspace=workspace)
    if actor:
        rows = rows.filter(actor_name__icontains=actor)
    if action:
        rows = rows.filter(action__startswith=action if "." in action else f"{action}.")
    zone = timezone.get_current_timezone()
    if since:
        rows = rows.filter(created__gte=dt.datetime.combine(since, dt.time(), zone))
    if until and until < dt.date.max:
        rows = rows.filter(created__lt=dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), zone))
    return rows


def actions(workspace: Workspace) -> list[str]:
    """Actions that occur in a workspace."""
    found = AuditEntry.objects.filter(workspace=workspace).order_by().values_list("action", flat=True).distinct()
    return sorted(found)


HEAD = ("time", "actor", "action", "target", "detail")


def audit_rows(rows: QuerySet[AuditEntry]) -> Iterator[tuple[str, ...]]:
    """Rows for a CSV file, where no cell is a formula to a spreadsheet."""
    import json

    yield HEAD
    for row in rows.iterator(chunk_size=1000):
        detail = json.dumps(row.detail, ensure_ascii=False, sort_keys=True) if row.detail else ""
        cells = (row.created.isoformat(), row.actor_name, row.action, row.target, detail)
        yield tuple(inert(cell) for cell in cells)


def workspaces_with_role(user: User) -> list[dict[str, Any]]:
    """One's own workspaces, with what one is there."""
    rows = Membership.objects.filter(user=user).select_related("workspace", "team").order_by("workspace__name")
    return [{"workspace": m.workspace, "role": m.get_role_display(), "team": m.team} for m in rows]
