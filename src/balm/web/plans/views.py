"""Pages of plans: they read and render."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from balm.mitigate import plan as machine
from balm.mitigate import playbooks
from balm.web.experiments import selectors as proof
from balm.web.painpoints.figures import current
from balm.web.painpoints.lines import lines
from balm.web.painpoints.selectors import row_of
from balm.web.people.doors import MemberRequest, door
from balm.web.people.models import Workspace
from balm.web.plans import boards, selectors, services, tasks
from balm.web.plans.forms import PlanForm, RolesForm, TaskForm
from balm.web.plans.models import Plan, PlanRole
from balm.web.plans.refusals import Refused
from balm.web.plans.timeline import timeline as drawn
from balm.web.site.language import pick

State = Plan.State


def themes_of(workspace: Workspace, chosen: Collection[str] = ()) -> list[tuple[str, str]]:
    """Pain points to choose from: those chosen first, then by impact. Groups of words that nobody has accepted as a
    theme are left out, unless chosen."""
    snapshot = current(workspace)
    if snapshot is None:
        return [(theme, theme) for theme in chosen]
    known = {line.theme_id: line.name for line in lines(workspace, snapshot) if not line.discovered}
    first = [(theme, pick(snapshot.labels(theme)) or theme) for theme in chosen]
    return first + [(theme, name) for theme, name in known.items() if theme not in chosen]


@door("plan", "read")
@require_safe
def board(request: MemberRequest) -> HttpResponse:
    """Plans by how far they are; those that were dropped on request."""
    dropped = request.GET.get("dropped") == "1"
    found = selectors.cards(request.workspace)
    columns = [
        (key, label, [card for card in found if card.line.state in states])
        for key, (label, states) in boards.COLUMNS.items()
    ]
    context = {
        "columns": columns,
        "count": len(found),
        "dropped": [card for card in found if card.line.state == State.DROPPED] if dropped else None,
        "dropped_count": sum(card.line.state == State.DROPPED for card in found),
    }
    return render(request, "plans/board.html", context)


@door("plan", "read")
@require_safe
def timeline(request: MemberRequest) -> HttpResponse:
    """Plans and reviews along the calendar."""
    context = {"timeline": drawn(request.workspace, timezone.localdate())}
    return render(request, "plans/timeline.html", context)


@door("plan", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """A plan from a pain point, from a playbook or from nothing."""
    theme = request.GET.get("theme", "")
    theme = theme if row_of(request.workspace, theme) else ""
    themes = themes_of(request.workspace, [theme] if theme else [])
    book = playbooks.named(request.GET.get("playbook", ""))
    initial: dict[str, Any] = {"themes": [theme] if theme else []}
    if book:
        initial |= PlanForm.of_playbook(book)
    form = PlanForm(request.workspace, themes, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            plan = services.create(request.workspace, form.draft(), request.user)
            _first_tasks(request, plan)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("plans:one", request.workspace.slug, plan.number)
    context = {"form": form, "theme": theme, "chosen": book, "books": _books(request.workspace, theme)}
    return render(request, "plans/new.html", context)


def _first_tasks(request: MemberRequest, plan: Plan) -> None:
    """The steps of the playbook, to be changed."""
    book = playbooks.named(plan.playbook)
    for task in book.tasks if book else ():
        tasks.add(request.workspace, plan.number, tasks.TaskDraft(pick(task)), request.user)


def _books(workspace: Workspace, theme: str) -> list[dict[str, Any]]:
    """Playbooks for the kind of the pain, with what the same kind of remedy did here before."""
    snapshot = current(workspace)
    pain = snapshot.by_theme.get(theme) if snapshot else None
    kind = pain.kind if pain else ""
    found = playbooks.of_kind(kind)
    made = dict(Plan.objects.filter(workspace=workspace).exclude(playbook="").values_list("number", "playbook"))
    before = {book.kind: proof.remedies(workspace, book.kind, kind) for book in found}
    return [
        {
            "book": book,
            "kind": Plan.Kind(book.kind).label,
            "before": [one for one in before[book.kind] if made.get(one.plan or 0) == book.key][:3],
            "alike": [one for one in before[book.kind] if made.get(one.plan or 0) != book.key][:2],
        }
        for book in found
    ]


def plan_of(request: MemberRequest, number: int) -> Plan:
    """The plan of this number. Raises Http404."""
    found = Plan.objects.filter(workspace=request.workspace, number=number).select_related("workspace", "loop").first()
    if found is None:
        raise Http404("no such plan")
    return found


@door("plan", "read")
@require_safe
def one(request: MemberRequest, number: int) -> HttpResponse:
    """All of one plan: what, why, who, until when, how it will be known, what came of it."""
    plan = plan_of(request, number)
    snapshot = current(request.workspace)
    pains = [(pain.theme, snapshot.labels(pain.theme) if snapshot else {}) for pain in plan.pains.all()]
    roles = list(plan.roles.select_related("user", "team"))
    context = {
        "plan": plan,
        "line": selectors.line(plan),
        "pains": pains,
        "roles": [(label, [r for r in roles if r.part == part]) for part, label in PlanRole.Part.choices],
        "tasks": list(plan.tasks.select_related("owner", "verified_by")),
        "task_form": TaskForm(request.workspace, prefix="task"),
        "roles_form": RolesForm(plan),
        "checks": proof.of_plan(plan),
        "actions": [
            a for a in machine.allowed(plan.state) if a not in (machine.Action.JUDGE, machine.Action.CHECK_AGAIN)
        ],
        "missing": services.missing(plan),
        "events": list(plan.events.select_related("by")[:60]),
        "book": playbooks.named(plan.playbook),
        "before": [one for one in proof.remedies(request.workspace, plan.kind) if one.plan != plan.number][:5],
        "less": None if plan.expected_effect is None else round(-100 * plan.expected_effect),
        "today": timezone.localdate(),
        "overdue": selectors.overdue(plan.ends, plan.state, timezone.localdate()),
        "next_words": services.onward(plan),
        "ended": plan.state in (State.PROVEN, State.FAILED, State.UNDECIDED, State.DROPPED),
    }
    return render(request, "plans/one.html", context)


@door("plan", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, number: int) -> HttpResponse:
    """Change what a plan says."""
    plan = plan_of(request, number)
    themes = themes_of(request.workspace, list(plan.pains.values_list("theme", flat=True)))
    form = PlanForm(request.workspace, themes, request.POST or None, initial=PlanForm.said(plan))
    if request.method == "POST" and form.is_valid():
        try:
            services.update(request.workspace, number, form.draft(), request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("plans:one", request.workspace.slug, number)
    return render(request, "plans/edit.html", {"form": form, "plan": plan})


@door("plan", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: MemberRequest, number: int, pk: int) -> HttpResponse:
    """Change what a task says."""
    plan = plan_of(request, number)
    row = plan.tasks.filter(pk=pk).first()
    if row is None:
        raise Http404("no such task")
    names = ("title", "kind", "owner", "due", "where", "before", "after", "known_by")
    form = TaskForm(request.workspace, request.POST or None, initial={name: getattr(row, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            tasks.change(request.workspace, number, pk, form.draft(), request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("plans:one", request.workspace.slug, number)
    return render(request, "plans/task.html", {"form": form, "plan": plan, "task": row})


def told(request: MemberRequest, refused: Refused) -> None:
    messages.error(request, str(refused))


def day_of(text: str) -> dt.date | None:
    """A day as browsers send it; None for anything else."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
