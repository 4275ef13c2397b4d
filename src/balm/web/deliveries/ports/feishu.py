"""Feishu (飞书) and Lark robots, signed: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from balm.web.deliveries.ports.port import JSON, Note, body, busy, cut, parsed, plain
from balm.web.deliveries.post import Answer, Request
from balm.web.deliveries.result import Result, again, dead, sent, unsure

MOST = 18_000
"""Bytes of a text: the whole request may have 20 KB."""

_LATER = frozenset({11232, 11247})
"""Too many in a second or a minute."""


def sign(secret: str, seconds: int) -> str:
    """HMAC-SHA256 of nothing, by the time and the secret as its key, in base64: so the service has it."""
    made = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(made).decode()


class Feishu:
    repeats = False

    def problem(self, address: str, secret: str) -> str:
        return "" if "/hook/" in address else "address_feishu"

    def request(self, address: str, secrets: Sequence[str], note: Note) -> Request:
        said: dict[str, Any] = {"msg_type": "text", "content": {"text": cut(plain(note), MOST)}}
        if secrets:
            now = int(note.now)
            said = {"timestamp": str(now), "sign": sign(secrets[0], now), **said}
        return Request(address, body(said), JSON)

    def read(self, answer: Answer) -> Result:
        found = parsed(answer)
        code = found.get("code", found.get("StatusCode"))
        if answer.status == 200 and code == 0:
            return sent("200", answer.words)
        if code in _LATER:
            return again(str(code), answer.words)
        if answer.status == 200 and code is None:
            return unsure("200", answer.words)
        return busy(answer) or dead(str(code or answer.status), answer.words)
