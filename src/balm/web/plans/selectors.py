"""What pages read of plans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.web.people.models import Workspace
from balm.web.plans.models import Plan, PlanRole, Task

OPEN = (Plan.State.DRAFT, Plan.State.READY, Plan.State.RUNNING, Plan.State.LANDED, Plan.State.PAUSED)
"""States in which a plan is still to be decided."""


UNLANDED = (Plan.State.DRAFT, Plan.State.READY, Plan.State.RUNNING, Plan.State.PAUSED)
"""States in which a fix is still to land."""


def overdue(ends: dt.date | None, state: str, today: dt.date) -> bool:
    """Whether a fix should have landed before today and has not."""
    return ends is not None and ends < today and state in UNLANDED


@dataclass(frozen=True)
class PlanLine:
    """A plan as other pages show it. `owner`: who is accountable, "" while nobody is."""

    number: int
    title: str
    state: str
    state_words: Any
    kind_words: Any
    url: str
    owner: str
    starts: dt.date | None
    ends: dt.date | None
    themes: tuple[str, ...]


@dataclass(frozen=True)
class AgendaLine:
    """Who does what by when."""

    what: str
    who: str
    due: dt.date | None
    done: dt.date | None
    late: bool
    state: Any
    plan: int
    title: str
    url: str


def address(slug: str, number: int) -> str:
    try:
        return reverse("plans:one", args=[slug, number])
    except NoReverseMatch:
        return ""


def review_address(slug: str, pk: int) -> str:
    try:
        return reverse("plans:review", args=[slug, pk])
    except NoReverseMatch:
        return ""


def line(plan: Plan) -> PlanLine:
    """Of a plan with `workspace`, `roles__user` and `pains` at hand."""
    owner = next((role.user for role in plan.roles.all() if role.part == PlanRole.Part.ACCOUNTABLE), None)
    return PlanLine(
        number=plan.number,
        title=plan.title,
        state=plan.state,
        state_words=plan.get_state_display(),
        kind_words=plan.get_kind_display(),
        url=address(plan.workspace.slug, plan.number),
        owner=str(owner) if owner else "",
        starts=plan.starts,
        ends=plan.ends,
        themes=tuple(pain.theme for pain in plan.pains.all()),
    )


def lines(plans: Any) -> list[PlanLine]:
    return [line(plan) for plan in plans.select_related("workspace").prefetch_related("roles__user", "pains")]


def of_pains(workspace: Workspace) -> dict[str, list[PlanLine]]:
    """Theme → its plans, those still to be decided first; dropped ones are left out."""
    found: dict[str, list[PlanLine]] = {}
    for one in _open_first(lines(Plan.objects.filter(workspace=workspace).exclude(state=Plan.State.DROPPED))):
        for theme in one.themes:
            found.setdefault(theme, []).append(one)
    return found


def of_pain(workspace: Workspace, theme: str) -> list[PlanLine]:
    """Every plan that is or was about a pain point."""
    return _open_first(lines(Plan.objects.filter(workspace=workspace, pains__theme=theme)))


def _open_first(found: Iterable[PlanLine]) -> list[PlanLine]:
    return sorted(found, key=lambda one: (one.state not in OPEN, -one.number))


def open_plans(workspace: Workspace) -> list[PlanLine]:
    """Plans that are still to be decided."""
    return lines(Plan.objects.filter(workspace=workspace, state__in=OPEN))


def agenda(workspace: Workspace, first: dt.date, last: dt.date) -> list[AgendaLine]:
    """Tasks that are due or were done within these days, and open ones that were due before, by date."""
    today = timezone.localdate()
    out = (Task.State.DONE, Task.State.DROPPED)
    tasks = Task.objects.filter(plan__workspace=workspace).exclude(plan__state=Plan.State.DROPPED)
    # what an ended plan left undone is nobody's any more
    tasks = tasks.filter(Q(plan__state__in=OPEN) | Q(state=Task.State.DONE))
    due = Q(due__gte=first, due__lte=last) & ~Q(state=Task.State.DROPPED)
    done = Q(done__date__gte=first, done__date__lte=last)
    found = tasks.filter(due | done | (Q(due__lt=first) & ~Q(state__in=out)))
    rows = found.select_related("plan", "plan__workspace", "owner")
    told = []
    for task in rows:
        late = task.due is not None and task.due < today and task.state not in out
        finished = timezone.localdate(task.done) if task.done else None
        told.append(
            AgendaLine(
                what=task.title,
                who=str(task.owner) if task.owner else "",
                due=task.due,
                done=finished,
                late=late,
                state=_("late") if late else task.get_state_display(),
                plan=task.plan.number,
                title=task.plan.title,
                url=address(workspace.slug, task.plan.number),
            )
        )
    return sorted(told, key=lambda one: (one.due or one.done or dt.date.max, one.what))


@dataclass(frozen=True)
class Card:
    """A plan on the board: how far its tasks are, and what its check says."""

    line: PlanLine
    tasks: int
    done: int
    late: int
    overdue: bool
    proof: Any


def cards(workspace: Workspace) -> list[Card]:
    """Every plan, in the order of the board."""
    from balm.web.experiments import selectors as proof

    today = timezone.localdate()
    checks: dict[int, Any] = {}
    for one in proof.all_lines(workspace):
        if one.plan is not None and one.state != "void":
            checks.setdefault(one.plan, one)
    plans = Plan.objects.filter(workspace=workspace).select_related("workspace")
    found = []
    for plan in plans.prefetch_related("roles__user", "pains", "tasks"):
        rows = [task for task in plan.tasks.all() if task.state != Task.State.DROPPED]
        open_ = [task for task in rows if task.state != Task.State.DONE] if plan.state in OPEN else []
        late = sum(bool(task.due and task.due < today) for task in open_)
        done = sum(task.state == Task.State.DONE for task in rows)
        passed = overdue(plan.ends, plan.state, today)
        found.append(Card(line(plan), len(rows), done, late, passed, checks.get(plan.number)))
    return found
