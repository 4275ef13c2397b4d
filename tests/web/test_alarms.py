"""Alarms of cases while workers are killed, the clock jumps an hour and back, and the mail server fails and greylists.

Each alarm that fell due is there once and at most a minute late (`alarm_times` says how that is counted), each message
it asks for once arrived or visibly a dead letter, no case is lost or has two owners, and nothing is stuck in the end.
A warning that little time is left gives way to the alarm that none is, where nobody looked in between. Runs on the
database the tests run on.
"""

from __future__ import annotations

import http.server
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import postgres
import pytest
import turning
from alarm_times import LATEST, Timeline, Watch, dues

HERE = Path(__file__).resolve().parent
BALM = str(Path(sys.executable).with_name("balm"))
KILLS = 15 if postgres.ASKED else 50
"""The full number once; on PostgreSQL enough to see that the claims hold there, too."""
JUMPS = {KILLS // 5: -3600, 2 * KILLS // 5: 3600, 3 * KILLS // 5: 3600, 4 * KILLS // 5: -3600}
"""Kill → seconds by which the clock is turned at it: back and forth again, and the other way round."""

SETTLES = 120.0
"""Seconds after the last kill within which nothing waits any more: the longest promise that still runs (20 s), and what
the mail server refused at first."""


class Hook(http.server.ThreadingHTTPServer):
    """A program that listens, and now and then says that it has no time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Heard)
        self.heard: Counter[str] = Counter()
        self.chance = random.Random(7)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever called was killed."""


class Heard(http.server.BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        busy = self.server.chance.random() < 0.1
        if not busy:
            self.server.heard[self.headers["webhook-id"].removeprefix("msg_")] += 1
        self.send_response(503 if busy else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Actor:
    """A process that opens cases and works on them; `said`: what it says was done."""

    def __init__(self, which: int, env: dict[str, str]) -> None:
        command = [sys.executable, str(HERE / "alarm_tool.py"), "work", str(which)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=env, **pipes)
        assert self.process.stdout and self.process.stdout.readline() == "ready\n"
        self.said: list[dict[str, Any]] = []
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        assert self.process.stdout
        self.said.extend(json.loads(line) for line in self.process.stdout)

    def stop(self) -> None:
        """It opens no more, and ends once all is done that it has begun."""
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.close()
        assert self.process.wait(60) == 0
        self.thread.join(10)


@dataclass(frozen=True)
class Worker:
    process: subprocess.Popen[bytes]
    log: Path


class Office:
    """A data folder with two workers, people who open cases, a mail server, a program, and a clock."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.box = folder, folder / "box"
        self.box.mkdir()
        self.hook = Hook()
        self.line = Timeline(turning.make(folder / "clock"))
        self.running: list[Worker] = []
        self.logs: list[Path] = []
        self.actors: list[Actor] = []
        command = [sys.executable, str(HERE / "deliveries" / "mail_server.py"), str(self.box), "0.3", "1.0"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.server.stdout
        port = int(self.server.stdout.readline())
        env = {k: v for k, v in os.environ.items() if not k.startswith("BALM_") and k != "DATABASE_URL"}
        env |= {"BALM_DATA": str(folder / "data"), "EMAIL_URL": f"smtp://127.0.0.1:{port}", "BALM_WEBHOOK_PRIVATE": "1"}
        env |= {"BALM_DELIVERY_PACE": "0.0005", "BALM_DELIVERY_LEASE": "3", **self.line.clock.environment}
        self.env = env | ({"DATABASE_URL": database} if database else {})
        self.tool("prepare", f"http://127.0.0.1:{self.hook.server_address[1]}/hook")
        self.watch = Watch(database or folder / "data" / "balm.sqlite3")
        self.watch.start()

    def tool(self, *words: str) -> Any:
        command = [sys.executable, str(HERE / "alarm_tool.py"), *words]
        done = subprocess.run(command, env=self.env, stdout=subprocess.PIPE, check=True, timeout=120)
        return json.loads(done.stdout)

    def start(self) -> None:
        """One more worker."""
        log = self.folder / f"worker-{len(self.logs)}.txt"
        self.logs.append(log)
        with log.open("wb") as file:
            process = subprocess.Popen([BALM, "worker"], env=self.env, stdout=file, stderr=file)
        self.running.append(Worker(process, log))

    def kill(self, chance: random.Random) -> None:
        """Kill one of them: one time in three at once, be it while it starts, else some time after it has begun to
        work, so that on a busy machine, too, they live to do something."""
        worker = self.running.pop(chance.randrange(len(self.running)))
        if chance.random() < 0.67:
            until = time.monotonic() + 15
            while b"waiting for work" not in worker.log.read_bytes() and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(chance.uniform(0.1, 1.8))
        else:
            time.sleep(chance.uniform(0, 0.5))
        worker.process.kill()
        worker.process.wait()

    def end(self) -> None:
        workers = [worker.process for worker in self.running]
        for process in (*workers, self.server, *(actor.process for actor in self.actors)):
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
        self.watch.stop()
        self.hook.shutdown()
        self.hook.server_close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    database = postgres.new_database(f"alarms_{os.getpid()}_{tmp_path.name[-8:]}") if postgres.ASKED else ""
    made = Office(tmp_path, database)
    yield made
    made.end()


def settled(office: Office, since: float) -> dict[str, Any]:
    """What there is once nothing waits and nothing is to come."""
    while True:
        found = office.tool("check")
        if not any(found["left"].values()):
            return found
        assert time.monotonic() < since + SETTLES, (
            found["left"],
            [log.read_text()[-3000:] for log in office.logs[-2:]],
        )
        time.sleep(1)


@pytest.mark.slow
@pytest.mark.skipif(not turning.COMPILER, reason=turning.MISSING)
def test_alarms_come_once_and_in_time(office: Office) -> None:
    chance = random.Random(1)
    office.start(), office.start()
    office.actors = [Actor(which, office.env) for which in (0, 1)]
    for number in range(KILLS):
        if number in JUMPS:
            office.line.turn(JUMPS[number])
        office.kill(chance)
        if not office.running or chance.random() < 0.75:  # else the next kill leaves nobody
            time.sleep(chance.uniform(0, 0.5))
            while len(office.running) < 2:
                office.start()
    while len(office.running) < 2:
        office.start()
    killed = time.monotonic()
    for actor in office.actors:
        actor.stop()
    found, over = settled(office, killed), time.monotonic()
    said = [line for actor in office.actors for line in actor.said]
    late, passed_over = alarms_are_as_due(office, found, said, over)
    sent = messages_arrived_once(office, found)
    cases_are_there_once(found, said)
    told = [log for log in office.logs if b" ERROR " in log.read_bytes()]
    assert not told, told[0].read_text()[:4000]
    p50, p95, most = np.percentile(late, [50, 95, 100])
    print(f"\n{KILLS} kills, {len(found['cases'])} cases, {len(late)} alarms:")
    print(f"late p50 {p50:.1f} s, p95 {p95:.1f} s, max {most:.1f} s; {passed_over} warnings passed over; {sent}")
    print(f"settled {over - killed:.0f} s after the last kill")
    assert len(late) > 3 * KILLS
    assert most <= LATEST


def alarms_are_as_due(
    office: Office, found: dict[str, Any], said: list[dict[str, Any]], over: float
) -> tuple[list[float], int]:
    """Seconds each alarm was late, and how many warnings gave way to the alarm that the promise is broken."""
    seen, line = office.watch.stop(), office.line
    there = {(number, name): pk for pk, number, _run, name, _raised in found["alarms"]}
    assert len(there) == len(found["alarms"])
    assert set(seen) == set(there.values())
    done = defaultdict(list)
    for each in said:
        done[each["number"]].append(each)
    late, passed_over, known = [], 0, set()
    for number, case in found["cases"].items():
        for due in dues(case, done[int(number)], over):
            key = (int(number), due.name)
            known.add(key)
            if key in there:
                assert due.may(line), (key, "before its time", case)
                late.append(line.past(due.instant, due.since, seen[there[key]]))
            else:
                assert not due.must(line), (key, "lost", case, done[int(number)])
                passed_over += due.time(line, due.stopped[0]) > 0
        if case["state"] == "solved":  # in an hour that the clock was set back from
            assert line.past(case["solved"], 0, over) < LATEST, (number, "is not closed")
    assert set(there) <= known
    return late, passed_over


def messages_arrived_once(office: Office, found: dict[str, Any]) -> str:
    """That each alarm was told, each closed case asked about, and each message came once; in words."""
    rows = {row[0]: row for row in found["deliveries"]}
    got = Counter(path.name.partition("@")[0] for path in office.box.iterdir())
    assert set(got.values()) == {1}, "a mail arrived twice"
    assert set(got) <= {uid for uid, row in rows.items() if row[1] == "mail"}
    assert set(office.hook.heard) <= {uid for uid, row in rows.items() if row[1] == "webhook"}
    ends: Counter[str] = Counter()
    for uid, kind, key, _purpose, state, reason, _customer in rows.values():
        arrived = (got if kind == "mail" else office.hook.heard)[uid] > 0
        fine = {("sent", "", True), ("dead", "unsure", arrived), ("dead", "gave_up", False)}
        fine.add(("skipped", "no_consent", False))
        assert (state, reason, arrived) in fine, (key, kind, state, reason, arrived)
        ends[f"{kind} {reason or state}"] += 1
    assert ends["mail sent"] > 0.7 * sum(n for name, n in ends.items() if name.startswith("mail"))
    told = Counter(row[2].partition(">")[0].partition("@")[0] for row in rows.values())
    for _pk, number, run, name, _raised in found["alarms"]:
        what, _sep, rest = name.partition(":")
        # a warning is for the owner, whom the case may not have had yet
        assert told[f"case.{what}:{rest}:{number}:{run}"] or what == "at_risk", name
    closed = {number: case for number, case in found["cases"].items() if case["state"] == "closed"}
    assert sorted(ref for ref, *_ in found["asks"]) == sorted(closed)
    assert {key for *_, key in found["asks"]} == {row[2] for row in rows.values() if row[3] == "ask"}
    twice = sum(n > 1 for n in office.hook.heard.values())
    return ", ".join(f"{n} {name}" for name, n in sorted(ends.items())) + f", {twice} webhooks came again"


def cases_are_there_once(found: dict[str, Any], said: list[dict[str, Any]]) -> None:
    opened = [line["number"] for line in said if line["what"] == "opened"]
    assert sorted(opened) == sorted(map(int, found["cases"])) == sorted(map(int, found["audit"]))
    assert len(found["comments"]) == len(set(found["comments"]))
    assert len(found["comments"]) == len(opened) + sum(line["what"] == "join" for line in said)
    taken = [line for line in said if line["what"] == "taken"]
    assert len({line["number"] for line in taken}) == len(taken)
    for line in taken:
        case = found["cases"][str(line["number"])]
        assert (case["owner"], case["given"]) == (line["owner"], 1)
    assert sum(case["given"] for case in found["cases"].values()) == len(taken)
