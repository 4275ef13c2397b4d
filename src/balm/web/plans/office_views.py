"""Pages of the office for customer experience."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from balm.web.people.doors import MemberRequest, door
from balm.web.people.models import Team, User
from balm.web.plans import office as offices
from balm.web.plans import selectors
from balm.web.plans.models import Duty
from balm.web.plans.refusals import Refused
from balm.web.plans.views import told

READ = {
    Duty.Kind.NEW_EXPERIENCE: offices.new_experience,
    Duty.Kind.CONTACT_CENTER: offices.contact_center,
    Duty.Kind.DAILY_ANALYSIS: offices.daily_analysis,
}


@door("office", "read")
@require_safe
def office(request: MemberRequest) -> HttpResponse:
    """Each member's own team first: what waits for it today."""
    desks = offices.desks(request.workspace, request.user)
    own = next((desk.kind for desk in desks if desk.mine), Duty.Kind.DAILY_ANALYSIS.value)
    asked = request.GET.get("team", "")
    kind = asked if asked in Duty.Kind.values else own
    today = timezone.localdate()
    read: dict[str, Any] = READ[kind](request.workspace) if kind in READ else {}  # type: ignore[index]
    context = {
        "desks": desks,
        "kind": kind,
        "desk": next(desk for desk in desks if desk.kind == kind),
        "plans": selectors.open_plans(request.workspace) if kind == Duty.Kind.TASK_FORCE else None,
        "late": [one for one in selectors.agenda(request.workspace, today, today) if one.late][:8],
        "teams": list(Team.objects.filter(workspace=request.workspace)),
        "people": list(User.objects.filter(memberships__workspace=request.workspace, is_active=True).order_by("email")),
        **read,
    }
    return render(request, "plans/office.html", context)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 12 else None


@door("loop", "change")
@require_POST
def appoint(request: MemberRequest) -> HttpResponse:
    """Give a team a duty, or take it back."""
    post = request.POST
    try:
        if post.get("do") == "relieve":
            offices.relieve(request.workspace, _number(post.get("duty", "")) or 0, request.user)
        else:
            offices.appoint(
                request.workspace,
                request.user,
                kind=post.get("kind", ""),
                team=_number(post.get("team", "")) or 0,
                lead=_number(post.get("lead", "")),
                mission=post.get("mission", ""),
                reports_to=post.get("reports_to", ""),
            )
    except Refused as refused:
        told(request, refused)
    response = redirect("plans:office", request.workspace.slug)
    response["Location"] += f"?team={post.get('kind', '')}" if post.get("kind", "") in Duty.Kind.values else ""
    return response
