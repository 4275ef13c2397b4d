"""Pages of cases: they read and render."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from balm.lake.queries import Comment, Filter
from balm.mitigate import case as machine
from balm.web.asks.selectors import asks_of
from balm.web.asks.services import link
from balm.web.cases import clocks, desk, rules, selectors, services
from balm.web.cases.forms import NewCase
from balm.web.cases.lines import duration, line, lines
from balm.web.cases.looking import Looker
from balm.web.cases.models import Case, CaseContact, CaseTheme, Macro
from balm.web.cases.refusals import Refused
from balm.web.feedback import selectors as feedback
from balm.web.feedback.views import shown
from balm.web.people.doors import MemberRequest, door
from balm.web.people.models import Workspace
from balm.web.site.language import pick

DAYS = (7, 30, 90, 365)


@door("case", "read")
@require_safe
def queue(request: MemberRequest) -> HttpResponse:
    """Cases by the time that is left."""
    workspace, user = request.workspace, request.user
    asked = selectors.Filters.read(request.GET)
    page = Paginator(selectors.queue(workspace, asked, user), selectors.PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "page": page,
        "lines": lines(workspace, page.object_list),
        "summary": selectors.summary(workspace),
        "any": selectors.any_at_all(workspace),
        "desk": desk.of(workspace),
        "teams": selectors.teams(workspace),
        "people": selectors.workers(workspace),
        "themes": _themes(workspace),
        "states": Case.State.choices,
        "sources": Case.Source.choices,
        "priorities": Case.Priority.choices,
        "free": selectors.free_for(workspace, user),
        "tab": "queue",
    }
    return render(request, "cases/queue.html", context)


def _themes(workspace: Workspace) -> list[tuple[str, str]]:
    """Themes that cases are about, by name."""
    used = CaseTheme.objects.filter(case__workspace=workspace).values_list("theme", flat=True).distinct()
    names = selectors.names(workspace)
    return sorted(((theme, pick(names.get(theme)) or theme) for theme in used), key=lambda pair: pair[1].casefold())


@door("case", "read")
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """One's own cases, most pressing first: made for the phone."""
    workspace = request.workspace
    rows = selectors.mine(workspace, request.user)
    context = {
        "lines": lines(workspace, rows[: selectors.PAGE]),
        "count": rows.count(),
        "free": selectors.free_for(workspace, request.user),
        "team": selectors.team_of(workspace, request.user),
        "teams": selectors.teams(workspace),
        "unread": selectors.summary(workspace).unread,
        "tab": "mine",
    }
    return render(request, "cases/mine.html", context)


@door("case", "read")
@require_safe
def one(request: MemberRequest, number: int) -> HttpResponse:
    """All of one case: what was said, what was promised, what was done, what can be done next."""
    case = case_of(request, number)
    workspace, now = request.workspace, timezone.now()
    calendar, names = selectors.calendar_of(workspace), selectors.names(workspace)
    room = feedback.room(workspace)
    ids = list(case.comments.values_list("feedback_id", flat=True).distinct())
    comments = room.lake.comments(ids) if ids else []
    context = {
        "case": case,
        "line": line(case, calendar, names, now),
        "clock": _clock(case, calendar, now),
        "themes": [(row.theme, pick(names.get(row.theme)) or row.theme) for row in case.themes.all()],
        "reason": pick(names.get(case.reason)) or case.reason,
        "comments": [shown(room, comment) for comment in comments],
        "plain": True,
        "room": room,
        "contacts": list(case.contacts.select_related("by", "delivery")),
        "events": list(case.events.select_related("by")[:200]),
        "asks": _asks(case),
        "tab": "one",
        **_doing(request, case, names),
        **_customer(request, case, room, ids),
    }
    return render(request, "cases/one.html", context)


def case_of(request: MemberRequest, number: int) -> Case:
    """The case of this number. Raises Http404."""
    found = selectors.one(request.workspace, number)
    if found is None:
        raise Http404("no such case")
    return found


def _clock(case: Case, calendar: Any, now: Any) -> dict[str, Any]:
    """The two promises: until when, and what is left of each."""
    found = clocks.read(case, now, calendar)
    promises = []
    for label, due, left, which in (
        (_("First contact"), found.first_due, found.first_left, "first"),
        (_("Solution"), found.solve_due, found.solve_left, "solve"),
    ):
        if due is not None:
            broken = which in found.breached
            told = None if left is None else duration(abs(left))
            promises.append(
                {"label": label, "due": calendar.local(due), "left": told, "broken": broken, "runs": left is not None}
            )
    return {"promises": promises, "paused": found.paused, "zone": calendar.zone, "policy": case.policy}


