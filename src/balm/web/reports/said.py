"""“You said, we did”: what may be told to customers, and what is."""

from __future__ import annotations

from dataclasses import dataclass

from balm.core.verdicts import Outcome
from balm.web.experiments.models import Check
from balm.web.experiments.selectors import newest
from balm.web.experiments.told import ProofLine, line
from balm.web.people.models import Workspace
from balm.web.reports.models import Said, SaidPage
from balm.web.site.language import current

PROVED = (Outcome.GONE.value, Outcome.REDUCED.value)


def proved(check: Check) -> bool:
    """Whether its newest verdict proves an improvement that has not been lost since."""
    return check.outcome in PROVED and check.regressed is None and check.state != Check.State.VOID


@dataclass(frozen=True)
class Candidate:
    """A verdict that can be told. `entry`: what was written of it; `told`: customers see it now."""

    proof: ProofLine
    entry: Said | None
    holds: bool

    @property
    def told(self) -> bool:
        return self.holds and self.entry is not None and self.entry.published is not None


def candidates(workspace: Workspace) -> list[Candidate]:
    """Verdicts that prove an improvement, and entries whose verdict does not hold any more."""
    entries = {entry.check_of_id: entry for entry in Said.objects.filter(workspace=workspace)}
    checks = list(Check.objects.filter(workspace=workspace).select_related("workspace"))
    wanted = [check for check in checks if proved(check) or check.pk in entries]
    rows = newest(wanted)
    return [Candidate(line(check, rows.get(check.pk)), entries.get(check.pk), proved(check)) for check in wanted]


def page_of(workspace: Workspace) -> SaidPage:
    """The page's settings; closed where nobody opened it."""
    return SaidPage.objects.filter(workspace=workspace).first() or SaidPage(workspace=workspace)


def shown(workspace: Workspace) -> list[dict[str, str]]:
    """What customers see: published entries whose verdict holds, in the reader's language or one it has."""
    entries = Said.objects.filter(workspace=workspace, published__isnull=False).select_related("check_of")
    found = []
    for entry in entries:
        if not proved(entry.check_of):
            continue
        language = next((name for name in _order() if name in entry.texts), "")
        if language:
            judged = entry.check_of.judged
            found.append({**entry.texts[language], "language": language, "on": judged.date() if judged else None})
    return found


def _order() -> tuple[str, ...]:
    reader = current()
    near = {"zh-Hans": ("zh-Hant",), "zh-Hant": ("zh-Hans",)}.get(reader, ())
    return (reader, *near, "en", "zh-Hans", "zh-Hant")
