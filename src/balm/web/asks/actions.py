"""What the actions of asks are called in the audit trail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "ask.answer": _("A customer answered"),
    "ask.make": _("Asked a customer"),
}

KINDS: dict[str, Any] = {"ask": _("Questions to customers")}
