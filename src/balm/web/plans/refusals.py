"""Why a step of a plan or a loop is refused, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.mitigate.refused import Refused as Code

WORDS: dict[str, Any] = {
    "plan.not_ready": gettext_lazy("The plan is a draft: give it its roles and mark it ready first."),
    "plan.ready": gettext_lazy("The plan is already marked ready."),
    "plan.running": gettext_lazy("The plan is running."),
    "plan.not_running": gettext_lazy("The plan is not running."),
    "plan.paused": gettext_lazy("The plan is paused: resume it first."),
    "plan.not_paused": gettext_lazy("The plan is not paused."),
    "plan.landed": gettext_lazy("The fix has landed: only the verdict of the check ends the plan now."),
    "plan.not_landed": gettext_lazy("The fix has not landed yet, so no verdict on it counts."),
    "plan.judged": gettext_lazy("The check of this plan has given its verdict: check again, or make a new plan."),
    "plan.not_judged": gettext_lazy("There is no verdict yet, so there is nothing to check again."),
    "plan.dropped": gettext_lazy("This plan was dropped: make a new one."),
    "plan.no_check": gettext_lazy("A plan starts only with a registered check: register how you will know it worked."),
    "plan.check_over": gettext_lazy("The check of this plan is over: register a new one before the plan starts."),
    "raci.no_accountable": gettext_lazy("Name the one person who is accountable."),
    "raci.several_accountable": gettext_lazy("Exactly one person is accountable; there are %(n)s: %(who)s."),
    "raci.no_responsible": gettext_lazy("Name at least one person or team that is responsible for the work."),
    "raci.twice": gettext_lazy("%(who)s has one role twice."),
    "office.no_lead": gettext_lazy("A task force is led by one of its members."),
    "office.one_department": gettext_lazy("A task force has people of at least two departments."),
    "missing": gettext_lazy("Give a reason: whoever reads it in a year must know why."),
}


class Refused(Exception):
    """What was asked cannot be done; the text tells the person why and what to do."""


def worded(refused: Code) -> Refused:
    """A refusal of the library's state machine, as a person reads it."""
    found = WORDS.get(refused.code)
    return Refused(found % refused.facts if found else _("This cannot be done now: %(why)s") % {"why": refused})
