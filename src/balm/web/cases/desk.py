"""How a workspace works on cases: office hours, service times, who gets what. Reading, and what changes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.core.calendar import WEEKDAYS, Calendar
from balm.core.errors import InputRefused
from balm.mitigate import clock
from balm.web.cases.models import Case, Desk, Policy
from balm.web.cases.refusals import Refused, line_of
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

HOUR = 3600.0
OWNER, LEAD, MANAGERS = "owner", "lead", "managers"
"""Whom a step of the escalation goes to."""

_P = clock.Priority
USUAL = clock.Policy(
    "",
    {
        _P.URGENT: clock.Target(1 * HOUR, 9 * HOUR),
        _P.HIGH: clock.Target(4 * HOUR, 18 * HOUR),
        _P.NORMAL: clock.Target(9 * HOUR, 27 * HOUR),
        _P.LOW: clock.Target(18 * HOUR, 45 * HOUR),
    },
    (clock.Level(LEAD, 1.0, of="first"), clock.Level(LEAD, 1.0), clock.Level(MANAGERS, 1.5)),
)
"""What is promised where nobody has set anything: in working hours of a nine-hour day."""


_WRONG: dict[str, Any] = {
    "calendar_zone": gettext_lazy("there is no such time zone; write it as Asia/Shanghai"),
    "calendar_country": gettext_lazy("there is no such country; write CN, TW or US-CA"),
    "calendar_never": gettext_lazy("the office never opens; give the hours of one day at least"),
    "calendar_both": gettext_lazy("a day is both closed and open: %(date)s"),
    "calendar_form": gettext_lazy("write times as 09:00-18:00 and days as 2026-12-31"),
    "calendar_hours": gettext_lazy("the times of a day overlap"),
}
"""Why office hours are refused, by the library's codes."""


def of(workspace: Workspace) -> Desk:
    """How the workspace works; as an installation begins where nobody has set it."""
    return Desk.objects.filter(workspace=workspace).first() or Desk(workspace=workspace)


def usual_calendar(workspace: Workspace) -> Calendar:
    """Monday to Friday, 9 to 18, on the clock of the workspace."""
    from balm.web.deliveries.hours import office, zone_of

    return Calendar.of(zone_of(office(workspace)).key, {day: [("09:00", "18:00")] for day in WEEKDAYS[:5]})


def calendar_of(workspace: Workspace) -> Calendar:
    """The workspace's office hours; Monday to Friday, 9 to 18, where nobody has set them."""
    kept = Desk.objects.filter(workspace=workspace).values_list("calendar", flat=True).first()
    if not kept:
        return usual_calendar(workspace)
    try:
        return Calendar.from_json(kept)
    except InputRefused:  # of a zone or country that this machine does not know
        return usual_calendar(workspace)


def policy_of(case: Case) -> clock.Policy:
    """The service times a case is under."""
    row = case.policy or Policy.objects.filter(workspace=case.workspace_id, usual=True).first()
    return USUAL if row is None else clock.policy_from_json(row.terms)


def policies(workspace: Workspace) -> list[Policy]:
    return list(Policy.objects.filter(workspace=workspace))


@transaction.atomic
def set_calendar(workspace: Workspace, wanted: Mapping[str, Any], by: User) -> Desk:
    """Set the office hours, as `Calendar.from_json` reads them; what is promised moves with them. Raises Refused."""
    try:
        calendar = Calendar.from_json(wanted)
        calendar.due(timezone.now(), 1)
    except InputRefused as wrong:
        why = _WRONG.get(wrong.code)
        facts = {"why": str(why) % wrong.facts if why else wrong}
        raise Refused(_("These office hours cannot be used: %(why)s") % facts) from None
    row, _made = Desk.objects.update_or_create(workspace=workspace, defaults={"calendar": calendar.to_json()})
    record(workspace, by, "case.hours", "", calendar=calendar.to_json())
    _look_again(workspace)
    return row


@transaction.atomic
def set_desk(workspace: Workspace, by: User, **wanted: Any) -> Desk:
    """Set what opens a case by itself, how many at once, and who gets it: fields of `Desk`."""
    row, _made = Desk.objects.update_or_create(workspace=workspace, defaults=wanted)
    record(workspace, by, "case.desk", "", **wanted)
    return row


@transaction.atomic
def save_policy(workspace: Workspace, terms: clock.Policy, by: User, *, usual: bool, pk: int | None = None) -> Policy:
    """Make service times or change them; open cases under them are counted anew at once. Raises Refused."""
    kept = terms.to_json()
    try:
        clock.policy_from_json(kept)
    except InputRefused as wrong:
        raise Refused(_("These service times cannot be used: %(why)s") % {"why": wrong}) from None
    row = Policy.objects.select_for_update().filter(workspace=workspace, pk=pk).first() if pk else None
    if pk and row is None:
        raise Refused(_("These service times are not there any more. Load the page again."))
    row = row or Policy(workspace=workspace)
    row.name, row.terms = line_of(terms.name, 120, needed=_("Give the service times a name.")), kept
    if usual:
        Policy.objects.filter(workspace=workspace, usual=True).exclude(pk=row.pk).update(usual=False)
    row.usual = usual
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(_("There are service times of this name already.")) from None
    record(workspace, by, "case.policy", row.pk, name=row.name, terms=kept, usual=usual)
    _look_again(workspace)
    return row


@transaction.atomic
def remove_policy(workspace: Workspace, pk: int, by: User) -> None:
    """Cases under it are under the usual one from now on."""
    row = Policy.objects.select_for_update().filter(workspace=workspace, pk=pk).first()
    if row is None:
        raise Refused(_("These service times are not there any more. Load the page again."))
    record(workspace, by, "case.policy_remove", pk, name=row.name)
    row.delete()
    _look_again(workspace)


def _look_again(workspace: Workspace) -> None:
    """Let the clock count every open case anew, now."""
    from balm.mitigate.case import OPEN

    now: dt.datetime = timezone.now()
    Case.objects.filter(workspace=workspace, state__in=[state.value for state in OPEN]).update(next_change=now)
