"""Asking for messages: once, to whom, in which language, and what is not sent and why."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from balm.web.deliveries import contact_services, hours, sealed, services
from balm.web.deliveries.contact_services import Entry
from balm.web.deliveries.models import Channel, Contact, Delivery, Office, Told
from balm.web.people.models import AuditEntry

SAID = {"zh-Hans": "已修好", "zh-Hant": "已修好了", "en": "It is mended"}
TITLE = {"zh-Hans": "好消息", "zh-Hant": "好消息呀", "en": "Good news"}


@pytest.fixture
def contact(workspace, member):
    def make(customer: str, email: str = "", consent: str = "given", language: str = "", where=None) -> Contact:
        entry = Entry(customer, email or f"{customer}@example.com", language, consent, "test")
        return contact_services.keep(where or workspace, member("analyst", where), entry)

    return make


def tell(workspace, *customers, about="theme:delivery.late", **more):
    return services.tell_customers(workspace, about, customers, subject=TITLE, text=SAID, **more)


def text_of(row: Delivery) -> str:
    return sealed.open_json(row.workspace, row.content)["text"]


def test_asked_twice_is_one_row(workspace, contact) -> None:
    contact("ann")
    rows = {services.mail(workspace, key="k", customer="ann", subject="S", text="T", purpose="told").pk for _ in "ab"}
    assert len(rows) == 1
    long = "k" * 300
    rows = {services.mail(workspace, key=long, to="a@example.com", subject="S", text="T", purpose="x").pk for _ in "ab"}
    assert len(rows) == 1
    other = services.mail(workspace, key=long + "!", to="a@example.com", subject="S", text="T", purpose="x")
    assert other.pk not in rows


def test_who_cannot_be_written_to_is_a_row_with_the_reason(workspace, contact) -> None:
    contact("ann", consent="unknown")
    contact("ben", consent="refused")
    found = {}
    for who in ("ann", "ben", "nobody"):
        for purpose in ("told", "reply"):
            row = services.mail(workspace, key=f"{who}{purpose}", customer=who, subject="S", text="T", purpose=purpose)
            found[who, purpose] = (row.state, row.reason)
    assert found == {
        ("ann", "told"): ("skipped", "no_consent"),
        ("ann", "reply"): ("waiting", ""),  # she asked; an answer needs no more consent than that
        ("ben", "told"): ("skipped", "no_consent"),
        ("ben", "reply"): ("skipped", "no_consent"),
        ("nobody", "told"): ("skipped", "no_address"),
        ("nobody", "reply"): ("skipped", "no_address"),
    }


def test_one_message_a_person_however_many_keys_and_pains(workspace, contact, member) -> None:
    from balm.web.customers.services import merge

    contact("ann", language="zh-Hant")
    contact("ben", email="Same@example.com")
    contact("ben2", email="same@example.com")  # another key, the same address
    contact("cat", consent="unknown")
    merge(workspace, member("analyst"), "ann", ["ann-app", "ann-web"])
    done = tell(workspace, "ann", "ann-app", "ann-web", "ben", "ben2", "cat", "dan")
    assert (done.people, done.queued) == (5, 2)
    assert done.skipped == {"already_told": 1, "no_address": 1, "no_consent": 1}
    ann = Delivery.objects.get(workspace=workspace, customer="ann")
    assert (ann.subject, text_of(ann), ann.language) == ("好消息呀", "已修好了", "zh-Hant")
    assert Told.objects.filter(workspace=workspace).count() == 2
    again = tell(workspace, "ann-app", "ben", campaign="second")
    assert (again.queued, again.skipped) == (0, {"already_told": 2})
    assert tell(workspace, "ann", about="theme:billing.wrong").queued == 1
    detail = AuditEntry.objects.filter(action="delivery.tell").order_by("pk")[0].detail
    assert detail["queued"] == 2 and detail["people"] == 5


def test_who_agreed_later_is_reached_by_doing_it_again(workspace, contact) -> None:
    contact("cat", consent="unknown")
    assert tell(workspace, "cat", "dan").skipped == {"no_address": 1, "no_consent": 1}
    contact("cat", consent="given")
    contact("dan")
    assert tell(workspace, "cat", "dan").queued == 2
    assert tell(workspace, "cat", "dan").skipped == {"already_told": 2}
    assert Delivery.objects.filter(workspace=workspace).count() == 2


def test_a_refusal_by_one_key_is_the_persons(workspace, contact, member) -> None:
    from balm.web.customers.services import merge

    contact("ann", consent="given")
    contact("ann-app", email="other@example.com", consent="refused")
    merge(workspace, member("analyst"), "ann", ["ann-app"])
    assert tell(workspace, "ann").skipped == {"no_consent": 1}


def test_contacts_of_another_workspace_are_not_used(workspace, other_workspace, contact) -> None:
    contact("ann", where=other_workspace)
    assert tell(workspace, "ann").skipped == {"no_address": 1}
    assert tell(other_workspace, "ann").queued == 1


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        ("21:00", "08:00", "2026-11-22 13:30", "2026-11-23 00:00"),  # 21:30 in Shanghai
        ("21:00", "08:00", "2026-11-22 23:59", "2026-11-23 00:00"),  # 07:59
        ("21:00", "08:00", "2026-11-22 00:00", None),  # 08:00
        ("12:00", "14:00", "2026-11-22 05:00", "2026-11-22 06:00"),
        ("12:00", "14:00", "2026-11-22 06:00", None),
        ("12:00", "12:00", "2026-11-22 04:00", None),
    ],
)
def test_quiet_hours_go_by_the_clock_of_the_zone(start, end, now, until) -> None:
    office = Office(quiet_from=dt.time.fromisoformat(start), quiet_to=dt.time.fromisoformat(end), zone="Asia/Shanghai")
    found = hours.quiet_until(office, dt.datetime.fromisoformat(now + "+00:00"))
    assert found == (dt.datetime.fromisoformat(until + "+00:00") if until else None)


def test_quiet_hours_hold_customers_and_no_member(workspace, contact, member) -> None:
    local = timezone.now()
    Office.objects.create(
        workspace=workspace,
        zone="UTC",
        quiet_from=(local - dt.timedelta(hours=1)).time(),
        quiet_to=(local + dt.timedelta(hours=1)).time(),
    )
    contact("ann")
    row = services.mail(workspace, key="a", customer="ann", subject="S", text="T", purpose="reply")
    assert row.state == "held"
    assert abs(row.not_before - local - dt.timedelta(hours=1)) < dt.timedelta(minutes=1)
    alarm = services.tell_user(workspace, member("manager"), key="b", subject="S", text="T", event="case.overdue")
    assert alarm.state == "waiting" and alarm.rank < row.rank


def test_channels_hear_what_they_listen_to(workspace, other_workspace, member) -> None:
    def channel(where, kind="slack", **more):
        return Channel.objects.create(workspace=where, kind=kind, name=kind, **{"events": ["case.overdue"], **more})

    chat = channel(workspace)
    channel(workspace, events=["plan.landed"])
    channel(workspace, active=False)
    channel(other_workspace)
    post = channel(workspace, kind="mail")
    boss, stranger = member("manager"), member("owner", other_workspace)
    post.members.add(boss, stranger)
    for _ in "ab":
        rows = services.notify(workspace, "case.overdue", TITLE, SAID, {"case": 3}, "case.overdue:3")
    assert {(row.channel_id, row.user_id) for row in rows} == {(chat.pk, None), (post.pk, boss.pk)}
    assert Delivery.objects.count() == 2


def test_texts_and_addresses_are_sealed(workspace, contact) -> None:
    row = contact("ann", email="ann.secret@example.com")
    mail = services.mail(workspace, key="k", customer="ann", subject="S", text="the words", purpose="reply")
    for kept in (row.address, mail.content):
        assert b"secret" not in bytes(kept) and b"words" not in bytes(kept)
    assert row.shown == mail.shown == "a•••@example.com"
    assert sealed.open_text(workspace, row.address) == "ann.secret@example.com"
    row.workspace.pk += 1
    with pytest.raises(sealed.Unreadable):
        sealed.open_text(row.workspace, row.address)
