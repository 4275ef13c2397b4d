"""The application as a process: a data folder made ready, a web server, and a worker beside it."""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balm.core.errors import WrongUse
from balm.web.site.paths import DATA, data_dir, keep_address

if TYPE_CHECKING:
    from balm.web.jobs.worker import Worker

THREADS = 8
SLACK = 16 * 2**20
"""Bytes that a request may have beyond the largest file: the form around it."""

FIRST_OWNER = "owner@localhost"


def start(data: Path | None) -> None:
    """Make the folder, read the settings, bring the database up to date. To be called once in a process.

    `data`: None leaves BALM_DATA as it is. Several processes may start at once. Raises WrongUse where the folder or the
    database cannot be used.
    """
    if data is not None:
        os.environ[DATA] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balm.web.site.settings")
    try:
        folder = data_dir()
    except OSError as error:
        raise WrongUse(f"cannot make the folder {data}: {error.strerror}; name another with --data") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongUse(f"the folder {folder} cannot be written to; name another with --data")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        django.setup()
        migrate()
    except ImproperlyConfigured as error:
        raise WrongUse(f"the settings cannot be used: {' '.join(str(error).split())}") from None
    except DatabaseError as error:
        raise WrongUse(f"the database cannot be used: {str(error).strip().splitlines()[0]}") from None


def migrate() -> None:
    """Bring the database up to date, one process at a time: on this machine, and on a shared PostgreSQL."""
    from django.core.management import call_command
    from django.db import connection

    from balm.web.jobs.locks import FileLock

    key = 0x62616C6D  # any number, as long as it is the same everywhere
    with FileLock(data_dir() / "locks" / "migrate.lock"):
        shared = connection.vendor == "postgresql"
        try:
            if shared:
                connection.cursor().execute("SELECT pg_advisory_lock(%s)", [key])
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            connection.close()  # which also lets go of the lock


def check_host(host: str) -> None:
    """Raise WrongUse when others could reach the server and nobody said under which names."""
    if os.environ.get("BALM_HOSTS") or _is_local(host):
        return
    raise WrongUse(
        f"--host {host} lets other machines in: say by which names they reach this one, for example "
        "BALM_HOSTS=balm.example.com,192.168.1.5 balm serve …; see docs/how-to/serve.md"
    )


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def address(host: str, port: int) -> str:
    """Where a person opens it, without a slash at the end."""
    from django.conf import settings

    return settings.BASE_URL.rstrip("/") or f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"


class Server:
    """A web server with a worker beside it, in one process."""

    def __init__(self, host: str, port: int, *, worker: bool = True) -> None:
        """Raises WrongUse when the port is in use. `port` 0 takes one that is free."""
        from django.urls import get_resolver
        from waitress.server import create_server

        from balm.web.site.wsgi import application

        check_host(host)
        self._worker = _worker() if worker else None
        _on_signals(self._interrupt)
        assert get_resolver().url_patterns  # loads the pages now, so that nobody waits for them
        try:
            self._web: Any = create_server(application, host=host, port=port, **_options())
        except OSError as error:
            raise WrongUse(f"cannot listen on {host}:{port}: {error.strerror}; name another with --port") from None
        except ValueError:  # what waitress makes of a name that has no address
            raise WrongUse(f"{host} is not an address of this machine; name another with --host") from None
        listening = getattr(self._web, "effective_port", None) or self._web.effective_listen[0][1]
        self.address = address(host, int(listening))
        keep_address(self.address)

    def run(self, beside: Callable[[], None] | None = None) -> None:
        """Serve until SIGTERM, SIGINT or `stop`: requests in progress are answered, work in progress is put back in
        the queue. `beside` runs in a thread of its own once requests are answered."""
        worker = self._worker
        thread = threading.Thread(target=worker.run, name="balm worker") if worker else None
        if thread:
            thread.start()
        if beside:
            threading.Thread(target=beside, name="balm beside", daemon=True).start()
        try:
            self._web.run()
        finally:
            if worker and thread:
                worker.stop()
                thread.join()
            self._web.close()

    def stop(self) -> None:
        """As if the process had been told to end; from any thread."""
        os.kill(os.getpid(), signal.SIGTERM)

    def _interrupt(self) -> None:
        if self._worker:
            self._worker.stop()
        raise SystemExit(0)  # waitress takes no more requests, answers those it has, and returns


def run_worker() -> None:
    """Do work until SIGTERM or SIGINT."""
    worker = _worker()
    _on_signals(worker.stop)
    worker.run()


def first_link(owner: str = FIRST_OWNER) -> str | None:
    """Path of a link that signs the first owner in, None once somebody has signed in."""
    from balm.web.people.models import User
    from balm.web.people.services import first_owner, sign_in_link

    if User.objects.filter(last_login__isnull=False).exists():
        return None
    first = User.objects.order_by("pk").first()
    if first is None:
        first, _workspace = first_owner(owner)
    return sign_in_link(first, actor="first start")


def warn_without_assets() -> None:
    """Say so where pages would have no styles and scripts: in a checkout that was not built."""
    from django.contrib.staticfiles import finders

    if not finders.find("balm/balm.js"):
        print("balm: the pages' styles and scripts were not built; see frontend/README.md", file=sys.stderr)


def _worker() -> Worker:
    from balm.web.jobs.worker import Worker

    return Worker()


def _options() -> dict[str, Any]:
    """Of waitress."""
    from django.conf import settings

    found: dict[str, Any] = {
        "threads": THREADS,
        "ident": None,
        "channel_timeout": 300,  # an upload may pause
        "max_request_body_size": settings.BALM_UPLOAD_BYTES + SLACK,
        "connection_limit": 500,
        "recv_bytes": 65536,
        "asyncore_use_poll": True,
    }
    if settings.SECURE_PROXY_SSL_HEADER:
        found |= {"trusted_proxy": "*", "trusted_proxy_headers": {"x-forwarded-proto", "x-forwarded-for"}}
    return found


def _on_signals(do: Callable[[], None]) -> None:
    """Call `do` on the first SIGTERM or SIGINT; a second one ends the process as usual."""

    def handle(number: int, frame: object) -> None:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        print("stopping …", file=sys.stderr)
        do()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
