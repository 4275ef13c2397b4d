"""Settings of sign-in and of mail: e-mail and password, a second factor, a company's OpenID Connect."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ACCOUNT_ADAPTER = "balm.web.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by invitation, which goes to the address
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Balm] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # else anybody could make this installation write to anybody
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # here; sessions elsewhere end by themselves
ACCOUNT_FORMS = {
    name: f"balm.web.people.account_forms.{form}"
    for name, form in {
        "login": "Login",
        "reset_password": "ResetPassword",
        "reset_password_from_key": "ResetPasswordFromKey",
        "change_password": "ChangePassword",
        "set_password": "SetPassword",
        "reauthenticate": "Reauthenticate",
    }.items()
}

MFA_ADAPTER = "balm.web.people.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Balm"
MFA_TOTP_TOLERANCE = 1  # clocks of phones differ
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    name: f"balm.web.people.account_forms.{form}"
    for name, form in {
        "authenticate": "Authenticate",
        "reauthenticate": "ReauthenticateByCode",
        "activate_totp": "ActivateTOTP",
    }.items()
}

SOCIALACCOUNT_ADAPTER = "balm.web.people.adapters.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # the adapter matches by verified address itself
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # before one is connected or disconnected
# a form may be sent to this site only (`form-action 'self'`), which in browsers holds for where it redirects too
SOCIALACCOUNT_LOGIN_ON_GET = True

_LOCAL = ("localhost", "127.0.0.1", "::1")


def oidc(environment: Any) -> dict[str, Any]:
    """allauth's providers from BALM_OIDC_ISSUER, _CLIENT_ID, _SECRET and _NAME. Empty where no issuer is named."""
    issuer = environment.get("BALM_OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return {}
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise ImproperlyConfigured("BALM_OIDC_ISSUER must be an address that starts with https://")
    client = environment.get("BALM_OIDC_CLIENT_ID", "")
    if not client:
        raise ImproperlyConfigured("BALM_OIDC_ISSUER is set, BALM_OIDC_CLIENT_ID is not")
    app = {
        "provider_id": "company",
        "name": environment.get("BALM_OIDC_NAME", "") or parts.hostname or "OpenID Connect",
        "client_id": client,
        "secret": environment.get("BALM_OIDC_SECRET", ""),
        "settings": {"server_url": issuer},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


SOCIALACCOUNT_PROVIDERS = oidc(os.environ)


def mail(url: str) -> dict[str, Any]:
    """Django's settings of mail from `smtp://user:password@host:port` (STARTTLS on port 587) or `smtps://…`."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("EMAIL_URL: the port is not a number") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp://user:password@host:587 or smtps://…:465")
    secure = parts.scheme == "smtps"
    port = port or (465 if secure else 25)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": not secure and port == 587,
        "EMAIL_TIMEOUT": 10,
    }


globals().update(mail(os.environ.get("EMAIL_URL", "")))
