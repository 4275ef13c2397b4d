"""What others are told about cases: channels that listen, and the people whose case it is, in three languages.

No customer's key and no words of hers leave Balm this way: the message has the number and a link.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from balm.core.types import LANGUAGES, Labels
from balm.mitigate import clock
from balm.web.cases import desk
from balm.web.cases.models import Alarm, Case
from balm.web.people.models import Membership, Role, User, Workspace

_TEXTS: dict[str, tuple[str, str]] = {
    "case.opened": (
        gettext_noop("Case %(number)s was opened: %(about)s"),
        gettext_noop("Case %(number)s (%(priority)s) was opened: %(about)s. First contact until %(first)s.\n%(link)s"),
    ),
    "case.opened.many": (
        gettext_noop("%(n)s cases were opened"),
        gettext_noop("New comments opened %(n)s cases.\n%(link)s"),
    ),
    "case.assigned": (
        gettext_noop("Case %(number)s is yours: %(about)s"),
        gettext_noop("Case %(number)s (%(priority)s) was given to you: %(about)s. Promised until %(due)s.\n%(link)s"),
    ),
    "case.at_risk": (
        gettext_noop("Case %(number)s: little time is left"),
        gettext_noop("Case %(number)s, %(about)s: promised until %(due)s.\n%(link)s"),
    ),
    "case.overdue": (
        gettext_noop("Case %(number)s is overdue"),
        gettext_noop("Case %(number)s, %(about)s: it was promised until %(due)s.\n%(link)s"),
    ),
    "case.escalated": (
        gettext_noop("Case %(number)s was escalated"),
        gettext_noop("Case %(number)s, %(about)s, was escalated. Promised until %(due)s.\n%(link)s"),
    ),
    "case.reopened": (
        gettext_noop("Case %(number)s: the customer is still dissatisfied"),
        gettext_noop("Case %(number)s, %(about)s, was opened again. First contact until %(first)s.\n%(link)s"),
    ),
    "case.closed": (
        gettext_noop("Case %(number)s was closed"),
        gettext_noop("Case %(number)s, %(about)s, was closed: %(outcome)s.\n%(link)s"),
    ),
}
_NOTHING = gettext_noop("something else")


def told(case: Case, event: str, key: str, people: Collection[User] = (), by: User | None = None) -> None:
    """Tell the channels that listen to `event`, and these people, but not the one who did it."""
    from balm.web.deliveries.services import notify

    payload = {"case": case.number, "priority": case.priority, "state": case.state, "team": str(case.team or "")}
    subject, text = _said(event, _facts(case))
    notify(case.workspace, event, subject, text, payload, key)
    to(case, event, key, people, by)


def to(case: Case, event: str, key: str, people: Collection[User], by: User | None = None) -> None:
    """Tell these people alone, each once, but not the one who did it."""
    from balm.web.deliveries.services import tell_user

    subject, text = _said(event, _facts(case))
    for user in {user.pk: user for user in people if user != by}.values():
        tell_user(case.workspace, user, key=f"{key}@{user.pk}", subject=subject, text=text, event=event, by=by)


def opened(case: Case, by: User | None = None) -> None:
    told(case, "case.opened", f"case.opened:{case.number}", whose(case), by)


def many(workspace: Workspace, cases: Sequence[Case], key: str) -> None:
    """One message for all that a look at new comments opened: to the channels, and to each whose cases they are."""
    from balm.web.deliveries.services import notify, tell_user

    if not cases:
        return
    subject, text = _said("case.opened.many", {"n": str(len(cases)), "link": _link(workspace, "cases:queue")})
    notify(workspace, "case.opened", subject, text, {"cases": [case.number for case in cases]}, key)
    found: dict[int, list[User | int]] = {}
    for case in cases:
        for user in whose(case):
            found.setdefault(user.pk, [user, 0])[1] += 1  # type: ignore[operator]
    for pk, (user, n) in found.items():
        subject, text = _said("case.opened.many", {"n": str(n), "link": _link(workspace, "cases:mine")})
        tell_user(workspace, user, key=f"{key}@{pk}", subject=subject, text=text, event="case.opened")  # type: ignore[arg-type]


def alarm(case: Case, row: Alarm, found: clock.Clock) -> None:
    """What the clock says: to the owner that time runs out, to the channels that it has, to whom a step names."""
    what, _sep, rest = row.name.partition(":")
    key = f"case.{what}:{rest}:{case.number}:{row.run}"
    if what == "at_risk":
        to(case, "case.at_risk", key, [case.owner] if case.owner else [])
    elif what == "overdue":
        told(case, "case.overdue", key, whose(case))
    else:
        told(case, "case.escalated", key, named(case, next(s.to for s in found.levels if level(s) == row.name)))


def level(step: clock.Level) -> str:
    """The name of a step's alarm. By what the step says, not by its place: steps of the two promises may be reached
    in any order, and a policy may get another one in between."""
    return f"level:{step.of}:{step.share:g}:{step.after:g}:{step.to}"[:30]


def whose(case: Case) -> list[User]:
    """Its owner; without one its team, and without a team who leads the workspace."""
    if case.owner is not None:
        return [case.owner] if _members(case.workspace).filter(user=case.owner).exists() else leads(case)
    if case.team_id:
        found = _members(case.workspace).filter(team=case.team_id).exclude(role=Role.VIEWER)
        return [row.user for row in found] or leads(case)
    return leads(case)


def leads(case: Case) -> list[User]:
    """Managers of its team; without one, all who lead the workspace."""
    rows = _members(case.workspace).filter(role__in=(Role.OWNER, Role.MANAGER))
    own = [row.user for row in rows.filter(team=case.team_id)] if case.team_id else []
    return own or [row.user for row in rows]


def named(case: Case, who: str) -> list[User]:
    """Whom a step of the escalation goes to."""
    if who == desk.OWNER:
        return whose(case)
    if who == desk.MANAGERS:
        rows = _members(case.workspace).filter(role__in=(Role.OWNER, Role.MANAGER))
        return [row.user for row in rows]
    return leads(case)


def about(case: Case) -> Labels:
    """What a case is about: its first theme, in each language."""
    from balm.web.codebook.selectors import edited

    theme = case.themes.first()
    entry = edited(case.workspace).entries.get(theme.theme) if theme else None
    if entry is not None and entry.labels:
        return dict(entry.labels)
    if theme is not None:
        from balm.web.painpoints.figures import current

        snapshot = current(case.workspace)
        if snapshot and theme.theme in snapshot.theme:
            return snapshot.labels(theme.theme)
    found: Labels = {}
    for language in LANGUAGES:
        with override(language.lower()):
            found[language] = _(_NOTHING)
    return found


def _members(workspace: Workspace) -> Any:
    return Membership.objects.filter(workspace=workspace, user__is_active=True).select_related("user")


def _link(workspace: Workspace, name: str, *more: Any) -> str:
    from balm.web.deliveries.sealed import absolute

    try:
        path = reverse(name, args=[workspace.slug, *more])
    except NoReverseMatch:
        return ""
    return absolute(path) or path


def _facts(case: Case) -> dict[str, Any]:
    calendar = desk.calendar_of(case.workspace)

    def local(when: dt.datetime | None) -> str:
        return f"{calendar.local(when):%Y-%m-%d %H:%M}" if when else "–"

    return {
        "number": str(case.number),
        "about": about(case),
        "priority": case.get_priority_display,
        "outcome": lambda: case.get_outcome_display() or "–",
        "first": local(case.first_due),
        "due": local(case.due or case.solve_due or case.first_due),
        "link": _link(case.workspace, "cases:one", case.number),
    }


def _said(event: str, facts: dict[str, Any]) -> tuple[Labels, Labels]:
    subject: Labels = {}
    text: Labels = {}
    for language in LANGUAGES:
        with override(language.lower()):
            filled = {
                key: str(value()) if callable(value) else value.get(language, "") if isinstance(value, dict) else value
                for key, value in facts.items()
            }
            subject[language], text[language] = (_(part) % filled for part in _TEXTS[event])
    return subject, text
