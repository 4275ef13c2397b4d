"""What changes contacts: each function one transaction, with its audit row."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from balm.web.deliveries import sealed
from balm.web.deliveries.models import LANGUAGES, Consent, Contact
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

LONGEST_KEY = 200
_CODES = frozenset(code for code, _name in LANGUAGES)
_NOT_IN_ADDRESS = re.compile(r"[\s\0-\x1f\x7f<>,;]")


class BadContact(ValueError):
    """What cannot be a contact; the text is a code: "no_customer", "no_address", "bad_address", …"""


@dataclass(frozen=True)
class Entry:
    """One contact as it is given. `consent`: of `Consent`; `since`: when it was said, now where nobody knows."""

    customer: str
    email: str
    language: str = ""
    consent: str = Consent.UNKNOWN
    source: str = ""
    since: dt.datetime | None = None


def checked(email: str) -> str:
    """An address that mail can be sent to, as it is kept. Raises BadContact.

    The part before the @ is of ASCII: hardly a server takes another one. A domain in Chinese is written as the network
    writes it.
    """
    email = email.strip()
    if not email:
        raise BadContact("no_address")
    name, at, domain = email.rpartition("@")
    try:
        domain = domain.encode("idna").decode() if not domain.isascii() else domain
        email = f"{name}{at}{domain.lower()}"
        validate_email(email)
        email.encode("ascii")
    except (ValidationError, UnicodeError):
        raise BadContact("bad_address") from None
    if len(email) > 254 or _NOT_IN_ADDRESS.search(email):
        raise BadContact("bad_address")
    return email


def put(workspace: Workspace, entry: Entry) -> tuple[Contact, str]:
    """Add a contact or change the one there is, inside the caller's transaction: the row, and "added", "changed" or
    "same". Raises BadContact."""
    held = Contact.objects.select_for_update().filter(workspace=workspace, customer=entry.customer.strip()).first()
    row, what = merged(workspace, held, entry)
    if what != "same":
        row.save()
    return row, what


def merged(workspace: Workspace, held: Contact | None, entry: Entry) -> tuple[Contact, str]:
    """The row as it is to be, not saved: `held` with what the entry says, or a new one. Raises BadContact.

    A refusal is not undone by silence: `consent` unknown keeps what was said before.
    """
    customer = entry.customer.strip()
    if not customer or len(customer) > LONGEST_KEY or "\0" in customer:
        raise BadContact("no_customer" if not customer else "bad_customer")
    email = checked(entry.email)
    if entry.language and entry.language not in _CODES:
        raise BadContact("bad_language")
    digest, now = sealed.digest_of(workspace, email), timezone.now()
    row = held or Contact(workspace=workspace, customer=customer)
    before = (row.digest, row.language, row.consent) if held else None
    if row.digest != digest:
        row.address, row.digest, row.shown = sealed.seal(workspace, email), digest, sealed.mask(email)
        row.source = entry.source[:200]
    row.language = entry.language or row.language
    if entry.consent not in (Consent.UNKNOWN, row.consent):
        row.consent, row.consent_source = Consent(entry.consent), entry.source[:200]
        row.consent_time = entry.since or now
    if (row.digest, row.language, row.consent) == before:
        return row, "same"
    row.changed = now
    return row, "changed" if held else "added"


@transaction.atomic
def keep(workspace: Workspace, by: User, entry: Entry) -> Contact:
    """Add or change one contact by hand. Raises BadContact."""
    row, what = put(workspace, entry)
    if what == "added":
        record(workspace, by, "contact.add", row.customer, consent=row.consent)
    elif what == "changed":
        record(workspace, by, "contact.change", row.customer, consent=row.consent)
    return row


@transaction.atomic
def change(
    workspace: Workspace, by: User, pk: int, *, email: str = "", language: str = "", consent: str, source: str = ""
) -> Contact:
    """Change a contact by hand; an empty `email` keeps the one there is. Raises BadContact, Contact.DoesNotExist."""
    row = Contact.objects.select_for_update().get(workspace=workspace, pk=pk)
    if email:
        email = checked(email)
        digest = sealed.digest_of(workspace, email)
        if digest != row.digest:
            row.address, row.digest, row.shown = sealed.seal(workspace, email), digest, sealed.mask(email)
            row.source = ""
    if consent != row.consent:
        row.consent, row.consent_time = Consent(consent), timezone.now()
    row.language, row.consent_source = language, source[:200]
    row.save()
    record(workspace, by, "contact.change", row.customer, consent=row.consent)
    return row


@transaction.atomic
def remove(workspace: Workspace, by: User, pk: int) -> None:
    """Forget an address. Raises Contact.DoesNotExist."""
    row = Contact.objects.get(workspace=workspace, pk=pk)
    record(workspace, by, "contact.remove", row.customer)
    row.delete()


@transaction.atomic
def reveal(workspace: Workspace, by: User, pk: int) -> tuple[Contact, str]:
    """The whole address, which is written down. Raises Contact.DoesNotExist and sealed.Unreadable."""
    row = Contact.objects.get(workspace=workspace, pk=pk)
    address = sealed.open_text(workspace, row.address)
    record(workspace, by, "contact.reveal", row.customer)
    return row, address


@transaction.atomic
def stop(contact: Contact) -> int:
    """A customer wants no more mail: every contact of the workspace with her address refuses from now on."""
    now = timezone.now()
    rows = Contact.objects.filter(workspace=contact.workspace_id, digest=contact.digest)
    n = rows.exclude(consent=Consent.REFUSED).update(
        consent=Consent.REFUSED, consent_source="link", consent_time=now, changed=now
    )
    if n:
        record(contact.workspace, "customer", "contact.stop", contact.customer, contacts=n)
    return n
