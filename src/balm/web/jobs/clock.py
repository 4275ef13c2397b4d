"""What has to happen by a time of day rather than by a job: alarms, reviews, mail.

A workspace has one job at a time, and an import may take an hour; nothing here waits for it. Each tick finds rows whose
time has come and claims them itself, so it may run in several workers at once, be late, or die half way.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db import close_old_connections, connection
from django.utils import timezone

log = logging.getLogger(__name__)

Tick = Callable[[dt.datetime], int]
"""Called with the time; gives how many rows it dealt with. A tick that dealt with some is called again at once."""

BEAT = 0.5
"""Seconds between two looks whether a tick is due."""

FAILED = 15.0
"""Seconds after which a tick that fails again and again is tried at the latest, unless it comes more seldom anyway."""

STOP = 20.0
"""Seconds that ticks have to end in, all of them together."""


@dataclass(frozen=True)
class _Entry:
    tick: Tick
    every: float


TICKS: dict[str, _Entry] = {}


def tick(name: str, *, every: float) -> Callable[[Tick], Tick]:
    """Register what looks for rows whose time has come, every so many seconds. In `work.py` of an app."""

    def decorate(function: Tick) -> Tick:
        TICKS[name] = _Entry(function, every)
        return function

    return decorate


def run_due() -> int:
    """Every tick once, here and now: how many rows were dealt with. For tests and tools."""
    from balm.web.jobs.services import load_handlers

    load_handlers()
    return sum(entry.tick(timezone.now()) for entry in list(TICKS.values()))


class Clock:
    """Calls the ticks, each in a thread of its own so that a slow one keeps no other waiting, until it is stopped."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for name, entry in TICKS.items():
            thread = threading.Thread(target=self._run, args=(name, entry), name=f"balm tick {name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Ends after the ticks that run now."""
        self._stop.set()
        until = time.monotonic() + STOP
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))

    def _run(self, name: str, entry: _Entry) -> None:
        due, failures = 0.0, 0  # by the monotonic clock: one that is set back must not silence a tick
        while not self._stop.is_set():
            if (now := time.monotonic()) >= due:
                try:
                    done = entry.tick(timezone.now())
                    close_old_connections()
                    failures, wait = 0, 0.0 if done else entry.every
                except BaseException:  # the database went away, or a fault of ours: the next look may work
                    failures = min(failures + 1, 10)
                    wait = min(entry.every * 2 ** (failures - 1), max(entry.every, FAILED))
                    log.exception("the tick %s failed; trying again in %g s", name, wait)
                    with suppress(Exception):  # a broken connection is not used again
                        connection.close()
                due = now + wait
            self._stop.wait(BEAT)
        connection.close()
