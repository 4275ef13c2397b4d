"""What pages read of checks and verdicts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from balm.web.experiments.models import Check, CheckChange, Look, VerdictRow
from balm.web.experiments.told import ProofLine, line
from balm.web.people.models import Workspace

_NEVER = dt.date.min
_ORDER = {state: n for n, state in enumerate(("judged", "due", "running", "registered", "draft", "void"))}


def check_of(workspace: Workspace, pk: int) -> Check | None:
    """One check of the workspace."""
    return Check.objects.filter(workspace=workspace, pk=pk).select_related("workspace", "made_by").first()


def verdicts(check: Check) -> list[VerdictRow]:
    """Every look, newest first."""
    return list(VerdictRow.objects.filter(check_of=check))


def newest(checks: Iterable[Check]) -> dict[int, VerdictRow]:
    """Check → its newest verdict that is not interim."""
    found: dict[int, VerdictRow] = {}
    rows = VerdictRow.objects.filter(check_of__in=[check.pk for check in checks], interim=False)
    for row in rows:
        found.setdefault(row.check_of_id, row)
    return found


def changes(check: Check) -> list[CheckChange]:
    """What was registered and changed, oldest first."""
    return list(CheckChange.objects.filter(check_of=check))


def looks(check: Check) -> list[Look]:
    """Looks after the pain was closed, oldest first."""
    return list(Look.objects.filter(check_of=check))


def lines(checks: Iterable[Check]) -> list[ProofLine]:
    """Checks with their verdicts."""
    checks = list(checks)
    found = newest(checks)
    return [line(check, found.get(check.pk)) for check in checks]


def _live(workspace: Workspace) -> list[Check]:
    found = Check.objects.filter(workspace=workspace).exclude(state=Check.State.VOID).select_related("workspace")
    return list(found)


def of_pains(workspace: Workspace) -> dict[str, ProofLine]:
    """Theme id → its newest check: a verdict before one that is still out, of two verdicts the later one."""
    found: dict[str, ProofLine] = {}
    for one in sorted(lines(_live(workspace)), key=lambda x: (bool(x.outcome), x.judged or x.registered or _NEVER)):
        for theme in one.themes:
            found[theme] = one
    return found


def of_pain(workspace: Workspace, theme: str) -> list[ProofLine]:
    """Every check of one pain point, newest first."""
    return lines(check for check in _live(workspace) if theme in check.themes)


def of_plan(plan: Any) -> list[ProofLine]:
    """Checks of a plan (anything with `workspace` and `number`), newest first; withdrawn ones are left out."""
    found = Check.objects.filter(workspace=plan.workspace, plan=plan.number).exclude(state=Check.State.VOID)
    return lines(found.select_related("workspace"))


def has_registered(workspace: Workspace, plan: int) -> bool:
    """Whether a plan has a check under seal: without one it does not start."""
    out = (Check.State.DRAFT, Check.State.VOID)
    return Check.objects.filter(workspace=workspace, plan=plan).exclude(state__in=out).exists()


def remedies(workspace: Workspace, kind_of_plan: str, kind_of_pain: str = "") -> list[ProofLine]:
    """What the same kind of remedy did here before, by verdict, newest first. `kind_of_pain`: only for such pains."""
    from balm.web.painpoints.figures import current
    from balm.web.plans.models import Plan

    of_kind = set(Plan.objects.filter(workspace=workspace, kind=kind_of_plan).values_list("number", flat=True))
    snapshot = current(workspace)
    kinds = {pain.theme_id: pain.kind for pain in snapshot.painpoints} if snapshot else {}
    judged = [check for check in _live(workspace) if check.outcome and check.plan in of_kind]
    if kind_of_pain:
        judged = [check for check in judged if kind_of_pain in {kinds.get(theme) for theme in check.themes}]
    return lines(judged)


def all_lines(workspace: Workspace) -> list[ProofLine]:
    """Every check: verdicts first, then by how far they are."""
    found = Check.objects.filter(workspace=workspace).select_related("workspace")
    return sorted(lines(found), key=lambda one: _ORDER[one.state])


def ledger(workspace: Workspace) -> Any:
    """What plans cost and what their checks found: a `ledgers.Page`."""
    from balm.web.experiments import ledgers

    return ledgers.of(workspace)
