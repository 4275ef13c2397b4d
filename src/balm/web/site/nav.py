"""The navigation of a workspace, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from balm.web.people.doors import allowed

PAGES = (
    ("painpoints:home", _("Home"), "home", ("painpoint", "read")),
    ("painpoints:list", _("Pain points"), "alert-triangle", ("painpoint", "read")),
    ("cases:queue", _("Cases"), "inbox", ("case", "read")),
    ("plans:board", _("Plans"), "clipboard-list", ("plan", "read")),
    ("experiments:list", _("Proof"), "scale", ("check", "read")),
    ("feedback:list", _("Feedback"), "message", ("feedback", "read")),
    ("customers:list", _("Customers"), "users", ("customer", "read")),
    ("codebook:tree", _("Codebook"), "book", ("codebook", "read")),
    ("painpoints:priorities", _("Priorities"), "list", ("priority", "read")),
    ("reports:list", _("Reports"), "presentation", ("report", "read")),
    ("plans:office", _("Office"), "building", ("office", "read")),
    ("deliveries:list", _("Deliveries"), "send", ("delivery", "read")),
    ("feedback:imports", _("Import"), "upload", ("import", "read")),
    ("people:settings", _("Settings"), "settings", ("people", "read")),
)
"""Address name, label, icon, and the right that shows it."""


@dataclass(frozen=True)
class Item:
    url: str
    label: Any
    icon: str
    active: bool


def items(request: Any) -> list[Item]:
    """The entries this member may open; the one whose address the page's starts with is active."""
    found = []
    for name, label, icon, right in PAGES:
        if allowed(request.role, *right):
            try:
                url = reverse(name, args=[request.workspace.slug])
            except NoReverseMatch:
                continue
            found.append((url, label, icon))
    path = request.path
    active = max((url for url, _l, _i in found if path.startswith(url)), key=len, default="")
    return [Item(url, label, icon, url == active) for url, label, icon in found]
