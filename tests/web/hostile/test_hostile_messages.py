"""Messages and the pages that customers open, against those who forge mail, guess links, or reach inside."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import time

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from balm.web.asks import services as asks
from balm.web.asks import views
from balm.web.asks.models import Ask
from balm.web.deliveries import contact_files, contact_services, letters, post, sealed, services
from balm.web.deliveries.contact_services import BadContact, Entry
from balm.web.deliveries.models import Contact, ContactFile, Delivery

pytestmark = pytest.mark.django_db

NASTY = "a\r\nBcc: thief@evil.example\r\n\r\nhi\u2028X: y\0\x0b\x85\u202e<script>{{ 7*7 }}%s{0.__class__}"


@pytest.fixture(autouse=True)
def counts_begin_anew() -> None:
    cache.clear()


# mail


@pytest.mark.parametrize("where", ["subject", "sender", "text", "reply"])
def test_no_text_begins_a_header(workspace, where: str) -> None:
    contact_services.keep(workspace, None, Entry("ann", "ann@example.com", "en", "given"))
    said = NASTY if where == "subject" else "Hello"
    row = services.mail(
        workspace, key="k", customer="ann", subject=said, purpose="ask", text=NASTY if where == "text" else "Hi"
    )
    row.refresh_from_db()
    office = services.set_office(workspace, None, sender=NASTY.replace("\0", "") if where == "sender" else "We")
    if where == "reply":
        office.reply_to = NASTY.replace("\0", "")
        office.save()
    text = str(sealed.open_json(workspace, row.content)["text"])
    made = email.message_from_bytes(letters.letter(row, "ann@example.com", text, 1), policy=email.policy.SMTP)
    assert made["Bcc"] is None and made["X"] is None and made["To"] == "ann@example.com"
    assert len(made.get_all("Subject")) == len(made.get_all("From")) == 1
    assert "\0" not in row.subject + text


@pytest.mark.parametrize(
    "address",
    [
        "", "x", "a@b", "a@example.com\r\nBcc: c@evil.example", "a@example.com, b@evil.example", "<a@example.com>",
        "a b@example.com", "a@example.com\0", "Ann <a@example.com>", "a@exa\u202emple.com", "a@[127.0.0.1]>x",
        "@example.com", "a" * 300 + "@example.com", "a@" + "x" * 300 + ".com", "é@example.com", "a@-x.com", "a@.",
    ],
)  # fmt: skip
def test_what_is_no_single_address(workspace, address: str) -> None:
    with pytest.raises(BadContact):
        contact_services.keep(workspace, None, Entry("ann", address))
    assert not Contact.objects.exists()


def test_one_key_is_one_message_and_a_stranger_has_none_of_it(workspace, other_workspace, client_of) -> None:
    keys = ["k", "k", "k" * 500, "k" * 500, "k\0", "k "]
    rows = [services.mail(workspace, key=key, to="a@example.com", subject="s", text="t", purpose="x") for key in keys]
    assert len({row.pk for row in rows}) == 3
    stranger = client_of("owner", other_workspace)
    for slug in ("lamps", "other"):
        assert stranger.get(f"/w/{slug}/deliveries/of/{rows[0].pk}/").status_code == 404
    assert client_of("front_line").get("/w/lamps/deliveries/").status_code == 403


# programs outside


@pytest.mark.parametrize(
    "address",
    [
        "https://[::127.0.0.1]/", "https://[fec0::1]/", "https://[::ffff:169.254.169.254]/", "https://[2002:7f00:1::]/",
        "https://[64:ff9b::7f00:1]/", "https://[fd00:ec2::254]/", "https://[::ffff:7f00:1]:8443/", "https://0177.0.0.1/",
        "https://127.1/", "https://0x7f000001/", "https://localhost:5432/",
        "https://example.com@127.0.0.1/", "https://127.0.0.1#@example.com/", "https://127.0.0.1\\@example.com/",
        "unix:///var/run/docker.sock", "gopher://127.0.0.1/", "https:///etc/passwd", "https://", "//127.0.0.1/",
        "https://example.com/\r\nHost: x", "https://example.com:0x50/", "https://①②⑦.0.0.1/", "https://100.64.0.1/",
    ],
)  # fmt: skip
def test_no_address_leads_inside(settings, address: str) -> None:
    settings.BALM_WEBHOOK_PRIVATE = False
    begun: list[int] = []
    with pytest.raises(post.NotAllowed):
        post.send(post.Request(address, b"{}", {}), lambda: bool(begun.append(1)))
    assert not begun


def test_a_member_of_a_number_no_database_holds(workspace, client_of) -> None:
    asked = {"name": "m", "events": "verdict.given", "language": "en"}
    for number in ("9" * 25, "-1", "x", "²", "\0", str(2**63)):
        assert (
            client_of("owner").post("/w/lamps/deliveries/channels/new/mail/", asked | {"members": number}).status_code
            == 400
        )


# contacts


def upload(client, data: bytes):
    return client.post("/w/lamps/deliveries/contacts/files/", {"file": SimpleUploadedFile("a.csv", data)})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\n".join([b",".join(b"c%d" % n for n in range(90_000))] * 4), "200 columns"),
        (b"," * 4_000_000 + b"\na,b\n", "break off"),
        (b'customer,email\n"' + b"x" * 300_000 + b"\n", "break off"),
        (b"customer,email\na\0,b@example.com\n", "cannot be read"),
        (b"\x1f\x8b" + bytes(range(256)) * 9, "file"),
    ],
    ids=["columns", "commas", "quote", "nul", "gzip"],
)
def test_a_file_of_contacts_that_is_a_bomb(client_of, data: bytes, said: str) -> None:
    began = time.perf_counter()
    answer = upload(client_of("analyst"), data)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert len(answer.content) < 100_000 and time.perf_counter() - began < 5
    assert not ContactFile.objects.exists()


def test_hostile_cells_of_contacts_are_shown_and_nothing_else(workspace, client_of) -> None:
    rows = "customer,email\n=cmd(),one@example.com\n<script>x</script>,two@example.com\n{{ 7*7 }},<script>y</script>\n"
    rows += "wide,three@example.com" + ",z" * 5000 + "\n"
    client = client_of("analyst")
    to = upload(client, rows.encode())["Location"]
    for twice in range(2):  # a stale page sent again changes nothing
        answer = client.post(to, {"customer": "0", "email": "1", "language": "", "consent": ""})
        assert answer.status_code in (200, 302, 405), twice
    assert Contact.objects.count() == 3
    for page in (to, "/w/lamps/deliveries/contacts/", "/w/lamps/deliveries/contacts/?q=%3Cscript%3E"):
        shown = client.get(page).content.decode()
        assert "<script>x" not in shown and "<script>y" not in shown and len(shown) < 200_000
    assert contact_files.parsed(rows.encode()).rows[0][1][0] == "=cmd()"


# the customer's page


@pytest.fixture
def asked(workspace) -> Ask:
    about = dict.fromkeys(("zh-Hans", "zh-Hant", "en"), "<script>x</script>{{ 7*7 }}\u202e")
    return asks.ask(workspace, "ann", "check", 1, about=about)


def test_no_token_but_the_whole_one_opens_it(asked) -> None:
    token = asks.token(asked)
    wrong = [token[:-1], token + "0", token.upper(), token[::-1], "0" * 64, asked.digest, str(asked.pk), str(asked.uid)]
    wrong += ["%00", "%ff%fe", "%ED%A0%80", "..%2f..", "' OR 1=1 --", "{{7*7}}", "x" * 3000]
    for one in wrong:
        answer = Client().get(f"/ask/{one}/")
        assert answer.status_code == 404, one
        assert "Lamps" not in answer.content.decode()
    assert Client().get(f"/ask/{token}/").status_code == 200


def test_who_guesses_is_stopped_and_nobody_else(asked, monkeypatch) -> None:
    """Behind a proxy all may come from one address: a link that works keeps working."""
    monkeypatch.setattr(views, "OFTEN", 3)
    codes = [Client().get(f"/ask/{n}/").status_code for n in range(5)]
    assert codes == [404, 404, 404, 429, 429]
    assert Client().post(f"/ask/{asks.token(asked)}/", {"answer": "yes"}).status_code == 302
    asked.refresh_from_db()
    assert asked.answer == "yes"


def test_the_page_runs_nothing_and_keeps_nothing(asked) -> None:
    at = f"/ask/{asks.token(asked)}/"
    client = Client()
    for query in ("", "?lang=%3Cscript%3E", "?lang=zh-Hans&lang=x", "?change=%00", "?done=1"):
        answer = client.get(at + query)
        page = answer.content.decode()
        assert answer.status_code == 200 and "<script>" not in page and "{{ 7*7 }}" in page
        assert (
            not answer.cookies
            and "noindex" in answer["X-Robots-Tag"]
            and "script-src" in answer["Content-Security-Policy"]
        )
    assert Ask.objects.get().answer == ""  # whoever looks, as mail scanners do, answers nothing


def test_what_no_form_sends_is_no_answer(asked) -> None:
    at = f"/ask/{asks.token(asked)}/"
    kind = "application/x-www-form-urlencoded"
    bodies = {
        b"answer=YES": kind, b"answer=%00yes": kind, b"answer=yes%0d%0a": kind, b"\xff\xfe=\xff": kind,
        b"": "text/plain",
        b'{"answer":"yes"}': "application/json", b"--x\r\nbroken": "multipart/form-data; boundary=x",
        b"x": "multipart/form-data", b"&".join(b"a%d=1" % n for n in range(5000)): kind,
    }  # fmt: skip
    for body, content_type in bodies.items():
        assert Client().generic("POST", at, body, content_type).status_code == 400, body[:20]
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert Client().generic(method, at).status_code == 405
    assert Ask.objects.get().answer == ""


def test_nothing_is_taken_after_its_time(asked) -> None:
    at = f"/ask/{asks.token(asked)}/"
    assert Client().post(at, {"answer": "no"}).status_code == 302
    Client().post(at, {"comment": "<script>x</script>\0" + "y" * 9000})
    long_ago = timezone.now() - asks.CHANGE - dt.timedelta(seconds=1)
    Ask.objects.update(answered=long_ago)
    for data in ({"answer": "yes"}, {"comment": "changed"}):
        assert Client().post(at, data).status_code == 410
    asked.refresh_from_db()
    assert asked.answer == "no" and asked.comment.startswith("<script>x</script> y") and len(asked.comment) == 2000
    assert "<script>x" not in Client().get(at).content.decode()


def test_the_link_that_stops_mail_is_signed(workspace) -> None:
    row = contact_services.keep(workspace, None, Entry("ann", "ann@example.com", "en", "given"))
    good = sealed.stop_token(row.pk)
    for token in (
        str(row.pk),
        f"{row.pk}:x",
        good[:-1],
        good + "x",
        f"{row.pk + 1}{good[len(str(row.pk)) :]}",
        "%00",
        ":",
    ):
        assert Client().post(f"/ask/stop/{token}/").status_code == 404, token
    assert Client().get(f"/ask/stop/{good}/").status_code == 200
    row.refresh_from_db()
    assert row.consent == "given"
    assert [Client().post(f"/ask/stop/{good}/").status_code for _ in range(2)] == [200, 200]
    row.refresh_from_db()
    assert row.consent == "refused"


def test_what_was_not_published_is_not_there(workspace, other_workspace) -> None:
    from balm.web.reports.models import SaidPage

    for slug in ("lamps", "other", "nope", "x" * 300, "LAMPS"):
        assert Client().get(f"/said/{slug}/").status_code == 404
    SaidPage.objects.create(workspace=workspace, open=True, firm="<script>x</script>{{ 7*7 }}")
    page = Client().get("/said/lamps/")
    assert page.status_code == 200 and "<script>x" not in page.content.decode()
    assert Client().get("/said/other/").status_code == 404 and Client().post("/said/lamps/").status_code in (403, 405)
    assert not Delivery.objects.exists()
