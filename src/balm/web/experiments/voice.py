"""Asking those who had the pain and have the fix whether it is solved for them, and what they say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.types import Estimate, Labels
from balm.lake.queries import Filter
from balm.mitigate.pain import Voice, voice_of
from balm.web.experiments.models import Check
from balm.web.experiments.refusals import Refused
from balm.web.painpoints.figures import current
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

MOST_ASKED = 2_000


@dataclass(frozen=True)
class Said:
    """What the customers say. `share`: of those who answered, who say yes."""

    asked: int
    answered: int
    yes: int
    partly: int
    no: int
    word: Voice
    share: Estimate


def of(check: Check) -> Said:
    """The tally of a check: they agree or disagree where the 95 % interval of "yes" lies above or below one half."""
    from balm.web.asks.selectors import tally

    found = tally(check.workspace, "check", check.pk)
    word, share = voice_of(found.yes, found.partly, found.no)
    return Said(found.asked, found.answered, found.yes, found.partly, found.no, word, share)


def affected(check: Check) -> list[str]:
    """Customers who raised the pain before the fix started and have the fix now, most often first."""
    from balm.web.feedback.selectors import room

    spec, until = check.spec, (check.starts - dt.timedelta(days=1)) if check.starts else None
    found = room(check.workspace)
    themes = tuple(check.themes)
    if spec.get("known") == "list":
        people = {found.decisions.customer(key) for key, (side, _day) in check.lists.items() if side == "exposed"}
        raised = found.lake.raisers(themes, Filter(last=until))
        return [one.customer for one in raised if one.customer in people]
    by = spec.get("by", "")
    if not by or by not in found.lake.attributes:
        return []
    where = Filter(last=until, by={by: tuple(spec.get("exposed", {}))})
    return [one.customer for one in found.lake.raisers(themes, where)]


@transaction.atomic
def ask(workspace: Workspace, pk: int, by: User) -> int:
    """Ask them all, once each; how many are asked now in all."""
    from balm.web.asks.services import ask_all
    from balm.web.experiments.services import State, held

    check = held(workspace, pk)
    if check.state not in (State.RUNNING, State.DUE, State.JUDGED) or check.starts is None:
        raise Refused(_("Customers are asked once the fix has started."))
    people = affected(check)[:MOST_ASKED]
    if not people:
        raise Refused(_("No customer is known who raised this before the fix and has the fix now."))
    asked = ask_all(workspace, people, "check", check.pk, about=about_of(check), by=by)
    check.asked = timezone.now()
    check.save(update_fields=["asked"])
    record(workspace, by, "check.ask", check.pk, n=len(asked))
    return len(asked)


def about_of(check: Check) -> Labels:
    """What customers are asked about: the pain points by name."""
    snapshot = current(check.workspace)
    named: list[Any] = [snapshot.labels(theme) for theme in check.themes] if snapshot else []
    if not named:
        return dict.fromkeys(("zh-Hans", "zh-Hant", "en"), check.title)
    return {
        language: ("、" if language != "en" else ", ").join(one.get(language) or one.get("en") or "" for one in named)
        for language in ("zh-Hans", "zh-Hant", "en")
    }
