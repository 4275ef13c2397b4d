"""Members, roles, teams, invitations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from balm.web.people import forms, mail, selectors, services
from balm.web.people.doors import MemberRequest, door
from balm.web.people.models import Invitation, Membership, Role, Team


@door("people", "read")
@require_safe
def people(request: MemberRequest) -> HttpResponse:
    """Who is in this workspace."""
    return _page(request)


def _page(request: MemberRequest, status: int = 200, **given: Any) -> HttpResponse:
    workspace = request.workspace
    context = {
        "members": [
            (m, _member_form(request, m), services.may_link(workspace, request.user, m.user)) for m in _members(request)
        ],
        "teams": selectors.teams(workspace),
        "invitations": selectors.invitations(workspace) if request.can["people"]["manage"] else [],
        "invite_form": forms.Invite(inviter=request.role),
        "team_form": forms.Name(prefix="team"),
        "roles": Role,
        "tab": "people",
    }
    return render(request, "people/people.html", context | given, status=status)


def _members(request: MemberRequest) -> list[Membership]:
    return list(selectors.members(request.workspace))


def _member_form(request: MemberRequest, member: Membership) -> forms.Member:
    return forms.Member(
        workspace=request.workspace, initial={"role": member.role, "team": member.team_id}, auto_id=f"m{member.pk}-%s"
    )


def _try(request: MemberRequest, act: Callable[[], Any], said: str) -> HttpResponse:
    """Do it and go back to the list; what is not allowed is said there."""
    try:
        act()
    except (Membership.DoesNotExist, Invitation.DoesNotExist, Team.DoesNotExist):
        raise Http404 from None
    except services.NotAllowed as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("people:settings", request.workspace.slug)


@door("people", "manage")
@never_cache
@require_POST
def invite(request: MemberRequest) -> HttpResponse:
    """Invite an address; the link is shown once, and sent where there is a mail server."""
    form = forms.Invite(request.POST, inviter=request.role)
    if not form.is_valid():
        return _page(request, 400, invite_form=form)
    data = form.cleaned_data
    try:
        made, path = services.invite(request.workspace, request.user, data["email"], data["role"])
    except services.NotAllowed as error:
        form.add_error(None, str(error))
        return _page(request, 400, invite_form=form)
    address = services.absolute(request, path)
    sent = mail.send_invitation(made, address)
    context = {"address": address, "invitation": made, "sent": sent, "server": mail.there_is_a_server()}
    return render(request, "people/invited.html", context | {"tab": "people"})


@door("people", "manage")
@require_POST
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Make an open invitation useless."""
    return _try(
        request, lambda: services.withdraw(request.workspace, request.user, pk), _("The invitation is withdrawn.")
    )


@door("people", "manage")
@require_POST
def member(request: MemberRequest, pk: int) -> HttpResponse:
    """Another role or team for a member."""
    if not Membership.objects.filter(workspace=request.workspace, pk=pk).exists():
        raise Http404
    form = forms.Member(request.POST, workspace=request.workspace)
    if not form.is_valid():
        messages.error(request, _("Choose a role, and a team of this workspace."))
        return redirect("people:settings", request.workspace.slug)
    data = form.cleaned_data
    return _try(
        request,
        lambda: services.set_member(request.workspace, request.user, pk, role=data["role"], team=data["team"]),
        _("Saved."),
    )


@door("people", "manage")
@require_POST
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a member out."""
    return _try(request, lambda: services.remove_member(request.workspace, request.user, pk), _("Removed."))


@door("people", "read")
@require_POST
def leave(request: MemberRequest) -> HttpResponse:
    """Step out oneself."""
    try:
        services.leave(request.workspace, request.user)
    except services.NotAllowed as error:
        messages.error(request, str(error))
        return redirect("people:settings", request.workspace.slug)
    messages.success(request, _("You left %(workspace)s.") % {"workspace": request.workspace.name})
    return redirect("home")


@door("workspace", "manage")
@never_cache
@require_POST
def link(request: MemberRequest, pk: int) -> HttpResponse:
    """A one-time link for a member who cannot sign in."""
    found = Membership.objects.filter(workspace=request.workspace, pk=pk).select_related("user").first()
    if found is None:
        raise Http404
    if not services.may_link(request.workspace, request.user, found.user):
        raise PermissionDenied("a member of a workspace that the owner does not own")
    path = services.sign_in_link(found.user, actor=request.user, workspace=request.workspace)
    return render(
        request, "people/linked.html", {"address": services.absolute(request, path), "member": found, "tab": "people"}
    )


@door("people", "manage")
@require_POST
def team_add(request: MemberRequest) -> HttpResponse:
    """A new team."""
    form = forms.Name(request.POST, prefix="team")
    if not form.is_valid():
        return _page(request, 400, team_form=form)
    name = form.cleaned_data["name"]
    return _try(request, lambda: services.add_team(request.workspace, request.user, name), _("The team is made."))


@door("people", "manage")
@require_POST
def team_rename(request: MemberRequest, pk: int) -> HttpResponse:
    """Another name for a team."""
    form = forms.Name(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    if not name:
        messages.error(request, _("A team needs a name of at most 120 characters."))
        if not Team.objects.filter(workspace=request.workspace, pk=pk).exists():
            raise Http404
        return redirect("people:settings", request.workspace.slug)
    return _try(request, lambda: services.rename_team(request.workspace, request.user, pk, name), _("Saved."))


@door("people", "manage")
@require_POST
def team_remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Remove a team; its people stay."""
    return _try(request, lambda: services.remove_team(request.workspace, request.user, pk), _("Removed."))
