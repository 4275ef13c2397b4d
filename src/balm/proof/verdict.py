"""From a reading to the verdict: gone, reduced, unchanged, worse, or cannot tell. The rules are in `decide`."""

from __future__ import annotations

import dataclasses
import math

from threadpoolctl import threadpool_limits

from balm.core.panel import Panel
from balm.core.types import Estimate
from balm.core.verdicts import Assumption, Outcome, Reading, Registered, Verdict
from balm.proof.common import shared, sides
from balm.proof.designs import CheckDesign, find

RULES = (
    "could_not_be_computed", "enough_data", "within_margin", "smaller_than_margin", "worse_side", "better_side",
    "remainder_reached", "no_target", "too_wide", "chosen_for_worst",
)  # fmt: skip
"""What `Verdict.because` may name beside assumptions that failed."""


def judge(
    panel: Panel,
    registered: Registered,
    design: CheckDesign | None = None,
    *,
    also: tuple[Assumption, ...] = (),
) -> Verdict:
    """Check what every design rests on, read the design, decide. `design`: instead of the registered one's. `also`:
    what the caller knows beside the panel, such as whether the check was changed after its start.

    Never raises for what the data are like: what cannot be computed is "cannot tell" with the reason. Raises WrongUse
    for a design that does not exist.
    """
    design = design or find(registered.design)
    reading, failed = None, None
    try:
        common = shared(panel, registered)
    except Exception as error:
        common = (_failure(error),)
    if registered.exposed:
        try:
            with threadpool_limits(1):  # small systems of equations: more threads only wait for each other
                reading = design.read(panel, registered)
        except Exception as error:
            failed = _failure(error)
    given = (*also, *common, *(reading.assumptions if reading else ()), *((failed,) if failed else ()))
    assumptions = merged(given)
    if reading is None:
        broken = _broken(assumptions)
        # nothing was read because of something known: that is the reason, not the error it led to
        known = tuple(name for name in broken if name != "could_not_be_computed")
        return Verdict(Outcome.CANNOT_TELL, known or broken or ("could_not_be_computed",), None, assumptions)
    verdict = decide(dataclasses.replace(reading, assumptions=assumptions), registered)
    return _without_chance(verdict, registered)


def decide(reading: Reading, registered: Registered) -> Verdict:
    """The verdict of a reading. The first rule that applies:

    1. *cannot tell*: a fatal assumption fails; a side has fewer observations than the minimum; the effect has no
       interval.
    2. *unchanged*: the interval lies within ±margin (also where it excludes 0: then `because` is
       "smaller_than_margin").
    3. *worse*: the interval lies entirely on the bad side of 0.
    4. *gone*: it lies entirely on the good side, and what is left is at most `remainder`; see `left`.
    5. *reduced*: it lies entirely on the good side.
    6. *cannot tell*: too wide an interval.
    """
    assumptions = merged(reading.assumptions)
    because = _broken(assumptions)
    if not because and any(reading.n.get(side, 0) < registered.minimum for side in sides(registered.design)):
        because = ("enough_data",)
    ends = _ends(reading.effect)
    if not because and ends is None:
        because = ("could_not_be_computed",)
    if because or ends is None:
        return Verdict(Outcome.CANNOT_TELL, because, reading, assumptions)
    return Verdict(*_by_interval(*ends, reading, registered), reading, assumptions)


def _by_interval(low: float, high: float, reading: Reading, registered: Registered) -> tuple[Outcome, tuple[str, ...]]:
    """Rules 2 to 6."""
    better, worse = (high < 0, low > 0) if registered.better == "lower" else (low > 0, high < 0)
    outcome, because = Outcome.CANNOT_TELL, ("too_wide",)
    if registered.margin > 0 and -registered.margin <= low and high <= registered.margin:
        outcome, because = Outcome.UNCHANGED, ("smaller_than_margin" if better or worse else "within_margin",)
    elif worse:
        outcome, because = Outcome.WORSE, ("worse_side",)
    elif better:
        share = left(reading, registered)
        if share is not None and share <= registered.remainder + 1e-9:
            return Outcome.GONE, ("better_side", "remainder_reached")
        no_target = registered.better == "higher" and registered.target is None
        return Outcome.REDUCED, ("better_side", "no_target") if no_target else ("better_side",)
    return outcome, because


