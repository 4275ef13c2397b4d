"""What the pages of deliveries read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from balm.web.deliveries import contact_services, events, sealed
from balm.web.deliveries.models import Channel, Contact, ContactFile, Delivery
from balm.web.people.models import User, Workspace

LATELY = dt.timedelta(days=7)


def deliveries(
    workspace: Workspace, *, state: str = "", kind: str = "", channel: int | None = None
) -> QuerySet[Delivery]:
    """Messages, newest first."""
    rows = Delivery.objects.filter(workspace=workspace).select_related("channel", "user").defer("content")
    for name, value in (("state", state), ("kind", kind), ("channel", channel)):
        if value:
            rows = rows.filter(**{name: value})
    return rows


def counts(workspace: Workspace, kind: str = "") -> list[tuple[str, str, int]]:
    """State, what it is called, and how many there are, in the order a message goes through them."""
    rows = Delivery.objects.filter(workspace=workspace, **({"kind": kind} if kind else {}))
    found = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return [(state, str(label), found.get(state, 0)) for state, label in Delivery.State.choices]


def one(workspace: Workspace, pk: int) -> Delivery:
    """Raises Delivery.DoesNotExist."""
    return Delivery.objects.select_related("channel", "user", "by").get(workspace=workspace, pk=pk)


def text_of(row: Delivery) -> str | None:
    """The message; None where it was forgotten or cannot be opened."""
    try:
        return str(sealed.open_json(row.workspace, row.content).get("text", "")) if row.content else None
    except sealed.Unreadable:
        return None


@dataclass(frozen=True)
class Line:
    """A channel with what it sent in the last seven days."""

    channel: Channel
    listens: list[str]
    members: list[User]
    sent: int
    dead: int
    open: int


def channels(workspace: Workspace) -> list[Line]:
    """Every channel, by name."""
    since = timezone.now() - LATELY
    rows = Delivery.objects.filter(workspace=workspace, created__gte=since).exclude(channel=None).order_by()
    done = {
        channel: (sent, dead, waiting)
        for channel, sent, dead, waiting in rows.values_list("channel").annotate(
            sent=Count("pk", filter=Q(state="sent")),
            dead=Count("pk", filter=Q(state="dead")),
            waiting=Count("pk", filter=Q(state__in=("waiting", "held", "sending"))),
        )
    }
    found = Channel.objects.filter(workspace=workspace).prefetch_related("members")
    return [
        Line(
            row, [str(events.label(name)) for name in row.events], list(row.members.all()), *done.get(row.pk, (0, 0, 0))
        )
        for row in found
    ]


def contacts(workspace: Workspace, search: str = "", consent: str = "") -> QuerySet[Contact]:
    """Contacts by customer. `search`: a part of the customer's key, or a whole e-mail address."""
    rows = Contact.objects.filter(workspace=workspace)
    if consent:
        rows = rows.filter(consent=consent)
    if "@" in search:
        try:
            digest = sealed.digest_of(workspace, contact_services.checked(search))
            return rows.filter(Q(digest=digest) | Q(customer__icontains=search))
        except contact_services.BadContact:
            pass
    return rows.filter(customer__icontains=search) if search else rows


def consents(workspace: Workspace) -> dict[str, int]:
    """Consent → contacts."""
    rows = Contact.objects.filter(workspace=workspace).order_by()
    return dict(rows.values_list("consent").annotate(n=Count("pk")))


def contact_of(workspace: Workspace, customer: str) -> Contact | None:
    """The contact a message to this customer would go to, under any of her keys."""
    from balm.web.deliveries.persons import known

    persons = known(workspace, [customer])
    return persons.contact(persons.person(customer))


def files(workspace: Workspace) -> QuerySet[ContactFile]:
    """Files of contacts, newest first."""
    return ContactFile.objects.filter(workspace=workspace).select_related("by").defer("content")


def of_customer(workspace: Workspace, customer: str, most: int = 20) -> list[Delivery]:
    """Messages to one person, newest first, under any of her keys."""
    from balm.web.deliveries.persons import known

    persons = known(workspace, [customer])
    rows = deliveries(workspace).filter(customer__in=persons.keys(persons.person(customer)))
    return list(rows[:most])
