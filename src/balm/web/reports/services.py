"""What changes the page for customers: each function one transaction with its audit row."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.types import LANGUAGES
from balm.web.experiments.models import Check
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace
from balm.web.reports.models import Said, SaidPage
from balm.web.reports.said import proved

LONGEST = 600


class Refused(Exception):
    """What was asked cannot be done; the text tells the person why and what to do."""


@transaction.atomic
def open_page(workspace: Workspace, *, on: bool, firm: str, by: User) -> SaidPage:
    """Open or close the page for customers, and say how the firm is called there."""
    firm = " ".join(firm.replace("\0", " ").split())
    if len(firm) > 120:
        raise Refused(_("Keep the name under %(n)s characters.") % {"n": 120})
    page, _made = SaidPage.objects.update_or_create(workspace=workspace, defaults={"open": on, "firm": firm})
    record(workspace, by, "report.said_page", firm, open=on)
    return page


@transaction.atomic
def write(workspace: Workspace, check: int, texts: Mapping[str, Mapping[str, str]], by: User) -> Said:
    """Write what stands on the page about a check. `texts`: language → {"said", "did"}; a language may be left out as a
    whole. Only a verdict that proves an improvement can be told."""
    found = Check.objects.select_for_update().filter(workspace=workspace, pk=check).first()
    if found is None or not proved(found):
        raise Refused(_("Only what a verdict proved can be told to customers."))
    kept = {}
    for language in LANGUAGES:
        said, did = (_text(texts.get(language, {}).get(name, "")) for name in ("said", "did"))
        if bool(said) != bool(did):
            raise Refused(_("Write both sentences of a language, or neither."))
        if said:
            kept[language] = {"said": said, "did": did}
    if not kept:
        raise Refused(_("Write both sentences in at least one language."))
    entry, _made = Said.objects.update_or_create(
        check_of=found, defaults={"workspace": workspace, "texts": kept, "by": by}
    )
    record(workspace, by, "report.said_write", found.title, check=check, languages=list(kept))
    return entry


def _text(text: str) -> str:
    text = " ".join(text.replace("\0", " ").split())
    if len(text) > LONGEST:
        raise Refused(_("Keep each sentence under %(n)s characters.") % {"n": LONGEST})
    return text


@transaction.atomic
def publish(workspace: Workspace, pk: int, by: User, *, on: bool) -> None:
    """Put an entry on the page, or take it off."""
    entry = Said.objects.select_for_update().filter(workspace=workspace, pk=pk).select_related("check_of").first()
    if entry is None:
        raise Refused(_("This entry is not there any more. Load the page again."))
    if on and not proved(entry.check_of):
        raise Refused(_("Only what a verdict proved can be told to customers."))
    entry.published = timezone.now() if on else None
    entry.save(update_fields=["published"])
    record(workspace, by, "report.said_publish", entry.check_of.title, on=on)
