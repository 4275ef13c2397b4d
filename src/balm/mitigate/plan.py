"""The life of a plan: draft → ready → running → landed → proven, failed or undecided. Only a verdict ends it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from balm.core.verdicts import Outcome
from balm.mitigate.check import State as CheckState
from balm.mitigate.machine import build
from balm.mitigate.raci import Member, demand
from balm.mitigate.refused import Refused, verdict


class State(StrEnum):
    DRAFT = "draft"
    READY = "ready"  # everybody knows his role
    RUNNING = "running"
    PAUSED = "paused"
    LANDED = "landed"  # the fix is in place; whether it helps is being measured
    PROVEN = "proven"
    FAILED = "failed"
    UNDECIDED = "undecided"  # the verdict is "cannot tell"
    DROPPED = "dropped"


class Action(StrEnum):
    PREPARE = "prepare"
    REVISE = "revise"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    LAND = "land"
    JUDGE = "judge"
    CHECK_AGAIN = "check_again"
    DROP = "drop"


ENDED = {
    Outcome.GONE: State.PROVEN,
    Outcome.REDUCED: State.PROVEN,
    Outcome.UNCHANGED: State.FAILED,
    Outcome.WORSE: State.FAILED,
    Outcome.CANNOT_TELL: State.UNDECIDED,
}
"""How a verdict ends a plan."""

_S, _A = State, Action
_JUDGED = dict.fromkeys((_S.PROVEN, _S.FAILED, _S.UNDECIDED), "plan.judged")
_LATE = _JUDGED | {_S.LANDED: "plan.landed", _S.DROPPED: "plan.dropped"}
_EARLY = {_S.DRAFT: "plan.not_ready", _S.READY: "plan.not_running"}
_UNLANDED = dict.fromkeys((_S.DRAFT, _S.READY, _S.RUNNING, _S.PAUSED), "plan.not_landed")

MACHINE = build(
    State,
    Action,
    {
        _A.PREPARE: {_S.DRAFT: _S.READY},
        _A.REVISE: {_S.READY: _S.DRAFT},
        _A.START: {_S.READY: _S.RUNNING},
        _A.PAUSE: {_S.RUNNING: _S.PAUSED},
        _A.RESUME: {_S.PAUSED: _S.RUNNING},
        _A.LAND: {_S.RUNNING: _S.LANDED},
        _A.JUDGE: {_S.LANDED: _S.PROVEN},  # the outcome tells which of the three
        _A.CHECK_AGAIN: dict.fromkeys(_JUDGED, _S.LANDED),
        _A.DROP: dict.fromkeys((_S.DRAFT, _S.READY, _S.RUNNING, _S.PAUSED, _S.LANDED), _S.DROPPED),
    },
    {
        _A.PREPARE: {_S.READY: "plan.ready", _S.RUNNING: "plan.running", _S.PAUSED: "plan.paused"} | _LATE,
        _A.REVISE: {_S.DRAFT: "plan.not_ready", _S.RUNNING: "plan.running", _S.PAUSED: "plan.running"} | _LATE,
        _A.START: {_S.DRAFT: "plan.not_ready", _S.RUNNING: "plan.running", _S.PAUSED: "plan.paused"} | _LATE,
        _A.PAUSE: _EARLY | {_S.PAUSED: "plan.paused"} | _LATE,
        _A.RESUME: dict.fromkeys((_S.DRAFT, _S.READY, _S.RUNNING), "plan.not_paused") | _LATE,
        _A.LAND: _EARLY | {_S.PAUSED: "plan.paused"} | _LATE,
        _A.JUDGE: _UNLANDED | _JUDGED | {_S.DROPPED: "plan.dropped"},
        _A.CHECK_AGAIN: dict.fromkeys((*_UNLANDED, _S.LANDED), "plan.not_judged") | {_S.DROPPED: "plan.dropped"},
        _A.DROP: _JUDGED | {_S.DROPPED: "plan.dropped"},
    },
    {_A.JUDGE: ("outcome",), _A.CHECK_AGAIN: ("reason",), _A.DROP: ("reason",)},
)
TRANSITIONS = MACHINE.transitions
"""(state, action) → state. `judge` is told apart by its outcome: see `ENDED`."""
allowed = MACHINE.allowed


def advance(
    state: str,
    action: str,
    *,
    roles: Sequence[Member] = (),
    check: str = "",
    outcome: str = "",
    reason: str = "",
) -> State:
    """The state after an action. Pure; raises Refused where the plan or the facts do not allow it.

    `prepare` and `start` need `roles` with one accountable and a responsible; `start` needs `check`, the state of its
    check, to be registered or running; `judge` needs `outcome`; `check_again` and `drop` need `reason`.
    """
    after = MACHINE.step(state, action, {"outcome": outcome, "reason": reason})
    if action in (Action.PREPARE, Action.START):
        demand(roles)
    if action == Action.START:
        _checked(check)
    return ENDED[verdict(outcome)] if action == Action.JUDGE else after


def _checked(check: str) -> None:
    if check in ("", CheckState.DRAFT):
        raise Refused("plan.no_check")
    if check not in (CheckState.REGISTERED, CheckState.RUNNING):
        raise Refused("plan.check_over", {"check": check})
