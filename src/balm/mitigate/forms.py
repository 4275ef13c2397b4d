"""Strict reading of plain JSON values: what is wrong is named by its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from balm.core.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Form:
    """`what`: said before each place; `code`: of the refusals."""

    what: str
    code: str

    def bad(self, place: str, problem: str) -> InputRefused:
        """The refusal to raise."""
        return InputRefused(f"{self.what}: {place}: {problem}", code=self.code, place=place, problem=problem)

    def mapping(self, place: str, value: Any, keys: set[str]) -> Mapping[str, Any]:
        """An object with no other keys."""
        if not isinstance(value, Mapping):
            raise self.bad(place, f"is an object of {', '.join(sorted(keys))}")
        if unknown := sorted(set(map(str, value)) - keys):
            raise self.bad(place, f"{unknown[0]!r} is not known; it has {', '.join(sorted(keys))}")
        return value

    def items(self, place: str, value: Any) -> list[Any]:
        """A list."""
        if not isinstance(value, list):
            raise self.bad(place, "is a list")
        return value

    def text(self, place: str, value: Any) -> str:
        """A text that is not blank."""
        if not isinstance(value, str) or not value.strip():
            raise self.bad(place, "must be a text")
        return value

    def texts(self, place: str, value: Any) -> tuple[str, ...]:
        """A list of one text or more."""
        if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.bad(place, "is a list of one text or more")
        return tuple(value)

    def number(self, place: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number within bounds."""
        fit = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not fit or not low <= value <= high:
            bounds = "" if math.isinf(low) else f" from {low:g} to {high:g}"
            raise self.bad(place, f"{value!r} is not a number{bounds}")
        return float(value)
