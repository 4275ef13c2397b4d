"""Pages of messages, channels and contacts, as members and strangers see them."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from balm.web.deliveries import channel_services, sealed, services
from balm.web.deliveries.channel_services import Wish
from balm.web.deliveries.contact_services import Entry, keep
from balm.web.deliveries.models import Channel, Contact, ContactFile, Delivery
from balm.web.people.models import AuditEntry

HOOK = "https://hooks.slack.com/services/T000/B000/secretpart"
HERE = "/w/lamps/deliveries/"


def html(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def letter(workspace, member):
    keep(workspace, member("analyst"), Entry("ann", "ann@example.com", "en", "given"))
    row = services.mail(workspace, key="k", customer="ann", subject="Your lamp", text="It shines.", purpose="told")
    Delivery.objects.filter(pk=row.pk).update(state="dead", reason="refused", words="550 no such user", tries=1)
    return row


def test_the_list_is_empty_and_says_what_to_do(workspace, client_of) -> None:
    assert "Nothing was sent yet" in html(client_of("analyst").get(HERE))
    assert client_of("viewer").get(HERE).status_code == 403


def test_a_dead_letter_is_seen_sent_again_and_put_aside(letter, client_of, other_workspace) -> None:
    boss = client_of("manager")
    page = html(boss.get(HERE, {"state": "dead", "kind": "mail"}))
    assert "550 no such user" in page and "a•••@example.com" in page and "ann@example.com" not in page
    assert "Your lamp" not in html(boss.get(HERE, {"state": "sent"}))
    one = html(boss.get(f"{HERE}of/{letter.pk}/"))
    assert "It shines." in one and "Send again" in one
    assert "Send again" not in html(client_of("analyst").get(f"{HERE}of/{letter.pk}/"))
    stranger = client_of("owner", other_workspace)
    assert stranger.get(f"/w/other/deliveries/of/{letter.pk}/").status_code == 404
    assert "It is sent again" in html(boss.post(f"{HERE}of/{letter.pk}/resend/", follow=True))
    letter.refresh_from_db()
    assert (letter.state, letter.reason, letter.tries) == ("waiting", "", 0)
    assert "not a dead letter" in html(boss.post(f"{HERE}of/{letter.pk}/resend/", follow=True))
    Delivery.objects.filter(pk=letter.pk).update(state="dead", reason="unsure")
    assert "may have arrived" in html(boss.get(f"{HERE}of/{letter.pk}/"))
    boss.post(f"{HERE}of/{letter.pk}/dismiss/")
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == ("skipped", "dismissed")
    assert set(AuditEntry.objects.filter(action__startswith="delivery.").values_list("action", flat=True)) == {
        "delivery.resend",
        "delivery.dismiss",
    }


def test_sent_again_only_with_consent(letter, client_of, member) -> None:
    keep(letter.workspace, member("analyst"), Entry("ann", "ann@example.com", "en", "refused"))
    page = html(client_of("manager").post(f"{HERE}of/{letter.pk}/resend/", follow=True))
    assert "has not agreed" in page
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == ("skipped", "no_consent")


def test_a_webhook_gets_a_secret_that_is_shown_once(workspace, client_of) -> None:
    boss = client_of("owner")
    data = {"name": "CRM", "address": "https://crm.example.com/in", "language": "en", "events": ["case.opened"]}
    page = html(boss.post(f"{HERE}channels/new/webhook/", data))
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page)[0]
    row = Channel.objects.get(workspace=workspace)
    assert sealed.open_text(workspace, row.secret) == secret
    assert secret not in html(boss.get(f"{HERE}channels/of/{row.pk}/"))
    fresh = re.search(r"whsec_[A-Za-z0-9+/=]+", html(boss.post(f"{HERE}channels/of/{row.pk}/rotate/")))[0]
    row.refresh_from_db()
    assert fresh != secret and sealed.open_text(workspace, row.old_secret) == secret
    page = html(boss.get(f"{HERE}channels/"))
    assert "CRM" in page and "A case was opened" in page and "crm.example.com" in page


@pytest.mark.parametrize(
    ("kind", "address", "secret", "said"),
    [
        ("webhook", "http://example.com/x", "", "must start with https"),
        ("webhook", "https://127.0.0.1/x", "", "own network"),
        ("webhook", "https://[::ffff:169.254.169.254]/x", "", "own network"),
        ("webhook", "https://user:pass@example.com/", "", "password"),
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "", "key="),
        ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=1", "", "required"),
        ("dingtalk", "https://oapi.dingtalk.com/robot/send", "SEC1", "access_token"),
        ("feishu", "https://open.feishu.cn/open-apis", "", "/hook/"),
        ("slack", "https://slack.com/x", "", "/services/"),
    ],
)
def test_addresses_that_cannot_be_right_are_refused(workspace, client_of, *, kind, address, secret, said) -> None:
    data = {"name": "C", "address": address, "secret": secret, "language": "en", "events": ["case.opened"]}
    answer = client_of("owner").post(f"{HERE}channels/new/{kind}/", data)
    assert answer.status_code == 400 and said in html(answer)
    assert not Channel.objects.exists()


def test_a_channel_is_changed_switched_tried_and_removed(workspace, member, client_of) -> None:
    boss = client_of("manager")
    row, _none = channel_services.add(workspace, member("manager"), "slack", Wish("Chat", ["case.opened"], "en", HOOK))
    at = f"{HERE}channels/of/{row.pk}/"
    assert "secretpart" not in html(boss.get(at))
    boss.post(at, {"name": "Alarms", "address": "", "language": "zh-Hans", "events": ["case.overdue", "plan.landed"]})
    row.refresh_from_db()
    assert (row.name, row.events, row.language) == ("Alarms", ["case.overdue", "plan.landed"], "zh-Hans")
    assert sealed.open_text(workspace, row.address) == HOOK
    assert "on its way" in html(boss.post(f"{at}test/", follow=True))
    assert Delivery.objects.get().purpose == "balm.test"
    boss.post(f"{at}switch/", {"on": "0"})
    assert "switched off by hand" in html(boss.get(at))
    assert services.notify(workspace, "case.overdue", "S", "T", {}, "k") == []
    boss.post(f"{at}remove/")
    assert not Channel.objects.exists() and Delivery.objects.count() == 1
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"channel.add", "channel.change", "channel.test", "channel.switch", "channel.remove"} <= actions


def test_members_by_mail_are_of_this_workspace(workspace, other_workspace, member, client_of) -> None:
    stranger = member("owner", other_workspace)
    data = {"name": "Us", "language": "en", "events": ["case.overdue"], "members": [member("manager").pk, stranger.pk]}
    assert client_of("owner").post(f"{HERE}channels/new/mail/", data).status_code == 400
    data["members"] = [member("manager").pk]
    assert client_of("owner").post(f"{HERE}channels/new/mail/", data).status_code == 302
    assert list(Channel.objects.get().members.all()) == [member("manager")]


CSV = (
    "客户号,邮箱,语言,是否同意\n"
    "c-1,One@Example.com,zh-CN,是\n"
    "c-2,two@例子.公司,繁體中文,no\n"
    "c-3,not an address,en,yes\n"
    ",four@example.com,en,yes\n"
    "c-1,again@example.com,en,yes\n"
    "c-5,five@example.com,klingon,yes\n"
    "c-6,six@example.com,,perhaps\n"
    "c-7,seven@example.com,,\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_of_contacts_is_read_and_bad_rows_are_kept(workspace, client_of, encoding) -> None:
    client = client_of("analyst")
    sent = SimpleUploadedFile("客户.csv", CSV.encode(encoding))
    to = client.post(f"{HERE}contacts/files/", {"file": sent})["Location"]
    page = html(client.get(to))
    assert 'value="0" selected>客户号' in page and 'value="3" selected>是否同意' in page
    assert not Contact.objects.exists()
    client.post(to, {"customer": "0", "email": "1", "language": "2", "consent": "3"})
    found = {row.customer: row for row in Contact.objects.filter(workspace=workspace)}
    assert {key: (row.language, row.consent) for key, row in found.items()} == {
        "c-1": ("zh-Hans", "given"),
        "c-2": ("zh-Hant", "refused"),
        "c-7": ("", "unknown"),
    }
    assert sealed.open_text(workspace, found["c-2"].address) == "two@xn--fsqu00a.xn--55qx5d"
    page = html(client.get(to))
    for reason in ("key is missing", "not an e-mail", "further up", "three languages", "neither yes nor no"):
        assert reason in page
    assert "not an address" in page and "perhaps" in page
    assert bytes(ContactFile.objects.get().content or b"") == b""
    again = client.post(f"{HERE}contacts/files/", {"file": SimpleUploadedFile("b.csv", CSV.encode(encoding))})
    client.post(again["Location"], {"customer": "0", "email": "1", "language": "2", "consent": "3"})
    assert (ContactFile.objects.first().same, ContactFile.objects.first().added) == (3, 0)


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"PK\x03\x04rubbish", 422, "workbook"),
        (b"customer,email\n", 422, "no rows"),
        (b"", 400, "Choose a file"),
        (b"a,b\n" + b"x,y\n" * 1_300_000, 413, "5 MB"),
        (b"a,b\n" + b"x,y\n" * 50_001, 422, "50,000 rows"),
    ],
    ids=["workbook", "empty", "none", "large", "rows"],
)
def test_files_that_cannot_be_read_say_so(workspace, client_of, data, status, said) -> None:
    sent = {"file": SimpleUploadedFile("a.csv", data)} if data else {}
    answer = client_of("analyst").post(f"{HERE}contacts/files/", sent)
    assert answer.status_code == status and said in html(answer)


def test_the_form_of_a_file_is_guarded_like_any_other(workspace, member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("analyst"), backend="django.contrib.auth.backends.ModelBackend")
    sent = {"file": SimpleUploadedFile("a.csv", CSV.encode())}
    assert client.post(f"{HERE}contacts/files/", sent).status_code == 403
    assert not ContactFile.objects.exists()


def test_addresses_are_masked_and_looking_is_written_down(workspace, client_of, member) -> None:
    row = keep(workspace, member("analyst"), Entry("ann", "ann.long@example.com", "en", "given"))
    for role in ("front_line", "analyst"):
        page = html(client_of(role).get(f"{HERE}contacts/"))
        assert "a•••@example.com" in page and "ann.long" not in page
    assert client_of("front_line").get(f"{HERE}contacts/of/{row.pk}/").status_code == 403
    at = f"{HERE}contacts/of/{row.pk}/"
    assert "ann.long" not in html(client_of("analyst").get(at))
    assert "ann.long@example.com" in html(client_of("analyst").post(f"{at}address/"))
    assert AuditEntry.objects.filter(action="contact.reveal", target="ann").count() == 1
    assert "ann" in html(client_of("analyst").get(f"{HERE}contacts/", {"q": "Ann.Long@example.com"}))
    assert "No contact fits" in html(client_of("analyst").get(f"{HERE}contacts/", {"q": "ann.l@example.com"}))


def test_a_contact_is_changed_by_hand(workspace, client_of, member, other_workspace) -> None:
    row = keep(workspace, member("analyst"), Entry("ann", "ann@example.com", "en", "given"))
    at = f"{HERE}contacts/of/{row.pk}/"
    client = client_of("analyst")
    assert "not an e-mail" in html(client.post(at, {"email": "a b@c", "consent": "given"}))
    client.post(at, {"email": "new@example.com", "consent": "refused", "language": "zh-Hant", "source": "by phone"})
    row.refresh_from_db()
    assert (row.consent, row.consent_source, row.language) == ("refused", "by phone", "zh-Hant")
    assert sealed.open_text(workspace, row.address) == "new@example.com"
    stranger = client_of("owner", other_workspace)
    assert stranger.get(f"/w/other/deliveries/contacts/of/{row.pk}/").status_code == 404
    client.post(f"{at}remove/")
    assert not Contact.objects.exists()


def test_quiet_hours_are_set_as_a_pair(workspace, client_of) -> None:
    boss = client_of("manager")
    answer = boss.post(f"{HERE}settings/", {"quiet_from": "21:00"})
    assert answer.status_code == 400 and "Give both times" in html(answer)
    data = {"quiet_from": "21:00", "quiet_to": "08:00", "zone": "Asia/Shanghai", "sender": "灯和香"}
    assert boss.post(f"{HERE}settings/", data).status_code == 302
    page = html(boss.get(f"{HERE}settings/"))
    assert "灯和香" in page and 'value="Asia/Shanghai" selected' in page
