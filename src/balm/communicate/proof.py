"""What a check found, in words and as a picture, for people who decide and do not calculate."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence

from balm.communicate import numbers
from balm.communicate.figure import Figure, Mark, Series, days
from balm.communicate.messages import WORDS, day, known, period, same, say
from balm.communicate.proof_facts import details, state, written
from balm.core.panel import MetricKind
from balm.core.types import LANGUAGES, Estimate, Labels
from balm.core.verdicts import Assumption, Design, Outcome, PathPoint, Reading, Registered, Verdict


def outcome(found: Outcome | str) -> Labels:
    """The name of an outcome."""
    return say(f"proof.outcome.{Outcome(found).value}")


def design(name: str) -> Labels:
    """The name of a design; of one that a plug-in brought, its own."""
    return known("proof.design", str(name))


def compares(name: str) -> Labels:
    """One sentence on what a design compares with what; its name where it is not ours."""
    return known("proof.compares", str(name))


def check_name(name: str) -> Labels:
    """The short name of an assumption, for the head of a row."""
    return known("proof.name", name)


def holds(ok: bool | None) -> Labels:
    """holds, does not hold, not checked."""
    return say(f"proof.holds.{state(ok)}")


def standing(assumption: Assumption) -> Labels:
    """As `holds`; what is always told, whatever the data, is something to note."""
    return say("proof.holds.note") if assumption.name == "no_comparison" else holds(assumption.ok)


def why(assumption: Assumption) -> Labels:
    """What an assumption says, with its figures as far as they are there. One that is not ours is named."""
    key = f"proof.why.{assumption.name}.{state(assumption.ok)}"
    if key not in WORDS:
        return _sentences([same(assumption.name), holds(assumption.ok)])
    return _sentences([say(key), *details(assumption)])


def sentence(
    verdict: Verdict, registered: Registered, *, what: Labels | None = None, kind: MetricKind = "share"
) -> Labels:
    """The verdict in two or three sentences: what, from what to what, with interval, and why.

    `what`: the metric as it stands in running text ("the share of contacts that mention it"). With
    `Design.ITS`, which compares nothing, a change is only said to have come with the fix.
    """
    found, reading = verdict.outcome, verdict.reading
    if found is Outcome.CANNOT_TELL or reading is None:
        return say("proof.cannot_tell", why=_sentences(_reasons(verdict)))
    parts = [_rule(verdict, registered, kind), level(reading, registered, what=what, kind=kind)]
    if found is Outcome.GONE and registered.target is None and reading.remaining.high is not None:
        left, limit = (numbers.percent(v, 0) for v in (max(reading.remaining.high, 0.0), registered.remainder))
        parts.append(say("proof.left", left=left, remainder=limit))
    return _sentences(parts)


def level(
    reading: Reading, registered: Registered, *, what: Labels | None = None, kind: MetricKind = "share"
) -> Labels:
    """From what to what: the level with the fix, the level without it and the difference, with intervals."""
    key = "proof.level.its" if registered.design == Design.ITS else "proof.level"
    return say(
        key,
        what=what or say(f"proof.what.{kind}"),
        level=amount(reading.level, kind),
        without=amount(reading.without, kind),
        effect=difference(reading.effect, kind),
    )


def amount(e: Estimate, kind: MetricKind = "share") -> Labels:
    """A level of the metric with its interval."""
    return numbers.estimate(e, _unit(kind), None if kind == "share" else numbers.digits_for([e.value]))


def difference(e: Estimate, kind: MetricKind = "share") -> Labels:
    """A difference of two levels with its interval; of shares, in percentage points."""
    if kind != "share":
        return numbers.estimate(e, "score", numbers.digits_for([e.value]))
    times = [None if v is None else 100 * v for v in (e.value, e.low, e.high)]
    scaled = Estimate(times[0], times[1], times[2], e.n, e.method)
    if scaled.value is None:
        return numbers.estimate(scaled)
    return say("proof.points", value=numbers.estimate(scaled, "score", 1))


def counterfactual(
    path: Sequence[PathPoint],
    *,
    start: dt.date | None = None,
    soak: int = 0,
    kind: MetricKind = "share",
    title: Labels | None = None,
    what: Labels | None = None,
) -> Figure:
    """Observed among the exposed against what would have been without the fix, both with their intervals.

    `start`: the first day of the fix, drawn as a line; the `soak` days after it are shaded. `what`: the metric.
    """
    length = _length(path)
    marks: tuple[Mark, ...] = ()
    if start is not None and path:
        at = float(min(max(days(start), days(path[0].start)), days(path[-1].start)))
        label = (
            say("proof.figure.soak", day=day(start), soak=soak) if soak else say("proof.figure.start", day=day(start))
        )
        marks = (Mark(at, at, min(at + soak, float(days(path[-1].start))), label, "start"),)
    low, high = _scale(path, kind)
    return Figure(
        kind="trend",
        title=title or (say("proof.figure.of", what=what) if what else say("proof.figure.title")),
        x=tuple(float(days(p.start)) for p in path),
        ticks=tuple(period(p.start, length) for p in path),
        series=(
            _series(say("proof.figure.observed"), [p.observed for p in path], True),
            _series(say("proof.figure.without"), [p.without for p in path], False),
        )
        if path
        else (),
        marks=marks,
        unit=_unit(kind),
        digits=None if kind == "share" else numbers.digits_for(p.observed.value for p in path),
        x_name=say("col.period"),
        y_name=what or say(f"proof.what.{kind}"),
        low=low,
        high=high,
        n_name=same("n"),
    )


# parts of sentences


def _rule(verdict: Verdict, registered: Registered, kind: MetricKind) -> Labels:
    margin = written(registered.margin, kind)
    for rule in ("within_margin", "smaller_than_margin"):
        if rule in verdict.because:
            return say(f"proof.rule.{rule}", margin=margin)
    if "no_target" in verdict.because:
        return say("proof.rule.no_target")
    key = f"proof.rule.{verdict.outcome.value}"
    return say(key) if key in WORDS else outcome(verdict.outcome)


def _reasons(verdict: Verdict) -> list[Labels]:
    told = {a.name: a for a in verdict.assumptions}
    out = []
    for name in verdict.because:
        if name in told and told[name].ok is False:
            out.append(why(told[name]))
        elif f"proof.rule.{name}" in WORDS:
            out.append(say(f"proof.rule.{name}"))
        else:
            out.append(why(Assumption(name, False)))
    return out


def _sentences(parts: Iterable[Labels]) -> Labels:
    """One after the other: with a space in English, without one in Chinese."""
    kept = list(parts)
    return {code: (" " if code == "en" else "").join(part[code] for part in kept) for code in LANGUAGES}


def _unit(kind: MetricKind) -> numbers.Unit:
    return "share" if kind == "share" else "score"


# the picture


def _series(label: Labels, values: Sequence[Estimate], counted: bool) -> Series:
    return Series(
        label,
        tuple(_finite(e.value) for e in values),
        tuple(_finite(e.low) for e in values),
        tuple(_finite(e.high) for e in values),
        tuple(e.n for e in values) if counted else (),
    )


def _finite(v: float | None) -> float | None:
    return v if v is not None and math.isfinite(v) else None


def _length(path: Sequence[PathPoint]) -> str:
    step = (path[1].start - path[0].start).days if len(path) > 1 else 1
    return "day" if step < 7 else "week" if step < 28 else "month"


def _scale(path: Sequence[PathPoint], kind: MetricKind) -> tuple[float | None, float | None]:
    """Ends of the value axis: shares and rates from 0; a mean on round ends around what was seen."""
    seen = [v for p in path for e in (p.observed, p.without) for v in (e.value,) if v is not None and math.isfinite(v)]
    if kind != "mean" or not seen:
        return 0.0, None
    low, high = min(seen), max(seen)
    room = max(high - low, abs(high) * 0.02, 1e-9)
    step = 10.0 ** math.floor(math.log10(room))
    step *= next(k for k in (1, 2, 5, 10) if k * step * 4 >= 1.5 * room)
    bottom = math.floor((low - room / 4) / step) * step
    top = math.ceil((high + room / 4) / step) * step
    return round(0.0 if 0 <= low < room else bottom, 9), round(top, 9)
