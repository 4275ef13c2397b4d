"""Mail over a real SMTP server: its phases told apart, each message once or visibly a dead letter."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from email.header import decode_header, make_header

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from balm.web.deliveries import claims, pace, services, work
from balm.web.deliveries.models import Attempt, Channel, Contact, Delivery, Office


@pytest.fixture(autouse=True)
def quick(settings) -> None:
    settings.BALM_DELIVERY_PACE = 0.000002  # a day is a sixth of a second
    settings.BASE_URL = "https://balm.example.com"


def mail(workspace, key: str = "k", to: str = "", customer: str = "", **more) -> Delivery:
    said = {"subject": "A title", "text": "Words.\n.\n..dots", "purpose": "reply", **more}
    return services.mail(workspace, key=key, to=to, customer=customer, **said)


def test_a_mail_arrives_as_it_was_written(workspace, contact, mail_server, pump) -> None:
    box = mail_server()
    contact("ann", language="zh-Hant")
    row = mail(workspace, customer="ann", subject="燈\r\nBcc: x@example.com", text="您說，\n.\n我們做")
    pump()
    row.refresh_from_db()
    assert (row.state, row.tries, row.claim) == ("sent", 1, None)
    (got,) = box.messages
    assert str(make_header(decode_header(got["Subject"]))) == "燈 Bcc: x@example.com" and got["Bcc"] is None
    assert got["To"] == "ann@example.com" and got["Message-ID"] == f"<{row.uid}@localhost>"
    assert "Lamps & Scent" in str(make_header(decode_header(got["From"])))
    assert got["Auto-Submitted"] == "auto-generated" and got["Content-Language"] == "zh-Hant"
    body = got.get_payload(decode=True).decode()
    assert body.startswith("您說，\n.\n我們做\n".replace("\n", "\r\n")) or body.startswith("您說，\n.\n我們做\n")
    stop = got["List-Unsubscribe"].strip("<>")
    assert stop.startswith("https://balm.example.com/ask/stop/") and stop in body
    client = Client(enforce_csrf_checks=True)
    path = stop.removeprefix("https://balm.example.com")
    assert client.get(path).status_code == 200 and Contact.objects.get().consent == "given"
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Contact.objects.get().consent == "refused"
    assert mail(workspace, "next", customer="ann").reason == "no_consent"


def test_lines_with_dots_arrive_whole(workspace, mail_server, pump) -> None:
    box = mail_server()
    mail(workspace, to="a@example.com")
    pump()
    assert box.messages[0].get_payload(decode=True).decode().splitlines() == ["Words.", ".", "..dots"]
    assert box.messages[0]["List-Unsubscribe"] is None  # to a colleague


@pytest.mark.parametrize(
    ("place", "said", "state", "reason", "kept"),
    [
        ("RCPT", "550 5.1.1 no such user", "dead", "refused", 0),
        ("DATA", "554 5.7.1 we think it is spam", "dead", "refused", 0),
        ("lost answer", "", "dead", "unsure", 1),
    ],
)
def test_what_is_final_is_a_dead_letter_at_once(
    workspace, mail_server, pump, *, place, said, state, reason, kept
) -> None:
    box = mail_server()
    box.say["a@example.com"] = (place, said)
    row = mail(workspace, to="a@example.com")
    pump()
    row.refresh_from_db()
    assert (row.state, row.reason, row.tries, len(box.messages)) == (state, reason, 1, kept)
    assert said in row.words


@pytest.mark.parametrize(
    ("place", "outcome", "phase", "kept"),
    [
        ("connect", "again", "connect", 0),
        ("MAIL", "again", "MAIL", 0),
        ("RCPT", "again", "RCPT", 0),
        ("in DATA", "again", "DATA", 0),
        ("DATA", "again", "reply", 0),  # it read all of it, and said that it has no room
        ("after DATA", "unsure", "reply", 0),
        ("lost answer", "unsure", "reply", 1),
    ],
)
def test_each_place_where_a_server_fails_is_told_apart(mail_server, *, place, outcome, phase, kept) -> None:
    from balm.web.deliveries.smtp import Session

    box = mail_server()
    box.fault = lambda: place
    asked: list[bool] = []
    message = b"Subject: x\r\n\r\n" + b"y" * 78 * 50_000 + b"\r\n"  # more than the network holds by itself
    message = message if place == "in DATA" else b"Subject: x\r\n\r\nhello"
    with Session() as session:
        found = session.send("a@example.com", "b@example.com", message, lambda: asked.append(True) or True)
    assert (found.outcome, found.phase, len(box.messages)) == (outcome, phase, kept)
    assert bool(asked) == (phase in ("DATA", "reply"))  # nothing is committed as being sent before


def test_what_was_taken_over_is_not_sent(mail_server) -> None:
    from balm.web.deliveries.smtp import Session

    box = mail_server()
    with Session() as session:
        assert session.send("a@example.com", "b@example.com", b"Subject: x\r\n\r\nhello", lambda: False) is None
        again = session.send("a@example.com", "c@example.com", b"Subject: x\r\n\r\nhello", lambda: True)
    assert again.outcome == "sent" and len(box.messages) == 1


def test_a_greylist_is_waited_for(workspace, mail_server, pump) -> None:
    box = mail_server(greylist=0.1)
    row = mail(workspace, to="a@example.com")
    pump()
    row.refresh_from_db()
    assert row.state == "sent" and row.tries > 1 and len(box.messages) == 1
    said = list(Attempt.objects.filter(delivery=row).values_list("outcome", "phase", "words"))
    assert said[0] == ("again", "RCPT", "450 4.2.0 greylisted, come back later")
    assert said[-1][0] == "sent"


def test_no_server_at_all(workspace, settings, pump) -> None:
    settings.EMAIL_URL = ""
    row = mail(workspace, to="a@example.com")
    pump()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("dead", "no_server")
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://127.0.0.1:1", "127.0.0.1", 1
    row = mail(workspace, "other", to="a@example.com")
    pump()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("dead", "gave_up")
    assert row.tries == len(pace.WAITS["mail"]) + 1
    assert "ConnectionRefused" in row.words


@pytest.mark.parametrize("to", ["", "no address", "a@example.com\r\nRCPT TO:<b@example.com>", "<a@b>", "ä@example.com"])
def test_an_address_that_is_none_reaches_nobody(workspace, mail_server, pump, to) -> None:
    box = mail_server()
    row = mail(workspace, to=to)
    pump()
    row.refresh_from_db()
    assert (row.state, row.reason, box.tries) == ("dead", "bad_address", [])


def test_thirty_percent_fail_and_each_mail_is_once_or_visibly_dead(workspace, mail_server, pump, settings) -> None:
    settings.BALM_DELIVERY_PACE = 0.00001  # so that the tries reach beyond the greylist
    box = mail_server(fails=0.3, greylist=0.03, seed=5)
    rows = [mail(workspace, f"k{i}", to=f"u{i}@example.com") for i in range(60)]
    pump(60)
    got = Counter(str(message["Message-ID"]) for message in box.messages)
    assert max(got.values()) == 1
    states = Counter()
    for row in rows:
        row.refresh_from_db()
        here = got[f"<{row.uid}@localhost>"]
        states[row.state, row.reason] += 1
        assert (row.state, row.reason, here) in {("sent", "", 1), ("dead", "unsure", here), ("dead", "gave_up", 0)}
    assert states["sent", ""] > 30 and states["dead", "unsure"] > 0
    phases = set(Attempt.objects.filter(outcome="again").values_list("phase", flat=True))
    assert phases >= {"MAIL", "RCPT", "reply"}  # it did fail, and not at one place only


def test_quiet_hours_and_refusals_count_at_the_moment_of_sending(workspace, contact, mail_server, pump) -> None:
    box = mail_server()
    contact("ann")
    contact("ben")
    ann, ben = mail(workspace, "a", customer="ann"), mail(workspace, "b", customer="ben")
    contact("ben", consent="refused")
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    Office.objects.create(workspace=workspace, zone="UTC", quiet_from=(now - hour).time(), quiet_to=(now + hour).time())
    pump()
    ann.refresh_from_db(), ben.refresh_from_db()
    assert (ann.state, ben.state, ben.reason) == ("held", "skipped", "no_consent")
    assert abs(ann.not_before - now - hour) < dt.timedelta(minutes=1) and box.messages == []
    Office.objects.update(quiet_from=None, quiet_to=None)
    work.mail(timezone.now() + hour + dt.timedelta(seconds=60))
    ann.refresh_from_db()
    assert ann.state == "sent" and len(box.messages) == 1


def test_who_left_hears_nothing_and_others_hear_of_dead_letters(workspace, member, mail_server, pump) -> None:
    box = mail_server()
    boss, gone = member("manager"), member("analyst")
    channel = Channel.objects.create(workspace=workspace, kind="mail", name="Us", events=["delivery.dead"])
    channel.members.add(boss)
    row = services.tell_user(workspace, gone, key="a", subject="S", text="T", event="case.overdue")
    gone.memberships.all().delete()
    box.say["b@example.com"] = ("RCPT", "550 no")
    mail(workspace, "b", to="b@example.com", subject="The lost one")
    pump()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("skipped", "not_member")
    (got,) = box.messages
    assert got["To"] == boss.email and "The lost one" in got.get_payload(decode=True).decode()


def test_alarms_go_before_mail_to_customers(workspace, contact, mail_server, member) -> None:
    box = mail_server()
    for number in range(30):
        contact(f"c{number}")
    about = {"en": "x"}
    services.tell_customers(workspace, "plan:1", [f"c{n}" for n in range(30)], subject=about, text=about)
    services.tell_user(workspace, member("manager"), key="a", subject="S", text="T", event="case.overdue")
    assert work.mail(timezone.now()) == 31
    assert box.messages[0]["To"] == member("manager").email


def test_what_a_worker_left_in_the_middle_is_unsure_and_never_sent_by_itself(workspace, mail_server, settings) -> None:
    box = mail_server()
    row = mail(workspace, to="a@example.com")
    now = timezone.now()
    (taken,) = claims.take(("mail",), 5, now)
    assert claims.begin(taken)
    later = now + dt.timedelta(seconds=settings.BALM_DELIVERY_LEASE + 5)
    assert work.mail(now + dt.timedelta(seconds=5)) == 0
    assert work.mail(later) == 1
    row.refresh_from_db()
    assert (row.state, row.reason, box.messages) == ("dead", "unsure", [])
    assert work.mail(later) == 0
    from balm.web.deliveries.result import sent

    assert claims.settle(taken, sent("reply", "250 kept"), now)  # it was only slow: now we know better
    row.refresh_from_db()
    assert (row.state, row.reason) == ("sent", "")
    assert not claims.settle(taken, sent("reply"), now)


def test_a_claim_without_a_byte_sent_is_taken_over(workspace, mail_server, settings) -> None:
    box = mail_server()
    row = mail(workspace, to="a@example.com")
    now = timezone.now()
    (slow,) = claims.take(("mail",), 5, now)
    assert claims.take(("mail",), 5, now + dt.timedelta(seconds=5)) == []
    work.mail(now + dt.timedelta(seconds=settings.BALM_DELIVERY_LEASE + 5))
    row.refresh_from_db()
    assert row.state == "sent" and len(box.messages) == 1
    assert not claims.begin(slow)


def test_a_clock_that_was_set_back_keeps_nothing_waiting(workspace, mail_server) -> None:
    box = mail_server()
    row = mail(workspace, to="a@example.com")
    hour = dt.timedelta(hours=1)
    now = timezone.now()
    Delivery.objects.filter(pk=row.pk).update(not_before=now + hour, timed=now + hour - dt.timedelta(minutes=1))
    assert work.mail(now) == 1 and len(box.messages) == 1


def test_a_fault_of_ours_keeps_no_other_mail_waiting(workspace, mail_server, pump, monkeypatch, caplog) -> None:
    from balm.web.deliveries import letters

    box, real = mail_server(), letters.letter

    def broken(row, *more):
        if row.key == "bad":
            raise RuntimeError("a fault")
        return real(row, *more)

    monkeypatch.setattr(letters, "letter", broken)
    bad, good = mail(workspace, "bad", to="a@example.com"), mail(workspace, "good", to="b@example.com")
    pump()
    bad.refresh_from_db(), good.refresh_from_db()
    assert (bad.state, bad.reason, good.state, len(box.messages)) == ("dead", "gave_up", "sent", 1)
    assert "a fault" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_several_workers_send_each_mail_once(workspace, mail_server) -> None:
    box = mail_server(fails=0.2, seed=3)
    rows = [mail(workspace, f"k{i}", to=f"u{i}@example.com") for i in range(60)]
    wrong: list[BaseException] = []

    def tick() -> None:
        try:
            while Delivery.objects.filter(state__in=("waiting", "sending")).exists():
                work.mail(timezone.now())
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    got = Counter(str(message["Message-ID"]) for message in box.messages)
    assert set(got.values()) == {1}
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.reason) in {("sent", ""), ("dead", "unsure")}
        assert row.state == "dead" or got[f"<{row.uid}@localhost>"] == 1
        assert row.attempts.count() == row.tries
