"""Whatever is done in whatever order: rows follow the state machine, and four workers share a queue without a slip."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balm.mitigate import case as machine
from balm.mitigate.refused import Refused as Code
from balm.web.cases import services
from balm.web.cases.models import Case
from balm.web.cases.refusals import Refused

TEAMS = ("Logistics", "Repairs")
STEP = st.one_of(
    st.tuples(st.just("assign"), st.sampled_from([0, 1])),
    st.tuples(st.just("pass_on"), st.sampled_from(TEAMS)),
    st.tuples(st.just("attempt"), st.just("phone")),
    st.tuples(st.just("contact"), st.sampled_from(["phone", ""])),
    st.tuples(st.just("wait"), st.sampled_from(["The part is ordered", ""])),
    st.tuples(st.sampled_from(["resume", "solve", "close", "escalate"]), st.just("")),
    st.tuples(st.just("reopen"), st.sampled_from(["It broke again", " "])),
    st.tuples(st.just("cancel"), st.sampled_from(["A test", ""])),
)


class Walker:
    """Does a step both ways: by the services, and by the machine alone."""

    def __init__(self, workspace: Any, people: list[Any], teams: dict[str, Any]) -> None:
        self.workspace, self.people, self.teams = workspace, people, teams

    def really(self, number: int, action: str, with_: Any) -> None:
        ws, by, do = self.workspace, self.people[0], services
        todo = {
            "assign": lambda: do.assign(ws, number, self.people[with_].pk, by),
            "pass_on": lambda: do.pass_on(ws, number, self.teams[with_].pk, by),
            "attempt": lambda: do.contact(ws, number, by, channel=with_, outcome="not_reached"),
            "contact": lambda: do.contact(ws, number, by, channel=with_, outcome="reached"),
            "solve": lambda: do.solve(ws, number, by, outcome="mended"),
            "close": lambda: do.close(ws, number, by),
            "reopen": lambda: do.reopen(ws, number, by, reason=with_),
        }
        todo.get(action, lambda: do.step(ws, number, action, by, reason=with_))()

    def purely(self, case: Case, action: str, with_: Any) -> str:
        facts = {
            "assign": {"owner": True},
            "pass_on": {"team": with_, "from_team": case.team.name if case.team else None},
            "attempt": {"channel": with_},
            "contact": {"channel": with_},
        }
        return str(machine.advance(case.state, action, **facts.get(action, {"reason": with_})))


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=14))
def test_rows_are_the_machine(workspace, member, opened, team, steps) -> None:
    walker = Walker(workspace, [member("front_line"), member("analyst")], {name: team(name) for name in TEAMS})
    number = opened().number
    for action, with_ in steps:
        case = Case.objects.select_related("team").get(workspace=workspace, number=number)
        before = (case.state, case.events.count(), case.attempts)
        try:
            wanted = walker.purely(case, action, with_)
        except Code:
            wanted = ""
        same = action == "assign" and case.owner == walker.people[with_] and case.state != "reopened"
        try:
            walker.really(number, action, with_)
            done = True
        except Refused:
            done = False
        after = Case.objects.get(pk=case.pk)
        if same:  # to whom it belongs already: nothing is done, also where the case is over
            assert (after.state, after.events.count()) == before[:2]
        elif wanted:
            assert done and after.state == wanted and after.events.count() > before[1]
        else:
            assert not done and (after.state, after.events.count(), after.attempts) == before
        check(after)


def check(case: Case) -> None:
    """What holds of every case at any time."""
    waits = case.pauses.filter(ended=None).count()
    assert waits == (case.state == "waiting")
    assert (case.solved is not None) == (case.state in ("solved", "closed"))
    assert (case.closed is not None) == (case.state == "closed")
    assert bool(case.outcome) == (case.state in ("solved", "closed"))
    if case.state in ("closed", "canceled"):
        assert case.next_change is None and case.due is None
    if case.state in ("contacted", "waiting", "solved", "closed"):
        assert case.contacted is not None


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_workers_take_from_one_queue(workspace, member, opened) -> None:
    people = [member("front_line", email=f"w{i}@lamps.example") for i in range(4)]
    for _ in range(40):
        opened()
    taken: list[tuple[int, str]] = []
    faults: list[BaseException] = []
    gate = threading.Barrier(4)

    def work(user: Any) -> None:
        try:
            gate.wait()
            while case := services.take_next(workspace, user):
                taken.append((case.number, user.email))
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not faults
    assert Counter(number for number, _who in taken) == Counter(range(1, 41))
    owners = dict(Case.objects.filter(workspace=workspace).values_list("number", "owner__email"))
    assert owners == dict(taken)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_workers_open_the_same_comments(workspace, member, opened) -> None:
    """The same complaints are found by four at once: each is one case, and numbers have no gap."""
    by, gate, faults = member("owner"), threading.Barrier(4), []

    def work() -> None:
        try:
            gate.wait()
            for i in range(10):
                said = {"customer": f"c{i}", "feedback_id": f"f{i}", "themes": ["delivery.late"]}
                services.open_case(workspace, source="low_score", by=by, **said)
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not faults
    found = sorted(Case.objects.filter(workspace=workspace).values_list("number", flat=True))
    assert found == list(range(1, 11))
