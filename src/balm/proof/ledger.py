"""What plans cost and what they brought, added up without counting anything twice.

An entry claims cells: one pain, in one unit, on one day. A cell that several entries claim counts for the one that was
registered first; a later entry counts only what lies beyond. So the sum is never more than all cells together hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from balm.core.errors import WrongUse
from balm.core.types import Estimate, to_json
from balm.core.verdicts import Better, Outcome

Span = tuple[int, int]
"""First and last day, both included, as days since 1970-01-01."""

INDEPENDENT, SHARED = "sum of independent effects", "sum of effects that share data"


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan's check, as the ledger needs it.

    `key`: names it, unique. `registered`: when, in any number that grows with time. `units`: unit → the days on which
    it had the fix and counts. `per_day`: unit → its observations a day in that time. `effect`: change of the metric
    per observation, with the fix − without. `worth`: money for one unit of the metric and observation (of a share: for
    one observation that no longer has the pain), None where nobody set it. `cost`: of the plan, once. `shares`: what it
    was estimated from beside its units, such as its comparison: entries with one in common are not independent.
    """

    key: str
    registered: float
    pain: str
    units: Mapping[str, Span]
    per_day: Mapping[str, float]
    effect: Estimate
    outcome: Outcome
    better: Better = "lower"
    worth: float | None = None
    cost: float | None = None
    shares: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it counts. `claimed`, `counted`: unit-days; `observations`: those that count. `gain`: improvement of
    the metric, summed over them (of a share: observations without the pain); `benefit`: its money; both grow with what
    is good. `within`: keys of earlier entries that count a part of what it claims. `left_out`: why it counts nothing:
    "cannot tell", "no effect", "all counted before", or ""."""

    key: str
    pain: str
    outcome: Outcome
    cost: float | None
    claimed: int
    counted: int
    observations: float
    gain: Estimate
    benefit: Estimate
    within: tuple[str, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries in the order of their registration, and their sums. `net`: benefit − cost, of the entries that have
    a worth or a cost. `shared`: keys of entries that share data with another, whose intervals were added end to end.
    `unpriced`: keys of entries that bring something nobody gave a worth."""

    lines: tuple[Line, ...]
    cost: float
    gains: dict[str, Estimate]
    benefit: Estimate
    net: Estimate
    shared: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_json(self)
        return plain


@dataclass(slots=True)
class _Claims:
    """Days of each (pain, unit) that count already: disjoint spans with the key of the entry they count for."""

    taken: dict[tuple[str, str], list[tuple[int, int, str]]] = field(default_factory=dict)

    def take(self, entry: Entry, unit: str) -> tuple[int, set[str]]:
        """Claim the days of one unit: how many are new, and who has the others."""
        first, last = entry.units[unit]
        held = self.taken.setdefault((entry.pain, unit), [])
        free, others = [(first, last)] if last >= first else [], set()
        for start, end, key in held:
            parts = []
            for a, b in free:
                if end < a or start > b:
                    parts.append((a, b))
                    continue
                others.add(key)
                parts += [span for span in ((a, start - 1), (end + 1, b)) if span[1] >= span[0]]
            free = parts
        held += [(a, b, entry.key) for a, b in free]
        return sum(b - a + 1 for a, b in free), others


