"""Asking for messages. Each function writes rows inside the caller's transaction; a tick sends them.

A message has a key: asked for twice under the same one, it is sent once. What is not sent is a row too, with its
reason. Texts come in one language or, as labels, in all of them: the reader's is taken.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from balm.core.types import Labels
from balm.web.deliveries import hours, sealed
from balm.web.deliveries.models import Channel, Consent, Delivery, Office, Told
from balm.web.deliveries.persons import Persons, known
from balm.web.people.audit import record
from balm.web.people.models import Membership, User, Workspace

State, Reason = Delivery.State, Delivery.Reason

ANSWERS = frozenset({"reply"})
"""Purposes that answer what a customer herself asked for: they need no consent, only that she has not refused."""

CUSTOMERS, MEMBERS = 1, 0
"""Ranks: alarms do not wait behind mail to ten thousand customers."""

_DJANGO = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}
_BATCH = 500


def mail(
    workspace: Workspace,
    *,
    key: str,
    subject: Labels | str,
    text: Labels | str,
    purpose: str,
    customer: str = "",
    to: str = "",
    language: str = "",
    about: str = "",
    by: User | None = None,
) -> Delivery:
    """A mail to a customer by her key, or to the address `to`. `language`: where the customer's is not known.

    To a customer: only with consent (for `purpose` "reply", unless refused), not in quiet hours, and with a link by
    which she stops it. Gives the row: waiting, held, or skipped with the reason; the earlier one for a known key.
    """
    if not customer:
        made = Delivery(customer="", shown=sealed.mask(to), language=language or "en", rank=MEMBERS)
        return _make(workspace, made, key, subject, text, purpose=purpose, about=about, by=by, more={"to": to})
    persons = known(workspace, [customer])
    made = to_customer(persons, persons.person(customer), purpose, language)
    return _make(workspace, made, key, subject, text, purpose=purpose, about=about, by=by)


def mail_all(
    persons: Persons,
    letters: Mapping[str, tuple[str, Labels | str, str]],
    *,
    subject: Labels | str,
    purpose: str,
    about: str = "",
    by: User | None = None,
) -> dict[str, Delivery]:
    """A mail to each of many customers, inside the caller's transaction. `letters`: person → key, text, and the
    language where hers is not known. Person → row, as `mail` gives it."""
    workspace, found, new = persons.workspace, dict[str, Delivery](), []
    for chunk in _chunks(list(letters)):
        keys = {person: fit(letters[person][0]) for person in chunk}
        there = {row.key: row for row in Delivery.objects.filter(workspace=workspace, key__in=keys.values())}
        for person, key in keys.items():
            row = there.get(key)
            if row is None:
                row = to_customer(persons, person, purpose, letters[person][2])
                row.key, row.about, row.by = key, about[:120], by
                write(workspace, row, subject, letters[person][1])
                new.append(row)
            found[person] = row
    Delivery.objects.bulk_create(new, batch_size=_BATCH)
    return found


def tell_user(
    workspace: Workspace,
    user: User,
    *,
    key: str,
    subject: Labels | str,
    text: Labels | str,
    event: str,
    by: User | None = None,
) -> Delivery:
    """A mail to one member, in the language he chose, at any hour."""
    made = Delivery(user=user, shown=user.email[:120], language=_DJANGO.get(user.language, "en"), rank=MEMBERS)
    return _make(workspace, made, key, subject, text, purpose=event, by=by)


def notify(  # noqa: PLR0917  (what happened, in the order one says it)
    workspace: Workspace,
    event: str,
    subject: Labels | str,
    text: Labels | str,
    payload: Mapping[str, Any],
    key: str,
) -> list[Delivery]:
    """Tell every channel that listens to `event`. `payload`: what a program gets as `data`, plain JSON.

    `key` names what happened, "case.overdue:12:2026-11-22": the same one again reaches nobody twice.
    """
    listening = [c for c in Channel.objects.filter(workspace=workspace, active=True) if event in c.events]
    return [row for channel in listening for row in to_channel(channel, event, subject, text, payload=payload, key=key)]


def to_channel(
    channel: Channel,
    event: str,
    subject: Labels | str,
    text: Labels | str,
    *,
    payload: Mapping[str, Any],
    key: str,
    by: User | None = None,
) -> list[Delivery]:
    """One event to one channel: a row, or for members by mail a row each."""
    workspace = channel.workspace
    if channel.kind != Channel.Kind.MAIL:
        made = Delivery(kind=channel.kind, channel=channel, shown=channel.shown, language=channel.language)
        whole = {"payload": dict(payload), "time": timezone.now().isoformat()}
        return [_make(workspace, made, f"{key}>{channel.pk}", subject, text, purpose=event, by=by, more=whole)]
    found = []
    for user in channel.members.filter(memberships__workspace=workspace, is_active=True).order_by("pk"):
        language = _DJANGO.get(user.language, channel.language)
        made = Delivery(channel=channel, user=user, shown=user.email[:120], language=language)
        found.append(_make(workspace, made, f"{key}>{channel.pk}:{user.pk}", subject, text, purpose=event, by=by))
    return found


@dataclass(frozen=True)
class Telling:
    """What became of telling customers. `people`: persons behind the keys; `skipped`: reason → persons."""

    people: int
    queued: int
    skipped: dict[str, int] = field(default_factory=dict)


@transaction.atomic
def tell_customers(
    workspace: Workspace,
    about: str,
    customers: Iterable[str],
    *,
    subject: Labels,
    text: Labels,
    campaign: str = "",
    by: User | None = None,
) -> Telling:
    """One message a person about `about` ("theme:delivery.late", "plan:3"), however many pains and keys she has.

    Merged keys, and keys with one address, are one person. Own language, consent needed, not in quiet hours; who is
    skipped is a row with the reason. Done again it reaches nobody twice; who had no address or consent the last time
    is reached if there is one now. `campaign` tells apart two rounds in the list.
    """
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two rounds at once take turns
    asked = list(dict.fromkeys(customers))
    persons = known(workspace, asked)
    people = list(dict.fromkeys(persons.person(key) for key in asked))
    round_ = _Round(workspace, persons, about[:120], campaign, by)
    for chunk in _chunks(people):
        round_.tell(chunk, subject, text)
    done = Telling(len(people), round_.queued, dict(sorted(round_.skipped.items())))
    record(workspace, by, "delivery.tell", about, people=done.people, queued=done.queued, skipped=done.skipped)
    return done


def _chunks(people: list[str]) -> Iterable[list[str]]:
    return (people[start : start + _BATCH] for start in range(0, len(people), _BATCH))


class _Round:
    """One round of telling."""

    def __init__(self, workspace: Workspace, persons: Persons, about: str, campaign: str, by: User | None) -> None:
        self.workspace, self.persons, self.about, self.campaign, self.by = workspace, persons, about, campaign, by
        self.queued, self.skipped = 0, dict[str, int]()
        told = Told.objects.filter(workspace=workspace, about=about).values_list("customer", flat=True)
        self.told = {persons.person(key) for key in told}
        self.addresses = known(workspace, self.told).digests() if self.told else set()

    def tell(self, people: list[str], subject: Labels, text: Labels) -> None:
        keys = {person: fit(f"told:{self.about}:{self.campaign}:{person}") for person in people}
        before = {row.key: row for row in Delivery.objects.filter(workspace=self.workspace, key__in=keys.values())}
        new, again = [], []
        for person in people:
            old = before.get(keys[person])
            if old is not None and old.state != State.SKIPPED:
                self._count(Reason.ALREADY_TOLD)
                continue
            row = self._row(person, subject, text)
            row.key = keys[person]
            if old is None:
                new.append(row)
            else:
                row.pk, row.uid, row.created = old.pk, old.uid, timezone.now()
                again.append(row)
        Delivery.objects.bulk_create(new)
        for row in again:
            row.save(force_update=True)
        sent = [row for row in (*new, *again) if row.state != State.SKIPPED]
        made = [Told(workspace=self.workspace, about=self.about, customer=row.customer, delivery=row) for row in sent]
        Told.objects.bulk_create(made)

    def _row(self, person: str, subject: Labels, text: Labels) -> Delivery:
        row = to_customer(self.persons, person, "told", "")
        contact = self.persons.contact(person)
        if person in self.told or (contact is not None and contact.digest in self.addresses):
            _skip(row, Reason.ALREADY_TOLD)
        elif row.state != State.SKIPPED and contact is not None:
            self.told.add(person)
            self.addresses.add(contact.digest)
        row.about, row.by = self.about, self.by
        write(self.workspace, row, subject, text)
        if row.state == State.SKIPPED:
            self._count(row.reason)
        else:
            self.queued += 1
        return row

    def _count(self, reason: str) -> None:
        self.skipped[str(reason)] = self.skipped.get(str(reason), 0) + 1


def to_customer(
    persons: Persons, person: str, purpose: str, language: str, *, now: dt.datetime | None = None
) -> Delivery:
    """A row, not saved yet, to one person: with her language and its state, for want of an address or consent too."""
    contact = persons.contact(person)
    workspace = persons.workspace
    made = Delivery(workspace=workspace, customer=person[:200], purpose=purpose, rank=CUSTOMERS)
    made.language = (contact.language if contact else "") or language or "en"
    if contact is None:
        return _skip(made, Reason.NO_ADDRESS)
    made.shown = contact.shown
    if not may_write(persons.consent(person), purpose):
        return _skip(made, Reason.NO_CONSENT)
    now = now or timezone.now()
    if until := hours.quiet_until(persons.office, now):
        made.state, made.not_before, made.timed = State.HELD, until, now
    return made


def may_write(consent: str, purpose: str) -> bool:
    """Whether a customer may be written to for this purpose."""
    return consent == Consent.GIVEN or (consent == Consent.UNKNOWN and purpose in ANSWERS)


def _skip(row: Delivery, reason: str) -> Delivery:
    row.state, row.reason, row.ended, row.not_before = State.SKIPPED, reason, timezone.now(), None
    return row


def _make(
    workspace: Workspace,
    row: Delivery,
    key: str,
    subject: Labels | str,
    text: Labels | str,
    *,
    purpose: str,
    about: str = "",
    by: User | None = None,
    more: Mapping[str, Any] | None = None,
) -> Delivery:
    """Save the row, unless there is one with this key: then give that."""
    key = fit(key)
    if found := Delivery.objects.filter(workspace=workspace, key=key).first():
        return found
    row.workspace, row.key, row.purpose, row.about, row.by = workspace, key, purpose[:40], about[:120], by
    write(workspace, row, subject, text, more)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody asked for the same in this moment
        return Delivery.objects.get(workspace=workspace, key=key)
    return row


def write(
    workspace: Workspace,
    row: Delivery,
    subject: Labels | str,
    text: Labels | str,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Put subject and text on the row, in its language; a subject is one line."""
    row.workspace = workspace
    row.subject = " ".join(_in(subject, row.language).replace("\0", " ").split())[:250]
    row.content = sealed.seal(workspace, {"text": _in(text, row.language).replace("\0", " "), **(more or {})})


