"""What a kind of channel must know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from balm.web.deliveries.post import Answer, Request
from balm.web.deliveries.result import Result, again

JSON = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Balm"}


@dataclass(frozen=True)
class Note:
    """What happened, for one channel. `uid`: the same at every try; `time`: when, ISO 8601; `now`: of this try."""

    uid: str
    event: str
    subject: str
    text: str
    payload: Mapping[str, Any]
    time: str
    now: float  # seconds since 1970


class Port(Protocol):
    """One service's ways: what an address and a secret look like, the request, and what its answer means."""

    repeats: bool
    """Whether the other side knows a message it has had before, so that a second one does no harm."""

    def problem(self, address: str, secret: str) -> str:
        """What is wrong with them, as a code of `forms.PROBLEMS`; "" for nothing."""

    def request(self, address: str, secrets: Sequence[str], note: Note) -> Request:
        """What is posted. `secrets`: the one in use first, then one that was in use until lately."""

    def read(self, answer: Answer) -> Result:
        """Whether it arrived."""


def body(value: Any) -> bytes:
    """JSON without blanks, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def plain(note: Note) -> str:
    """Subject and text as one message of a chat."""
    return f"{note.subject}\n{note.text}".strip()


def cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, with an ellipsis where something is missing."""
    data = text.encode()
    return text if len(data) <= most else data[: most - 3].decode("utf-8", "ignore") + "…"


def parsed(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object, {} where it is none."""
    with suppress(ValueError):
        found = json.loads(answer.body)
        return found if isinstance(found, dict) else {}
    return {}


def busy(answer: Answer, *, or_broken: bool = True) -> Result | None:
    """ "Later", where the status says so: 429, 408 or 5xx, with the time it names."""
    if answer.status in (408, 429) or (or_broken and answer.status >= 500):
        return again(str(answer.status), answer.words, retry_after(answer))
    return None


def retry_after(answer: Answer) -> float:
    """Seconds; 0 where none are named. At most a day."""
    said = answer.headers.get("retry-after", "")
    return min(float(said), 86_400.0) if said.isascii() and said.isdigit() and len(said) < 9 else 0.0
