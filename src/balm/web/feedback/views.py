"""Pages of comments: the stream and one comment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from balm.lake.queries import Cursor
from balm.web.feedback import export as csv_file
from balm.web.feedback import filters, marks, panel, selectors, services, words
from balm.web.feedback.sealing import Unreadable
from balm.web.people.doors import MemberRequest, allowed, door

LAST = "recoded"
"""In the session: what was coded by hand last, to be taken back at once."""


def _asked(request: MemberRequest, room: selectors.Room) -> filters.Asked:
    """What the address asks for. Who may not see customers may not look for one."""
    if "customer" in request.GET and not allowed(request.role, "customer", "read"):
        raise PermissionDenied("customer.read")
    return filters.read(
        request.GET,
        theme=room.decisions.theme,
        theme_name=room.name,
        import_of=lambda value: selectors.import_of(request.workspace, value),
    )


@door("feedback", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Comments that meet the address's filters; asked for by a script, for the drawer."""
    room = selectors.room(request.workspace)
    asked = _asked(request, room)
    at = Cursor.read(request.GET.get("at", "")[:80])
    page = room.lake.page(
        asked.filter, at=at, back=at is not None and "back" in request.GET, oldest_first=asked.oldest_first
    )
    drawer = bool(request.htmx) and not request.htmx.boosted
    context: dict[str, Any] = {
        "room": room,
        "asked": asked,
        "counts": room.lake.counts(asked.filter),
        "page": page,
        "shown": [shown(room, c, asked.filter.text) for c in page.comments],
        "drawer": drawer,
        "search": asked.filter.text,
    }
    if drawer:
        return render(request, "feedback/drawer.html", context | {"drawer_title": _title(asked)})
    context |= {
        "groups": _groups(request, room, asked, panel.uncounted(room)),
        "views": selectors.views(request.workspace, request.user),
        "choices": room.choices if request.can["feedback"]["recode"] else [],
        "last": len(_last(request)) if request.can["feedback"]["recode"] else 0,
    }
    return render(request, "feedback/list.html", context)


@door("feedback", "read")
@require_safe
def facets(request: MemberRequest) -> HttpResponse:
    """The panel of filters with counts, which the page asks for once it is there."""
    room = selectors.room(request.workspace)
    asked = _asked(request, room)
    counted = selectors.facets(room, asked.filter)
    return render(
        request, "feedback/parts/groups.html", {"groups": _groups(request, room, asked, counted), "asked": asked}
    )


def _groups(request: MemberRequest, room: selectors.Room, asked: filters.Asked, counted: Any) -> list[panel.Group]:
    return panel.groups(room, counted, asked.filter, selectors.imports(request.workspace))


def _title(asked: filters.Asked) -> str:
    return " · ".join(chip.value for chip in asked.chips) or _("Feedback")


def shown(room: selectors.Room, comment: Any, search: str = "", length: int | None = marks.SHORT) -> dict[str, Any]:
    """A comment for a template: text in stretches, and of each mention what it is called."""
    quiet = [not m.theme and m.sentiment == "neutral" and not m.by_hand for m in comment.mentions]
    return {
        "comment": comment,
        "text": marks.show(comment, search, length),
        "quiet": sum(quiet),
        "tags": [
            {
                "mention": m,
                "name": room.name(m.theme, m.sentiment),
                "sentiment": words.SENTIMENT.get(m.sentiment, m.sentiment),
                "icon": words.SENTIMENT_ICONS.get(m.sentiment, "minus"),
                "quiet": hushed,
            }
            for m, hushed in zip(comment.mentions, quiet, strict=True)
        ],
    }


@door("feedback", "read")
@require_safe
def one(request: MemberRequest, feedback_id: str) -> HttpResponse:
    """One comment with its mentions and how they came to be coded so."""
    return _one(request, feedback_id)


def _one(request: MemberRequest, feedback_id: str, **more: Any) -> HttpResponse:
    room = selectors.room(request.workspace)
    comment = room.lake.comment(feedback_id)
    if comment is None:
        raise Http404("no such comment")
    item = shown(room, comment, length=None if "all" in request.GET else marks.LONG)
    for tag in item["tags"]:
        m = tag["mention"]
        tag |= {name: names.get(getattr(m, name), "–") for name, names in words.OF_FIELD.items()}
        tag |= {"origin": words.ORIGIN.get(m.origin, "–"), "machine": room.name(m.machine_theme, m.sentiment)}
        tag["text"] = marks.visible(m.text[: marks.SHORT])
    rows = [
        {"row": row, "name": room.name(row.theme or None), "was": room.name(row.was or None)}
        for row in selectors.history(request.workspace, feedback_id)
    ]
    context = {
        "room": room,
        "shown": item,
        "history": rows,
        "choices": room.choices if request.can["feedback"]["recode"] else [],
        "file": selectors.imports(request.workspace).get(comment.import_key, comment.source),
    }
    return render(request, "feedback/one.html", context | more)


