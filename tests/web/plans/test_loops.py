"""Reviews come by themselves, once; what is done stands apart from what customers have of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from balm.web.jobs.clock import TICKS
from balm.web.people.models import Team
from balm.web.plans import indicators, loops, office
from balm.web.plans.models import Indicator, Loop, Review
from balm.web.plans.refusals import Refused

MONDAY = dt.date(2026, 11, 2)


def noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


@pytest.fixture
def manager(filled: Any, member: Any) -> Any:
    return member("manager")


@pytest.fixture
def loop(filled: Any, manager: Any) -> Loop:
    made = loops.save(filled, loops.LoopDraft("Delivery", "small", "week", 2, MONDAY, owner=manager.pk), manager)
    Loop.objects.update(next_review=MONDAY)
    return made


def test_a_review_comes_on_its_day_once_and_the_next_follows(loop: Loop) -> None:
    assert loops.open_due(noon(MONDAY - dt.timedelta(days=1))) == 0
    assert loops.open_due(noon(MONDAY)) == 1
    assert loops.open_due(noon(MONDAY)) == 0
    loop.refresh_from_db()
    assert loop.next_review == MONDAY + dt.timedelta(weeks=2)
    assert Review.objects.get().due == MONDAY


def test_after_a_long_rest_one_review_comes_and_not_all_that_were_missed(loop: Loop) -> None:
    later = MONDAY + dt.timedelta(weeks=21, days=2)
    assert loops.open_due(noon(later)) == 1
    loop.refresh_from_db()
    assert loop.next_review == MONDAY + dt.timedelta(weeks=22)
    assert Review.objects.count() == 1


def test_it_is_the_workers_clock_that_opens_them(loop: Loop) -> None:
    from balm.web.jobs.services import load_handlers

    load_handlers()
    assert TICKS["reviews"].tick(noon(MONDAY)) == 1


def test_minutes_keep_what_stood_on_the_table(filled: Any, loop: Loop, manager: Any) -> None:
    loops.indicator(filled, loop.pk, manager, side="outcome", name="Reach", source="reach:delivery.late", target=0.02)
    loops.indicator(filled, loop.pk, manager, side="process", name="Trucks")
    hand = Indicator.objects.get(name="Trucks")
    loops.measure(filled, hand.pk, MONDAY, 7.0, manager)
    loops.open_due(noon(MONDAY))
    review = Review.objects.get()
    with pytest.raises(Refused, match="without minutes"):
        loops.hold(filled, review.pk, manager, present="", minutes=" ", decisions="")
    held = loops.hold(filled, review.pk, manager, present="A, B", minutes="It helps.", decisions="Go on.")
    kept = {row["name"]: row for row in held.figures["indicators"]}
    assert kept["Reach"]["side"] == "outcome" and kept["Reach"]["estimate"]["n"] > 100
    assert kept["Trucks"]["estimate"]["value"] == 7.0
    first = held.held
    assert loops.hold(filled, review.pk, manager, present="A", minutes="It helps a little.", decisions="").held == first


def test_indicators_are_of_figures_that_there_are(filled: Any, loop: Loop, manager: Any) -> None:
    with pytest.raises(Refused, match="no such figure"):
        loops.indicator(filled, loop.pk, manager, side="outcome", name="x", source="weather")
    for source in indicators.SOURCES:
        found = indicators.value(filled, source if source != "reach" else "reach:delivery.late")
        assert found is None or found.n >= 0
    nps = indicators.value(filled, "reach:delivery.late")
    assert nps and nps.low < nps.value < nps.high  # type: ignore[operator]


def test_pages_and_forms(filled: Any, client_of: Any, loop: Loop, other_workspace: Any) -> None:
    loops.open_due(noon(MONDAY))
    review = Review.objects.get()
    client, stranger = client_of("manager"), client_of("owner", other_workspace)
    for path in (
        "plans/loops/",
        f"plans/loops/{loop.pk}/",
        "plans/loops/new/",
        f"plans/reviews/{review.pk}/",
        "office/",
    ):
        assert client.get(f"/w/lamps/{path}").status_code == 200, path
        assert stranger.get(f"/w/lamps/{path}").status_code == 404, path
    sent = {"name": "Board", "size": "large", "every": "3", "unit": "month", "anchor": "2026-12-01"}
    assert client.post("/w/lamps/plans/loops/new/", sent).status_code == 302
    again = client.post("/w/lamps/plans/loops/new/", sent)
    assert again.status_code == 200 and "of this name already" in again.content.decode()
    client.post(
        f"/w/lamps/plans/loops/{loop.pk}/indicators/",
        {"side": "process", "source": "tasks:on_time", "better": "higher"},
    )
    assert Indicator.objects.get().name == "Tasks done in time"
    page = client.post(
        f"/w/lamps/plans/reviews/{review.pk}/minutes/", {"minutes": "We looked.", "decisions": "Go on."}, follow=True
    )
    assert "We looked." in page.content.decode()


def test_the_office_opens_on_ones_own_team(filled: Any, client_of: Any, manager: Any) -> None:
    team = Team.objects.create(workspace=filled, name="Analysts")
    client = client_of("manager")
    client.post(
        "/w/lamps/office/appoint/",
        {"kind": "new_experience", "team": team.pk, "mission": "Better", "reports_to": "CEO"},
    )
    manager.memberships.filter(workspace=filled).update(team=team)
    assert client.get("/w/lamps/office/").context["kind"] == "new_experience"
    for kind in ("contact_center", "daily_analysis", "task_force"):
        assert client.get("/w/lamps/office/", {"team": kind}).status_code == 200
    assert office.new_experience(filled)["unplanned"]
    with pytest.raises(Refused, match="led by"):
        office.appoint(filled, manager, kind="task_force", team=team.pk, lead=None, mission="", reports_to="")
