"""What changes cases: each function one transaction, with its line of history, its audit row and its follow-up work.

Every action goes through the state machine of `balm.mitigate.case`; what it refuses is worded in `refusals`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.mitigate import case as machine
from balm.mitigate.refused import Refused as Code
from balm.web.cases import clocks, lowscores, notices
from balm.web.cases.models import Case, CaseContact, CaseEvent, Pause
from balm.web.cases.opening import OPEN, open_case
from balm.web.cases.refusals import Refused, gone, line_of, text_of, worded
from balm.web.people.audit import record
from balm.web.people.doors import RIGHTS
from balm.web.people.models import Membership, Team, User, Workspace

__all__ = ["Refused", "open_case"]

Action, State = machine.Action, Case.State
Channel, Outcome = CaseContact.Channel, CaseContact.Outcome

LONGEST_REASON = 500
MOST_AT_ONCE = 200


def held(workspace: Workspace, number: int) -> Case:
    """The case, held until the transaction ends."""
    rows = Case.objects.select_for_update(of=("self",)).select_related("workspace", "owner", "team", "policy")
    found = rows.filter(workspace=workspace, number=number).first()
    if found is None:
        raise gone()
    return found


def member(workspace: Workspace, pk: int) -> User:
    """A member who may work on cases."""
    rows = Membership.objects.filter(workspace=workspace, user=pk, user__is_active=True)
    found = rows.filter(role__in=RIGHTS["case", "work"]).select_related("user").first()
    if found is None:
        raise Refused(_("This person does not work on cases in this workspace."))
    return found.user


def _move(case: Case, action: str, by: User | None, now: dt.datetime, text: str = "", **facts: Any) -> None:
    """Take a step and write it down; the caller saves the case with `clocks.settle`."""
    was = case.state
    try:
        case.state = machine.advance(was, action, **facts).value
    except Code as refused:
        raise worded(refused) from None
    if was == State.WAITING and case.state != State.WAITING:
        case.pauses.filter(ended=None).update(ended=now)
    tell(case, "state", by, text, action=str(action), **{"from": was, "to": case.state}, at=now)


def tell(case: Case, kind: str, by: User | None, text: str = "", at: dt.datetime | None = None, **detail: Any) -> None:
    """A line of the case's history."""
    CaseEvent.objects.create(case=case, kind=kind, text=text, detail=detail, by=by, created=at or timezone.now())


@transaction.atomic
def assign(workspace: Workspace, number: int, owner: int, by: User) -> Case:
    """Give a case to a member; it stays with its team."""
    now, case = timezone.now(), held(workspace, number)
    person = member(workspace, owner)
    if case.owner_id == person.pk and case.state != State.REOPENED:
        return case
    was, case.owner = case.owner, person
    _move(case, Action.ASSIGN, by, now, owner=person.pk)
    tell(case, "owner", by, **{"from": str(was or ""), "to": str(person)})
    clocks.settle(case, now)
    record(workspace, by, "case.assign", number, owner=str(person))
    notices.told(case, "case.assigned", f"case.assigned:{number}:{person.pk}:{now:%Y%m%d%H%M%S}", [person], by)
    return case


@transaction.atomic
def take(workspace: Workspace, number: int, by: User) -> Case | None:
    """Take one case that nobody has; None where somebody else was quicker. Two cannot both get it: the row changes
    hands in one statement that asks for what was seen."""
    now = timezone.now()
    person = member(workspace, by.pk)
    seen = Case.objects.filter(workspace=workspace, number=number).first()
    if seen is None:
        raise gone()
    if seen.owner_id is not None:
        return seen if seen.owner_id == person.pk else None
    try:
        state = machine.advance(seen.state, Action.ASSIGN, owner=person.pk).value
    except Code as refused:
        raise worded(refused) from None
    same = Case.objects.filter(pk=seen.pk, owner=None, state=seen.state)
    if not same.update(owner=person, state=state):
        return None
    case = held(workspace, number)
    tell(case, "owner", by, **{"from": "", "to": str(person), "state": [seen.state, state]})
    clocks.settle(case, now)
    record(workspace, by, "case.take", number)
    return case


