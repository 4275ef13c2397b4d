"""Samples that people code blind, and what comes of them."""

from __future__ import annotations

import csv
import io

import pytest
from django.urls import reverse

from balm.lake import tables
from balm.measure.agreement import agreement
from balm.understand.codebook.edits import Merge
from balm.web.codebook import samples, selectors, services
from balm.web.codebook.models import HandCode, Sample
from balm.web.painpoints.figures import current
from balm.web.people.models import AuditEntry
from balm.web.site.paths import workspace_dir

pytestmark = pytest.mark.django_db


def url(name: str, *args: object) -> str:
    return reverse(f"codebook:{name}", args=["lamps", *args])


@pytest.fixture
def sample(filled, client_of) -> Sample:
    answer = client_of("analyst").post(url("draw"), {"name": "First", "size": 60, "seed": 7}, follow=True)
    assert answer.status_code == 200
    return Sample.objects.get()


def test_a_sample_is_drawn_by_chance_from_all_mentions(filled, member, sample) -> None:
    items = list(sample.items.all())
    assert len(items) == 60
    assert sample.drawn_from == current(filled).overview.mentions
    assert len({(i.feedback_id, i.mention) for i in items}) == 60
    coded = sum(bool(i.machine) for i in items)
    assert 0 < coded < 60
    again = samples.draw(filled, member("analyst"), "Again", 60, 7)
    assert [i.text for i in again.items.all()] == [i.text for i in items]
    other = samples.draw(filled, member("analyst"), "Other", 60, 8)
    assert [i.text for i in other.items.all()] != [i.text for i in items]
    assert tables.files(workspace_dir(filled), "mentions")
    assert samples.draw(filled, member("analyst"), "All", 10**6, 1).items.count() == sample.drawn_from


def test_coders_do_not_see_what_the_machine_said(filled, client_of, sample) -> None:
    client = client_of("front_line")
    names = {e.id: e.labels["en"] for e in selectors.shown(filled).in_use()}
    coded = next(i for i in sample.items.all() if i.machine in names)
    html = client.get(url("code", sample.pk), {"item": coded.place}).content.decode()
    assert coded.text[:8] in html
    before = html.split("<datalist")[0] + html.split("</datalist>")[1].split("<details>")[0]
    assert names[coded.machine] not in before
    assert coded.machine not in before
    assert html.count(f'value="{coded.machine}"') == 1  # among all themes, like every other
    other = next(i for i in sample.items.all() if i.machine not in names)
    same = client.get(url("code", sample.pk), {"item": other.place}).content.decode()

    def frame(page: str, item) -> str:
        return page.split("<details>")[1]

    assert frame(html, coded) == frame(same, other)
    assert client.get(url("code", sample.pk))["Cache-Control"].startswith("no-store")


def test_one_resumes_where_one_left_and_results_say_too_few(filled, client_of, sample) -> None:
    client = client_of("analyst")
    items = list(sample.items.all())
    name = selectors.shown(filled).labels("delivery.late")["en"]
    answer = client.post(url("code", sample.pk), {"place": items[0].place, "name": name}, follow=True)
    assert "Item 2 of 60, 1 coded by you" in answer.content.decode()
    client.post(url("code", sample.pk), {"place": items[1].place, "name": "0"})
    client.post(url("code", sample.pk), {"place": items[2].place, "none": "1"})
    assert list(HandCode.objects.order_by("pk").values_list("theme", flat=True)) == ["delivery.late", "", ""]
    wrong = client.post(url("code", sample.pk), {"place": items[3].place, "name": "zzz"})
    assert wrong.status_code == 400
    assert "No theme is called" in wrong.content.decode()
    vague = client.post(url("code", sample.pk), {"place": items[3].place, "name": "e"})
    assert "Several themes fit" in vague.content.decode()
    empty = client.post(url("code", sample.pk), {"place": items[3].place, "name": " "})
    assert empty.status_code == 400
    client.post(url("code", sample.pk), {"place": items[0].place, "theme": "delivery.damaged"})
    assert HandCode.objects.count() == 3
    html = client.get(url("sample", sample.pk)).content.decode()
    assert "Too few: fewer than 20 items coded by both." in html
    assert AuditEntry.objects.filter(action="codebook.hand_code").count() == 4


