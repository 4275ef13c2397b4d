"""Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from balm.web.deliveries.ports.port import JSON, Note, body, busy, cut
from balm.web.deliveries.post import Answer, Request
from balm.web.deliveries.result import Result, dead, sent

MOST = 12_000


def escaped(text: str) -> str:
    """The three characters that Slack reads as marks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Slack:
    repeats = False

    def problem(self, address: str, secret: str) -> str:
        return "" if "/services/" in address or "/workflows/" in address else "address_slack"

    def request(self, address: str, secrets: Sequence[str], note: Note) -> Request:
        text = escaped(cut(f"{note.subject}\n{note.text}".strip(), MOST))
        return Request(address, body({"text": text}), JSON)

    def read(self, answer: Answer) -> Result:
        if answer.status == 200:
            return sent("200", answer.words)
        return busy(answer) or dead(str(answer.status), answer.words, gone=answer.status == 410)
