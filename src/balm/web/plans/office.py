"""What changes the office for customer experience, and what its pages read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.web.experiments import selectors as proof
from balm.web.painpoints.figures import current
from balm.web.painpoints.lines import Line, lines
from balm.web.painpoints.models import PainPoint
from balm.web.people.audit import record
from balm.web.people.models import Membership, Team, User, Workspace
from balm.web.plans import selectors
from balm.web.plans.models import Duty, Plan, Review
from balm.web.plans.refusals import Refused
from balm.web.plans.services import LONGEST_REASON, line_of

MOST = 8


@transaction.atomic
def appoint(
    workspace: Workspace, by: User, *, kind: str, team: int, lead: int | None, mission: str, reports_to: str
) -> Duty:
    """Give a team a duty of the office, or change what is said of it."""
    group = Team.objects.filter(pk=team, workspace=workspace).first()
    head = User.objects.filter(pk=lead, memberships__workspace=workspace).first() if lead else None
    if kind not in Duty.Kind.values or group is None or (lead and head is None):
        raise Refused(_("This person or team does not belong to the workspace."))
    if kind == Duty.Kind.TASK_FORCE and head is None:
        raise Refused(_("A task force is led by one of its members."))
    said = {"lead": head, "mission": line_of(mission, LONGEST_REASON), "reports_to": line_of(reports_to, 120)}
    try:
        duty, _made = Duty.objects.update_or_create(workspace=workspace, kind=kind, team=group, defaults=said)
    except IntegrityError:
        raise Refused(_("This team has that duty already.")) from None
    record(workspace, by, "office.appoint", kind, team=group.name, lead=str(head or ""))
    return duty


@transaction.atomic
def relieve(workspace: Workspace, pk: int, by: User) -> None:
    """Take a duty from a team."""
    duty = Duty.objects.filter(workspace=workspace, pk=pk).select_related("team").first()
    if duty is None:
        raise Refused(_("This duty is not there any more. Load the page again."))
    duty.delete()
    record(workspace, by, "office.relieve", duty.kind, team=duty.team.name)


@dataclass(frozen=True)
class Desk:
    """One team's page: who it is, and what waits for it. `sections`: heading → what stands below it."""

    kind: str
    label: Any
    duties: list[Duty]
    mine: bool


def desks(workspace: Workspace, user: User) -> list[Desk]:
    """The three teams and the task forces; `mine`: the reader belongs to it."""
    team = Membership.objects.filter(workspace=workspace, user=user).values_list("team", flat=True).first()
    found = list(Duty.objects.filter(workspace=workspace).select_related("team", "lead"))
    return [
        Desk(
            kind,
            label,
            [duty for duty in found if duty.kind == kind],
            any(duty.team_id == team or duty.lead_id == user.pk for duty in found if duty.kind == kind),
        )
        for kind, label in Duty.Kind.choices
    ]


def new_experience(workspace: Workspace) -> dict[str, Any]:
    """What will be better: pains nobody works on, plans that wait for something, reviews."""
    planned = selectors.of_pains(workspace)
    return {
        "unplanned": [line for line in _lines(workspace) if line.theme_id not in planned][:MOST],
        "waiting": [
            one for one in selectors.open_plans(workspace) if one.state in (Plan.State.DRAFT, Plan.State.READY)
        ][:MOST],
        "reviews": list(
            Review.objects.filter(loop__workspace=workspace, held=None).select_related("loop").order_by("due")[:MOST]
        ),
    }


def contact_center(workspace: Workspace) -> dict[str, Any]:
    """Who is helped today: the queue in numbers, and the low scores that nobody has read."""
    from balm.web.cases import selectors as cases

    return {"queue": cases.summary(workspace)}


def daily_analysis(workspace: Workspace) -> dict[str, Any]:
    """What hurts, and is it gone: new and escalating pains, checks that are due, pains that came back."""
    found = _lines(workspace)
    moving = (PainPoint.State.NEW, PainPoint.State.ESCALATING, PainPoint.State.REGRESSED)
    checks = proof.all_lines(workspace)
    return {
        "moving": [line for line in found if line.row.state in moving and line.pain.mentions >= 5][:MOST],
        "due": [one for one in checks if one.state == "due"][:MOST],
        "regressed": [one for one in checks if one.regressed][:MOST],
        "today": timezone.localdate(),
    }


def _lines(workspace: Workspace) -> list[Line]:
    snapshot = current(workspace)
    if snapshot is None:
        return []
    found = lines(workspace, snapshot)
    return [line for line in found if line.row.state != PainPoint.State.ARCHIVED and not line.discovered]