def take_next(workspace: Workspace, by: User) -> Case | None:
    """Take the most pressing case that nobody has, of one's own team or of no team; None where there is none."""
    team = Membership.objects.filter(workspace=workspace, user=by).values_list("team", flat=True).first()
    rows = Case.objects.filter(workspace=workspace, owner=None, state__in=OPEN)
    rows = rows.filter(Q(team=None) | Q(team=team)) if team else rows
    while True:
        first = rows.order_by(F("due").asc(nulls_last=True), "number").values_list("number", flat=True)[:10]
        if not first:
            return None
        for number in list(first):
            if (case := take(workspace, number, by)) is not None:
                return case


@transaction.atomic
def release(workspace: Workspace, user: User) -> int:
    """Somebody has left the workspace: his open cases are free again, so that none is lost. How many."""
    now, n = timezone.now(), 0
    for number in Case.objects.filter(workspace=workspace, owner=user, state__in=OPEN).values_list("number", flat=True):
        case = held(workspace, number)
        case.owner = None
        tell(case, "owner", None, **{"from": str(user), "to": ""})
        clocks.settle(case, now)
        record(workspace, None, "case.release", number, owner=str(user))
        n += 1
    return n


@transaction.atomic
def pass_on(workspace: Workspace, number: int, team: int, by: User, note: str = "") -> Case:
    """Give a case to another team: whoever gets it there contacts the customer anew."""
    from balm.web.cases.desk import of
    from balm.web.cases.opening import one_of

    now, case = timezone.now(), held(workspace, number)
    group = Team.objects.filter(workspace=workspace, pk=team).first()
    if team and group is None:
        raise Refused(_("This team does not belong to the workspace."))
    was = str(case.team or "")
    _move(case, Action.PASS_ON, by, now, text_of(note), team=group and group.pk, from_team=case.team_id)
    case.team = group
    case.owner = one_of(group, of(workspace).give) if group else None
    tell(case, "team", by, **{"from": was, "to": str(group), "owner": str(case.owner or "")})
    clocks.settle(case, now)
    lowscores.worked(case, by, now)
    record(workspace, by, "case.pass_on", number, team=str(group), was=was)
    notices.told(case, "case.assigned", f"case.passed:{number}:{now:%Y%m%d%H%M%S}", notices.whose(case), by)
    return case


@transaction.atomic
def contact(
    workspace: Workspace,
    number: int,
    by: User,
    *,
    channel: str,
    outcome: str,
    direction: str = CaseContact.Direction.OUT,
    text: str = "",
    callback: dt.datetime | None = None,
    delivery: Any = None,
) -> Case:
    """Write down a contact with the customer, or a try. The first that reaches her keeps the first promise."""
    now, case = timezone.now(), held(workspace, number)
    if channel not in Channel.values or outcome not in Outcome.values:
        raise worded(Code("missing", {"needs": "channel"}))
    if direction not in CaseContact.Direction.values:
        direction = CaseContact.Direction.OUT
    missed = outcome == Outcome.NOT_REACHED
    _move(case, Action.ATTEMPT if missed else Action.CONTACT, by, now, channel=channel)
    CaseContact.objects.create(
        case=case,
        channel=channel,
        direction=direction,
        outcome=outcome,
        text=text_of(text),
        callback=callback,
        delivery=delivery,
        by=by,
        created=now,
    )
    if missed:
        case.attempts += 1
    elif case.contacted is None:
        case.contacted = now
    clocks.settle(case, now)
    lowscores.worked(case, by, now, "not_reached" if missed else "reached")
    record(workspace, by, "case.contact", number, channel=channel, outcome=outcome, to=case.state)
    return case


