"""Who gets a case: rules read from the first to the last, and the first that fits decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from balm.core.types import Emotion, Intent, Kind, Language, Scale, Target, Urgency
from balm.mitigate.clock import Priority
from balm.mitigate.forms import Form
from balm.mitigate.lowscores import is_low

_FORM = Form("routing", "routing_form")
_WORDS: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "target": tuple(Target),
    "urgency": tuple(Urgency),
    "intent": tuple(Intent),
    "language": tuple(Language),
    "emotion": tuple(Emotion),
}
"""Conditions whose values are known beforehand."""
SETS = ("theme", *_WORDS)
"""Conditions that hold where the case has any of the values."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case. `theme`: ids, with the themes above them; `attribute`: name → value."""

    theme: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    target: frozenset[str] = frozenset()
    urgency: frozenset[str] = frozenset()
    intent: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()
    emotion: frozenset[str] = frozenset()
    score: float | None = None
    scale: Scale | None = None
    attribute: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class When:
    """Conditions that must all hold; without any, it fits every case.

    `score`: at most this. `low`: the score counts as low on its scale. `attribute`: name → values, any of them.
    """

    theme: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    emotion: tuple[str, ...] = ()
    score: float | None = None
    low: bool = False
    attribute: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule gives a case; "" leaves it open. Team, owner, policy and macro are keys of whoever reads them."""

    team: str = ""
    owner: str = ""
    policy: str = ""
    priority: str = ""
    macro: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    when: When
    then: Then
    name: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """One condition that held. `wanted`: what the rule asks for; `found`: what of it the case has."""

    condition: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routed:
    """`number`: of the rule that decided, from 1; 0 where none fits. `why`: empty for a rule without conditions."""

    number: int
    then: Then
    why: tuple[Why, ...] = ()


def route(facts: Facts, rules: Sequence[Rule]) -> Routed:
    """What the first rule that fits says, and why it fits."""
    for number, rule in enumerate(rules, 1):
        why = fits(rule.when, facts)
        if why is not None:
            return Routed(number, rule.then, why)
    return Routed(0, Then())


def fits(when: When, facts: Facts) -> tuple[Why, ...] | None:
    """Each condition with what it found, None where one does not hold."""
    out = []
    for name in SETS:
        if wanted := getattr(when, name):
            found = tuple(value for value in wanted if value in getattr(facts, name))
            if not found:
                return None
            out.append(Why(name, wanted, found))
    if when.score is not None:
        if facts.score is None or not facts.score <= when.score:
            return None
        out.append(Why("score", (f"{when.score:g}",), (f"{facts.score:g}",)))
    if when.low:
        if facts.score is None or facts.scale is None or not is_low(facts.score, facts.scale):
            return None
        out.append(Why("low", (facts.scale.value,), (f"{facts.score:g}",)))
    for name, values in when.attribute.items():
        if facts.attribute.get(name) not in values:
            return None
        out.append(Why(f"attribute {name}", values, (facts.attribute[name],)))
    return tuple(out)


def unreachable(rules: Sequence[Rule]) -> tuple[int, ...]:
    """Numbers (from 1) of rules that never decide, because an earlier one fits whenever they do."""
    return tuple(
        later
        for later, rule in enumerate(rules, 1)
        if any(_covers(earlier.when, rule.when) for earlier in rules[: later - 1])
    )


def _covers(wide: When, narrow: When) -> bool:
    for name in SETS:
        values = getattr(wide, name)
        if values and not (getattr(narrow, name) and set(getattr(narrow, name)) <= set(values)):
            return False
    if wide.score is not None and (narrow.score is None or narrow.score > wide.score):
        return False
    if wide.low and not narrow.low:
        return False
    return all(name in narrow.attribute and set(narrow.attribute[name]) <= set(values)
               for name, values in wide.attribute.items())  # fmt: skip


def to_json(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Plain JSON values that `from_json` reads; what is not set is left out."""
    return [{"name": r.name, "when": _when_json(r.when), "then": _then_json(r.then)} for r in rules]


def from_json(value: Any) -> tuple[Rule, ...]:
    """Rules of plain JSON values. Raises InputRefused, naming the rule and the condition."""
    return tuple(_rule(f"rule {number}", item) for number, item in enumerate(_FORM.items("rules", value), 1))


def _when_json(when: When) -> dict[str, Any]:
    out: dict[str, Any] = {name: list(getattr(when, name)) for name in SETS if getattr(when, name)}
    if when.score is not None:
        out["score"] = when.score
    if when.low:
        out["low"] = True
    if when.attribute:
        out["attribute"] = {name: list(values) for name, values in when.attribute.items()}
    return out


def _then_json(then: Then) -> dict[str, str]:
    return {f.name: getattr(then, f.name) for f in fields(then) if getattr(then, f.name)}


def _rule(place: str, value: Any) -> Rule:
    rule = _FORM.mapping(place, value, {"name", "when", "then"})
    name = rule.get("name", "")
    if not isinstance(name, str):
        raise _FORM.bad(place, "its name must be a text")
    then = _FORM.mapping(f"{place}, then", rule.get("then"), {f.name for f in fields(Then)})
    if not all(isinstance(v, str) for v in then.values()) or not any(then.values()):
        raise _FORM.bad(f"{place}, then", "gives at least one of team, owner, policy, priority or macro, as text")
    if then.get("priority", "") not in ("", *Priority):
        raise _FORM.bad(f"{place}, priority", f"is one of {', '.join(Priority)}, not {then['priority']!r}")
    return Rule(_when(f"{place}, when", rule.get("when", {})), Then(**then), name)


def _when(place: str, value: Any) -> When:
    when = _FORM.mapping(place, value, {f.name for f in fields(When)})
    sets = {name: _FORM.texts(f"{place}, {name}", when[name]) for name in SETS if name in when}
    for name, values in sets.items():
        if name in _WORDS and (unknown := [v for v in values if v not in _WORDS[name]]):
            raise _FORM.bad(f"{place}, {name}", f"{unknown[0]!r} is none of {', '.join(_WORDS[name])}")
    score, low, raw = when.get("score"), when.get("low", False), when.get("attribute", {})
    if score is not None:
        score = _FORM.number(f"{place}, score", score)
    if not isinstance(low, bool):
        raise _FORM.bad(f"{place}, low", "is true or false")
    if not isinstance(raw, Mapping):
        raise _FORM.bad(f"{place}, attribute", "is an object: name → values")
    attribute = {str(k): _FORM.texts(f"{place}, attribute {k}", v) for k, v in raw.items()}
    return When(**sets, score=score, low=low, attribute=attribute)
