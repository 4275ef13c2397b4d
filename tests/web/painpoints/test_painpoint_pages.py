"""The pages of pain points: who may see them, in which language, and that every number is the figures'."""

from __future__ import annotations

import re
from html import unescape
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from balm.communicate import figures, numbers
from balm.web.painpoints import models, services
from balm.web.painpoints.figures import _typed, current
from balm.web.people.doors import RIGHTS, Role

pytestmark = pytest.mark.django_db

LANGUAGES = ("zh-hans", "zh-hant", "en")
FIRST = "delivery.late"
READ = [
    ("painpoints:home", {}),
    ("painpoints:list", {}),
    ("painpoints:one", {"theme": FIRST}),
    ("painpoints:judge", {"theme": FIRST}),
    ("painpoints:priorities", {}),
]
CHANGE = [
    ("painpoints:bulk", {}, {"item": FIRST, "do": "archive", "reason": "x"}),
    ("painpoints:assign", {"theme": FIRST}, {}),
    ("painpoints:archive", {"theme": FIRST}, {"reason": "x"}),
    ("painpoints:restore", {"theme": FIRST}, {"reason": "x"}),
    ("painpoints:note", {"theme": FIRST}, {"text": "x"}),
    ("painpoints:change_note", {"theme": FIRST, "pk": 1}, {"text": "x"}),
    ("painpoints:judge_save", {"theme": FIRST, "what": "level"}, {"level": "low", "reason": "x"}),
    ("painpoints:moscow", {"theme": FIRST}, {"column": "must"}),
    ("painpoints:move", {}, {"item": FIRST, "column": "must"}),
    ("painpoints:vote", {"theme": FIRST}, {"weight": "3"}),
]

KEPT = {
    "state=archived": lambda p, r: True,
    "kind=process": lambda p, r: p.kind == "process",
    "owner=mine": lambda p, r: r.theme == FIRST,
    "owner=none": lambda p, r: r.theme != FIRST,
    "level=high": lambda p, r: p.priority["customer_impact"].level == "high",
    "target=person": lambda p, r: bool(p.targets) and max(p.targets, key=p.targets.get) == "person",
    "n=5": lambda p, r: p.mentions >= 5,
    "q=late": lambda p, r: any("late" in name.lower() for name in (*p.labels.values(), p.theme_id)),
}


def address(name: str, slug: str = "lamps", **arguments: object) -> str:
    return reverse(name, kwargs={"slug": slug, **arguments})


