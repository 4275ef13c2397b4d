"""What can happen that a channel may listen to, in one place. An app adds its own with `add`, from its `apps.py`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

EVENTS: dict[str, Any] = {
    "case.opened": _("A case was opened"),
    "case.assigned": _("A case was given to somebody"),
    "case.overdue": _("A case is overdue"),
    "case.escalated": _("A case was escalated"),
    "case.reopened": _("A customer is still dissatisfied"),
    "case.closed": _("A case was closed"),
    "plan.started": _("A plan was started"),
    "plan.landed": _("A fix has landed"),
    "plan.ended": _("A plan was ended by its check"),
    "check.registered": _("A check was registered"),
    "check.changed": _("A check was changed after it was sealed"),
    "verdict.given": _("A verdict was given"),
    "pain.resolved": _("A pain point was resolved"),
    "pain.regressed": _("A pain point came back"),
    "review.due": _("A review is due"),
    "import.done": _("An import finished"),
    "delivery.dead": _("A message could not be delivered"),
}
"""Name → what it is called."""

TEST = "balm.test"
"""The event of the button that tries a channel."""


def add(name: str, label: Any) -> None:
    """Let channels listen to one more event. `name`: lower case with a dot, as in `EVENTS`."""
    EVENTS[name] = label


def label(name: str) -> Any:
    """What an event is called; its name where nobody has said."""
    return _("A try of this channel") if name == TEST else EVENTS.get(name, name)
