"""Sign-ins and changes of passwords and second factors, written into the audit trail."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social

from balm.web.people.audit import record


def connect() -> None:
    """Listen to allauth; called once, when the app is ready."""
    for signal, action in (
        (account.user_logged_in, "user.sign_in"),
        (account.password_changed, "user.password"),
        (account.password_set, "user.password"),
        (account.password_reset, "user.password_reset"),
        (mfa.authenticator_added, "user.mfa_on"),
        (mfa.authenticator_removed, "user.mfa_off"),
        (mfa.authenticator_reset, "user.recovery_codes"),
        (social.social_account_added, "user.company_on"),
        (social.social_account_removed, "user.company_off"),
    ):
        signal.connect(_writer(action), weak=False, dispatch_uid=f"audit {action} {id(signal)}")


def _writer(action: str) -> Any:
    def write(sender: Any, request: Any = None, user: Any = None, **told: Any) -> None:
        if user is None:
            login, link = told.get("sociallogin"), told.get("socialaccount")
            user = login.user if login else link.user if link else None
        if getattr(told.get("authenticator"), "type", "totp") != "totp" and action != "user.recovery_codes":
            return  # recovery codes come and go with the app
        if user is not None and user.pk:
            record(None, user, action, user.email)

    return write
