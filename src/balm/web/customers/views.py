"""Pages of customers: the list, one customer's timeline, and which keys are one person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.lake.queries import Cursor, Filter
from balm.web.asks.selectors import of_customer as asks_of
from balm.web.customers import selectors, services
from balm.web.customers.selectors import in_all
from balm.web.feedback import selectors as feedback
from balm.web.feedback.views import shown
from balm.web.people.doors import MemberRequest, door

PAGE = 50
PAGES = 200
"""Customers on a page, and pages of the list; who looks further searches."""

TIMELINE = 1000
"""Comments of one customer whose scores are drawn."""

ORDERS = ("last", "comments", "negative")


@door("customer", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """Customers with how often they wrote, when last, and how much of it was negative."""
    room = feedback.room(request.workspace)
    search = request.GET.get("q", "").strip()[:200]
    order: Any = request.GET.get("sort") if request.GET.get("sort") in ORDERS else "last"
    number = request.GET.get("page", "1")
    start = min(max(int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1, 1), PAGES)
    found, total = room.lake.customers(search, order=order, start=PAGE * (start - 1), size=PAGE)
    page = Paginator(range(min(total, PAGE * PAGES)), PAGE).get_page(start)
    context = {
        "lines": [selectors.line(customer) for customer in found],
        "total": total,
        "page": page,
        "search": search,
        "order": order,
        "room": room,
    }
    return render(request, "customers/list.html", context)


@door("customer", "merge")
@require_safe
def alike(request: MemberRequest) -> HttpResponse:
    """Keys that may be one customer: a suggestion, with what each of them has; of one `key`, for her page."""
    room = feedback.room(request.workspace)
    if key := request.GET.get("key", "")[:200]:
        person = room.decisions.customer(key)
        others = [k for group in room.lake.alike(person) for k in group if room.decisions.customer(k) != person]
        context = {"key": person, "alike": list(room.lake.keys(others).values()) if others else []}
        return render(request, "customers/parts/alike.html", context)
    groups = room.lake.alike()
    known = room.lake.keys([key for group in groups for key in group])
    told = [[known[key] for key in group if key in known] for group in groups]
    return render(request, "customers/alike.html", {"groups": told, "room": room})


@door("customer", "read")
@require_safe
def one(request: MemberRequest, key: str) -> HttpResponse:
    """Everything one customer said, in order of time, over all sources and channels."""
    room = feedback.room(request.workspace)
    newest = room.lake.page(Filter(customer=key), size=TIMELINE)
    customer = selectors.customer(room, key, newest)
    if customer is None:
        raise Http404("no such customer")
    at = Cursor.read(request.GET.get("at", "")[:80])
    page = selectors.first(newest, PAGE)
    if at is not None:
        page = room.lake.page(Filter(customer=key), at=at, back="back" in request.GET, size=PAGE)
    scored, keys = newest.comments, room.lake.keys_of(customer.key)
    context = {
        "line": selectors.line(customer),
        "page": page,
        "shown": [shown(room, comment) for comment in page.comments],
        "figure": selectors.scores(
            scored,
            in_all(gettext_noop("Scores over time")),
            in_all(gettext_noop("Date")),
            room.snapshot.overview.scale if room.snapshot else None,
        ),
        "partial": customer.comments > TIMELINE,
        "pains": selectors.pains(room, scored),
        "keys": room.lake.keys(keys) if len(keys) > 1 else {},
        "asks": asks_of(request.workspace, key),
        "merges": selectors.merges_of(request.workspace, keys),
        "room": room,
        "plain": True,
    }
    return render(request, "customers/one.html", context)


@door("customer", "merge")
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: MemberRequest, key: str) -> HttpResponse:
    """Choose another customer, see what would be counted as one, and merge."""
    room = feedback.room(request.workspace)
    customer = room.lake.customer(key)
    if customer is None:
        raise Http404("no such customer")
    if request.method == "POST":
        return _merge(request, room, key)
    search = request.GET.get("q", "").strip()[:200]
    other = room.lake.customer(request.GET["other"][:200]) if request.GET.get("other") else None
    found = room.lake.customers(search, size=20)[0] if search else []
    context: dict[str, Any] = {
        "customer": customer,
        "search": search,
        "found": [selectors.line(c) for c in found if c.key != customer.key],
        "other": other,
        "missing": bool(request.GET.get("other")) and other is None,
        "same": other is not None and other.key == customer.key,
        "room": room,
    }
    if other and other.key != customer.key:
        context["keys"] = room.lake.keys([*room.lake.keys_of(customer.key), *room.lake.keys_of(other.key)])
        context["together"] = selectors.together(customer, other)
    return render(request, "customers/merge.html", context)


def _merge(request: MemberRequest, room: feedback.Room, key: str) -> HttpResponse:
    slug = request.workspace.slug
    others = [other[:201] for other in request.POST.getlist("other") if "\0" not in other]
    few = len(others) <= services.MOST and all(len(other) <= services.LONGEST for other in others)
    unknown = sorted(set(filter(None, others)) - set(room.lake.keys(others))) if few else []
    if unknown:
        said = _("No comment has the key “%(key)s”; look for the customer first.")
        messages.error(request, said % {"key": unknown[0]})
        return redirect("customers:merge", slug, key)
    try:
        row = services.merge(request.workspace, request.user, key, others, request.POST.get("reason", ""))
    except services.MergeRefused as refused:
        messages.error(request, str(refused))
        return redirect("customers:merge", slug, key)
    messages.success(request, _("Counted as one customer from now on; the figures follow in a moment."))
    return redirect("customers:one", slug, row.into)


@door("customer", "merge")
@require_POST
def unmerge(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a merge back."""
    try:
        row = services.unmerge(request.workspace, request.user, pk)
    except services.MergeRefused as refused:
        messages.error(request, str(refused))
        return redirect("customers:list", request.workspace.slug)
    messages.success(request, _("The merge was taken back; the figures follow in a moment."))
    return redirect("customers:one", request.workspace.slug, row.into)
