"""What changes plans: each function one transaction, with its audit row and its follow-up work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.verdicts import Outcome
from balm.mitigate import plan as machine
from balm.mitigate.raci import Member, Role
from balm.mitigate.refused import Refused as Code
from balm.web.painpoints.models import Activity, PainPoint
from balm.web.people.audit import record
from balm.web.people.models import Team, User, Workspace
from balm.web.plans import notices
from balm.web.plans.models import Loop, Plan, PlanEvent, PlanPain, PlanRole
from balm.web.plans.refusals import Refused, worded

Action, State = machine.Action, Plan.State

LONGEST_TITLE, LONGEST_TEXT, LONGEST_REASON = 200, 4_000, 500
MOST_PAINS = 20
MOST_ROLES = 40
LARGEST_COST = Decimal("1e11")


@dataclass(frozen=True)
class Draft:
    """What a person fills in. `cost` in `currency`; `expected_effect`: relative, −0.5 halves the pain."""

    title: str
    kind: str
    themes: tuple[str, ...]
    hypothesis: str = ""
    starts: dt.date | None = None
    ends: dt.date | None = None
    cost: Decimal | None = None
    currency: str = "CNY"
    expected: str = ""
    expected_effect: float | None = None
    loop: int | None = None
    playbook: str = ""


def line_of(text: str, longest: int, *, needed: str = "") -> str:
    """One line of text within bounds. Raises Refused with `needed` where it is empty and must not be."""
    text = " ".join(text.replace("\0", " ").split())
    if needed and not text:
        raise Refused(needed)
    if len(text) > longest:
        raise Refused(_("Keep it under %(n)s characters: “%(start)s…”") % {"n": longest, "start": text[:40]})
    return text


def text_of(text: str) -> str:
    """Some lines of text within bounds."""
    text = text.replace("\0", " ").replace("\r\n", "\n").strip()
    if len(text) > LONGEST_TEXT:
        raise Refused(_("Keep it under %(n)s characters: “%(start)s…”") % {"n": LONGEST_TEXT, "start": text[:40]})
    return text


def held(workspace: Workspace, number: int) -> Plan:
    """The plan, held until the transaction ends."""
    found = Plan.objects.select_for_update().filter(workspace=workspace, number=number).first()
    if found is None:
        raise Refused(_("This plan is not there any more. Load the page again."))
    return found


def tell(plan: Plan, kind: str, by: User | None, text: str = "", **detail: Any) -> None:
    """A line of the plan's history."""
    PlanEvent.objects.create(plan=plan, kind=kind, text=text, detail=detail, by=by)


def _fields(workspace: Workspace, draft: Draft) -> dict[str, Any]:
    if draft.kind not in Plan.Kind.values:
        raise Refused(_("Choose the kind of the plan."))
    if draft.starts and draft.ends and draft.ends < draft.starts:
        raise Refused(_("The plan ends before it starts."))
    if draft.cost is not None and not 0 <= draft.cost < LARGEST_COST:
        raise Refused(_("The cost is a number from 0 up."))
    if len(draft.currency) != 3 or not draft.currency.isascii() or not draft.currency.isalpha():
        raise Refused(_("A currency has three letters, such as CNY, TWD or USD."))
    if draft.expected_effect is not None and not -1 <= draft.expected_effect <= 10:
        raise Refused(_("The expected effect is between −100% and +1000%."))
    loop = Loop.objects.filter(workspace=workspace, pk=draft.loop).first() if draft.loop else None
    if draft.loop and loop is None:
        raise Refused(_("This loop does not belong to the workspace."))
    return {
        "title": line_of(draft.title, LONGEST_TITLE, needed=_("Give the plan a name.")),
        "kind": draft.kind,
        "hypothesis": text_of(draft.hypothesis),
        "starts": draft.starts,
        "ends": draft.ends,
        "cost": draft.cost,
        "currency": draft.currency.upper(),
        "expected": line_of(draft.expected, LONGEST_REASON),
        "expected_effect": draft.expected_effect,
        "loop": loop,
        "playbook": draft.playbook[:60],
    }


def _pains(workspace: Workspace, themes: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(themes))
    if not wanted or len(wanted) > MOST_PAINS:
        raise Refused(_("Choose 1 to %(n)s pain points that the plan is about.") % {"n": MOST_PAINS})
    there = set(PainPoint.objects.filter(workspace=workspace, theme__in=wanted).values_list("theme", flat=True))
    if set(wanted) - there:
        raise Refused(_("One of these pain points is not there any more. Load the page again."))
    return wanted


