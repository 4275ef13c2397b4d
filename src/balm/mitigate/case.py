"""The life of a case: one customer, one trouble, until it is solved for him.

new → assigned → contacted ⇄ waiting → solved → closed. A solved or closed case is reopened with its owner; one that
was canceled by mistake is new again.
"""

from __future__ import annotations

from enum import StrEnum

from balm.mitigate.machine import build
from balm.mitigate.refused import Refused


class State(StrEnum):
    NEW = "new"
    ASSIGNED = "assigned"  # to a team or a person; the customer has not heard from them yet
    CONTACTED = "contacted"
    WAITING = "waiting"  # for the customer or for somebody outside: the clock is paused
    SOLVED = "solved"
    CLOSED = "closed"
    REOPENED = "reopened"  # the customer is still dissatisfied; keeps its owner
    CANCELED = "canceled"  # was not a case


class Action(StrEnum):
    ASSIGN = "assign"
    PASS_ON = "pass_on"  # to another team, which contacts the customer anew
    ATTEMPT = "attempt"  # a contact that did not reach the customer
    CONTACT = "contact"
    WAIT = "wait"
    RESUME = "resume"
    SOLVE = "solve"
    CLOSE = "close"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    CANCEL = "cancel"


OPEN = frozenset({State.NEW, State.ASSIGNED, State.CONTACTED, State.WAITING, State.REOPENED})
"""States in which somebody still has to do something."""
PAUSED = frozenset({State.WAITING})
"""States in which the clock stands."""

_S, _A = State, Action
_DONE = {_S.SOLVED: "case.solved", _S.CLOSED: "case.over", _S.CANCELED: "case.over"}
_OVER = {_S.CLOSED: "case.over", _S.CANCELED: "case.over"}
_OWNED = (_S.ASSIGNED, _S.CONTACTED, _S.WAITING, _S.REOPENED)
_BEFORE_CONTACT = {
    _S.NEW: "case.unassigned",
    _S.ASSIGNED: "case.contact_first",
    _S.REOPENED: "case.contact_first",
}

MACHINE = build(
    State,
    Action,
    {
        _A.ASSIGN: {
            _S.NEW: _S.ASSIGNED,
            _S.ASSIGNED: _S.ASSIGNED,
            _S.CONTACTED: _S.CONTACTED,
            _S.WAITING: _S.WAITING,
            _S.REOPENED: _S.ASSIGNED,
        },
        _A.PASS_ON: dict.fromkeys(OPEN, _S.ASSIGNED),
        _A.ATTEMPT: {state: state for state in (*_OWNED, _S.SOLVED)},
        _A.CONTACT: dict.fromkeys(_OWNED, _S.CONTACTED) | {_S.SOLVED: _S.SOLVED},
        _A.WAIT: {_S.CONTACTED: _S.WAITING},
        _A.RESUME: {_S.WAITING: _S.CONTACTED},
        _A.SOLVE: {_S.CONTACTED: _S.SOLVED, _S.WAITING: _S.SOLVED},
        _A.CLOSE: {_S.SOLVED: _S.CLOSED},
        _A.REOPEN: {_S.SOLVED: _S.REOPENED, _S.CLOSED: _S.REOPENED, _S.CANCELED: _S.NEW},
        _A.ESCALATE: {state: state for state in OPEN},
        _A.CANCEL: dict.fromkeys(OPEN, _S.CANCELED),
    },
    {
        _A.ASSIGN: _DONE,
        _A.PASS_ON: _DONE,
        _A.ATTEMPT: {_S.NEW: "case.unassigned"} | _OVER,
        _A.CONTACT: {_S.NEW: "case.unassigned"} | _OVER,
        _A.WAIT: _BEFORE_CONTACT | {_S.WAITING: "case.waiting"} | _DONE,
        _A.RESUME: dict.fromkeys(OPEN - PAUSED, "case.not_waiting") | _DONE,
        _A.SOLVE: _BEFORE_CONTACT | _DONE,
        _A.CLOSE: dict.fromkeys(OPEN, "case.not_solved") | _OVER,
        _A.REOPEN: dict.fromkeys(OPEN, "case.open"),
        _A.ESCALATE: _DONE,
        _A.CANCEL: _DONE,
    },
    {
        _A.ASSIGN: ("owner",),
        _A.PASS_ON: ("team",),
        _A.ATTEMPT: ("channel",),
        _A.CONTACT: ("channel",),
        _A.WAIT: ("reason",),
        _A.REOPEN: ("reason",),
        _A.CANCEL: ("reason",),
    },
)
TRANSITIONS = MACHINE.transitions
allowed = MACHINE.allowed


def advance(
    state: str,
    action: str,
    *,
    owner: object = None,
    team: object = None,
    from_team: object = None,
    channel: str = "",
    reason: str = "",
) -> State:
    """The state after an action. Pure; raises Refused where the case or the facts do not allow it.

    `assign` needs `owner`; `pass_on` needs `team`, other than `from_team`; `attempt` and `contact` need `channel`;
    `wait`, `reopen` and `cancel` need `reason`.
    """
    facts = {"owner": owner, "team": team, "channel": channel, "reason": reason}
    after = MACHINE.step(state, action, facts)
    if action == Action.PASS_ON and from_team is not None and team == from_team:
        raise Refused("case.same_team", {"team": team})
    return after
