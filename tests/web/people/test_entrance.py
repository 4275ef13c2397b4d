"""Ways in: links, invitations, passwords; and every way that is closed says so."""

from __future__ import annotations

import datetime as dt
import re
import socketserver
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from balm.web.people import services
from balm.web.people.models import AuditEntry, Invitation, Membership, SignInLink, User

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_attempts_yet() -> Iterator[None]:
    """Rate limits count in the cache of the process."""
    cache.clear()
    yield
    cache.clear()


def said(answer) -> str:
    return answer.content.decode()


def sign_in(email: str, password: str = PASSWORD) -> tuple[Client, object]:
    client = Client()
    return client, client.post("/account/login/", {"login": email, "password": password})


# passwords


def test_password_signs_in_and_out(member) -> None:
    member("viewer")
    client, answer = sign_in(" Viewer@Lamps.example ")
    assert answer["Location"] == "/"
    assert client.get("/w/lamps/settings/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/w/lamps/settings/").status_code == 302
    assert AuditEntry.objects.filter(action="user.sign_in").count() == 1


def test_passwords_are_kept_as_argon2(member) -> None:
    assert member("viewer").password.startswith("argon2$argon2id$")


def test_a_wrong_password_and_an_unknown_address_sound_the_same(member) -> None:
    member("viewer")
    texts = [said(sign_in(email, "wrong")[1]) for email in ("viewer@lamps.example", "nobody@lamps.example")]
    shown = [re.search(r'role="alert">(.*?)</div>', text, re.S)[1] for text in texts]  # type: ignore[index]
    assert shown[0] == shown[1] and "E-mail address or password is wrong" in shown[0]


def test_guessing_is_slowed_down(member) -> None:
    member("viewer")
    answers = [said(sign_in("viewer@lamps.example", f"wrong {n}")[1]) for n in range(6)]
    assert "Too many wrong attempts" in answers[-1]
    assert "Too many wrong attempts" in said(sign_in("viewer@lamps.example")[1])


def test_a_flood_gets_a_page(member) -> None:
    client = Client()
    codes = [client.post("/account/login/", {"login": f"a{n}@x.example"}).status_code for n in range(31)]
    assert codes[-1] == 429
    assert "Too many attempts" in said(client.post("/account/login/", {"login": "a@x.example"}))


def test_who_is_switched_off_stays_out(member) -> None:
    user = member("viewer")
    User.objects.filter(pk=user.pk).update(is_active=False)
    client, answer = sign_in(user.email)
    assert "switched off" in said(client.get(answer["Location"]))  # type: ignore[index]
    assert client.get("/w/lamps/settings/").status_code == 302


def test_change_the_password(member) -> None:
    user = member("viewer")
    client, _ = sign_in(user.email)
    elsewhere, _ = sign_in(user.email)
    page = client.post("/account/password/change/", {"oldpassword": "no", "password1": "short", "password2": "x"})
    assert "This is not your current password" in said(page)
    new = {"oldpassword": PASSWORD, "password1": "a much better one 7", "password2": "a much better one 8"}
    assert "The two passwords differ." in said(client.post("/account/password/change/", new))
    answer = client.post("/account/password/change/", new | {"password2": new["password1"]})
    assert answer["Location"] == "/me/"
    assert client.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302, "sessions elsewhere end"


def test_without_a_mail_server_the_way_out_is_named() -> None:
    page = said(Client().get("/account/password/reset/"))
    assert "No mail server is set" in page and "Ask an owner of your workspace for a sign-in link" in page
    assert "balm user" not in page and "<code>" not in page, "a command is no way out for a customer's reader"


