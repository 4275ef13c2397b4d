"""After a pain was closed: the looks whether it came back, and what follows where it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from balm.core.types import to_json
from balm.web.experiments import notices
from balm.web.experiments.models import Check, Look
from balm.web.experiments.services import held, last_verdict
from balm.web.experiments.watching import Seen
from balm.web.jobs.services import enqueue
from balm.web.painpoints import verdicts
from balm.web.people.audit import record
from balm.web.people.models import Workspace

WATCH = "watch"


def on_refreshed(sender: Any, workspace: Workspace, **_rest: Any) -> None:
    """New figures: look at what was closed, and at what is due."""
    live = Check.objects.filter(workspace=workspace)
    if live.filter(state=Check.State.DUE).exists() or watched(workspace):
        enqueue(workspace, WATCH, {}, key=WATCH)


def on_answered(sender: Any, ask: Any, **_rest: Any) -> None:
    """A customer answered: the check may close now."""
    if ask.purpose != "check" or not str(ask.ref).isdecimal():
        return
    from balm.web.experiments.judging import settle

    check = Check.objects.filter(workspace=ask.workspace_id, pk=int(ask.ref)).select_related("workspace").first()
    if check is not None and check.outcome and not check.resolved:
        settle(held(check.workspace, check.pk))


def watched(workspace: Workspace) -> list[Check]:
    """Checks whose pains are closed by them and have not come back."""
    found = Check.objects.filter(workspace=workspace, resolved__isnull=False, regressed=None)
    return list(found.select_related("workspace"))


def so_far(check: Check) -> tuple[dt.date | None, int]:
    """The last day of the verdict's data that counted, and the number of the last look."""
    row = last_verdict(check)
    ends = [day for day in (check.ends, row.last_day if row else None) if day]
    last = Look.objects.filter(check_of=check).order_by("-number").values_list("number", flat=True).first()
    return (min(ends) if row and ends else None), last or 0


@transaction.atomic
def keep(check: Check, seen: Iterable[Seen]) -> None:
    """Keep looks; the first return among the exposed reopens the pain. What comes after it is not looked at."""
    check = held(check.workspace, check.pk)
    if check.regressed or not check.resolved:
        return
    for one in seen:
        if Look.objects.filter(check_of=check, number=one.number).exists():
            continue
        Look.objects.create(
            check_of=check,
            number=one.number,
            first=one.first,
            last=one.last,
            exposed=to_json(one.exposed),
            others=to_json(one.others) if one.others else None,
            rise=to_json(one.rise),
            alpha=one.alpha,
            returned=one.returned,
            returned_others=one.returned_others,
        )
        if one.returned:
            _reopen(check, one)
            return


def _reopen(check: Check, one: Seen) -> None:
    facts = {"check": check.pk, "first": str(one.first), "last": str(one.last), "level": to_json(one.exposed)}
    opened = verdicts.regress(check.workspace, check.themes, exposed=True, **facts)
    check.regressed = timezone.now()
    check.save(update_fields=["regressed"])
    record(check.workspace, "clock", "check.regressed", check.pk, themes=opened, look=one.number)
    notices.regressed(check, one.exposed, one.number, (one.first, one.last))
