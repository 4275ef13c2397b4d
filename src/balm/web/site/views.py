"""The first page, and the pages for what went wrong."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from balm.web.people.doors import role_of, workspaces_of
from balm.web.people.models import Role


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The workspace last visited, else the first one, else how to get one; the front line opens on its own cases."""
    mine = list(workspaces_of(request.user))
    last = request.session.get("workspace")
    chosen = next((w for w in mine if w.slug == last), mine[0] if mine else None)
    if chosen is None:
        return render(request, "site/no_workspace.html")
    own = "cases:mine" if role_of(request.user, chosen) == Role.FRONT_LINE else "painpoints:home"
    return redirect(own, chosen.slug)


def alive(request: HttpRequest) -> HttpResponse:
    """For a supervisor: the process answers and its database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "site/error.html", {"code": 400}, status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "site/error.html", {"code": 403}, status=403)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without this browser's token: an old page, cookies that are blocked, or another site that sent it."""
    return render(request, "site/error.html", {"code": "stale"}, status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "site/error.html", {"code": 404}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Without the database or a session: they may be what broke."""
    return render(None, "site/broken.html", status=500)
