"""Settings of sign-in: allauth with e-mail and password, a second factor, and a company's own OpenID Connect."""

from __future__ import annotations

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by invitation, which goes to the address
ACCOUNT_UNIQUE_EMAIL = True