@transaction.atomic
def step(workspace: Workspace, number: int, action: str, by: User, *, reason: str = "") -> Case:
    """wait (its reason is shown, the clock pauses), resume, escalate, or cancel (it was not a case)."""
    now, case = timezone.now(), held(workspace, number)
    if action not in (Action.WAIT, Action.RESUME, Action.ESCALATE, Action.CANCEL):
        raise Refused(_("There is no such step."))
    reason = line_of(reason, LONGEST_REASON)
    _move(case, action, by, now, reason, reason=reason)
    if action == Action.WAIT:
        Pause.objects.create(case=case, began=now)
    if action == Action.ESCALATE:
        case.level += 1
    clocks.settle(case, now)
    if action != Action.ESCALATE:
        lowscores.worked(case, by, now)
    record(workspace, by, "case.step", number, step=action, to=case.state, **({"reason": reason} if reason else {}))
    if action == Action.ESCALATE:
        key = f"case.escalated:{number}:hand:{now:%Y%m%d%H%M%S}"
        notices.told(case, "case.escalated", key, notices.leads(case), by)
    return case


@transaction.atomic
def solve(workspace: Workspace, number: int, by: User, *, outcome: str, reason: str = "") -> Case:
    """What came of it, and what it was: a theme of the codebook, by default the first the case is about."""
    now, case = timezone.now(), held(workspace, number)
    if outcome not in Case.Outcome.values:
        raise Refused(_("Choose what came of it."))
    first = case.themes.first()
    if reason and not _in_codebook(workspace, reason):
        raise Refused(_("The reason is a theme of the codebook that is in use."))
    _move(case, Action.SOLVE, by, now)
    case.outcome, case.reason, case.solved = outcome, reason or (first.theme if first else ""), now
    clocks.settle(case, now)
    mended = outcome in (Case.Outcome.MENDED, Case.Outcome.EXPLAINED, Case.Outcome.COMPENSATED)
    lowscores.worked(case, by, now, "mended" if mended else "")
    record(workspace, by, "case.solve", number, outcome=outcome, reason=case.reason)
    return case


def _in_codebook(workspace: Workspace, theme: str) -> bool:
    from balm.web.codebook.selectors import edited

    entry = edited(workspace).entries.get(theme)
    return entry is not None and entry.state == "in use"


@transaction.atomic
def close(workspace: Workspace, number: int, by: User | None) -> Case:
    """Close a solved case and ask the customer whether it is."""
    case = held(workspace, number)
    _close(case, by, timezone.now())
    return case


def close_by_itself(case: Case, now: dt.datetime) -> None:
    """A solved case that nobody closed; inside the tick's transaction."""
    _close(case, None, now)


def _close(case: Case, by: User | None, now: dt.datetime) -> None:
    from balm.web.asks.services import ask

    _move(case, Action.CLOSE, by, now)
    case.closed = now
    clocks.settle(case, now)
    if case.customer:
        about = notices.about(case)
        row = ask(case.workspace, case.customer, "case", ref_of(case), about=about, language=case.language, by=by)
        tell(case, "asked", by, mail=row.delivery.state if row.delivery else "", at=now)
    record(case.workspace, by, "case.close", case.number, outcome=case.outcome)
    notices.told(case, "case.closed", f"case.closed:{ref_of(case)}", (), by)


def ref_of(case: Case) -> str:
    """What an ask of this case is filed under: its number; with the round once it was opened again."""
    return f"{case.number}.{case.reopened}" if case.reopened else str(case.number)


@transaction.atomic
def reopen(workspace: Workspace, number: int, by: User, *, reason: str) -> Case:
    """Open a case again, with its owner and its history; the clock begins anew."""
    case = held(workspace, number)
    _reopen(case, by, line_of(reason, LONGEST_REASON))
    return case


def _reopen(case: Case, by: User | None, reason: str) -> None:
    now = timezone.now()
    _move(case, Action.REOPEN, by, now, reason, reason=reason or ("" if by else "answer"))
    case.began, case.reopened = now, case.reopened + 1
    case.contacted = case.solved = case.closed = None
    case.outcome, case.level = "", 0
    clocks.settle(case, now)
    record(case.workspace, by or "customer", "case.reopen", case.number, round=case.reopened)
    notices.told(case, "case.reopened", f"case.reopened:{case.number}:{case.reopened}", notices.whose(case), by)


