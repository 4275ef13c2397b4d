"""Change points and spikes over many series, false discoveries controlled."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence

import numpy as np

from balm.core.stats import Floats, Ints, difference_interval, estimate, false_discovery, t_quantile
from balm.core.types import Change, Estimate
from balm.measure.scan import SHORTEST, Series, as_normal, dispersions, largest, p_of_largest, roots

SPIKE = 3
"""Periods up to which a change that comes back counts as a spike."""

_INNER = 0.01  # chance of a false alarm of each further search within a series that has changed
_KEEP = 3.0  # |z| that a boundary between two stretches must have
_DROP = 3.676  # fall of the log-likelihood within 95 %: (1 − e^{−x})² = 0.95, Siegmund 1988, Annals of Statistics 16


def changes(series: Sequence[Series], *, alpha: float = 0.05) -> list[Change]:
    """Shifts and spikes in `series`, the surest series first, then by date.

    The test of "this series changes at all" is adjusted over all series (Benjamini–Hochberg), and that is the `q` of
    each of its changes; within a series that has changed, each further one has a false alarm in a hundred.
    Series that are too short or too thin (`Series.searchable`) are not searched.
    """
    many = [s for s in map(_trimmed, series) if s.searchable]
    dispersion, free = dispersions(many)
    p = np.ones(len(many))
    spans: list[tuple[int, int]] = [(0, 0)] * len(many)
    groups: dict[tuple[int, str], list[int]] = {}
    for i, s in enumerate(many):
        groups.setdefault((len(s.start), s.kind), []).append(i)
    for (length, _), members in groups.items():
        z, first, past = largest([many[i] for i in members], dispersion[members])
        p[members] = p_of_largest(as_normal(z, free[members]), length)
        for i, a, b in zip(members, first, past, strict=True):
            spans[i] = (int(a), int(b))
    q = false_discovery(p)
    found: list[Change] = []
    for i in sorted(np.flatnonzero(q <= alpha).tolist(), key=lambda i: (float(q[i]), int(i))):
        cuts = _refined(many[i], float(dispersion[i]), _cuts(many[i], float(dispersion[i]), float(free[i]), spans[i]))
        found += _describe(many[i], float(dispersion[i]), cuts, float(q[i]))
    return found


def _trimmed(series: Series) -> Series:
    """Without the periods that have nothing: a segment that starts late has not been silent, it was not asked."""
    seen = series.n > 0
    if seen.all():
        return series
    return dataclasses.replace(
        series,
        start=series.start[seen],
        total=series.total[seen],
        n=series.n[seen],
        expected=None if series.expected is None else series.expected[seen],
        offset=None if series.offset is None else series.offset[seen],
    )


def _part(series: Series, first: int, past: int) -> Series:
    cut = slice(first, past)
    return dataclasses.replace(
        series,
        start=series.start[cut],
        total=series.total[cut],
        n=series.n[cut],
        expected=None if series.expected is None else series.expected[cut],
        offset=None if series.offset is None else series.offset[cut],
    )


def _cuts(series: Series, dispersion: float, free: float, span: tuple[int, int]) -> list[int]:
    """Boundaries: those of the best window, then of the best window within each part, while they are sure enough."""
    length = len(series.start)
    cuts = {0, length, *span}
    edges = sorted(cuts)
    waiting = list(itertools.pairwise(edges))
    while waiting:
        a, b = waiting.pop()
        if b - a < SHORTEST or not (part := _part(series, a, b)).searchable:
            continue
        z, first, past = largest([part], np.array([dispersion]))
        if p_of_largest(as_normal(z, np.array([free])), b - a)[0] > _INNER:
            continue
        inner = sorted({a, b, a + int(first[0]), a + int(past[0])})
        cuts.update(inner)
        waiting += list(itertools.pairwise(inner))
    return sorted(cuts)


def _root(series: Series, dispersion: float, left: Ints, right: Ints) -> float:
    """z of the periods `right` against the periods `left`."""
    both = np.concatenate([left, right])
    level, exposure = series.level, series.exposure
    inside = (level[right].sum(keepdims=True), exposure[right].sum(keepdims=True))
    whole = (level[both].sum(keepdims=True), exposure[both].sum(keepdims=True))
    spread = np.asarray(series.spread * dispersion)
    return float(roots(*inside, *whole, spread, kind=series.kind)[0])


def _refined(series: Series, dispersion: float, cuts: list[int]) -> list[int]:
    """Drop the boundaries that do not hold, weakest first, and move the others to their likeliest place."""
    while True:
        cuts = _moved(series, dispersion, cuts)
        stretches = [np.arange(a, b) for a, b in itertools.pairwise(cuts)]
        z = [abs(_root(series, dispersion, left, right)) for left, right in itertools.pairwise(stretches)]
        if not z or min(z) >= _KEEP:
            return cuts
        del cuts[1 + int(np.argmin(z))]


def _moved(series: Series, dispersion: float, cuts: list[int]) -> list[int]:
    cuts = list(cuts)
    for _ in range(2):
        for i in range(1, len(cuts) - 1):
            gain = _profile(series, dispersion, cuts[i - 1], cuts[i + 1])
            cuts[i] = cuts[i - 1] + 1 + int(gain.argmax())
    return cuts


def _profile(series: Series, dispersion: float, first: int, past: int) -> Floats:
    """Log-likelihood of a change before period first + 1, …, past − 1 within that stretch, up to a constant."""
    level, exposure = np.cumsum(series.level[first:past]), np.cumsum(series.exposure[first:past])
    spread = np.asarray(series.spread * dispersion)
    z = roots(level[:-1], exposure[:-1], level[-1:], exposure[-1:], spread, kind=series.kind)
    return np.square(z) / 2


def _describe(series: Series, dispersion: float, cuts: list[int], q: float) -> list[Change]:
    """The changes at the inner boundaries, by date.

    A short stretch that differs alike from both its neighbors is a spike, the clearest first. Its neighbors then meet:
    they become one stretch, or a shift lies between them.
    """
    stretches = [np.arange(a, b) for a, b in itertools.pairwise(cuts)]
    found: list[Change] = []
    while (i := _clearest_spike(series, dispersion, stretches)) is not None:
        left, short, right = stretches[i - 1 : i + 2]
        found.append(_spike(series, dispersion, left, short, right, q=q))
        if abs(_root(series, dispersion, left, right)) < _KEEP:
            stretches[i - 1 : i + 2] = [np.concatenate([left, right])]
        else:
            del stretches[i]
    found += [_shift(series, dispersion, left, right, q=q) for left, right in itertools.pairwise(stretches)]
    return sorted(found, key=lambda c: (c.date, c.kind))


def _clearest_spike(series: Series, dispersion: float, stretches: list[Ints]) -> int | None:
    best, at = 0.0, None
    for i in range(1, len(stretches) - 1):
        left, short, right = stretches[i - 1 : i + 2]
        if len(short) > SPIKE or _root(series, dispersion, left, short) * _root(series, dispersion, right, short) < 0:
            continue
        z = abs(_root(series, dispersion, np.concatenate([left, right]), short))
        if z > best:
            best, at = z, i
    return at


def _shift(series: Series, dispersion: float, left: Ints, right: Ints, *, q: float) -> Change:
    at = low = high = int(right[0])
    if len(left) + len(right) == right[-1] - left[0] + 1:
        first = int(left[0])
        gain = _profile(series, dispersion, first, int(right[-1]) + 1)
        near = first + 1 + np.flatnonzero(gain >= gain[at - first - 1] - _DROP)
        low, high = min(int(near[0]), at), max(int(near[-1]), at)
    before, after, effect = _effect(series, dispersion, left, right)
    dates = (_day(series.start[at]), _day(series.start[low]), _day(series.start[high]))
    return Change(*dates, before, after, effect, q, dict(series.by), "shift")


def _spike(series: Series, dispersion: float, left: Ints, short: Ints, right: Ints, *, q: float) -> Change:
    """`low` … `high` of a spike: from the earliest likely start to the last day, or period, likely within."""
    a, b, c, d = int(_run(left)[0]), int(short[0]), int(short[-1]) + 1, int(_run(right[::-1])[0]) + 1
    head = _profile(series, dispersion, a, c)
    low = min(a + 1 + int(np.flatnonzero(head >= head[b - a - 1] - _DROP)[0]), b)
    tail = _profile(series, dispersion, b, d)
    last = max(b + int(np.flatnonzero(tail >= tail[c - b - 1] - _DROP)[-1]), c - 1)
    before, after, effect = _effect(series, dispersion, np.concatenate([left, right]), short)
    dates = (_day(series.start[b]), _day(series.start[low]), _day(series.start[last]))
    return Change(*dates, before, after, effect, q, dict(series.by), "spike")


def _run(periods: Ints) -> Ints:
    """The end of `periods` that is without a gap."""
    gaps = np.flatnonzero(np.abs(np.diff(periods)) > 1)
    return periods[gaps[-1] + 1 :] if gaps.size else periods


def _effect(series: Series, dispersion: float, before: np.ndarray, after: np.ndarray) -> tuple[float, float, Estimate]:
    """Level before and after, and after − before with its interval, the dispersion counted in."""
    k0, k1 = series.total[before].sum(), series.total[after].sum()
    n0, n1 = series.n[before].sum(), series.n[after].sum()
    x0, x1 = float(k0 / n0), float(k1 / n1)
    if series.kind == "share":
        low, high = difference_interval(k1 / dispersion, n1 / dispersion, k0 / dispersion, n0 / dispersion)
        return x0, x1, estimate(x1 - x0, float(low), float(high), n0 + n1, "newcombe, with dispersion")
    variance = series.variance * (1 / n0 + 1 / n1) if series.kind == "mean" else x0 / n0 + x1 / n1
    free = n0 + n1 - 2 if series.kind == "mean" else np.inf
    half = float(t_quantile(max(free, 1))) * float(np.sqrt(dispersion * variance))
    method = "t, with dispersion" if series.kind == "mean" else "poisson, with dispersion"
    n = n0 + n1 if series.kind == "mean" else k0 + k1
    return x0, x1, estimate(x1 - x0, x1 - x0 - half, x1 - x0 + half, n, method)


def _day(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
