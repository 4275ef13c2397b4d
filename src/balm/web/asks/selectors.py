"""What is read of asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from balm.core import stats
from balm.core.types import Estimate
from balm.web.asks.models import Ask
from balm.web.deliveries.persons import known
from balm.web.people.models import Workspace
from balm.web.people.tokens import digest


@dataclass(frozen=True)
class Tally:
    """What the customers who were asked say. `share`: of those who answered, who say yes; Wilson's interval."""

    asked: int
    answered: int
    yes: int
    partly: int
    no: int
    share: Estimate


def tally(workspace: Workspace, purpose: str, ref: object) -> Tally:
    """The answers about one case or check."""
    rows = Ask.objects.filter(workspace=workspace, purpose=purpose, ref=str(ref)[:120])
    said = Counter(rows.values_list("answer", flat=True))
    yes, partly, no = (said[answer.value] for answer in (Ask.Answer.YES, Ask.Answer.PARTLY, Ask.Answer.NO))
    answered = yes + partly + no
    return Tally(sum(said.values()), answered, yes, partly, no, stats.proportion(yes, answered))


def asks_of(workspace: Workspace, purpose: str, ref: object) -> list[Ask]:
    """Every ask about one case or check, newest first, with its delivery."""
    rows = Ask.objects.filter(workspace=workspace, purpose=purpose, ref=str(ref)[:120])
    return list(rows.select_related("delivery"))


def of_customer(workspace: Workspace, key: str, most: int = 50) -> list[Ask]:
    """What one person was asked and answered, newest first, under any of her keys."""
    persons = known(workspace, [key])
    keys: Iterable[str] = persons.keys(persons.person(key))
    return list(Ask.objects.filter(workspace=workspace, customer__in=list(keys)).select_related("delivery")[:most])


def by_token(token: str) -> Ask | None:
    """The ask a link belongs to."""
    return Ask.objects.select_related("workspace").filter(digest=digest(token)).first()
