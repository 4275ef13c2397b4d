"""A check and its verdict as the page shows them: rows of facts, numbers with their evidence, assumptions in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from balm.communicate import numbers as written
from balm.communicate import proof
from balm.communicate.messages import same
from balm.core.types import Estimate, Labels
from balm.core.verdicts import Assumption, Verdict
from balm.web.customers.selectors import in_all
from balm.web.experiments import advice as advices
from balm.web.experiments import judging, told, voice
from balm.web.experiments import spec as specs
from balm.web.experiments.models import Check, Look, VerdictRow

ICONS = {True: "circle-check", False: "circle-x", None: "help-circle"}


@dataclass(frozen=True)
class Weighed:
    """An assumption on the page. `decided`: whether it decided the verdict."""

    assumption: Assumption
    decided: bool = False

    @property
    def name(self) -> Labels:
        return proof.check_name(self.assumption.name)

    @property
    def why(self) -> Labels:
        return proof.why(self.assumption)

    @property
    def word(self) -> Labels:
        return proof.holds(self.assumption.ok)

    @property
    def icon(self) -> str:
        return ICONS[self.assumption.ok]

    @property
    def slug(self) -> str:
        return {True: "ok", False: "no", None: "unknown"}[self.assumption.ok]


@dataclass(frozen=True)
class Looked:
    """A look after a pain was closed."""

    check: Check
    row: Look

    @property
    def exposed(self) -> Labels:
        return told.level(self.check, Estimate(**self.row.exposed))

    @property
    def others(self) -> Labels | None:
        return told.level(self.check, Estimate(**self.row.others)) if self.row.others else None

    @property
    def rise(self) -> Labels:
        return proof.difference(Estimate(**self.row.rise), told.kind_of_check(self.check))


def facts(check: Check) -> list[tuple[Any, Any]]:
    """What is registered, row by row: name and value."""
    spec = check.spec
    what = told.what_of(spec, voice.about_of(check))
    worth = spec.get("worth")
    rows: list[tuple[Any, Any]] = [
        (_("Metric"), what),
        (_("Who gets the fix"), _exposed(check)),
        (_("How we know who got it"), same(str(spec.get("how", "")))),
        (_("Compared with"), _compared(check)),
        (_("Design"), proof.design(str(spec.get("design", "")))),
        (_("First day of the fix"), same(str(check.starts or "–"))),
        (_("Soak, in days"), same(str(spec.get("soak", 0)))),
        (_("Baseline, in days before the start"), same(str(spec.get("baseline") or "–"))),
        (_("Days of the choice, left out"), same(str(spec.get("selected") or "–"))),
        (_("Last day that counts"), same(str(check.ends or "–"))),
        (_("Minimum n on each side"), same(f"{int(spec.get('minimum') or 0):,}")),
        (_("Smallest change that matters"), told.bare(spec.get("margin"), told.kind_of_check(check))),
        (_("Gone means: at most left"), same(written.percent(float(spec.get("remainder") or 0), 0))),
        (_("What would count as failure"), same(str(spec.get("failure", "")))),
    ]
    if spec.get("excluded"):
        rows.insert(4, (_("Left out"), same(", ".join(spec["excluded"]))))
    if worth is not None:
        rows.append((_("Worth of one observation less"), same(f"{worth:,g}")))
    if spec.get("target") is not None:
        rows.insert(12, (_("Level at which there is no pain"), same(f"{spec['target']:g}")))
    return rows


def _exposed(check: Check) -> Labels:
    spec = check.spec
    if spec.get("known") == "list":
        n = sum(side == "exposed" for side, _day in check.lists.values())
        return {
            "en": f"{n:,} customers of a list",
            "zh-Hans": f"名单中的 {n:,} 位客户",
            "zh-Hant": f"名單中的 {n:,} 位顧客",
        }
    days = spec.get("exposed", {})
    named = [f"{unit} ({day})" for unit, day in list(days.items())[:40]]
    return same(f"{spec.get('by') or spec.get('series')} = " + ", ".join(named) if named else "–")


def _of_list(n: int) -> Labels:
    words = in_all(gettext_noop("%(n)s customers of a list"))
    return {language: text % {"n": f"{n:,}"} for language, text in words.items()}


def _compared(check: Check) -> Labels:
    spec = check.spec
    if spec.get("design") == "its":
        return in_all(gettext_noop("its own past"))
    if spec.get("known") == "list":
        n = sum(side == "comparison" for side, _day in check.lists.values())
        if not n:
            return in_all(gettext_noop("all other customers"))
        return {
            "en": f"{n:,} customers of a list",
            "zh-Hans": f"名单中的 {n:,} 位客户",
            "zh-Hant": f"名單中的 {n:,} 位顧客",
        }
    return same(", ".join(spec.get("comparison", ())[:40]) or "–")


def numbers(row: VerdictRow, verdict: Verdict) -> list[tuple[Any, Labels]]:
    """What was found, row by row."""
    reading, kind = verdict.reading, told.kind_of(row)
    if reading is None:
        return []
    return [
        (_("Effect of the fix"), proof.difference(reading.effect, kind)),
        (_("With the fix"), proof.amount(reading.level, kind)),
        (_("What it would have been without"), proof.amount(reading.without, kind)),
        (_("Left of it"), proof.amount(reading.remaining, "share")),
    ]


_SIDES = {
    "exposed_before": _("exposed, before"),
    "exposed_after": _("exposed, after"),
    "comparison_before": _("comparison, before"),
    "comparison_after": _("comparison, after"),
}


def sizes(slug: str, check: Check, row: VerdictRow, verdict: Verdict) -> list[tuple[Any, int, str]]:
    """n of each side, with the address of the comments it counts ("" where they cannot be named by a filter)."""
    if verdict.reading is None:
        return []
    spec, found = row.data.get("spec", {}), []
    for side, name in _SIDES.items():
        n = verdict.reading.n.get(side)
        if n is None or (n == 0 and side.startswith("comparison")):
            continue
        found.append((name, n, _address(slug, check, spec, side, row)))
    return found


def _address(slug: str, check: Check, spec: dict[str, Any], side: str, row: VerdictRow) -> str:
    if spec.get("metric") == "measurement" or spec.get("known") == "list" or not check.starts:
        return ""
    units = list(spec.get("exposed", {})) if side.startswith("exposed") else list(spec.get("comparison", ()))
    pairs = [(f"by:{spec.get('by')}", unit) for unit in units[:30]]
    begin = specs.days(check.starts)
    if side.endswith("before"):
        pairs.append(("to", str(specs.date(begin - 1))))
        if spec.get("baseline"):
            pairs.append(("from", str(specs.date(begin - int(spec["baseline"])))))
    else:
        pairs.append(("from", str(specs.date(begin + int(spec.get("soak") or 0)))))
        end = min(day for day in (row.last_day, check.ends) if day) if (row.last_day or check.ends) else None
        pairs += [("to", str(end))] if end else []
    return f"{reverse('feedback:list', args=[slug])}?{urlencode(pairs)}"


def advice(check: Check) -> advices.Advice:
    """What the data before the fix allow. Raises BalmError where they cannot be read."""
    source = judging.source_of(check.workspace, check.spec)
    if source.rows is not None:
        return advices.advise(source, check.spec, check.lists)
    version = tuple(sorted((source.versions or {}).items(), key=str))
    return _kept(check.pk, specs.digest([check.spec, check.lists]), version, _Held(source, check))


class _Held:
    """Arguments that do not count for the cache: what they are is said by the others."""

    def __init__(self, source: Any, check: Check) -> None:
        self.source, self.check = source, check

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=64)
def _kept(pk: int, digest: str, version: tuple[Any, ...], held: _Held) -> advices.Advice:
    return advices.advise(held.source, held.check.spec, held.check.lists)
