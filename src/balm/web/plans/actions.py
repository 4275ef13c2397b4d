"""What the actions of plans are called in the audit trail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "loop.change": _("Changed a loop"),
    "loop.indicator": _("Gave a loop an indicator"),
    "loop.indicator_drop": _("Took an indicator off a loop"),
    "loop.make": _("Made a loop"),
    "loop.measure": _("Wrote an indicator down"),
    "loop.minutes": _("Changed the minutes of a review"),
    "loop.rest": _("Let a loop rest, or took it up again"),
    "loop.review_hold": _("Held a review"),
    "loop.review_open": _("A review came due"),
    "office.appoint": _("Gave a team a duty of the office"),
    "office.relieve": _("Took a duty of the office from a team"),
    "plan.change": _("Changed a plan"),
    "plan.ended": _("A verdict ended a plan"),
    "plan.make": _("Made a plan"),
    "plan.note": _("Wrote a note to a plan"),
    "plan.order": _("Moved a plan on the board"),
    "plan.roles": _("Changed who does what in a plan"),
    "plan.spend": _("Wrote down what a plan cost"),
    "plan.step": _("Took a step in a plan"),
    "plan.task_add": _("Added a task"),
    "plan.task_change": _("Changed a task"),
    "plan.task_state": _("Moved a task"),
    "plan.task_verify": _("Found a task right"),
}

KINDS: dict[str, Any] = {"loop": _("Loops"), "office": _("Office"), "plan": _("Plans")}
