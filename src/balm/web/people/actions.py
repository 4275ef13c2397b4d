"""What the actions of the audit trail are called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.utils.translation import gettext_lazy as _

from balm.core.types import Labels
from balm.web.jobs.words import kind
from balm.web.people.models import AuditEntry
from balm.web.site.language import pick

ACTIONS: dict[str, Any] = {
    "codebook.do": _("Edited the codebook"),
    "codebook.hand_code": _("Coded a mention of a sample"),
    "codebook.sample": _("Drew a sample of mentions"),
    "codebook.sample_closed": _("Closed a sample"),
    "codebook.undo": _("Undid an edit of the codebook"),
    "customer.merge": _("Merged customer keys"),
    "customer.unmerge": _("Took a merge of customer keys back"),
    "feedback.export": _("Exported comments"),
    "feedback.original": _("Looked at an original text"),
    "feedback.recode": _("Coded mentions by hand"),
    "feedback.undo_recode": _("Took a coding back"),
    "import.add": _("Uploaded a file"),
    "import.by_key": _("A program sent a file"),
    "import.discard": _("Threw a file away"),
    "import.done": _("An import finished"),
    "import.failed": _("An import failed"),
    "import.start": _("Started an import"),
    "import.take_back": _("Asked to take an import back"),
    "import.taken_back": _("An import was taken back"),
    "invitation.make": _("Invited a person"),
    "invitation.withdraw": _("Withdrew an invitation"),
    "job.cancel": _("Canceled work in the background"),
    "job.retry": _("Retried work in the background"),
    "key.make": _("Made a key for programs"),
    "key.revoke": _("Switched a key off"),
    "member.add": _("Made a person a member"),
    "member.leave": _("Left the workspace"),
    "member.remove": _("Removed a member"),
    "member.role": _("Changed a member's role"),
    "member.team": _("Changed a member's team"),
    "painpoint.effort": _("Judged how easy a pain point is to solve"),
    "painpoint.level": _("Judged the priority of a pain point"),
    "painpoint.moscow": _("Decided on a pain point"),
    "painpoint.note": _("Wrote a note"),
    "painpoint.note_changed": _("Changed a note"),
    "painpoint.note_deleted": _("Deleted a note"),
    "painpoint.order": _("Moved a pain point on the board"),
    "painpoint.owner": _("Changed who owns a pain point"),
    "painpoint.state": _("Changed the state of a pain point"),
    "priority.vote": _("Voted on a pain point"),
    "team.add": _("Made a team"),
    "team.remove": _("Removed a team"),
    "team.rename": _("Renamed a team"),
    "user.add": _("Made an account"),
    "user.company_off": _("Took a company's sign-in off an account"),
    "user.company_on": _("Connected a company's sign-in"),
    "user.link": _("Made a sign-in link"),
    "user.link_used": _("Signed in with a link"),
    "user.mfa_off": _("Switched the second factor off"),
    "user.mfa_on": _("Switched the second factor on"),
    "user.password": _("Changed the password"),
    "user.password_off": _("A password stopped working"),
    "user.password_reset": _("Set a new password by mail"),
    "user.profile": _("Changed their profile"),
    "user.recovery_codes": _("Made new recovery codes"),
    "user.sign_in": _("Signed in"),
    "view.delete": _("Deleted a saved view"),
    "view.save": _("Saved a view"),
    "workspace.make": _("Made a workspace"),
    "workspace.packs": _("Changed the codebook packs"),
    "workspace.rename": _("Renamed the workspace"),
}

KINDS: dict[str, Any] = {
    "codebook": _("Codebook"),
    "customer": _("Customers"),
    "feedback": _("Feedback"),
    "import": _("Imports"),
    "invitation": _("Invitations"),
    "job": _("Work in the background"),
    "key": _("Keys"),
    "member": _("Members"),
    "painpoint": _("Pain points"),
    "priority": _("Priorities"),
    "team": _("Teams"),
    "user": _("Accounts"),
    "view": _("Saved views"),
    "workspace": _("Workspace"),
}
"""First part of an action → what it is about."""

for _app in ("deliveries", "asks", "cases", "plans", "experiments", "reports"):
    _said = import_module(f"balm.web.{_app}.actions")
    ACTIONS |= _said.ACTIONS
    KINDS |= _said.KINDS


def named(action: str) -> Any:
    """An action in plain words; its code where a later version of Balm wrote it."""
    return ACTIONS.get(action, action)


def target(row: AuditEntry, themes: Mapping[str, Labels]) -> Any:
    """What an action was done to, by its name: a file, a kind of work, a theme; "" where the code says enough."""
    about = row.action.split(".")[0]
    if about == "import":
        return row.detail.get("name", "")
    if about == "job":
        return kind(row.detail.get("kind", ""))
    return pick(themes.get(row.target)) if about in ("painpoint", "priority") else ""
