"""Firms with a known truth: what a check of a fix would be given, and what it should have said.

Shares move as they do in companies: unequal units, a trend, seasons, shocks that hit all and shocks that hit one, both
with memory, more scatter than chance alone, units chosen for being the worst just before, fixes that start one unit
after another and work here more than there. The same seed gives the same firm with any effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints
from balm.core.verdicts import Design, Registered
from balm.simulate.firms_shape import EFFECTS, Shape, draw
from balm.simulate.firms_trial import Trial, trial

__all__ = ["EFFECTS", "Firm", "Shape", "Trial", "firm", "trial"]

_BAD = np.array([0.55, 0.25, 0.2, 0.0, 0.0])  # scores 1 … 5 of those who have the pain, and of all others
_GOOD = np.array([0.02, 0.03, 0.1, 0.3, 0.55])
_SCORES = np.arange(1, 6)
_WORTH = float((_BAD - _GOOD) @ _SCORES)
"""What one point of the pain's share does to the mean score."""


@dataclass(frozen=True, slots=True)
class Firm:
    """`truth`: the true average effect on the exposed units' observations in periods that begin after the soak, in the
    metric's unit: latent mean with the fix − without, of the same draws. `notes`: "shape" (Shape), "effect" (relative
    change of the pain asked for or drawn), "interference" (0 … 1: the part of it the comparison got; 0 where the fix is
    useless, as it then takes nothing along), "touched" (units that got it), "without" (the true level without)."""

    panel: Panel
    registered: Registered
    truth: float
    notes: dict[str, Any]


def firm(design: Design | str, seed: int, *, effect: float | None = None, **shape: Any) -> Firm:
    """A firm that registered a check by `design` ("did", "its", "synthetic" or "matched") and made a fix.

    `effect`: relative change of the pain by the fix, −1 … : 0 is useless, −0.5 halves it, 0.3 makes it worse; None
    draws: useless in half of the firms, else one of `EFFECTS`. `shape`: replaces parts of what is drawn; names and
    units as in `Shape`. Periods before a start are those that end by it; a period counts as after that begins on or
    after start + soak. Raises WrongUse for a design without firms and for an unknown part of the shape.
    """
    design = Design(design)
    # one stream for each part, so that no part shifts another's draws
    streams = np.random.SeedSequence([list(Design).index(design), seed]).spawn(7)
    how, latent, sizes, choice, working, counting, scoring = (np.random.default_rng(s) for s in streams)
    look = draw(design, how, shape)
    drawn = 0.0 if how.random() < 0.5 else float(how.choice(EFFECTS))
    size = drawn if effect is None else effect

    slack = look.before // 4 if look.chosen == "timed" else 0  # its: when to act is chosen among these periods
    periods = slack + look.before + look.after
    first = 19_000 + 7 * int(how.integers(0, 104))
    days = first + look.step * np.arange(periods, dtype=np.int64)
    odds = _odds(look, days, latent)
    n = _sizes(look, periods, sizes)
    had = counting.binomial(n, _crowd(_share(odds), look.overdispersion, counting))
    start = look.before + (_worst_moment(look, had, n) if slack else 0)
    keep = slice(start - look.before, start + look.after)
    days, without, n, had = days[keep], _share(odds[:, keep]), n[:, keep], had[:, keep]
    exposed = _choose(look, had, n, without, choice)
    if look.drift:
        drifted = _share(odds[exposed][:, keep] + look.drift * np.arange(days.size) / days.size)
        had[exposed] = _more_or_less(had[exposed], n[exposed], without[exposed], drifted, counting)
        without[exposed] = drifted
    starts = _starts(look, days, exposed, choice)

    change, touched = _change(look, days, starts, size, working)
    with_fix = np.clip(without * (1 + change), 0, 1)
    panel = _count(look, days, n, _more_or_less(had, n, without, with_fix, counting), scoring)
    worth = 1.0 if look.kind == "share" else _WORTH
    counted = np.zeros(n.shape, bool)
    for unit, day in starts.items():
        counted[unit] = days >= day + look.soak
    weight = n * counted
    truth = float(worth * (weight * (with_fix - without)).sum() / max(weight.sum(), 1)) + 0.0  # no "-0"
    level = (weight * without).sum() / max(weight.sum(), 1)
    notes = {
        "shape": look,
        "effect": size,
        "interference": look.interference if size and touched.size else 0.0,
        "touched": tuple(panel.units[u] for u in touched),
        "without": float(level if look.kind == "share" else _GOOD @ _SCORES + _WORTH * level),
    }
    return Firm(panel, _registered(design, look, panel, starts, seed), truth, notes)