def text(answer) -> str:
    """What a reader sees, without tags, scripts and repeated spaces."""
    page = re.sub(r"<script.*?</script>|</?mark>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_reads_every_page_in_three_languages(filled, client_of, language) -> None:
    for role, (name, arguments) in product(Role.values, READ):
        client = client_of(role)
        answer = client.get(address(name, **arguments), headers={"accept-language": language})
        assert answer.status_code == 200
        assert answer.headers["Content-Language"] == language
        assert b"style=" not in answer.content and b"onclick" not in answer.content
        with translation.override(language):
            label = current(filled).labels(FIRST)
        assert label[{"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}[language]] in text(answer)


def test_a_stranger_finds_nothing(filled, client_of, other_workspace, client) -> None:
    for name, arguments in READ:
        assert client_of("owner", other_workspace).get(address(name, **arguments)).status_code == 404
        assert client.get(address(name, **arguments)).status_code == 302  # to the sign-in


def test_a_stranger_and_a_viewer_change_nothing(filled, client_of, other_workspace) -> None:
    before = list(models.PainPoint.objects.order_by("pk").values())
    stranger, viewer, owner = client_of("owner", other_workspace), client_of("viewer"), client_of("owner")
    for name, arguments, sent in CHANGE:
        assert stranger.post(address(name, **arguments), sent).status_code == 404
        assert viewer.post(address(name, **arguments), sent).status_code == 403
        assert owner.get(address(name, **arguments)).status_code == 405
    assert list(models.PainPoint.objects.order_by("pk").values()) == before
    assert not models.Vote.objects.exists() and not models.Activity.objects.filter(kind="note").exists()


def test_a_theme_of_another_workspace_is_not_there(filled, other_workspace, client_of) -> None:
    models.PainPoint.objects.create(workspace=other_workspace, theme="their.own")
    client = client_of("owner")
    assert client.get(address("painpoints:one", theme="their.own")).status_code == 404
    assert client.get(address("painpoints:judge", theme="their.own")).status_code == 404
    client.post(address("painpoints:note", theme="their.own"), {"text": "x"})
    assert not models.Activity.objects.filter(painpoint__theme="their.own").exists()


def test_a_viewer_sees_no_form_that_changes(filled, client_of) -> None:
    for name, arguments in READ:
        page = client_of("viewer").get(address(name, **arguments)).content.decode()
        actions = set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', page))
        mine = {a for a in actions if "/w/" in a and not a.endswith("painpoints/views/")}
        assert not mine, (name, mine)
    front = client_of("front_line").get(address("painpoints:one", theme=FIRST)).content.decode()
    assert f"{FIRST}/vote/" in front and f"{FIRST}/assign/" not in front
    assert ("priority", "vote") in RIGHTS


def test_the_first_page_shows_the_figures(filled, client_of) -> None:
    snapshot = current(filled)
    told = text(client_of("viewer").get(address("painpoints:home")))
    digits = figures.digits(snapshot.painpoints[:40])["impact"]
    known = [pain for pain in snapshot.painpoints if pain.origin == "codebook"][:10]
    place = snapshot.painpoints.index(known[-1])
    proposed = [pain for pain in snapshot.painpoints[:place] if pain.origin == "discovered"]
    assert proposed and "Newly found, to be looked at" in told
    for pain in [*known, *proposed]:
        impact = numbers.impact(pain.impact)
        shown = f"{numbers.value(impact, 'score', digits)} {numbers.interval(impact, 'score', digits)} n = {impact.n:,}"
        assert shown in told, pain.theme_id
        assert f"{pain.mentions:,}" in told
    for metric, e in snapshot.overview.scores.items():
        unit, places = figures.score_unit(metric, e)
        assert f"{numbers.value(e, unit, places)} {numbers.interval(e, unit, places)} n = {e.n:,}" in told
    assert f"{snapshot.overview.comments:,} comments" in told
    assert "associated with" in told or "no group of customers stands out" in told
    assert "No check yet" in told and "Assign an owner" not in told
    assert "Assign an owner" in text(client_of("analyst").get(address("painpoints:home")))


def test_the_list_shows_the_figures(filled, client_of) -> None:
    snapshot = current(filled)
    page = client_of("viewer").get(address("painpoints:list"))
    lines = list(page.context["page"])
    assert [line.theme_id for line in lines] == [p.theme_id for p in snapshot.painpoints[:20]]
    told, digits = text(page), figures.digits(snapshot.painpoints[:40])
    for pain in snapshot.painpoints[:20]:
        for e, unit, places in (
            (numbers.impact(pain.impact), "score", digits["impact"]),
            (pain.reach, "share", None),
            (pain.severity, "score", digits["severity"]),
        ):
            if e.value is None:
                assert f"too few to say n = {e.n:,}" in told
            else:
                small = ", small" if numbers.small(e.n) else ""
                part = f"{numbers.value(e, unit, places)} {numbers.interval(e, unit, places)}".strip()
                assert f"{part} n = {e.n:,}{small}" in told
    second = client_of("viewer").get(address("painpoints:list") + "?page=2")
    assert [x.theme_id for x in second.context["page"]] == [p.theme_id for p in snapshot.painpoints[20:40]]


def test_one_pain_point_shows_the_figures_and_how_sure(filled, client_of) -> None:
    snapshot = current(filled)
    for pain in (*snapshot.painpoints[:6], snapshot.painpoints[-1]):
        told = text(client_of("viewer").get(address("painpoints:one", theme=pain.theme_id)))
        for change in figures.steps(pain.trend):
            assert figures.describe(change)["en"] in told
        for priority in pain.priority.values():
            assert priority.reason["en"] in told and f"Rank {priority.rank}" in told
        for finding in pain.contrast:
            share = f"{numbers.value(finding.share)} {numbers.interval(finding.share)} n = {finding.share.n:,}"
            assert share in told
        for quote in pain.quotes[:8]:
            assert re.sub(r"\s+", " ", quote.text) in told
        for n in (*pain.targets.values(), *pain.emotions.values()):
            assert f" {n} " in told
        assert "not proof of a cause" in told and "Nobody can resolve a pain point by hand" in told


def test_the_words_that_coded_a_sentence_are_marked(filled, client_of) -> None:
    pain = next(p for p in current(filled).painpoints if p.quotes and p.quotes[0].marks)
    page = client_of("viewer").get(address("painpoints:one", theme=pain.theme_id)).content.decode()
    start, end = pain.quotes[0].marks[0]
    assert f"<mark>{pain.quotes[0].text[start:end]}</mark>" in unescape(page)


def test_words_of_a_customer_are_text(filled, client_of) -> None:
    row = models.PainFigures.objects.get(figures__workspace=filled, theme=FIRST)
    row.data["quotes"][0] |= {"text": "<script>alert(1)</script> & more", "marks": [[0, 8]]}
    row.data["contrast"] = [
        {"where": {"shop": "<img src=x>"}, "lift": {**row.data["reach"]}, "share": {**row.data["reach"]}, "q": 0.01}
    ]
    row.save()
    _typed.cache_clear()
    page = client_of("viewer").get(address("painpoints:one", theme=FIRST)).content.decode()
    assert "<script>alert" not in page and "<img src=x>" not in page
    assert "<mark>&lt;script&gt;</mark>" in page
    _typed.cache_clear()


@pytest.mark.parametrize("name", ["painpoints:home", "painpoints:list", "painpoints:priorities"])
def test_an_empty_workspace_says_what_to_do_next(workspace, client_of, name) -> None:
    imports = reverse("feedback:imports", args=["lamps"])
    for language in LANGUAGES:
        page = client_of("analyst").get(address(name), headers={"accept-language": language})
        assert page.status_code == 200
        assert f'class="btn btn-primary" href="{imports}"' in page.content.decode()
    told = client_of("viewer").get(address(name)).content.decode()
    assert f'class="btn btn-primary" href="{imports}"' not in told
    assert client_of("viewer").get(address("painpoints:one", theme=FIRST)).status_code == 404


def test_filters_keep_what_they_say(filled, client_of, member) -> None:
    services.assign(filled, [FIRST], member("analyst"), owner=member("analyst").pk)
    services.archive(filled, ["app.crash"], "Mended elsewhere", member("analyst"))
    rows = {r.theme: r for r in models.PainPoint.objects.filter(workspace=filled)}
    for query, expected in KEPT.items():
        page = client_of("analyst").get(address("painpoints:list") + "?" + query)
        kept = {line.theme_id for line in page.context["page"].paginator.object_list}
        wanted = {
            p.theme_id
            for p in current(filled).painpoints
            if (rows[p.theme_id].state == "archived") == (query == "state=archived") and expected(p, rows[p.theme_id])
        }
        assert kept == wanted, query
        assert kept or query == "target=person"


def test_a_name_is_found_in_another_language(filled, client_of) -> None:
    labels = current(filled).labels(FIRST)
    for wanted in labels.values():
        page = client_of("viewer").get(address("painpoints:list"), {"q": wanted}, headers={"accept-language": "en"})
        assert FIRST in [line.theme_id for line in page.context["page"]]


def test_an_address_that_cannot_be_read_is_a_page(filled, client_of) -> None:
    odd = ("page=999999999", "page=x", "owner=team:", "owner=99999999999999999999", "n=-1", "n=1e9", "sort=no", "q=%00")
    for query in odd:
        _opens(client_of("viewer"), query)


def _opens(client, query: str) -> None:
    for name in ("painpoints:list", "painpoints:priorities"):
        assert client.get(address(name) + "?" + query).status_code == 200, query


def test_each_sort_orders_and_turns(filled, client_of) -> None:
    from balm.web.painpoints.selectors import SORTS

    for key in list(SORTS)[1::2]:
        up = client_of("viewer").get(address("painpoints:list"), {"sort": key}).context["page"].paginator.object_list
        down = client_of("viewer").get(address("painpoints:list"), {"sort": key, "desc": "1"})
        assert [x.theme_id for x in down.context["page"].paginator.object_list] == [x.theme_id for x in up[::-1]]
    reach = client_of("viewer").get(address("painpoints:list"), {"sort": "reach"}).context["page"]
    values = [line.pain.reach.value for line in reach]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(("name", "arguments"), READ)
def test_queries_do_not_grow_with_the_pain_points(filled, client_of, member, name, arguments) -> None:
    client, url = client_of("analyst"), address(name, **arguments)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    themes = [p.theme_id for p in current(filled).painpoints]
    services.assign(filled, themes, member("analyst"), owner=member("owner").pk)
    for theme in themes[:15]:
        services.place(filled, theme, "must", None, member("analyst"))
        services.vote(filled, theme, 3, member("analyst"))
        services.judge(filled, theme, "effort", level="low", reason="Hard", by=member("analyst"))
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) <= len(few) + 3
    assert len(many) <= 24