@override_settings(EMAIL_URL="smtp://somewhere", BASE_URL="https://balm.example.com")
def test_a_link_to_a_new_password_comes_by_mail(member) -> None:
    user = member("viewer")
    client = Client()
    done = [client.post("/account/password/reset/", {"email": e}) for e in (user.email, "nobody@x.example")]
    assert done[0]["Location"] == done[1]["Location"], "whether there is an account is not told"
    [message] = mail.outbox
    assert message.subject == "[Balm] A new password" and message.to == [user.email]
    path = re.search(r"https://balm\.example\.com(/account/password/reset/key/\S+)", message.body)[1]  # type: ignore[index]
    form = client.get(client.get(path)["Location"])
    assert 'name="password1"' in said(form)
    new = {"password1": "a much better one 7", "password2": "a much better one 7"}
    answer = client.post(form.request["PATH_INFO"], new)
    assert "The new password is set" in said(client.get(answer["Location"]))
    assert sign_in(user.email, new["password1"])[1]["Location"] == "/"  # type: ignore[index]
    assert "does not work any more" in said(Client().get(path, follow=True))
    assert AuditEntry.objects.filter(action="user.password_reset").exists()


def test_a_mail_server_that_is_not_there(member, settings) -> None:
    member("viewer")
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as taken:
        port = taken.server_address[1]
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port
    answer = Client().post("/account/password/reset/", {"email": "viewer@lamps.example"})
    assert answer.status_code == 503 and "did not take the message" in said(answer)


SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Postbox(socketserver.StreamRequestHandler):
    """As much of SMTP as one message takes."""

    got: ClassVar[list[str]] = []

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            if line.upper().startswith("DATA"):
                self.say("354 go on")
                self.got.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
            if line.upper().startswith("QUIT"):
                self.say("221 bye")
                return
            self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def test_an_invitation_goes_through_a_real_mail_server(client_of, settings) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), Postbox) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        settings.EMAIL_URL, settings.EMAIL_BACKEND = "smtp://x", SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        page = said(
            client_of("owner").post("/w/lamps/settings/people/invite", {"email": "n@x.example", "role": "viewer"})
        )
        server.shutdown()
    assert "was sent by mail" in page
    address = re.search(r"http://testserver/invitation/[\w-]+", page)[0]  # type: ignore[index]
    assert address in Postbox.got[-1].replace("=\r\n", "") and "To: n@x.example" in Postbox.got[-1]


# one-time links


def link(user, minutes: int = 60) -> str:
    return services.sign_in_link(user, minutes)


def test_a_link_signs_in_once_and_looking_does_not_use_it_up(member) -> None:
    user = member("viewer")
    path = link(user)
    client = Client()
    for _ in range(3):
        assert "<form" in said(Client().get(path))
        assert Client().head(path).status_code in (200, 405)
    assert client.post(path)["Location"] == "/"
    assert client.get("/w/lamps/settings/").status_code == 200
    for again in (Client().post(path), Client().get(path)):
        assert again.status_code == 410 and "was used already" in said(again)


def test_links_that_do_not_work_say_what_to_do(member) -> None:
    user = member("viewer")
    path = link(user)
    SignInLink.objects.update(expires=timezone.now() - dt.timedelta(seconds=1))
    for method in (Client().get, Client().post):
        answer = method(path)
        assert answer.status_code == 410 and "has expired" in said(answer)
    for wrong in ("/sign-in/x", "/sign-in/" + "a" * 5000, "/sign-in/%00%ff"):
        assert Client().post(wrong).status_code == 404
    off = link(user)
    User.objects.update(is_active=False)
    assert "switched off" in said(Client().get(off))


def test_only_a_hash_of_a_link_is_kept(member) -> None:
    token = link(member("viewer")).rsplit("/", 1)[1]
    row = SignInLink.objects.get()
    assert token not in str(vars(row)) and len(row.digest) == 64
    assert all(token not in f"{e.target}{e.detail}" for e in AuditEntry.objects.all())


def test_of_two_who_use_a_link_at_once_one_gets_in(member) -> None:
    link(member("viewer"))
    row = SignInLink.objects.get()
    assert [services.use_sign_in_link(row) for _ in range(2)] == [True, False]


def test_a_link_signs_out_who_was_signed_in(member, client_of) -> None:
    client = client_of("owner")
    client.post(link(member("viewer")))
    assert "viewer@lamps.example" in said(client.get("/me/"))