def _share(odds: Floats) -> Floats:
    share: Floats = 1 / (1 + np.exp(-odds))
    return share


def _memory(rng: np.random.Generator, shape: tuple[int, int], spread: float, memory: float, df: int) -> Floats:
    """Rows of AR(1) with standard deviation `spread`; innovations of Student's t, since real shocks have tails."""
    drawn = rng.standard_t(df, shape) * np.sqrt((df - 2) / df)
    out = np.empty(shape)
    out[:, 0] = drawn[:, 0]
    fresh = np.sqrt(1 - memory**2)
    for t in range(1, shape[1]):
        out[:, t] = memory * out[:, t - 1] + fresh * drawn[:, t]
    return np.asarray(spread * out)


def _odds(look: Shape, days: Ints, rng: np.random.Generator) -> Floats:
    """U × T log-odds of the pain without any fix."""
    units, periods = look.units, days.size
    height = rng.normal(0, look.spread, units)
    ramp = np.linspace(-0.5, 0.5, periods)
    slope = look.trend + look.leaning * height
    odds: Floats = np.log(look.level / (1 - look.level)) + height[:, None] + slope[:, None] * ramp
    odds += _season(look.yearly, days / 365.25, look.own, units, rng)
    odds += _season(look.weekly, days / 7, look.own, units, rng)
    loading = 1 + rng.normal(0, look.loading, (units, 1))
    odds += loading * _memory(rng, (1, periods), look.common, look.common_memory, 5)
    return odds + _memory(rng, (units, periods), look.alone, look.alone_memory, 8)


def _season(amplitude: float, phase: Floats, own: float, units: int, rng: np.random.Generator) -> Floats:
    """1 or U × T: two harmonics; each unit's differ from the common ones by the part `own`."""
    common, each = rng.normal(0, 1, (1, 4)), rng.normal(0, 1, (units, 4))
    turns = 2 * np.pi * np.stack([phase, 2 * phase])
    waves = np.concatenate([np.sin(turns), np.cos(turns)])
    part = (common + own * each) * np.array([1, 0.4, 1, 0.4])
    season: Floats = amplitude / np.sqrt(1.16) * (part @ waves)
    return season


def _sizes(look: Shape, periods: int, rng: np.random.Generator) -> Ints:
    """U × T observations: unequal units, and more scatter in time than Poisson's."""
    mean = look.observations * np.exp(rng.normal(0, look.uneven, (look.units, 1)) - look.uneven**2 / 2)
    busy = rng.gamma(look.crowding, 1 / look.crowding, (look.units, periods))
    return rng.poisson(mean * busy).astype(np.int64)


def _crowd(share: Floats, within: float, rng: np.random.Generator) -> Floats:
    """The shares of a beta-binomial's cells, with intraclass correlation `within`."""
    if within <= 0:
        return share
    sum_ = 1 / within - 1
    return np.asarray(rng.beta(share * sum_, (1 - share) * sum_))


def _more_or_less(had: Ints, n: Ints, share: Floats, wanted: Floats, rng: np.random.Generator) -> Ints:
    """Counts at another share: of those who had the pain some are rid of it, or some of the others get it. Where
    nothing changes the counts stay, so that units are compared with the very figures they were chosen by."""
    rid = rng.binomial(had, np.clip(1 - wanted / share, 0, 1))
    got = rng.binomial(n - had, np.clip((wanted - share) / (1 - share), 0, 1))
    return np.asarray(had - rid + got)


