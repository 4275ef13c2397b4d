"""A real browser, and a real server in a process of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import postgres
import pytest

HERE = Path(__file__).resolve().parent
PASSWORD = "correct horse battery"
BALM = str(Path(sys.executable).with_name("balm"))


@dataclass(frozen=True)
class Served:
    """A running server: its address, its folder, what it has printed so far."""

    url: str
    data: Path
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


_databases: dict[Path, str] = {}


def environment(data: Path) -> dict[str, str]:
    """What a process that works on `data` is started with; on PostgreSQL a database of its own goes with the folder."""
    found = {**os.environ, "BALM_DATA": str(data)}
    if postgres.running():
        if data not in _databases:
            _databases[data] = postgres.new_database(f"served_{os.getpid()}_{len(_databases)}")
        found["DATABASE_URL"] = _databases[data]
    return found


@contextmanager
def serving(data: Path, *arguments: str, more: Mapping[str, str] | None = None) -> Iterator[Served]:
    """`balm serve` on a free port until the block ends. `more`: for its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [BALM, "serve", "--host", "127.0.0.1", "--port", str(port), "--data", str(data), *arguments]
    log = data.with_suffix(".log")
    with log.open("wb") as out:
        server = subprocess.Popen(command, env={**environment(data), **(more or {})}, stdout=out, stderr=out)
        served = Served(f"http://127.0.0.1:{port}", data, log)
        try:
            _wait(served, server)
            yield served
        finally:
            server.terminate()
            server.wait(30)


def _wait(served: Served, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            with urlopen(served.url + "/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(served.said)


@pytest.fixture(scope="session")
def seed(small_csv: Path) -> Callable[[Path], None]:
    """`seed(folder)`: two filled workspaces and an empty one, and members of every role in each."""

    def fill(data: Path) -> None:
        command = [sys.executable, str(HERE.parent / "seed.py"), str(small_csv)]
        done = subprocess.run(command, env=environment(data), capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr

    return fill


@pytest.fixture(scope="session")
def served(seed: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose folder is seeded."""
    data = tmp_path_factory.mktemp("served") / "data"
    seed(data)
    with serving(data) as running:
        yield running.url


@pytest.fixture(scope="session")
def sign_in(browser: Any) -> Callable[[str, str], Any]:
    """`sign_in(url, email)`: what a browser keeps of somebody who signed in with a password."""
    kept: dict[tuple[str, str], Any] = {}

    def once(url: str, email: str) -> Any:
        if (url, email) not in kept:
            context = browser.new_context(locale="en-US")
            page = context.new_page()
            page.set_default_timeout(90_000)
            page.goto(url + "/account/login/")
            page.fill("input[name=login]", email)
            page.fill("input[name=password]", PASSWORD)
            page.click("main .card button[type=submit]")
            page.wait_for_url(re.compile("/w/"))
            kept[url, email] = context.storage_state()
            context.close()
        return kept[url, email]

    return once


@pytest.fixture(scope="session")
def signed_in(served: str, sign_in: Callable[[str, str], Any]) -> Any:
    """Cookies of a signed-in owner of the filled workspace."""
    return sign_in(served, "owner@lamps.example")


@pytest.fixture(scope="session")
def serve() -> Callable[..., Any]:
    """`with serve(folder, *flags) as server:` a server of the test's own."""
    return serving


@pytest.fixture(scope="session")
def environ() -> Callable[[Path], dict[str, str]]:
    """`environ(folder)`: what a command that works on the folder is started with."""
    return environment
