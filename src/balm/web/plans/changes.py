"""What the forms of these pages ask for: parse, call a service, say what was done, go back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from balm.web.people.doors import MemberRequest, door
from balm.web.plans import boards, services, tasks
from balm.web.plans.forms import RolesForm, TaskForm
from balm.web.plans.refusals import Refused
from balm.web.plans.views import plan_of

Change = Callable[..., str]


def change(view: Change) -> Callable[..., HttpResponse]:
    """A form of a plan that was sent: the view changes something and returns what to tell the person."""

    @require_POST
    @wraps(view)
    def answered(request: MemberRequest, number: int, *args: Any, **kwargs: Any) -> HttpResponse:
        plan_of(request, number)
        try:
            said = view(request, number, *args, **kwargs)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, said)
        return redirect("plans:one", request.workspace.slug, number)

    return answered


def _of(form: Any) -> None:
    """Raises Refused with the first thing that is wrong in a form."""
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        field = form.fields.get(name)
        raise Refused(f"{field.label}: {errors[0]}" if field else errors[0])


@door("plan", "change")
@change
def step(request: MemberRequest, number: int) -> str:
    """Prepare, start, pause, resume, land, drop …"""
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "")
    plan = services.step(request.workspace, number, action, request.user, reason=reason)
    return _("The plan is now: %(state)s.") % {"state": plan.get_state_display()}


@door("plan", "change")
@require_POST
def move(request: MemberRequest) -> HttpResponse:
    """A card of the board: to a place of a column, or with a button one place up or down. A script is told in plain
    text why it cannot be."""
    post = request.POST
    number, step = _number(post.get("item", "")), post.get("step", "")
    try:
        if step in ("up", "down"):
            boards.shift(request.workspace, number, request.user, up=step == "up")
        else:
            boards.move(
                request.workspace, number, post.get("column", ""), _number(post.get("position", "")), request.user
            )
    except Refused as refused:
        if not step:
            return HttpResponse(str(refused), status=409, content_type="text/plain; charset=utf-8")
        messages.error(request, str(refused))
    return redirect("plans:board", request.workspace.slug) if step else HttpResponse(status=204)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@door("plan", "change")
@change
def roles(request: MemberRequest, number: int) -> str:
    form = RolesForm(plan_of(request, number), request.POST)
    _of(form)
    services.assign(request.workspace, number, form.roles(), request.user)
    return _("Saved.")


@door("plan", "change")
@change
def note(request: MemberRequest, number: int) -> str:
    services.note(request.workspace, number, request.POST.get("text", ""), request.user)
    return _("Saved.")


@door("plan", "change")
@change
def spend(request: MemberRequest, number: int) -> str:
    try:
        spent = Decimal(request.POST.get("spent", "").strip())
    except InvalidOperation:
        raise Refused(_("The cost is a number from 0 up.")) from None
    if not spent.is_finite():
        raise Refused(_("The cost is a number from 0 up."))
    services.spend(request.workspace, number, spent, request.user)
    return _("Saved.")


@door("plan", "change")
@change
def task_add(request: MemberRequest, number: int) -> str:
    form = TaskForm(request.workspace, request.POST, prefix="task")
    _of(form)
    tasks.add(request.workspace, number, form.draft(), request.user)
    return _("Added.")


@door("plan", "change")
@change
def task_move(request: MemberRequest, number: int, pk: int) -> str:
    """Open, in progress, done, dropped; or found right."""
    state = request.POST.get("state", "")
    if state == "verified":
        tasks.verify(request.workspace, number, pk, request.user)
    else:
        tasks.move(request.workspace, number, pk, state, request.user)
    return _("Saved.")