@transaction.atomic
def create(workspace: Workspace, draft: Draft, by: User) -> Plan:
    """Make a draft of a plan. Who makes it is not thereby accountable for it."""
    fields, themes = _fields(workspace, draft), _pains(workspace, draft.themes)
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # numbers are given one after the other
    last = Plan.objects.filter(workspace=workspace).aggregate(last=Max("number"))["last"] or 0
    plan = Plan.objects.create(workspace=workspace, number=last + 1, by=by, **fields)
    PlanPain.objects.bulk_create(PlanPain(plan=plan, theme=theme) for theme in themes)
    tell(plan, "made", by)
    _to_pains(plan, by, "made")
    record(workspace, by, "plan.make", plan.number, title=plan.title, themes=themes)
    return plan


@transaction.atomic
def update(workspace: Workspace, number: int, draft: Draft, by: User) -> Plan:
    """Change what a plan says. What its check has sealed stays in the check; here the history keeps what it was."""
    plan = held(workspace, number)
    if plan.state not in (State.DRAFT, State.READY, State.RUNNING, State.PAUSED):
        raise Refused(_("The fix has landed or the plan has ended: what it said stays as it was."))
    fields, themes = _fields(workspace, draft), _pains(workspace, draft.themes)
    was = {name: getattr(plan, name) for name in fields}
    changed = {name: [_plain(was[name]), _plain(value)] for name, value in fields.items() if was[name] != value}
    had = list(plan.pains.values_list("theme", flat=True))
    if set(had) != set(themes):
        if plan.state != State.DRAFT:
            raise Refused(
                _("Which pains a plan is about can change only while it is a draft: its check is about them.")
            )
        changed["themes"] = [had, themes]
        plan.pains.all().delete()
        PlanPain.objects.bulk_create(PlanPain(plan=plan, theme=theme) for theme in themes)
    if changed:
        for name, value in fields.items():
            setattr(plan, name, value)
        plan.save()
        tell(plan, "changed", by, changed=changed)
        record(workspace, by, "plan.change", number, changed=changed)
    return plan


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


@transaction.atomic
def assign(workspace: Workspace, number: int, roles: Sequence[Mapping[str, Any]], by: User) -> Plan:
    """Say who does what: [{"part", "user" or "team"}], all at once. One person can be accountable, and no team."""
    plan = held(workspace, number)
    if plan.state == State.DROPPED:
        raise Refused(_("This plan was dropped: make a new one."))
    if len(roles) > MOST_ROLES:
        raise Refused(_("A plan has at most %(n)s roles.") % {"n": MOST_ROLES})
    rows = [_role(plan, role) for role in roles]
    seen = {(row.part, row.user_id, row.team_id) for row in rows}
    if len(seen) < len(rows):
        raise Refused(_("Somebody has one role twice."))
    accountable = [row for row in rows if row.part == PlanRole.Part.ACCOUNTABLE]
    if len(accountable) > 1:
        facts = {"n": len(accountable), "who": ", ".join(str(row.user) for row in accountable)}
        raise worded(Code("raci.several_accountable", facts))
    if plan.state not in (State.DRAFT, State.READY) and not accountable:
        raise worded(Code("raci.no_accountable"))
    before = [str(row.user or row.team) + f" ({row.part})" for row in plan.roles.select_related("user", "team")]
    plan.roles.all().delete()
    PlanRole.objects.bulk_create(rows)
    after = [str(row.user or row.team) + f" ({row.part})" for row in rows]
    if sorted(before) != sorted(after):
        tell(plan, "roles", by, before=before, after=after)
        record(workspace, by, "plan.roles", number, before=before, after=after)
    return plan


def _role(plan: Plan, said: Mapping[str, Any]) -> PlanRole:
    part, user, team = str(said.get("part", "")), said.get("user"), said.get("team")
    person = User.objects.filter(pk=user, memberships__workspace=plan.workspace).first() if user else None
    group = Team.objects.filter(pk=team, workspace=plan.workspace).first() if team else None
    if part not in PlanRole.Part.values or bool(person) == bool(group):
        raise Refused(_("This person or team does not belong to the workspace."))
    if part == PlanRole.Part.ACCOUNTABLE and group:
        raise Refused(_("A person is accountable, not a team."))
    return PlanRole(plan=plan, part=part, user=person, team=group)


def members(plan: Plan) -> list[Member]:
    """Its roles as the library asks for them."""
    rows = plan.roles.select_related("user", "team")
    return [Member(Role(row.part), (row.user_id, row.team_id), str(row.user or row.team)) for row in rows]


@transaction.atomic
def step(workspace: Workspace, number: int, action: str, by: User, *, reason: str = "") -> Plan:
    """Take a step: prepare, revise, start, pause, resume, land, check_again or drop. Judging is the check's alone."""
    plan = held(workspace, number)
    if action == Action.JUDGE:
        raise Refused(_("Only the verdict of its check ends a plan."))
    reason = line_of(reason, LONGEST_REASON)
    _move(plan, action, by, roles=members(plan), check=check_state(plan), reason=reason)
    record(workspace, by, "plan.step", number, step=action, to=plan.state, **({"reason": reason} if reason else {}))
    if action == Action.START:
        notices.tell(plan, "plan.started", by)
    if action == Action.LAND:
        notices.tell(plan, "plan.landed", by)
    return plan


