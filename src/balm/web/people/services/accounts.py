"""Accounts of people."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from balm.web.people.audit import record
from balm.web.people.models import Invitation, User
from balm.web.people.services.invitations import accept


def absolute(request: Any, path: str) -> str:
    """The whole address of a path: below BALM_URL where it is set, else below the host of the request."""
    return settings.BASE_URL.rstrip("/") + path if settings.BASE_URL else request.build_absolute_uri(path)


@transaction.atomic
def add_user(email: str, *, name: str = "", actor: User | str | None = None) -> User:
    """A new account without a password: a link or a company's sign-in lets the person in. The address must be new."""
    user = User.objects.create_user(email, name=name)
    record(None, actor, "user.add", user.email)
    return user


@transaction.atomic
def set_profile(user: User, *, name: str, language: str) -> None:
    """A person's own name and language; an empty language follows the browser."""
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])
    record(None, user, "user.profile", user.email)


@transaction.atomic
def user_of_company_sign_in(email: str, name: str) -> User | None:
    """Who a company's sign-in vouches for: a user of that address, or an invited person, whose account is made now.

    `email`: verified by the company. None where nobody invited the address, or the account is switched off.
    """
    user = User.objects.filter(email=email).first()
    if user is not None:
        return user if user.is_active else None
    open_ = Invitation.objects.filter(email=email, used=None, withdrawn=None, expires__gt=timezone.now())
    for invitation in open_.select_related("workspace"):
        user = accept(invitation, user=user, name=name) or user
    return user


@transaction.atomic
def forget_unproven_password(user: User) -> bool:
    """Switch off a password whose setter never proved the address: it may be somebody who invited the address and
    took the link himself. The address counts as proven from now on. True where there was such a password.
    """
    from allauth.account.models import EmailAddress

    address, _ = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    if address.verified:
        return False
    address.verified = address.primary = True
    address.save()
    if not user.has_usable_password():
        return False
    user.set_unusable_password()
    user.save(update_fields=["password"])
    record(None, user, "user.password_off", user.email)
    return True


@transaction.atomic
def no_second_factor(user: User, actor: str) -> bool:
    """Take a lost second factor away; True where there was one."""
    from allauth.mfa.models import Authenticator

    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        record(None, actor, "user.mfa_off", user.email)
    return bool(removed)
