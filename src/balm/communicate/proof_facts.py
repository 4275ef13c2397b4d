"""The figures an assumption names beside its sentence. Facts may be missing or odd: then they are not named."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from balm.communicate import numbers
from balm.communicate.messages import WORDS, day, listed, same, say
from balm.core.panel import MetricKind
from balm.core.types import Labels
from balm.core.verdicts import Assumption

MOST_NAMED = 5
"""Units a sentence names; of more it says how many."""


def details(assumption: Assumption) -> list[Labels]:
    """Sentences that name the facts of an assumption, as far as they are there."""
    told = []
    for keys, word, states in DETAILS.get(assumption.name, ()):
        if state(assumption.ok) not in states:
            continue
        values = {name: _fact(assumption, name, form) for name, form in keys.items()}
        if all(value is not None for value in values.values()):
            told.append(say(word, **values))
    return told


def state(ok: bool | None) -> str:
    """ok, no or unknown: as the keys of the catalogue end."""
    return "unknown" if ok is None else "ok" if ok else "no"


def written(value: float, kind: MetricKind) -> Labels:
    """A change of the metric without an interval; of a share, in points."""
    if kind == "share":
        return say("proof.points", value=numbers.number(100 * value, 1))
    return same(numbers.number(value, numbers.digits_for([value])))


_Form = Callable[[Any], Labels | str | int | None]


def _whole(value: Any) -> int | None:
    return round(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _share(value: Any) -> str | None:
    return numbers.percent(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _p(value: Any) -> str | None:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return "< 0.001" if value < 0.001 else f"= {value:.3f}" if value < 0.1 else f"= {value:.2f}"


def _years(value: Any) -> str | None:
    return f"{value:.1f}" if isinstance(value, (int, float)) and math.isfinite(value) else None


def _day(value: Any) -> Labels | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = dt.date(1970, 1, 1) + dt.timedelta(days=value)
    try:
        return dict(day(value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])))
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _names(value: Any) -> Labels | None:
    """Names in running text; of many the first, and how many more."""
    if isinstance(value, str):
        return same(value) if value else None
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        return None
    items = [same(str(item)) for item in value]
    more = [same(f"… (+{len(items) - MOST_NAMED})")] if len(items) > MOST_NAMED else []
    return listed([*items[:MOST_NAMED], *more]) if items else None


def _thin(value: Any) -> Labels | None:
    """Sides that are too small."""
    if not isinstance(value, Mapping) or not value:
        return None
    return listed(say(f"proof.side.{side}", n=round(n)) for side, n in value.items() if f"proof.side.{side}" in WORDS)


def _true(value: Any) -> str | None:
    return "" if value else None


def _zero(value: Any) -> str | None:
    return "" if value == 0 and not isinstance(value, bool) else None


def _several(value: Any) -> int | None:
    return _whole(value) or None


def _fact(assumption: Assumption, name: str, form: _Form) -> Labels | str | int | None:
    facts = assumption.facts
    if name in ("expected", "carried") and facts.get("kind") in ("share", "mean", "rate") and _share(facts.get(name)):
        return written(facts[name], facts["kind"])
    return form(facts.get(name)) if name in facts else None


_ALL, _BAD, _NOT_OK = ("ok", "no", "unknown"), ("no",), ("no", "unknown")

DETAILS: dict[str, tuple[tuple[dict[str, _Form], str, tuple[str, ...]], ...]] = {
    "exposed_known": (
        ({"registered": _zero}, "proof.fact.nobody", _BAD),
        ({"missing": _names}, "proof.fact.missing", _BAD),
    ),
    "enough_data": (
        ({"thin": _thin, "minimum": _whole}, "proof.fact.thin", _BAD),
        ({"n": _whole, "minimum": _whole}, "proof.fact.n_minimum", _BAD),
        ({"minimum": _whole}, "proof.fact.minimum", ("ok",)),
    ),
    "metric_complete": (
        ({"gap": _several, "gap_start": _day}, "proof.fact.gap", _BAD),
        ({"unit": _text}, "proof.fact.in_unit", _BAD),
        ({"metrics": _names}, "proof.fact.metrics", _BAD),
    ),
    "baseline_long_enough": (
        ({"days": _whole, "least_days": _whole}, "proof.fact.days", _BAD),
        ({"start": _day, "first": _day, "last": _day}, "proof.fact.outside", _BAD),
    ),
    "after_long_enough": (
        ({"days": _whole, "least_days": _whole}, "proof.fact.days", _BAD),
        ({"start": _day, "first": _day, "last": _day}, "proof.fact.outside", _BAD),
    ),
    "chosen_for_worst": (
        ({"selected": _several}, "proof.fact.selected", ("ok",)),
        ({"expected": lambda _: None}, "proof.fact.expected", _BAD),
    ),
    "one_unit_does_not_rule": (
        ({"reverses": _true, "unit": _text}, "proof.fact.reverses", _BAD),
        ({"unit": _text, "share": _share}, "proof.fact.share_of", _ALL),
    ),
    "could_not_be_computed": (({"message": _text}, "proof.fact.error", _BAD),),
    "parallel_before": (
        ({"p": _p}, "proof.fact.p", _ALL),
        ({"carried": lambda _: None}, "proof.fact.carried", _BAD),
    ),
    "comparison_clean": (({"units": _names}, "proof.fact.units", _BAD),),
    "enough_units": (({"units": _whole, "comparison_units": _whole, "least": _whole}, "proof.fact.both", _BAD),),
    "starts_known": (
        ({"missing": _names}, "proof.fact.missing", _NOT_OK),
        ({"without_before": _names}, "proof.fact.no_before", _NOT_OK),
        ({"without_after": _names}, "proof.fact.no_after", _NOT_OK),
    ),
    "season_covered": (
        ({"years": _years}, "proof.fact.years", _NOT_OK),
        ({"allowed": _true}, "proof.fact.allowed", _NOT_OK),
    ),
    "no_other_break": (
        ({"day": _day}, "proof.fact.break", _BAD),
        ({"tried": _several, "cried": _several}, "proof.fact.cried", _BAD),
    ),
    "donors_enough": (({"donors": _whole, "least": _whole}, "proof.fact.donors", _BAD),),
    "placebo": (({"rank": _whole, "of": _whole}, "proof.fact.rank", _ALL), ({"p": _p}, "proof.fact.p", _ALL)),
    "overlap": (({"outside": _names}, "proof.fact.alone", _BAD),),
    "sample_ratio": (({"p": _p}, "proof.fact.p", _ALL),),
    "crossed_over": (({"share": _share}, "proof.fact.share", _BAD),),
    "guardrail": (({"metric": _text}, "proof.fact.metric", _ALL),),
    "balance": (({"metric": _text}, "proof.fact.metric", _BAD), ({"p": _p}, "proof.fact.p", _BAD)),
    "sealed": (({"changed": _day}, "proof.fact.changed", _BAD),),
    "voice": (({"asked": _whole, "answered": _whole}, "proof.fact.answers", _ALL),),
}
"""Name → what it says beside its sentence: the facts it needs and how they are written, the words, in which states."""
