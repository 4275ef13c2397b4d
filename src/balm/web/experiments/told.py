"""A verdict as it is told: its outcome, its sentence, its numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from balm.communicate import numbers
from balm.communicate.messages import same
from balm.core.types import Estimate, Labels
from balm.core.verdicts import Outcome, Reading, Verdict
from balm.web.experiments.models import Check, VerdictRow

ICONS = {
    Outcome.GONE: "circle-check",
    Outcome.REDUCED: "trending-down",
    Outcome.UNCHANGED: "minus",
    Outcome.WORSE: "circle-x",
    Outcome.CANNOT_TELL: "help-circle",
}

NAMES = {
    Outcome.GONE: _("gone"),
    Outcome.REDUCED: _("reduced"),
    Outcome.UNCHANGED: _("unchanged"),
    Outcome.WORSE: _("worse"),
    Outcome.CANNOT_TELL: _("cannot tell"),
}


@lru_cache(maxsize=1)
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Verdict)


def verdict_of(row: VerdictRow) -> Verdict:
    """The verdict that was kept."""
    found: Verdict = _adapter().validate_python(row.verdict)
    return found


def sentence(row: VerdictRow) -> Labels:
    """What was found, in one sentence, in every language."""
    from balm.communicate import proof

    return proof.sentence(verdict_of(row), **_shape(row))


def _shape(row: VerdictRow) -> dict[str, Any]:
    return {"unit": row.data.get("shown", "share")}


@dataclass(frozen=True)
class ProofLine:
    """What other pages say of a check. `outcome`: "" while there is no verdict; then `sentence` says how far it is."""

    pk: int
    title: str
    state: str
    outcome: str
    sentence: Labels
    url: str
    registered: dt.date | None
    effect: Estimate | None
    resolved: bool = False
    regressed: bool = False
    ends: dt.date | None = None
    judged: dt.date | None = None
    themes: tuple[str, ...] = ()
    plan: int | None = None

    @property
    def icon(self) -> str:
        return ICONS[Outcome(self.outcome)] if self.outcome else "clock"

    @property
    def slug(self) -> str:
        """For class names."""
        return (self.outcome or self.state).replace(" ", "-")

    @property
    def word(self) -> Any:
        return NAMES[Outcome(self.outcome)] if self.outcome else dict(Check.State.choices)[self.state]


def line(check: Check, row: VerdictRow | None) -> ProofLine:
    """`row`: its newest verdict that is not interim, None while there is none."""
    reading: Reading | None = verdict_of(row).reading if row else None
    return ProofLine(
        pk=check.pk,
        title=check.title,
        state=check.state,
        outcome=row.outcome if row else "",
        sentence=sentence(row) if row else same(""),
        url=address(check),
        registered=check.registered.date() if check.registered else None,
        effect=reading.effect if reading else None,
        resolved=check.resolved is not None,
        regressed=check.regressed is not None,
        ends=check.ends,
        judged=check.judged.date() if check.judged else None,
        themes=tuple(check.themes),
        plan=check.plan,
    )


def unit_of(check: Check) -> numbers.Unit:
    """How its metric is written: as a share, or as a number on its scale."""
    return "share" if check.spec.get("metric") in ("mentions", "content") else "score"


def level(check: Check, e: Estimate) -> Labels:
    """A level of its metric with the interval, in words."""
    return numbers.estimate(e, unit_of(check))


def address(check: Check) -> str:
    try:
        return reverse("experiments:check", args=[check.workspace.slug, check.pk])
    except NoReverseMatch:
        return ""
