"""Why something cannot be done with a case, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from balm.mitigate.refused import Refused as Code

_OVER = gettext_lazy("This case is closed or was canceled: reopen it first.")
WORDS: dict[str, Any] = {
    "case.unassigned": gettext_lazy("Nobody has this case yet: take it or give it to somebody first."),
    "case.contact_first": gettext_lazy(
        "The customer has not heard from you since the case came to you: contact first."
    ),
    "case.same_team": gettext_lazy("The case is with this team already: choose another team, or another owner in it."),
    "case.not_waiting": gettext_lazy("The clock of this case is not paused, so there is nothing to resume."),
    "case.waiting": gettext_lazy("This case is already waiting."),
    "case.not_solved": gettext_lazy("Only a solved case can be closed: solve it first."),
    "case.solved": gettext_lazy("This case is solved: close it, or reopen it first."),
    "case.over": _OVER,
    "case.open": gettext_lazy("This case is still open, so it need not be reopened."),
}
NEEDS: dict[str, Any] = {
    "owner": pgettext_lazy("what is missing", "who shall have it"),
    "team": pgettext_lazy("what is missing", "the team it goes to"),
    "channel": pgettext_lazy("what is missing", "how the customer was contacted"),
    "reason": pgettext_lazy("what is missing", "the reason"),
}


class Refused(Exception):
    """What was asked cannot be done; the text tells the person why and what to do."""


def worded(refused: Code) -> Refused:
    """A refusal of the library's state machine, as a person reads it."""
    if refused.code == "missing":
        lacking = ", ".join(str(NEEDS.get(name, name)) for name in str(refused.facts["needs"]).split(", "))
        return Refused(_("This step needs: %(what)s.") % {"what": lacking})
    found = WORDS.get(refused.code)
    return Refused(str(found) if found else _("This cannot be done now: %(why)s") % {"why": refused})


def gone() -> Refused:
    return Refused(_("This case is not there any more. Load the page again."))


def line_of(text: str, longest: int, *, needed: str = "") -> str:
    """One line of text within bounds. Raises Refused with `needed` where it is empty and must not be."""
    text = " ".join(text.replace("\0", " ").split())
    if needed and not text:
        raise Refused(needed)
    if len(text) > longest:
        raise Refused(_("Keep it under %(n)s characters: “%(start)s…”") % {"n": longest, "start": text[:40]})
    return text


def text_of(text: str, longest: int = 4_000) -> str:
    """Some lines of text within bounds."""
    text = text.replace("\0", " ").replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise Refused(_("Keep it under %(n)s characters: “%(start)s…”") % {"n": longest, "start": text[:40]})
    return text
