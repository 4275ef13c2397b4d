"""Tags of the pages of plans: steps, history, indicators in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.communicate import numbers
from balm.core.types import Estimate
from balm.web.plans.indicators import unit_of
from balm.web.plans.models import Indicator, Loop, Plan, PlanEvent
from balm.web.site.language import pick
from balm.web.site.templatetags.balm import estimate

register = template.Library()

_STEPS = {
    "prepare": gettext_lazy("Mark it ready"),
    "revise": gettext_lazy("Back to draft"),
    "start": gettext_lazy("Start"),
    "pause": gettext_lazy("Pause"),
    "resume": gettext_lazy("Go on"),
    "land": gettext_lazy("The fix has landed"),
    "drop": gettext_lazy("Drop the plan"),
}

_EVENTS = {
    "made": gettext_lazy("The plan was made."),
    "changed": gettext_lazy("The plan was changed."),
    "roles": gettext_lazy("Who does what was changed."),
}

_TASKS = {
    "added": gettext_lazy("Task added: %(title)s"),
    "changed": gettext_lazy("Task changed: %(title)s"),
    "open": gettext_lazy("Task opened again: %(title)s"),
    "doing": gettext_lazy("Task begun: %(title)s"),
    "done": gettext_lazy("Task done: %(title)s"),
    "dropped": gettext_lazy("Task dropped: %(title)s"),
    "verified": gettext_lazy("Found right: %(title)s"),
}


_RHYTHM = {
    Loop.Unit.DAY: (gettext_lazy("every day"), gettext_lazy("every %(n)s days")),
    Loop.Unit.WEEK: (gettext_lazy("every week"), gettext_lazy("every %(n)s weeks")),
    Loop.Unit.MONTH: (gettext_lazy("every month"), gettext_lazy("every %(n)s months")),
}


@register.filter
def step_name(action: str) -> Any:
    return _STEPS.get(str(action), action)


@register.filter
def unlocalized(number: int) -> str:
    """A number for machines: without separators."""
    return str(number)


@register.simple_tag
def event_words(event: PlanEvent) -> str:
    """One line of a plan's history."""
    names = dict(Plan.State.choices)
    if event.kind == "state":
        was, now = (names.get(event.detail.get(key), event.detail.get(key)) for key in ("from", "to"))
        told = _("State: %(was)s → %(now)s") % {"was": was, "now": now}
        return f"{told} – {event.text}" if event.text else told
    if event.kind == "task":
        return str(_TASKS.get(event.detail.get("what", ""), "%(title)s")) % {"title": event.text}
    if event.kind == "spent":
        return _("Spent: %(was)s → %(now)s") % {
            "was": event.detail.get("from") or "–",
            "now": event.detail.get("to"),
        }
    return event.text if event.kind == "note" else str(_EVENTS.get(event.kind, event.kind))


@register.simple_tag
def rhythm(loop: Loop) -> str:
    """“every 2 weeks”."""
    once, often = _RHYTHM[loop.unit]
    return str(once) if loop.every == 1 else str(often) % {"n": loop.every}


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """48,000.50 CNY; whole amounts without decimals."""
    whole = amount == amount.to_integral_value()
    return f"{amount:,.0f} {currency}" if whole else f"{amount:,.2f} {currency}"


@register.simple_tag
def indicator_value(row: Indicator, e: Estimate) -> SafeString | str:
    """A figure with its interval and n; one that was written down stands alone."""
    return estimate(e, *unit_of(row.source)) if row.source else numbers.number(e.value or 0.0)


@register.simple_tag
def indicator_target(row: Indicator) -> str:
    unit, digits = unit_of(row.source)
    return numbers.value(Estimate(row.target, None, None, 0, ""), unit, digits)


@register.simple_tag
def kept_value(row: dict[str, Any]) -> str:
    """What an indicator was when the review came."""
    kept = row.get("estimate")
    if not kept or kept.get("value") is None:
        return _("not measured yet")
    e = Estimate(kept["value"], kept["low"], kept["high"], kept["n"], kept["method"])
    told = pick(numbers.estimate(e, _unit(row)))
    return f"{told}, n = {e.n:,}" if e.n else told


@register.simple_tag
def kept_target(row: dict[str, Any]) -> str:
    return numbers.value(Estimate(row["target"], None, None, 0, ""), _unit(row))


def _unit(row: dict[str, Any]) -> numbers.Unit:
    return unit_of(row.get("source", ""))[0]
