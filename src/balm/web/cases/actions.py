"""What the actions of cases are called in the audit trail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "case.assign": _("Gave a case to somebody"),
    "case.close": _("Closed a case"),
    "case.contact": _("Wrote down a contact with a customer"),
    "case.desk": _("Changed how cases are opened and given"),
    "case.hours": _("Changed the office hours"),
    "case.join": _("A complaint joined a case"),
    "case.look_again": _("Had comments looked at again"),
    "case.macro": _("Saved a macro"),
    "case.macro_remove": _("Removed a macro"),
    "case.note": _("Wrote a note to a case"),
    "case.open": _("Opened a case"),
    "case.pass_on": _("Passed a case on"),
    "case.policy": _("Saved service times"),
    "case.policy_remove": _("Removed service times"),
    "case.priority": _("Changed the priority of a case"),
    "case.read": _("Read low scores"),
    "case.release": _("A case is free again: its owner left"),
    "case.reopen": _("Opened a case again"),
    "case.rule": _("Saved a rule of cases"),
    "case.rule_move": _("Moved a rule of cases"),
    "case.rule_remove": _("Removed a rule of cases"),
    "case.solve": _("Solved a case"),
    "case.step": _("Took a step in a case"),
    "case.take": _("Took a case"),
}

KINDS: dict[str, Any] = {"case": _("Cases")}
