"""Tags of the pages of proof: days, names, and what a change changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.translation import gettext as _

from balm.communicate import numbers, proof
from balm.communicate.messages import day
from balm.core.types import Estimate, Labels
from balm.core.verdicts import Assumption
from balm.web.experiments import told
from balm.web.experiments.models import CheckChange
from balm.web.painpoints.figures import Snapshot
from balm.web.site.language import pick
from balm.web.site.templatetags.balm import plainly

register = template.Library()


@register.filter
def on(date: dt.date | None) -> str:
    """A calendar day in the reader's language."""
    return pick(day(date)) if date else "–"


@register.filter
def intcomma_plain(number: int | None) -> str:
    """1,234 in every language, as the library writes it."""
    return "–" if number is None else f"{number:,}"


@register.filter
def theme_label(theme: str, snapshot: Snapshot) -> str:
    return pick(snapshot.labels(theme))


@register.filter
def outcome_name(outcome: str) -> str:
    return pick(proof.outcome(outcome))


@register.filter
def design_name(design: str) -> str:
    return pick(proof.design(design))


@register.filter
def why(assumption: Assumption) -> Labels:
    """What an assumption says."""
    return proof.why(assumption)


@register.filter
def amount_of(value: float | None, kind: Any) -> str:
    """A difference without its interval: of shares in percentage points."""
    return "–" if value is None else pick(told.bare(value, kind))


@register.filter
def unit_of_kind(kind: str) -> str:
    return "share" if kind == "share" else "score"


@register.filter
def side_name(side: str) -> str:
    """Where a unit stands."""
    return {"exposed": _("gets the fix"), "excluded": _("left out")}.get(side, _("compared with"))


@register.filter
def differences(change: CheckChange) -> list[tuple[str, str, str]]:
    """What a change changed: name, before, after. Nothing for a first registration."""
    before, after = change.before or {}, change.after or {}
    if not before or not after:
        return []
    was, now = ({"title": d.get("title"), **d.get("spec", {})} for d in (before, after))
    return [
        (name, _short(was.get(name)), _short(now.get(name)))
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    ]


def _short(value: Any) -> str:
    return plainly(value) if value not in (None, "", [], {}) else "–"


@register.filter
def percent(share: float) -> str:
    """A share as a percentage."""
    return numbers.percent(share)


@register.filter
def pain_name(key: str, snapshot: Snapshot | None) -> str:
    """What a gain of the ledger is counted under: the pains by name, with the metric where it is not mentions."""
    metric, *themes = key.split("|")
    names = [pick(snapshot.labels(theme)) if snapshot else theme for theme in themes]
    return " · ".join(names if metric == "mentions" else [*names, metric])


@register.filter
def gain_words(gain: Estimate, kind: str) -> str:
    """An improvement summed over observations, with its interval."""
    if gain.value is None or gain.low is None or gain.high is None:
        return "–"
    facts = {name: f"{getattr(gain, name):,.0f}" for name in ("value", "low", "high")}
    if kind == "share":
        return _("%(value)s fewer with the pain (95%% interval %(low)s to %(high)s)") % facts
    return _("%(value)s points in all (95%% interval %(low)s to %(high)s)") % facts


@register.filter
def money(amount: float, currency: str) -> str:
    return f"{amount:,.0f} {currency}".strip()


@register.filter
def money_range(e: Estimate, currency: str) -> str:
    """An amount with its interval."""
    if e.value is None:
        return "–"
    return f"{e.value:,.0f} [{e.low or 0:,.0f}, {e.high or 0:,.0f}] {currency}".strip()


@register.filter
def p_words(p: float) -> str:
    """= 0.0123, < 0.0001."""
    return "< 0.0001" if p < 0.0001 else f"= {p:.4f}"
