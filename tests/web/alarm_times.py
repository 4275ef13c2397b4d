"""When each alarm of the test was due, reckoned apart from the application, and how late it came.

Lateness is counted in seconds that really pass: those during which the turned clock stood at or past the instant of the
alarm, its promise ran, and the alarm was not there for others to see. So it begins when the clock first shows the
instant, or at the jump that takes the clock past it; it goes on while no worker lives; it rests while the clock, set
back, stands before the instant again; and it ends when the row was first seen, committed, by somebody who looks.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alarm_tool import AT_RISK, LADDER, TARGETS
from turning import TurnedClock

LATEST = 60.0
"""Seconds that an alarm may be late."""

SLACK = 0.1
"""Seconds by which two readings of one clock may differ here."""

ENDS = {"first": "contact", "solve": "solve"}
"""Promise → what keeps it."""


@dataclass
class Timeline:
    """What the turned clock showed at each moment of the machine's monotonic one."""

    clock: TurnedClock
    zero: float = field(default_factory=lambda: time.time() - time.monotonic())
    turns: list[tuple[float, float]] = field(default_factory=lambda: [(float("-inf"), 0.0)])

    def turn(self, seconds: float) -> None:
        self.clock.turn(seconds)
        self.turns.append((time.monotonic(), self.clock.offset))

    def past(self, instant: float, start: float, end: float) -> float:
        """Seconds between two moments in which the clock stood at `instant` (seconds since 1970) or later."""
        found = 0.0
        ends = [moment for moment, _ in self.turns[1:]] + [float("inf")]
        for (begin, offset), stop in zip(self.turns, ends, strict=True):
            reached = instant - offset - self.zero
            found += max(0.0, min(stop, end) - max(begin, start, reached))
        return found

    def shown(self, moment: float) -> float:
        """What the clock showed."""
        return moment + self.zero + [offset for begin, offset in self.turns if begin <= moment][-1]


class Watch(threading.Thread):
    """Looks several times a second which alarms there are: when each was first seen."""

    def __init__(self, database: Path | str) -> None:
        super().__init__(daemon=True)
        self.database, self.seen = database, dict[int, float]()
        self.over = threading.Event()

    def run(self) -> None:
        for rows in self._looks():
            moment = time.monotonic()
            self.seen.update({pk: moment for (pk,) in rows if pk not in self.seen})
            if self.over.wait(0.15):
                return

    def _looks(self) -> Iterator[list[tuple[int]]]:
        import psycopg

        text = isinstance(self.database, str)
        kept: Any = psycopg.connect(self.database, autocommit=True) if text else sqlite3.connect(self.database)
        with closing(kept):
            while True:
                rows: list[tuple[int]] = []
                with suppress(sqlite3.OperationalError):  # somebody is killed while it opens the file
                    rows = kept.execute("SELECT id FROM cases_alarm").fetchall()
                yield rows

    def stop(self) -> dict[int, float]:
        self.over.set()
        self.join(30)
        return self.seen


@dataclass(frozen=True)
class Due:
    """An alarm that may fall due. `stopped`: the moments before and after its promise stopped running; `broken`: from
    when a promise that was at risk is broken, which is another alarm."""

    name: str
    instant: float
    since: float
    stopped: tuple[float, float]
    broken: float | None = None

    def time(self, line: Timeline, until: float) -> float:
        """Seconds in which the alarm was due, up to a moment."""
        until = min(until, self.stopped[1])
        over = 0.0 if self.broken is None else line.past(self.broken, self.since, until)
        return line.past(self.instant, self.since, until) - over

    def must(self, line: Timeline) -> bool:
        """Whether it has to be there: it was due for a minute, or when its promise stopped running."""
        if self.time(line, self.stopped[0]) > LATEST:
            return True
        return self.broken is None and line.shown(self.stopped[0]) > self.instant + SLACK

    def may(self, line: Timeline) -> bool:
        """Whether it was due at any time."""
        return line.past(self.instant - SLACK, self.since, self.stopped[1] + SLACK) > 0


def dues(case: dict[str, Any], said: list[dict[str, Any]], over: float) -> list[Due]:
    """Every alarm of a case. `said`: what was done to it, with moments before and after; `over`: the last moment."""
    done = {line["what"]: line for line in said}
    stops = dict.fromkeys(ENDS, (over, over))
    for which, what in ENDS.items():
        if what in done:
            stops[which] = (done[what]["before"], done[what]["after"])
    since, began = done["opened"]["before"], case["began"]
    seconds = dict(zip(ENDS, TARGETS[case["priority"]], strict=True))
    shift = {"first": 0.0, "solve": case["paused"]}
    found = []
    for which, target in seconds.items():
        zero = began + shift[which]
        found.append(Due(f"at_risk:{which}", zero + AT_RISK * target, since, stops[which], zero + target))
        found.append(Due(f"overdue:{which}", zero + target, since, stops[which]))
    for to, share, which in LADDER:
        instant = began + shift[which] + share * seconds[which]
        found.append(Due(f"level:{which}:{share:g}:0:{to}", instant, since, stops[which]))
    return found
