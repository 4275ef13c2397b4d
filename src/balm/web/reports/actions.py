"""What the actions of reports are called in the audit trail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "report.said_page": _("Opened or closed the page for customers"),
    "report.said_publish": _("Published an entry for customers, or took it off"),
    "report.said_write": _("Wrote an entry for customers"),
}

KINDS: dict[str, Any] = {"report": _("Reports")}
