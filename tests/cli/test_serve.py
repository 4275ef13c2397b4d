"""`balm serve` and `balm worker` as processes: first start, refusal, an orderly end."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import postgres
import pytest

BALM = str(Path(sys.executable).with_name("balm"))


class Started:
    """A running command, and what it has said so far."""

    def __init__(self, *words: object, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [BALM, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
        )
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, pattern: str, seconds: float = 30) -> re.Match[str]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not said: {self.lines}")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def env(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment of commands: a data folder and a database of their own."""
    found = {k: v for k, v in os.environ.items() if not k.startswith("BALM_") and k != "DATABASE_URL"}
    found["BALM_DATA"] = str(tmp_path / "data")
    if postgres.ASKED:
        if not postgres.running():
            pytest.skip(postgres.MISSING)
        found["DATABASE_URL"] = postgres.new_database(f"serve_{os.getpid()}_{abs(hash(request.node.name)) % 10**6}")
    return found


@pytest.fixture
def start(env: dict[str, str]) -> Iterator[Callable[..., Started]]:
    running: list[Started] = []

    def go(*words: object, **more: str) -> Started:
        running.append(Started(*words, env=env | more))
        return running[-1]

    yield go
    for each in running:
        each.process.kill()
        each.process.wait()
        assert each.process.stdout
        each.process.stdout.close()


