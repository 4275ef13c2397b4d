"""Asking customers: the link, the page, one answer that can be changed for a day, and the tally."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from balm.core import stats
from balm.web.asks import selectors, services
from balm.web.asks.models import Ask
from balm.web.asks.signals import answered
from balm.web.deliveries import sealed
from balm.web.deliveries.contact_services import Entry, keep
from balm.web.deliveries.models import Delivery

ABOUT = {"zh-Hans": "送货太迟", "zh-Hant": "送貨太遲", "en": "Late delivery"}


@pytest.fixture(autouse=True)
def counts_begin_anew() -> None:
    cache.clear()


@pytest.fixture
def contact(workspace, member):
    def make(customer: str, language: str = "en", consent: str = "given", where=None):
        entry = Entry(customer, f"{customer}@example.com", language, consent)
        return keep(where or workspace, member("analyst", where), entry)

    return make


@pytest.fixture
def ask(workspace):
    def make(customer: str = "ann", ref: object = 1, where=None, **more) -> Ask:
        return services.ask(where or workspace, customer, more.pop("purpose", "case"), ref, about=ABOUT, **more)

    return make


def page_of(row: Ask) -> str:
    return f"/ask/{services.token(row)}/"


def test_the_link_goes_out_by_mail_and_only_its_hash_is_kept(workspace, contact, ask, settings) -> None:
    settings.BASE_URL = "https://balm.example.com"
    contact("ann", "zh-Hant")
    row = ask()
    assert (row.language, row.delivery.state, row.delivery.purpose) == ("zh-Hant", "waiting", "ask")
    text = sealed.open_json(workspace, row.delivery.content)["text"]
    link = re.search(r"https://balm\.example\.com/ask/[0-9a-f]{64}/", text)[0]
    assert link == services.link(row) and "送貨太遲" in text
    token = services.token(row)
    kept = repr(list(Ask.objects.values())) + repr(
        [bytes(c) for c in Delivery.objects.values_list("content", flat=True)]
    )
    assert token not in kept and len(row.digest) == 64


def test_asked_twice_is_one_ask(workspace, contact, ask, member) -> None:
    from balm.web.customers.services import merge

    contact("ann")
    assert ask().pk == ask().pk
    assert ask(ref=2).pk != ask().pk
    merge(workspace, member("analyst"), "ann", ["ann-app"])
    assert ask("ann-app").pk == ask().pk
    assert Delivery.objects.count() == 2


def test_many_are_asked_at_once_each_as_alone(workspace, contact, ask, member) -> None:
    from balm.web.customers.services import merge

    contact("ann", "zh-Hans")
    contact("ben", consent="refused")
    merge(workspace, member("analyst"), "ann", ["ann-app"])
    first = ask("ann", ref=5, purpose="check")
    rows = services.ask_all(workspace, ["dan", "ann-app", "ann", "ben"], "check", 5, about=ABOUT, language="zh-Hant")
    assert [row.customer for row in rows] == ["dan", "ann", "ben"] and rows[1].pk == first.pk
    assert [(row.language, row.delivery.reason) for row in rows] == [
        ("zh-Hant", "no_address"),
        ("zh-Hans", ""),
        ("en", "no_consent"),
    ]
    assert len({services.link(row) for row in rows}) == 3
    assert all(selectors.by_token(services.token(row)) == row for row in rows)


def test_without_address_or_consent_the_link_can_be_handed_over(contact, ask) -> None:
    nobody = ask("nobody", language="zh-Hans")
    assert (nobody.delivery.state, nobody.delivery.reason, nobody.language) == ("skipped", "no_address", "zh-Hans")
    contact("ben", consent="unknown")
    assert ask("ben").delivery.reason == "no_consent"
    page = Client().get(services.link(nobody))
    assert page.status_code == 200 and "已经为您解决了吗" in page.content.decode()


def test_the_page_is_small_plain_and_in_her_language(ask, contact) -> None:
    contact("ann", "zh-Hant")
    row = ask()
    client = Client(HTTP_ACCEPT_LANGUAGE="en", enforce_csrf_checks=True)
    answer = client.get(page_of(row))
    html = answer.content.decode()
    assert '<html lang="zh-Hant">' in html and "送貨太遲" in html and answer["Content-Language"] == "zh-hant"
    assert "<script" not in html and "style=" not in html and not answer.cookies
    assert "no-store" in answer["Cache-Control"] and answer["X-Robots-Tag"] == "noindex"
    css = re.search(r'href="(/static/asks/[^"]+)"', html)[1]
    size = len(answer.content)
    for path in (css, "/static/balm/favicon.svg"):
        from django.contrib.staticfiles import finders

        size += Path(finders.find(path.removeprefix("/static/"))).stat().st_size
    assert size < 50_000
    assert "Late delivery" in client.get(page_of(row), {"lang": "en"}).content.decode()


def test_an_answer_is_kept_changed_within_a_day_and_told(ask, contact, client_of) -> None:
    contact("ann")
    row = ask()
    heard: list[tuple[str, str]] = []

    def listen(sender, ask, **_more):
        heard.append((ask.answer, ask.comment))

    answered.connect(listen)
    try:
        client = Client(enforce_csrf_checks=True)
        at = page_of(row)
        for _ in "ab":
            page = client.post(at, {"answer": "partly"}, follow=True).content.decode()
            assert "Partly" in page and "<textarea" in page
        client.post(at, {"comment": "Still slow on\r\nMondays"})
        client.post(at, {"answer": "no"})
        assert "Has it been solved" in client.get(at, {"change": "1"}).content.decode()
    finally:
        answered.disconnect(listen)
    text = "Still slow on\nMondays"
    assert heard == [("partly", ""), ("partly", text), ("no", text)]
    row.refresh_from_db()
    assert (row.answer, row.comment) == ("no", text)
    Ask.objects.update(answered=timezone.now() - dt.timedelta(days=1, seconds=1))
    late = client.post(at, {"answer": "yes"})
    assert late.status_code == 410 and "no longer be changed" in late.content.decode()
    row.refresh_from_db()
    assert row.answer == "no" and client.get(at).status_code == 200
    assert [each.comment for each in selectors.of_customer(row.workspace, "ann")] == [text]


def test_a_receiver_that_fails_undoes_the_answer(ask) -> None:
    row = ask()

    def broken(sender, ask, **_more):
        raise RuntimeError("no")

    answered.connect(broken)
    try:
        with pytest.raises(RuntimeError):
            services.answer(row, "yes")
    finally:
        answered.disconnect(broken)
    row.refresh_from_db()
    assert row.answer == ""


@pytest.mark.parametrize("data", [{}, {"answer": "perhaps"}, {"answer": ["yes"] * 2 + ["x"]}])
def test_what_is_no_answer_is_asked_again(ask, data) -> None:
    row = ask()
    answer = Client().post(page_of(row), data)
    assert answer.status_code == 400 and "choose one" in answer.content.decode()
    row.refresh_from_db()
    assert row.answer == ""


def test_a_comment_alone_is_no_answer(ask) -> None:
    row = ask()
    Client().post(page_of(row), {"comment": "x" * 5000})
    row.refresh_from_db()
    assert (row.answer, row.comment) == ("", "")
    services.answer(row, "yes")
    Client().post(page_of(row), {"comment": "a\0b" + "x" * 5000})
    row.refresh_from_db()
    assert len(row.comment) == services.LONGEST and row.comment.startswith("a bx")


def test_an_old_link_says_so_and_takes_nothing(ask) -> None:
    row = ask()
    Ask.objects.update(expires=timezone.now() - dt.timedelta(seconds=1))
    for answer in (Client().get(page_of(row)), Client().post(page_of(row), {"answer": "yes"})):
        assert answer.status_code == 410 and "expired" in answer.content.decode()
    row.refresh_from_db()
    assert row.answer == ""


def test_a_link_opens_its_own_question_and_no_other(ask, workspace, other_workspace) -> None:
    mine, other = ask("ann"), ask("ben", where=other_workspace)
    html = Client().get(page_of(mine)).content.decode()
    assert "Lamps &amp; Scent" in html and "Other Ltd" not in html and "ben" not in html and "ann" not in html
    Client().post(page_of(mine), {"answer": "yes"})
    other.refresh_from_db()
    assert other.answer == ""
    for token in ("0" * 64, "x", mine.digest, "ä" * 3):
        assert Client().get(f"/ask/{token}/").status_code == 404


def test_guessing_and_clicking_are_bounded(ask, monkeypatch) -> None:
    from balm.web.asks import views

    monkeypatch.setattr(views, "OFTEN", 5)
    row = ask()
    codes = [Client().post(page_of(row), {"answer": "yes"}).status_code for _ in range(7)]
    assert codes == [302] * 5 + [429] * 2
    cache.clear()
    codes = [Client().get(f"/ask/{n}/").status_code for n in range(7)]
    assert codes == [404] * 5 + [429] * 2


def test_the_tally_counts_people_with_wilsons_interval(workspace, other_workspace, ask) -> None:
    said = ["yes"] * 6 + ["partly"] * 2 + ["no"] * 1 + [""] * 3
    for number, answer in enumerate(said):
        row = ask(f"c{number}", ref=7, purpose="check")
        if answer:
            services.answer(row, answer)
    ask("c0", ref=7, purpose="check", where=other_workspace)
    ask("c0", ref=7)
    found = selectors.tally(workspace, "check", 7)
    assert (found.asked, found.answered, found.yes, found.partly, found.no) == (12, 9, 6, 2, 1)
    assert found.share == stats.proportion(6, 9) and found.share.method == "wilson"
    assert selectors.tally(workspace, "check", 8).share.value is None


def test_stopping_the_mail_holds_for_every_key_with_this_address(workspace, member, contact) -> None:
    row = contact("ann")
    keep(workspace, member("analyst"), Entry("ann2", "ANN@example.com", "en", "given"))
    token = sealed.stop_token(row.pk)
    at = f"/ask/stop/{token}/"
    html = Client().get(at).content.decode()
    assert "a•••@example.com" in html and "ann@example.com" not in html
    assert "will not write" in Client().post(at).content.decode()
    assert {each.consent for each in type(row).objects.all()} == {"refused"}
    assert Client().get(f"/ask/stop/{token[:-1]}x/").status_code == 404