def _doing(request: MemberRequest, case: Case, names: Any) -> dict[str, Any]:
    """What can be done next, and with what."""
    workspace = request.workspace
    picked = request.GET.get("macro", "")
    macro = Macro.objects.filter(workspace=workspace, pk=int(picked)).first() if _small(picked) else None
    contact = _contact(case)
    language = (contact.language if contact else "") or case.language
    themes = feedback.room(workspace).choices
    return {
        "actions": [action.value for action in machine.allowed(case.state)],
        "teams": [team for team in selectors.teams(workspace) if team.pk != case.team_id],
        "people": selectors.workers(workspace),
        "channels": CaseContact.Channel.choices,
        "outcomes": CaseContact.Outcome.choices,
        "directions": CaseContact.Direction.choices,
        "results": Case.Outcome.choices,
        "priorities": Case.Priority.choices,
        "reasons": themes,
        "first_theme": next((row.theme for row in case.themes.all()), ""),
        "macros": list(Macro.objects.filter(workspace=workspace)),
        "macro": macro or case.macro,
        "contact": contact,
        "mail_language": language,
        "text": rules.filled(macro or case.macro, case, language, request.user) if macro or case.macro else "",
        "token": uuid.uuid4().hex,
    }


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _contact(case: Case) -> Any:
    from balm.web.deliveries.selectors import contact_of

    return contact_of(case.workspace, case.customer) if case.customer else None


def _asks(case: Case) -> list[dict[str, Any]]:
    """What the customer was asked after each closing, and the link for whoever cannot be written to."""
    refs = [str(case.number), *(f"{case.number}.{run}" for run in range(1, case.reopened + 1))]
    rows = [row for ref in refs for row in asks_of(case.workspace, "case", ref)]
    return [{"row": row, "link": "" if row.answer else link(row)} for row in rows]


def _customer(request: MemberRequest, case: Case, room: feedback.Room, ids: list[str]) -> dict[str, Any]:
    """Other cases of the customer, and what else she said."""
    if not case.customer:
        return {"others": [], "said": []}
    others = [row for row in selectors.of_customer(request.workspace, case.customer) if row.pk != case.pk]
    page = room.lake.page(Filter(customer=case.customer), size=6 + len(ids))
    said = [shown(room, comment) for comment in page.comments if comment.feedback_id not in ids][:6]
    return {"others": lines(request.workspace, others[:10]), "said": said}


@door("case", "work")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """A case by hand, from a comment or from a customer's page."""
    workspace = request.workspace
    looker = Looker.of(workspace)
    comment = _comment(looker, request.GET.get("feedback", ""))
    customer = (comment.person or "") if comment else request.GET.get("customer", "").replace("\0", "")[:200]
    if comment is None and (not customer or looker.room.lake.customer(customer) is None):
        raise Http404("no such comment or customer")
    said = looker.said(comment) if comment else {"customer": customer, "themes": []}
    route = rules.route(workspace, said["facts"]) if comment else None
    given = {"themes": said["themes"], "priority": (route.priority if route else "") or "normal"}
    given |= {"team": route.team.pk if route and route.team else "", "owner": request.user.pk}
    form = NewCase(workspace, looker.room.choices, request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            case, joined = _open(request, form, said, comment)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("It joined case %(n)s, which is still open.") % {"n": case.number}
                             if joined else _("Case %(n)s was opened.") % {"n": case.number})  # fmt: skip
            return redirect("cases:one", workspace.slug, case.number)
    context = {
        "form": form,
        "shown": shown(looker.room, comment) if comment else None,
        "customer": customer,
        "others": lines(workspace, selectors.of_customer(workspace, customer)) if customer else [],
        "room": looker.room,
        "plain": True,
    }
    return render(request, "cases/new.html", context)


def _comment(looker: Looker, feedback_id: str) -> Comment | None:
    return looker.room.lake.comment(feedback_id) if feedback_id and "\0" not in feedback_id else None


def _open(request: MemberRequest, form: NewCase, said: dict[str, Any], comment: Comment | None) -> tuple[Case, bool]:
    data = form.cleaned_data
    last = request.workspace.cases.order_by("-number").values_list("number", flat=True).first() or 0
    case = services.open_case(
        request.workspace,
        source=Case.Source.HAND,
        feedback_id=comment.feedback_id if comment else "",
        by=request.user,
        **(said | {"themes": data["themes"]}),
        priority=data["priority"],
        team=data["team"],
        owner=services.member(request.workspace, int(data["owner"])) if data["owner"] else None,
        text=data["text"],
    )
    return case, case.number <= last


@door("case", "read")
@require_safe
def report(request: MemberRequest) -> HttpResponse:
    """What became of the cases of some days, in shares with intervals."""
    said = request.GET.get("days", "")
    days = int(said) if said in map(str, DAYS) else 30
    found, names = selectors.report(request.workspace, days), selectors.names(request.workspace)
    context = {
        "report": found,
        "days": DAYS,
        "reasons": [(theme, pick(names.get(theme)) or theme, n) for theme, n in found.reasons],
        "tab": "report",
    }
    return render(request, "cases/report.html", context)
