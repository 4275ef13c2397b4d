"""Tags of the pages of cases: steps and history in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.web.cases.models import Case, CaseEvent
from balm.web.cases.selectors import calendar_of

register = template.Library()

_ALARMS: dict[str, Any] = {
    "at_risk:first": gettext_lazy("Little time is left for the first contact."),
    "at_risk:solve": gettext_lazy("Little time is left for the solution."),
    "overdue:first": gettext_lazy("The first contact is overdue."),
    "overdue:solve": gettext_lazy("The solution is overdue."),
}

_SAID: dict[str, Any] = {
    "yes": gettext_lazy("The customer says: solved."),
    "partly": gettext_lazy("The customer says: partly solved."),
    "no": gettext_lazy("The customer says: not solved."),
}

_DONE: dict[str, Any] = {
    "assign": gettext_lazy("Given"),
    "pass_on": gettext_lazy("Passed on"),
    "attempt": gettext_lazy("Tried to reach the customer"),
    "contact": gettext_lazy("Contact with the customer"),
    "wait": gettext_lazy("Waits"),
    "resume": gettext_lazy("Goes on"),
    "solve": gettext_lazy("Solved"),
    "close": gettext_lazy("Closed"),
    "reopen": gettext_lazy("Opened again"),
    "escalate": gettext_lazy("Escalated"),
    "cancel": gettext_lazy("Found not to be a case"),
}


@register.filter
def plain(number: int) -> str:
    """A number for machines and for names: without separators."""
    return str(number)


Detail = dict[str, Any]


def _owner(detail: Detail) -> str:
    if not detail.get("to"):
        return _("Nobody has it now; before: %(who)s") % {"who": detail.get("from")}
    return _("It is with %(who)s") % {"who": detail["to"]}


def _opened(detail: Detail) -> str:
    sources = dict(Case.Source.choices)
    return _("Opened: %(source)s") % {"source": sources.get(detail.get("source"), "–")}


def _priority(detail: Detail) -> str:
    names = dict(Case.Priority.choices)
    return _("Priority: %(name)s") % {"name": names.get(detail.get("to"), "–")}


_LINES: dict[str, Callable[[Detail], Any]] = {
    "state": lambda d: _DONE.get(d.get("action", ""), d.get("action", "")),
    "owner": _owner,
    "team": _owner,
    "alarm": lambda d: _ALARMS.get(d.get("alarm", "")) or _("Escalated by the clock."),
    "opened": _opened,
    "joined": lambda d: _("Another complaint joined: “%(quote)s”") % {"quote": str(d.get("quote", ""))[:160]},
    "answer": lambda d: _SAID.get(d.get("said", ""), "–"),
    "asked": lambda d: _("The customer was asked whether it is solved."),
    "priority": _priority,
}


@register.simple_tag
def event_line(event: CaseEvent) -> str:
    """One line of a case's history, without its free text."""
    told = _LINES.get(event.kind)
    return str(told(event.detail or {})) if told else _("Note")


@register.simple_tag(takes_context=True)
def office_time(context: Any, when: dt.datetime | None) -> str:
    """A moment on the clock of the office."""
    if when is None:
        return "–"
    request = context["request"]
    calendar = getattr(request, "_office_calendar", None)
    if calendar is None:
        calendar = request._office_calendar = calendar_of(request.workspace)
    return f"{calendar.local(when):%Y-%m-%d %H:%M}"


@register.inclusion_tag("cases/parts/of_customer.html", takes_context=True)
def customer_cases(context: Any, customer: str) -> dict[str, Any]:
    """The cases of one person, for her page; nothing where there are none."""
    from balm.web.cases.lines import lines
    from balm.web.cases.selectors import of_customer

    workspace = context["workspace"]
    return {"lines": lines(workspace, of_customer(workspace, customer)), "workspace": workspace}
