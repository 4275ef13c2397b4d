"""States over refreshes, what the first page says has changed, and the figures of earlier refreshes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.urls import reverse

from balm.core.types import Change, Estimate, Point
from balm.web.painpoints import home, models, services
from balm.web.painpoints.figures import current
from balm.web.painpoints.lines import lines

pytestmark = pytest.mark.django_db

FIRST, SECOND = "delivery.late", "app.crash"


def refresh(workspace, change=lambda pain: pain, *, keep=lambda pain: True, days: int = 0, order=None):
    """Figures like those there are, changed."""
    was = current(workspace)
    pains = [change(p) for p in was.painpoints if keep(p)]
    last = was.overview.last_day + dt.timedelta(days)
    return services.keep_figures(
        workspace,
        painpoints=sorted(pains, key=order) if order else pains,
        themes=list(was.themes),
        overview=replace(was.overview, last_day=last),
        shown=was.shown,
        versions={"feedback": 0, "mentions": 0},
        as_of=was.as_of + dt.timedelta(days),
    )


def state(workspace, theme: str) -> str:
    return models.PainPoint.objects.get(workspace=workspace, theme=theme).state


def rising(pain):
    return replace(pain, trend=replace(pain.trend, direction="rising")) if pain.theme_id == FIRST else pain


def test_a_pain_point_escalates_calms_down_and_says_so(filled) -> None:
    assert state(filled, FIRST) == "ongoing"
    refresh(filled, rising, days=7)
    assert state(filled, FIRST) == "escalating"
    calm = lambda p: replace(p, trend=replace(p.trend, direction="steady"))  # noqa: E731
    refresh(filled, calm, days=7)
    assert state(filled, FIRST) == "ongoing"
    row = models.PainPoint.objects.get(workspace=filled, theme=FIRST)
    steps = [(a.detail["from"], a.detail["to"]) for a in row.activities.filter(kind="state").order_by("pk")]
    assert steps == [("ongoing", "escalating"), ("escalating", "ongoing")]


def test_what_people_archived_stays_archived(filled, member) -> None:
    services.archive(filled, [FIRST], "Not ours", member("analyst"))
    refresh(filled, rising)
    assert state(filled, FIRST) == "archived"


def test_a_new_pain_point_is_new_by_the_days_of_the_data(filled) -> None:
    last = current(filled).overview.last_day

    def young(pain):
        if pain.theme_id != SECOND:
            return pain
        point = Point(last - dt.timedelta(3), 0.1, 0.05, 0.2, 50, 5)
        return replace(pain, trend=replace(pain.trend, direction="unknown", series=(point,)))

    models.PainPoint.objects.filter(workspace=filled, theme=SECOND).delete()
    refresh(filled, young)
    assert state(filled, SECOND) == "new"
    refresh(filled, young, days=60)
    assert state(filled, SECOND) == "ongoing"


def test_a_pain_point_that_nobody_mentions_keeps_its_page(filled, client_of, member) -> None:
    services.add_note(filled, FIRST, "Remember the van", member("analyst"))
    refresh(filled, keep=lambda p: p.theme_id != FIRST)
    url = reverse("painpoints:one", args=["lamps", FIRST])
    for language in ("zh-hans", "zh-hant", "en"):
        page = client_of("viewer").get(url, headers={"accept-language": language})
        assert page.status_code == 200 and "Remember the van" in page.content.decode()
    assert "Nobody mentions it negatively" in page.content.decode()
    listed = client_of("viewer").get(reverse("painpoints:list", args=["lamps"])).context["page"]
    assert FIRST not in [line.theme_id for line in listed]


def test_earlier_figures_are_shown_as_they_were(filled, client_of) -> None:
    was = current(filled).by_theme[FIRST]
    half = Estimate(0.01, 0.005, 0.02, was.impact.n, "made")
    last = lambda p: p.theme_id == FIRST  # noqa: E731
    refresh(filled, lambda p: replace(p, impact=half) if p.theme_id == FIRST else p, order=last)
    page = client_of("viewer").get(reverse("painpoints:one", args=["lamps", FIRST]))
    now, before = page.context["history"]
    assert now.rank == len(current(filled).painpoints) and before.rank == 1
    assert now.impact.value == pytest.approx(1.0) and before.impact.value == pytest.approx(100 * was.impact.value)
    assert before.mentions == was.mentions


def test_movers_are_measured_against_figures_a_week_older(filled) -> None:
    first = current(filled).row
    doubled = lambda p: (  # noqa: E731
        replace(p, impact=replace(p.impact, value=9.0, low=8.0, high=10.0)) if p.theme_id == FIRST else p
    )
    young = refresh(filled, days=2)
    snapshot = current(filled)
    found = home.changes(filled, snapshot, lines(filled, snapshot))
    assert (
        found.before.row.pk == first.pk and not found.movers
    )  # none is a week older: those before, where nothing moved
    refresh(filled, doubled, days=6)
    snapshot = current(filled)
    found = home.changes(filled, snapshot, lines(filled, snapshot))
    assert found.before.row.pk == first.pk != young.pk  # eight days older, not six
    assert found.movers[0].line.theme_id == FIRST and found.movers[0].up and found.movers[0].apart


def test_a_change_point_of_the_last_weeks_is_told_by_the_datas_clock(filled, client_of) -> None:
    last = current(filled).overview.last_day

    def jump(pain):
        if pain.theme_id not in (FIRST, SECOND):
            return replace(pain, trend=replace(pain.trend, changes=()))
        when = last - dt.timedelta(10 if pain.theme_id == FIRST else 40)
        effect = Estimate(0.05, 0.03, 0.07, 300, "made")
        made = Change(when, when, when, 0.02, 0.07, effect, 0.004, {"theme": pain.theme_id})
        return replace(pain, trend=replace(pain.trend, changes=(made,)))

    refresh(filled, jump)
    snapshot = current(filled)
    found = home.changes(filled, snapshot, lines(filled, snapshot))
    assert [line.theme_id for line, _ in found.points] == [FIRST]
    page = client_of("viewer").get(reverse("painpoints:home", args=["lamps"])).content.decode()
    assert found.points[0][1]["en"] in page and "the last week of the data" in page


def test_states_that_changed_are_on_the_first_page(filled, client_of) -> None:
    refresh(filled, rising)
    page = client_of("viewer").get(reverse("painpoints:home", args=["lamps"])).content.decode()
    assert "States that changed with these figures" in page and "Ongoing → Escalating" in page


def test_data_without_dates_scores_or_customers_have_their_pages(filled, client_of) -> None:
    was = current(filled)
    none = Estimate(None, None, None, 0, "")
    bare = [
        replace(p, trend=replace(p.trend, direction="unknown", ratio=none, series=(), changes=()), contrast=())
        for p in was.painpoints
    ]
    services.keep_figures(
        filled,
        painpoints=bare,
        themes=list(was.themes),
        overview=replace(
            was.overview,
            first_day=None,
            last_day=None,
            scores={},
            customers_known=False,
            columns={},
            rejected={"malformed": 3},
        ),
        shown={},
        versions={"feedback": 0, "mentions": 0},
        as_of=was.as_of,
    )
    for language in ("zh-hans", "zh-hant", "en"):
        for name, arguments in (("home", []), ("list", []), ("one", [FIRST]), ("priorities", [])):
            url = reverse(f"painpoints:{name}", args=["lamps", *arguments])
            assert client_of("viewer").get(url, headers={"accept-language": language}).status_code == 200
    first = client_of("analyst").get(reverse("painpoints:home", args=["lamps"])).content.decode()
    assert "3 rows could not be read" in first and "The comments carry no scores" in first
    one = client_of("viewer").get(reverse("painpoints:one", args=["lamps", FIRST])).content.decode()
    assert "The comments have no dates" in one and "The comments carry no attributes" in one
