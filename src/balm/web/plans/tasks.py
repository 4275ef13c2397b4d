"""What changes the tasks of a plan: each function one transaction with its audit row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.web.people.audit import record
from balm.web.people.models import User, Workspace
from balm.web.plans.models import Plan, Task
from balm.web.plans.refusals import Refused
from balm.web.plans.services import LONGEST_TITLE, held, line_of, tell, text_of

MOST_TASKS = 200


@dataclass(frozen=True)
class TaskDraft:
    """What a person fills in. A promise or a page says where it stands, how it reads now and how it shall read."""

    title: str
    kind: str = Task.Kind.TASK
    owner: int | None = None
    due: dt.date | None = None
    where: str = ""
    before: str = ""
    after: str = ""
    known_by: str = ""


def _checked(workspace: Workspace, draft: TaskDraft) -> dict[str, object]:
    if draft.kind not in Task.Kind.values:
        raise Refused(_("Choose the kind of the task."))
    owner = User.objects.filter(pk=draft.owner, memberships__workspace=workspace).first() if draft.owner else None
    if draft.owner and owner is None:
        raise Refused(_("This person or team does not belong to the workspace."))
    fields = {
        "title": line_of(draft.title, LONGEST_TITLE, needed=_("Say what is to be done.")),
        "kind": draft.kind,
        "owner": owner,
        "due": draft.due,
        "where": line_of(draft.where, 300),
        "before": text_of(draft.before),
        "after": text_of(draft.after),
        "known_by": line_of(draft.known_by, 300),
    }
    if draft.kind != Task.Kind.TASK and not (fields["where"] and fields["known_by"]):
        raise Refused(_("Say where the promise or page stands, and how it will be known to be right."))
    return fields


def _open(plan: Plan) -> None:
    if plan.state in (Plan.State.PROVEN, Plan.State.FAILED, Plan.State.UNDECIDED, Plan.State.DROPPED):
        raise Refused(_("The plan has ended: its tasks stay as they were."))


@transaction.atomic
def add(workspace: Workspace, number: int, draft: TaskDraft, by: User) -> Task:
    """Add a task at the end."""
    plan = held(workspace, number)
    _open(plan)
    count = plan.tasks.count()
    if count >= MOST_TASKS:
        raise Refused(_("A plan has at most %(n)s tasks: make a second plan.") % {"n": MOST_TASKS})
    task = Task.objects.create(plan=plan, place=count, **_checked(workspace, draft))
    tell(plan, "task", by, task.title, what="added", task=task.pk)
    record(workspace, by, "plan.task_add", number, task=task.pk, title=task.title)
    return task


def _held(workspace: Workspace, number: int, pk: int) -> Task:
    plan = held(workspace, number)
    _open(plan)
    task = Task.objects.select_for_update().filter(plan=plan, pk=pk).first()
    if task is None:
        raise Refused(_("This task is not there any more. Load the page again."))
    return task


@transaction.atomic
def change(workspace: Workspace, number: int, pk: int, draft: TaskDraft, by: User) -> Task:
    """Change what a task says. One that was found right must be looked at again."""
    task = _held(workspace, number, pk)
    fields = _checked(workspace, draft)
    if any(getattr(task, name) != value for name, value in fields.items()):
        for name, value in fields.items():
            setattr(task, name, value)
        task.verified = task.verified_by = None
        task.save()
        tell(task.plan, "task", by, task.title, what="changed", task=pk)
        record(workspace, by, "plan.task_change", number, task=pk)
    return task


@transaction.atomic
def move(workspace: Workspace, number: int, pk: int, state: str, by: User) -> Task:
    """Put a task into a state: open, doing, done or dropped."""
    task = _held(workspace, number, pk)
    if state not in Task.State.values:
        raise Refused(_("There is no such state."))
    if task.state == state:
        return task
    was, task.state = task.state, state
    task.done = timezone.now() if state == Task.State.DONE else None
    if state != Task.State.DONE:
        task.verified = task.verified_by = None
    task.save()
    tell(task.plan, "task", by, task.title, what=state, task=pk)
    record(workspace, by, "plan.task_state", number, task=pk, **{"from": was, "to": state})
    return task


@transaction.atomic
def verify(workspace: Workspace, number: int, pk: int, by: User) -> Task:
    """Somebody other than its owner has looked, and it is as it shall be: a corrected promise, a mended page."""
    task = _held(workspace, number, pk)
    if task.state != Task.State.DONE:
        raise Refused(_("Only a task that is done can be found right."))
    if task.owner_id == by.pk:
        raise Refused(_("Somebody other than its owner looks whether it is right."))
    task.verified, task.verified_by = timezone.now(), by
    task.save(update_fields=["verified", "verified_by"])
    tell(task.plan, "task", by, task.title, what="verified", task=pk)
    record(workspace, by, "plan.task_verify", number, task=pk)
    return task
