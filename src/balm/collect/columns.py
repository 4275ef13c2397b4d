"""Which column holds the comments, the score, the time, the customer: guessed from names and contents."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from balm.collect.names import first_place, is_attribute, name_weight
from balm.collect.profile import Profile, profile
from balm.collect.rows import Values
from balm.core.errors import InputRefused, WrongUse
from balm.core.types import Scale

ROLES = ("id", "text", "score", "time", "customer")
MAX_BY = 8
NONE = "none"
"""Given as a column's name, switches that role off."""


@dataclass(frozen=True)
class ColumnMap:
    """Which column plays which part. `reasons`: role → why; `scale` belongs to `score`. `unused`: columns named like
    scores that cannot be used as one → why."""

    text: str
    id: str | None = None
    score: str | None = None
    scale: Scale | None = None
    time: str | None = None
    customer: str | None = None
    by: tuple[str, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)

    @property
    def used(self) -> list[str]:
        """Every column that is read, once, the text first."""
        named = [self.text, self.id, self.score, self.time, self.customer, *self.by]
        return list(dict.fromkeys(name for name in named if name is not None))

    def describe(self) -> dict[str, str]:
        """role → "column (why)", for a person."""
        parts = {role: getattr(self, role) for role in ("text", "id", "score", "time", "customer")}
        shown = {role: f"{name} ({self.reasons.get(role, 'named')})" for role, name in parts.items() if name}
        if self.scale:
            shown["scale"] = f"{self.scale.value} ({self.reasons.get('scale', 'named')})"
        if self.by:
            shown["by"] = f"{', '.join(self.by)} ({self.reasons.get('by', 'named')})"
        if self.unused:
            shown["not used"] = "; ".join(f"{name} ({why})" for name, why in self.unused.items())
        return shown

    def to_json(self) -> dict[str, Any]:
        """What decides how rows are read; equal maps read a file alike."""
        scale = self.scale.value if self.scale else None
        return {role: getattr(self, role) for role in ROLES} | {"scale": scale, "by": list(self.by)}


def guess_columns(
    sample: Mapping[str, Values], named: Mapping[str, Any] | None = None, source: str = "the file"
) -> ColumnMap:
    """Give each role its column: those in `named` as named, the others by name and content.

    `sample`: column → some of its cells. `named`: any of id, text, score, scale, time, customer (a name, or "none" to
    switch the role off; None leaves it to be guessed) and by (names, or "none"). Raises WrongUse when a named column
    does not exist or a scale is unknown, InputRefused when no column holds text.
    """
    wanted = _wanted(sample, {key: value for key, value in (named or {}).items() if value is not None})
    guess = _Guess(sample, wanted)
    text = guess.text()
    if text is None:
        seen = ", ".join(list(sample)[:30]) + (" …" if len(sample) > 30 else "")
        raise InputRefused(
            f"{source}: no column looks like customers' words; columns: {seen or 'none'}; name one with --text COLUMN",
            code="no_text",
        )
    time = guess.pick("time", guess.time_fit)
    score = guess.pick("score", guess.score_fit)
    identity = guess.pick("id", guess.id_fit)
    customer = guess.pick("customer", guess.customer_fit)
    scale = guess.scale(score)
    by = guess.by()
    return ColumnMap(text, identity, score, scale, time, customer, by, guess.reasons, guess.unused(score))


