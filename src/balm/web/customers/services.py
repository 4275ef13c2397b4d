"""What changes which keys are one customer: each function one transaction, with its audit row and new figures."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.decisions import Decisions
from balm.core.errors import WrongUse
from balm.web.customers import selectors
from balm.web.customers.models import Merge
from balm.web.painpoints.services import ask_refresh
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

MOST = 100
"""Keys of one merge."""

LONGEST = 200
"""Characters of a key."""


class MergeRefused(WrongUse):
    """Keys that cannot be merged; the message says why, in the reader's language."""


@transaction.atomic
def merge(workspace: Workspace, user: User, into: str, keys: Sequence[str], reason: str = "") -> Merge:
    """Count `keys` as the customer `into` from now on, with all that was merged into them before.

    Raises MergeRefused for a key merged into itself, or keys that are one customer already.
    """
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    reason = reason.replace("\0", " ")  # PostgreSQL keeps none, and no key has one
    wanted = list(dict.fromkeys(key for key in keys if key.replace("\0", "")))
    if any("\0" in key for key in wanted):
        raise MergeRefused(_("Choose the other customer first."))
    if not wanted or not into:
        raise MergeRefused(_("Choose the other customer first."))
    if len(wanted) > MOST or any(len(key) > LONGEST for key in (into, *wanted)):
        raise MergeRefused(_("At most %(most)s keys can be merged at once.") % {"most": MOST})
    if into in wanted:
        raise MergeRefused(_("“%(key)s” cannot be merged into itself.") % {"key": into})
    decided = Decisions(customers=selectors.aliases(workspace))
    target = decided.customer(into)
    for key in wanted:
        if decided.customer(key) == target:
            raise MergeRefused(_("“%(key)s” and “%(into)s” are one customer already.") % {"key": key, "into": into})
    # what is merged is the person, not the key she was found by: no circle can come of it
    people = sorted({decided.customer(key) for key in wanted})
    row = Merge.objects.create(workspace=workspace, into=target, keys=people, reason=reason.strip()[:500], by=user)
    record(workspace, user, "customer.merge", target, keys=people, reason=row.reason)
    ask_refresh(workspace, user)
    return row


@transaction.atomic
def unmerge(workspace: Workspace, user: User, pk: int) -> Merge:
    """Take a merge back: its keys are customers of their own again. Raises MergeRefused if that was done
    before."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    row = Merge.objects.filter(workspace=workspace, pk=pk, undone=None).first()
    if row is None:
        raise MergeRefused(_("This merge was taken back before."))
    row.undone, row.undone_by = timezone.now(), user
    row.save(update_fields=["undone", "undone_by"])
    record(workspace, user, "customer.unmerge", row.into, keys=row.keys)
    ask_refresh(workspace, user)
    return row
