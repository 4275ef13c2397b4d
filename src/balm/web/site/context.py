"""What the frame of every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from balm.core.version import __version__
from balm.web.people.doors import workspaces_of
from balm.web.site.nav import items

_HTML_LANG = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Workspace, role, rights, navigation and language."""
    found: dict[str, Any] = {"html_lang": _HTML_LANG.get(get_language() or "en", "en"), "version": __version__}
    workspace = getattr(request, "workspace", None)
    if workspace is not None:
        if request.session.get("workspace") != workspace.slug:  # else every look at a page would be a write
            request.session["workspace"] = workspace.slug
        found |= {
            "workspace": workspace,
            "role": request.role,
            "can": request.can,
            "nav": items(request),
            "my_workspaces": SimpleLazyObject(lambda: list(workspaces_of(request.user))),
        }
    return found
