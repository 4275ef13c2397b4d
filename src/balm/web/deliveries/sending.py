"""Sends what is due: mail by SMTP, everything else by HTTP."""

from __future__ import annotations

import datetime as dt
import logging
import time
from functools import partial

from django.conf import settings
from django.utils import timezone

from balm.web.deliveries import claims, hours, letters, pace, post, sealed, services
from balm.web.deliveries.contact_services import BadContact, checked
from balm.web.deliveries.models import Channel, Delivery
from balm.web.deliveries.persons import known
from balm.web.deliveries.ports import PORTS, Note
from balm.web.deliveries.result import Result, again, dead, unsure
from balm.web.deliveries.smtp import Session

log = logging.getLogger(__name__)

Reason = Delivery.Reason

BATCH = 20
"""Rows that one worker claims at a time."""

TURN = 5.0
"""Seconds after which a tick ends though there is more to send."""

SLOW = 5.0
"""Seconds after which a try that failed ends the batch: the other rows would only wait for the same."""

MAIL = (Channel.Kind.MAIL.value,)
PROGRAMS = tuple(PORTS)


def send_mail(now: dt.datetime) -> int:
    """Send mail that is due, for some seconds over one connection; how many rows were dealt with."""
    done, since = claims.lost(now), time.monotonic()
    with Session() as session:
        while time.monotonic() - since < TURN and (rows := claims.take(MAIL, BATCH, now)):
            number = _batch(rows, session)
            done += number
            if number < len(rows):
                claims.release(rows[number:])
                break
            now = max(now, timezone.now())
    return done


def _batch(rows: list[Delivery], session: Session) -> int:
    """How many of these were tried: not all where the server does not answer, or the claims grow old."""
    began = time.monotonic()
    for number, row in enumerate(rows, 1):
        started = time.monotonic()
        result = _mail(row, session)
        ended = time.monotonic()
        slow = result is not None and result.phase == "connect" and ended - started > SLOW
        if slow or ended - began > pace.claim():
            return number
    return len(rows)


def _mail(row: Delivery, session: Session) -> Result | None:
    """Try one mail and write down how it went; None where it was not tried."""
    began = timezone.now()
    result: Result | None
    try:
        found = _addressed(row)
        if found is None:
            return None
        to, contact = found
        if not settings.EMAIL_URL:
            result = dead("connect", "", Reason.NO_SERVER)
        else:
            text = str(sealed.open_json(row.workspace, row.content).get("text", ""))
            message = letters.letter(row, checked(to), text, contact)
            sender = letters.envelope_sender()
            result = session.send(sender, checked(to), message, partial(claims.begin, row))
    except sealed.Unreadable as error:
        result = dead("", str(error), Reason.UNREADABLE)
    except (BadContact, ValueError):
        result = dead("", "", Reason.BAD_ADDRESS)
    except Exception:
        log.exception("delivery %s could not be tried", row.pk)
        claims.broke(row, began)
        return None
    if result is not None:
        claims.settle(row, result, began)
    return result


def _addressed(row: Delivery) -> tuple[str, int | None] | None:
    """The address and, of a customer, her contact. None where the row is not to be sent, at least not now: consent,
    membership and the hour are asked again at the last moment."""
    if row.customer:
        persons = known(row.workspace, [row.customer])
        fresh = services.to_customer(persons, persons.person(row.customer), row.purpose, row.language)
        contact = persons.contact(persons.person(row.customer))
        if fresh.state == Delivery.State.SKIPPED or contact is None:
            claims.skip(row, fresh.reason)
            return None
        if until := hours.quiet_until(hours.office(row.workspace), timezone.now()):
            claims.put_off(row, until)
            return None
        return sealed.open_text(row.workspace, contact.address), contact.pk
    if row.user is not None:
        if not services.is_member(row):
            claims.skip(row, Reason.NOT_MEMBER)
            return None
        return row.user.email, None
    return str(sealed.open_json(row.workspace, row.content).get("to", "")), None


def send_programs(now: dt.datetime) -> int:
    """Send to programs and chats what is due; how many rows were dealt with."""
    done, since = 0, time.monotonic()
    rows = claims.take(PROGRAMS, BATCH, now)
    while rows:
        row = rows.pop(0)
        started = time.monotonic()
        result = _post(row)
        done += 1
        if result is not None and result.outcome != "sent" and time.monotonic() - started > SLOW:
            same = [each for each in rows if each.channel_id == row.channel_id]
            claims.release(same, after=30 * settings.BALM_DELIVERY_PACE)  # so that other channels get their turn
            rows = [each for each in rows if each.channel_id != row.channel_id]
        if time.monotonic() - since > pace.claim():
            claims.release(rows)
            break
    return done


def _post(row: Delivery) -> Result | None:
    began = timezone.now()
    channel = Channel.objects.filter(pk=row.channel_id).first()  # as it is now: one row before may have ended it
    if channel is None or not (channel.active or row.purpose == "balm.test"):
        claims.skip(row, Reason.CHANNEL_OFF)
        return None
    result: Result | None
    try:
        result = _posted(row, channel)
    except sealed.Unreadable as error:
        result = dead("", str(error), Reason.UNREADABLE)
    except post.NotAllowed as error:
        result = dead("connect", str(error), Reason.BAD_ADDRESS)
    except ValueError as error:  # a secret that is none
        result = dead("", str(error), Reason.UNREADABLE)
    except Exception:
        log.exception("delivery %s could not be tried", row.pk)
        claims.broke(row, began)
        return None
    if result is not None:
        claims.settle(row, result, began)
    return result


def _posted(row: Delivery, channel: Channel) -> Result | None:
    port = PORTS[channel.kind]
    content = sealed.open_json(row.workspace, row.content)
    now = timezone.now()
    secrets = [channel.secret]
    if channel.old_secret and channel.old_until and channel.old_until > now:
        secrets.append(channel.old_secret)
    note = Note(
        str(row.uid),
        row.purpose,
        row.subject,
        str(content.get("text", "")),
        content.get("payload", {}),
        str(content.get("time", "")),
        now.timestamp(),
    )
    opened = [text for each in secrets if (text := sealed.open_text(row.workspace, each))]
    request = port.request(sealed.open_text(row.workspace, channel.address), opened, note)
    try:
        answer = post.send(request, partial(claims.begin, row))
    except post.Unreachable as error:
        if error.sent and not port.repeats:
            return unsure("reply", str(error))
        return again("reply" if error.sent else "connect", str(error))
    return None if answer is None else port.read(answer)
