"""Invitations: bound to an e-mail address, used once, withdrawn or expired."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.web.people.audit import record
from balm.web.people.models import Invitation, Membership, User, Workspace
from balm.web.people.services.members import NotAllowed, add_member, check_role, lock, role_in
from balm.web.people.tokens import digest, new_token

DAYS = 14
"""How long an invitation can be accepted."""


@transaction.atomic
def invite(workspace: Workspace, actor: User, email: str, role: str) -> tuple[Invitation, str]:
    """Invite an address; an open invitation of the same address is withdrawn. Returns it and the path of its link.

    Raises NotAllowed for who is a member already, and for an owner invited by somebody else than an owner.
    """
    lock(workspace)
    check_role(role_in(workspace, actor), role)
    email = email.strip().lower()
    if Membership.objects.filter(workspace=workspace, user__email=email).exists():
        raise NotAllowed(_("This person is a member already; change the role in the list."))
    now = timezone.now()
    Invitation.objects.filter(workspace=workspace, email=email, used=None, withdrawn=None).update(withdrawn=now)
    token = new_token()
    made = Invitation.objects.create(
        workspace=workspace,
        email=email,
        role=role,
        digest=digest(token),
        invited_by=actor,
        expires=now + dt.timedelta(days=DAYS),
    )
    record(workspace, actor, "invitation.make", email, role=role)
    return made, reverse("people:invitation", args=[token])


@transaction.atomic
def withdraw(workspace: Workspace, actor: User, pk: int) -> None:
    """Make an open invitation useless. Raises Invitation.DoesNotExist."""
    found = Invitation.objects.get(workspace=workspace, pk=pk)
    check_role(role_in(workspace, actor), found.role)
    if Invitation.objects.filter(pk=pk, used=None, withdrawn=None).update(withdrawn=timezone.now()):
        record(workspace, actor, "invitation.withdraw", found.email, role=found.role)


@transaction.atomic
def accept(invitation: Invitation, *, user: User | None = None, name: str = "", password: str = "") -> User | None:
    """Make the invited person a member. Without `user`, the account of the invited address is made with that name and
    password. None where the invitation was used, withdrawn or expired meanwhile, or is another person's.
    """
    now = timezone.now()
    open_ = Invitation.objects.filter(pk=invitation.pk, used=None, withdrawn=None, expires__gt=now)
    if user is not None and user.email.lower() != invitation.email:
        return None
    if user is None and User.objects.filter(email=invitation.email).exists():
        return None  # an account that is there is not taken over by a link
    if not open_.update(used=now):
        return None
    if user is None:
        user = User.objects.create_user(invitation.email, password or None, name=name)
        record(invitation.workspace, user, "user.add", user.email)
    add_member(invitation.workspace, user, user, invitation.role, keep=True)
    return user
