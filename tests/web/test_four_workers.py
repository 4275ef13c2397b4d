"""Four processes find the same complaints and take cases from one queue at once: each complaint is one case, each case
has one owner, who was told so, and none is left. Runs on the database the tests run on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import postgres
import pytest
from four_tool import CASES

TOOL = [sys.executable, str(Path(__file__).with_name("four_tool.py"))]


@pytest.mark.slow
def test_four_workers_share_one_queue(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("BALM_") and k != "DATABASE_URL"}
    env["BALM_DATA"] = str(tmp_path / "data")
    if postgres.ASKED:
        env["DATABASE_URL"] = postgres.new_database(f"four_{os.getpid()}")

    def tool(what: str) -> Any:
        done = subprocess.run([*TOOL, what], env=env, stdout=subprocess.PIPE, check=True, timeout=120)
        return json.loads(done.stdout)

    tool("prepare")
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*TOOL, "work", str(who)], env=env, **pipes) for who in range(4)]
    try:
        for worker in workers:
            assert worker.stdout and worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        said = [json.loads(worker.communicate(timeout=120)[0])["taken"] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert [worker.returncode for worker in workers] == [0] * 4
    found = tool("check")
    taken = {number: f"{who}@four.example" for who, numbers in enumerate(said) for number in numbers}
    assert sum(map(len, said)) == len(taken) == CASES, "a case was taken twice, or not at all"
    assert {number: owner for number, owner, *_ in found["owners"]} == taken
    assert [number for number, *_ in found["owners"]] == list(range(1, CASES + 1))
    assert len({comment for _n, _o, comment, _s in found["owners"]}) == CASES
    assert {state for *_, state in found["owners"]} == {"assigned"}
    assert Counter(map(tuple, found["given"])) == Counter(taken.items())
    assert Counter(map(int, found["audit"])) == Counter(taken.keys())
    assert sum(map(bool, said)) > 1  # else nothing was shown; SQLite gives its lock to whoever asks first
