"""Why a step is refused, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.mitigate.refused import Refused as Code

WORDS: dict[str, Any] = {
    "check.draft": gettext_lazy("The check is a draft: register it first."),
    "check.sealed": gettext_lazy("The check is registered as it stands; nothing was changed since."),
    "check.started": gettext_lazy(
        "The first fix starts on %(start)s, and a check is registered before that day. Move the start, or note the fix "
        "as one that cannot be proved."
    ),
    "check.not_started": gettext_lazy("The fix starts on %(start)s; until then there is nothing to measure."),
    "check.not_begun": gettext_lazy("The fix has not started yet; there is nothing to measure."),
    "check.running": gettext_lazy("The check is running."),
    "check.early": gettext_lazy("The check is still running: a look before its end decides nothing."),
    "check.not_ended": gettext_lazy("The check ends on %(end)s; a verdict before that would be peeking."),
    "check.due": gettext_lazy("The check has ended and waits for its verdict."),
    "check.judged": gettext_lazy("The check has its verdict; it can run again, but a verdict is not withdrawn."),
    "check.not_judged": gettext_lazy("There is no verdict yet, so there is nothing to run again."),
    "check.void": gettext_lazy("This check was withdrawn: register a new one."),
    "check.seal_broken": gettext_lazy("The seal is broken: the verdict can only be “cannot tell”."),
    "pain.not_gone": gettext_lazy("Only the verdict “gone” closes a pain point."),
    "pain.voice": gettext_lazy(
        "The customers who were asked do not agree that it is gone: %(share)s of %(n)s say that it is solved for them."
    ),
    "missing": gettext_lazy("Give a reason: whoever reads it in a year must know why."),
}


class Refused(Exception):
    """What was asked cannot be done; the text tells the person why and what to do."""


def worded(refused: Code) -> Refused:
    """A refusal of the library's state machine, as a person reads it."""
    found = WORDS.get(refused.code)
    return Refused(found % refused.facts if found else _("This cannot be done now: %(why)s") % {"why": refused})
