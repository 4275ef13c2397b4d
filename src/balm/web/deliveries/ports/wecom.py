"""WeCom (企业微信) group robots, whose address is the secret: https://developer.work.weixin.qq.com/document/path/91770."""

from __future__ import annotations

from collections.abc import Sequence

from balm.web.deliveries.ports.port import JSON, Note, body, busy, cut, parsed, plain
from balm.web.deliveries.post import Answer, Request
from balm.web.deliveries.result import Result, again, dead, sent, unsure

MOST = 2048
"""Bytes of a text."""

_LATER = frozenset({-1, 45009, 45033})
"""The system is busy; more than twenty a minute; too many at once."""


class WeCom:
    repeats = False

    def problem(self, address: str, secret: str) -> str:
        return "" if "key=" in address else "address_wecom"

    def request(self, address: str, secrets: Sequence[str], note: Note) -> Request:
        return Request(address, body({"msgtype": "text", "text": {"content": cut(plain(note), MOST)}}), JSON)

    def read(self, answer: Answer) -> Result:
        code = parsed(answer).get("errcode")
        if answer.status == 200 and code == 0:
            return sent("200", answer.words)
        if code in _LATER:
            return again(str(code), answer.words)
        if answer.status == 200 and code is None:
            return unsure("200", answer.words)
        return busy(answer) or dead(str(code or answer.status), answer.words)
