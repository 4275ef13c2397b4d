"""Senders are killed in the middle, again and again, while the mail server fails and greylists: every mail is once in
the server's box, or visibly a dead letter that may have arrived. Runs on the database the tests run on."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import postgres
import pytest

HERE = Path(__file__).resolve().parent


def tool(env: dict[str, str], *words: object) -> Any:
    command = [sys.executable, str(HERE / "kill_tool.py"), *map(str, words)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True, timeout=120)
    return json.loads(done.stdout) if done.stdout.strip() else None


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize(("mails", "kills", "seed"), [(80, 6, 4)])
def test_every_mail_is_once_in_the_box_or_a_dead_letter(tmp_path: Path, mails: int, kills: int, seed: int) -> None:
    box = tmp_path / "box"
    box.mkdir()
    command = [sys.executable, str(HERE / "mail_server.py"), str(box), "0.3", "0.2"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    env = {k: v for k, v in os.environ.items() if not k.startswith("BALM_") and k != "DATABASE_URL"}
    env |= {"BALM_DATA": str(tmp_path / "data"), "EMAIL_URL": f"smtp://127.0.0.1:{port}"}
    env |= {"BALM_DELIVERY_PACE": "0.0003", "BALM_DELIVERY_LEASE": "3"}
    if postgres.ASKED:
        env["DATABASE_URL"] = postgres.new_database(f"senders_{os.getpid()}")
    senders: list[subprocess.Popen[bytes]] = []
    chance = random.Random(seed)
    try:
        tool(env, "make", mails)
        for _ in range(kills):
            while len(senders) < 2:
                sender = subprocess.Popen(
                    [sys.executable, str(HERE / "kill_tool.py"), "send"], env=env, stdout=subprocess.PIPE
                )
                senders.append(sender)
            for sender in senders:
                assert sender.stdout is not None
                if not getattr(sender, "ready", False):
                    assert sender.stdout.readline()
                    sender.ready = True  # type: ignore[attr-defined]
            time.sleep(chance.uniform(0.02, 0.4))
            end(senders.pop(chance.randrange(2)))
        senders.append(subprocess.Popen([sys.executable, str(HERE / "kill_tool.py"), "send"], env=env))
        until = time.monotonic() + 90
        while any(state in ("waiting", "sending") for state, _reason in tool(env, "check").values()):
            assert time.monotonic() < until, Counter(map(tuple, tool(env, "check").values()))
            time.sleep(0.5)
    finally:
        for process in (*senders, server):
            end(process)
    found = tool(env, "check")
    got = Counter(path.name.partition("@")[0] for path in box.iterdir())
    assert set(got) <= set(found) and len(found) == mails
    assert set(got.values()) == {1}, "a mail arrived twice"
    for uid, (state, reason) in found.items():
        assert (state, reason, got[uid]) in {("sent", "", 1), ("dead", "unsure", got[uid]), ("dead", "gave_up", 0)}
    assert sum(state == "sent" for state, _reason in found.values()) > mails * 0.6
