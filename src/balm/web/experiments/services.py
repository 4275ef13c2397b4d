"""What changes checks: each function one transaction, with its audit row and its follow-up work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.mitigate import check as machine
from balm.mitigate.refused import Refused as Code
from balm.web.experiments import notices
from balm.web.experiments import spec as specs
from balm.web.experiments.models import Check, CheckChange, VerdictRow
from balm.web.experiments.refusals import Refused, worded
from balm.web.painpoints.figures import current
from balm.web.painpoints.models import PainPoint
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

State, Kind, Action = Check.State, CheckChange.Kind, machine.Action

LONGEST_REASON = 500
MOST_THEMES = 20
MOST_LISTED = 200_000

__all__ = ["Refused", "draft", "held", "note_contamination", "register", "repeat", "sealed", "update", "withdraw"]


def today() -> dt.date:
    """By the clock of this installation."""
    return timezone.localdate()


def held(workspace: Workspace, pk: int) -> Check:
    """The check, held until the transaction ends."""
    found = Check.objects.select_for_update().select_related("workspace").filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise Refused(_("This check is not there any more. Load the page again."))
    return found


def advance(check: Check, action: str, **facts: Any) -> str:
    """The state after an action. Raises Refused, in words."""
    try:
        return str(machine.advance(check.state, action, **facts).value)
    except Code as refused:
        raise worded(refused) from None


def reason_of(text: str) -> str:
    text = " ".join(text.replace("\0", " ").split())
    if not text:
        raise Refused(_("Give a reason: whoever reads it in a year must know why."))
    if len(text) > LONGEST_REASON:
        raise Refused(_("Keep the reason under %(n)s characters.") % {"n": LONGEST_REASON})
    return text


def _title(text: str) -> str:
    text = " ".join(text.replace("\0", " ").split())[:200]
    if not text:
        raise Refused(_("Give the check a name."))
    return text


def _themes(workspace: Workspace, themes: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(themes))[:MOST_THEMES]
    there = set(PainPoint.objects.filter(workspace=workspace, theme__in=wanted).values_list("theme", flat=True))
    if not wanted or set(wanted) - there:
        raise Refused(_("Choose the pain point that the check is about."))
    return wanted


def _dates(spec: Mapping[str, Any], lists: Mapping[str, Any]) -> tuple[dt.date | None, dt.date | None]:
    """First day of the fix and last day that counts."""
    days = [day for day in (*spec.get("exposed", {}).values(), *(day for _side, day in lists.values())) if day]
    first = min(map(dt.date.fromisoformat, days), default=None)
    return first, dt.date.fromisoformat(spec["end"]) if spec.get("end") else None


@transaction.atomic
def draft(
    workspace: Workspace,
    by: User,
    *,
    title: str,
    themes: Sequence[str],
    spec: Mapping[str, Any],
    lists: Mapping[str, Any] | None = None,
    plan: int | None = None,
) -> Check:
    """Write a check down; it counts from when it is registered. `spec`: as in `spec.py`."""
    check = Check(workspace=workspace, made_by=by, plan=plan)
    _write(check, title, _themes(workspace, themes), spec, lists or {})
    check.save()
    record(workspace, by, "check.draft", check.pk, title=check.title)
    return check


def _write(check: Check, title: str, themes: list[str], spec: Mapping[str, Any], lists: Mapping[str, Any]) -> None:
    if len(lists) > MOST_LISTED:
        raise Refused(_("A list holds at most %(n)s customers.") % {"n": MOST_LISTED})
    check.title, check.themes = _title(title), themes
    check.lists = dict(lists)
    check.spec = {**spec, "themes": themes, "lists": specs.digest(check.lists) if lists else ""}
    check.starts, check.ends = _dates(spec, lists)


def _complete(check: Check) -> None:
    """Raises Refused where something is missing that a verdict needs."""
    spec = check.spec
    if check.starts is None:
        raise Refused(_("Nobody gets the fix in this check: mark who gets it, and from which day on."))
    if check.ends is None:
        raise Refused(_("Give the last day that counts."))
    if check.ends <= check.starts + dt.timedelta(days=int(spec.get("soak") or 0)):
        raise Refused(_("The last day lies before the fix has settled: leave time after the start and the soak."))
    if not float(spec.get("margin") or 0) > 0:
        raise Refused(_("Give the smallest change that matters: without it nothing could be called unchanged."))
    if not str(spec.get("failure", "")).strip():
        raise Refused(_("Write down what would count as failure."))
    if not str(spec.get("how", "")).strip():
        raise Refused(_("Write down how you know who got the fix."))
    if spec["design"] != "its" and spec.get("known") != "list" and not spec.get("comparison"):
        raise Refused(_("This design compares with units that do not get the fix: mark them."))
    if spec["metric"] == "measurement" and not spec.get("series"):
        raise Refused(_("Choose the measurement."))


@transaction.atomic
def register(workspace: Workspace, pk: int, by: User) -> Check:
    """Put a draft under seal. Refused from the day of the first start on, and where comments from then are here."""
    check = held(workspace, pk)
    if broken(check):
        raise Refused(_("The seal of this check is broken: register a new one."))
    _complete(check)
    after = advance(check, Action.REGISTER, today=today(), start=check.starts, sealed=bool(check.seal))
    _no_data_yet(check)
    check.state = after
    _seal(check, by)
    _keep(check, Kind.REGISTERED, by, after=_as_registered(check))
    record(workspace, by, "check.register", check.pk, seal=check.seal, start=str(check.starts), end=str(check.ends))
    notices.registered(check)
    return check


def _no_data_yet(check: Check) -> None:
    snapshot = current(check.workspace)
    last = snapshot.overview.last_day if snapshot else None
    if last and check.starts and last >= check.starts:
        facts = {"day": last, "start": check.starts}
        raise Refused(
            _("Comments up to %(day)s are here already, and the fix starts on %(start)s: it is too late to predict.")
            % facts
        )


def _seal(check: Check, by: User) -> None:
    check.registered, check.registered_by = timezone.now().replace(microsecond=0), by.email
    check.seal = specs.seal(check.spec, check.lists, check.registered, check.registered_by)
    check.save()


def _as_registered(check: Check) -> dict[str, Any]:
    """What is kept of a registration; the customers of a list by their digest, which `spec` holds."""
    when = check.registered.isoformat() if check.registered else ""
    return {"title": check.title, "spec": check.spec, "registered": when, "by": check.registered_by}


def _keep(check: Check, kind: str, by: User | None, *, reason: str = "", **more: Any) -> CheckChange:
    name = by.email if by else "system"
    return CheckChange.objects.create(
        workspace=check.workspace,
        check_of=check,
        kind=kind,
        by=by,
        by_name=name,
        reason=reason,
        seal=check.seal,
        **more,
    )


@transaction.atomic
def update(
    workspace: Workspace,
    pk: int,
    by: User,
    *,
    title: str,
    themes: Sequence[str],
    spec: Mapping[str, Any],
    lists: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Check:
    """Change a check. A draft: as it is. Registered, before the start: registered anew, and the change is kept. After
    the start: with a reason, the change is kept, and the verdict will be "cannot tell"."""
    check = held(workspace, pk)
    before = _as_registered(check)
    started = check.state in (State.RUNNING, State.DUE) or (check.starts is not None and check.starts <= today())
    if check.state != State.DRAFT:
        reason = reason_of(reason)
    state = advance(check, Action.CHANGE, reason=reason)
    _write(check, title, _themes(workspace, themes), spec, lists if lists is not None else check.lists)
    after = _as_registered(check)
    if check.state == State.DRAFT:
        check.save()
        record(workspace, by, "check.draft", check.pk, title=check.title)
        return check
    if after == before:
        raise Refused(_("Nothing was changed."))
    _complete(check)
    check.state = state
    if started:
        check.save()
        kept = _keep(check, Kind.CHANGED, by, reason=reason, before=before, after=after)
        notices.changed(check, kept.pk)
        record(workspace, by, "check.change", check.pk, reason=reason, seal=check.seal)
        return check
    advance(check, Action.REGISTER, today=today(), start=check.starts)
    _no_data_yet(check)
    _seal(check, by)
    _keep(check, Kind.RESEALED, by, reason=reason, before=before, after=_as_registered(check))
    record(workspace, by, "check.reseal", check.pk, reason=reason, seal=check.seal)
    return check


@transaction.atomic
def withdraw(workspace: Workspace, pk: int, reason: str, by: User) -> Check:
    """Give a check up, with a reason; it stays to be seen."""
    check = held(workspace, pk)
    reason = reason_of(reason)
    check.state = advance(check, Action.WITHDRAW, reason=reason)
    check.save(update_fields=["state"])
    _keep(check, Kind.VOID, by, reason=reason, before=_as_registered(check))
    record(workspace, by, "check.withdraw", check.pk, reason=reason)
    return check


@transaction.atomic
def repeat(workspace: Workspace, pk: int, reason: str, end: dt.date, by: User) -> Check:
    """Run a judged check again, to a later last day: the earlier verdict stays, and so does the rest of what was
    registered; the new end is kept as a change, under a new seal."""
    check = held(workspace, pk)
    reason = reason_of(reason)
    before = _as_registered(check)
    state = advance(check, Action.REPEAT, reason=reason)
    if CheckChange.objects.filter(check_of=check, kind=Kind.REPEATED).exists():  # two looks at 2.5 % each side are 5 %
        raise Refused(_("A check runs again once: with each further look, chance alone would look like success."))
    snapshot = current(workspace)
    last = snapshot.overview.last_day if snapshot else None
    if check.ends is None or end <= check.ends or end <= today() or (last and end <= last):
        raise Refused(_("The new last day lies in the future: what is known already cannot be predicted."))
    if broken(check):
        raise Refused(_("The seal of this check is broken: register a new one."))
    check.state, check.ends = state, end
    check.spec = {**check.spec, "end": end.isoformat()}
    check.seal = specs.seal(check.spec, check.lists, check.registered or timezone.now(), check.registered_by)
    check.save()
    _keep(check, Kind.REPEATED, by, reason=reason, before=before, after=_as_registered(check))
    record(workspace, by, "check.repeat", check.pk, reason=reason, end=str(end), seal=check.seal)
    return check


@transaction.atomic
def note_contamination(workspace: Workspace, pk: int, by: User, *, unit: str, day: dt.date, reason: str) -> None:
    """Write down that a comparison unit got the fix after all. It can only make the verdict weaker, so it breaks no
    seal."""
    check = held(workspace, pk)
    if check.state not in (State.REGISTERED, State.RUNNING, State.DUE):
        raise Refused(_("Only a check that is under way takes notes."))
    if unit not in check.spec.get("comparison", ()) and check.spec.get("known") != "list":
        raise Refused(_("This is not one of the units that are compared with."))
    reason = reason_of(reason)
    _keep(check, Kind.NOTED, by, reason=reason, after={"unit": unit[:200], "day": day.isoformat()})
    record(workspace, by, "check.note", check.pk, unit=unit[:200], day=str(day), reason=reason)


_SEALS = (Kind.REGISTERED, Kind.RESEALED, Kind.REPEATED)


def sealed(check: Check) -> bool:
    """Whether what stands in the row is what was registered, by the row itself and by the record nobody can change."""
    if not check.registered or not check.seal or broken(check):
        return False
    return not CheckChange.objects.filter(check_of=check, kind=Kind.CHANGED).exists()


def broken(check: Check) -> bool:
    """Whether the row differs from what was kept when it was registered: it was altered behind our back, or changed
    after the start."""
    if not check.registered:
        return False
    kept = CheckChange.objects.filter(check_of=check, kind__in=_SEALS).last()
    try:
        found = specs.seal(check.spec, check.lists, check.registered, check.registered_by)
        listed = specs.digest(check.lists) if check.lists else ""
        return kept is None or not (found == check.seal == kept.seal and listed == check.spec.get("lists", ""))
    except (AttributeError, TypeError, ValueError):  # not even of the shape that was registered
        return True


def usable(check: Check) -> dict[str, Any]:
    """The spec to read a check by: its own, or what was kept of it where it was altered so that nothing can be read."""
    spec: dict[str, Any] = check.spec
    if {"metric", "design", "end"} <= spec.keys():
        return spec
    kept = CheckChange.objects.filter(check_of=check, kind__in=_SEALS).last()
    return dict(kept.after.get("spec") or spec) if kept else spec


def last_verdict(check: Check) -> VerdictRow | None:
    return VerdictRow.objects.filter(check_of=check, interim=False).first()
