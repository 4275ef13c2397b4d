"""Members, roles and teams."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from balm.core.errors import WrongUse
from balm.web.people.audit import record
from balm.web.people.models import Membership, Role, Team, User, Workspace


class NotAllowed(WrongUse):
    """The person's role allows the page, but not this; the message says why and what to do."""


def check_role(actor_role: str, *roles: str) -> None:
    """Only owners make, change and remove owners. Raises NotAllowed."""
    if Role.OWNER in roles and actor_role != Role.OWNER:
        raise NotAllowed(_("Only an owner can make, change or remove an owner."))


def role_in(workspace: Workspace, actor: User) -> str:
    """The actor's role now, under the lock. Raises NotAllowed for who is no member any more."""
    role = Membership.objects.filter(workspace=workspace, user=actor).values_list("role", flat=True).first()
    if role is None:
        raise NotAllowed(_("You are not a member of this workspace any more."))
    return role


def lock(workspace: Workspace) -> None:
    """One change of members at a time, so that two owners cannot step down in the same moment."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


@transaction.atomic
def add_member(
    workspace: Workspace, actor: User | str | None, user: User, role: str, *, keep: bool = False
) -> Membership:
    """Make a user a member, or give a member another role. `keep`: a role that is there stays.

    Raises NotAllowed where the last owner would lose the role.
    """
    lock(workspace)
    there = Membership.objects.filter(workspace=workspace, user=user).first()
    if there is None:
        made = Membership.objects.create(workspace=workspace, user=user, role=role)
        record(workspace, actor, "member.add", user.email, role=role)
        return made
    if not keep and there.role != role:
        _keep_an_owner(workspace, there, role)
        was, there.role = there.role, role
        there.save(update_fields=["role"])
        record(workspace, actor, "member.role", user.email, **{"from": was, "to": role})
    return there


@transaction.atomic
def set_member(workspace: Workspace, actor: User, pk: int, *, role: str, team: Team | None) -> Membership:
    """Another role or team. Raises Membership.DoesNotExist, NotAllowed."""
    lock(workspace)
    member = Membership.objects.select_related("user", "team").get(workspace=workspace, pk=pk)
    if role != member.role:
        check_role(role_in(workspace, actor), role, member.role)
        _keep_an_owner(workspace, member, role)
        record(workspace, actor, "member.role", member.user.email, **{"from": member.role, "to": role})
    if team != member.team:
        record(workspace, actor, "member.team", member.user.email, team=team.name if team else "")
    member.role, member.team = role, team
    member.save(update_fields=["role", "team"])
    return member


@transaction.atomic
def remove_member(workspace: Workspace, actor: User, pk: int) -> None:
    """Take a member out; the account stays. Raises Membership.DoesNotExist, NotAllowed."""
    lock(workspace)
    member = Membership.objects.select_related("user").get(workspace=workspace, pk=pk)
    check_role(role_in(workspace, actor), member.role)
    _keep_an_owner(workspace, member, "")
    member.delete()
    record(workspace, actor, "member.remove", member.user.email, role=member.role)


@transaction.atomic
def leave(workspace: Workspace, user: User) -> None:
    """Step out oneself. Raises Membership.DoesNotExist, NotAllowed for the last owner."""
    lock(workspace)
    member = Membership.objects.get(workspace=workspace, user=user)
    _keep_an_owner(workspace, member, "")
    member.delete()
    record(workspace, user, "member.leave", user.email, role=member.role)


def _keep_an_owner(workspace: Workspace, member: Membership, role: str) -> None:
    if member.role != Role.OWNER or role == Role.OWNER:
        return
    owners = Membership.objects.filter(workspace=workspace, role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=member.pk).exists():
        raise NotAllowed(_("A workspace needs an owner: make somebody else an owner first."))


@transaction.atomic
def add_team(workspace: Workspace, actor: User, name: str) -> Team:
    """A new team. Raises NotAllowed where the name is taken."""
    _free_name(workspace, name)
    team = Team.objects.create(workspace=workspace, name=name)
    record(workspace, actor, "team.add", name)
    return team


@transaction.atomic
def rename_team(workspace: Workspace, actor: User, pk: int, name: str) -> Team:
    """Raises Team.DoesNotExist, NotAllowed where the name is taken."""
    team = Team.objects.get(workspace=workspace, pk=pk)
    if name != team.name:
        _free_name(workspace, name)
        record(workspace, actor, "team.rename", name, was=team.name)
        team.name = name
        team.save(update_fields=["name"])
    return team


@transaction.atomic
def remove_team(workspace: Workspace, actor: User, pk: int) -> None:
    """Its people stay members without a team. Raises Team.DoesNotExist."""
    team = Team.objects.get(workspace=workspace, pk=pk)
    team.delete()
    record(workspace, actor, "team.remove", team.name)


def _free_name(workspace: Workspace, name: str) -> None:
    lock(workspace)
    if Team.objects.filter(workspace=workspace, name=name).exists():
        raise NotAllowed(_("There is a team of this name already."))
