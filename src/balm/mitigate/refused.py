"""What a state machine answers to an action it does not take: a code for programs, a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from balm.core.errors import WrongUse
from balm.core.verdicts import Outcome

TEXTS: dict[str, str] = {
    "unknown_state": "There is no state {state!r}; one of {states}.",
    "unknown_action": "There is no action {action!r}; one of {actions}.",
    "unknown_outcome": "There is no verdict {outcome!r}; one of {outcomes}.",
    "missing": "This step needs: {needs}.",
    "case.unassigned": "Nobody has this case yet: assign it first.",
    "case.contact_first": "The customer has not been contacted since this case was given to its owner: contact first.",
    "case.same_team": "The case is already with the team {team}: choose another team, or another owner within it.",
    "case.not_waiting": "The clock of this case is not paused, so there is nothing to resume.",
    "case.waiting": "This case is already waiting.",
    "case.not_solved": "Only a solved case can be closed: solve it first.",
    "case.solved": "This case is solved: close it, or reopen it first.",
    "case.over": "This case is {state}: reopen it first.",
    "case.open": "This case is still open, so it need not be reopened.",
    "plan.not_ready": "The plan is a draft: give it its roles and mark it ready first.",
    "plan.ready": "The plan is already marked ready.",
    "plan.running": "The plan is running.",
    "plan.not_running": "The plan is not running.",
    "plan.paused": "The plan is paused: resume it first.",
    "plan.not_paused": "The plan is not paused.",
    "plan.landed": "The fix has landed: only the verdict of the check ends the plan now.",
    "plan.not_landed": "The fix has not landed yet, so no verdict on it counts.",
    "plan.judged": "The check of this plan has given its verdict: check again, or make a new plan.",
    "plan.not_judged": "There is no verdict yet, so there is nothing to check again.",
    "plan.dropped": "This plan was dropped: make a new one.",
    "plan.no_check": "A plan starts only with a registered check: register how you will know that it worked.",
    "plan.check_over": "The check of this plan is {check}: register a new one before the plan starts.",
    "raci.no_accountable": "Name the one person who is accountable.",
    "raci.several_accountable": "Exactly one person is accountable; there are {n}: {who}.",
    "raci.no_responsible": "Name at least one person who is responsible for the work.",
    "raci.twice": "{who} has the role {role} twice.",
    "raci.nobody": "A role names nobody.",
    "check.draft": "The check is a draft: register it first.",
    "check.sealed": "The check is registered as it stands; nothing was changed since.",
    "check.started": "The first fix starts on {start}, and a check is registered before that day. "
    "Registered late, its verdict can only be 'cannot tell'.",
    "check.not_started": "The fix starts on {start}; until then there is nothing to measure.",
    "check.running": "The check is running.",
    "check.not_begun": "The check has not begun: the fix has not started.",
    "check.early": "The check is still running; a verdict before its end would be peeking.",
    "check.not_ended": "The check ends on {end}; a verdict before that would be peeking.",
    "check.due": "The check has ended and waits for its verdict.",
    "check.judged": "The check has its verdict; it can run again, but a verdict is not withdrawn.",
    "check.not_judged": "There is no verdict yet, so there is nothing to run again.",
    "check.void": "This check was withdrawn: register a new one.",
    "check.seal_broken": "The check was changed after the start or registered late: "
    "its verdict can only be 'cannot tell', not {outcome!r}.",
    "pain.not_gone": "Only the verdict 'gone' resolves a pain point; this one is {outcome!r}.",
    "pain.voice": "The customers asked again do not agree: {share} of {n} say that it is solved for them.",
    "pain.resolved": "The pain point is already resolved.",
    "pain.not_resolved": "The pain point was not resolved, so it cannot come back.",
    "pain.unexposed": "It came back only among customers who do not have the fix: "
    "it stays resolved for those who have it.",
    "pain.exposure_unknown": "It is not known whether those it came back to have the fix: it stays resolved.",
    "pain.archived": "The pain point is archived: bring it back first.",
    "pain.not_archived": "The pain point is not archived.",
    "office.circle": "The reporting line runs in a circle at {who}.",
    "office.no_lead": "A task force is led by one of its members.",
    "office.one_department": "A task force has people of at least two departments.",
}
"""Code → English sentence; the application translates by code. Names in braces are the facts."""


class Refused(WrongUse):
    """An action that a state, or the facts, do not allow. Nothing was changed.

    `code`: one of `TEXTS`, for programs that say it in other languages; `facts`: the values its sentence names.
    """

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None) -> None:
        self.code, self.facts = code, dict(facts or {})
        super().__init__(TEXTS[code].format(**self.facts))


def verdict(outcome: str) -> Outcome:
    """The outcome of this name. Raises Refused for another word."""
    try:
        return Outcome(outcome)
    except ValueError:
        raise Refused("unknown_outcome", {"outcome": outcome, "outcomes": ", ".join(Outcome)}) from None
