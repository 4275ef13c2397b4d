"""Pages of what is promised: office hours, service times, and how cases are opened and given."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from balm.mitigate import clock
from balm.web.cases import desk
from balm.web.cases.forms import CalendarForm, DeskForm, PolicyForm
from balm.web.cases.models import Case, Policy
from balm.web.cases.refusals import Refused
from balm.web.people.doors import MemberRequest, door

Form = CalendarForm | DeskForm


@door("case", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def times(request: MemberRequest) -> HttpResponse:
    """Office hours, service times, and what opens a case."""
    workspace = request.workspace
    form = CalendarForm(request.POST or None, initial=CalendarForm.of(desk.calendar_of(workspace)))
    if request.method == "POST" and form.is_valid():
        try:
            desk.set_calendar(workspace, form.said(), request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The office hours were saved; the clocks of all open cases follow."))
            return redirect("cases:times", workspace.slug)
    return _times(request, form, DeskForm(initial=DeskForm.of(desk.of(workspace))))


def _times(request: MemberRequest, form: CalendarForm, other: DeskForm) -> HttpResponse:
    rows = [(row, _promised(clock.policy_from_json(row.terms))) for row in desk.policies(request.workspace)]
    context = {
        "form": form,
        "desk_form": other,
        "policies": rows,
        "built_in": None if any(row.usual for row, _t in rows) else _promised(desk.USUAL),
        "tab": "times",
    }
    return render(request, "cases/times.html", context)


def _promised(terms: clock.Policy) -> list[tuple[str, float | None, float | None]]:
    """Priority, hours to the first contact, hours to the solution."""
    found = []
    for priority, label in Case.Priority.choices:
        target = terms.target(priority)
        found.append((str(label), *(None if s is None else s / 3600 for s in (target.first, target.solve))))
    return found


@door("case", "manage")
@require_POST
def desk_form(request: MemberRequest) -> HttpResponse:
    """What opens a case by itself, and who gets it."""
    form = DeskForm(request.POST)
    if form.is_valid():
        desk.set_desk(request.workspace, request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("cases:times", request.workspace.slug)
    return _times(request, CalendarForm(initial=CalendarForm.of(desk.calendar_of(request.workspace))), form)


@door("case", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: MemberRequest) -> HttpResponse:
    """New service times, beginning with the built-in ones."""
    first = not desk.policies(request.workspace)
    name = _("Our service times") if first else ""
    return _policy(request, None, PolicyForm.of(desk.USUAL, name, first))


@door("case", "manage")
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: MemberRequest, pk: int) -> HttpResponse:
    """Change service times, or remove them."""
    row = Policy.objects.filter(workspace=request.workspace, pk=pk).first()
    if row is None:
        raise Http404("no such service times")
    if request.method == "POST" and request.POST.get("do") == "remove":
        try:
            desk.remove_policy(request.workspace, pk, request.user)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Removed; its cases are under the usual service times now."))
        return redirect("cases:times", request.workspace.slug)
    return _policy(request, row, PolicyForm.of(clock.policy_from_json(row.terms), row.name, row.usual))


def _policy(request: MemberRequest, row: Policy | None, initial: dict[str, object]) -> HttpResponse:
    form = PolicyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            pk = row.pk if row else None
            desk.save_policy(request.workspace, form.terms(), request.user, usual=data["usual"], pk=pk)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The service times were saved; the clocks of open cases follow."))
            return redirect("cases:times", request.workspace.slug)
    return render(request, "cases/policy.html", {"form": form, "policy": row, "tab": "times"})
