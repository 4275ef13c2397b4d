"""Routes of sign-in: allauth's, and what stands in for those that are closed. See test_access.py."""

CLOSED = {"get": (403, 403), "post": (403, 403)}

ROUTES = {
    "account_login": {"get": (200, 302), "post": (200, 302)},
    "account_logout": {"get": (302, 200), "post": (302, 302)},
    "account_inactive": {"get": (200, 200)},
    "account_reauthenticate": {"get": ("login", 403), "post": ("login", 403)},
    "account_change_password": {"get": ("login", 302), "post": ("login", 302)},  # they have none: to set one
    "account_set_password": {"get": ("login", 200), "post": ("login", 200)},
    "account_reset_password": {"get": (200, 200), "post": (200, 200)},
    "account_reset_password_done": {"get": (200, 200)},
    "account_reset_password_from_key_done": {"get": (200, 200)},
    "account_reset_password_from_key": {
        "kwargs": {"uidb36": "1", "key": "no-key"},
        "get": (200, 200),
        "post": (200, 200),
    },
    "mfa_index": {"get": ("login", 200), "post": ("login", 405)},
    "mfa_authenticate": {"get": ("login", 302), "post": ("login", 302)},
    "mfa_reauthenticate": {"get": ("login", 403), "post": ("login", 403)},
    "mfa_activate_totp": {"get": ("login", 200), "post": ("login", 200)},
    "mfa_deactivate_totp": {"get": ("login", 404), "post": ("login", 404)},  # it is off
    "mfa_view_recovery_codes": {"get": ("login", 404), "post": ("login", 405)},
    "mfa_generate_recovery_codes": {"get": ("login", 200), "post": ("login", 200)},
    "mfa_download_recovery_codes": {"get": ("login", 404), "post": ("login", 404)},
    "socialaccount_login_cancelled": {"get": (200, 200)},
    "socialaccount_login_error": {"get": (401, 401)},
    "socialaccount_connections": {"get": ("login", 200), "post": ("login", 200)},
    # no company's sign-in is set; test_company.py has one
    "openid_connect_login": {"kwargs": {"provider_id": "company"}, "get": (404, 404), "post": (404, 404)},
    "openid_connect_callback": {"kwargs": {"provider_id": "company"}, "get": (404, 404), "post": (404, 404)},
    "account_signup": CLOSED,
    "account_email": CLOSED,
    "account_email_verification_sent": CLOSED,
    "socialaccount_signup": CLOSED,
}
