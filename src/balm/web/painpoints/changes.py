"""What the forms of these pages ask for: parse, call a service, say what was done, go back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from balm.web.painpoints import priorities, services
from balm.web.painpoints.figures import current
from balm.web.painpoints.lines import lines
from balm.web.painpoints.selectors import KEYS
from balm.web.people.doors import MemberRequest, door

STEPS = ("left", "right", "up", "down")

Change = Callable[..., str]


def _back(request: MemberRequest, otherwise: str) -> str:
    """Where the form stands, if it says so and it is ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and ours else otherwise


def change(view: Change) -> Callable[..., HttpResponse]:
    """A form that was sent: the view changes something and returns what to tell the person.

    A board that a script moves gets an answer without a page.
    """

    @require_POST
    @wraps(view)
    def answered(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        slug = request.workspace.slug
        page = reverse("painpoints:one", args=[slug, kwargs["theme"]]) if "theme" in kwargs else ""
        asked_by_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
        try:
            said = view(request, *args, **kwargs)
        except services.Refused as refused:
            if asked_by_script:
                return HttpResponse(str(refused), status=409, content_type="text/plain; charset=utf-8")
            messages.error(request, str(refused))
        else:
            if asked_by_script:
                return HttpResponse(status=204)
            if said:
                messages.success(request, said)
        return redirect(_back(request, page or reverse("painpoints:list", args=[slug])))

    return answered


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 12 else None


@door("painpoint", "change")
@change
def assign(request: MemberRequest, theme: str) -> str:
    """Owner and team of one pain point."""
    owner, team = (_number(request.POST.get(name, "")) for name in ("owner", "team"))
    services.assign(request.workspace, [theme], request.user, owner=owner, team=team)
    return _("Saved.")


@door("painpoint", "change")
@change
def archive(request: MemberRequest, theme: str) -> str:
    services.archive(request.workspace, [theme], request.POST.get("reason", ""), request.user)
    return _("Archived. It stays in the list under “archived”.")


@door("painpoint", "change")
@change
def restore(request: MemberRequest, theme: str) -> str:
    services.restore(request.workspace, theme, request.POST.get("reason", ""), request.user)
    return _("Restored.")


@door("painpoint", "change")
@change
def note(request: MemberRequest, theme: str) -> str:
    services.add_note(request.workspace, theme, request.POST.get("text", ""), request.user)
    return _("Note saved.")


@door("painpoint", "change")
@change
def change_note(request: MemberRequest, theme: str, pk: int) -> str:
    """Change or delete one's own note."""
    gone = request.POST.get("do") == "delete"
    text = None if gone else request.POST.get("text", "")
    services.change_note(request.workspace, theme, pk, text, request.user)
    return _("Note deleted.") if gone else _("Note saved.")


@door("priority", "change")
@change
def judge(request: MemberRequest, theme: str, what: str) -> str:
    """A person's level or effort above the computed one, or back to it."""
    if what not in ("level", "effort"):
        raise Http404("no such judgement")
    level = "" if request.POST.get("do") == "back" else request.POST.get("level", "")
    reason = request.POST.get("reason", "")
    services.judge(request.workspace, theme, what, level=level, reason=reason, by=request.user)
    return _("Saved. The computed value stays beside it.") if level else _("Back to the computed value.")


@door("priority", "change")
@change
def moscow(request: MemberRequest, theme: str) -> str:
    """Decide from the page of a pain point: to the end of a column."""
    services.place(request.workspace, theme, request.POST.get("column", ""), None, request.user)
    return _("Saved.")


@door("priority", "change")
@change
def move(request: MemberRequest) -> str:
    """Move a card of the board: to a column and a place (by hand or keys), or one step (by buttons)."""
    theme = request.POST.get("item", "")
    snapshot = current(request.workspace)
    found = lines(request.workspace, snapshot) if snapshot else []
    columns = priorities.board(found)
    here = next((c for c in columns for line in c.cards if line.theme_id == theme), None)
    step = request.POST.get("step", "")
    if step in STEPS and here:
        values = [c.value for c in columns]
        at = [line.theme_id for line in here.cards].index(theme)
        column = values[max(0, min(len(values) - 1, values.index(here.value) + {"left": -1, "right": 1}.get(step, 0)))]
        position = at + {"up": -1, "down": 1}.get(step, 0)
    else:
        column, position = request.POST.get("column", ""), _number(request.POST.get("position", ""))
        position = 10**6 if position is None else position
    before = priorities.before(found, theme, column, max(position, 0))
    services.place(request.workspace, theme, column, before, request.user)
    return _("Moved.")


@door("priority", "vote")
@change
def vote(request: MemberRequest, theme: str) -> str:
    """One's own vote; empty takes it back."""
    given = request.POST.get("weight", "")
    weight = _number(given) if given else None
    if given and weight is None:
        raise services.Refused(_("A vote is a number from 1 to 5."))
    services.vote(request.workspace, theme, weight, request.user)
    return _("Your vote is counted, beside the data.") if given else _("Your vote is taken back.")


@door("painpoint", "change")
@change
def bulk(request: MemberRequest) -> str:
    """Archive or assign the pain points that are ticked."""
    themes = request.POST.getlist("item")
    if not themes:
        raise services.Refused(_("Tick the pain points first."))
    if request.POST.get("do") == "archive":
        n = services.archive(request.workspace, themes, request.POST.get("reason", ""), request.user)
        return ngettext("%(n)s pain point archived.", "%(n)s pain points archived.", n) % {"n": n}
    owner, team = (_number(request.POST.get(name, "")) for name in ("owner", "team"))
    n = services.assign(request.workspace, themes, request.user, owner=owner, team=team)
    return ngettext("%(n)s pain point assigned.", "%(n)s pain points assigned.", n) % {"n": n}


@door("painpoint", "read")
@change
def save_view(request: MemberRequest) -> str:
    """Keep the filters under a name. Everybody may keep views of their own; to share one needs the right to change."""
    shared = request.POST.get("shared") == "1"
    if shared and not request.can["painpoint"]["change"]:
        raise PermissionDenied("painpoint.change")
    query = urlencode([(key, request.POST[key][:200]) for key in KEYS if request.POST.get(key)])
    services.save_view(request.workspace, request.POST.get("name", ""), query, request.user, shared=shared)
    return _("View saved.")


@door("painpoint", "read")
@change
def delete_view(request: MemberRequest, pk: int) -> str:
    services.delete_view(request.workspace, pk, request.user)
    return _("View deleted.")
