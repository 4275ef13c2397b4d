"""The state of a pain point, from its figures. People archive; only a verdict resolves."""

from __future__ import annotations

import datetime as dt

from balm.core.types import PainPoint
from balm.web.painpoints.models import PainPoint as Row

NEW_DAYS = 28
"""A pain whose first mention lies at most so many days before the last comment is new."""

State = Row.State
_KEPT = {State.ARCHIVED, State.RESOLVED, State.REGRESSED}


def since(pain: PainPoint) -> dt.date | None:
    """First day of the period in which customers first mention it; None where comments have no dates."""
    return next((point.start for point in pain.trend.series if point.count), None)


def state_of(pain: PainPoint, was: str, last_day: dt.date | None) -> str:
    """New, escalating or ongoing; what a person or a verdict decided stays.

    Escalating: the trend says rising, which it does only when its interval excludes "steady".
    """
    if was in _KEPT:
        return was
    if pain.trend.direction == "rising":
        return State.ESCALATING
    first = since(pain)
    if first and last_day and (last_day - first).days <= NEW_DAYS:
        return State.NEW
    return State.ONGOING
