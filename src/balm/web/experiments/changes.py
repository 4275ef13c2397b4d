"""What the forms of a check ask for: parse, call a service, say what was done, go back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from balm.web.experiments import judging, selectors, services, voice
from balm.web.experiments.forms import a_day
from balm.web.experiments.refusals import Refused
from balm.web.people.doors import MemberRequest, door


def act(view: Callable[..., str]) -> Callable[..., HttpResponse]:
    """A form that was sent: the view changes something and returns what to tell the person."""

    @require_POST
    @wraps(view)
    def answered(request: MemberRequest, pk: int) -> HttpResponse:
        if selectors.check_of(request.workspace, pk) is None:
            raise Http404("no such check")
        try:
            messages.success(request, view(request, pk))
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("experiments:check", request.workspace.slug, pk)

    return answered


@door("check", "change")
@act
def seal(request: MemberRequest, pk: int) -> str:
    services.register(request.workspace, pk, request.user)
    return _("Registered. From now on it cannot be changed without a trace.")


@door("check", "change")
@act
def look(request: MemberRequest, pk: int) -> str:
    judging.look(request.workspace, pk, request.user)
    return _("It is being read; the result appears here.")


@door("check", "change")
@act
def ask(request: MemberRequest, pk: int) -> str:
    n = voice.ask(request.workspace, pk, request.user)
    return ngettext("%(n)s customer is asked.", "%(n)s customers are asked.", n) % {"n": n}


@door("check", "close")
@act
def close(request: MemberRequest, pk: int) -> str:
    judging.close(request.workspace, pk, request.POST.get("reason", ""), request.user)
    return _("Closed. The reason stands beside the verdict.")


@door("check", "change")
@act
def note(request: MemberRequest, pk: int) -> str:
    unit, when = request.POST.get("unit", "").replace("\0", " ").strip(), a_day(request.POST.get("day", ""))
    reason = request.POST.get("reason", "")
    services.note_contamination(request.workspace, pk, request.user, unit=unit, day=when, reason=reason)
    return _("Noted. The verdict will say so.")


@door("check", "change")
@act
def repeat(request: MemberRequest, pk: int) -> str:
    end = a_day(request.POST.get("end", ""))
    services.repeat(request.workspace, pk, request.POST.get("reason", ""), end, request.user)
    return _("It runs again until %(day)s.") % {"day": end}


@door("check", "change")
@act
def withdraw(request: MemberRequest, pk: int) -> str:
    services.withdraw(request.workspace, pk, request.POST.get("reason", ""), request.user)
    return _("Withdrawn. It stays to be seen.")
