"""Every pair of state and action of the four machines is decided, and said in words."""

from __future__ import annotations

import string
from typing import Any

import pytest

from balm.core.errors import WrongUse
from balm.mitigate import case, check, pain, plan
from balm.mitigate.machine import build
from balm.mitigate.refused import TEXTS, Refused

MACHINES = {"case": case, "plan": plan, "check": check, "pain": pain}


@pytest.mark.parametrize("module", MACHINES.values(), ids=MACHINES)
def test_every_pair_leads_somewhere_or_is_refused_in_words(module: Any) -> None:
    machine = module.MACHINE
    pairs = {(state, action) for state in machine.states for action in machine.actions}
    assert pairs == set(machine.transitions) | set(machine.refusals)
    assert not set(machine.transitions) & set(machine.refusals)
    for (state, action), code in machine.refusals.items():
        with pytest.raises(WrongUse) as error:
            module.advance(state, action)
        assert isinstance(error.value, Refused)
        assert error.value.code == code and str(error.value) == TEXTS[code].format(**error.value.facts)
        assert action not in module.allowed(state)


@pytest.mark.parametrize("module", MACHINES.values(), ids=MACHINES)
def test_every_state_can_be_reached_and_unknown_words_are_refused(module: Any) -> None:
    reached = {next(iter(module.State))} | set(module.TRANSITIONS.values())
    if module is plan:
        reached |= set(plan.ENDED.values())
    if module is pain:
        reached |= pain.MEASURED
    assert reached == set(module.State)
    with pytest.raises(Refused) as error:
        module.advance("somewhere", next(iter(module.Action)))
    assert error.value.code == "unknown_state" and "somewhere" in str(error.value)
    with pytest.raises(Refused) as error:
        module.advance(next(iter(module.State)), "dance")
    assert error.value.code == "unknown_action"


@pytest.mark.parametrize("module", MACHINES.values(), ids=MACHINES)
def test_needed_facts_are_asked_for(module: Any) -> None:
    for action, names in module.MACHINE.needs.items():
        state = next(state for state, done in module.TRANSITIONS if done == action)
        with pytest.raises(Refused) as error:
            module.advance(state, action)
        assert error.value.code == "missing" and error.value.facts["needs"] == ", ".join(names)


def test_each_code_of_a_machine_is_used_and_every_text_is_a_sentence() -> None:
    import inspect

    from balm.mitigate import office, raci

    source = "".join(inspect.getsource(m) for m in (*MACHINES.values(), raci, office))
    for code, text in TEXTS.items():
        assert text[0] in string.ascii_uppercase + "{" and text.endswith(".")
        assert list(string.Formatter().parse(text))
        if "." in code:
            assert f'"{code}"' in source


def test_a_table_with_a_gap_or_an_overlap_is_not_built() -> None:
    ways: Any = {case.Action.CLOSE: {case.State.SOLVED: case.State.CLOSED}}
    with pytest.raises(ValueError, match="undecided"):
        build(case.State, case.Action, ways, {}, {})
    both: Any = {a: dict.fromkeys(case.State, "case.open") for a in case.Action}
    with pytest.raises(ValueError, match="twice"):
        build(case.State, case.Action, ways, both, {})
