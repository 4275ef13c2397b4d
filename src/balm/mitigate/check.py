"""The life of a check: draft → registered → running → due → judged. What is registered is sealed."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from balm.core.verdicts import Outcome
from balm.mitigate.machine import build
from balm.mitigate.refused import Refused, verdict


class State(StrEnum):
    DRAFT = "draft"
    REGISTERED = "registered"
    RUNNING = "running"  # the first unit has the fix
    DUE = "due"  # the last day is over: the verdict can be read
    JUDGED = "judged"
    VOID = "void"  # withdrawn


class Action(StrEnum):
    CHANGE = "change"
    REGISTER = "register"
    BEGIN = "begin"
    END = "end"
    JUDGE = "judge"
    REPEAT = "repeat"
    WITHDRAW = "withdraw"


_S, _A = State, Action
_LIVE = (_S.REGISTERED, _S.RUNNING, _S.DUE)
_VOID = {_S.VOID: "check.void"}
_PAST = {_S.DUE: "check.due", _S.JUDGED: "check.judged"} | _VOID

MACHINE = build(
    State,
    Action,
    {
        _A.CHANGE: {state: state for state in (_S.DRAFT, *_LIVE)},
        _A.REGISTER: {_S.DRAFT: _S.REGISTERED, _S.REGISTERED: _S.REGISTERED},
        _A.BEGIN: {_S.REGISTERED: _S.RUNNING},
        _A.END: {_S.RUNNING: _S.DUE},
        _A.JUDGE: {_S.DUE: _S.JUDGED},
        _A.REPEAT: {_S.JUDGED: _S.RUNNING},
        _A.WITHDRAW: dict.fromkeys((_S.DRAFT, *_LIVE), _S.VOID),
    },
    {
        _A.CHANGE: {_S.JUDGED: "check.judged"} | _VOID,
        _A.REGISTER: {_S.RUNNING: "check.running"} | _PAST,
        _A.BEGIN: {_S.DRAFT: "check.draft", _S.RUNNING: "check.running"} | _PAST,
        _A.END: {_S.DRAFT: "check.draft", _S.REGISTERED: "check.not_begun"} | _PAST,
        _A.JUDGE: {_S.DRAFT: "check.draft", _S.REGISTERED: "check.not_begun", _S.RUNNING: "check.early"}
        | {_S.JUDGED: "check.judged"}
        | _VOID,
        _A.REPEAT: dict.fromkeys((_S.DRAFT, *_LIVE), "check.not_judged") | _VOID,
        _A.WITHDRAW: {_S.JUDGED: "check.judged"} | _VOID,
    },
    {_A.JUDGE: ("outcome",), _A.REPEAT: ("reason",), _A.WITHDRAW: ("reason",)},
)
TRANSITIONS = MACHINE.transitions
allowed = MACHINE.allowed


def advance(
    state: str,
    action: str,
    *,
    today: dt.date | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    sealed: bool = False,
    late: bool = False,
    outcome: str = "",
    reason: str = "",
) -> State:
    """The state after an action. Pure; raises Refused where the check or the facts do not allow it.

    `start`: the first day on which any unit has the fix; `end`: the last day that counts. `register` is refused from
    `start` on, unless `late` (then it is never sealed). `begin` needs `today` ≥ `start`, `end` needs `today` > `end`.
    `judge` needs `outcome`, which can only be "cannot tell" without `sealed`. `change` needs `reason` once registered.
    """
    after = MACHINE.step(state, action, {"outcome": outcome, "reason": reason})
    if action == Action.CHANGE and state != State.DRAFT and not reason.strip():
        raise Refused("missing", {"needs": "reason"})
    if action == Action.REGISTER:
        _before_start(today, start, late)
        if state == State.REGISTERED and sealed:
            raise Refused("check.sealed")
    if action == Action.BEGIN:
        today, start = _given("today", today), _given("start", start)
        if today < start:
            raise Refused("check.not_started", {"start": start})
    if action == Action.END:
        today, end = _given("today", today), _given("end", end)
        if today <= end:
            raise Refused("check.not_ended", {"end": end})
    if action == Action.JUDGE and verdict(outcome) != Outcome.CANNOT_TELL and not sealed:
        raise Refused("check.seal_broken", {"outcome": str(outcome)})
    return after


def seal(was: bool, state: str, action: str, *, late: bool = False) -> bool:
    """Whether what is registered is sealed after an action that was taken in `state`.

    Registering in time seals it; a later change breaks the seal until the check is registered anew, before the start.
    """
    if action == Action.REGISTER:
        return not late
    return was and not (action == Action.CHANGE and state != State.DRAFT)


def _before_start(today: dt.date | None, start: dt.date | None, late: bool) -> None:
    today, start = _given("today", today), _given("start", start)
    if today >= start and not late:
        raise Refused("check.started", {"start": start})


def _given(name: str, day: dt.date | None) -> dt.date:
    if day is None:
        raise Refused("missing", {"needs": name})
    return day
