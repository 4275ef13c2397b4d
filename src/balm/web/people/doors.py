"""The one door: who may do what with which kind of object. Nothing else in the application decides on rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from balm.web.people.models import Membership, Role, User, Workspace

_ALL = frozenset(Role.values)
_LEAD = frozenset({Role.OWNER.value, Role.MANAGER.value})
_WORK = _LEAD | {Role.ANALYST.value}
_MEET = _WORK | {Role.FRONT_LINE.value}

RIGHTS: dict[tuple[str, str], frozenset[str]] = {
    ("workspace", "read"): _ALL,
    ("workspace", "manage"): frozenset({Role.OWNER.value}),
    ("people", "read"): _ALL,
    ("people", "manage"): _LEAD,
    ("key", "manage"): _LEAD,
    ("audit", "read"): _LEAD,
    ("health", "read"): _WORK,
    ("import", "read"): _WORK,
    ("import", "add"): _WORK,
    ("import", "take_back"): _WORK,
    ("feedback", "read"): _ALL,
    ("feedback", "recode"): _WORK,
    ("feedback", "original"): _LEAD,
    ("customer", "read"): _MEET,
    ("customer", "merge"): _WORK,
    ("codebook", "read"): _ALL,
    ("codebook", "change"): _WORK,
    ("codebook", "hand_code"): _MEET,
    ("painpoint", "read"): _ALL,
    ("painpoint", "change"): _WORK,
    ("case", "read"): _MEET,
    ("case", "work"): _MEET,
    ("case", "manage"): _LEAD,
    ("plan", "read"): _ALL,
    ("plan", "change"): _WORK,
    ("loop", "read"): _ALL,
    ("loop", "change"): _LEAD,
    ("office", "read"): _WORK,
    ("check", "read"): _ALL,
    ("check", "change"): _WORK,
    ("check", "close"): _LEAD,
    ("experiment", "read"): _ALL,
    ("experiment", "change"): _WORK,
    ("delivery", "read"): _WORK,
    ("delivery", "manage"): _LEAD,
    ("contact", "read"): _MEET,
    ("contact", "change"): _WORK,
    ("report", "read"): _ALL,
    ("report", "publish"): _LEAD,
    ("priority", "read"): _ALL,
    ("priority", "vote"): _MEET,
    ("priority", "change"): _WORK,
}
"""(kind of object, verb) → roles that may. A pair that is not here is refused."""


def allowed(role: str | None, kind: str, verb: str) -> bool:
    """Whether a role may; an unknown kind or verb is a mistake of ours and raises KeyError."""
    return role in RIGHTS[kind, verb]


def role_of(user: Any, workspace: Workspace) -> str | None:
    """The user's role in the workspace, None for a stranger."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.filter(user=user, workspace=workspace).values_list("role", flat=True).first()


class Can:
    """For templates: `can.painpoint.change`."""

    def __init__(self, role: str | None) -> None:
        self._role = role

    def __getitem__(self, kind: str) -> dict[str, bool]:
        verbs = {verb: self._role in roles for (k, verb), roles in RIGHTS.items() if k == kind}
        if not verbs:
            raise KeyError(kind)
        return verbs


class MemberRequest(HttpRequest):
    """A request behind a door."""

    user: User
    workspace: Workspace
    role: str
    can: Can


View = Callable[..., HttpResponse]


def door(kind: str, verb: str) -> Callable[[View], View]:
    """Let members in whose role may do `verb` with `kind`; the view is called without the workspace's slug.

    Strangers get "not found", so that no workspace's name can be guessed; members without the right, "forbidden".
    """
    RIGHTS[kind, verb]  # fails at import when misspelt

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: Any, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            enter(request, slug)
            if not allowed(request.role, kind, verb):
                raise PermissionDenied(f"{kind}.{verb}")
            return view(request, *args, **kwargs)

        guarded.door = (kind, verb)  # type: ignore[attr-defined]
        return guarded

    return decorate


def enter(request: Any, slug: str) -> None:
    """Put workspace, role and rights on the request. Raises Http404 for strangers."""
    membership = Membership.objects.select_related("workspace").filter(user=request.user, workspace__slug=slug).first()
    if membership is None or not request.user.is_active:
        raise Http404("no such workspace")
    request.workspace, request.role = membership.workspace, membership.role
    request.can = Can(membership.role)


def workspaces_of(user: Any) -> Iterator[Workspace]:
    """The workspaces a user may enter, by name."""
    return (
        iter(Workspace.objects.filter(memberships__user=user).order_by("name")) if user.is_authenticated else iter(())
    )
