"""From a registered check to its verdict, and from the verdict to the pain point."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.types import to_json
from balm.core.verdicts import Assumption, Outcome, Verdict
from balm.mitigate.refused import Refused as Code
from balm.web.experiments import notices, reading, told, voice
from balm.web.experiments.models import Check, CheckChange, Measurement, Series, VerdictRow
from balm.web.experiments.refusals import Refused, worded
from balm.web.experiments.services import Action, Kind, State, advance, broken, held, reason_of, today, usable
from balm.web.jobs.services import enqueue
from balm.web.painpoints import verdicts
from balm.web.painpoints.figures import current
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace
from balm.web.site.paths import workspace_dir

JUDGE = "judge"

GRACE = dt.timedelta(days=14)
"""How long after its last day a check waits for data to reach that day, before it is judged with what there is."""

_SPOILED = 0.01
"""Share of the customers compared who were found on both sides, from which on the comparison is not clean."""


def source_of(workspace: Workspace, spec: dict[str, Any]) -> reading.Source:
    """Where the numbers of a check come from, as of now."""
    if spec.get("metric") == "measurement":
        series = Series.objects.filter(workspace=workspace, name=spec.get("series", "")).first()
        rows = Measurement.objects.filter(series=series).values_list("unit", "day", "total", "n", "squares")
        return reading.Source(rows=list(rows), kind=series.kind if series else "share")
    from balm.web.feedback.selectors import decisions

    snapshot = current(workspace)
    pins: dict[str, int | None] = {}
    if snapshot:
        pins = {"feedback": snapshot.row.feedback_version, "mentions": snapshot.row.mentions_version}
    return reading.Source(str(workspace_dir(workspace)), pins, decisions(workspace))


def ask_for(workspace: Workspace, check: Check, by: User | None = None, *, interim: bool = False) -> None:
    """Have a check read, soon; asked for many times while one waits is asked for once."""
    key = f"{JUDGE}:{check.pk}:{'look' if interim else 'end'}"
    enqueue(workspace, JUDGE, {"check": check.pk, "interim": interim}, key=key, asked_by=by)


@transaction.atomic
def look(workspace: Workspace, pk: int, by: User) -> None:
    """Look now, by hand. Before the end that is an interim look: it is kept and decides nothing."""
    check = held(workspace, pk)
    if check.state not in (State.RUNNING, State.DUE):
        advance(check, Action.JUDGE, outcome="x", sealed=True)  # says why not
        raise Refused(_("There is nothing to look at now."))
    ask_for(workspace, check, by, interim=not ready(check))
    record(workspace, by, "check.look", check.pk)


def last_day(check: Check) -> dt.date | None:
    """The last day that the check's data reach, as far as it is known without reading them."""
    if check.spec.get("metric") == "measurement":
        rows = Measurement.objects.filter(series__workspace=check.workspace, series__name=check.spec.get("series"))
        return rows.order_by("-day").values_list("day", flat=True).first()
    snapshot = current(check.workspace)
    return snapshot.overview.last_day if snapshot else None


def ready(check: Check) -> bool:
    """Whether the verdict can be read: the last day is over, and the data reach it or have had time to."""
    if check.state != State.DUE or check.ends is None:
        return False
    last = last_day(check)
    return last is not None and (last >= check.ends or today() > check.ends + GRACE)


@transaction.atomic
def keep(check: Check, found: reading.Read, data: dict[str, Any], *, interim: bool, by: User | None) -> VerdictRow:
    """Keep what was found; unless it is interim, the check is judged, and what follows from it follows."""
    check = held(check.workspace, check.pk)
    interim = interim or check.state != State.DUE
    verdict = weighed(check, found)
    row = VerdictRow.objects.create(
        workspace=check.workspace,
        check_of=check,
        interim=interim,
        outcome=verdict.outcome.value,
        verdict=to_json(verdict),
        data={
            **data,
            **reading.plain(found),
            "seal": check.seal,
            "spec": usable(check),
            "start": str(check.starts or ""),
            "what": told.what_of(usable(check), voice.about_of(check)),
        },
        last_day=found.last,
        by=by,
        by_name=by.email if by else "system",
    )
    record(check.workspace, by, "check.judge", check.pk, outcome=row.outcome, interim=interim, verdict=row.pk)
    if not interim:
        whole = not any(a.name == "sealed" and a.ok is False for a in verdict.assumptions)
        check.state = advance(check, Action.JUDGE, outcome=row.outcome, sealed=whole)
        check.outcome, check.judged = row.outcome, timezone.now()
        check.save(update_fields=["state", "outcome", "judged"])
        notices.judged(check, row)
        _plan_ended(check, verdict.outcome)
        settle(check)
    return row


def weighed(check: Check, found: reading.Read) -> Verdict:
    """The library's verdict, with what only the application knows: whether the seal holds, whether it was registered
    before, and whether the comparison got the fix too. What fails of these makes it "cannot tell"."""
    verdict = found.verdict
    assert verdict is not None
    ours = (*_registered(check), *_contaminated(check, found))
    names = {a.name for a in ours}
    given = (*ours, *(a for a in verdict.assumptions if a.name not in names))
    failed = tuple(a.name for a in ours if a.fatal and a.ok is False)
    if not failed:
        return dataclasses.replace(verdict, assumptions=given)
    because = failed if verdict.outcome != Outcome.CANNOT_TELL else (*failed, *verdict.because)
    return dataclasses.replace(verdict, outcome=Outcome.CANNOT_TELL, because=because, assumptions=given)


