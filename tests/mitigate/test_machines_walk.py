"""The four machines under random walks: what a person may see is never broken, whatever is tried in whatever order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from balm.core.verdicts import Outcome
from balm.mitigate import case, check, pain, plan
from balm.mitigate.raci import Member, Role
from balm.mitigate.refused import Refused

TEXT = st.sampled_from(["words", "words", "words", "", "  "])
OUTCOMES = st.sampled_from(["", "splendid", *Outcome])


class Walk(RuleBasedStateMachine):
    """Try an action; a refusal must change nothing, and what is allowed must be told beforehand."""

    machine: Any
    state: str
    log: list[tuple[str, str, str]]

    def attempt(self, action: str, **facts: Any) -> str | None:
        """The code of the refusal, None where the step was taken."""
        before = self.state
        try:
            self.state = self.machine.advance(before, action, **facts)
        except Refused as refusal:
            assert self.state == before and refusal.code and str(refusal)
            return refusal.code
        assert action in self.machine.allowed(before)
        assert self.state in set(self.machine.State)
        self.log.append((before, action, self.state))
        return None


class CaseWalk(Walk):
    machine = case

    @initialize()
    def begin(self) -> None:
        self.state, self.log = case.State.NEW, []
        self.owner: object = None
        self.team, self.contacted, self.pauses = "", False, 0

    @rule(who=st.sampled_from([None, "", "ann", "bo"]))
    def assign(self, who: str | None) -> None:
        if self.attempt("assign", owner=who) is None:
            self.owner = who

    @rule(team=st.sampled_from(["", "shops", "returns"]), reason=TEXT)
    def pass_on(self, team: str, reason: str) -> None:
        code = self.attempt("pass_on", team=team, from_team=self.team, reason=reason)
        if code is None:
            assert team and team != self.team
            self.team, self.owner, self.contacted = team, team, False

    @rule(action=st.sampled_from(["attempt", "contact"]), channel=st.sampled_from(["", "phone"]))
    def contact(self, action: str, channel: str) -> None:
        if self.attempt(action, channel=channel) is None:
            assert channel and self.owner
            self.contacted |= action == "contact"

    @rule(data=st.data())
    def forward(self, data: st.DataObject) -> None:
        """One of the steps that the state allows and that do not end it."""
        action = data.draw(st.sampled_from([a for a in case.allowed(self.state) if a != "cancel"]))
        if action == "assign":
            self.assign("ann")
        elif action == "pass_on":
            self.pass_on("shops" if self.team == "returns" else "returns", "theirs")
        elif action in ("attempt", "contact"):
            self.contact(action, "phone")
        elif action == "reopen":
            self.reopen("still broken")
        else:
            self.step(action, "words")

    @rule(action=st.sampled_from(["wait", "resume", "solve", "close", "escalate", "cancel"]), reason=TEXT)
    def step(self, action: str, reason: str) -> None:
        before = self.state
        if self.attempt(action, reason=reason) is None:
            assert action not in ("wait", "cancel") or reason.strip()
            self.pauses += (action == "wait") - (before == "waiting" and self.state != "waiting")

    @rule(reason=TEXT)
    def reopen(self, reason: str) -> None:
        if self.attempt("reopen", reason=reason) is None:
            assert reason.strip()
            self.contacted = False

    @invariant()
    def holds(self) -> None:
        if self.state in ("solved", "contacted", "waiting"):
            assert self.contacted and self.owner
        if self.state == "closed":
            assert self.log[-1][0] == "solved"
        if self.state == "assigned":
            assert self.owner
        assert bool(case.allowed(self.state))  # none is lost: from every state something can be done
        if self.state not in case.OPEN:
            assert "assign" not in case.allowed(self.state)


class PlanWalk(Walk):
    machine = plan
    full = (Member(Role.ACCOUNTABLE, 1), Member(Role.RESPONSIBLE, 1))

    @initialize()
    def begin(self) -> None:
        self.state, self.log = plan.State.DRAFT, []
        self.check, self.outcome = "", ""

    @rule(state=st.sampled_from(["", *check.State]))
    def change_check(self, state: str) -> None:
        self.check = state

    @rule(
        action=st.sampled_from(["prepare", "start"]),
        roles=st.sampled_from([full, full[:1], full[1:], full + full[:1], ()]),
    )
    def with_roles(self, action: str, roles: tuple[Member, ...]) -> None:
        if self.attempt(action, roles=roles, check=self.check) is None:
            assert roles == self.full
            assert action == "prepare" or self.check in ("registered", "running")

    @rule(data=st.data())
    def forward(self, data: st.DataObject) -> None:
        """One of the steps that the state allows and that do not end it; the check is kept in order."""
        if actions := [a for a in plan.allowed(self.state) if a != "drop"]:
            action = data.draw(st.sampled_from(actions))
            if action == "judge":
                self.judge(data.draw(st.sampled_from(list(Outcome))))
            elif action in ("prepare", "start"):
                self.check = "registered"
                self.with_roles(action, self.full)
            else:
                self.step(action, "words")

    @rule(outcome=OUTCOMES)
    def judge(self, outcome: str) -> None:
        if self.attempt("judge", outcome=outcome) is None:
            self.outcome = outcome

    @rule(action=st.sampled_from(["revise", "pause", "resume", "land", "drop", "check_again"]), reason=TEXT)
    def step(self, action: str, reason: str) -> None:
        if self.attempt(action, reason=reason) is None and action in ("drop", "check_again"):
            assert reason.strip()

    @invariant()
    def holds(self) -> None:
        done = [action for _, action, _ in self.log]
        if self.state in ("proven", "failed", "undecided"):
            assert done[-1] == "judge" and plan.ENDED[Outcome(self.outcome)] == self.state
        if self.state in ("running", "paused", "landed", "proven", "failed", "undecided"):
            assert "start" in done and "prepare" in done
        if self.state in ("landed", "proven", "failed", "undecided"):
            assert "land" in done
        if self.state == "dropped":
            assert not plan.allowed(self.state)


START, END = dt.date(2025, 3, 10), dt.date(2025, 4, 10)


class CheckWalk(Walk):
    machine = check

    @initialize()
    def begin(self) -> None:
        self.state, self.log = check.State.DRAFT, []
        self.today, self.sealed, self.changed_after, self.late = dt.date(2025, 3, 1), False, False, False
        self.outcome = ""

    @rule(data=st.data())
    def forward(self, data: st.DataObject) -> None:
        """One of the steps that the state allows and that do not end it; time passes as it needs."""
        if actions := [a for a in check.allowed(self.state) if a != "withdraw"]:
            action = data.draw(st.sampled_from(actions + actions[-1:] * 3))  # mostly straight on
            if action in ("begin", "end"):
                self.today = max(self.today, END + dt.timedelta(1) if action == "end" else START)
                self.pass_time(action)
            elif action == "register":
                self.register(self.today >= START)
            elif action == "judge":
                self.judge(data.draw(st.sampled_from(list(Outcome))))
            else:
                self.change("words") if action == "change" else self.step(action, "words")

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        self.today += dt.timedelta(days)

    @rule(late=st.booleans())
    def register(self, late: bool) -> None:
        before = self.state
        facts = {"today": self.today, "start": START, "sealed": self.sealed, "late": late}
        code = self.attempt("register", **facts)
        if code is None:
            self.sealed = check.seal(self.sealed, before, "register", late=late)
            self.changed_after, self.late = False, late
            assert late or self.today < START
        elif code == "check.started":
            assert self.today >= START and not late

    @rule(reason=TEXT)
    def change(self, reason: str) -> None:
        before = self.state
        if self.attempt("change", reason=reason) is None:
            self.sealed = check.seal(self.sealed, before, "change")
            assert before == "draft" or reason.strip()
            self.changed_after |= before != "draft"

    @rule(action=st.sampled_from(["begin", "end"]))
    def pass_time(self, action: str) -> None:
        code = self.attempt(action, today=self.today, start=START, end=END)
        if code is None:
            assert self.today >= START if action == "begin" else self.today > END
        self.attempt(action, start=START, end=END)  # without today: refused, whatever the state

    @rule(outcome=OUTCOMES)
    def judge(self, outcome: str) -> None:
        if self.attempt("judge", outcome=outcome, sealed=self.sealed) is None:
            self.outcome = outcome

    @rule(action=st.sampled_from(["repeat"] * 5 + ["withdraw"]), reason=TEXT)
    def step(self, action: str, reason: str) -> None:
        if self.attempt(action, reason=reason) is None:
            assert reason.strip()

    @invariant()
    def holds(self) -> None:
        assert not (self.sealed and (self.changed_after or self.late))
        if self.state == "judged":
            assert self.today > END and self.outcome in set(Outcome)
            assert self.sealed or self.outcome == Outcome.CANNOT_TELL
        if self.state in ("running", "due", "judged"):
            assert self.today >= START
        if self.state == "void":
            assert not check.allowed(self.state)


class PainWalk(Walk):
    machine = pain

    @initialize()
    def begin(self) -> None:
        self.state, self.log = pain.State.NEW, []
        self.before, self.resolved = "", False

    @rule(found=st.sampled_from(["", "resolved", *sorted(pain.MEASURED)]))
    def measure(self, found: str) -> None:
        before = self.state
        if self.attempt("measure", found=found) is None:
            assert self.state == (found if before in pain.MEASURED else before)

    @rule()
    def come_and_go(self) -> None:
        self.resolve("gone", 9, 1)
        self.regress(True)

    @rule(outcome=OUTCOMES, yes=st.integers(0, 30), no=st.integers(0, 30))
    def resolve(self, outcome: str, yes: int, no: int) -> None:
        voice, share = pain.voice_of(yes, 0, no)
        if self.attempt("resolve", outcome=outcome, voice=voice, share=share) is None:
            assert outcome == Outcome.GONE and voice != "disagrees"
            self.resolved = True

    @rule(exposed=st.sampled_from([True, False, None]))
    def regress(self, exposed: bool | None) -> None:
        before = self.state
        code = self.attempt("regress", exposed=exposed)
        if before == pain.State.RESOLVED:
            assert (code is None) == (exposed is True)
            self.resolved = exposed is not True

    @rule(reason=TEXT)
    def archive(self, reason: str) -> None:
        before = self.state
        if self.attempt("archive", reason=reason) is None:
            assert reason.strip()
            self.before = before

    @precondition(lambda self: self.state == "archived")
    @rule()
    def restore(self) -> None:
        assert self.attempt("restore", before=self.before) is None

    @invariant()
    def holds(self) -> None:
        if self.state != "archived":
            assert (self.state == "resolved") == self.resolved
        if self.state == "regressed":
            assert any(action == "regress" for _, action, _ in self.log)


@pytest.mark.parametrize("walk", [CaseWalk, PlanWalk, CheckWalk, PainWalk])
def test_walk(walk: type[Walk]) -> None:
    test = walk.TestCase
    test.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
    test("runTest").runTest()


def test_what_the_walks_hardly_reach() -> None:
    assert check.advance("due", "judge", outcome="gone", sealed=True) == "judged"
    assert check.advance("judged", "repeat", reason="more data") == "running"
    with pytest.raises(Refused, match="can only be 'cannot tell', not 'gone'"):
        check.advance("due", "judge", outcome="gone", sealed=False)
    with pytest.raises(Refused, match="Only the verdict 'gone'"):
        pain.advance("ongoing", "resolve", outcome="reduced")
    with pytest.raises(Refused, match="10% of 20 say") as error:
        voice, share = pain.voice_of(2, 3, 15)
        pain.advance("ongoing", "resolve", outcome="gone", voice=voice, share=share)
    assert error.value.code == "pain.voice"
    with pytest.raises(Refused, match="stays resolved for those who have it"):
        pain.advance("resolved", "regress", exposed=False)
    assert pain.advance("resolved", "regress", exposed=True) == "regressed"
    assert pain.advance("regressed", "resolve", outcome="gone") == "resolved"
    assert pain.voice_of(0, 0, 0)[0] == "not asked" and pain.voice_of(1, 1, 1)[0] == "unsure"
    assert pain.voice_of(19, 0, 1)[0] == "agrees"
