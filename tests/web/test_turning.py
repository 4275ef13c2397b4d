"""The clock that other tests turn does turn, and waiting goes on as before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import turning

SAY = """
import datetime as dt, sqlite3, sys, threading, time
for line in sys.stdin:
    start = time.monotonic()
    time.sleep(0.05); threading.Event().wait(0.05)
    waited = time.monotonic() - start
    row = sqlite3.connect(":memory:").execute("SELECT strftime('%s')").fetchone()
    print(time.time(), dt.datetime.now(dt.UTC).timestamp(), row[0], waited, flush=True)
"""


@pytest.mark.skipif(not turning.COMPILER, reason=turning.MISSING)
def test_the_wall_clock_turns_and_the_other_does_not(tmp_path: Path) -> None:
    clock = turning.make(tmp_path)
    env = {**os.environ, **clock.environment}
    command = [sys.executable, "-c", SAY]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        for turn in (0.0, 3600.0, -3600.0, -86_400.0 * 140):
            clock.turn(turn)
            process.stdin.write("say\n")
            process.stdin.flush()
            *told, waited = map(float, process.stdout.readline().split())
            assert max(abs(moment - clock.now().timestamp()) for moment in told) < 5
            assert 0.09 < waited < 3
        process.stdin.close()
