"""What changes people, workspaces and keys: each function one transaction, with its audit row."""

from __future__ import annotations

from balm.web.people.services.accounts import (
    absolute,
    add_user,
    forget_unproven_password,
    no_second_factor,
    set_profile,
    user_of_company_sign_in,
)
from balm.web.people.services.invitations import accept, invite, withdraw
from balm.web.people.services.keys import make_key, revoke_key
from balm.web.people.services.links import may_link, sign_in_link, use_sign_in_link
from balm.web.people.services.members import (
    NotAllowed,
    add_member,
    add_team,
    leave,
    remove_member,
    remove_team,
    rename_team,
    set_member,
)
from balm.web.people.services.workspaces import first_owner, free_slug, new_workspace, set_workspace

__all__ = [
    "NotAllowed",
    "absolute",
    "accept",
    "add_member",
    "add_team",
    "add_user",
    "first_owner",
    "forget_unproven_password",
    "free_slug",
    "invite",
    "leave",
    "make_key",
    "may_link",
    "new_workspace",
    "no_second_factor",
    "remove_member",
    "remove_team",
    "rename_team",
    "revoke_key",
    "set_member",
    "set_profile",
    "set_workspace",
    "sign_in_link",
    "use_sign_in_link",
    "user_of_company_sign_in",
    "withdraw",
]
