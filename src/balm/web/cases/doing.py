"""What the buttons and forms of cases ask for: parse, call a service, say what was done, go back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from balm.web.cases import services
from balm.web.cases.models import Case, CaseContact
from balm.web.cases.refusals import Refused
from balm.web.cases.views import case_of
from balm.web.people.doors import MemberRequest, door

Do = Callable[[MemberRequest, int], Case | None]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _back(request: MemberRequest, number: int) -> HttpResponse:
    """To the page the form stood on."""
    if request.POST.get("next") == "mine":
        return redirect("cases:mine", request.workspace.slug)
    return redirect("cases:one", request.workspace.slug, number)


def _contact(request: MemberRequest, number: int) -> Case:
    said = request.POST
    when = parse_datetime(said.get("callback", "")) if said.get("callback") else None
    if when is not None and timezone.is_naive(when):
        from balm.web.cases.selectors import calendar_of

        when = when.replace(tzinfo=calendar_of(request.workspace).local(timezone.now()).tzinfo)
    return services.contact(
        request.workspace,
        number,
        request.user,
        channel=said.get("channel", "") or CaseContact.Channel.PHONE,
        outcome=said.get("outcome", "") or CaseContact.Outcome.REACHED,
        direction=said.get("direction", "") or CaseContact.Direction.OUT,
        text=said.get("text", ""),
        callback=when,
    )


def _step(action: str) -> Do:
    def do(request: MemberRequest, number: int) -> Case:
        return services.step(request.workspace, number, action, request.user, reason=request.POST.get("reason", ""))

    return do


def _solve(request: MemberRequest, number: int) -> Case:
    outcome = request.POST.get("outcome", "") or Case.Outcome.MENDED
    reason = request.POST.get("theme", "")[:120]
    return services.solve(request.workspace, number, request.user, outcome=outcome, reason=reason)


def _take(request: MemberRequest, number: int) -> Case:
    case = services.take(request.workspace, number, request.user)
    if case is None:
        raise Refused(_("Somebody else was quicker: the case is not free any more."))
    return case


ACTIONS: dict[str, Do] = {
    "take": _take,
    "assign": lambda r, n: services.assign(r.workspace, n, _number(r.POST.get("owner", "")), r.user),
    "pass_on": lambda r, n: services.pass_on(
        r.workspace, n, _number(r.POST.get("team", "")), r.user, r.POST.get("text", "")
    ),
    "contact": _contact,
    "wait": _step("wait"),
    "resume": _step("resume"),
    "escalate": _step("escalate"),
    "cancel": _step("cancel"),
    "solve": _solve,
    "close": lambda r, n: services.close(r.workspace, n, r.user),
    "reopen": lambda r, n: services.reopen(r.workspace, n, r.user, reason=r.POST.get("reason", "")),
    "note": lambda r, n: services.note(r.workspace, n, r.POST.get("text", ""), r.user),
    "priority": lambda r, n: services.set_priority(r.workspace, n, r.POST.get("priority", ""), r.user),
}


@door("case", "work")
@require_POST
def act(request: MemberRequest, number: int) -> HttpResponse:
    """One step of a case."""
    case_of(request, number)
    do = ACTIONS.get(request.POST.get("action", ""))
    try:
        if do is None:
            raise Refused(_("There is no such step."))
        case: Any = do(request, number)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        facts = {"n": number, "state": case.get_state_display()}
        messages.success(request, _("Case %(n)s is now: %(state)s.") % facts)
    return _back(request, number)


@door("case", "work")
@require_POST
def reply(request: MemberRequest, number: int) -> HttpResponse:
    """A mail to the customer."""
    case_of(request, number)
    said = request.POST
    try:
        services.reply(
            request.workspace,
            number,
            request.user,
            subject=said.get("subject", ""),
            text=said.get("text", ""),
            token=said.get("token", ""),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        newest = case_of(request, number).contacts.select_related("delivery").first()
        sent = newest.delivery if newest else None
        if sent is not None and sent.state == "skipped":
            messages.error(request, _("Not sent: %(why)s.") % {"why": sent.get_reason_display()})
        else:
            messages.success(request, _("The mail is on its way."))
    return _back(request, number)


@door("case", "work")
@require_POST
def take(request: MemberRequest) -> HttpResponse:
    """The most pressing case that nobody has."""
    try:
        case = services.take_next(request.workspace, request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        case = None
    else:
        if case is None:
            messages.success(request, _("No case waits: everything has an owner."))
    if case is None or request.POST.get("next") == "mine":
        return redirect("cases:mine", request.workspace.slug)
    return redirect("cases:one", request.workspace.slug, case.number)


@door("case", "manage")
@require_POST
def give(request: MemberRequest) -> HttpResponse:
    """Several cases to one person."""
    numbers = [found for text in request.POST.getlist("case") if (found := _number(text))]
    try:
        if not numbers:
            raise Refused(_("Choose the cases first."))
        done, left = services.assign_many(
            request.workspace, numbers, _number(request.POST.get("owner", "")), request.user
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, ngettext("%(n)s case was given.", "%(n)s cases were given.", done) % {"n": done})
        if left:
            told = ngettext("%(n)s is solved or closed and stays.", "%(n)s are solved or closed and stay.", left)
            messages.error(request, told % {"n": left})
    return redirect("cases:queue", request.workspace.slug)
