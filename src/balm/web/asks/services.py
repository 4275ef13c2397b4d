"""Asking a customer, and taking the answer: each function one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, override

from balm.core.types import Labels
from balm.web.asks.models import Ask
from balm.web.asks.signals import answered
from balm.web.customers.selectors import in_all
from balm.web.deliveries import sealed
from balm.web.deliveries import services as deliveries
from balm.web.deliveries.persons import known
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace
from balm.web.people.tokens import digest

DAYS = 30
"""How long a link works."""

CHANGE = dt.timedelta(days=1)
"""How long after the first answer a customer may change her mind."""

LONGEST = 2000
"""Characters of a comment that are kept."""

_TEXT = gettext_noop(
    "Hello,\n\nyou told us about this: %(about)s\n\nHas it been solved for you? One tap is enough:\n%(link)s\n\n"
    "The link works until %(until)s and is for you alone."
)


class Closed(Exception):
    """The link has expired, or the answer cannot be changed any more; the text says which: "expired", "settled"."""


def ask(
    workspace: Workspace,
    customer: str,
    purpose: str,
    ref: object,
    *,
    about: Labels,
    language: str = "",
    by: User | None = None,
    days: int = DAYS,
) -> Ask:
    """Ask one customer whether it is solved: makes the link, and a mail with it where she may be written to.

    `purpose`: "case" or "check"; `ref`: which one, the caller's; `about`: what it is about, in each language;
    `language`: where hers is not known. Asked before about the same: the earlier row. Where no mail goes out
    (`ask.delivery` says why), `link(ask)` can be handed over by phone or chat.
    """
    return ask_all(workspace, [customer], purpose, ref, about=about, language=language, by=by, days=days)[0]


@transaction.atomic
def ask_all(
    workspace: Workspace,
    customers: Iterable[str],
    purpose: str,
    ref: object,
    *,
    about: Labels,
    language: str = "",
    by: User | None = None,
    days: int = DAYS,
) -> list[Ask]:
    """Ask many customers the same, as `ask` does; a row a person, in the order of the customers."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # two at once take turns
    ref, purpose, asked = str(ref)[:120], Ask.Purpose(purpose).value, list(dict.fromkeys(customers))
    persons = known(workspace, asked)
    people = list(dict.fromkeys(persons.person(key)[:200] for key in asked))
    there = {row.customer: row for row in Ask.objects.filter(workspace=workspace, purpose=purpose, ref=ref)}
    new = []
    for person in people:
        if person in there:
            continue
        contact = persons.contact(person)
        row = Ask(workspace=workspace, customer=person, purpose=purpose, ref=ref, question=dict(about), by=by)
        row.language = (contact.language if contact else "") or language or "en"
        row.expires, row.digest = timezone.now() + dt.timedelta(days=days), digest(token(row))
        there[person] = row
        new.append(row)
    letters = deliveries.mail_all(
        persons,
        {row.customer: (f"ask:{purpose}:{ref}:{row.customer}", _letter(row), row.language) for row in new},
        subject=in_all(gettext_noop("Has it been solved?")),
        purpose="ask",
        about=f"{purpose}:{ref}",
        by=by,
    )
    for row in new:
        row.delivery = letters[row.customer]
    Ask.objects.bulk_create(new, batch_size=500)
    if new:
        mailed = sum(row.delivery.state != "skipped" for row in new if row.delivery)
        record(workspace, by, "ask.make", ref, purpose=purpose, people=len(new), mailed=mailed)
    return [there[person] for person in people]


def _letter(row: Ask) -> Labels:
    """The mail in each language."""
    found = {}
    for ours, code in (("zh-Hans", "zh-hans"), ("zh-Hant", "zh-hant"), ("en", "en")):
        with override(code):
            about = row.question.get(ours) or next(iter(row.question.values()), "")
            facts = {"about": about, "link": link(row), "until": f"{timezone.localtime(row.expires):%Y-%m-%d}"}
            found[ours] = gettext(_TEXT) % facts
    return found


def token(row: Ask) -> str:
    """What the link holds: 256 bits made from the row's number by a key of this installation. The database keeps
    only its hash; who may see the case can be shown the link again."""
    from balm.web.site.paths import secret

    made: Any = hmac.new(secret("asks", 32), row.uid.bytes, hashlib.sha256)
    return str(made.hexdigest())


def link(row: Ask) -> str:
    """The whole address of the question; without host where nobody has said where this installation is served."""
    path = reverse("asks:ask", args=[token(row)])
    return sealed.absolute(path) or path


@transaction.atomic
def answer(row: Ask, said: str, now: dt.datetime | None = None) -> Ask:
    """Keep an answer: "yes", "partly" or "no". The same again changes nothing. Raises Closed."""
    now = now or timezone.now()
    held = _held(row, now)
    if held.answer == Ask.Answer(said):
        return held
    held.answer, held.changed, held.answered = said, now, held.answered or now
    held.save(update_fields=["answer", "changed", "answered"])
    record(held.workspace, "customer", "ask.answer", held.ref, purpose=held.purpose, answer=said)
    answered.send(Ask, ask=held)
    return held


@transaction.atomic
def comment(row: Ask, text: str, now: dt.datetime | None = None) -> Ask:
    """Keep what she wrote beside her answer, instead of what she wrote before. Raises Closed."""
    now = now or timezone.now()
    held = _held(row, now)
    text = text.replace("\0", " ").replace("\r\n", "\n").strip()[:LONGEST]
    if not held.answer or held.comment == text:
        return held
    held.comment, held.changed = text, now
    held.save(update_fields=["comment", "changed"])
    answered.send(Ask, ask=held)
    return held


def _held(row: Ask, now: dt.datetime) -> Ask:
    held = Ask.objects.select_for_update().select_related("workspace").get(pk=row.pk)
    if why := closed(held, now):
        raise Closed(why)
    return held


def closed(row: Ask, now: dt.datetime | None = None) -> str:
    """Why no answer is taken (any more): "expired", "settled"; "" where one is."""
    now = now or timezone.now()
    if not row.answered:
        return "expired" if row.expires <= now else ""
    return "settled" if row.answered + CHANGE <= now else ""