def left(reading: Reading, registered: Registered) -> float | None:
    """The largest share of the pain that may still be there, at 95 %; None where that cannot be said.

    Lower is better and no target: the upper end of `remaining` (level ÷ without). With a target, the pain is the gap
    to it: what is left is (gap of the level) ÷ (gap without the fix), 0 once the level is at the target or beyond. Its
    upper end takes the level and the effect each at the worse end of its interval (the gap without the fix is their
    sum), so it errs on the safe side. None where it is not sure that there was a gap, that is where the interval of
    `without` reaches the target. Higher is better and no target: None, for a score has no natural end of pain.
    """
    lower = registered.better == "lower"
    if registered.target is None:
        ends = _ends(reading.remaining) if lower else None
        known = ends is not None and reading.without.value is not None and reading.without.value > 0
        return ends[1] if ends is not None and known else None
    level, effect, without = _ends(reading.level), _ends(reading.effect), _ends(reading.without)
    if level is None or effect is None or without is None:
        return None
    # turned round so that less is better and the target is 0
    sign = 1.0 if lower else -1.0
    gap = max(sign * (end - registered.target) for end in level)
    gain = min(-sign * end for end in effect)
    before = min(sign * (end - registered.target) for end in without)
    if before <= 0 or gain <= 0:
        return None
    return max(gap, 0.0) / (max(gap, 0.0) + gain)


def merged(assumptions: tuple[Assumption, ...]) -> tuple[Assumption, ...]:
    """One of each name, in the order they come: of several the worst, with the facts of all."""
    out: dict[str, Assumption] = {}
    for a in assumptions:
        had = out.get(a.name)
        if had is None:
            out[a.name] = a
            continue
        worst, other = (a, had) if _rank(a) > _rank(had) else (had, a)
        out[a.name] = dataclasses.replace(worst, facts={**other.facts, **worst.facts})
    return tuple(out.values())


def _rank(a: Assumption) -> int:
    return (3 if a.fatal else 2) if a.ok is False else 1 if a.ok is None else 0


def _broken(assumptions: tuple[Assumption, ...]) -> tuple[str, ...]:
    return tuple(a.name for a in assumptions if a.fatal and a.ok is False)


def _failure(error: Exception) -> Assumption:
    facts = {"error": type(error).__name__, "message": str(error)[:200]}
    return Assumption("could_not_be_computed", False, facts, fatal=True)


def _ends(e: Estimate) -> tuple[float, float] | None:
    if e.value is None or e.low is None or e.high is None:
        return None
    return (e.low, e.high) if all(map(math.isfinite, (e.value, e.low, e.high))) and e.low <= e.high else None


def _without_chance(verdict: Verdict, registered: Registered) -> Verdict:
    """A success is kept only where it survives taking off what would have come back by chance alone, if the exposed
    stood out before the start and the days of their choice were not registered."""
    chosen = next((a for a in verdict.assumptions if a.name == "chosen_for_worst" and a.ok is False), None)
    reading = verdict.reading
    if chosen is None or reading is None or verdict.outcome not in (Outcome.GONE, Outcome.REDUCED):
        return verdict
    ends = _ends(reading.effect)
    expected = chosen.facts.get("expected")
    if ends is None or expected is None:
        return verdict
    low, high = (end - float(expected) for end in ends)
    if (high < 0) if registered.better == "lower" else (low > 0):
        return verdict
    return dataclasses.replace(verdict, outcome=Outcome.CANNOT_TELL, because=("chosen_for_worst",))
