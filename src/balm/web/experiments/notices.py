"""What others are told about checks: channels that listen, in three languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop

from balm.communicate.messages import same
from balm.core.types import Estimate, Labels
from balm.web.customers.selectors import in_all
from balm.web.experiments import told, voice
from balm.web.experiments.models import Check, VerdictRow
from balm.web.people.models import User

_SUBJECTS = {
    "check.registered": gettext_noop("A check was registered: %(title)s"),
    "check.changed": gettext_noop("A check was changed after its start: %(title)s"),
    "verdict.given": gettext_noop("Verdict on %(about)s"),
    "pain.resolved": gettext_noop("A pain point is closed: %(about)s"),
    "pain.regressed": gettext_noop("A pain point came back: %(about)s"),
}
_TEXTS = {
    "check.registered": gettext_noop("%(title)s, about %(about)s: judged when the comments reach %(end)s. %(link)s"),
    "check.changed": gettext_noop("%(title)s was changed after its start; its verdict will be “cannot tell”. %(link)s"),
    "verdict.given": gettext_noop("%(sentence)s %(link)s"),
    "pain.resolved": gettext_noop("%(about)s is closed by the check “%(title)s”. %(link)s"),
    "pain.regressed": gettext_noop(
        "%(about)s had been closed by the check “%(title)s”. Among those who have the fix it came back: from %(first)s "
        "to %(last)s its level was %(level)s. It is open again, with its history: %(link)s"
    ),
}


def _send(check: Check, event: str, key: str, *people: User, **facts: Labels | str) -> None:
    from balm.web.deliveries.sealed import absolute
    from balm.web.deliveries.services import notify, tell_user

    address = told.address(check)
    given: dict[str, Any] = {
        "about": voice.about_of(check),
        "title": check.title,
        "link": absolute(address) or address,
        "end": str(check.ends or ""),
        **facts,
    }
    payload = {"check": check.pk, "themes": check.themes, "plan": check.plan, "outcome": check.outcome}
    subject, text = _filled(_SUBJECTS[event], given), _filled(_TEXTS[event], given)
    key = f"{event}:{check.pk}:{key}"
    notify(check.workspace, event, subject, text, payload, key)
    for user in people:
        tell_user(check.workspace, user, key=f"{key}@{user.pk}", subject=subject, text=text, event=event)


def _filled(text: str, facts: dict[str, Any]) -> Labels:
    labels = {name: value if isinstance(value, dict) else same(str(value)) for name, value in facts.items()}
    return {
        language: words % {name: value.get(language, "") for name, value in labels.items()}
        for language, words in in_all(text).items()
    }


def registered(check: Check) -> None:
    _send(check, "check.registered", check.seal[:12])


def changed(check: Check, change: int) -> None:
    _send(check, "check.changed", str(change))


def judged(check: Check, row: VerdictRow) -> None:
    _send(check, "verdict.given", str(row.pk), sentence=told.sentence(row))


def resolved(check: Check) -> None:
    _send(check, "pain.resolved", str(check.resolved))


def regressed(check: Check, level: Estimate, look: int, days: tuple[dt.date, dt.date]) -> None:
    first, last = map(str, days)
    _send(check, "pain.regressed", str(look), *_owners(check), first=first, last=last, level=told.level(check, level))


def _owners(check: Check) -> list[User]:
    """Who owns the pains of a check, and who is accountable for its plan: they are told whatever channels there are."""
    pains = Q(owned__workspace=check.workspace, owned__theme__in=check.themes)
    plan = Q(
        plan_roles__plan__workspace=check.workspace,
        plan_roles__plan__number=check.plan or 0,
        plan_roles__part="accountable",
    )
    members = User.objects.filter(is_active=True, memberships__workspace=check.workspace)
    return list(members.filter(pk__in=User.objects.filter(pains | plan).values("pk")).order_by("pk"))
