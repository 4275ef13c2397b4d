"""The state of a pain point.

Figures move it while it is open, only a verdict resolves it, only a return among those who have the fix reopens it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from balm.core.stats import proportion
from balm.core.types import Estimate
from balm.core.verdicts import Outcome
from balm.mitigate.machine import build
from balm.mitigate.refused import Refused, verdict

Voice = Literal["agrees", "disagrees", "unsure", "not asked"]


class State(StrEnum):
    NEW = "new"
    ONGOING = "ongoing"
    ESCALATING = "escalating"
    REGRESSED = "regressed"  # was resolved, and came back
    RESOLVED = "resolved"
    ARCHIVED = "archived"


class Action(StrEnum):
    MEASURE = "measure"  # new figures
    RESOLVE = "resolve"
    REGRESS = "regress"
    ARCHIVE = "archive"
    RESTORE = "restore"


MEASURED = frozenset({State.NEW, State.ONGOING, State.ESCALATING})
"""States that figures give; the others were decided by a person or a verdict, and figures leave them as they are."""

_S, _A = State, Action
_OPEN = (*sorted(MEASURED), _S.REGRESSED)
_ARCHIVED = {_S.ARCHIVED: "pain.archived"}

MACHINE = build(
    State,
    Action,
    {
        _A.MEASURE: {state: state for state in State},  # `found` where it was measured before
        _A.RESOLVE: dict.fromkeys(_OPEN, _S.RESOLVED),
        _A.REGRESS: {_S.RESOLVED: _S.REGRESSED},
        _A.ARCHIVE: dict.fromkeys((*_OPEN, _S.RESOLVED), _S.ARCHIVED),
        _A.RESTORE: {_S.ARCHIVED: _S.ONGOING},  # or what it was before
    },
    {
        _A.MEASURE: {},
        _A.RESOLVE: {_S.RESOLVED: "pain.resolved"} | _ARCHIVED,
        _A.REGRESS: dict.fromkeys(_OPEN, "pain.not_resolved") | _ARCHIVED,
        _A.ARCHIVE: _ARCHIVED,
        _A.RESTORE: dict.fromkeys((*_OPEN, _S.RESOLVED), "pain.not_archived"),
    },
    {_A.MEASURE: ("found",), _A.RESOLVE: ("outcome",), _A.ARCHIVE: ("reason",)},
)
TRANSITIONS = MACHINE.transitions
"""(state, action) → state. `measure` leads from a measured state to `found`, `restore` to `before`."""
allowed = MACHINE.allowed


def advance(
    state: str,
    action: str,
    *,
    found: str = "",
    outcome: str = "",
    voice: Voice = "not asked",
    share: Estimate | None = None,
    exposed: bool | None = None,
    before: str = "",
    reason: str = "",
) -> State:
    """The state after an action. Pure; raises Refused where the facts do not allow it, and nothing changes.

    `measure` needs `found`, one of `MEASURED`. `resolve` needs the `outcome` "gone" and a `voice` (see `voice_of`) that
    does not disagree (`share` is needed where it does). `regress` needs `exposed`: whether it came back among those who
    have the fix; False and None (not known) are refused, and the pain stays resolved. `archive` needs `reason`.
    `restore` leads to `before`, the state it was archived in, where that was decided by a verdict.
    """
    after = MACHINE.step(state, action, {"found": found, "outcome": outcome, "reason": reason})
    if action == Action.MEASURE:
        return _measured(MACHINE.state(state), found)
    if action == Action.RESOLVE:
        _resolvable(outcome, voice, share)
    if action == Action.REGRESS and exposed is not True:
        raise Refused("pain.exposure_unknown" if exposed is None else "pain.unexposed")
    if action == Action.RESTORE and before in (State.RESOLVED, State.REGRESSED):
        return State(before)
    return after


def voice_of(yes: int, partly: int, no: int) -> tuple[Voice, Estimate]:
    """What affected customers say who were asked again, and the share (0 … 1) who say that it is solved for them.

    They agree where the 95 % interval of that share lies above one half, and disagree where it lies below.
    """
    share = proportion(yes, yes + partly + no)
    if share.low is None or share.high is None:
        return "not asked", share
    return ("agrees" if share.low > 0.5 else "disagrees" if share.high < 0.5 else "unsure"), share


def _measured(state: State, found: str) -> State:
    if found not in MEASURED:
        raise Refused("unknown_state", {"state": found, "states": ", ".join(sorted(MEASURED))})
    return State(found) if state in MEASURED else state


def _resolvable(outcome: str, voice: Voice, share: Estimate | None) -> None:
    if verdict(outcome) != Outcome.GONE:
        raise Refused("pain.not_gone", {"outcome": str(outcome)})
    if voice == "disagrees":
        if share is None or share.value is None:
            raise Refused("missing", {"needs": "share"})
        raise Refused("pain.voice", {"share": f"{share.value:.0%}", "n": share.n})