def get(address: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, body


def test_the_first_start_signs_the_owner_in_once(start: Callable[..., Started], tmp_path: Path) -> None:
    server = start("serve", "--port", 0, "--owner", "chief@example.com")
    address = server.said(r"Balm is at http://(127\.0\.0\.1:\d+)/")[1]
    link = server.said(rf"http://{re.escape(address)}(/\S+)$")[1]
    assert get(address, "/healthz")[0] == 200
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    status, headers, _ = get(address, "/")
    assert (status, headers["Location"]) == (302, "/account/login/?next=/")
    assert headers["Server"] is None
    status, _, page = get(address, link)
    assert status == 200
    assert "chief@example.com" in page
    assert get(address, "/healthz", {"Host": "elsewhere.example"})[0] == 400
    assert server.end() == 0
    # nobody has signed in: another start gives another link
    again = start("serve", "--port", 0)
    assert again.said(r"http://[\d.:]+(/sign-in/\S+)$")[1] != link


def test_a_host_that_others_reach_needs_names(start: Callable[..., Started]) -> None:
    refused = start("serve", "--host", "0.0.0.0", "--port", 0)
    assert refused.process.wait(20) == 2
    refused.said(r"^balm: --host 0\.0\.0\.0 lets other machines in: .*BALM_HOSTS=")
    named = start("serve", "--host", "0.0.0.0", "--port", 0, "--no-worker", BALM_HOSTS="balm.test,127.0.0.1")
    port = named.said(r"Balm is at http://127\.0\.0\.1:(\d+)/")[1]
    assert get(f"127.0.0.1:{port}", "/healthz", {"Host": "balm.test"})[0] == 200
    assert get(f"127.0.0.1:{port}", "/healthz", {"Host": "localhost"})[0] == 400


@pytest.mark.slow
def test_behind_a_proxy_its_word_counts_and_else_nobodys(start: Callable[..., Started]) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Host": "balm.test"}
    known = {"BALM_URL": "https://balm.test", "BALM_HOSTS": "balm.test"}
    for proxy in ("1", ""):
        port = free_port()
        server = start("serve", "--port", port, "--no-worker", BALM_BEHIND_PROXY=proxy, **known)
        server.said(r"^Balm is at https://balm\.test/$")
        _, headers, _ = get(f"127.0.0.1:{port}", "/account/login/", forwarded)
        assert (headers["Strict-Transport-Security"] is not None) is bool(proxy)
        server.end()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("words", "env_more", "said"),
    [
        (("serve", "--port", "{busy}"), {}, r"cannot listen on 127\.0\.0\.1:\d+: .*--port"),
        (("serve", "--data", "{file}"), {}, r"cannot make the folder .*--data"),
        (("serve",), {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, r"the database cannot be used: "),
        (("serve", "--host", "203.0.113.77"), {"BALM_HOSTS": "x"}, r"cannot listen on 203\.0\.113\.77"),
        (("worker",), {"BALM_OIDC_ISSUER": "http://elsewhere.example"}, r"BALM_OIDC_ISSUER"),
    ],
)
def test_what_cannot_start_says_why(
    start: Callable[..., Started], tmp_path: Path, words: tuple[str, ...], env_more: dict[str, str], said: str
) -> None:
    (tmp_path / "file").write_text("")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        filled = [w.format(busy=busy.getsockname()[1], file=tmp_path / "file" / "data") for w in words]
        command = start(*filled, **env_more)
        assert command.process.wait(30) == 2
    command.said("^balm: .*" + said)
    assert len(command.lines) <= 2, command.lines


@pytest.mark.slow
def test_several_processes_start_at_once(start: Callable[..., Started]) -> None:
    servers = [start("serve", "--port", 0, "--no-worker") for _ in range(2)] + [start("worker")]
    for server in servers[:2]:
        address = server.said(r"Balm is at http://([\d.:]+)/")[1]
        assert get(address, "/account/login/")[0] == 200
    servers[2].said("waiting for work")
    assert [server.end() for server in servers] == [0, 0, 0]


@pytest.mark.slow
def test_an_end_lets_requests_finish(start: Callable[..., Started], env: dict[str, str]) -> None:
    server = start("serve", "--port", 0)
    address, path = server.said(r"http://([\d.:]+)(/sign-in/\S+)$").groups()
    _, headers, page = get(address, path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    body = urlencode({"csrfmiddlewaretoken": token[1]})
    cookie = {"Cookie": headers["Set-Cookie"].split(";")[0], "Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection(address, timeout=20)
    with held_database(env):  # signing in writes, so it waits here
        connection.request("POST", path, body, cookie)
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert server.process.poll() is None
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    connection.close()
    assert server.process.wait(20) == 0


@contextmanager
def held_database(env: dict[str, str]) -> Iterator[None]:
    """Nobody can write meanwhile."""
    if url := env.get("DATABASE_URL"):
        import psycopg

        with psycopg.connect(url) as server:
            server.execute("LOCK TABLE people_signinlink IN EXCLUSIVE MODE")
            yield
    else:
        file = sqlite3.connect(Path(env["BALM_DATA"]) / "balm.sqlite3", isolation_level=None)
        with closing(file):
            file.execute("BEGIN IMMEDIATE")
            yield
            file.execute("ROLLBACK")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_in_order(start: Callable[..., Started], tmp_path: Path, number: int) -> None:
    worker = start("worker")
    worker.said("waiting for work")
    until = time.monotonic() + 10
    while not list((tmp_path / "data" / "workers").glob("*.lock")) and time.monotonic() < until:
        time.sleep(0.05)
    assert worker.end(number) == 0
    assert not list((tmp_path / "data" / "workers").glob("*.lock"))


@pytest.mark.slow
def test_the_demo_opens_the_application_and_keeps_its_data(start: Callable[..., Started], tmp_path: Path) -> None:
    words = ("demo", "--data", tmp_path / "data", "--comments", 300, "--port", 0, "--no-open")
    first = start(*words, "--exit-when-ready")
    link = first.said(r"http://[\d.:]+(/sign-in/\S+)$", 120)[1]
    assert first.process.wait(30) == 0
    again = start(*words)
    address, other = again.said(r"http://([\d.:]+)(/sign-in/\S+)$", 60).groups()
    assert other != link
    page = get(address, other)[2]
    assert "Demo" in page
    assert again.end() == 0
    lake = list((tmp_path / "data" / "workspaces").glob("*/lake/feedback/_delta_log"))
    assert len(lake) == 1


def test_the_demo_is_the_application_or_the_report(start: Callable[..., Started], tmp_path: Path) -> None:
    both = start("demo", "--out", tmp_path / "report", "--data", tmp_path / "data")
    assert both.process.wait(30) == 2
    both.said("^balm: --out writes the report alone")
