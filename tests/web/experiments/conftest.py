"""A firm measured by store and day, a clock that tests turn, and checks on both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

START = dt.date(2026, 3, 2)
FIRST = START - dt.timedelta(days=26 * 7)
END = START + dt.timedelta(days=8 * 7 - 1)
EXPOSED = tuple(f"store {n:02d}" for n in range(1, 6))
OTHERS = tuple(f"store {n:02d}" for n in range(6, 17))


@pytest.fixture(autouse=True)
def quick(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "whitenoise" not in m]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.date], None]:
    """`clock(day)`: it is nine in the morning of that day."""
    from django.utils import timezone

    def turn(day: dt.date) -> None:
        now = dt.datetime.combine(day, dt.time(9), dt.UTC)
        monkeypatch.setattr(timezone, "now", lambda: now)

    turn(START - dt.timedelta(days=10))
    return turn


def rows(
    first: dt.date,
    last: dt.date,
    level: Callable[[str, dt.date], float],
    *,
    seed: int = 5,
    n: int = 40,
    units: tuple[str, ...] = (*EXPOSED, *OTHERS),
) -> list[dict[str, Any]]:
    """Rows of a share: every unit, every day, noise of its own."""
    rng = np.random.default_rng(seed + first.toordinal())
    found = []
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        for place, unit in enumerate(units):
            share = level(unit, day) * (1 + 0.1 * np.sin(place))
            found.append({"unit": unit, "day": day, "total": int(rng.binomial(n, share)), "n": n})
    return found


def before(unit: str, day: dt.date) -> float:
    return 0.20


def worked(unit: str, day: dt.date) -> float:
    """The fix takes the pain away among the exposed."""
    return 0.02 if unit in EXPOSED and day >= START else 0.20


@pytest.fixture
def measured(workspace, db) -> Callable[..., None]:
    """`measured(rows)`: kept as the measurement "repeat contacts"."""
    from balm.web.experiments import measuring

    def keep(found: list[dict[str, Any]], where: Any = None) -> None:
        measuring.keep(where or workspace, "repeat contacts", found, kind="share", better="lower")

    return keep


@pytest.fixture
def pain(workspace):
    """A pain point without figures."""
    from balm.web.painpoints.models import PainPoint

    return PainPoint.objects.create(workspace=workspace, theme="support.no_reply", state="ongoing")


def spec(**changes: Any) -> dict[str, Any]:
    """A check of the measurement: five stores get the fix, eleven do not."""
    return {
        "metric": "measurement",
        "kind": "share",
        "least": None,
        "series": "repeat contacts",
        "by": "",
        "known": "attribute",
        "how": "The rollout list of operations",
        "exposed": dict.fromkeys(EXPOSED, START.isoformat()),
        "comparison": list(OTHERS),
        "excluded": [],
        "design": "did",
        "better": "lower",
        "margin": 0.02,
        "remainder": 0.3,
        "target": None,
        "soak": 7,
        "baseline": 0,
        "selected": 0,
        "end": END.isoformat(),
        "minimum": 100,
        "step": 7,
        "failure": "Less than two points fewer",
        "watch": {"block": 14, "alpha": 0.05},
        "seed": 0,
    } | changes


@pytest.fixture
def check(workspace, member, pain, clock, measured) -> Any:
    """A registered check with half a year before it."""
    from balm.web.experiments import services

    measured(rows(FIRST, START - dt.timedelta(days=11), before))
    by = member("analyst")
    made = services.draft(workspace, by, title="Answer within a day", themes=[pain.theme], spec=spec())
    return services.register(workspace, made.pk, by)


def read(check: Any, *, interim: bool = False, by: Any = None) -> Any:
    """Read a check here and now, without a process of its own."""
    from balm.web.experiments import judging, reading

    found = reading.read(judging.source_of(check.workspace, check.spec), check.spec, check.lists)
    return judging.keep(check, found, {"feedback": 1, "mentions": 1, "codebook": 0}, interim=interim, by=by)


@pytest.fixture
def judged(check, measured, clock) -> Callable[..., Any]:
    """`judged(level)`: the check after its last day, read; `level` says how it went."""
    from balm.web.experiments import judging

    def end(level: Callable[[str, dt.date], float] = worked, **more: Any) -> Any:
        measured(rows(START - dt.timedelta(days=10), END, level, **more))
        clock(START)
        judging.turn(_now())
        clock(END + dt.timedelta(days=1))
        judging.turn(_now())
        check.refresh_from_db()
        row = read(check)
        check.refresh_from_db()
        return row

    return end


def _now() -> dt.datetime:
    from django.utils import timezone

    return timezone.now()
