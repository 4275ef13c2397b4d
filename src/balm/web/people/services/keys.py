"""Keys for programs."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from balm.web.people.audit import record
from balm.web.people.models import ApiKey, User, Workspace
from balm.web.people.tokens import digest, new_token


@transaction.atomic
def make_key(workspace: Workspace, actor: User | str, *, scope: str, name: str) -> tuple[ApiKey, str]:
    """A new key `balm_<prefix>_<secret>`. The whole is returned here and never again; a hash is kept."""
    prefix = secrets.token_hex(4)
    whole = f"balm_{prefix}_{new_token()}"
    made = ApiKey.objects.create(
        workspace=workspace,
        name=name,
        scope=scope,
        prefix=prefix,
        digest=digest(whole),
        made_by=actor if isinstance(actor, User) else None,
    )
    record(workspace, actor, "key.make", prefix, scope=scope, name=name)
    return made, whole


@transaction.atomic
def revoke_key(workspace: Workspace, actor: User, pk: int) -> ApiKey:
    """Switch a key off for good. Raises ApiKey.DoesNotExist."""
    key = ApiKey.objects.get(workspace=workspace, pk=pk)
    if ApiKey.objects.filter(pk=pk, revoked=None).update(revoked=timezone.now()):
        record(workspace, actor, "key.revoke", key.prefix, name=key.name)
    return key
