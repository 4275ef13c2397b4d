"""What a check writes down before the fix, as JSON, and its seal. No Django.

{"metric": "mentions" | "score" | "content" | "measurement", "kind": "share" | "mean" | "rate", "least": 4.0 | null,
 "series": "", "themes": [ids],
 "by": attribute | "", "known": "attribute" | "list", "how": text,
 "exposed": {unit: "2026-03-01"}, "comparison": [units], "excluded": [units],     # "list": empty, see `lists`
 "lists": digest | "", "design": "did", "better": "lower" | "higher", "margin": 0.02, "remainder": 0.2,
 "target": 4.5 | null, "soak": days, "baseline": days, "selected": days, "end": day, "minimum": 100, "step": 7,
 "failure": text, "watch": {"block": 14, "alpha": 0.05}, "worth": 12.5 | null, "seed": 0}
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from balm.core.verdicts import Design, Registered

EPOCH = dt.date(1970, 1, 1)
BUCKETS = 20
"""Groups that customers of a list are dealt into, so that there are units to compare: their own spread tells chance."""


def days(date: dt.date | str) -> int:
    """Days since 1970-01-01."""
    return ((dt.date.fromisoformat(date) if isinstance(date, str) else date) - EPOCH).days


def date(days: int) -> dt.date:
    return EPOCH + dt.timedelta(days=int(days))


def canonical(value: Any) -> bytes:
    """JSON in one way only: keys in order, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def seal(spec: Mapping[str, Any], lists: Mapping[str, Any], when: dt.datetime, who: str) -> str:
    """SHA-256 over what is registered, when and by whom. `when`: with a zone; taken to the second."""
    stamp = when.astimezone(dt.UTC).replace(microsecond=0).isoformat()
    return digest({"spec": dict(spec), "lists": digest(dict(lists)), "registered": stamp, "by": who})


def period(step: int) -> int:
    """Periods in a season: days of the week; weeks and longer have none that a check is long enough to learn."""
    return 7 if step == 1 else 0


def registered(spec: Mapping[str, Any], sides: Sides, *, end: dt.date | None = None) -> Registered:
    """What the designs read. `end`: an earlier last day, for an interim look."""
    last = days(spec["end"]) if spec.get("end") else None
    if end is not None:
        last = min(days(end), last) if last is not None else days(end)
    return Registered(
        design=Design(spec["design"]),
        exposed=sides.exposed,
        better=spec.get("better", "lower"),
        margin=float(spec.get("margin") or 0.0),
        remainder=float(spec.get("remainder", 0.2)),
        soak=int(spec.get("soak") or 0),
        baseline=int(spec.get("baseline") or 0),
        selected=int(spec.get("selected") or 0),
        end=last,
        minimum=int(spec.get("minimum") or 0),
        period=period(int(spec.get("step") or 7)),
        excluded=sides.excluded,
        seed=int(spec.get("seed") or 0),
        target=spec.get("target"),
    )


class Sides:
    """Who is on which side. `exposed`: unit → first day; `groups`: customer → unit, where customers make the units;
    `both`: customers found on both sides."""

    def __init__(
        self,
        exposed: Mapping[str, int],
        comparison: tuple[str, ...],
        excluded: tuple[str, ...] = (),
        groups: Mapping[str, str] | None = None,
        both: int = 0,
    ) -> None:
        self.exposed, self.comparison, self.excluded = dict(exposed), comparison, excluded
        self.groups, self.both = dict(groups or {}), both

    @property
    def units(self) -> list[str]:
        return [*self.exposed, *self.comparison, *self.excluded]


def by_attribute(spec: Mapping[str, Any]) -> Sides:
    """Sides whose units are values of an attribute, or units of a series."""
    exposed = {unit: days(day) for unit, day in spec.get("exposed", {}).items()}
    return Sides(exposed, tuple(spec.get("comparison", ())), tuple(spec.get("excluded", ())))


def by_list(lists: Mapping[str, Any], people: Mapping[str, str], everybody: list[str]) -> Sides:
    """Sides made of customers.

    `lists`: customer → [side, first day or ""]; `people`: key → key that stands for the person, where they differ;
    `everybody`: all customers; those that no list names are the comparison where no list names any.
    """
    sides: dict[str, tuple[str, str]] = {}
    both = 0
    for key, (side, day) in lists.items():
        person = people.get(key, key)
        was = sides.get(person)
        if was and {was[0], side} == {"exposed", "comparison"}:
            both += 1
        if was is None or side == "exposed":
            sides[person] = (side, min(day, was[1]) if was and was[0] == side else day)
    if not any(side == "comparison" for side, _ in sides.values()):
        sides |= {person: ("comparison", "") for person in everybody if person not in sides}
    return _dealt(sides, both)


def _dealt(sides: Mapping[str, tuple[str, str]], both: int) -> Sides:
    exposed: dict[str, int] = {}
    groups: dict[str, str] = {}
    size = max(1, min(BUCKETS, sum(side == "exposed" for side, _ in sides.values()) // 5))
    for person, (side, day) in sides.items():
        place = int.from_bytes(hashlib.blake2b(person.encode(), digest_size=8).digest(), "big") % size + 1
        name = {"exposed": f"{day} · {place:02d}", "excluded": "excluded"}.get(side, f"comparison · {place:02d}")
        groups[person] = name
        if side == "exposed":
            exposed[name] = days(day)
    comparison = sorted({unit for unit in groups.values() if unit.startswith("comparison")})
    excluded = ("excluded",) if "excluded" in groups.values() else ()
    return Sides(exposed, tuple(comparison), excluded, groups, both)
