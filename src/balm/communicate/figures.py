"""The figures of a report, each built from the results the other rooms hand over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from balm.communicate import numbers
from balm.communicate.figure import Figure, Mark, Series, days
from balm.communicate.messages import day, known, period, same, say, span
from balm.core.types import SCALE_RANGE, Change, Estimate, Labels, PainPoint, Point, Scale, Trend

SOLVABILITY = {"low": 1.0, "medium": 2.0, "high": 3.0}
"""Levels of solvability on the scale of the value–effort picture."""

_DAYS = {"day": 1, "week": 7, "month": 31}

METRIC_RANGE = {"nps": (-100.0, 100.0), "csat": (0.0, 1.0), "ces": (1.0, 7.0)}
"""Ends of the scale a metric is drawn on; a mean is drawn on the scale of the scores."""


def trend(pain: PainPoint) -> Figure:
    """The share of comments over time, with change points. Empty where the data have no dates."""
    points = list(pain.trend.series)
    label = say("col.share")
    return Figure(
        kind="trend",
        title=say("figure.trend", theme=pain.labels),
        x=tuple(float(days(p.start)) for p in points),
        ticks=tuple(period(p.start, pain.trend.period) for p in points),
        series=(_series(label, points),) if points else (),
        marks=tuple(_mark(c) for c in steps(pain.trend)),
        x_name=say("col.period"),
        y_name=label,
        low=0.0,
    )


def spark(pain: PainPoint) -> Figure | None:
    """The same share over time, to be drawn small and beside its numbers; None where the data have no dates."""
    points = pain.trend.series
    if not any(p.value is not None for p in points):
        return None
    x = tuple(float(days(p.start)) for p in points)
    return Figure("spark", say("figure.trend", theme=pain.labels), x, (), (_series(say("col.share"), points),), low=0.0)


def last_day(start: dt.date, period: str) -> dt.date:
    """The last day of the period that begins at `start`; `period`: "day", "week" or "month"."""
    if period == "month":
        return (start.replace(day=1) + dt.timedelta(32)).replace(day=1) - dt.timedelta(1)
    return start + dt.timedelta(_DAYS[period] - 1)


def steps(trend: Trend) -> tuple[Change, ...]:
    """The changes of a trend as a reader counts them: shifts of a series, the same way, in neighboring periods are one.

    Of such a run, `before` is of the first and `after` of the last, `effect` their sum (the ends of the intervals are
    added, which is wide enough), `q` the largest.
    """
    out: list[Change] = []
    for change in sorted(trend.changes, key=lambda c: c.date):
        at = next((i for i, c in enumerate(out) if c.by == change.by and _same_step(c, change, trend.period)), None)
        if at is None:
            out.append(change)
        else:
            out[at] = _joined(out[at], change)
    return tuple(out)


def _same_step(a: Change, b: Change, period: str) -> bool:
    if a.kind != "shift" or b.kind != "shift" or (a.after - a.before) * (b.after - b.before) <= 0:
        return False
    return (b.date - a.high).days <= _DAYS[period] or (b.date - a.date).days <= _DAYS[period]


def _joined(a: Change, b: Change) -> Change:
    ends = [None if x is None or y is None else x + y for x, y in _pairs(a.effect, b.effect)]
    effect = Estimate(b.after - a.before, ends[1], ends[2], max(a.effect.n, b.effect.n), a.effect.method)
    return replace(a, low=min(a.low, b.low), high=max(a.high, b.high), after=b.after, effect=effect, q=max(a.q, b.q))


def _pairs(a: Estimate, b: Estimate) -> tuple[tuple[float | None, float | None], ...]:
    return ((a.value, b.value), (a.low, b.low), (a.high, b.high))


def digits(pains: Sequence[PainPoint]) -> dict[str, int]:
    """Decimals of `severity` and of `impact` (per hundred), the same down the column; `pains`: those that are shown."""
    impact = [numbers.impact(p.impact).value for p in pains]
    return {
        "severity": numbers.digits_for(p.severity.value for p in pains),
        "impact": max(1, numbers.digits_for(impact) - 1),
    }


def _series(label: Labels, points: Sequence[Point]) -> Series:
    counted = any(p.count is not None for p in points)
    return Series(
        label,
        tuple(p.value for p in points),
        tuple(p.low for p in points),
        tuple(p.high for p in points),
        tuple(p.n for p in points),
        tuple(p.count for p in points) if counted else (),
    )


def _mark(change: Change) -> Mark:
    label = say(
        "trend.change",
        day=_where(change),
        before=numbers.percent(change.before),
        after=numbers.percent(change.after),
    )
    return Mark(days(change.date), days(change.low), days(change.high), label, change.kind)


def describe(change: Change) -> Labels:
    """One sentence on a change: when, from what to what, how sure."""
    effect = numbers.estimate(_points(change.effect), "score", 1)
    return say(
        f"trend.change.{change.kind}",
        day=_where(change),
        before=numbers.percent(change.before),
        after=numbers.percent(change.after),
        effect=effect,
        q=q_value(change.q),
        span=span(change.low, change.high),
    )


def _where(change: Change) -> Labels:
    """The day, and the segment where the change is not one of the whole."""
    segment = {k: v for k, v in change.by.items() if k != "theme"}
    if not segment:
        return dict(day(change.date))
    return say("trend.within", day=day(change.date), where=" · ".join(f"{k} = {v}" for k, v in segment.items()))


def _points(e: Estimate) -> Estimate:
    """A difference of shares in percentage points."""
    times = [None if v is None else 100 * v for v in (e.value, e.low, e.high)]
    return Estimate(times[0], times[1], times[2], e.n, e.method)


def q_value(q: float) -> str:
    """For a cell; a sentence writes `q` before it."""
    return "< 0.001" if q < 0.001 else f"= {q:.3f}"


def interval(title: Labels, e: Estimate, high: float, digits: int) -> Figure:
    """Impact as a dot with its interval on a scale from 0 (or below) to `high`, per hundred."""
    e, high = numbers.impact(e), numbers.HUNDRED * high
    low = min(0.0, e.low if e.low is not None else 0.0)
    series = Series(title, (e.value,), (e.low,), (e.high,), (e.n,))
    return Figure("interval", title, (0.0,), (title,), (series,), unit="score", digits=digits, low=low, high=high)


def dial(metric: str, e: Estimate, scale: str | None = None) -> Figure:
    """One score on its own scale; a mean on `scale`, that of the scores, or from 0 to its upper bound."""
    name = known("metric", metric)
    unit, digits = score_unit(metric, e)
    low, high = METRIC_RANGE.get(metric) or _range(scale, e)
    title = say("figure.score", metric=name, value=numbers.estimate(e, unit, digits))
    series = Series(name, (e.value,), (e.low,), (e.high,), (e.n,))
    return Figure("dial", title, (0.0,), (name,), (series,), unit=unit, digits=digits, low=low, high=high)


def _range(scale: str | None, e: Estimate) -> tuple[float, float]:
    if scale in set(Scale):
        return SCALE_RANGE[Scale(scale)]
    return min(0.0, e.low or 0.0), max(e.high or 1.0, 1.0)


def score_unit(metric: str, e: Estimate) -> tuple[numbers.Unit, int]:
    """How a metric is written: CSAT and ratings yes or no as percentages, NPS with one decimal, means with two."""
    if metric in ("csat", "binary") and (e.value is None or 0 <= e.value <= 1):
        return "share", 1
    return ("score", 1) if metric == "nps" else ("score", 2)


def bars(title: Labels, prefix: str, counts: Mapping[str, int], name: Labels) -> Figure | None:
    """Counts by name, most first and "none" last, as horizontal bars; None where all are 0."""
    items = sorted(((n, k) for k, n in counts.items() if n > 0), key=lambda p: (p[1] == "none", -p[0], p[1]))
    if not items:
        return None
    ticks = tuple(known(prefix, k) for _, k in items)
    values = tuple(float(n) for n, _ in items)
    series = Series(say("col.count"), values)
    return Figure(
        "bars", title, tuple(map(float, range(len(items)))), ticks, (series,), unit="count", x_name=name, low=0.0
    )


def ranking(pains: Sequence[PainPoint], unit_digits: int) -> Figure:
    """Impact per hundred with its interval as bars, in the order given; pains without one are left out."""
    shown = [(p, numbers.impact(p.impact)) for p in pains if p.impact.value is not None]
    series = Series(
        say("col.impact"),
        tuple(e.value for _, e in shown),
        tuple(e.low for _, e in shown),
        tuple(e.high for _, e in shown),
        tuple(e.n for _, e in shown),
    )
    return Figure(
        "bars",
        say("figure.ranking"),
        tuple(map(float, range(len(shown)))),
        tuple(p.labels for p, _ in shown),
        (series,),
        unit="score",
        digits=unit_digits,
        x_name=say("col.pain"),
        y_name=say("col.impact"),
    )


def effort(pains: Sequence[PainPoint], solvability: Mapping[str, str], unit_digits: int) -> Figure | None:
    """Impact per hundred against solvability, area by customers, in the order given; None where none is known."""
    pains = [p for p in pains if p.theme_id in solvability and p.impact.value is not None]
    shown = [(i, replace(p, impact=numbers.impact(p.impact))) for i, p in enumerate(pains, 1)]
    if not shown:
        return None
    series = Series(
        say("col.impact"),
        tuple(p.impact.value for _, p in shown),
        tuple(p.impact.low for _, p in shown),
        tuple(p.impact.high for _, p in shown),
        tuple(p.impact.n for _, p in shown),
        tuple(p.customers for _, p in shown),
    )
    return Figure(
        kind="bubble",
        title=say("figure.effort"),
        x=tuple(SOLVABILITY[solvability[p.theme_id]] for _, p in shown),
        ticks=tuple(p.labels for _, p in shown),
        series=(series,),
        marks=tuple(Mark(i, 0, 0, same(str(i)), "rank") for i, _ in shown),
        unit="score",
        digits=unit_digits,
        x_name=say("axis.solvability"),
        y_name=say("axis.value"),
        low=0.0,
    )
