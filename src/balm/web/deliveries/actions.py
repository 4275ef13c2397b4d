"""What the actions of deliveries are called in the audit trail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "contact.add": _("Added a contact"),
    "contact.change": _("Changed a contact"),
    "contact.remove": _("Removed a contact"),
    "contact.reveal": _("Looked at an e-mail address"),
    "contact.stop": _("A customer stopped our mail"),
    "delivery.dismiss": _("Put a dead letter aside"),
    "delivery.resend": _("Sent a dead letter again"),
    "delivery.tell": _("Told customers"),
}

KINDS: dict[str, Any] = {
    "contact": _("Contacts"),
    "delivery": _("Deliveries"),
}
