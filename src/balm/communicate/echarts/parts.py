"""What the options share: colors, scales, texts of points, intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from balm.communicate import numbers
from balm.communicate.figure import Figure, Series
from balm.communicate.messages import pick, say

Links = Sequence[str | None]

PALETTE = ("#a23a2c", "#1b6ca8", "#b07d00", "#3a3054", "#7b8a8b")
"""Told apart with every common color blindness, and at least 3 : 1 on white; lines and symbols differ as well."""

INK, SOFT, RULE, CALM, PALE = "#1c262b", "#55616a", "#e4e0d6", "#1f5f58", "#a9c6c1"
LINES = ("solid", "dashed", "dotted", [8, 3, 2, 3], [2, 2])
SYMBOLS = ("circle", "rect", "triangle", "diamond", "pin")


def finite(v: float | None) -> float | None:
    return None if v is None or not math.isfinite(v) else float(v)


def scaled(figure: Figure, v: float | None) -> float | None:
    """A value as it is drawn: shares in percent."""
    known = finite(v)
    if known is None:
        return None
    return round(100 * known, 6) if figure.unit == "share" else round(known, 9)


def tip(figure: Figure, s: Series, i: int, language: str, between: str = "\n") -> str:
    """Position, value with interval, and what it rests on."""
    value = numbers.estimate(s.at(i), figure.unit, figure.digits)
    lines = [pick(figure.ticks[i], language), f"{pick(s.label, language)}: {pick(value, language)}"]
    if figure.kind == "trend" and s.count and s.count[i] is not None:
        lines.append(f"{pick(say('col.count'), language)}: {s.count[i]:,}")
    if s.n:
        lines.append(pick(numbers.sample(s.n[i]), language))
    return between.join(line for line in lines if line)


def point(  # noqa: PLR0917
    figure: Figure, s: Series, i: int, value: list[float | None], language: str, links: Links
) -> dict[str, Any]:
    """A point with its text and, where there is one, its link."""
    item: dict[str, Any] = {"value": value}
    if finite(s.values[i]) is not None:
        item["tip"] = tip(figure, s, i, language)
        if i < len(links) and links[i]:
            item["url"] = links[i]
    return item


def ends_of(s: Series, i: int) -> tuple[float, float] | None:
    """The interval at i; None where there is none."""
    low, high = (finite(s.low[i] if s.low else None), finite(s.high[i] if s.high else None))
    return None if low is None or high is None else (low, high)


def axis_text(figure: Figure) -> dict[str, Any]:
    return {"color": SOFT, "fontSize": 12} | ({"formatter": "{value}%"} if figure.unit == "share" else {})


def grid(**more: float) -> dict[str, Any]:
    """Margins; names of axes stay inside the picture."""
    return {"left": 4, "right": 16, "top": 36, "bottom": 4, "outerBoundsMode": "same"} | more


def tooltip(trigger: str) -> dict[str, Any]:
    look = {"backgroundColor": "#fff", "borderColor": "#cdc7b8", "padding": 8}
    return {"trigger": trigger, "textStyle": {"color": INK, "fontSize": 12}} | look


def axis(figure: Figure) -> dict[str, float]:
    """Ends and steps of the value axis, in drawn units: four round steps for the longer side of 0, whole ones below it.

    A few wide intervals do not press the line to the floor. Where both ends of the scale are given, it is that scale.
    """
    if figure.unit == "score" and figure.low is not None and figure.high is not None:
        span = figure.high - figure.low
        parts = next((n for n in (4, 5, 3, 2) if (span / n).is_integer()), 4)
        return {"min": figure.low, "max": figure.high, "interval": round(span / parts, 9)}
    ends = [_highest(s) for s in figure.series]
    highest = scaled(figure, max(ends) if figure.high is None else min(max(ends), figure.high)) or 0.0
    lows = [v for s in figure.series for v in map(finite, (*s.values, *s.low)) if v is not None]
    least = min(scaled(figure, min(lows, default=0.0)) or 0.0, 0.0)
    step = _round(max(highest, -least)) / 4
    up, down = (max(math.ceil(v / step - 1e-9), 0) for v in (highest, -least))
    return {"min": round(-down * step, 9), "max": round(max(up, 1 - down) * step, 9), "interval": round(step, 9)}


def _highest(s: Series) -> float:
    values = [v for v in map(finite, s.values) if v is not None]
    highs = sorted(v for v in map(finite, s.high) if v is not None)
    usual = highs[(3 * len(highs)) // 4] if highs else 0.0
    return max(*values, 0.0, min(highs[-1], 1.25 * usual) if highs else 0.0)


def _round(value: float) -> float:
    """The smallest number with a round quarter that is not below `value`; 1 where that is 0."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)
    return round(unit * next(step for step in steps if step * unit >= value * (1 - 1e-9)), 9)


def bare(text: str) -> str:
    """Braces would be read as a template."""
    return text.replace("{", "｛").replace("}", "｝")


def n_text(s: Series, language: str) -> str:
    return pick(numbers.sample(s.n[0]), language) if s.n else ""


def whiskers(figure: Figure, s: Series, place: Callable[[int, float], list[float]]) -> dict[str, Any]:
    """Intervals as thin lines from end to end; `place(i, v)` gives the coordinates."""
    pairs = []
    for i in range(len(s.values)):
        found = ends_of(s, i)
        if found is not None:
            pairs.append([{"coord": place(i, scaled(figure, e) or 0.0)} for e in found])
    style = {"color": INK, "type": "solid", "width": 1.25, "opacity": 0.6}
    look = {"symbol": "none", "silent": True, "label": {"show": False}, "animation": False, "z": 2}
    return {"markLine": look | {"lineStyle": style, "data": pairs}} if pairs else {}
