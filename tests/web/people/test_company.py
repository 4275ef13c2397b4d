"""Sign-in by a company's OpenID Connect, against a real provider on this machine."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from balm.web.people import services
from balm.web.people.models import AuditEntry, Membership, User
from balm.web.people.settings import mail, oidc

_MODULE = runpy.run_path(str(Path(__file__).with_name("company.py")))
CLIENT, SECRET = _MODULE["CLIENT"], _MODULE["SECRET"]
START = "/account/oidc/company/login/"


@pytest.fixture
def company(settings) -> Iterator[Any]:
    """A provider, known to Balm, before which Ann stands."""
    cache.clear()
    provider = _MODULE["Company"](claims={"sub": "7", "email": "ann@x.example", "email_verified": True, "name": "Ann"})
    server = provider.start()
    settings.SOCIALACCOUNT_PROVIDERS = oidc(
        {
            "BALM_OIDC_ISSUER": provider.issuer,
            "BALM_OIDC_CLIENT_ID": CLIENT,
            "BALM_OIDC_SECRET": SECRET,
            "BALM_OIDC_NAME": "Example staff",
        }
    )
    yield provider
    server.shutdown()
    server.server_close()


def go(client: Client, start: str = START) -> Any:
    """As a browser goes: to the provider, and back with its answer."""
    there = client.get(start)["Location"]
    with requests.Session() as browser:
        back = browser.get(there, allow_redirects=False, timeout=5).headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def said(answer: Any) -> str:
    return answer.content.decode()


def known(answer: Any) -> bool:
    return answer.status_code == 302 and answer["Location"] == "/"


def test_the_sign_in_page_offers_it(company, db) -> None:
    page = said(Client().get("/account/login/"))
    assert "Sign in by Example staff" in page and f'href="{START}?process=login"' in page


def test_a_user_is_found_by_the_verified_address(company, member) -> None:
    user = member("analyst", email="ann@x.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = Client()
    assert known(go(client))
    assert client.get("/w/lamps/settings/").status_code == 200
    assert User.objects.get(email="ann@x.example").has_usable_password()
    company.claims |= {"email": "ann.new@x.example"}  # the company knows her by a number, not by the address
    again = Client()
    assert known(go(again)) and "ann@x.example" in said(again.get("/me/"))
    assert AuditEntry.objects.filter(action="user.company_on").count() == 1


def test_a_password_that_nobody_proved_is_switched_off(company, member) -> None:
    """Somebody may have invited the address, taken the link himself and set a password."""
    member("analyst", email="ann@x.example")
    client = Client()
    assert known(go(client))
    assert "Your old password is switched off" in said(client.get("/me/"))
    assert not User.objects.get(email="ann@x.example").has_usable_password()
    assert client.get("/account/password/change/")["Location"] == "/account/password/set/"
    assert known(go(Client()))
    assert AuditEntry.objects.filter(action="user.password_off").count() == 1


def test_an_invited_person_gets_an_account(company, workspace, other_workspace, member) -> None:
    services.invite(workspace, member("owner"), "Ann@x.example", "analyst")
    services.invite(other_workspace, member("owner", other_workspace), "ann@x.example", "viewer")
    client = Client()
    assert known(go(client))
    ann = User.objects.get(email="ann@x.example")
    assert (ann.name, ann.has_usable_password()) == ("Ann", False)
    assert set(Membership.objects.filter(user=ann).values_list("workspace__slug", "role")) == {
        ("lamps", "analyst"),
        ("other", "viewer"),
    }


@pytest.mark.parametrize("verified", [False, None, "false", "no", 0])
def test_an_address_that_is_not_verified_opens_nothing(company, member, verified) -> None:
    member("owner", email="ann@x.example")
    company.claims["email_verified"] = verified
    client = Client()
    answer = go(client)
    assert answer.status_code == 403 and "is not confirmed" in said(answer)
    assert client.get("/me/").status_code == 302
    assert not SocialAccount.objects.exists()


def test_who_was_not_invited_reads_so(company, workspace, member) -> None:
    invitation, _ = services.invite(workspace, member("owner"), "ann@x.example", "viewer")
    services.withdraw(workspace, member("owner"), invitation.pk)
    answer = go(Client())
    assert answer.status_code == 403 and "Nobody has invited you yet" in said(answer)
    assert "ann@x.example" in said(answer)
    assert not User.objects.filter(email="ann@x.example").exists()


def test_who_is_switched_off_stays_out(company, member) -> None:
    member("owner", email="ann@x.example")
    User.objects.update(is_active=False)
    assert go(Client()).status_code == 403
    client = Client()
    User.objects.update(is_active=True)
    assert known(go(client))
    User.objects.update(is_active=False)
    assert go(Client())["Location"] == "/account/inactive/"
    assert client.get("/me/").status_code == 302


def test_two_names_in_one_answer_are_refused(company, member) -> None:
    member("owner", email="ann@x.example")
    company.userinfo = company.claims | {"sub": "8"}
    answer = go(Client())
    assert answer.status_code == 403 and "does not fit together" in said(answer)


def test_answers_that_cannot_be_trusted(company, member) -> None:
    member("owner", email="ann@x.example")
    for fault in ({"audience": "another application"}, {"broken": True}):
        for name, value in fault.items():
            setattr(company, name, value)
        client = Client()
        answer = go(client)
        assert answer.status_code == 401 and "did not work" in said(answer)
        assert client.get("/me/").status_code == 302
        company.audience, company.broken = CLIENT, False
    client = Client()
    client.get(START)
    forged = client.get("/account/oidc/company/login/callback/?code=x&state=made-up")
    assert forged.status_code == 401 and "did not work" in said(forged)


@pytest.mark.parametrize("claims", [{"email": "ann@x.example", "email_verified": True}, {"sub": "7", "email": 7}, {}])
def test_answers_that_are_no_openid_connect(company, member, claims) -> None:
    member("owner", email="ann@x.example")
    company.claims = claims
    client = Client()
    assert go(client).status_code in (401, 403, 502)
    assert client.get("/me/").status_code == 302


def test_stopping_half_way(company, db) -> None:
    company.deny = True
    client = Client()
    answer = go(client)
    assert "You stopped signing in" in said(client.get(answer["Location"]))


def test_a_provider_that_is_not_there_gets_a_page(company, settings, db) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = {"server_url": "http://127.0.0.1:9"}
    answer = Client().get(START)
    assert answer.status_code == 502 and "did not work" in said(answer)


def test_connect_and_disconnect(company, member) -> None:
    member("analyst", email="ann@x.example")
    client = Client()
    client.post("/account/login/", {"login": "ann@x.example", "password": "correct horse battery"})
    page = said(client.get("/account/company/"))
    assert "Connect Example staff" in page
    company.claims["email"] = "bob@x.example"
    answer = go(client, f"{START}?process=connect")
    assert answer.status_code == 403 and "another person" in said(answer)
    company.claims["email"] = "ann@x.example"
    answer = go(client, f"{START}?process=connect")
    assert answer["Location"] == "/account/reauthenticate/"
    client.post("/account/reauthenticate/", {"password": "correct horse battery"})
    [row] = SocialAccount.objects.all()
    client.post("/account/company/", {"account": row.pk})
    assert not SocialAccount.objects.exists()


def test_without_settings_there_is_no_such_address(db) -> None:
    for path in (START, "/account/oidc/company/login/callback/", "/account/oidc/other/login/"):
        assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    "environment",
    [
        {"BALM_OIDC_ISSUER": "http://id.example.com", "BALM_OIDC_CLIENT_ID": "x"},
        {"BALM_OIDC_ISSUER": "id.example.com", "BALM_OIDC_CLIENT_ID": "x"},
        {"BALM_OIDC_ISSUER": "https://id.example.com"},
    ],
)
def test_settings_that_cannot_work_are_named_at_the_start(environment) -> None:
    with pytest.raises(ImproperlyConfigured, match="BALM_OIDC_"):
        oidc(environment)


def test_mail_settings() -> None:
    assert mail("smtp://u%40x:p%2Fw@mail.example:587") == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "u@x",
        "EMAIL_HOST_PASSWORD": "p/w",
        "EMAIL_USE_SSL": False,
        "EMAIL_USE_TLS": True,
        "EMAIL_TIMEOUT": 10,
    }
    assert mail("smtps://mail.example")["EMAIL_PORT"] == 465 and mail("smtps://mail.example")["EMAIL_USE_SSL"]
    assert mail("smtp://mail.example")["EMAIL_PORT"] == 25
    for wrong in ("mail.example:25", "http://mail.example", "smtp://mail.example:port", "smtp://"):
        with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
            mail(wrong)
