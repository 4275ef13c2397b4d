"""Any program, by Standard Webhooks: https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets as random
from collections.abc import Sequence

from balm.web.deliveries.ports.port import JSON, Note, body, busy
from balm.web.deliveries.post import Answer, Request
from balm.web.deliveries.result import Result, again, dead, sent

PREFIX = "whsec_"


def new_secret() -> str:
    """256 random bits, as receivers expect them."""
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret. Raises ValueError for one that is no `whsec_…` of 24 to 64 bytes."""
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(secret) from None
    if not secret.startswith(PREFIX) or not 24 <= len(found) <= 64:
        raise ValueError("length")
    return found


class Webhook:
    repeats = True  # by its id

    def problem(self, address: str, secret: str) -> str:
        try:
            key_of(secret)
        except ValueError:
            return "secret_webhook"
        return ""

    def request(self, address: str, secrets: Sequence[str], note: Note) -> Request:
        data = body({"type": note.event, "timestamp": note.time, "data": dict(note.payload)})
        name, when = f"msg_{note.uid}", str(int(note.now))
        signed = b".".join((name.encode(), when.encode(), data))
        made = [base64.b64encode(hmac.new(key_of(each), signed, hashlib.sha256).digest()).decode() for each in secrets]
        headers = {
            "webhook-id": name,
            "webhook-timestamp": when,
            "webhook-signature": " ".join(f"v1,{each}" for each in made),
        }
        return Request(address, data, {**JSON, **headers})

    def read(self, answer: Answer) -> Result:
        phase = str(answer.status)
        if 200 <= answer.status < 300:
            return sent(phase, answer.words)
        if answer.status == 410:
            return dead(phase, answer.words, gone=True)
        return busy(answer) or again(phase, answer.words)