def _wanted(sample: Mapping[str, Values], named: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides, checked: role → column or "none"; by → tuple; scale → Scale."""
    unknown = sorted(set(named) - {*ROLES, "scale", "by"})
    if unknown:
        raise WrongUse(f"there is no role {unknown[0]!r}; roles are {', '.join((*ROLES, 'scale', 'by'))}")
    wanted: dict[str, Any] = {}
    for role in ROLES:
        name = named.get(role)
        if name is not None:
            wanted[role] = NONE if str(name).lower() == NONE and name not in sample else _known(str(name), sample, role)
    if wanted.get("text") == NONE:
        raise WrongUse("the text cannot be switched off")
    if "by" in named:
        by = [named["by"]] if isinstance(named["by"], str) else list(named["by"])
        off = len(by) == 1 and by[0].lower() == NONE and by[0] not in sample
        wanted["by"] = () if off else tuple(dict.fromkeys(_known(str(name), sample, "by") for name in by))
    if "scale" in named and str(named["scale"]).lower() != NONE:
        try:
            wanted["scale"] = Scale(str(named["scale"]).lower())
        except ValueError:
            raise WrongUse(f"unknown scale {named['scale']!r}; one of {', '.join(Scale)}") from None
    return wanted


def _known(name: str, sample: Mapping[str, Values], role: str) -> str:
    if name in sample:
        return name
    folded = [column for column in sample if column.strip().casefold() == name.strip().casefold()]
    if len(folded) == 1:
        return folded[0]
    lower = {column.casefold(): column for column in sample}
    near = [lower[key] for key in difflib.get_close_matches(name.casefold(), lower, 3, 0.5)]
    hint = f"near it: {', '.join(near)}" if near else f"columns: {', '.join(list(sample)[:30])}"
    raise WrongUse(f"--{role}: there is no column {name!r}; {hint}")


class _Guess:
    """The columns of a sample with what they hold; each is given away once."""

    def __init__(self, sample: Mapping[str, Values], wanted: Mapping[str, Any]) -> None:
        self.profiles: dict[str, Profile] = {name: profile(values) for name, values in sample.items()}
        self.wanted = wanted
        self.reasons: dict[str, str] = {}
        self.taken = {name for role in ROLES if (name := wanted.get(role)) and name != NONE} | {*wanted.get("by", ())}

    def text(self) -> str | None:
        if "text" in self.wanted:
            self.reasons["text"] = "named"
            return str(self.wanted["text"])
        fits = {name: self._text_fit(name, p) for name, p in self.profiles.items() if name not in self.taken}
        best = max(fits, key=lambda name: fits[name], default=None)
        if best is None or fits[best] <= 0:
            return None
        by_name = name_weight(best, "text") > 0
        self._take("text", best, "by its name and its words" if by_name else "the longest and most varied words")
        return best

    def _text_fit(self, name: str, p: Profile) -> float:
        """Long, varied, wordy; a telling name is worth about ten words."""
        weight = name_weight(name, "text")
        if p.filled == 0:
            return 0.5 if weight >= 2 else 0.0
        few = p.filled < 50 or len(self.profiles) == 1
        if p.numeric > 0.5 or p.timely > 0.5 or p.coded > 0.6 or (p.labels > 0.9 and not (few and weight >= 2)):
            return 0.0
        wordy = min(p.words, 30.0)
        if weight < 1 and len(self.profiles) > 1 and (wordy < 4 or p.varied < 0.3):
            return 0.0
        if weight == 1 and (wordy < 2 or p.varied < 0.2):
            return 0.0
        # a name alone carries a column of few rows or of equal ones, not one that is plainly a category
        if weight >= 2 and not few and p.distinct <= 12 and wordy < 3:
            return 0.0
        few_answers = 0.5 + 0.5 * min(1.0, p.filled / max(1, p.rows) * 4)
        return (wordy + 10 * max(weight, 0.0) / 3) * (0.3 + 0.7 * p.varied) * few_answers + 0.001

    def pick(self, role: str, fit: Any) -> str | None:
        if role in self.wanted:
            if self.wanted[role] == NONE:
                return None
            self.reasons[role] = "named"
            return str(self.wanted[role])
        fits = {
            name: (value, -first_place(name, role))
            for name, p in self.profiles.items()
            if name not in self.taken and (value := fit(name, p)) > 0
        }
        if not fits:
            return None
        best = max(fits, key=lambda name: fits[name])
        self._take(role, best, "by its name and content" if name_weight(best, role) > 0 else "by its content")
        return best

    def _take(self, role: str, name: str, why: str) -> None:
        self.taken.add(name)
        self.reasons[role] = why

    @staticmethod
    def time_fit(name: str, p: Profile) -> float:
        weight = name_weight(name, "time")
        sure = max(p.timely, p.epochs if weight >= 2 else 0.0)
        return 0.0 if p.filled == 0 or sure < 0.7 or (weight < 0 and p.timely < 0.95) else 1 + max(weight, 0) + sure

    @staticmethod
    def score_fit(name: str, p: Profile) -> float:
        weight = name_weight(name, "score")
        if p.filled == 0 or weight < 0:
            return 0.0
        if p.labels >= 0.9 and p.distinct <= 8:
            return 1.2 + 0.3 * max(weight, 0) if weight > 0 or p.label_values >= 2 else 0.0
        if p.scale is None or p.scored < 0.9 or weight == 0:
            return 0.0
        varied = 0.5 if p.score_values > 1 else 0.0
        return 1 + weight + varied if weight >= 2 or p.score_values <= 11 else 0.0

    @staticmethod
    def id_fit(name: str, p: Profile) -> float:
        weight = name_weight(name, "id")
        unique = p.rows > 0 and p.filled == p.rows and p.distinct == p.filled
        return weight if weight > 0 and unique and p.words < 3 else 0.0

    @staticmethod
    def customer_fit(name: str, p: Profile) -> float:
        weight = name_weight(name, "customer")
        if weight < 2 or p.words > 4 or p.timely > 0.5 or p.scaled_words:
            return 0.0
        return weight if p.distinct > min(20, p.filled // 10) else 0.0

    def scale(self, score: str | None) -> Scale | None:
        if score is None:
            return None
        if "scale" in self.wanted:
            self.reasons["scale"] = "named"
            return Scale(self.wanted["scale"])
        p = self.profiles[score]
        self.reasons["scale"] = f"its values run from {p.low:g} to {p.high:g}" if p.filled else "no value to judge by"
        return p.scale_for(score)

    def unused(self, score: str | None) -> dict[str, str]:
        """Columns that their names call scores and that were not taken, where no score was found: said, not dropped."""
        if score is not None or "score" in self.wanted:
            return {}
        return {
            name: p.no_score()
            for name, p in self.profiles.items()
            if name not in self.taken and name_weight(name, "score") >= 2
        }

    def by(self) -> tuple[str, ...]:
        if "by" in self.wanted:
            if self.wanted["by"]:
                self.reasons["by"] = "named"
            return tuple(self.wanted["by"])
        fits = []
        for place, (name, p) in enumerate(self.profiles.items()):
            if name in self.taken or not p.categorical:
                continue
            known = is_attribute(name)
            number = p.numeric > 0.9
            if number and (not known or p.low < 0 or name_weight(name, "score") < 0):
                continue
            fits.append((not known, place, name))
        chosen = [name for _, _, name in sorted(fits)[:MAX_BY]]
        if chosen:
            self.reasons["by"] = "few different values"
        return tuple(name for name in self.profiles if name in chosen)


def near_map(columns: ColumnMap, names: Sequence[str]) -> ColumnMap:
    """Check that a given map fits a source's columns. Raises WrongUse naming near columns."""
    for name in columns.used:
        _known(name, dict.fromkeys(names, ()), "text" if name == columns.text else "by")
    return columns
