"""Real servers for messages: SMTP and HTTP on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def contact(workspace, member) -> Callable:
    """`contact("ann", consent="given")`: a customer who can be written to."""
    from balm.web.deliveries.contact_services import Entry, keep

    def make(customer: str, email: str = "", consent: str = "given", language: str = "", where=None):
        entry = Entry(customer, email or f"{customer}@example.com", language, consent, "test")
        return keep(where or workspace, member("analyst", where), entry)

    return make


@pytest.fixture
def mail_server(settings) -> Iterator[Callable]:
    """`mail_server(fails=0.3)`: the box of a server that EMAIL_URL names from now on."""
    import runpy

    module = runpy.run_path(str(Path(__file__).with_name("mail_server.py")))
    running = []

    def start(**how: Any):
        box = module["Box"](**how)
        controller = module["serving"](box)
        running.append(controller)
        settings.EMAIL_URL = f"smtp://127.0.0.1:{controller.port}"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
        settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
        settings.EMAIL_TIMEOUT = 5
        return box

    yield start
    for controller in running:
        controller.stop()


@dataclass
class Seen:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Program:
    """A receiver of webhooks: what it got, and what it answers next (the last one for ever)."""

    url: str = ""
    got: list[Seen] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(200, {}, b"ok")])
    hold: threading.Event | None = None


@pytest.fixture
def program(settings) -> Iterator[Program]:
    """A real HTTP server on loopback; private addresses are allowed while it runs."""
    settings.BALM_WEBHOOK_PRIVATE = True
    found = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if found.hold is not None:
                found.hold.wait(20)
            status, headers, answer = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            if status == 0:  # hangs up without a word
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:  # a test that hangs up in the middle means to
            pass

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def pump(settings) -> Callable:
    """`pump()`: ticks until nothing is due any more or will be within a second; gives how often."""
    import time

    from django.utils import timezone

    from balm.web.deliveries import work
    from balm.web.deliveries.models import Delivery

    def run(seconds: float = 20.0) -> None:
        until = time.monotonic() + seconds
        while True:
            now = timezone.now()
            if work.mail(now) + work.programs(now):
                continue
            open_ = Delivery.objects.filter(state__in=("waiting", "sending")).order_by("not_before")
            ahead = [when for when in open_.values_list("not_before", flat=True) if when is not None]
            if not open_ or (ahead and (min(ahead) - now).total_seconds() > 1):
                return
            assert time.monotonic() < until, list(open_.values("state", "words", "not_before"))
            time.sleep(0.02)

    return run
