"""A mail as it goes over the wire."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, override

from balm.web.deliveries import hours, sealed
from balm.web.deliveries.models import Delivery

_POLICY = SMTP.clone(cte_type="7bit")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CODES = {"zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "en": "en"}


def envelope_sender() -> str:
    """The address of BALM_FROM."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or "balm@localhost"


def letter(row: Delivery, to: str, text: str, contact: int | None = None) -> bytes:
    """The whole message. The same delivery has the same Message-ID at every try. `contact`: who may stop our mail;
    such a mail comes in the workspace's name.

    Raises ValueError for an address that cannot stand in a header.
    """
    message = EmailMessage(policy=_POLICY)
    sender = envelope_sender()
    name = parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
    office = hours.office(row.workspace)
    if contact is not None:
        name = office.sender or row.workspace.name
        if office.reply_to:
            message["Reply-To"] = _line(office.reply_to)
    message["From"] = Address(_line(name), addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _line(row.subject)
    message["Date"] = format_datetime(row.created)
    message["Message-ID"] = f"<{row.uid}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    body, raw = text.rstrip() + "\n", b""
    if contact is not None and (stop := sealed.absolute(reverse("asks:stop", args=[sealed.stop_token(contact)]))):
        raw = f"List-Unsubscribe: <{stop}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode("ascii")
        with override(_CODES.get(row.language, "en")):
            body += "\n-- \n" + gettext("No more mail from us: %(link)s") % {"link": stop} + "\n"
    message.set_content(body, charset="utf-8", cte="base64" if not body.isascii() else None)
    message["Content-Language"] = row.language  # after the text, which takes every header of its kind away
    # the package would break a long address into encoded words, which no mail program puts together again
    return raw + message.as_bytes()


def _line(text: str) -> str:
    """One line, so that nothing can begin a header of its own."""
    return _CONTROL.sub(" ", text).strip()
