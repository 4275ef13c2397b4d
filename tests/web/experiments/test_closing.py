"""A pain closes by verdict and voice, and opens again only by a return among those who have the fix."""

from __future__ import annotations

import datetime as dt
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from balm.core.panel import Panel
from balm.web.asks.models import Ask
from balm.web.experiments import judging, returning, selectors, voice, watching
from balm.web.experiments import spec as specs
from balm.web.experiments.models import Check, CheckChange, Look
from balm.web.experiments.refusals import Refused
from balm.web.painpoints.models import Activity, PainPoint

FIRM = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
START, END, EXPOSED, OTHERS = (FIRM[name] for name in ("START", "END", "EXPOSED", "OTHERS"))
DAY = dt.timedelta(days=1)
BEST = {"yes": 8, "no": 0}
WORST = {"yes": 0, "no": 8}


def state(check: Check) -> str:
    return PainPoint.objects.get(workspace=check.workspace, theme=check.themes[0]).state


@pytest.fixture
def answers(check) -> Callable[..., None]:
    """`answers(yes=8)`: customers are asked and say so."""
    from balm.web.asks import services

    def say(**said: int) -> None:
        about = dict.fromkeys(("en", "zh-Hans", "zh-Hant"), "No reply")
        for word, n in said.items():
            for number in range(n):
                row = services.ask(check.workspace, f"{word}-{number}", "check", str(check.pk), about=about)
                services.answer(row, word)

    return say


def test_gone_and_agreed_closes(check, judged, answers) -> None:
    answers(**BEST)
    row = judged()
    assert row.outcome == "gone"
    check.refresh_from_db()
    assert check.resolved
    assert state(check) == "resolved"
    told = Activity.objects.get(painpoint__theme=check.themes[0], kind="state")
    assert (told.detail["to"], told.detail["check"], told.detail["voice"]) == ("resolved", check.pk, "agrees")


def test_answers_that_come_later_close_it(check, judged, answers) -> None:
    judged()
    assert state(check) == "ongoing"
    answers(yes=3)
    assert state(check) == "ongoing"  # three of three could be chance
    answers(yes=4)
    assert state(check) == "resolved"
    assert Ask.objects.count() == 4


def test_disagreement_keeps_it_open_and_is_shown(check, judged, answers, client_of, member) -> None:
    judged()
    answers(**WORST)
    assert state(check) == "ongoing"
    with pytest.raises(Refused, match="do not agree"):
        judging.close(check.workspace, check.pk, "I know better", member("owner"))
    html = client_of("viewer").get(f"/w/lamps/proof/checks/{check.pk}/").content.decode()
    assert "contradict each other" in html
    assert "Not closed" in html


def test_a_lead_may_close_it_unheard_with_a_reason(check, judged, client_of, other_workspace) -> None:
    judged()
    address = f"/w/lamps/proof/checks/{check.pk}/close/"
    assert client_of("analyst").post(address, {"reason": "x"}).status_code == 403
    assert client_of("owner", other_workspace).post(address, {"reason": "x"}).status_code == 404
    assert client_of("manager").post(address, {"reason": "  "}).status_code == 302
    assert state(check) == "ongoing"
    client_of("manager").post(address, {"reason": "None of them has an address"})
    assert state(check) == "resolved"
    kept = CheckChange.objects.get(check_of=check, kind="closed")
    assert (kept.reason, kept.after["voice"]) == ("None of them has an address", "not asked")


@pytest.mark.parametrize("level", [FIRM["before"], lambda unit, day: 0.20 if unit in OTHERS or day < START else 0.30])
def test_no_other_verdict_closes(check, judged, answers, member, level: Any) -> None:
    answers(**BEST)
    assert judged(level).outcome in ("unchanged", "worse")
    assert state(check) == "ongoing"
    with pytest.raises(Refused, match="gone"):
        judging.close(check.workspace, check.pk, "Enough", member("owner"))


def test_who_is_asked_raised_it_before_and_has_the_fix(filled, member, clock) -> None:
    from balm.lake.queries import Filter
    from balm.web.experiments import services
    from balm.web.feedback.selectors import room

    start = dt.date(2026, 3, 1)
    clock(start - DAY)
    changes = {"metric": "mentions", "series": "", "by": "region", "exposed": {"South": str(start)}}
    spec = FIRM["spec"](**changes, comparison=["North"])
    made = services.draft(filled, member("analyst"), title="Late", themes=["delivery.late"], spec=spec)
    people = voice.affected(made)
    assert len(people) >= 10
    lake = room(filled).lake
    asked = Filter(customer=people[0], themes=("delivery.late",), sentiment=("negative",), by={"region": ("South",)})
    assert lake.counts(asked).comments
    Check.objects.filter(pk=made.pk).update(state="running")
    assert voice.ask(filled, made.pk, member("analyst")) == len(people)
    assert voice.ask(filled, made.pk, member("analyst")) == len(people)
    assert Ask.objects.filter(purpose="check", ref=str(made.pk)).count() == len(people)


