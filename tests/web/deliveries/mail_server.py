"""A real SMTP server that fails now and then and greylists: in a thread here, or `python mail_server.py BOX` by itself.

By itself it prints its port, and writes each message it has taken to a file of its own in BOX before it says so.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PLACES = ("connect", "MAIL", "RCPT", "DATA", "in DATA", "after DATA", "lost answer")


class Box:
    """What the server keeps, and how it fails. `fails`: the share of tries; `greylist`: seconds a stranger waits;
    `say`: recipient → (place, answer), always."""

    def __init__(self, fails: float = 0.0, greylist: float = 0.0, seed: int = 1, folder: Path | None = None) -> None:
        self.fails, self.greylist, self.folder = fails, greylist, folder
        self.say: dict[str, tuple[str, str]] = {}
        self.slow = 0.0  # seconds before the answer to DATA
        self.messages: list[Message] = []
        self.tries: list[str] = []
        self._random = random.Random(seed)
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def fault(self) -> str:
        """Where this connection breaks; "" where it does not."""
        with self._lock:
            return self._random.choice(PLACES) if self._random.random() < self.fails else ""

    def stranger(self, to: str) -> bool:
        first = self._seen.setdefault(to, time.monotonic())
        return time.monotonic() - first < self.greylist

    def keep(self, data: bytes) -> None:
        message = message_from_bytes(data)
        with self._lock:
            self.messages.append(message)
            if self.folder is not None:
                name = str(message["Message-ID"]).strip("<>").replace("/", "_")
                (self.folder / f"{name}.{len(list(self.folder.glob(name + '*')))}").write_bytes(data)


class _Handler:
    def __init__(self, box: Box) -> None:
        self.box = box

    def _breaks(self, session: Session, place: str) -> bool:
        if getattr(session, "fault", "") != place:
            return False
        session.fault = ""
        return True

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        session.fault = self.box.fault()
        if self._breaks(session, "connect"):
            _cut(server)
        return responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        session.fault = self.box.fault()  # of this message: a connection may carry several
        if self._breaks(session, "connect"):
            _cut(server)
        if self._breaks(session, "MAIL"):
            return "451 try later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        self.box.tries.append(address)
        place, said = self.box.say.get(address, ("", ""))
        if place == "RCPT":
            return said
        if self._breaks(session, "RCPT"):
            _cut(server)
        if self.box.stranger(address):
            return "450 4.2.0 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        place, said = self.box.say.get(envelope.rcpt_tos[0], ("", ""))
        if place == "DATA":
            return said
        if self._breaks(session, "after DATA"):  # it read all of it and kept nothing
            _cut(server)
            return "451 try later"
        if self._breaks(session, "DATA"):
            return "452 no room"
        if self.box.slow:
            await asyncio.sleep(self.box.slow)
        self.box.keep(envelope.content)
        if place == "lost answer" or self._breaks(session, "lost answer"):
            _cut(server)
        return "250 kept"


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        if self.session is not None and getattr(self.session, "fault", "") == "in DATA":
            self.session.fault = ""
            await self.push("354 go on")
            _cut(self)
            return
        await super().smtp_DATA(arg)


def _cut(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.abort()


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, ident="test", hostname="localhost")


def serving(box: Box) -> _Controller:
    """A server in a thread, started; its `port` says where. To be stopped with `stop()`."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = _Controller(_Handler(box), hostname="127.0.0.1", port=port)
    controller.start()
    return controller


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    here = serving(Box(fails=float(sys.argv[2]), greylist=float(sys.argv[3]), folder=folder))
    print(here.port, flush=True)
    threading.Event().wait()
