"""Roles of a plan, lines of report, task forces."""

from __future__ import annotations

import pytest

from balm.mitigate import office, raci
from balm.mitigate.raci import Member, Role
from balm.mitigate.refused import Refused

A, R, C = Member(Role.ACCOUNTABLE, 1, "Ann"), Member(Role.RESPONSIBLE, 2, "Bo"), Member(Role.CONSULTED, 3)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ((), "raci.no_accountable"),
        ((R, C), "raci.no_accountable"),
        ((A, C), "raci.no_responsible"),
        ((A, R, Member(Role.ACCOUNTABLE, 3, "Cy")), "raci.several_accountable"),
        ((A, R, A), "raci.twice"),
        ((A, R, Member(Role.INFORMED, "")), "raci.nobody"),
    ],
)
def test_a_plan_needs_one_who_is_accountable_and_somebody_to_do_it(members: tuple[Member, ...], code: str) -> None:
    with pytest.raises(Refused) as error:
        raci.demand(members)
    assert error.value.code == code
    if code == "raci.several_accountable":
        assert "there are 2: Ann, Cy" in str(error.value)


def test_one_person_may_be_accountable_and_responsible() -> None:
    raci.demand((A, R, C))
    raci.demand((A, Member(Role.RESPONSIBLE, 1, "Ann")))


def test_the_line_of_report_ends_at_the_top() -> None:
    assert office.line("clerk", {"clerk": "lead", "lead": "chief"}) == ("clerk", "lead", "chief")
    with pytest.raises(Refused, match="in a circle at clerk"):
        office.line("clerk", {"clerk": "lead", "lead": "clerk"})


def test_a_task_force_crosses_departments() -> None:
    office.task_force(1, ("shops", "goods"), (1, 2))
    with pytest.raises(Refused, match="two departments"):
        office.task_force(1, ("shops", ""), (1, 2))
    with pytest.raises(Refused, match="led by one of its members"):
        office.task_force(None, ("shops", "goods"), (1, 2))
    assert set(office.OPENS_ON) == set(office.Team)
