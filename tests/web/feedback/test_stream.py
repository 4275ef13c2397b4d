"""The stream of comments: what is shown is what was counted, and nothing of it can harm."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlencode

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://x.example","click")'
HTML = "<script>alert('late delivery')</script> <b>refund</b> never came"
LONG = "开头 " + "好" * 100_000 + " 送货太慢了 " + "尾" * 50
RTL = "\u202eevil txt\u202c التوصيل متأخر late delivery \x00\x07 😀"


def address(workspace, name="list", *args, **filters) -> str:
    return reverse(f"feedback:{name}", args=[workspace.slug, *args]) + ("?" + urlencode(filters, doseq=True))


@pytest.fixture
def harsh(workspace):
    """A workspace with comments that try to break the page."""
    import pyarrow as pa

    from balm.collect.columns import ColumnMap
    from balm.core.tables import FEEDBACK
    from balm.lake.feedback import FeedbackStore
    from balm.web.site.paths import workspace_dir

    texts = [HTML, FORMULA, LONG, RTL, "plain"]
    ids = ["a/b?c#d", "..", "新 id\n2", "~x", "plain"]
    values = {
        "feedback_id": ids,
        "text": texts,
        "customer": ["<i>c</i>", "=cmd", None, "../x", "C1"],
        "source": ["<u>.csv"] * 5,
        "line": [2, 3, 4, 5, 6],
    }
    table = pa.table(
        [pa.array(values.get(f.name, [None] * 5), f.type) for f in FEEDBACK], schema=FEEDBACK
    ).append_column("by:<img src=x>", pa.array(["@sum", "<b>", None, "-1", "ok"]))
    with FeedbackStore(workspace_dir(workspace)) as store:
        store.begin("k", "<u>.csv", ColumnMap("text"))
        store.append(table, "k", 7)
        store.finish("k")
    return workspace


def test_a_number_on_a_page_opens_as_many_sentences(client_of, filled) -> None:
    from balm.web.painpoints.figures import current

    client = client_of("viewer")
    for pain in current(filled).painpoints[:5]:
        answer = client.get(address(filled, theme=pain.theme_id, sentiment="negative"))
        counts = answer.context["counts"]
        assert (counts.comments, counts.mentions, counts.customers) == (pain.comments, pain.mentions, pain.customers)
        for item in answer.context["shown"]:
            met = [m for m in item["comment"].mentions if m.matched]
            assert met and all(m.theme == pain.theme_id and m.sentiment == "negative" for m in met)


def test_filters_are_named_in_words_and_can_be_taken_out(client_of, filled) -> None:
    asked = {"theme": "delivery.late", "score_min": "1", "score_max": "2", "from": "2026-01-01", "by:region": "South"}
    answer = client_of("analyst").get(address(filled, **asked))
    chips = {chip.name: chip for chip in answer.context["asked"].chips}
    assert {name: chip.value for name, chip in chips.items()} == {
        "Theme": "Late delivery",
        "Score": "1–2",
        "Date": "from 2026-01-01",
        "region": "South",
    }
    assert "score" not in chips["Score"].without and "theme=delivery.late" in chips["Score"].without
    fewer = client_of("analyst").get(reverse("feedback:list", args=[filled.slug]) + chips["region"].without)
    assert fewer.context["counts"].comments > answer.context["counts"].comments > 0


def test_what_cannot_be_read_is_said(client_of, filled) -> None:
    wrong = {"score_min": "many", "from": "yesterday", "sentiment": "bad", "at": "nowhere", "back": "1"}
    answer = client_of("analyst").get(address(filled, **wrong))
    assert answer.status_code == 200
    assert len(answer.context["asked"].problems) == 3
    assert answer.context["counts"].comments == 1500
    nothing = client_of("analyst").get(address(filled, **{"import": "999"}))
    assert nothing.context["counts"].comments == 0


def test_an_import_is_named_by_its_number(client_of, filled) -> None:
    from balm.lake.feedback import FeedbackStore
    from balm.web.feedback.models import Import
    from balm.web.site.paths import workspace_dir

    with FeedbackStore(workspace_dir(filled)) as store:
        key = store.imports[0].key
    row = Import.objects.create(workspace=filled, name="July.csv", path="x", digest=key)
    for value in (row.pk, key):
        answer = client_of("analyst").get(address(filled, **{"import": value}))
        assert answer.context["counts"].comments == 1500
        assert [chip.value for chip in answer.context["asked"].chips] == ["July.csv"]


def test_the_drawer_gets_a_piece_and_the_page_a_page(client_of, filled) -> None:
    url = address(filled, theme="delivery.late")
    piece = client_of("viewer").get(url, headers={"HX-Request": "true"}).content.decode()
    assert 'class="drawer-head"' in piece and "<html" not in piece and "Late delivery" in piece
    assert "<html" in client_of("viewer").get(url).content.decode()


def test_every_page_of_the_stream_can_be_reached(client_of, filled) -> None:
    client, seen, url = client_of("viewer"), [], address(filled, sentiment="negative")
    while url:
        answer = client.get(url)
        seen += [item["comment"].feedback_id for item in answer.context["shown"]]
        found = re.search(r'href="(\?[^"]*)" rel="next"', answer.content.decode())
        url = reverse("feedback:list", args=[filled.slug]) + found[1].replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen)) == answer.context["counts"].comments


def test_the_panel_counts_what_each_choice_would_show(client_of, filled) -> None:
    client = client_of("viewer")
    answer = client.get(address(filled, "facets", theme="delivery.late"))
    groups = {group.parameter: group for group in answer.context["groups"]}
    for parameter in ("by:region", "sentiment"):
        for choice in groups[parameter].choices:
            counts = client.get(address(filled, theme="delivery.late", **{parameter: choice.value})).context["counts"]
            assert counts.comments == choice.n > 0


def test_comments_do_no_harm(client_of, harsh) -> None:
    client = client_of("owner")
    for url in (address(harsh), address(harsh, q="late"), address(harsh, "facets"), address(harsh, q="<script>")):
        answer = client.get(url)
        text = answer.content.decode()
        assert answer.status_code == 200 and len(text) < 60_000
        for raw in ("<script>alert", "<b>refund", "<u>", "<img", "<i>c", "\x00", "\x07"):
            assert raw not in text
    assert "Show all of it" in client.get(address(harsh)).content.decode()
    for item in client.get(address(harsh)).context["shown"]:
        one = client.get(reverse("feedback:one", args=[harsh.slug, item["comment"].feedback_id]))
        assert one.status_code == 200 and one.context["shown"]["comment"] == item["comment"]
        if item["comment"].person:
            assert client.get(reverse("customers:one", args=[harsh.slug, item["comment"].person])).status_code == 200
    long = client.get(address(harsh, "one", "新 id\n2", all=1)).content.decode()
    assert len(long) > 100_000 and "尾" * 50 in long


def test_an_export_holds_no_formula(client_of, harsh) -> None:
    text = b"".join(client_of("owner").get(address(harsh, "export")).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 5
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values() if cell)
    assert "'" + FORMULA in {row["Text"] for row in rows}


def test_an_export_holds_what_is_shown(client_of, filled) -> None:
    few = b"".join(client_of("viewer").get(address(filled, "export", theme="app.crash")).streaming_content)
    shown = list(csv.DictReader(io.StringIO(few.decode("utf-8-sig"), newline="")))
    assert "Customer" not in shown[0] and all(row["Mentions"] for row in shown)
    counts = client_of("viewer").get(address(filled, theme="app.crash")).context["counts"]
    assert len(shown) == counts.comments


def test_a_viewer_sees_no_customer(client_of, filled) -> None:
    client = client_of("viewer")
    page = client.get(address(filled))
    comment = page.context["shown"][0]["comment"]
    assert comment.person and comment.person not in page.content.decode()
    assert comment.person not in client.get(address(filled, "one", comment.feedback_id)).content.decode()
    assert client.get(address(filled, customer=comment.person)).status_code == 403


def test_strangers_see_nothing(client_of, filled, other_workspace) -> None:
    stranger = client_of("owner", other_workspace)
    comment = client_of("viewer").get(address(filled)).context["shown"][0]["comment"]
    for url in (address(filled), address(filled, "facets"), address(filled, "export"), address(filled, "one", "x")):
        assert stranger.get(url).status_code == 404
    mine = stranger.get(address(other_workspace))
    assert mine.context["counts"].comments == 0 and "No comments yet" in mine.content.decode()
    assert stranger.get(address(other_workspace, "one", comment.feedback_id)).status_code == 404


def test_empty_answers_tell_what_to_do(client_of, filled, other_workspace) -> None:
    none = client_of("analyst").get(address(filled, q="zzz", sentiment="negative")).content.decode()
    assert "No comment meets all of these filters" in none and "Without Words: “zzz”" in none
    assert (
        reverse("feedback:imports", args=["other"])
        in client_of("owner", other_workspace).get(address(other_workspace)).content.decode()
    )


def test_views_are_kept_shared_and_removed(client_of, filled, member, other_workspace) -> None:
    from balm.web.painpoints.models import SavedView

    analyst, viewer = client_of("analyst"), client_of("viewer")
    sent = {"name": " Late  parcels ", "query": "?theme=delivery.late", "shared": "on"}
    assert analyst.post(address(filled, "save_view"), sent).status_code == 302
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared, view.page) == ("Late parcels", "theme=delivery.late", True, "feedback")
    assert [v.pk for v in viewer.get(address(filled)).context["views"]] == [view.pk]
    viewer.post(address(filled, "delete_view", view.pk))
    client_of("owner", other_workspace).post(address(filled, "delete_view", view.pk))
    assert SavedView.objects.count() == 1
    analyst.post(address(filled, "delete_view", view.pk))
    assert not SavedView.objects.exists()
    analyst.post(address(filled, "save_view"), {"name": " ", "query": ""})
    assert not SavedView.objects.exists()
