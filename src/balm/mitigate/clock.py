"""The clock of a case: what was promised in working time, what is left of it, and whom to tell when it runs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from balm.core.calendar import Calendar
from balm.mitigate.forms import Form

AT_RISK = 0.8
"""Share of a target after which a promise is at risk."""
Which = Literal["first", "solve"]
Pauses = Sequence[tuple[dt.datetime, dt.datetime | None]]
_MOST = 366 * 86_400.0
_FORM = Form("service times", "policy_form")


class Priority(StrEnum):
    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Target:
    """Working seconds to the first contact and to the solution; None where nothing is promised."""

    first: float | None = None
    solve: float | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A step of the escalation ladder: reached once `share` of the target and `after` working seconds are used.

    `share` 0.5 is half-way, 1 is the breach; `to`: whom it goes to, in the words of whoever reads it.
    """

    to: str
    share: float = 1.0
    after: float = 0.0
    of: Which = "solve"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is promised, by priority. A priority without a target has that of "normal"."""

    name: str
    targets: Mapping[Priority, Target]
    ladder: tuple[Level, ...] = ()
    at_risk: float = AT_RISK

    def target(self, priority: str) -> Target:
        """The target of a priority; nothing is promised where the policy says nothing."""
        return self.targets.get(Priority(priority), self.targets.get(Priority.NORMAL, Target()))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values that `policy_from_json` reads."""
        return {
            "name": self.name,
            "targets": {p.value: {"first": t.first, "solve": t.solve} for p, t in self.targets.items()},
            "ladder": [{"to": s.to, "share": s.share, "after": s.after, "of": s.of} for s in self.ladder],
            "at_risk": self.at_risk,
        }


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a case stands at an instant.

    `first_due`, `solve_due`: None where nothing is promised; while the case is paused, `solve_due` is the earliest it
    can be. `first_left`, `solve_left`: working seconds, negative past due, None where that clock has stopped or there
    is none. `breached`: the promises that were broken; `at_risk`: those that run and will soon be. `level`: how many
    steps of the ladder are reached, as of now or when the case was solved. `next_change`: the next instant at which
    any of this changes by itself, None where none does.
    """

    first_due: dt.datetime | None
    solve_due: dt.datetime | None
    first_left: float | None
    solve_left: float | None
    at_risk: frozenset[Which]
    breached: frozenset[Which]
    paused: bool
    level: int = 0
    levels: tuple[Level, ...] = field(default=())
    next_change: dt.datetime | None = None

    @property
    def due(self) -> dt.datetime | None:
        """The nearest promise that still runs."""
        running = [(self.first_left, self.first_due), (self.solve_left, self.solve_due)]
        return min((due for left, due in running if left is not None and due is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Run:
    """One promise: when it is due, what is left, and the instants at which something about it changes."""

    due: dt.datetime | None = None
    left: float | None = None
    at_risk: bool = False
    broken: bool = False
    levels: tuple[Level, ...] = ()
    changes: tuple[dt.datetime, ...] = ()


def state(
    policy: Policy,
    calendar: Calendar,
    *,
    opened: dt.datetime,
    now: dt.datetime,
    priority: str = Priority.NORMAL,
    pauses: Pauses = (),
    contacted: dt.datetime | None = None,
    solved: dt.datetime | None = None,
) -> Clock:
    """Where a case stands `now`.

    `pauses`: from and to, None for one that lasts; they stop the clock of the solution, never that of the first
    contact. `contacted`, `solved`: when that clock stopped. After a reopening, give its instant as `opened` and only
    what came since. A promise is broken once the instant it was due is past. Instants are aware. Raises WrongUse for
    naive ones, InputRefused for a calendar that does not open.
    """
    target = policy.target(priority)
    breaks = [(a, now if b is None else min(b, now)) for a, b in pauses if a < now]
    paused = solved is None and any(a <= now and (b is None or b > now) for a, b in pauses)
    first = _run(
        policy, calendar, "first", target.first, opened=opened, now=now, stopped=contacted or solved, breaks=[]
    )
    solve = _run(policy, calendar, "solve", target.solve, opened=opened, now=now, stopped=solved, breaks=breaks)
    runs: dict[Which, _Run] = {"first": first, "solve": solve}
    levels = (*first.levels, *solve.levels)
    changes = (*first.changes, *(() if paused else solve.changes))
    return Clock(
        first_due=first.due,
        solve_due=solve.due,
        first_left=first.left,
        solve_left=solve.left,
        at_risk=frozenset(which for which, run in runs.items() if run.at_risk),
        breached=frozenset(which for which, run in runs.items() if run.broken),
        paused=paused,
        level=len(levels),
        levels=levels,
        next_change=min((at for at in changes if at > now), default=None),
    )


def _run(
    policy: Policy,
    calendar: Calendar,
    which: Which,
    seconds: float | None,
    *,
    opened: dt.datetime,
    now: dt.datetime,
    stopped: dt.datetime | None,
    breaks: list[tuple[dt.datetime, dt.datetime]],
) -> _Run:
    if seconds is None:
        return _Run()
    running = stopped is None or stopped > now
    until = now if stopped is None else min(stopped, now)
    due, warned = (calendar.due(opened, share * seconds, breaks) for share in (1, policy.at_risk))
    late = until > due
    steps = [
        (calendar.due(opened, step.share * seconds + step.after, breaks), step)
        for step in policy.ladder
        if step.of == which
    ]
    reached = tuple(step for at, step in steps if at <= until)
    if not running:
        return _Run(due, None, False, late, reached)
    left = -calendar.working_seconds(due, now, breaks) if late else calendar.working_seconds(now, due, breaks)
    # at the instant itself the promise still holds: the breach comes just after
    changes = (due + dt.timedelta(microseconds=1), warned, *(at for at, _ in steps))
    return _Run(due, left, not late and now >= warned, late, reached, changes)


def policy_from_json(value: Any) -> Policy:
    """A policy of plain JSON values. Raises InputRefused, naming the place."""
    found = _FORM.mapping("policy", value, {"name", "targets", "ladder", "at_risk"})
    raw = found.get("targets")
    if not isinstance(raw, Mapping) or Priority.NORMAL not in raw:
        raise _FORM.bad("targets", f"are given by priority ({', '.join(Priority)}), normal at least")
    if unknown := [key for key in raw if key not in set(Priority)]:
        raise _FORM.bad("targets", f"there is no priority {unknown[0]!r}; one of {', '.join(Priority)}")
    return Policy(
        _FORM.text("name", found.get("name")),
        {Priority(key): _target(key, entry) for key, entry in raw.items()},
        tuple(_level(f"ladder {i}", step) for i, step in enumerate(_FORM.items("ladder", found.get("ladder", [])), 1)),
        _FORM.number("at_risk", found.get("at_risk", AT_RISK), 0.01, 1),
    )


def _target(place: str, value: Any) -> Target:
    times = _FORM.mapping(place, value, {"first", "solve"})
    first, solve = (_seconds(f"{place}.{name}", times.get(name)) for name in ("first", "solve"))
    if first is not None and solve is not None and first > solve:
        raise _FORM.bad(place, "the first contact is promised later than the solution")
    return Target(first, solve)


def _level(place: str, value: Any) -> Level:
    step = _FORM.mapping(place, value, {"to", "share", "after", "of"})
    of = step.get("of", "solve")
    if of not in ("first", "solve"):
        raise _FORM.bad(place, f"{of!r} is neither first nor solve")
    share, after = _FORM.number(place, step.get("share", 1.0), 0, 100), _seconds(place, step.get("after", 0))
    return Level(_FORM.text(place, step.get("to")), share, after or 0.0, of)


def _seconds(place: str, value: Any) -> float | None:
    return None if value is None else _FORM.number(place, value, 0, _MOST)
