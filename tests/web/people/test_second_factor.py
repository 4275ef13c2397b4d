"""A second factor with real codes: on, asked for on every way in, recovery codes, off."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from balm.web.people import services
from balm.web.people.models import AuditEntry

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_attempts_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def code(secret: str, step: int = 0) -> str:
    """What an authenticator app shows now, or `step` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def said(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def protected(member, django_capture_on_commit_callbacks) -> tuple[Client, str]:
    """A client whose user has switched the second factor on, and the secret."""
    member("analyst")
    client = Client()
    client.post("/account/login/", {"login": "analyst@lamps.example", "password": PASSWORD})
    answer = client.get("/account/2fa/totp/activate/")
    assert answer["Location"].startswith("/account/reauthenticate/"), "the password is asked for again"
    assert "The password is wrong" in said(client.post(answer["Location"], {"password": "no"}))
    page = client.post(answer["Location"], {"password": PASSWORD}, follow=True)
    secret = re.search(r'value="([A-Z2-7]{32})"', said(page))[1]  # type: ignore[index]
    assert "data:image/svg+xml" in said(page)
    assert "This code is wrong" in said(client.post("/account/2fa/totp/activate/", {"code": "000000"}))
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/account/2fa/totp/activate/", {"code": code(secret)}, follow=True)
    assert said(done).count("<code>") == 10
    return client, secret


def half_way() -> tuple[Client, object]:
    client = Client()
    answer = client.post("/account/login/", {"login": "analyst@lamps.example", "password": PASSWORD})
    return client, answer


def test_the_code_is_asked_for_after_the_password(protected) -> None:
    _client, secret = protected
    client, answer = half_way()
    assert answer["Location"] == "/account/2fa/authenticate/"  # type: ignore[index]
    assert client.get("/w/lamps/settings/").status_code == 302
    assert "This code is wrong" in said(client.post("/account/2fa/authenticate/", {"code": "123"}))
    assert client.post("/account/2fa/authenticate/", {"code": code(secret, 1)})["Location"] == "/"
    assert client.get("/w/lamps/settings/").status_code == 200
    assert AuditEntry.objects.filter(action="user.mfa_on").count() == 1


def test_a_one_time_link_asks_for_it_too(protected, member) -> None:
    client = Client()
    answer = client.post(services.sign_in_link(member("analyst")))
    assert answer["Location"] == "/account/2fa/authenticate/"
    assert client.get("/me/").status_code == 302


def test_a_recovery_code_works_once(protected) -> None:
    signed_in, _secret = protected
    codes = re.findall(r"<code>(\w+)</code>", said(signed_in.get("/account/2fa/recovery-codes/")))
    file = signed_in.get("/account/2fa/recovery-codes/download/")
    assert said(file).split() == codes and "attachment" in file["Content-Disposition"]
    client, _ = half_way()
    assert client.post("/account/2fa/authenticate/", {"code": codes[0]})["Location"] == "/"
    again, _ = half_way()
    assert "This code is wrong" in said(again.post("/account/2fa/authenticate/", {"code": codes[0]}))


def test_new_recovery_codes_and_off(protected) -> None:
    client, _secret = protected
    before = said(client.get("/account/2fa/recovery-codes/"))
    assert "<form" in said(client.get("/account/2fa/recovery-codes/generate/"))
    client.post("/account/2fa/recovery-codes/generate/")
    assert said(client.get("/account/2fa/recovery-codes/")) != before
    assert "Since" in said(client.get("/account/2fa/"))
    assert "Switch" in said(client.get("/account/2fa/totp/deactivate/"))
    client.post("/account/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert half_way()[1]["Location"] == "/"  # type: ignore[index]


def test_the_secret_is_sealed_on_the_disk(protected) -> None:
    _client, secret = protected
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept and "gAAAA" in kept


def test_a_lost_one_can_be_taken_away(protected, member) -> None:
    assert services.no_second_factor(member("analyst"), "test")
    assert not services.no_second_factor(member("analyst"), "test")
    assert half_way()[1]["Location"] == "/"  # type: ignore[index]
