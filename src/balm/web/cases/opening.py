"""Opening a case: whose it is, whether it joins one that is open, and that no comment opens it twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils import timezone

from balm.mitigate import case as machine
from balm.mitigate import routing
from balm.web.cases import clocks, desk, notices
from balm.web.cases.models import Case, CaseComment, CaseEvent, CaseTheme, Desk, Macro, Policy, Rule
from balm.web.deliveries.persons import known
from balm.web.people.audit import record
from balm.web.people.doors import RIGHTS
from balm.web.people.models import Membership, Team, User, Workspace

Source, State, Family = Case.Source, Case.State, CaseComment.Family

MOST_THEMES = 10
FAMILY = {Source.HAND: Family.HAND, Source.ASKED: Family.ASKED, Source.REOPENED: Family.ASKED}
"""Source → the reason it counts as; rules, low scores and urgent words are one."""
OPEN = [state.value for state in machine.OPEN]
_ORDER = {name: i for i, name in enumerate(("low", "normal", "high", "urgent"))}


@dataclass(frozen=True)
class Route:
    """Whose a case becomes. `why`: what the page shows of it, plain JSON."""

    team: Team | None = None
    owner: User | None = None
    policy: Policy | None = None
    macro: Macro | None = None
    priority: str = ""
    why: dict[str, Any] = field(default_factory=dict)


def rules_of(workspace: Workspace) -> list[Rule]:
    """Rules in use, in the order they are read."""
    return list(Rule.objects.filter(workspace=workspace, active=True))


def as_library(rows: Sequence[Rule]) -> tuple[routing.Rule, ...]:
    return routing.from_json([{"name": row.name, "when": row.when, "then": row.then} for row in rows])


def route(workspace: Workspace, facts: routing.Facts) -> Route:
    """What the first rule that fits says. What it names and is not there any more is left out."""
    rows = rules_of(workspace)
    found = routing.route(facts, as_library(rows))
    if not found.number:
        return Route()
    row, then = rows[found.number - 1], found.then
    why = {"rule": row.pk, "name": row.name, "found": [[w.condition, list(w.found)] for w in found.why]}
    owner = User.objects.filter(pk=_number(then.owner), memberships__workspace=workspace, is_active=True).first()
    return Route(
        team=Team.objects.filter(workspace=workspace, pk=_number(then.team)).first(),
        owner=owner,
        policy=Policy.objects.filter(workspace=workspace, pk=_number(then.policy)).first(),
        macro=Macro.objects.filter(workspace=workspace, pk=_number(then.macro)).first(),
        priority=then.priority,
        why=why,
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 12 else 0


def one_of(team: Team, give: str) -> User | None:
    """Who of a team gets the next case; None where the team takes them itself, or nobody in it works on cases."""
    if give == Desk.Give.NOBODY:
        return None
    works = Membership.objects.filter(team=team, user__is_active=True, role__in=RIGHTS["case", "work"])
    mine = Q(user__cases__workspace=team.workspace_id)
    rows = works.annotate(
        load=Count("user__cases", filter=mine & Q(user__cases__state__in=OPEN)),
        newest=Max("user__cases__opened", filter=mine),
    )
    turn = F("newest").asc(nulls_first=True)
    order = (turn, "pk") if give == Desk.Give.TURN else ("load", turn, "pk")
    found = rows.order_by(*order).select_related("user").first()
    return found.user if found else None


@transaction.atomic
def open_case(
    workspace: Workspace,
    *,
    source: str,
    customer: str = "",
    feedback_id: str = "",
    themes: Sequence[str] = (),
    quote: str = "",
    kind: str = "",
    target: str = "",
    attributes: Mapping[str, str] | None = None,
    language: str = "",
    score: float | None = None,
    priority: str = "",
    team: Team | None = None,
    owner: User | None = None,
    facts: routing.Facts | None = None,
    why: Mapping[str, Any] | None = None,
    text: str = "",
    by: User | None = None,
    tell: bool = True,
    now: dt.datetime | None = None,
) -> Case:
    """A case about what one customer said, or the one it belongs to.

    The same comment opens at most one case for one reason. While the customer (with all her merged keys) has an open
    case about one of `themes`, what came now joins it. `facts`: what the rules are asked about, by default what is
    given here; `team`, `owner` and `priority` stand above them. `text`: a note for whoever gets it. `tell`: tell the
    owner, the team and the channels.
    """
    now = now or timezone.now()
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # numbers are given one after the other
    family = FAMILY.get(Source(source), Family.RULES)
    if feedback_id:
        same = CaseComment.objects.filter(workspace=workspace, feedback_id=feedback_id, family=family)
        if before := same.select_related("case").first():
            return before.case
    persons = known(workspace, [customer]) if customer else None
    person = persons.person(customer)[:200] if persons else ""
    themes = list(dict.fromkeys(themes))[:MOST_THEMES]
    keys = persons.keys(person) if persons else []
    if joined := _open_one(workspace, keys, themes, feedback_id):
        said = {"feedback_id": feedback_id, "quote": quote, "priority": priority, "text": text}
        return _join(joined, family, by=by, now=now, **said)
    facts = facts or _facts(themes, attributes, kind=kind, target=target, language=language, score=score)
    given = route(workspace, facts)
    team = team or (None if owner else given.team)
    owner = owner or given.owner or (one_of(team, desk.of(workspace).give) if team else None)
    last = Case.objects.filter(workspace=workspace).aggregate(last=Max("number"))["last"] or 0
    state = machine.advance(State.NEW, machine.Action.ASSIGN, owner=owner or team) if owner or team else State.NEW
    case = Case.objects.create(
        workspace=workspace,
        number=last + 1,
        customer=person,
        feedback_id=feedback_id,
        quote=quote[:2_000].replace("\0", " "),
        kind=kind[:20],
        target=target[:20],
        attributes={str(k)[:60]: str(v)[:200] for k, v in list((attributes or {}).items())[:20]},
        language=language if language in ("zh-Hans", "zh-Hant", "en") else "en",
        score=score,
        source=source,
        why={**(why or {}), **({"routed": given.why} if given.why else {})},
        priority=priority or given.priority or Case.Priority.NORMAL,
        state=str(state),
        team=team,
        owner=owner,
        policy=given.policy,
        macro=given.macro,
        opened=now,
        began=now,
    )
    CaseTheme.objects.bulk_create(CaseTheme(case=case, theme=theme, place=i) for i, theme in enumerate(themes))
    if feedback_id:
        CaseComment.objects.create(workspace=workspace, case=case, feedback_id=feedback_id, family=family)
    CaseEvent.objects.create(case=case, kind="opened", text=text, detail={"source": source}, by=by, created=now)
    record(workspace, by, "case.open", case.number, source=source, themes=themes, owner=str(owner or team or ""))
    clocks.settle(case, now)
    if tell:
        notices.opened(case, by)
    return case


def _facts(
    themes: Sequence[str],
    attributes: Mapping[str, str] | None,
    *,
    kind: str,
    target: str,
    language: str,
    score: float | None,
) -> routing.Facts:
    def one(value: str) -> frozenset[str]:
        return frozenset((value,) if value else ())

    return routing.Facts(
        theme=frozenset(themes),
        kind=one(kind),
        target=one(target),
        language=one(language),
        score=score,
        attribute=dict(attributes or {}),
    )


def _open_one(workspace: Workspace, keys: Sequence[str], themes: Sequence[str], feedback_id: str) -> Case | None:
    """The open case that a complaint belongs to: of the same person about the same, or of the same comment."""
    rows = Case.objects.select_for_update(of=("self",)).filter(workspace=workspace, state__in=OPEN).order_by("number")
    if feedback_id and (found := rows.filter(feedback_id=feedback_id).first()):
        return found
    if not keys:
        return None
    rows = rows.filter(customer__in=list(keys))
    if not themes:
        return rows.filter(themes=None).first()
    own = CaseTheme.objects.filter(case__workspace=workspace, theme__in=list(themes)).values("case")
    return rows.filter(pk__in=own).first()


def _join(
    case: Case,
    family: str,
    *,
    feedback_id: str,
    quote: str,
    priority: str,
    text: str,
    by: User | None,
    now: dt.datetime,
) -> Case:
    """A second complaint: the case knows of it, and becomes as pressing as the more pressing of the two."""
    there = bool(feedback_id) and case.comments.filter(feedback_id=feedback_id).exists()
    if feedback_id:
        CaseComment.objects.create(workspace=case.workspace, case=case, feedback_id=feedback_id, family=family)
    raised = bool(priority) and _ORDER[priority] > _ORDER[case.priority]
    if there and not raised and not text:
        return case
    detail: dict[str, Any] = {"feedback": feedback_id, "quote": quote[:500].replace("\0", " ")}
    if raised:
        detail["priority"] = [case.priority, priority]
        case.priority = priority
    CaseEvent.objects.create(case=case, kind="joined", text=text, detail=detail, by=by, created=now)
    record(case.workspace, by, "case.join", case.number, **({"priority": priority} if raised else {}))
    clocks.settle(case, now)
    if raised:
        notices.told(case, "case.opened", f"case.raised:{case.number}:{priority}", notices.whose(case), by)
    return case
