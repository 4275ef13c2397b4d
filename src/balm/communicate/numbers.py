"""How numbers are written: the same digits in every language, with a true minus and tabular widths in mind."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

from balm.communicate.messages import same, say
from balm.core.types import Estimate, Labels

Unit = Literal["share", "score", "ratio", "count"]

SMALL = 30
"""Below so many observations a number is shown grey and called small."""


HUNDRED = 100
"""Impact is score points a customer; it is written for a hundred of them, so that small ones can be read."""


def number(value: float, digits: int = 2) -> str:
    """1,234.50 with U+2212 for the minus; never −0."""
    text = f"{value:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else "\u2212" + text[1:]
    return text


def percent(value: float, digits: int = 1) -> str:
    """A share (0–1) as a percentage."""
    return number(100 * value, digits) + "%"


def digits_for(values: Iterable[float | None]) -> int:
    """Decimals that show two or three figures of the largest of `values`: 2 from 0.1 up, then one more a decade."""
    top = max((abs(v) for v in values if v is not None and math.isfinite(v)), default=1.0)
    if top >= 20:
        return 1
    return 2 if top >= 0.1 or top == 0 else min(2 - math.floor(math.log10(top)) - 1, 6)


def value(e: Estimate, unit: Unit = "share", digits: int | None = None) -> str:
    """The bare value, "–" where there is none."""
    if e.value is None or not math.isfinite(e.value):
        return "–"
    return _one(e.value, unit, digits)


def interval(e: Estimate, unit: Unit = "share", digits: int | None = None) -> str:
    """`11.0–13.8`, or `−0.2 … 0.4` where a minus would be read as the dash; "" where there is none."""
    if e.low is None or e.high is None or not (math.isfinite(e.low) and math.isfinite(e.high)):
        return ""
    low, high = (_one(v, unit, digits).strip("%×") for v in (e.low, e.high))
    return f"{low} … {high}" if e.low < 0 else f"{low}–{high}"


def estimate(e: Estimate | None, unit: Unit = "share", digits: int | None = None) -> Labels:
    """`12.3% (11.0–13.8)`, or a word that there is too little to say."""
    if e is None:
        return same("–")
    if e.value is None or not math.isfinite(e.value):
        return say("number.too_few")
    inside = interval(e, unit, digits)
    return same(f"{value(e, unit, digits)} ({inside})" if inside else value(e, unit, digits))


def impact(e: Estimate) -> Estimate:
    """Impact as it is written: for a hundred customers."""
    times = [None if v is None else HUNDRED * v for v in (e.value, e.low, e.high)]
    return Estimate(times[0], times[1], times[2], e.n, e.method)


def _one(v: float, unit: Unit, digits: int | None) -> str:
    if unit == "share":
        return percent(v, 1 if digits is None else digits)
    if unit == "count":
        return number(v, 0)
    if unit == "ratio":
        return "×" + number(v, 2 if digits is None else digits) if v < 100 else "×" + number(v, 0)
    return number(v, 2 if digits is None else digits)


def small(n: int) -> bool:
    return n < SMALL


def sample(n: int) -> Labels:
    """`n = 1,234`, and the word "small" where it is."""
    return say("number.n_small" if small(n) else "number.n", n=n)


def estimate_end(v: float | None, unit: Unit) -> str:
    """An end of a scale, without needless decimals."""
    if v is None:
        return ""
    return percent(v, 0) if unit == "share" else number(v, 0 if float(v).is_integer() else 1)
