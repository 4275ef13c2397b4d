"""Who does what in a plan: responsible, accountable, consulted, informed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from balm.mitigate.refused import Refused


class Role(StrEnum):
    RESPONSIBLE = "responsible"
    ACCOUNTABLE = "accountable"
    CONSULTED = "consulted"
    INFORMED = "informed"


@dataclass(frozen=True, slots=True)
class Member:
    """A person (or team) in a role. `who`: any key that tells people apart; `name`: as shown."""

    role: Role
    who: Hashable
    name: str = ""


def demand(members: Sequence[Member]) -> None:
    """Raises Refused unless exactly one is accountable and at least one responsible.

    The same person may be both. Nobody holds one role twice.
    """
    for member in members:
        if member.who is None or member.who == "":
            raise Refused("raci.nobody")
    seen: set[tuple[Role, Hashable]] = set()
    for member in members:
        if (key := (Role(member.role), member.who)) in seen:
            raise Refused("raci.twice", {"who": _name(member), "role": member.role.value})
        seen.add(key)
    accountable = [m for m in members if m.role == Role.ACCOUNTABLE]
    if not accountable:
        raise Refused("raci.no_accountable")
    if len(accountable) > 1:
        who = ", ".join(map(_name, accountable))
        raise Refused("raci.several_accountable", {"n": len(accountable), "who": who})
    if not any(m.role == Role.RESPONSIBLE for m in members):
        raise Refused("raci.no_responsible")


def _name(member: Member) -> str:
    return member.name or str(member.who)
