"""Low scores: every one is read by a person, and what came of the call-back is counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.mitigate import lowscores as library
from balm.web.cases.models import Case, LowScore
from balm.web.cases.refusals import Refused, line_of
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

Decided, Called = LowScore.Decided, LowScore.Called

MOST = 100
PERIODS = {"7": 7, "30": 30, "90": 90}
"""Days that the page can be asked for; anything else: all."""

_BETTER = {"": 0, "not_reached": 1, "reached": 2, "mended": 3}


def rows(workspace: Workspace, *, first: dt.date | None = None, last: dt.date | None = None) -> QuerySet[LowScore]:
    """Low scores of imports that are still there, newest first; `first`, `last`: days of the comment."""
    from balm.web.feedback.models import Import

    back = (Import.State.TAKING_BACK, Import.State.TAKEN_BACK)
    gone = Import.objects.filter(workspace=workspace, state__in=back).values("digest")
    found = LowScore.objects.filter(workspace=workspace).exclude(import_key__in=gone)
    if first:
        found = found.filter(time__gte=_midnight(first))
    if last:
        found = found.filter(time__lt=_midnight(last + dt.timedelta(days=1)))
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def unread(workspace: Workspace) -> QuerySet[LowScore]:
    return rows(workspace).filter(decided="")


def coverage(found: QuerySet[LowScore]) -> library.Coverage:
    """What became of them, as shares with intervals."""
    n = found.order_by().aggregate(
        n_low=Count("pk"),
        n_read=Count("pk", filter=~Q(decided="")),
        n_called=Count("pk", filter=~Q(called="")),
        n_reached=Count("pk", filter=Q(called__in=("reached", "mended"))),
        n_mended=Count("pk", filter=Q(called="mended")),
    )
    return library.coverage(n["n_low"], n["n_read"], n["n_called"], n["n_reached"], n["n_mended"])


@dataclass(frozen=True)
class Period:
    """A choice of the page: days back from the newest low score; None: all of them."""

    key: str
    first: dt.date | None


def period(workspace: Workspace, key: str) -> Period:
    if key not in PERIODS:
        return Period("", None)
    newest = rows(workspace).exclude(time=None).values_list("time", flat=True).first()
    last = newest.date() if newest else timezone.localdate()
    return Period(key, last - dt.timedelta(days=PERIODS[key] - 1))


@transaction.atomic
def read(
    workspace: Workspace, by: User, picked: list[int], *, decided: str, note: str = "", called: str = ""
) -> list[LowScore]:
    """Say that low scores were read and what was decided, and how a call-back ended. With "case" each gets a case."""
    if not picked or len(picked) > MOST:
        raise Refused(_("Choose 1 to %(n)s low scores.") % {"n": MOST})
    if decided not in Decided.values or (called and called not in Called.values):
        raise Refused(_("Say what was decided."))
    note = line_of(note, 500)
    held = LowScore.objects.select_for_update(of=("self",)).filter(workspace=workspace, pk__in=picked).order_by("pk")
    found = list(held)
    if len(found) < len(set(picked)):
        raise Refused(_("One of these low scores is not there any more. Load the page again."))
    for row in found:
        row.decided, row.note, row.read, row.read_by = decided, note, timezone.now(), by
        row.called = called or row.called
        if decided == Decided.CASE and row.case_id is None:
            row.case = _case(workspace, row, by)
        row.save()
    record(workspace, by, "case.read", "", low_scores=len(found), decided=decided, called=called)
    return found


def _case(workspace: Workspace, row: LowScore, by: User) -> Case:
    from balm.web.cases.looking import Looker
    from balm.web.cases.opening import open_case

    looker = Looker.of(workspace)
    comment = looker.room.lake.comment(row.feedback_id)
    said: dict[str, Any] = looker.said(comment) if comment else {"score": row.score, "customer": row.customer}
    return open_case(workspace, source=Case.Source.HAND, feedback_id=row.feedback_id, by=by, **said)


def worked(case: Case, by: User | None, now: dt.datetime, called: str = "") -> None:
    """Somebody worked on a case: the low scores it came from were read, and the better end of a call counts."""
    for row in LowScore.objects.filter(workspace=case.workspace_id, case=case):
        if not row.decided:
            row.decided, row.read, row.read_by = Decided.CASE, now, by
        if _BETTER[called] > _BETTER[row.called]:
            row.called = called
        row.save(update_fields=["decided", "read", "read_by", "called"])
