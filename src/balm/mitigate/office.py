"""The office for customer experience: its three teams, whom it reports to, and task forces across departments."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from balm.mitigate.refused import Refused

Who = TypeVar("Who", bound=Hashable)


class Team(StrEnum):
    """The three teams, each with one question."""

    NEW_EXPERIENCE = "new_experience"  # what will be better
    CONTACT_CENTER = "contact_center"  # who is helped today
    DAILY_ANALYSIS = "daily_analysis"  # what hurts, and is it gone


OPENS_ON: dict[Team, str] = {
    Team.NEW_EXPERIENCE: "plans:board",
    Team.CONTACT_CENTER: "cases:queue",
    Team.DAILY_ANALYSIS: "painpoints:list",
}
"""The page a team starts its day on."""


def line(who: Who, reports_to: Mapping[Who, Who]) -> tuple[Who, ...]:
    """From a person up to the top, himself first. Raises Refused where the line runs in a circle."""
    found = [who]
    while (above := reports_to.get(found[-1])) is not None:
        if above in found:
            raise Refused("office.circle", {"who": str(above)})
        found.append(above)
    return tuple(found)


def task_force(lead: Hashable, departments: Sequence[str], members: Iterable[Hashable]) -> None:
    """Raises Refused unless it has a lead who is a member, and people of two departments at least.

    `departments`: that of each member, "" where it is not known.
    """
    people = list(members)
    if lead is None or lead not in people:
        raise Refused("office.no_lead")
    if len({name for name in departments if name}) < 2:
        raise Refused("office.one_department")
