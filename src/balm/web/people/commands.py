"""What `balm user add` and `balm key add` do."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from balm.core.errors import WrongUse
from balm.web.people import services
from balm.web.people.models import Role, User, Workspace
from balm.web.site.paths import last_address

ADDRESS = "http://127.0.0.1:8000"
"""What links start with where neither BALM_URL nor a server says better: the default of `balm serve`."""

NAMED = 20


@dataclass(frozen=True)
class Made:
    """What is printed: `secret`, a link or a key, and before it what was done."""

    secret: str
    notes: tuple[str, ...]


def add_user(email: str, role: str, workspace: str | None, name: str, *, reset_mfa: bool) -> Made:
    """Add somebody to a workspace, or give another role; the secret is a link that signs in once.

    The first owner gets a workspace made. Raises WrongUse.
    """
    email, actor, notes = _checked(email, name), "balm user add", []
    person = User.objects.filter(email=email).first()
    if person is not None and not person.is_active:
        raise WrongUse(f"the account {email} is switched off")
    if role == Role.OWNER and not Workspace.objects.exists():
        person, where = services.first_owner(email, name=name, workspace=workspace or "Balm", actor=actor)
        notes.append(f"made the workspace {where.slug}")
    else:
        where = find(workspace)
        person = person or services.add_user(email, name=name, actor=actor)
        services.add_member(where, actor, person, role)
    if reset_mfa and services.no_second_factor(person, actor):
        notes.append("took the second factor away")
    path = services.sign_in_link(person, actor=actor, workspace=where)
    notes.append(f"{email} is {role} of {where.slug}; this link signs in once, within an hour:")
    return Made((settings.BASE_URL or last_address() or ADDRESS).rstrip("/") + path, tuple(notes))


def add_key(workspace: str, scope: str, name: str) -> Made:
    """A key for a program; the secret is the key. Raises WrongUse."""
    if not 0 < len(name) <= 120:
        raise WrongUse("the name of a key has 1 to 120 characters")
    where = find(workspace)
    made, whole = services.make_key(where, "balm key add", scope=scope, name=name)
    return Made(whole, (f"key {made.prefix} of {where.slug}, scope {scope}; it is not shown again:",))


def _checked(email: str, name: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise WrongUse(f"“{email}” is not an e-mail address") from None
    if len(email) > 254 or len(name) > 120:
        raise WrongUse("the address may have 254 characters, the name 120")
    return email


def find(wanted: str | None) -> Workspace:
    """The workspace of that slug, else of that name; without a name the only one. Raises WrongUse that lists them."""
    every = list(Workspace.objects.order_by("slug")[: NAMED + 1])
    if not every:
        raise WrongUse("there is no workspace yet; add an owner first: balm user add EMAIL --role owner")
    if wanted is None:
        found = every
    else:
        found = list(Workspace.objects.filter(slug=wanted)) or list(Workspace.objects.filter(name=wanted))
    if len(found) == 1:
        return found[0]
    known = ", ".join(w.slug for w in every[:NAMED]) + (", …" if len(every) > NAMED else "")
    if wanted is None:
        raise WrongUse(f"there are several workspaces; name one of {known} with --workspace")
    if found:
        raise WrongUse(f"several workspaces are called “{wanted}”; name one of {', '.join(w.slug for w in found)}")
    raise WrongUse(f"no workspace is called “{wanted}”; there are {known}")
