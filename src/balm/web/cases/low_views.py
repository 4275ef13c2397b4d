"""The queue of low scores: every one is read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from balm.web.cases import desk, looking, lowscores, selectors
from balm.web.cases.models import LowScore
from balm.web.cases.refusals import Refused
from balm.web.feedback import selectors as feedback
from balm.web.feedback.views import shown
from balm.web.people.doors import MemberRequest, door

PAGE = 20


@door("case", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Low scores that nobody has read, or those that were; and how many were."""
    workspace = request.workspace
    read = request.GET.get("read") == "1"
    period = lowscores.period(workspace, request.GET.get("days", ""))
    rows = selectors.low_scores(workspace, unread=not read, first=period.first)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    room = feedback.room(workspace)
    found = {c.feedback_id: c for c in room.lake.comments([row.feedback_id for row in page.object_list])}
    looker = looking.Looker.of(workspace)
    context: dict[str, Any] = {
        "page": page,
        "rows": [
            (row, shown(room, found[row.feedback_id]) if row.feedback_id in found else None) for row in page.object_list
        ],
        "read": read,
        "period": period,
        "periods": [(key, key) for key in lowscores.PERIODS],
        "coverage": lowscores.coverage(lowscores.rows(workspace, first=period.first)),
        "limit": looking.limit(looker.scale),
        "desk": desk.of(workspace),
        "decided": LowScore.Decided.choices,
        "called": LowScore.Called.choices,
        "room": room,
        "plain": True,
        "tab": "low",
    }
    return render(request, "cases/low_scores.html", context)


@door("case", "work")
@require_POST
def read(request: MemberRequest) -> HttpResponse:
    """One low score was read."""
    said = request.POST
    picked = [int(text) for text in said.getlist("row") if text.isascii() and text.isdigit() and len(text) < 18]
    try:
        found = lowscores.read(
            request.workspace,
            request.user,
            picked,
            decided=said.get("decided", ""),
            note=said.get("note", ""),
            called=said.get("called", ""),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        case = found[0].case
        told = _("Read. Case %(n)s is about it.") % {"n": case.number} if case else _("Marked as read.")
        messages.success(request, told)
    answer = redirect("cases:low_scores", request.workspace.slug)
    if said.get("days", "") in lowscores.PERIODS:
        answer["Location"] += f"?days={said['days']}"
    return answer
