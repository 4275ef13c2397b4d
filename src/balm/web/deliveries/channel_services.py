"""What changes channels: each function one transaction, with its audit row."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from balm.web.customers.selectors import in_all
from balm.web.deliveries import events, post, sealed, services
from balm.web.deliveries.models import Channel, Delivery
from balm.web.deliveries.ports import PORTS
from balm.web.deliveries.ports.webhook import new_secret
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

OVERLAP = dt.timedelta(hours=24)
"""How long an old secret signs beside a new one, so that the other side has time to change over."""

Kind = Channel.Kind


class BadChannel(ValueError):
    """An address or a secret that cannot be right; the text is a code of `forms.PROBLEMS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.field = "secret" if code.startswith("secret") else "address"


@dataclass(frozen=True)
class Wish:
    """What a channel shall be. An empty address or secret keeps the one there is."""

    name: str
    events: Iterable[str] = ()
    language: str = "en"
    address: str = ""
    secret: str = ""
    members: Iterable[User] = field(default_factory=tuple)


@transaction.atomic
def add(workspace: Workspace, by: User, kind: str, wish: Wish) -> tuple[Channel, str]:
    """A new channel and, of a webhook, the secret that was made for it, which is shown once. Raises BadChannel."""
    secret = new_secret() if kind == Kind.WEBHOOK else wish.secret
    check(kind, wish.address, secret)
    row = Channel(workspace=workspace, kind=kind, made_by=by)
    _put(row, wish, secret)
    row.save()
    _members(row, wish)
    record(workspace, by, "channel.add", row.pk, kind=kind, name=row.name, events=row.events)
    return row, secret if kind == Kind.WEBHOOK else ""


@transaction.atomic
def change(workspace: Workspace, by: User, pk: int, wish: Wish) -> Channel:
    """Another name, address or secret, other events or members. Raises BadChannel and Channel.DoesNotExist."""
    row = Channel.objects.select_for_update().get(workspace=workspace, pk=pk)
    if row.kind != Kind.MAIL:
        address = wish.address or sealed.open_text(workspace, row.address)
        check(row.kind, address, wish.secret or sealed.open_text(workspace, row.secret))
    _put(row, wish, wish.secret if row.kind != Kind.WEBHOOK else "")
    row.save()
    _members(row, wish)
    record(workspace, by, "channel.change", row.pk, name=row.name, events=row.events, address=bool(wish.address))
    return row


def check(kind: str, address: str, secret: str) -> None:
    """Raises BadChannel for an address that is never asked, or a service that looks different."""
    if kind == Kind.MAIL:
        return
    try:
        _scheme, host, _port = post.look(address)
        try:
            inside = not post.allowed(ipaddress.ip_address(host))
        except ValueError:  # a name: it is looked up when something is sent
            inside = host == "localhost" and not post.allowed(ipaddress.ip_address("127.0.0.1"))
        if inside:
            raise post.NotAllowed("private")
    except post.NotAllowed as error:
        raise BadChannel(f"address_{error}") from None
    if problem := PORTS[kind].problem(address, secret):
        raise BadChannel(problem)


def _put(row: Channel, wish: Wish, secret: str) -> None:
    row.name, row.language = wish.name.strip()[:120], wish.language
    row.events = [name for name in events.EVENTS if name in set(wish.events)]
    if row.kind == Kind.MAIL:
        return
    if wish.address:
        row.address = sealed.seal(row.workspace, wish.address.strip())
        row.shown = sealed.mask_url(wish.address.strip())[:120]
    if secret:
        row.secret = sealed.seal(row.workspace, secret)


def _members(row: Channel, wish: Wish) -> None:
    if row.kind == Kind.MAIL:
        row.members.set(User.objects.filter(memberships__workspace=row.workspace, pk__in=[u.pk for u in wish.members]))


@transaction.atomic
def rotate(workspace: Workspace, by: User, pk: int) -> tuple[Channel, str]:
    """A new secret for a webhook, shown once; the old one signs beside it for a day. Raises Channel.DoesNotExist."""
    row = Channel.objects.select_for_update().get(workspace=workspace, pk=pk, kind=Kind.WEBHOOK)
    secret = new_secret()
    row.old_secret, row.old_until = row.secret, timezone.now() + OVERLAP
    row.secret = sealed.seal(workspace, secret)
    row.save(update_fields=["secret", "old_secret", "old_until"])
    record(workspace, by, "channel.rotate", row.pk, name=row.name)
    return row, secret


@transaction.atomic
def switch(workspace: Workspace, by: User, pk: int, *, on: bool) -> Channel:
    """Switch a channel on or off. Raises Channel.DoesNotExist."""
    row = Channel.objects.select_for_update().get(workspace=workspace, pk=pk)
    row.active, row.off = on, "" if on else Channel.Off.BY_HAND
    row.save(update_fields=["active", "off"])
    record(workspace, by, "channel.switch", row.pk, name=row.name, on=on)
    return row


@transaction.atomic
def remove(workspace: Workspace, by: User, pk: int) -> None:
    """Remove a channel; what was sent stays in the list. Raises Channel.DoesNotExist."""
    row = Channel.objects.get(workspace=workspace, pk=pk)
    record(workspace, by, "channel.remove", row.pk, name=row.name, kind=row.kind)
    row.delete()


@transaction.atomic
def test(workspace: Workspace, by: User, pk: int) -> list[Delivery]:
    """A message that says it is a try. Raises Channel.DoesNotExist."""
    row = Channel.objects.get(workspace=workspace, pk=pk)
    title = in_all(gettext_noop("A try from Balm"))
    texts = in_all(gettext_noop("This channel works: messages of “%(workspace)s” arrive here."))
    text = {language: said % {"workspace": workspace.name} for language, said in texts.items()}
    key = f"{events.TEST}:{uuid.uuid4()}"
    rows = services.to_channel(row, events.TEST, title, text, payload={"workspace": workspace.slug}, key=key, by=by)
    record(workspace, by, "channel.test", row.pk, name=row.name)
    return rows
