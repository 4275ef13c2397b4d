"""How allauth is bent to Balm: no sign-up without invitation, our words, secrets sealed on the disk."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.web.people import services


class AccountAdapter(DefaultAccountAdapter):
    """E-mail and password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": gettext_lazy("This account is switched off."),
        "email_password_mismatch": gettext_lazy("E-mail address or password is wrong."),
        "enter_current_password": gettext_lazy("This is not your current password."),
        "incorrect_code": gettext_lazy("This code is wrong or was used before."),
        "incorrect_password": gettext_lazy("The password is wrong."),
        "invalid_password_reset": gettext_lazy("This link does not work any more."),
        "too_many_login_attempts": gettext_lazy(
            "Too many wrong attempts. Wait five minutes, then try again, or have the password reset."
        ),
        "rate_limited": gettext_lazy("Too many attempts. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("people:me")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From the configured address: a request's host is what its sender wrote."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return services.absolute(self.request, path.replace("UID-KEY", key))


class MFAAdapter(DefaultMFAAdapter):
    """Codes of an authenticator app."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_generate_recovery_codes": gettext_lazy("Switch the second factor on first."),
    }

    def encrypt(self, text: str) -> str:
        """A copy of the database alone does not give the second factor away."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> Any:
    from cryptography.fernet import Fernet

    key = hashlib.sha256(b"balm second factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class SocialAdapter(DefaultSocialAccountAdapter):
    """A company's own sign-in. Who comes in is matched by a verified e-mail address to a user or an invitation."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": gettext_lazy("Set a password first: without it you could not sign in any more."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let a known person pass, connect an invited one, stop everybody else with a page that says why."""
        data = sociallogin.account.extra_data
        named = {part.get("sub") for part in (data.get("userinfo"), data.get("id_token")) if part}
        if len(named) > 1:
            _stop(request, "mixed")
        if sociallogin.is_existing:
            return
        email = next((a.email.lower() for a in sociallogin.email_addresses if a.verified is True), "")
        if not email:
            _stop(request, "unverified")
        if request.user.is_authenticated and sociallogin.state.get("process") == "connect":
            if email != request.user.email.lower():
                _stop(request, "other", email=email)
            return
        claims = data.get("userinfo") or data.get("id_token") or {}
        user = services.user_of_company_sign_in(email, str(claims.get("name") or "")[:120])
        if user is None:
            _stop(request, "uninvited", email=email)
            return
        if services.forget_unproven_password(user):
            messages.warning(
                request,
                _("Your old password is switched off: whoever set it had not proven this address. Set a new one."),
            )
        sociallogin.connect(request, user)


def _stop(request: HttpRequest, why: str, **context: Any) -> None:
    page = render(request, "people/company_refused.html", {"why": why, **context}, status=403)
    raise ImmediateHttpResponse(page)
