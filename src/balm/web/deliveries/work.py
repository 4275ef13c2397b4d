"""What the clock does: send what is due, and forget what nobody needs any more."""

from __future__ import annotations

import datetime as dt

from balm.web.deliveries import sending
from balm.web.deliveries.models import ContactFile, Delivery
from balm.web.jobs.clock import tick

KEEP = dt.timedelta(days=90)
"""How long the text of a message is kept after its end."""

OPEN_FILE = dt.timedelta(days=1)
"""How long an uploaded file of contacts waits for its columns to be chosen."""


@tick("deliveries", every=1)
def mail(now: dt.datetime) -> int:
    """Mail to members and customers."""
    return sending.send_mail(now)


@tick("deliveries.programs", every=1)
def programs(now: dt.datetime) -> int:
    """Webhooks and chats, beside the mail: neither waits for the other."""
    return sending.send_programs(now)


@tick("deliveries.forget", every=3600)
def forget(now: dt.datetime) -> int:
    """Texts and addresses are not kept for ever. Gives 0: none of it is urgent."""
    ended = Delivery.objects.filter(ended__lt=now - KEEP).exclude(content=None)
    ended.exclude(state=Delivery.State.DEAD).update(content=None)
    ContactFile.objects.filter(state=ContactFile.State.OPEN, created__lt=now - OPEN_FILE).delete()
    return 0