def _worst_moment(look: Shape, had: Ints, n: Ints) -> int:
    """How many periods later the fix starts: after the worst stretch there was."""
    window = max(look.selected // look.step, 1)
    sums = np.cumsum(np.concatenate([[0], had.sum(0)])), np.cumsum(np.concatenate([[0], n.sum(0)]))
    places = look.before + np.arange(look.before // 4 + 1)
    share = (sums[0][places] - sums[0][places - window]) / np.maximum(sums[1][places] - sums[1][places - window], 1)
    return int(share.argmax())


def _choose(look: Shape, had: Ints, n: Ints, share: Floats, rng: np.random.Generator) -> Ints:
    """The units that get the fix: at random, the worst of late, or those that rose most of late."""
    units, before = look.units, look.before
    if look.exposed >= units:
        return np.arange(units)
    window = slice(before - max(look.selected // look.step, 1), before)
    middle = np.arange(units)
    if look.exposed == 1:  # nobody can be compared with the very best or worst of all
        middle = np.argsort(share[:, :before].mean(1))[units // 10 : units - max(units // 10, 2)]
    if look.chosen == "random":
        return np.sort(rng.choice(middle, look.exposed, replace=False))
    late = (had[:, window].sum(1) + 0.5) / (n[:, window].sum(1) + 1)
    ever = (had[:, :before].sum(1) + 0.5) / (n[:, :before].sum(1) + 1)
    score = np.log(late) - (np.log(ever) if look.chosen == "rising" else 0)
    # the worst, but with a will of their own: every list has exceptions
    score = score + rng.gumbel(0, 0.5 * score.std(), units)
    return np.sort(middle[np.argsort(-score[middle])[: look.exposed]])


def _starts(look: Shape, days: Ints, exposed: Ints, rng: np.random.Generator) -> dict[int, int]:
    """Unit → day of its start; waves a few weeks apart, so that the last still has a third of the time after."""
    first = int(days[look.before]) - look.off_grid
    waves = min(look.staggered, exposed.size)
    room = max(int(look.after * look.step * 0.6) - look.soak, 0)
    apart = min(max(look.step, 14), room // max(waves - 1, 1)) // look.step * look.step
    wave = rng.permutation(np.arange(exposed.size) % waves)
    return {int(u): first + int(w) * apart for u, w in zip(exposed, wave, strict=True)}


def _change(
    look: Shape, days: Ints, starts: dict[int, int], effect: float, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """U × T relative change of the pain, and the units of the comparison that got a part of it."""
    unit = np.clip(rng.normal(1, look.uneven_effect, look.units), 0, 2)
    delay = rng.uniform(0.2, 0.8)
    others = np.setdiff1d(np.arange(look.units), list(starts))
    touched = np.sort(rng.permutation(others)[: round(look.touched * others.size)] if look.interference else others[:0])
    begin = np.full(look.units, np.iinfo(np.int64).max // 2)
    begin[list(starts)] = list(starts.values())
    begin[touched] = min(starts.values())
    strength = np.ones(look.units)
    strength[touched] = look.interference
    since = days[None, :] - begin[:, None]
    on = np.clip((since + look.step) / look.step, 0, 1)  # a start inside a period
    soak = np.where(since < look.soak, delay * np.clip(since + look.step, 0, None) / (look.soak + look.step), 1.0)
    grown = 1 - look.growing * np.exp(-np.clip(since, 0, None) / 45)
    change = np.clip(effect * unit * strength, -1, 3)[:, None] * on * soak * grown
    return np.clip(change, -1, None), touched


def _count(look: Shape, days: Ints, n: Ints, had: Ints, rng: np.random.Generator) -> Panel:
    """The panel as it is observed: how many have the pain, or the scores that those with and without it give."""
    names = tuple(f"unit {u + 1:03d}" for u in range(look.units))
    if look.kind == "share":
        return Panel(names, days, look.step, had.astype(np.float64), n.astype(np.float64))
    stars = np.empty((*n.shape, 5), np.int64)
    past = look.before - (look.off_grid > 0)
    for part in (slice(past), slice(past, None)):  # the past first: it is the same with any fix
        stars[:, part] = rng.multinomial(had[:, part], _BAD) + rng.multinomial((n - had)[:, part], _GOOD)
    total, squares = (np.asarray(stars @ points, np.float64) for points in (_SCORES, _SCORES**2))
    return Panel(names, days, look.step, total, n.astype(np.float64), "mean", squares)


def _registered(design: Design, look: Shape, panel: Panel, starts: dict[int, int], seed: int) -> Registered:
    """What a careful analyst writes down; the smallest change that matters is a tenth of the pain."""
    score = look.kind == "mean"
    return Registered(
        design=design,
        exposed={panel.units[u]: day for u, day in starts.items()},
        better="higher" if score else "lower",
        margin=round(0.1 * look.level * (abs(_WORTH) if score else 1), 4),
        target=float(_GOOD @ _SCORES) if score else None,
        soak=look.soak,
        selected=look.selected,
        period=look.period,
        seed=seed,
    )
