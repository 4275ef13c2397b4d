"""Links that sign in once."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from balm.web.people.audit import record
from balm.web.people.models import Membership, Role, SignInLink, User, Workspace
from balm.web.people.tokens import digest, new_token

MINUTES = 60
"""How long a link works unless told otherwise."""


@transaction.atomic
def sign_in_link(
    user: User, minutes: int = MINUTES, *, actor: User | str | None = None, workspace: Workspace | None = None
) -> str:
    """The path of an address that signs `user` in, once, within `minutes`. Only a hash of it is kept."""
    token = new_token()
    now = timezone.now()
    SignInLink.objects.filter(user=user, expires__lt=now - dt.timedelta(days=30)).delete()
    SignInLink.objects.create(user=user, digest=digest(token), expires=now + dt.timedelta(minutes=minutes))
    record(workspace, actor, "user.link", user.email, minutes=minutes)
    return reverse("people:sign_in_link", args=[token])


@transaction.atomic
def use_sign_in_link(link: SignInLink) -> bool:
    """Use a link up. Of two who try in the same moment, one gets True."""
    now = timezone.now()
    used = SignInLink.objects.filter(pk=link.pk, used=None, expires__gt=now).update(used=now)
    if used:
        record(None, link.user, "user.link_used", link.user.email)
    return bool(used)


def may_link(workspace: Workspace, actor: User, user: User) -> bool:
    """Whether an owner may make a link for a member: it opens all workspaces of the member, so the owner must own all.

    Otherwise making a workspace and inviting somebody would open the other workspaces of that person.
    """
    theirs = set(Membership.objects.filter(user=user).values_list("workspace", flat=True))
    owned = set(Membership.objects.filter(user=actor, role=Role.OWNER).values_list("workspace", flat=True))
    return workspace.pk in theirs and theirs <= owned
