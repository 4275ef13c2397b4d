"""The table of a state machine: every pair of state and action either leads to a state or is refused for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from balm.mitigate.refused import Refused

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True)
class Machine(Generic[S, A]):
    """`transitions`: (state, action) → state. `refusals`: every other pair → code of `refused.TEXTS`.

    `needs`: action → names of the facts that must be given and not blank.
    """

    states: type[S]
    actions: type[A]
    transitions: Mapping[tuple[S, A], S]
    refusals: Mapping[tuple[S, A], str]
    needs: Mapping[A, tuple[str, ...]]

    def step(self, state: str, action: str, facts: Mapping[str, object]) -> S:
        """The next state. Raises Refused: for the pair, or for a fact that is needed and blank."""
        was, done = self.state(state), self.action(action)
        if (was, done) not in self.transitions:
            raise Refused(self.refusals[was, done], {"state": was.value})
        lacking = [name for name in self.needs.get(done, ()) if _blank(facts.get(name))]
        if lacking:
            raise Refused("missing", {"needs": ", ".join(lacking)})
        return self.transitions[was, done]

    def allowed(self, state: str) -> tuple[A, ...]:
        """Actions that lead somewhere from this state, in their usual order; the facts may still refuse one."""
        was = self.state(state)
        return tuple(action for action in self.actions if (was, action) in self.transitions)

    def state(self, name: str) -> S:
        """The state of this name. Raises Refused for another word."""
        try:
            return self.states(name)
        except ValueError:
            raise Refused("unknown_state", {"state": name, "states": ", ".join(self.states)}) from None

    def action(self, name: str) -> A:
        """The action of this name. Raises Refused for another word."""
        try:
            return self.actions(name)
        except ValueError:
            raise Refused("unknown_action", {"action": name, "actions": ", ".join(self.actions)}) from None


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def build(
    states: type[S],
    actions: type[A],
    ways: Mapping[A, Mapping[S, S]],
    why: Mapping[A, Mapping[S, str]],
    needs: Mapping[A, tuple[str, ...]],
) -> Machine[S, A]:
    """A machine of `ways` (action → state → next state) and `why` (action → state → code of refusal).

    Raises ValueError where a pair is in both or in neither: no action is ever ignored.
    """
    transitions = {(state, action): after for action, row in ways.items() for state, after in row.items()}
    refusals = {(state, action): code for action, row in why.items() for state, code in row.items()}
    every = {(state, action) for state in states for action in actions}
    if undecided := every - set(transitions) - set(refusals):
        raise ValueError(f"undecided: {sorted(undecided)}")
    if both := set(transitions) & set(refusals):
        raise ValueError(f"decided twice: {sorted(both)}")
    return Machine(states, actions, transitions, refusals, needs)
