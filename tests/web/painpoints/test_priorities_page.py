"""Priorities: two rankings with ties in brackets, the board, judgements through the library's own model, votes."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from balm.communicate import figures
from balm.prioritize.judged import judged
from balm.prioritize.models import CUSTOMER_IMPACT, VALUE_EFFORT
from balm.web.painpoints import models, priorities, services
from balm.web.painpoints.figures import current
from balm.web.painpoints.lines import lines

pytestmark = pytest.mark.django_db

FIRST, SECOND = "delivery.late", "app.crash"
PAGE, MOVE = "/w/lamps/priorities/", "/w/lamps/priorities/move/"


def test_both_models_are_shown_in_their_own_order(filled, client_of) -> None:
    page, pains = client_of("viewer").get(PAGE), current(filled).painpoints
    for key, model in (("by_impact", CUSTOMER_IMPACT), ("by_effort", VALUE_EFFORT)):
        shown = [(line.theme_id, p.rank) for bracket in page.context[key] for line, p in bracket.items]
        wanted = sorted(((p.theme_id, p.priority[model].rank) for p in pains), key=lambda pair: pair[1])
        assert shown == wanted[:20]
    text = page.content.decode()
    for pain in pains[:20]:
        assert pain.priority[CUSTOMER_IMPACT].reason["en"] in text


def test_a_bracket_holds_only_pains_that_are_all_tied(filled) -> None:
    found = lines(filled, current(filled))
    for model in (CUSTOMER_IMPACT, VALUE_EFFORT):
        made = priorities.brackets(priorities.ranked(found, model))
        assert [p.rank for b in made for _, p in b.items] == list(range(1, len(found) + 1))
        for bracket in made:
            ids = {line.theme_id for line, _ in bracket.items}
            assert all(ids - {line.theme_id} <= set(p.tied_with) for line, p in bracket.items)
    assert any(len(b.items) > 1 for b in priorities.brackets(priorities.ranked(found, CUSTOMER_IMPACT)))


def test_a_judged_effort_goes_through_the_librarys_model(filled, client_of, member) -> None:
    pains = current(filled).painpoints
    theme = next(p.theme_id for p in pains if p.priority[VALUE_EFFORT].points[2] == 2)
    services.judge(filled, theme, "effort", level="high", reason="One line of the contract", by=member("analyst"))
    wanted = judged(pains, {theme: "high"})
    page = client_of("viewer").get(PAGE)
    shown = {line.theme_id: p for bracket in page.context["by_effort"] for line, p in bracket.items}
    assert shown[theme] == wanted[theme] and {t: p.rank for t, p in shown.items()} == {t: wanted[t].rank for t in shown}
    text = page.content.decode()
    assert "One line of the contract" in text and "solvability judged high" in text
    assert str(member("analyst")) in text and "does not speak for this order" in text
    one = client_of("viewer").get(reverse("painpoints:one", args=["lamps", theme])).content.decode()
    assert (
        "judged: high" in one and f"Computed: rank {current(filled).by_theme[theme].priority[VALUE_EFFORT].rank}" in one
    )


def test_a_judged_level_stands_beside_the_computed_one(filled, client_of, member) -> None:
    before = [line.theme_id for line in lines(filled, current(filled))]
    services.judge(filled, FIRST, "level", level="low", reason="Known and seasonal", by=member("owner"))
    text = client_of("viewer").get(PAGE).content.decode()
    assert "Known and seasonal" in text and "computed: high" in text
    assert [line.theme_id for line in lines(filled, current(filled))] == before


def test_the_picture_holds_judged_efforts_and_what_has_none_is_left_out(filled, client_of, member) -> None:
    snapshot = current(filled)
    found = next(p.theme_id for p in snapshot.painpoints if p.theme_id not in snapshot.solvability)
    _, drawn = priorities.bubble(lines(filled, snapshot))
    assert found not in [line.theme_id for line in drawn]
    services.judge(filled, found, "effort", level="high", reason="Easy", by=member("analyst"))
    services.judge(filled, FIRST, "effort", level="low", reason="Hard", by=member("analyst"))
    figure, drawn = priorities.bubble(lines(filled, snapshot))
    places = dict(zip([line.theme_id for line in drawn], figure.x, strict=True))
    assert places[found] == figures.SOLVABILITY["high"] and places.get(FIRST, 1.0) == figures.SOLVABILITY["low"]
    assert len(figure.table().rows) == len(drawn) == len(client_of("viewer").get(PAGE).context["links"])


def columns(client) -> dict[str, list[str]]:
    return {c.value: [line.theme_id for line in c.cards] for c in client.get(PAGE).context["board"]}


def test_cards_move_by_script_by_buttons_and_by_form(filled, client_of) -> None:
    client, script = client_of("analyst"), {"X-Requested-With": "XMLHttpRequest"}
    for theme in (FIRST, SECOND, "support.no_reply"):
        sent = {"item": theme, "column": "must", "position": "0"}
        assert client.post(MOVE, sent, headers=script).status_code == 204
    assert columns(client)["must"] == ["support.no_reply", SECOND, FIRST]
    client.post(MOVE, {"item": FIRST, "step": "up"})
    assert columns(client)["must"] == ["support.no_reply", FIRST, SECOND]
    client.post(MOVE, {"item": "support.no_reply", "step": "down"})
    assert columns(client)["must"] == [FIRST, "support.no_reply", SECOND]
    client.post(MOVE, {"item": SECOND, "step": "right"})
    assert columns(client)["should"] == [SECOND]
    client.post(reverse("painpoints:moscow", args=["lamps", SECOND]), {"column": "wont"})
    client.post(MOVE, {"item": SECOND, "step": "right"})  # there is nothing further right
    assert columns(client)["wont"] == [SECOND] and columns(client)["should"] == []
    client.post(MOVE, {"item": FIRST, "step": "left"})
    assert FIRST in columns(client)[""]


def test_a_move_that_cannot_be_is_refused_and_changes_nothing(filled, client_of) -> None:
    client, script = client_of("analyst"), {"X-Requested-With": "XMLHttpRequest"}
    for sent in ({"item": FIRST, "column": "never"}, {"item": "no.such", "column": "must"}, {}):
        answer = client.post(MOVE, sent, headers=script)
        assert answer.status_code == 409 and answer.content
    assert client.post(MOVE, {"item": FIRST, "column": "must", "position": "-9" * 9}).status_code == 302
    assert columns(client)["must"] == [FIRST]
    assert client_of("viewer").post(MOVE, {"item": FIRST, "column": "wont"}, headers=script).status_code == 403


def test_every_card_has_a_form_that_needs_no_script(filled, client_of) -> None:
    text = client_of("analyst").get(PAGE).content.decode()
    cards = re.findall(r'<li data-item="([^"]+)"', text)
    assert len(cards) == 10
    for step in ("left", "right", "up", "down"):
        assert text.count(f'name="step" value="{step}" data-move="{step}"') == len(cards)
    viewer = client_of("viewer").get(PAGE).content.decode()
    assert "data-board data-url" not in viewer and 'name="step"' not in viewer


def test_votes_stand_beside_the_data(filled, client_of, member) -> None:
    for role, weight in (("owner", 5), ("analyst", 2), ("front_line", 3)):
        client_of(role).post(reverse("painpoints:vote", args=["lamps", FIRST]), {"weight": weight})
    seen = client_of("viewer").get(PAGE)
    row = models.PainPoint.objects.get(workspace=filled, theme=FIRST)
    assert seen.context["votes"][row.pk] == priorities.Votes(3, pytest.approx(10 / 3), 2, 5)
    assert "3.3 <small" in seen.content.decode()
    mine = client_of("owner").get(PAGE)
    assert mine.context["my_votes"] == {row.pk: 5}
    client_of("owner").post(reverse("painpoints:vote", args=["lamps", FIRST]), {"weight": ""})
    assert client_of("viewer").get(PAGE).context["votes"][row.pk].n == 2
    for bad in ("6", "x", "0", "9" * 30):
        page = client_of("owner").post(reverse("painpoints:vote", args=["lamps", FIRST]), {"weight": bad}, follow=True)
        assert "from 1 to 5" in page.content.decode()
