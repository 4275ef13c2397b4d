"""allauth's forms with our labels; nothing repeats a label as a placeholder."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("The same password again"),
    "code": _("Code"),
}


class Plain:
    """Our labels, our classes, no placeholders."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = "form-control"
            if name in ("password", "oldpassword"):
                field.help_text = ""
            if name == "code":
                field.max_length = 20
                field.widget.attrs |= {"autofocus": True, "maxlength": 20}

    def clean(self) -> Any:
        """Says that two passwords differ in our words."""
        data = super().clean()  # type: ignore[misc]
        errors = self.errors  # type: ignore[attr-defined]
        if "password2" in errors and self.data.get("password2"):  # type: ignore[attr-defined]
            errors["password2"] = self.error_class([_("The two passwords differ.")])  # type: ignore[attr-defined]
        return data


class Login(Plain, account.LoginForm): ...


class ResetPassword(Plain, account.ResetPasswordForm): ...


class ResetPasswordFromKey(Plain, account.ResetPasswordKeyForm): ...


class ChangePassword(Plain, account.ChangePasswordForm): ...


class SetPassword(Plain, account.SetPasswordForm): ...


class Reauthenticate(Plain, account.ReauthenticateForm): ...


class Authenticate(Plain, mfa.AuthenticateForm): ...


class ReauthenticateByCode(Plain, mfa.ReauthenticateForm): ...


class ActivateTOTP(Plain, totp.ActivateTOTPForm): ...
