"""Making and naming workspaces."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from balm.web.people.audit import record
from balm.web.people.models import Membership, Role, User, Workspace
from balm.web.people.services.accounts import add_user
from balm.web.people.services.members import add_member


def free_slug(name: str) -> str:
    """A short ASCII address for a name that no workspace has: "Acme Lamps" → "acme-lamps"; "灯具" → "w-7f3a9c"."""
    base = slugify(name)[:40].strip("-")
    if base and not Workspace.objects.filter(slug=base).exists():
        return base
    while True:
        slug = f"{base or 'w'}-{secrets.token_hex(3)}"
        if not Workspace.objects.filter(slug=slug).exists():
            return slug


def new_workspace(user: User, name: str, *, codebook: str = "starter") -> Workspace:
    """Make a workspace; its maker becomes the owner."""
    for _attempt in range(5):
        try:
            with transaction.atomic():
                made = Workspace.objects.create(name=name, slug=free_slug(name), codebook=codebook)
                Membership.objects.create(workspace=made, user=user, role=Role.OWNER)
                record(made, user, "workspace.make", made.slug, name=name)
                return made
        except IntegrityError:  # somebody took the address in the same moment
            continue
    raise RuntimeError("no free address for the workspace")


@transaction.atomic
def set_workspace(workspace: Workspace, user: User, *, name: str, codebook: str) -> bool:
    """Rename it, choose its packs. Another choice of packs asks for new figures; True where it did."""
    from balm.web.painpoints.services import ask_refresh

    now = Workspace.objects.select_for_update().get(pk=workspace.pk)
    if name != now.name:
        record(workspace, user, "workspace.rename", now.slug, **{"from": now.name, "to": name})
    other = codebook != now.codebook
    if other:
        record(workspace, user, "workspace.packs", now.slug, **{"from": now.codebook, "to": codebook})
        ask_refresh(workspace, user)
    workspace.name, workspace.codebook = name, codebook
    workspace.save(update_fields=["name", "codebook"])
    return other


@transaction.atomic
def first_owner(
    email: str, *, name: str = "", workspace: str = "", slug: str = "", actor: str = "first start"
) -> tuple[User, Workspace]:
    """A user who owns a workspace, made where either is missing: for the first start and for the demo.

    Does nothing more when it runs again. `slug` finds the workspace; without it the one of this `name`, else a new one.
    """
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = add_user(email, name=name, actor=actor)
    known = Workspace.objects.filter(slug=slug) if slug else Workspace.objects.filter(name=workspace)
    found = known.first()
    if found is None:
        found = Workspace.objects.create(name=workspace or "Balm", slug=slug or free_slug(workspace or "Balm"))
        record(found, actor, "workspace.make", found.slug, name=found.name)
    add_member(found, actor, user, Role.OWNER)
    return user, found
