"""The codebook in the browser: what is previewed is what happens, and undoing brings everything back."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from balm.web.codebook import selectors
from balm.web.codebook.models import Draft, Version
from balm.web.jobs.worker import drain
from balm.web.painpoints.figures import current
from balm.web.painpoints.models import Activity
from balm.web.people.models import AuditEntry

pytestmark = pytest.mark.django_db


def page(client, name: str, *args: object, **query: object):
    return client.get(reverse(f"codebook:{name}", args=["lamps", *args]), query)


def send(client, name: str, *args: object, follow: bool = True, **data: object):
    return client.post(reverse(f"codebook:{name}", args=["lamps", *args]), data, follow=follow)


def figures(workspace) -> dict[str, tuple]:
    return {t.id: (t.mentions, t.comments, t.customers) for t in current(workspace).themes}


def two(workspace) -> tuple[str, str]:
    """The themes that are mentioned most."""
    found = [t for t in current(workspace).themes if t.origin == "codebook"]
    first, second = sorted(found, key=lambda t: -t.mentions)[:2]
    return first.id, second.id


def last_draft() -> Draft:
    return Draft.objects.latest("pk")


def test_a_merge_is_as_its_preview_said_and_undoing_it_restores_the_trend(filled, client_of) -> None:
    client = client_of("analyst")
    first = figures(filled)
    trend = {p.theme_id: p.trend for p in current(filled).painpoints}
    into, source = two(filled)
    answer = send(client, "merge", sources=[source], into=into, seen=0)
    assert answer.status_code == 200
    assert not Version.objects.exists()
    draft = last_draft()
    look = draft.result
    assert look["exact"]
    assert look["mentions"] == first[source][0]
    assert look["comments"] == first[source][1]
    assert [(m["from"], m["to"], m["mentions"]) for m in look["moves"]] == [(source, into, first[source][0])]
    assert len(look["moves"][0]["examples"]) == 10
    html = answer.content.decode()
    assert "<mark>" in html
    assert f"{first[source][0]:,}" in html
    answer = send(client, "apply", draft.pk, note="the same for us")
    version = Version.objects.get()
    assert version.note == "the same for us"
    assert "being worked out" in answer.content.decode()
    assert AuditEntry.objects.filter(workspace=filled, action="codebook.do").count() == 1
    assert Activity.objects.filter(painpoint__workspace=filled, kind="codebook").count() == 2
    drain()
    after = figures(filled)
    assert {t: after[t][0] for t in (into,)} == {into: look["counts"][into][1]}
    assert source not in after
    assert look["counts"] == {into: [first[into][0], after[into][0]], source: [first[source][0], 0]}
    html = page(client, "version", 1).content.decode()
    assert "data-chart" in html
    assert f"{after[into][0]:,}" in html
    assert page(client, "restated", 1).content.decode().count("hx-get") == 0
    # undone: previewed, too
    answer = send(client, "undo", 1, seen=1)
    draft = last_draft()
    assert draft.undo == 1
    assert draft.result["counts"] == {into: [after[into][0], first[into][0]], source: [0, first[source][0]]}
    send(client, "apply", draft.pk)
    drain()
    assert figures(filled) == first
    assert {p.theme_id: p.trend for p in current(filled).painpoints} == trend
    assert [v.number for v in Version.objects.all()] == [2, 1]
    assert selectors.in_force(filled) == []


@pytest.mark.slow
def test_phrases_recode_as_the_preview_said(filled, client_of) -> None:
    client = client_of("manager")
    before = figures(filled)
    theme, _ = two(filled)
    phrases = [p for p in selectors.shown(filled).phrases(theme)["zh"] if "+" not in p][:3]
    answer = send(client, "remove_phrases", theme, role="phrases", phrase=[f"zh|{p}" for p in phrases])
    assert answer.status_code == 200
    look = last_draft().result
    assert not look["exact"]
    assert look["looked"] == look["of"] == 1500
    assert look["counts"].get(theme, [before[theme][0]])[0] == before[theme][0]
    send(client, "apply", last_draft().pk)
    drain()
    after = figures(filled)
    told = look["counts"].get(theme, [0, before[theme][0]])[1]
    assert after[theme][0] == told
    answer = send(client, "undo", 1)
    send(client, "apply", last_draft().pk)
    drain()
    assert figures(filled) == before


@pytest.mark.slow
def test_a_split_shares_out_what_the_theme_had(filled, client_of) -> None:
    client = client_of("owner")
    before = figures(filled)
    theme, _ = two(filled)
    html = page(client, "split", **{"from": theme}).content.decode()
    assert html.count('name="to:') == sum(map(len, selectors.shown(filled).phrases(theme).values()))
    phrase = selectors.shown(filled).phrases(theme)["zh"][0]
    refused = send(client, "split", **{"from": theme, f"to:zh|{phrase}": "1"})
    assert refused.status_code == 400
    assert "write it in at least one of" in refused.content.decode()
    assert '<option value="1" selected>' in refused.content.decode()
    send(
        client,
        "split",
        **{"from": theme, "p1-label_en": "When it rains", "p1-phrases_zh": "的", "p1-phrases_en": "the"},
    )
    draft = last_draft()
    part = draft.edit["parts"][0]["theme"]
    assert part.endswith(".when_it_rains")
    send(client, "apply", draft.pk)
    drain()
    after = figures(filled)
    assert 0 < after[part][0] == draft.result["counts"][part][1]
    assert after[theme][0] == draft.result["counts"][theme][1]
    assert after[theme][0] < before[theme][0]


def test_names_change_at_once_and_nothing_is_lost_when_somebody_was_quicker(filled, client_of) -> None:
    client, other = client_of("analyst"), client_of("owner")
    theme, second = two(filled)
    answer = send(client, "rename", theme, label_en="Parcels late", seen=0)
    assert "version 1" in answer.content.decode()
    assert selectors.shown(filled).labels(theme)["en"] == "Parcels late"
    # from a page that is out of date
    answer = send(other, "rename", second, label_en="Broken goods", seen=0)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "changed meanwhile" in text
    assert "Parcels late" in text
    assert Version.objects.count() == 1
    draft = last_draft()
    assert "Broken goods" in page(other, "rename", second, draft=draft.pk).content.decode()
    send(other, "apply", draft.pk)
    assert selectors.shown(filled).labels(second)["en"] == "Broken goods"
    # applying it twice is applying it once
    send(other, "apply", draft.pk)
    assert Version.objects.count() == 2
    # a preview that is out of date
    send(client, "merge", sources=[second], into=theme, seen=2)
    mine = last_draft()
    send(other, "rename", theme, label_en="Parcels very late", seen=2)
    answer = send(client, "apply", mine.pk)
    assert answer.status_code == 409
    assert "Parcels very late" in answer.content.decode()
    assert send(client, "apply", mine.pk).status_code == 200
    assert selectors.shown(filled).lineage == {second: theme}


def test_an_edit_that_later_ones_rest_on_names_them(filled, client_of) -> None:
    client = client_of("analyst")
    send(client, "new_group", label_en="Rain and snow")
    theme, _ = two(filled)
    send(client, "move", theme, parent="rain_and_snow")
    answer = send(client, "undo", 1)
    text = answer.content.decode()
    assert "later edits rest on it" in text
    assert "version 2" in text
    assert Version.objects.count() == 2
    send(client, "undo", 2)
    send(client, "undo", 1)
    assert "rain_and_snow" not in selectors.shown(filled).headings
    assert Version.objects.count() == 4


def test_labels_of_packs_that_nobody_sees_do_not_clash(filled, client_of) -> None:
    hidden = {e.id for e in selectors.edited(filled).in_use()} - {e.id for e in selectors.shown(filled).in_use()}
    assert hidden
    client = client_of("analyst")
    label = selectors.edited(filled).labels(sorted(hidden)[0])["en"]
    answer = send(client, "new_theme", label_en=label, kind="process", target="process", parent="")
    assert answer.status_code == 200
    assert Version.objects.count() == 1
    made = Version.objects.get().change["do"]["theme"]
    assert made not in hidden
    # but one that is seen does
    again = send(client, "new_theme", label_en=label, kind="process", target="process", parent="")
    assert again.status_code == 400
    assert label in again.content.decode()


def test_proposals_are_accepted_merged_and_dismissed(filled, client_of) -> None:
    client = client_of("analyst")
    open_ = selectors.proposals(filled)
    assert len(open_) >= 2
    html = page(client, "tree").content.decode()
    assert all(word in html for word in open_[0].distinctive)
    first, second = open_[0], open_[1]
    refused = send(client, "accept", first.id, kind="process", parent="")
    assert refused.status_code == 400
    send(client, "accept", first.id, kind="product", parent="", label_en="Wobbly lamps", label_hans="灯会晃")
    entry = selectors.shown(filled).entries[first.id]
    assert (entry.given, entry.kind) == ({"zh-Hans": "灯会晃", "en": "Wobbly lamps"}, "product")
    html = page(client, "tree").content.decode()
    assert re.search("no name in 繁體中文", html)
    drain()
    assert current(filled).theme[first.id].mentions == first.mentions
    send(client, "dismiss", second.id)
    draft = last_draft()
    assert draft.result["mentions"] == second.mentions
    send(client, "apply", draft.pk)
    assert second.id not in {t.id for t in selectors.proposals(filled)}
    assert "Bring back" in page(client, "tree").content.decode()
    send(client, "restore", second.id)
    send(client, "apply", last_draft().pk)
    assert second.id in {t.id for t in selectors.proposals(filled)}


def opened(html: str) -> list[bool]:
    """Whether each group of the tree stands open, in order."""
    return [" open" in tag for tag in re.findall(r'<details class="book-group"[^>]*>', html)]


def test_groups_are_folded_but_the_first_the_named_and_what_is_searched_for(filled, client_of) -> None:
    client = client_of("viewer")
    answer = page(client, "tree")
    groups = answer.context["groups"]
    assert len(groups) > 6
    assert [group.mentions for group in groups] == sorted((group.mentions for group in groups), reverse=True)
    assert opened(answer.content.decode()) == [at < 3 for at in range(len(groups))]
    for group in groups:
        assert f"{len(group.rows)} theme" in answer.content.decode()
    named = page(client, "tree", group=groups[5].key).content.decode()
    assert opened(named) == [at < 3 or at == 5 for at in range(len(groups))]
    assert f'group={groups[5].key}#group-6"' in named
    assert opened(page(client, "tree", group="nobody").content.decode()).count(True) == 3
    found = opened(page(client, "tree", q="e").content.decode())
    assert len(found) > 3 and all(found)


def test_only_those_who_may_in_their_own_workspace(filled, client_of, other_workspace) -> None:
    theme, second = two(filled)
    viewer, stranger = client_of("viewer"), client_of("owner", other_workspace)
    for name, args in (("tree", ()), ("theme", (theme,)), ("versions", ())):
        assert page(viewer, name, *args).status_code == 200
        assert page(stranger, name, *args).status_code == 404
    assert "Rename" not in page(viewer, "theme", theme).content.decode()
    assert page(viewer, "rename", theme).status_code == 403
    assert send(viewer, "archive", theme).status_code == 403
    assert send(stranger, "archive", theme).status_code == 404
    send(client_of("analyst"), "merge", sources=[second], into=theme)
    pk = last_draft().pk
    assert page(client_of("front_line"), "preview", pk).status_code == 403
    assert page(stranger, "preview", pk).status_code == 404
    assert stranger.get(reverse("codebook:preview", args=["other", pk])).status_code == 404
    assert stranger.post(reverse("codebook:apply", args=["other", pk])).status_code == 404
    assert Version.objects.count() == 0


@pytest.mark.slow
def test_a_long_preview_is_a_job(filled, client_of, monkeypatch) -> None:
    monkeypatch.setattr("balm.web.codebook.drafts.AT_ONCE", 100)
    client = client_of("analyst")
    theme, _ = two(filled)
    answer = send(client, "phrases", theme, phrases_zh="太慢", role="phrases")
    text = answer.content.decode()
    assert "hx-get" in text
    draft = last_draft()
    assert draft.state == "waiting"
    send(client, "apply", draft.pk)
    assert not Version.objects.exists()
    drain()
    draft.refresh_from_db()
    assert draft.state == "done"
    assert draft.result["looked"] == 1500
    assert page(client, "progress", draft.pk)["HX-Refresh"] == "true"
    assert page(client, "preview", draft.pk).status_code == 200


def test_bad_phrases_come_back_with_the_mend(filled, client_of) -> None:
    client = client_of("analyst")
    theme, _ = two(filled)
    answer = send(client, "phrases", theme, phrases_zh="物流，慢", role="phrases")
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "can never match" in text
    assert "物流，慢</textarea>" in text
