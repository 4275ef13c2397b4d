"""What the actions of deliveries are called in the audit trail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "channel.add": _("Added a channel"),
    "channel.change": _("Changed a channel"),
    "channel.remove": _("Removed a channel"),
    "channel.rotate": _("Made a new secret for a channel"),
    "channel.switch": _("Switched a channel on or off"),
    "channel.test": _("Tried a channel"),
    "contact.add": _("Added a contact"),
    "contact.change": _("Changed a contact"),
    "contact.import": _("Read a file of contacts"),
    "contact.remove": _("Removed a contact"),
    "contact.reveal": _("Looked at an e-mail address"),
    "contact.stop": _("A customer stopped our mail"),
    "delivery.dismiss": _("Put a dead letter aside"),
    "delivery.office": _("Changed how customers are written to"),
    "delivery.resend": _("Sent a dead letter again"),
    "delivery.tell": _("Told customers"),
}

KINDS: dict[str, Any] = {
    "channel": _("Channels"),
    "contact": _("Contacts"),
    "delivery": _("Deliveries"),
}
