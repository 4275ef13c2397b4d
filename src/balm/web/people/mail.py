"""Messages to people outside the application."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from balm.web.people.models import Invitation

log = logging.getLogger(__name__)


def there_is_a_server() -> bool:
    """Whether EMAIL_URL names a mail server."""
    return bool(settings.EMAIL_URL)


def send_invitation(invitation: Invitation, address: str) -> bool:
    """Send the link; False where there is no mail server or it does not take the message."""
    if not there_is_a_server():
        return False
    subject = _("[Balm] You are invited to %(workspace)s") % {"workspace": invitation.workspace.name}
    text = render_to_string("people/mail/invitation.txt", {"invitation": invitation, "address": address})
    try:
        send_mail(" ".join(subject.split()), text.strip() + "\n", None, [invitation.email])
    except (OSError, SMTPException) as error:
        log.warning("an invitation could not be sent: %s", error)
        return False
    return True
