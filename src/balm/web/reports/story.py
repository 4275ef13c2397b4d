"""The story of a pain point: its numbers, its picture, customers' words, and one customer's way through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from balm.core.types import Quote
from balm.lake.panel import Raiser
from balm.lake.queries import Comment, Filter, Lake
from balm.web.feedback.selectors import decisions
from balm.web.painpoints.figures import Snapshot
from balm.web.people.models import Workspace
from balm.web.site.paths import workspace_dir

LOOKED_AT = 40
"""Customers who raised it most often, among whom the one with the longest way is chosen."""

STEPS = 8


@dataclass(frozen=True)
class Step:
    """One comment of the customer. `raised`: it names the pain."""

    comment: Comment
    raised: bool


@dataclass(frozen=True)
class Way:
    """One customer's comments in order of time. `about`: attributes that stayed the same, without a name."""

    steps: tuple[Step, ...]
    about: dict[str, str]
    times: int


def lake_of(workspace: Workspace, snapshot: Snapshot) -> Lake:
    row = snapshot.row
    versions = {"feedback": row.feedback_version, "mentions": row.mentions_version}
    return Lake.open(workspace_dir(workspace), versions, decisions(workspace))


def way(workspace: Workspace, snapshot: Snapshot, theme: str) -> Way | None:
    """The way of a customer who raised the pain, told without a name; None where customers are not known.

    The customer with most different days of contact among those who raised it most.
    """
    if not snapshot.overview.customers_known:
        return None
    lake = lake_of(workspace, snapshot)
    raisers: list[Raiser] = lake.raisers((theme,))[:LOOKED_AT]
    if not raisers:
        return None
    known = lake.persons([raiser.customer for raiser in raisers], (theme,))
    chosen = max(known, key=lambda person: (min(person.comments, STEPS), person.raised, person.customer))
    page = lake.page(Filter(customer=chosen.customer), oldest_first=True, size=STEPS)
    steps = tuple(
        Step(comment, any(m.theme == theme and m.sentiment == "negative" for m in comment.mentions))
        for comment in page.comments
    )
    return Way(steps, _same(steps), chosen.raised)


def _same(steps: tuple[Step, ...]) -> dict[str, str]:
    told: list[dict[str, Any]] = [dict(step.comment.by) for step in steps]
    return {
        name: value
        for name, value in (told[0] if told else {}).items()
        if value and all(other.get(name) == value for other in told)
    }


def chosen(quotes: tuple[Quote, ...], most: int = 5) -> list[Quote]:
    """Quotes of the story: the ones a report shows, oldest first where dates are known."""
    return sorted(quotes[:most], key=lambda quote: (quote.time is None, (quote.time and quote.time.isoformat()) or ""))
