"""Who sends which delivery: claims by compare-and-swap, so that several workers at once send each message once.

A row is claimed while it waits, which loses nothing when the worker dies: the claim runs out. Its state becomes
"sending", committed, before the first byte of the message leaves; who finds it so after the lease cannot know whether
it arrived and leaves that to a person. Only who holds the claim writes the end.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from balm.web.deliveries import pace
from balm.web.deliveries.models import Attempt, Channel, Delivery
from balm.web.deliveries.result import Result, again, unsure

log = logging.getLogger(__name__)

State, Reason, Outcome = Delivery.State, Delivery.Reason, Attempt.Outcome

OPEN = (State.WAITING, State.HELD)

FAULT = "an unexpected fault of Balm; its log says more"

_SKEW = dt.timedelta(seconds=5)
"""Times further ahead than this were written before the clock was set back."""


def take(kinds: Collection[str], most: int, now: dt.datetime) -> list[Delivery]:
    """Claim what is due, alarms first, then the oldest."""
    token = uuid.uuid4()
    due = Q(not_before=None) | Q(not_before__lte=now) | Q(timed__gt=now + _SKEW)
    free = Q(claim=None) | Q(claimed__lt=now - _seconds(pace.claim())) | Q(claimed__gt=now + _SKEW)
    ready = Delivery.objects.filter(due, free, state__in=OPEN, kind__in=kinds)
    first = list(ready.order_by("rank", "created").values_list("pk", flat=True)[:most])
    if not first or not ready.filter(pk__in=first).update(claim=token, claimed=now):
        return []
    mine = Delivery.objects.filter(claim=token, state__in=OPEN)
    return list(mine.select_related("workspace", "channel", "user").order_by("rank", "created"))


def begin(row: Delivery) -> bool:
    """Commit that the row is being sent; False where it is somebody else's by now, or ended."""
    mine = Delivery.objects.filter(pk=row.pk, claim=row.claim, state__in=OPEN)
    return bool(mine.update(state=State.SENDING, claimed=timezone.now()))


def release(rows: Collection[Delivery], after: float = 0.0) -> None:
    """Give claimed rows back untried; `after`: seconds until anybody takes them."""
    for row in rows:
        now = timezone.now()
        more = {"not_before": now + dt.timedelta(seconds=after), "timed": now} if after else {}
        Delivery.objects.filter(pk=row.pk, claim=row.claim, state__in=OPEN).update(claim=None, claimed=None, **more)


def put_off(row: Delivery, until: dt.datetime) -> None:
    """Hold a row until the quiet hours end."""
    mine = Delivery.objects.filter(pk=row.pk, claim=row.claim, state__in=OPEN)
    mine.update(state=State.HELD, not_before=until, timed=timezone.now(), claim=None, claimed=None)


def skip(row: Delivery, reason: str) -> None:
    """It is not to be sent any more."""
    mine = Delivery.objects.filter(pk=row.pk, claim=row.claim, state__in=OPEN)
    mine.update(state=State.SKIPPED, reason=reason, ended=timezone.now(), claim=None, claimed=None)


def settle(row: Delivery, result: Result, began: dt.datetime) -> bool:
    """Write down how a try ended; False where the row is not ours any more.

    A row that was given up as "unsure" meanwhile still bears our claim: then we know better.
    """
    with transaction.atomic():
        held = Delivery.objects.select_for_update().filter(pk=row.pk, claim=row.claim).first()
        if held is None:
            return False
        _note(held, result, began)
        now = timezone.now()
        held.words, held.claim, held.claimed, held.reason = result.words[:500], None, None, ""
        wait = pace.wait(held.kind, held.tries) if result.outcome == Outcome.AGAIN else None
        if result.outcome == Outcome.SENT:
            held.state, held.ended, held.not_before = State.SENT, now, None
        elif wait is not None:
            wait = max(wait, result.wait)
            held.state, held.not_before, held.timed = State.WAITING, now + dt.timedelta(seconds=wait), now
        else:
            held.state, held.ended = State.DEAD, now
            held.reason = result.reason or Reason.GAVE_UP
        held.save()
        if result.gone and held.channel is not None:
            close(held.channel)
        if held.state == State.DEAD:
            tell(held)
    return True


def broke(row: Delivery, began: dt.datetime) -> None:
    """A fault of ours while it was tried: it counts as a try, so that no row can keep all others waiting for ever."""
    sending = Delivery.objects.filter(pk=row.pk, claim=row.claim, state=State.SENDING).exists()
    settle(row, unsure("", FAULT) if sending else again("", FAULT), began)


def lost(now: dt.datetime) -> int:
    """Deliveries whose worker is gone in the middle of sending: dead letters, because they may have arrived."""
    lease = _seconds(pace.lease())
    left = Q(claimed__lt=now - lease) | Q(claimed__gt=now + lease)
    found = 0
    for pk, token in list(Delivery.objects.filter(left, state=State.SENDING).values_list("pk", "claim")):
        with transaction.atomic():
            held = Delivery.objects.select_for_update().filter(pk=pk, claim=token, state=State.SENDING).first()
            if held is None:
                continue
            found += 1
            _note(held, unsure("", ""), held.claimed or now)
            held.state, held.reason, held.ended = State.DEAD, Reason.UNSURE, now
            held.save()  # the claim stays: a worker that was only slow may still say what became of it
            tell(held)
    return found


def _note(held: Delivery, result: Result, began: dt.datetime) -> None:
    held.tries += 1
    Attempt.objects.create(
        delivery=held,
        number=held.tries,
        outcome=result.outcome,
        phase=result.phase[:20],
        words=result.words[:500],
        began=began,
        ended=timezone.now(),
    )


def close(channel: Channel) -> None:
    """The other side says that the address is gone: what waits for it is not sent any more."""
    Channel.objects.filter(pk=channel.pk).update(active=False, off=Channel.Off.GONE)
    waiting = Delivery.objects.filter(channel=channel, state__in=OPEN, claim=None)
    waiting.update(state=State.SKIPPED, reason=Reason.CHANNEL_OFF, ended=timezone.now())


def tell(row: Delivery) -> None:
    """Let channels know of a dead letter; not of one that was itself to tell of another. A fault in it must not undo
    what is known of the delivery."""
    try:
        with transaction.atomic():
            _tell(row)
    except Exception:
        log.exception("nobody could be told that delivery %s is a dead letter", row.pk)


def _tell(row: Delivery) -> None:
    from django.urls import reverse

    from balm.web.customers.selectors import in_all
    from balm.web.deliveries import sealed, services

    if row.purpose == "delivery.dead" or row.reason == Reason.NO_SERVER:  # without a server no mail arrives at all
        return
    url = sealed.absolute(reverse("deliveries:one", args=[row.workspace.slug, row.pk]))
    texts = in_all(gettext_noop("“%(subject)s” did not arrive: %(why)s"))
    why = row.words or row.get_reason_display()
    text = {name: f"{said % {'subject': row.subject, 'why': why}}\n{url}" for name, said in texts.items()}
    payload = {"delivery": row.pk, "purpose": row.purpose, "reason": row.reason, "words": row.words, "url": url}
    title = in_all(gettext_noop("A message could not be delivered"))
    services.notify(row.workspace, "delivery.dead", title, text, payload, f"delivery.dead:{row.pk}:{row.tries}")


def _seconds(number: float) -> dt.timedelta:
    return dt.timedelta(seconds=number)