# invitations


def invited(workspace, inviter, email: str = "new@x.example", role: str = "analyst") -> str:
    return services.invite(workspace, inviter, email, role)[1]


def test_an_invited_person_makes_an_account(workspace, member) -> None:
    path = invited(workspace, member("manager"), "New@X.example")
    client = Client()
    page = said(client.get(path))
    assert "new@x.example" in page and "Lamps &amp; Scent" in page
    assert "errorlist" in said(client.post(path, {"name": "", "password": "123"}))
    answer = client.post(path, {"name": "New", "password": "a much better one 7"})
    assert answer["Location"] == "/w/lamps/"
    assert Membership.objects.get(user__email="new@x.example").role == "analyst"
    assert "used already" in said(Client().get(path))
    assert sign_in("new@x.example", "a much better one 7")[1]["Location"] == "/"  # type: ignore[index]


def test_an_existing_person_accepts_with_the_own_account(workspace, other_workspace, member, client_of) -> None:
    member("viewer", other_workspace)
    path = invited(workspace, member("manager"), "viewer@other.example")
    anonymous = Client()
    assert "There is an account" in said(anonymous.get(path))
    anonymous.post(path, {"name": "Thief", "password": "a much better one 7"})
    assert not Membership.objects.filter(user__email="viewer@other.example", workspace=workspace).exists()
    client = client_of("viewer", other_workspace)
    assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == "/w/lamps/"
    assert Membership.objects.get(user__email="viewer@other.example", workspace=workspace).role == "analyst"


def test_an_invitation_is_bound_to_its_address(workspace, other_workspace, member, client_of) -> None:
    path = invited(workspace, member("manager"))
    client = client_of("owner", other_workspace)
    for method in (client.get, client.post):
        answer = method(path)
        assert answer.status_code == 403 and "for somebody else" in said(answer)
    assert Invitation.objects.get().used is None


def test_invitations_that_do_not_work_say_so(workspace, member, client_of) -> None:
    manager = member("manager")
    first = invited(workspace, manager)
    second = invited(workspace, manager)
    assert "was withdrawn" in said(Client().get(first)), "a second invitation replaces the first"
    client_of("manager").post(f"/w/lamps/settings/invitations/{Invitation.objects.get(withdrawn=None).pk}/withdraw")
    assert "was withdrawn" in said(Client().get(second))
    third = invited(workspace, manager)
    Invitation.objects.filter(withdrawn=None).update(expires=timezone.now())
    assert "has expired" in said(Client().get(third))
    assert Client().get("/invitation/nonsense").status_code == 404
    new = {"name": "N", "password": "a much better one 7"}
    assert all(Client().post(path, new).status_code == 410 for path in (first, second, third))
    assert not User.objects.filter(email="new@x.example").exists()


def test_a_member_is_not_invited_again(workspace, member, client_of) -> None:
    member("viewer")
    page = client_of("owner").post(
        "/w/lamps/settings/people/invite", {"email": "viewer@lamps.example", "role": "owner"}
    )
    assert page.status_code == 400 and "member already" in said(page)


def test_without_a_mail_server_the_link_is_to_be_handed_over(client_of, workspace) -> None:
    page = client_of("owner").post("/w/lamps/settings/people/invite", {"email": "n@x.example", "role": "owner"})
    assert "No mail server is set" in said(page) and "no-store" in page["Cache-Control"]
    assert not mail.outbox


# what is closed


@pytest.mark.parametrize(
    "path", ["/account/signup/", "/account/email/", "/account/confirm-email/", "/account/company/signup/"]
)
def test_there_is_no_open_sign_up(db, path: str) -> None:
    new = {"email": "eve@x.example", "password1": "a much better one 7", "password2": "a much better one 7"}
    for answer in (Client().get(path), Client().post(path, new)):
        assert answer.status_code == 403 and "Accounts come from invitations" in said(answer)
    assert not User.objects.exists()
