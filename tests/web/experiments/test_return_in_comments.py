"""A fix in the South that is proved in comments, and what comes back afterwards: there, or where nobody has the fix."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import balm
from balm.simulate import simulate
from balm.simulate.company import Fix
from balm.web.asks import services as asks
from balm.web.asks.models import Ask
from balm.web.experiments import judging, reading, returning, services, voice, watching
from balm.web.experiments.models import Check, Look
from balm.web.painpoints.models import Activity, PainPoint

pytestmark = pytest.mark.slow

START, END, BACK = dt.date(2026, 6, 3), dt.date(2026, 8, 30), dt.date(2026, 9, 13)
OTHERS = ("North", "Taiwan", "Hong Kong", "Overseas")
THEME = "delivery.late"
SPEC: dict[str, Any] = {
    "metric": "mentions", "kind": "share", "least": None, "series": "", "by": "region", "known": "attribute",
    "how": "The log of operations", "failure": "Half of it is left", "exposed": {"South": START.isoformat()},
    "comparison": list(OTHERS), "excluded": [], "design": "did", "better": "lower", "margin": 0.02, "remainder": 0.35,
    "target": None, "soak": 7, "baseline": 0, "selected": 0, "end": END.isoformat(), "minimum": 100, "step": 7,
    "watch": {"block": 14, "alpha": 0.05}, "worth": None, "seed": 0,
}  # fmt: skip


@pytest.fixture
def closed(workspace, member, clock, fill, request, tmp_path) -> Check:  # noqa: PLR0917
    """Registered before there are comments, judged "gone", agreed to. `request.param`: where it comes back."""
    came = Fix("late_delivery", BACK, keep=2.5, where={"region": OTHERS})
    ends = BACK if request.param == "South" else None
    fix = Fix("late_delivery", START, keep=0.05, where={"region": ("South",)}, end=ends)
    fixes = [fix] if request.param == "South" else [fix, came]
    PainPoint.objects.create(workspace=workspace, theme=THEME, state="ongoing")
    clock(START - dt.timedelta(days=7))
    check = services.draft(workspace, member("analyst"), title="Late parcels", themes=[THEME], spec=SPEC)
    services.register(workspace, check.pk, member("analyst"))
    made = simulate(comments=9000, months=10, seed=21, fixes=fixes)
    fill(workspace, balm.analyze(made.feedback, out=tmp_path / "analysis"))
    clock(dt.date(2026, 11, 1))
    judging.turn(dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC))
    check.refresh_from_db()
    source = judging.source_of(workspace, check.spec)
    row = judging.keep(check, reading.read(source, check.spec, check.lists), {}, interim=False, by=None)
    assert row.outcome == "gone", row.verdict["because"]
    voice.ask(workspace, check.pk, member("analyst"))
    for ask in Ask.objects.filter(workspace=workspace)[:6]:
        asks.answer(ask, "yes")
    assert PainPoint.objects.get(workspace=workspace, theme=THEME).state == "resolved"
    check.refresh_from_db()
    return check


@pytest.mark.parametrize("closed", ["South", "elsewhere"], indirect=True)
def test_only_a_return_among_those_who_have_the_fix_reopens(closed: Check, request) -> None:
    since, done = returning.so_far(closed)
    source = judging.source_of(closed.workspace, closed.spec)
    returning.keep(closed, watching.watch(source, closed.spec, closed.lists, since=since, done=done))
    pain, looks = PainPoint.objects.get(workspace=closed.workspace, theme=THEME), list(Look.objects.all())
    states = Activity.objects.filter(painpoint=pain, kind="state").order_by("pk").values_list("detail__to", flat=True)
    if "South" in request.node.name:
        assert pain.state == "regressed"
        assert list(states) == ["resolved", "regressed"], "the history says both"
        assert [look.returned for look in looks][-1] and not looks[0].returned
    else:
        assert pain.state == "resolved"
        assert list(states) == ["resolved"]
        assert len(looks) == 4 and any(look.returned_others for look in looks)
        assert not any(look.returned for look in looks)
    assert all(look.exposed["high"] > look.exposed["low"] for look in looks), "none of n is not known for certain"