@door("feedback", "original")
@require_POST
@never_cache
def original(request: MemberRequest, feedback_id: str) -> HttpResponse:
    """The comment as it was written, once: not stored, not cached, written down."""
    try:
        text = services.original(request.workspace, request.user, feedback_id)
    except Unreadable:
        messages.error(request, _("The original cannot be opened: it was sealed with another key."))
        return redirect("feedback:one", request.workspace.slug, feedback_id)
    except services.NotPossible as refused:
        messages.error(request, str(refused))
        return redirect("feedback:one", request.workspace.slug, feedback_id)
    if text is None:
        raise Http404("no such comment")
    answer = _one(request, feedback_id, original=marks.visible(text))
    answer["Cache-Control"] = "no-store, private"
    return answer


# what changes something

Change = Callable[..., str]


def _change(request: MemberRequest, otherwise: str, act: Callable[[], str]) -> HttpResponse:
    """Do it, say what was done or why not, and go back to where the form stands."""
    try:
        messages.success(request, act())
    except services.NotPossible as refused:
        messages.error(request, str(refused))
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if wanted and ours else otherwise)


@door("feedback", "recode")
@require_POST
def recode(request: MemberRequest) -> HttpResponse:
    """Code the chosen mentions by hand; or take back what was coded last."""

    def take_back() -> str:
        last = _last(request)
        request.session.pop(LAST, None)
        n = services.undo_recodes(request.workspace, request.user, last)
        return ngettext(
            "The hand coding of %(n)s mention was taken back; the figures follow in a moment.",
            "The hand coding of %(n)s mentions was taken back; the figures follow in a moment.",
            n,
        ) % {"n": n}

    def act() -> str:
        room = selectors.room(request.workspace)
        theme = room.theme_named(request.POST.get("theme", "")[:200]) if "theme" in request.POST else None
        if theme is None:
            raise services.NotPossible(_("There is no theme of this name in use. Choose one from the list."))
        picks = [_pick(value) for value in request.POST.getlist("mention")[: services.MOST + 1]]
        rows = services.recode(request.workspace, request.user, [pick for pick in picks if pick], theme)
        n = len(rows)
        request.session[LAST] = {"workspace": request.workspace.pk, "rows": [row.pk for row in rows]}
        if not n:
            return _("Nothing changed: these mentions were coded so by hand before.")
        return ngettext(
            "%(n)s mention is coded by hand. It shows here now; the figures follow in a moment.",
            "%(n)s mentions are coded by hand. They show here now; the figures follow in a moment.",
            n,
        ) % {"n": n}

    doing = take_back if "undo" in request.POST else act
    return _change(request, reverse("feedback:list", args=[request.workspace.slug]), doing)


def _last(request: MemberRequest) -> list[int]:
    """What this person coded last in this workspace, in this session."""
    last = request.session.get(LAST) or {}
    return last["rows"] if last.get("workspace") == request.workspace.pk else []


def _pick(value: str) -> services.Pick | None:
    name, _bar, number = value.rpartition("|")
    return (name[:200], int(number)) if name and number.isascii() and number.isdigit() and len(number) < 8 else None


@door("feedback", "recode")
@require_POST
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a hand coding back."""

    def act() -> str:
        services.undo_recode(request.workspace, request.user, pk)
        return _("The hand coding was taken back; the figures follow in a moment.")

    return _change(request, reverse("feedback:list", args=[request.workspace.slug]), act)


@door("feedback", "read")
@require_POST
def save_view(request: MemberRequest) -> HttpResponse:
    """Keep the filters under a name."""

    def act() -> str:
        name, query = request.POST.get("name", ""), request.POST.get("query", "")
        services.save_view(request.workspace, request.user, name, query.lstrip("?"), shared="shared" in request.POST)
        return _("The view was saved.")

    return _change(request, reverse("feedback:list", args=[request.workspace.slug]), act)


@door("feedback", "read")
@require_POST
def delete_view(request: MemberRequest, pk: int) -> HttpResponse:
    """Remove one's own saved view."""

    def act() -> str:
        services.delete_view(request.workspace, request.user, pk)
        return _("The view was removed.")

    return _change(request, reverse("feedback:list", args=[request.workspace.slug]), act)


@door("feedback", "read")
@require_safe
def export(request: MemberRequest) -> StreamingHttpResponse:
    """What the filters show, as a CSV file."""
    room = selectors.room(request.workspace)
    asked = _asked(request, room)
    services.exported(request.workspace, request.user, asked.query)
    customers, language = allowed(request.role, "customer", "read"), get_language() or "en"

    def pieces() -> Iterator[bytes]:
        with override(language):
            yield from csv_file.rows(room, asked.filter, customers=customers)

    answer = StreamingHttpResponse(pieces(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="feedback-{request.workspace.slug}.csv"'
    answer["Cache-Control"] = "no-store, private"
    return answer