def _in(text: Labels | str, language: str) -> str:
    if isinstance(text, str):
        return text
    order = (language, *(("zh-Hans", "zh-Hant", "en") if language.startswith("zh") else ("en", "zh-Hans", "zh-Hant")))
    return next((text[name] for name in order if text.get(name)), "")


def fit(key: str) -> str:
    """A key that fits its column: a long one is cut, with a checksum of the whole."""
    key = key.replace("\0", " ")
    return key if len(key) <= 200 else f"{key[:150]}#{hashlib.blake2s(key.encode(), digest_size=16).hexdigest()}"


def is_member(row: Delivery) -> bool:
    """Whether the person a row goes to may still hear from this workspace."""
    return Membership.objects.filter(workspace=row.workspace_id, user=row.user_id, user__is_active=True).exists()


def _dead(workspace: Workspace, pk: int) -> Delivery:
    """Raises Delivery.DoesNotExist where it is not a dead letter (any more)."""
    rows = Delivery.objects.select_for_update().filter(workspace=workspace, pk=pk)
    return rows.get(state__in=(State.DEAD, State.SKIPPED))


@transaction.atomic
def resend(workspace: Workspace, by: User, pk: int) -> Delivery:
    """Send a dead letter again, or try anew what was skipped. Raises Delivery.DoesNotExist; ValueError where its text
    is gone."""
    row = _dead(workspace, pk)
    if not row.content or row.reason == Reason.ALREADY_TOLD:
        raise ValueError(row.reason)
    before = row.reason
    if row.customer:
        persons = known(workspace, [row.customer])
        fresh = to_customer(persons, persons.person(row.customer), row.purpose, row.language)
        row.state, row.reason, row.shown = fresh.state, fresh.reason, fresh.shown
        row.not_before, row.timed = fresh.not_before, fresh.timed
    else:
        row.state, row.reason, row.not_before = State.WAITING, "", None
    row.claim, row.claimed, row.tries, row.ended = None, None, 0, None
    row.save()
    record(workspace, by, "delivery.resend", row.pk, reason=before, purpose=row.purpose)
    return row


@transaction.atomic
def dismiss(workspace: Workspace, by: User, pk: int) -> Delivery:
    """Put a dead letter aside: it is not counted any more. Raises Delivery.DoesNotExist."""
    row = _dead(workspace, pk)
    before, row.state, row.reason = row.reason, State.SKIPPED, Reason.DISMISSED
    row.save(update_fields=["state", "reason"])
    record(workspace, by, "delivery.dismiss", row.pk, reason=before, purpose=row.purpose)
    return row


@transaction.atomic
def set_office(workspace: Workspace, by: User, **wanted: Any) -> Office:
    """How the workspace writes to customers: `sender`, `reply_to`, `quiet_from`, `quiet_to`, `zone`."""
    row, _new = Office.objects.update_or_create(workspace=workspace, defaults=wanted)
    facts = {name: str(value) if value is not None else "" for name, value in wanted.items()}
    record(workspace, by, "delivery.office", "", **facts)
    return row