def _registered(check: Check) -> tuple[Assumption, Assumption]:
    on = timezone.localdate(check.registered) if check.registered else None
    before = on is not None and check.starts is not None and on < check.starts
    changed = CheckChange.objects.filter(check_of=check, kind=Kind.CHANGED)
    altered, first = broken(check) and not changed.exists(), changed.first()
    facts = {
        "changed": timezone.localdate(first.created).isoformat() if first else "",
        "changes": changed.count(),
        "altered": altered,
        "seal": check.seal[:12],
    }
    return (
        Assumption("registered_before", before, {"registered": str(on or ""), "start": str(check.starts)}, fatal=True),
        Assumption("sealed", not altered and first is None, facts, fatal=True),
    )


def _contaminated(check: Check, found: reading.Read) -> tuple[Assumption, ...]:
    notes = [note.after for note in CheckChange.objects.filter(check_of=check, kind=Kind.NOTED)]
    reached = [n for n in notes if check.ends is None or n["day"] <= check.ends.isoformat()]
    compared = sum(side == "comparison" for side, _day in check.lists.values())
    spoiled = found.both > _SPOILED * max(compared, 1)
    if not reached and not spoiled:
        return ()
    units = sorted({n["unit"] for n in reached})
    facts = {"units": units, "unit": units[0] if units else "", "both": found.both}
    return (Assumption("comparison_clean", False, facts, fatal=True),)


# what follows


@transaction.atomic
def settle(check: Check, by: User | None = None, reason: str = "") -> bool:
    """Close the pains of a judged check where verdict and voice allow it. Without enough answers it stays open, unless
    a person (`by`) closes it with a reason. True where it was closed. Called again with each answer."""
    if check.outcome != Outcome.GONE or check.resolved or check.state != State.JUDGED:
        return False
    said = voice.of(check)
    if said.word != "agrees" and by is None:
        return False
    try:
        closed = verdicts.resolve(
            check.workspace,
            check.themes,
            outcome=check.outcome,
            voice=said.word,
            share=said.share,
            by=by,
            reason=reason,
            check=check.pk,
        )
    except Code as refused:
        if by is None:
            return False
        raise worded(refused) from None
    check.resolved = timezone.now()
    check.regressed = None
    check.save(update_fields=["resolved", "regressed"])
    record(check.workspace, by, "check.close", check.pk, themes=closed, voice=said.word, reason=reason)
    notices.resolved(check)
    return True


@transaction.atomic
def close(workspace: Workspace, pk: int, reason: str, by: User) -> None:
    """Close the pain of a check whose verdict is "gone" though too few customers have answered: with a reason, and
    never against them."""
    check = held(workspace, pk)
    if check.outcome != Outcome.GONE:
        raise worded(Code("pain.not_gone", {"outcome": check.outcome}))
    if check.resolved:
        raise Refused(_("It is closed already."))
    reason = reason_of(reason)
    if not settle(check, by, reason):
        raise Refused(_("It cannot be closed now."))
    said = voice.of(check)
    after = {"voice": said.word, "asked": said.asked, "yes": said.yes, "partly": said.partly, "no": said.no}
    CheckChange.objects.create(
        workspace=workspace,
        check_of=check,
        kind=Kind.CLOSED,
        by=by,
        by_name=by.email,
        reason=reason,
        seal=check.seal,
        after=after,
    )


def _plan_ended(check: Check, outcome: Outcome) -> None:
    """Tell the plan, if there is one, how its check came out."""
    if check.plan is None:
        return
    from balm.web.plans.services import ended

    ended(check.workspace, check.plan, outcome)


# by the clock


def turn(now: dt.datetime) -> int:
    """Checks whose first day has come run; those whose last day is over are due, and judged as soon as the data are
    there. Called every minute; several at once do it once."""
    day, done = timezone.localdate(now), 0
    for was, field, action in (
        (State.REGISTERED, "starts__lte", Action.BEGIN),
        (State.RUNNING, "ends__lt", Action.END),
    ):
        for pk in Check.objects.filter(state=was, **{field: day}).values_list("pk", flat=True)[:200]:
            done += _step(pk, was, action, day)
    for check in Check.objects.filter(state=State.DUE).select_related("workspace")[:200]:
        if ready(check) and not _waits(check):
            ask_for(check.workspace, check)
            done += 1
    return done


def _step(pk: int, was: str, action: Any, day: dt.date) -> int:
    with transaction.atomic():
        check = Check.objects.select_for_update().select_related("workspace").filter(pk=pk, state=was).first()
        if check is None:
            return 0
        check.state = advance(check, action, today=day, start=check.starts, end=check.ends)
        check.save(update_fields=["state"])
        record(check.workspace, "clock", "check.step", check.pk, to=check.state)
    return 1


def _waits(check: Check) -> bool:
    """Whether its verdict is asked for, or could not be read: a person then asks again."""
    from balm.web.jobs.models import Job

    return (
        Job.objects.filter(workspace=check.workspace, kind=JUDGE, payload__check=check.pk)
        .exclude(payload__interim=True)
        .exclude(state=Job.State.DONE)
        .exists()
    )
