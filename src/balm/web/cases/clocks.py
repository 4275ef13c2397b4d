"""The clock of a case: what is left of each promise, and the alarms it raises, each once."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from balm.core.calendar import Calendar
from balm.core.errors import InputRefused
from balm.mitigate import clock
from balm.mitigate.case import OPEN
from balm.web.cases import desk, notices
from balm.web.cases.models import Alarm, Case, CaseEvent, Desk

log = logging.getLogger(__name__)

State = Case.State
BATCH = 50
RETRY = dt.timedelta(minutes=10)
"""When a case whose clock cannot be read is tried again."""
AGAIN = dt.timedelta(seconds=30)
"""When a case is tried again that something went wrong with: within the minute that an alarm may be late."""


def read(case: Case, now: dt.datetime, calendar: Calendar | None = None) -> clock.Clock:
    """Where a case stands. Raises InputRefused for office hours that never open."""
    return clock.state(
        desk.policy_of(case),
        calendar or desk.calendar_of(case.workspace),
        opened=case.began,
        now=now,
        priority=case.priority,
        pauses=[(pause.began, pause.ended) for pause in case.pauses.all()],
        contacted=case.contacted,
        solved=case.solved,
    )


def settle(case: Case, now: dt.datetime) -> None:
    """Bring the clock of a case that was changed up to date, raise what is due, and save it. Inside a transaction."""
    if case.state in (State.CLOSED, State.CANCELED):
        case.due = case.next_change = None
        case.save()
        return
    try:
        found = read(case, now)
    except InputRefused:
        log.exception("case %s: its clock cannot be read", case.pk)
        case.next_change = now + RETRY
        case.save()
        return
    case.first_due, case.solve_due = found.first_due, found.solve_due
    case.late_first, case.late_solve = "first" in found.breached, "solve" in found.breached
    case.due = found.due if case.state in OPEN else None
    case.next_change = found.next_change if case.state in OPEN else _closes(case)
    raised = _alarms(case, found, now)
    case.level = max(case.level, found.level)
    case.save()
    for alarm in raised:
        notices.alarm(case, alarm, found)


def _closes(case: Case) -> dt.datetime | None:
    """When a solved case closes by itself."""
    row = Desk.objects.filter(workspace=case.workspace_id).values_list("close_after", flat=True)
    days = row[0] if row else Desk().close_after
    return None if days is None or case.solved is None else case.solved + dt.timedelta(days=days)


def _alarms(case: Case, found: clock.Clock, now: dt.datetime) -> list[Alarm]:
    """Rows for what was not said yet in this run of the clock."""
    due = {"first": found.first_due, "solve": found.solve_due}
    wanted: dict[str, dt.datetime | None] = {f"at_risk:{which}": due[which] for which in sorted(found.at_risk)}
    wanted |= {f"overdue:{which}": due[which] for which in sorted(found.breached)}
    wanted |= {notices.level(step): due[step.of] for step in found.levels}
    if not wanted:
        return []
    known = set(Alarm.objects.filter(case=case, run=case.reopened).values_list("name", flat=True))
    fresh = [
        Alarm(case=case, run=case.reopened, name=name, due=when, raised=now)
        for name, when in wanted.items()
        if name not in known
    ]
    made = Alarm.objects.bulk_create(fresh)
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, kind="alarm", detail={"alarm": row.name, "due": row.due and row.due.isoformat()})
        for row in made
    )
    return made


def run(now: dt.datetime, most: int = BATCH) -> int:
    """Deal with the cases whose time has come: how many. Several workers may do it at once.

    An alarm is a row that the database takes once, written together with the messages it asks for and with the next
    time the case is looked at: a worker that dies in between leaves all of it undone, for the next look. A case that
    something is wrong with keeps no other waiting.
    """
    due = Q(next_change__lte=now)
    rows = Case.objects.filter(due).order_by("next_change").values_list("pk", flat=True)
    done = 0
    for pk in list(rows[:most]):
        try:
            done += _one(pk, now)
        except (OperationalError, InterfaceError):  # the database, not the case: the next look tries it again
            raise
        except Exception:
            log.exception("case %s: its clock could not be dealt with; trying again", pk)
            done += Case.objects.filter(due, pk=pk).update(next_change=now + AGAIN)
    return done


def _one(pk: int, now: dt.datetime) -> int:
    from balm.web.cases import services

    with transaction.atomic():
        rows = Case.objects.select_for_update(skip_locked=True, of=("self",)).select_related("workspace", "policy")
        case = rows.filter(pk=pk, next_change__lte=now).first()
        if case is None:  # another worker has it, or somebody has just changed it
            return 0
        if case.state == State.SOLVED:
            services.close_by_itself(case, now)
        else:
            settle(case, now)
        if case.next_change is not None and case.next_change <= now:  # it must move, or it would be looked at for ever
            case.next_change = now + RETRY
            case.save(update_fields=["next_change"])
    return 1
