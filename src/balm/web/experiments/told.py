"""A verdict as it is told: its outcome, its sentence, its numbers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_noop

from balm.communicate import proof
from balm.communicate.figure import Figure
from balm.communicate.messages import same
from balm.core.panel import MetricKind
from balm.core.types import Estimate, Labels
from balm.core.verdicts import Outcome, Reading, Registered, Verdict
from balm.web.customers.selectors import in_all
from balm.web.experiments import spec as specs
from balm.web.experiments.models import Check, VerdictRow
from balm.web.site.language import pick

ICONS = {
    Outcome.GONE: "circle-check",
    Outcome.REDUCED: "trending-down",
    Outcome.UNCHANGED: "minus",
    Outcome.WORSE: "circle-x",
    Outcome.CANNOT_TELL: "help-circle",
}


@lru_cache(maxsize=1)
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Verdict)


def verdict_of(row: VerdictRow) -> Verdict:
    """The verdict that was kept."""
    found: Verdict = _adapter().validate_python(row.verdict)
    return found


def registered_of(row: VerdictRow) -> Registered:
    """What was registered when it was read; of customers in a list, their days only."""
    spec = row.data.get("spec", {})
    sides = specs.by_attribute(spec)
    return specs.registered(spec, sides)


def kind_of(row: VerdictRow) -> MetricKind:
    kind: MetricKind = row.data.get("kind", "share")
    return kind


def sentence(row: VerdictRow) -> Labels:
    """What was found, in two or three sentences, in every language."""
    what: Labels | None = row.data.get("what")
    return proof.sentence(verdict_of(row), registered_of(row), what=what, kind=kind_of(row))


def picture(row: VerdictRow) -> Figure | None:
    """What was observed among the exposed, against what would have been without the fix; None without a path."""
    reading = verdict_of(row).reading
    if reading is None or not reading.path:
        return None
    asked = registered_of(row)
    first = row.data.get("start")
    start = dt.date.fromisoformat(first) if first else None
    what: Labels | None = row.data.get("what")
    return proof.counterfactual(reading.path, start=start, soak=asked.soak, kind=kind_of(row), what=what)


_WHAT = {
    "mentions": gettext_noop("the share of comments that complain of %(about)s"),
    "score": gettext_noop("the mean score"),
    "content": gettext_noop("the share of scores of at least %(least)s"),
    "measurement": gettext_noop("“%(series)s”"),
}


def what_of(spec: Mapping[str, Any], about: Labels) -> Labels:
    """The metric as it stands in running text."""
    facts = {"least": f"{spec.get('least') or 0:g}", "series": str(spec.get("series", ""))}
    words = in_all(_WHAT[spec.get("metric", "mentions")])
    return {language: text % {**facts, "about": about.get(language, "")} for language, text in words.items()}


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
    kind: MetricKind = "share"

    @property
    def icon(self) -> str:
        return ICONS[Outcome(self.outcome)] if self.outcome else "clock"

    @property
    def slug(self) -> str:
        """For class names."""
        return (self.outcome or self.state).replace(" ", "-")

    @property
    def change(self) -> Labels | None:
        """The effect with its interval, in words: of shares in percentage points."""
        return proof.difference(self.effect, self.kind) if self.effect else None

    @property
    def word(self) -> Any:
        return pick(proof.outcome(self.outcome)) if self.outcome else dict(Check.State.choices)[self.state]


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
        kind=kind_of(row) if row else "share",
    )


def kind_of_check(check: Check) -> MetricKind:
    """What its metric is: a share, a mean, or a rate."""
    kind: MetricKind = check.spec.get("kind", "share")
    return kind


def level(check: Check, e: Estimate) -> Labels:
    """A level of its metric with the interval, in words."""
    return proof.amount(e, kind_of_check(check))


def bare(value: float | None, kind: MetricKind) -> Labels:
    """A difference without interval and n: of shares in percentage points."""
    found = proof.difference(Estimate(value, None, None, 0, ""), kind)
    return {language: re.sub(r"\s*[(（]n[^)）]*[)）]", "", text).strip() for language, text in found.items()}


def address(check: Check) -> str:
    try:
        return reverse("experiments:check", args=[check.workspace.slug, check.pk])
    except NoReverseMatch:
        return ""
