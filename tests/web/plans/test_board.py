"""The board: cards are ordered, take their next step, and are never dragged to a verdict."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from balm.web.experiments.models import Check
from balm.web.people.models import AuditEntry
from balm.web.plans import boards, selectors, services, tasks
from balm.web.plans.forms import IndicatorForm, PlanForm
from balm.web.plans.models import Loop, Plan
from balm.web.plans.refusals import Refused
from balm.web.plans.timeline import MOST, timeline
from balm.web.plans.views import themes_of

MOVE = "/w/lamps/plans/move/"
THEME = "delivery.late"


@pytest.fixture
def three(filled: Any, member: Any) -> list[Plan]:
    """Plans 1, 2, 3: drafts."""
    draft = services.Draft("a plan", "process", (THEME,))
    return [services.create(filled, draft, member("manager")) for _ in range(3)]


def order(workspace: Any, *states: str) -> list[int]:
    found = [card.line for card in selectors.cards(workspace)]
    return [line.number for line in found if line.state in (states or ("draft", "ready"))]


def to_ready(plan: Plan, who: Any) -> None:
    roles = [{"part": part, "user": who.pk} for part in ("accountable", "responsible")]
    services.assign(plan.workspace, plan.number, roles, who)
    services.step(plan.workspace, plan.number, "prepare", who)


def test_cards_are_ordered_by_hand_and_by_buttons(filled: Any, three: Any, client_of: Any) -> None:
    client = client_of("analyst")
    assert order(filled) == [3, 2, 1]
    put = lambda item, position: client.post(MOVE, {"item": item, "column": "waiting", "position": position})  # noqa: E731
    assert put(1, 0).status_code == 204
    assert order(filled) == [1, 3, 2]
    assert put(1, 99).status_code == 204
    assert order(filled) == [3, 2, 1]
    assert client.post(MOVE, {"item": 1, "step": "up"}).status_code == 302
    assert order(filled) == [3, 1, 2]
    client.post(MOVE, {"item": 3, "step": "up"})  # is the first already
    assert order(filled) == [3, 1, 2]
    assert AuditEntry.objects.filter(workspace=filled, action="plan.order").count() == 3


def test_a_card_in_the_next_column_has_taken_the_step(filled: Any, three: Any, client_of: Any, member: Any) -> None:
    client, manager = client_of("manager"), member("manager")
    post = lambda column: client.post(MOVE, {"item": 2, "column": column, "position": 0})  # noqa: E731
    refused = post("work")
    assert refused.status_code == 409 and "draft" in refused.content.decode()
    to_ready(three[1], manager)
    assert "registered check" in post("work").content.decode()
    Check.objects.create(workspace=filled, plan=2, title="c", themes=[THEME], state="registered")
    assert post("landed").status_code == 409  # no step is jumped over
    assert post("work").status_code == 204
    assert order(filled, "running") == [2]
    assert post("waiting").status_code == 409
    assert post("landed").status_code == 204
    assert "Only the verdict" in post("judged").content.decode()
    assert Plan.objects.get(number=2).state == "landed"


def test_what_cannot_be_moved(filled: Any, three: Any, client_of: Any, member: Any, other_workspace: Any) -> None:
    assert client_of("owner", other_workspace).post(MOVE, {"item": 1, "step": "up"}).status_code == 404
    client = client_of("manager")
    for sent in ({"item": "x"}, {"item": 99, "column": "waiting"}, {"item": 1, "column": "nowhere"}, {}):
        assert client.post(MOVE, sent).status_code == 409
    assert client.post(MOVE, {"item": 99, "step": "up"}, follow=True).status_code == 200
    services.step(filled, 1, "drop", member("manager"), reason="Not needed any more")
    with pytest.raises(Refused, match="no such column"):
        boards.shift(filled, 1, member("manager"), up=True)
    page = client.get("/w/lamps/plans/").content.decode()
    assert 'data-url="/w/lamps/plans/move/"' in page and page.count("data-item=") == 2
    assert "data-url" not in client_of("viewer").get("/w/lamps/plans/").content.decode()


def test_what_an_ended_plan_left_undone_is_not_late(filled: Any, three: Any, member: Any) -> None:
    late = tasks.TaskDraft("left undone", due=dt.date(2026, 1, 5))
    for plan in three[:2]:
        tasks.add(filled, plan.number, late, member("manager"))
    Plan.objects.filter(number=1).update(state="failed", ends=dt.date(2026, 1, 9))
    Plan.objects.filter(number=2).update(state="running", ends=dt.date(2026, 1, 9))
    told = selectors.agenda(filled, dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert [(line.plan, line.late) for line in told] == [(2, True)]
    cards = {card.line.number: card for card in selectors.cards(filled)}
    assert (cards[1].late, cards[1].overdue) == (0, False)
    assert (cards[2].late, cards[2].overdue) == (1, True)


def test_the_timeline_fits_a_phone(filled: Any, three: Any, client_of: Any) -> None:
    today = dt.date(2026, 11, 22)
    Plan.objects.filter(number=1).update(starts=dt.date(2020, 1, 1), ends=dt.date(2030, 1, 1))
    Plan.objects.filter(number=2).update(starts=today, ends=today)
    Loop.objects.create(workspace=filled, name="Board", next_review=today + dt.timedelta(days=9))
    Loop.objects.create(workspace=filled, name="Far away", next_review=today + dt.timedelta(days=900))
    found = timeline(filled, today)
    assert [loop.name for loop in found.loops] == ["Board"]
    for bar in found.bars:
        assert bar.before + bar.length + bar.after == MOST
        assert bar.lead % 5 == bar.wide % 5 == 0 and bar.lead + bar.wide <= 100 and bar.wide >= 5
    assert "timeline-narrow" in client_of("viewer").get("/w/lamps/plans/timeline/").content.decode()


def test_forms_offer_known_pains_as_boxes_and_take_targets_as_people_write_them(filled: Any) -> None:
    themes = themes_of(filled, ["app.crash"])
    assert themes[0][0] == "app.crash" and not any(theme.startswith("found.") for theme, _name in themes)
    assert 'type="checkbox"' in str(PlanForm(filled, themes)["themes"])
    sent = {"side": "process", "source": "tasks:on_time", "target": "90", "better": "higher"}
    form = IndicatorForm([], sent)
    assert form.is_valid() and form.given()["target"] == pytest.approx(0.9)
    scored = IndicatorForm([], sent | {"source": "score:nps"})
    assert scored.is_valid() and scored.given()["target"] == 90