# back again


@pytest.fixture
def closed(check, judged, answers) -> Check:
    answers(**BEST)
    judged()
    check.refresh_from_db()
    return check


def look(check: Check) -> None:
    since, done = returning.so_far(check)
    source = judging.source_of(check.workspace, check.spec)
    returning.keep(check, watching.watch(source, check.spec, check.lists, since=since, done=done))
    check.refresh_from_db()


def after(level: Callable[[str, dt.date], float], days: int = 28, seed: int = 5) -> list[dict[str, Any]]:
    return FIRM["rows"](END + DAY, END + days * DAY, level, seed=seed)


def test_a_return_among_the_exposed_reopens_with_history(closed, measured, client_of) -> None:
    measured(after(FIRM["worked"], 14))
    look(closed)
    assert (state(closed), Look.objects.count()) == ("resolved", 1)
    measured(after(FIRM["before"]))
    look(closed)
    assert state(closed) == "regressed"
    assert closed.regressed
    second = Look.objects.get(number=2)
    assert second.returned
    assert second.alpha < Look.objects.get(number=1).alpha
    told = Activity.objects.filter(painpoint__theme=closed.themes[0], kind="state").first()
    assert (told.detail["from"], told.detail["to"], told.detail["check"]) == ("resolved", "regressed", closed.pk)
    assert selectors.of_pains(closed.workspace)[closed.themes[0]].regressed
    html = client_of("viewer").get(f"/w/lamps/proof/checks/{closed.pk}/").content.decode()
    assert "came back" in html.casefold()
    look(closed)  # once reopened it is not looked at again
    assert Look.objects.count() == 2


def test_a_return_among_the_others_is_shown_and_reopens_nothing(closed, measured) -> None:
    measured(after(lambda unit, day: 0.02 if unit in EXPOSED else 0.40))
    look(closed)
    assert state(closed) == "resolved"
    assert not closed.regressed
    assert all(one.returned_others and not one.returned for one in Look.objects.all())


def test_new_figures_ask_for_a_look(closed, workspace, clock) -> None:
    from balm.web.jobs.models import Job
    from balm.web.painpoints.signals import refreshed

    refreshed.send(None, workspace=workspace, figures=None)
    refreshed.send(None, workspace=workspace, figures=None)
    assert Job.objects.filter(workspace=workspace, kind="watch", state="waiting").count() == 1


@pytest.mark.parametrize("overdispersed", [False, True])
def test_chance_alone_seldom_raises_an_alarm(overdispersed: bool) -> None:
    """A year of looks on 200 firms where nothing comes back: at most 5 % alarms, and a return is seen."""
    rng = np.random.default_rng(11)
    units = (*EXPOSED, *OTHERS)
    days, first, since = 26 * 7 + 56 + 26 * 14, 0, 26 * 7 + 55
    asked = {"soak": 7, "margin": 0.01, "better": "lower", "watch": {"block": 14, "alpha": 0.05}}
    sides = specs.Sides(dict.fromkeys(EXPOSED, 26 * 7), OTHERS)
    alarms = 0
    for _firm in range(200):
        level = np.full((len(units), days), 0.2)
        level[: len(EXPOSED), 26 * 7 :] = 0.04
        if overdispersed:
            weeks = np.exp(rng.normal(0, 0.15, days // 7 + 1)).repeat(7)[:days]
            level = np.clip(level * weeks, 0, 1)
        n = np.full(level.shape, 15.0)
        total = rng.binomial(15, level).astype(float)
        panel = Panel(units, first + np.arange(days), 1, total, n)
        seen = watching.seen(panel, sides, asked, since=specs.date(since), last=specs.date(days - 1))
        assert len(seen) == 26
        alarms += any(one.returned for one in seen)
    assert alarms <= 10 + 6  # 5 % of 200, with two standard errors
    total[: len(EXPOSED), -56:] = rng.binomial(15, 0.2, (len(EXPOSED), 56))
    back = watching.seen(panel, sides, asked, since=specs.date(since), last=specs.date(days - 1))
    assert any(one.returned for one in back[-4:])


def test_a_list_of_customers_is_dealt_into_units_and_people_on_both_sides_are_found() -> None:
    lists = {f"c{n}": ["exposed", "2026-03-02"] for n in range(200)}
    everybody = [f"c{n}" for n in range(600)]
    sides = specs.by_list(lists, {"c5": "c6"}, everybody)
    assert len(sides.exposed) == len(sides.comparison) == specs.BUCKETS
    exposed = {person for person, unit in sides.groups.items() if unit in sides.exposed}
    assert exposed == set(lists) - {"c5"}  # c5 is c6 by another key
    both = specs.by_list({**lists, "c700": ["comparison", ""]}, {"c700": "c1"}, everybody)
    assert both.both == 1