def test_agreement_is_that_of_the_codings(filled, client_of, member, sample) -> None:
    me, other = member("analyst"), member("manager")
    book = selectors.shown(filled)
    items = list(sample.items.all())
    machine = [samples.counted(book, i.machine) for i in items]
    mine = [theme if n % 3 else "delivery.late" for n, theme in enumerate(machine)]
    theirs = [theme if n % 4 else None for n, theme in enumerate(machine)]
    for item, a, b in zip(items, mine, theirs, strict=True):
        samples.code(sample, me, item.place, a or "")
        samples.code(sample, other, item.place, b or "")
    table = samples.table(sample)
    a, b = f"u{me.pk}", f"u{other.pk}"
    assert table.compare(a, "then").kappa == agreement(mine, machine).kappa
    assert table.compare(a, b).kappa == agreement(mine, theirs).kappa
    assert table.compare(a, "now").kappa == table.compare(a, "then").kappa  # nothing was edited
    client = client_of("analyst")
    html = client.get(url("sample", sample.pk), {"a": a, "b": b}).content.decode()
    assert f"{agreement(mine, theirs).kappa.value:.2f}" in html
    assert client.get(url("agreement")).content.decode().count("n = 60") >= 3
    # a cell opens its items, and only to those who have coded them
    cell = {"a": a, "b": "then", "x": "delivery.late", "y": "-"}
    expected = [i for i, x, y in zip(items, mine, machine, strict=True) if x == "delivery.late" and y is None]
    assert expected
    html = client.get(url("sample", sample.pk), cell).content.decode()
    assert html.count("whole comment") == len(expected)
    late = client_of("front_line").get(url("sample", sample.pk), cell).content.decode()
    assert "whole comment" not in late
    assert f"{len(expected)} item" in late
    # themes that are merged count as one, for people and the machine
    used = next(theme for theme in machine if theme not in (None, "delivery.late"))
    services.change(filled, me, Merge((used,), "delivery.late"), seen=0)
    assert used not in {t for codes in samples.table(sample).codes.values() for t in codes.values()}
    rows = list(csv.reader(io.StringIO(client.get(url("export", sample.pk)).content.decode("utf-8-sig"))))
    assert len(rows) == 61
    assert rows[0][-2:] == [str(me), str(other)]
    assert client_of("viewer").get(url("export", sample.pk)).status_code == 403
    client.post(url("close", sample.pk))
    assert client_of("front_line").get(url("sample", sample.pk), cell).content.decode().count("whole comment")
    refused = client.post(url("code", sample.pk), {"place": 1, "none": "1"}, follow=True)
    assert "is closed" in refused.content.decode()


def test_an_export_keeps_back_what_one_has_still_to_code(filled, client_of, member, sample) -> None:
    samples.code(sample, member("analyst"), 1, "")
    text = client_of("analyst").get(url("export", sample.pk)).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert all(rows[1][4:])
    assert not any(cell for row in rows[2:] for cell in row[4:])


def test_others_see_nothing_of_it(sample, client_of, other_workspace) -> None:
    stranger = client_of("owner", other_workspace)
    for name in ("sample", "code", "export"):
        assert stranger.get(url(name, sample.pk)).status_code == 404
        assert stranger.get(reverse(f"codebook:{name}", args=["other", sample.pk])).status_code == 404
    assert client_of("viewer").get(url("code", sample.pk)).status_code == 403
    assert client_of("viewer").get(url("sample", sample.pk)).status_code == 200
    assert client_of("front_line").post(url("draw"), {}).status_code == 403


def test_drawing_asks_for_what_it_can_do(workspace, client_of) -> None:
    client = client_of("analyst")
    answer = client.post(url("draw"), {"name": "x", "size": 5, "seed": 0})
    assert answer.status_code == 400
    answer = client.post(url("draw"), {"name": "x", "size": 50, "seed": 0})
    assert "import comments first" in answer.content.decode()
    assert not Sample.objects.exists()
