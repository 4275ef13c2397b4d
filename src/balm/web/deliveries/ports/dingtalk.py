"""DingTalk (钉钉) robots, signed: https://open.dingtalk.com/document/robots/customize-robot-security-settings."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlencode

from balm.web.deliveries.ports.port import JSON, Note, body, busy, cut, parsed, plain
from balm.web.deliveries.post import Answer, Request
from balm.web.deliveries.result import Result, again, dead, sent, unsure

MOST = 20_000
_LATER = frozenset({-1, 130101, 410100})
"""The system is busy; more than twenty a minute, under either number."""


def sign(secret: str, milliseconds: int) -> str:
    """HMAC-SHA256 by the secret of the time and the secret, in base64."""
    made = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(made).decode()


class DingTalk:
    repeats = False

    def problem(self, address: str, secret: str) -> str:
        if "access_token=" not in address:
            return "address_dingtalk"
        return "" if secret else "secret_dingtalk"

    def request(self, address: str, secrets: Sequence[str], note: Note) -> Request:
        now = int(note.now * 1000)
        signed = urlencode({"timestamp": now, "sign": sign(secrets[0], now)})
        text = {"msgtype": "text", "text": {"content": cut(plain(note), MOST)}}
        return Request(f"{address}&{signed}", body(text), JSON)

    def read(self, answer: Answer) -> Result:
        code = parsed(answer).get("errcode")
        if answer.status == 200 and code == 0:
            return sent("200", answer.words)
        if code in _LATER:
            return again(str(code), answer.words)
        if answer.status == 200 and code is None:
            return unsure("200", answer.words)
        return busy(answer) or dead(str(code or answer.status), answer.words)