def ledger(entries: Iterable[Entry]) -> Ledger:
    """Lines and sums; the order in which entries are given does not matter.

    Intervals: of independent entries the distances to the ends are combined by the root of the sum of their squares
    (Zou and Donner 2008, Statistics in Medicine 27, 1693–1702); entries that share data, a unit or one of `shares`, are
    added end to end first, which is rather too wide than too narrow. Raises WrongUse for two entries of one key.
    """
    ordered = sorted(entries, key=lambda e: (e.registered, e.key))
    if len({e.key for e in ordered}) < len(ordered):
        raise WrongUse("a ledger needs a key of its own for every entry")
    claims = _Claims()
    lines = tuple(_line(entry, claims) for entry in ordered)
    groups = _groups([e for e, line in zip(ordered, lines, strict=True) if line.counted])
    by_key = {line.key: line for line in lines}
    benefits = [[by_key[key].benefit for key in group if by_key[key].benefit.value is not None] for group in groups]
    benefit = _sum(benefits)
    cost = sum(entry.cost or 0.0 for entry in ordered)
    pains = sorted({line.pain for line in lines if line.counted})
    return Ledger(
        lines=lines,
        cost=cost,
        gains={p: _sum([[by_key[k].gain for k in g if by_key[k].pain == p] for g in groups]) for p in pains},
        benefit=benefit,
        net=_less(benefit, cost),
        shared=tuple(sorted(key for group in groups if len(group) > 1 for key in group)),
        unpriced=tuple(e.key for e, line in zip(ordered, lines, strict=True) if line.counted and e.worth is None),
    )


def _line(entry: Entry, claims: _Claims) -> Line:
    claimed = sum(max(last - first + 1, 0) for first, last in entry.units.values())
    known = all(v is not None and math.isfinite(v) for v in _three(entry.effect))
    left_out = "cannot tell" if entry.outcome is Outcome.CANNOT_TELL else "" if known else "no effect"
    counted, observations, others = 0, 0.0, set[str]()
    if not left_out:
        for unit in sorted(entry.units):
            days, had = claims.take(entry, unit)
            counted += days
            observations += days * max(float(entry.per_day.get(unit, 0.0)), 0.0)
            others |= had
        left_out = "all counted before" if not counted and claimed else ""
    sign = -1.0 if entry.better == "lower" else 1.0
    gain = _times(entry.effect, sign * observations) if counted else _nothing()
    benefit = _nothing() if entry.worth is None or not counted else _times(gain, entry.worth)
    return Line(
        entry.key, entry.pain, entry.outcome, entry.cost, claimed, counted, observations, gain, benefit,
        tuple(sorted(others)), left_out,
    )  # fmt: skip


def _groups(entries: Sequence[Entry]) -> list[list[str]]:
    """Keys of entries that hang together by a unit or by what they share; each in one group."""
    groups: list[tuple[set[str], list[str]]] = []
    for entry in entries:
        marks = {f"unit {unit}" for unit in entry.units} | {f"shares {mark}" for mark in entry.shares}
        joined = [entry.key]
        rest = []
        for other, keys in groups:
            if marks & other:
                marks |= other
                joined = [*keys, *joined]
            else:
                rest.append((other, keys))
        groups = [*rest, (marks, joined)]
    return [sorted(keys) for _, keys in groups]


def _sum(groups: Sequence[Sequence[Estimate]]) -> Estimate:
    """Independent groups of dependent estimates; nothing where there is none."""
    kept = sorted((g for g in groups if g), key=lambda g: [_three(e) for e in g])  # the same bytes in any order
    if not kept:
        return _nothing()
    value = math.fsum(e.value or 0.0 for g in kept for e in g)
    below = math.sqrt(math.fsum(math.fsum((e.value or 0.0) - (e.low or 0.0) for e in g) ** 2 for g in kept))
    above = math.sqrt(math.fsum(math.fsum((e.high or 0.0) - (e.value or 0.0) for e in g) ** 2 for g in kept))
    method = SHARED if any(len(g) > 1 for g in kept) else INDEPENDENT
    return Estimate(value, value - below, value + above, sum(e.n for g in kept for e in g), method)


def _times(e: Estimate, factor: float) -> Estimate:
    """An estimate times a known number; the ends change places where that is negative."""
    value, low, high = (None if v is None else v * factor + 0.0 for v in _three(e))
    return Estimate(value, *((low, high) if factor >= 0 else (high, low)), e.n, e.method)


def _less(e: Estimate, cost: float) -> Estimate:
    value, low, high = (None if v is None else v - cost for v in _three(e))
    return Estimate(value, low, high, e.n, e.method)


def _three(e: Estimate) -> tuple[float | None, float | None, float | None]:
    return e.value, e.low, e.high


def _nothing() -> Estimate:
    return Estimate(None, None, None, 0, "")
