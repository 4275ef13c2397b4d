"""What plans cost and what their checks found, each effect counted once."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from balm.core.types import Estimate
from balm.core.verdicts import Outcome
from balm.proof.ledger import Entry, Ledger, Line, Span, ledger
from balm.web.experiments import spec as specs
from balm.web.experiments import told
from balm.web.experiments.models import Check, VerdictRow
from balm.web.experiments.selectors import newest
from balm.web.people.models import Workspace
from balm.web.plans.models import Plan


@dataclass(frozen=True)
class Row:
    """One check in the ledger. `kind`: of its metric; `within`: titles of checks that count a part of it."""

    line: Line
    proof: told.ProofLine
    plan: Plan | None
    kind: str
    within: tuple[str, ...]
    what: Any

    @property
    def share(self) -> bool:
        return self.kind == "share"


@dataclass(frozen=True)
class Page:
    """The ledger. `currency`: of the plans; "" where they have several, which are not added."""

    rows: tuple[Row, ...]
    sums: Ledger
    currency: str
    currencies: tuple[str, ...]
    gains: tuple[tuple[str, Estimate, str], ...]  # pain, gain, kind
    shared: tuple[str, ...]


def of(workspace: Workspace) -> Page:
    """Every check with a verdict, in the order of registration."""
    checks = {
        c.pk: c for c in Check.objects.filter(workspace=workspace).exclude(outcome="").select_related("workspace")
    }
    rows = newest(checks.values())
    plans = {plan.number: plan for plan in Plan.objects.filter(workspace=workspace)}
    currencies = Counter(p.currency for c in checks.values() if (p := plans.get(c.plan or 0)) and _cost(p) is not None)
    currency = next(iter(currencies), "") if len(currencies) < 2 else ""
    pains = _pains(checks.values())
    entries = _entries(checks, rows, plans, pains, priced=len(currencies) < 2)
    sums = ledger(entries)
    kinds = {pains[pk]: told.kind_of(row) for pk, row in rows.items()}
    found = []
    for line in sums.lines:
        check = checks[int(line.key)]
        row = rows[check.pk]
        found.append(
            Row(
                line=line,
                proof=told.line(check, row),
                plan=plans.get(check.plan or 0),
                kind=told.kind_of(row),
                within=tuple(checks[int(key)].title for key in line.within),
                what=row.data.get("what"),
            )
        )
    gains = tuple((pain, gain, kinds.get(pain, "share")) for pain, gain in sums.gains.items() if gain.value is not None)
    shared = tuple(checks[int(key)].title for key in sums.shared)
    return Page(tuple(found), sums, currency, tuple(sorted(currencies)), gains, shared)


def _entries(
    checks: dict[int, Check],
    rows: dict[int, VerdictRow],
    plans: dict[int, Plan],
    pains: dict[int, str],
    *,
    priced: bool,
) -> list[Entry]:
    """The cost of a plan is counted with its first check, the money of a pain by one metric. Checks of one pain whose
    units are told in different ways cannot be held against each other unit by unit: they claim all of it."""
    ways: dict[str, set[str]] = defaultdict(set)
    for check in checks.values():
        ways[pains[check.pk]].add(_way(check))
    paid: set[int] = set()
    worth: dict[str, str] = {}
    found = []
    for check in sorted(checks.values(), key=lambda c: (str(c.registered), c.pk)):
        row = rows.get(check.pk)
        if row is None:
            continue
        plan, pain = plans.get(check.plan or 0), pains[check.pk]
        cost = _cost(plan) if plan and priced and plan.number not in paid else None
        if plan and cost is not None:
            paid.add(plan.number)
        metric, _bar, themes = pain.partition("|")
        told_worth = check.spec.get("worth") is not None and worth.setdefault(themes, metric) == metric
        found.append(_entry(check, row, pain, cost, whole=len(ways[pain]) > 1, worth=told_worth))
    return found


def _entry(check: Check, row: VerdictRow, pain: str, cost: float | None, *, whole: bool, worth: bool) -> Entry:
    reading = told.verdict_of(row).reading
    units, per_day = _claims(row)
    if whole and units:
        first, last = min(a for a, _b in units.values()), max(b for _a, b in units.values())
        units, per_day = {"all": (first, last)}, {"all": sum(per_day.values())}
    spec, way = row.data.get("spec", {}), "" if whole else f"{_way(check)}="
    return Entry(
        key=str(check.pk),
        registered=check.registered.timestamp() if check.registered else 0.0,
        pain=pain,
        units={way + unit: span for unit, span in units.items()},
        per_day={way + unit: n for unit, n in per_day.items()},
        effect=reading.effect if reading else Estimate(None, None, None, 0, ""),
        outcome=Outcome(row.outcome),
        better="higher" if spec.get("better") == "higher" else "lower",
        worth=float(spec["worth"]) if worth else None,
        cost=cost,
        shares=frozenset(f"compared {unit}" for unit in spec.get("comparison", ())) or frozenset({"compared others"}),
    )


def _claims(row: VerdictRow) -> tuple[dict[str, Span], dict[str, float]]:
    """Unit → days with the fix that count, and observations a day."""
    units: dict[str, Span] = {}
    per_day: dict[str, float] = {}
    for unit in row.data.get("units", ()):
        if not unit.get("first") or not unit.get("after"):
            continue
        first = specs.days(dt.date.fromisoformat(unit["first"]))
        last = specs.days(dt.date.fromisoformat(unit["last"]))
        if last >= first:
            units[unit["unit"]] = first, last
            per_day[unit["unit"]] = float(unit["after"]) / (last - first + 1)
    return units, per_day


def _pains(checks: Iterable[Check]) -> dict[int, str]:
    """Check → what its effect is counted under: the metric, and its pains with all that other checks join to them. So
    a check of one pain and a check of several with it among them do not both count."""
    groups: list[set[str]] = []
    checks = list(checks)
    for check in checks:
        joined = set(check.themes)
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined]
    found = {}
    for check in checks:
        metric = check.spec.get("metric", "mentions")
        named = str(check.spec.get("series") if metric == "measurement" else metric)
        group = next((one for one in groups if one & set(check.themes)), set())
        found[check.pk] = "|".join([named, *sorted(group)])
    return found


def _way(check: Check) -> str:
    return "list" if check.spec.get("known") == "list" else str(check.spec.get("by") or check.spec.get("series"))


def _cost(plan: Plan) -> float | None:
    """What was spent; what was planned, where nobody has said."""
    cost = plan.spent if plan.spent is not None else plan.cost
    return None if cost is None else float(cost)