def _move(plan: Plan, action: str, by: User | None, **facts: Any) -> None:
    was = plan.state
    try:
        plan.state = machine.advance(was, action, **facts).value
    except Code as refused:
        raise worded(refused) from None
    now = timezone.now()
    if plan.state == State.RUNNING and plan.started is None:
        plan.started = now
    if action == Action.LAND:
        plan.landed = now
    plan.ended = now if plan.state in (State.PROVEN, State.FAILED, State.UNDECIDED, State.DROPPED) else None
    plan.save()
    tell(plan, "state", by, str(facts.get("reason", "")), **{"from": was, "to": plan.state})
    _to_pains(plan, by, "state")


def _to_pains(plan: Plan, by: User | None, what: str) -> None:
    """A line in the history of each pain point."""
    themes = list(plan.pains.values_list("theme", flat=True))
    detail = {"number": plan.number, "title": plan.title, "state": plan.state, "what": what}
    rows = PainPoint.objects.filter(workspace=plan.workspace, theme__in=themes)
    Activity.objects.bulk_create(Activity(painpoint=row, kind="plan", detail=detail, by=by) for row in rows)


def check_state(plan: Plan) -> str:
    """The state of the plan's newest check that was not withdrawn, "" without one."""
    from balm.web.experiments.models import Check

    found = Check.objects.filter(workspace=plan.workspace, plan=plan.number).exclude(state=Check.State.VOID)
    return found.order_by("-created", "-pk").values_list("state", flat=True).first() or ""


@transaction.atomic
def ended(workspace: Workspace, number: int, outcome: Outcome | str) -> Plan | None:
    """The verdict of its check ends a plan that has landed; called by what judges. A plan that is still running has
    landed with its check's start: the exposed have the fix. None where the plan cannot be ended by a verdict."""
    plan = Plan.objects.select_for_update().filter(workspace=workspace, number=number).first()
    if plan is None:
        return None
    if plan.state in (State.RUNNING, State.PAUSED):
        if plan.state == State.PAUSED:
            _move(plan, Action.RESUME, None)
        _move(plan, Action.LAND, None)
    if plan.state in (State.PROVEN, State.FAILED, State.UNDECIDED):
        _move(plan, Action.CHECK_AGAIN, None, reason=_("The check was judged again."))
    if plan.state != State.LANDED:
        return None
    _move(plan, Action.JUDGE, None, outcome=str(Outcome(outcome).value))
    record(workspace, None, "plan.ended", number, outcome=str(Outcome(outcome).value), to=plan.state)
    notices.tell(plan, "plan.ended", None)
    return plan


@transaction.atomic
def spend(workspace: Workspace, number: int, spent: Decimal, by: User) -> None:
    """Say what the plan has cost up to now; the ledger counts this rather than the estimate."""
    plan = held(workspace, number)
    if not 0 <= spent < LARGEST_COST:
        raise Refused(_("The cost is a number from 0 up."))
    was, plan.spent = plan.spent, spent.quantize(Decimal("0.01"))
    plan.save(update_fields=["spent"])
    tell(plan, "spent", by, **{"from": str(was) if was is not None else "", "to": str(plan.spent)})
    record(workspace, by, "plan.spend", number, spent=str(plan.spent))


@transaction.atomic
def note(workspace: Workspace, number: int, text: str, by: User) -> None:
    """Write a note. The audit trail says that there is one, not what it says."""
    text = text_of(text)
    if not text:
        raise Refused(_("The note is empty."))
    plan = held(workspace, number)
    tell(plan, "note", by, text)
    record(workspace, by, "plan.note", number)


def missing(plan: Plan) -> list[str]:
    """What stands between the plan and its next step, in words."""
    found: list[str] = []
    if plan.state in (State.DRAFT, State.READY):
        try:
            machine.advance(State.READY, Action.START, roles=members(plan), check="registered")
        except Code as refused:
            found.append(str(worded(refused)))
        if check_state(plan) in ("", "draft"):
            found.append(str(worded(Code("plan.no_check"))))
    return found


def onward(plan: Plan) -> str:
    """What comes next for a plan that lacks nothing, in words; "" for one that has ended."""
    if plan.state == State.READY:
        return _("Everything is there: start the plan.")
    if plan.state == State.RUNNING:
        return _("Do the tasks. Once customers have the fix, say that it has landed.")
    if plan.state == State.LANDED:
        return _("Wait for the verdict of the check: nothing else ends the plan.")
    return _("Mark the plan ready, then start it.") if plan.state == State.DRAFT else ""