@transaction.atomic
def answered(workspace: Workspace, number: int, *, run: int, said: str, comment: str, key: str) -> Case | None:
    """A customer answered whether it is solved: "no" and "partly" open the case again. The same answer told again,
    or changed, is one line of the history; only the newest round of a case can open it. `key`: of the ask."""
    case = Case.objects.select_for_update(of=("self",)).filter(workspace=workspace, number=number).first()
    if case is None:
        return None
    line = case.events.filter(kind="answer", detail__ask=key).first()
    detail = {"ask": key, "said": said, **({"was": line.detail["said"]} if line else {})}
    if line:
        line.detail, line.text = detail, comment
        line.save(update_fields=["detail", "text"])
    else:
        tell(case, "answer", None, comment, **detail)
    if said in ("no", "partly") and run == case.reopened and case.state in (State.SOLVED, State.CLOSED):
        _reopen(case, None, "")
    return case


@transaction.atomic
def note(workspace: Workspace, number: int, text: str, by: User) -> Case:
    """Write something down for the colleagues."""
    case, text = held(workspace, number), text_of(text)
    if not text:
        raise Refused(_("The note is empty."))
    tell(case, "note", by, text)
    record(workspace, by, "case.note", number)
    return case


@transaction.atomic
def set_priority(workspace: Workspace, number: int, priority: str, by: User) -> Case:
    """Change how pressing a case is; its promises move with it."""
    case = held(workspace, number)
    if priority not in Case.Priority.values:
        raise Refused(_("There is no such priority."))
    if case.priority != priority:
        tell(case, "priority", by, **{"from": case.priority, "to": priority})
        was, case.priority = case.priority, priority
        clocks.settle(case, timezone.now())
        record(workspace, by, "case.priority", number, was=was, to=priority)
    return case


@transaction.atomic
def reply(workspace: Workspace, number: int, by: User, *, subject: str, text: str, token: str) -> Case:
    """Answer the customer by mail, in the language she is known to read. `token`: of the form, so that it is sent once.

    It counts as a contact where it goes out, and as a try where she cannot be written to; the log says which.
    """
    from balm.web.deliveries.models import Delivery
    from balm.web.deliveries.services import mail

    case = held(workspace, number)
    if not case.customer:
        raise Refused(_("It is not known which customer this is, so nobody can be written to."))
    subject = line_of(subject, 200, needed=_("Give the mail a subject."))
    text = text_of(text)
    if not text:
        raise Refused(_("The mail is empty."))
    key = f"case:{number}:reply:{line_of(token, 60)}"
    if Delivery.objects.filter(workspace=workspace, key=key).exists():  # the form was sent twice
        return case
    sent = mail(
        workspace,
        key=key,
        customer=case.customer,
        subject=subject,
        text=text,
        language=case.language,
        purpose="reply",
        about=f"case:{number}",
        by=by,
    )
    outcome = Outcome.NOT_REACHED if sent.state == Delivery.State.SKIPPED else Outcome.REACHED
    return contact(
        workspace, number, by, channel=Channel.MAIL, outcome=outcome, text=f"{subject}\n\n{text}", delivery=sent
    )


@transaction.atomic
def assign_many(workspace: Workspace, numbers: list[int], owner: int, by: User) -> tuple[int, int]:
    """Give several cases to a member: how many, and how many could not be (they are solved or closed)."""
    if len(numbers) > MOST_AT_ONCE:
        raise Refused(_("Choose at most %(n)s cases at once.") % {"n": MOST_AT_ONCE})
    member(workspace, owner)
    done = refused = 0
    for number in sorted(set(numbers)):
        try:
            with transaction.atomic():
                assign(workspace, number, owner, by)
            done += 1
        except Refused:
            refused += 1
    return done, refused
