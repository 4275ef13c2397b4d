"""Whether an implementation keeps the promises of `balm.proof.designs.CheckDesign`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats, Ints
from balm.core.types import Estimate
from balm.core.verdicts import Design, Outcome, Reading, Registered
from balm.proof.designs import CheckDesign
from balm.proof.verdict import judge
from balm.simulate.firms import Firm, firm

SIDES = ("exposed_before", "exposed_after", "comparison_before", "comparison_after", "units", "comparison_units")
ALLOWED, LIKELY = 0.05, 0.001
"""A useless fix may be called a success this often; a design fails where it does so oftener than chance allows."""


def check_check_design(design: CheckDesign, *, firms: str = "", seeds: int = 30, seed: int = 0) -> None:
    """Raise AssertionError with the reason where `design` breaks a promise of the port.

    Checked: the shape of a reading; the same reading whatever the order and the names of units and whenever it all
    happened; data of excluded units not used, inputs not changed; no exception on panels that are empty, short, flat or
    contradictory; "cannot tell" on too few data; in `seeds` simulated firms a useless fix seldom called a success,
    intervals that cover the truth, and a fix that takes nearly all of a pain away seen at least now and then. `firms`:
    the design whose firms are simulated, for a design that is not one of ours: "did", "its", "synthetic" or "matched".
    """
    assert isinstance(design, CheckDesign), "it has no name, needs and read"
    assert isinstance(design.name, str) and design.name, "its name is not a text"
    assert isinstance(design.needs(), str) and len(design.needs()) > 10, "needs() does not say what it needs"
    kind = firms or (design.name if design.name in set(Design) else "did")
    made = _firm(kind, seed, effect=-0.5)
    registered = made.registered
    reading = design.read(made.panel, registered)
    _shape(reading, made.panel)
    _same(design, made.panel, registered, reading)
    for what, panel, asked in _poor(made.panel, registered):
        _harmless(design, what, panel, asked)
    for days in (0, 1, 10):
        short = _first_days(made.panel, registered, days)
        verdict = judge(short, registered, design)
        assert verdict.outcome is Outcome.CANNOT_TELL, f"{days} days of data are enough for it: {verdict.outcome}"
    _honest(design, kind, seeds, seed)


def _firm(kind: str, seed: int, effect: float) -> Firm:
    """A firm without interference, which is known to break what most designs stand on."""
    if kind == Design.AB:
        made = firm("did", seed, effect=effect, interference=0.0, chosen="random", staggered=1)
        return replace(made, registered=replace(made.registered, design=Design.AB, selected=0))
    return firm(kind, seed, effect=effect, interference=0.0)


def _shape(reading: Reading, panel: Panel) -> None:
    assert isinstance(reading, Reading), f"read() gave {type(reading).__name__}"
    for name in ("effect", "without", "level", "remaining"):
        _estimate(getattr(reading, name), name)
    e, level, without = reading.effect, reading.level, reading.without
    if e.value is not None and level.value is not None and without.value is not None:
        gap = abs(e.value - (level.value - without.value))
        assert gap <= 1e-6 + 0.02 * abs(e.value), (
            f"effect {e.value} is not level {level.value} − without {without.value}"
        )
    assert reading.p is None or 0 <= reading.p <= 1, f"p = {reading.p}"
    assert set(SIDES) <= set(reading.n), f"n lacks {set(SIDES) - set(reading.n)}"
    assert all(isinstance(n, int) and n >= 0 for n in reading.n.values()), f"n: {reading.n}"
    names = [a.name for a in reading.assumptions]
    assert names and len(names) == len(set(names)), f"assumptions are told twice, or none is: {names}"
    for a in reading.assumptions:
        assert a.ok in (True, False, None) and not isinstance(a.ok, np.bool_), f"{a.name}: ok is {a.ok!r}"
        json.dumps(a.facts)  # raises for what is not plain
    starts = [point.start.toordinal() - 719_163 for point in reading.path]
    assert starts == sorted(set(starts)), "the periods of the path do not follow each other"
    assert not starts or (starts[0] >= panel.days[0] and starts[-1] <= panel.days[-1]), "the path leaves the panel"
    for point in reading.path:
        _estimate(point.observed, "observed")
        _estimate(point.without, "without in the path")
    assert isinstance(reading.method, str) and reading.method, "it does not name its method"


def _estimate(e: Estimate, name: str) -> None:
    known = [v is not None for v in (e.value, e.low, e.high)]
    assert all(known) or not any(known[1:]), f"{name} has one end only: {e}"
    if e.value is not None and e.low is not None and e.high is not None:
        assert math.isfinite(e.value), f"{name}: {e}"
        room = 1e-9 * max(abs(e.value), 1.0)  # of rounding
        assert e.low - room <= e.value <= e.high + room, f"the interval of {name} does not hold its value: {e}"


def _same(design: CheckDesign, panel: Panel, registered: Registered, first: Reading) -> None:
    kept = [part.copy() for part in (panel.total, panel.n)]
    order = np.random.default_rng(1).permutation(len(panel.units))
    shuffled = _rows(panel, order)
    backwards = replace(registered, exposed=dict(reversed(list(registered.exposed.items()))))
    names = {unit: f"x {i:04d}" for i, unit in enumerate(panel.units)}
    renamed = replace(panel, units=tuple(names[u] for u in panel.units))
    moved = {names[u]: day for u, day in registered.exposed.items()}
    shift = 7 * 52
    later = replace(registered, exposed={u: d + shift for u, d in registered.exposed.items()},
                    end=None if registered.end is None else registered.end + shift)  # fmt: skip
    cases = {
        "read again": (panel, registered),
        "the order of units": (shuffled, registered),
        "the order of the exposed": (panel, backwards),
        "the names of units": (renamed, replace(registered, exposed=moved)),
    }
    if not panel.step % 7 or not registered.period:
        cases["the year it happened in"] = (replace(panel, days=panel.days + shift), later)
    for what, (given, asked) in cases.items():
        loose = 0.05 if what == "the year it happened in" else 1e-6
        _equal(design.read(given, asked).effect, first.effect, what, loose)
    other = next((u for u in panel.units if u not in registered.exposed), None)
    if other is not None:
        out = replace(registered, excluded=(*registered.excluded, other))
        spoiled = panel.total.copy()
        spoiled[panel.row(other)] = 0
        _equal(
            design.read(replace(panel, total=spoiled), out).effect, design.read(panel, out).effect,
            "what an excluded unit did", 1e-3,
        )  # fmt: skip
    assert all((a == b).all() for a, b in zip(kept, (panel.total, panel.n), strict=True)), "it changed the panel"


def _equal(a: Estimate, b: Estimate, what: str, loose: float) -> None:
    for x, y in zip((a.value, a.low, a.high), (b.value, b.low, b.high), strict=True):
        assert (x is None) == (y is None), f"{what} decides whether there is an effect: {a}, {b}"
        if x is not None and y is not None:
            width = abs((b.high or 0) - (b.low or 0))
            assert abs(x - y) <= loose * max(abs(y), width, 1e-9), f"{what} changes the effect: {a}, {b}"


def _rows(panel: Panel, rows: Ints) -> Panel:
    squares = None if panel.squares is None else panel.squares[rows]
    units = tuple(panel.units[i] for i in rows.tolist())
    return replace(panel, units=units, total=panel.total[rows], n=panel.n[rows], squares=squares)


def _columns(panel: Panel, where: slice) -> Panel:
    squares = None if panel.squares is None else panel.squares[:, where]
    return replace(panel, days=panel.days[where], total=panel.total[:, where], n=panel.n[:, where], squares=squares)


def _first_days(panel: Panel, registered: Registered, days: int) -> Panel:
    """What lies around the start, half before and half after."""
    at = int(np.searchsorted(panel.days, registered.start))
    half = days // panel.step // 2
    return _columns(panel, slice(max(at - half, 0), at + half + (days // panel.step) % 2))


def _filled(panel: Panel, n: Floats, share: float) -> Panel:
    total: Floats = n * share
    return replace(panel, n=n, total=total, squares=None if panel.squares is None else total * share)


def _poor(panel: Panel, registered: Registered) -> Iterator[tuple[str, Panel, Registered]]:
    """Panels and checks that cannot be answered, or hardly."""
    start, units = registered.start, list(registered.exposed)
    yield "nobody is exposed", panel, replace(registered, exposed={})
    yield "the exposed are not there", panel, replace(registered, exposed={"nowhere": start})
    yield "everybody is exposed", panel, replace(registered, exposed=dict.fromkeys(panel.units, start))
    yield (
        "everybody else is excluded",
        panel,
        replace(registered, excluded=tuple(u for u in panel.units if u not in registered.exposed)),
    )
    yield "no units", _rows(panel, np.zeros(0, np.int64)), registered
    yield "one unit", _rows(panel, np.array([panel.row(units[0])])), registered
    yield "one exposed unit", panel, replace(registered, exposed={units[0]: start})
    yield "no periods", _columns(panel, slice(0, 0)), registered
    yield "one period", _columns(panel, slice(0, 1)), registered
    yield "two periods", _columns(panel, slice(0, 2)), registered
    yield "no observations", _filled(panel, np.zeros(panel.n.shape), 0.0), registered
    for share in (0.0, 0.3, 1.0):
        yield f"the same share of {share} everywhere", _filled(panel, np.full(panel.n.shape, 10.0), share), registered
        yield f"one observation a cell, all {share}", _filled(panel, np.ones(panel.n.shape), share), registered
    rng = np.random.default_rng(2)
    thin = np.where(rng.random(panel.n.shape) < 0.05, 1.0, 0.0)
    yield "hardly an observation", _filled(panel, thin, 1.0), registered
    gone = panel.n * (panel.days < start)
    yield "no observations after", _filled(panel, gone, 0.2), registered
    yield "no observations before", _filled(panel, panel.n - gone, 0.2), registered
    late = (panel.days >= start).astype(np.float64)
    squares = None if panel.squares is None else panel.squares * late
    yield "nothing but 0 before", replace(panel, total=panel.total * late, squares=squares), registered
    for day, what in ((int(panel.days[0]) - 1000, "before the data"), (int(panel.days[-1]) + 1000, "after the data")):
        yield f"a start {what}", panel, replace(registered, exposed=dict.fromkeys(units, day))
    yield "an end before the start", panel, replace(registered, end=start - 10)
    yield "a soak beyond the end", panel, replace(registered, soak=100_000)
    yield "a baseline of one day", panel, replace(registered, baseline=1)
    yield "all of the baseline was the choice", panel, replace(registered, selected=100_000)
    yield "a season longer than the data", panel, replace(registered, period=10_000)
    one = replace(panel, n=np.minimum(panel.n, 1), total=np.minimum(panel.total, 1.0), squares=None, kind="mean")
    yield "means without squares", one, registered


def _harmless(design: CheckDesign, what: str, panel: Panel, registered: Registered) -> None:
    try:
        reading = design.read(panel, registered)
    except Exception as error:
        raise AssertionError(f"{what}: it raised {type(error).__name__}: {error}") from error
    try:
        for name in ("effect", "without", "level", "remaining"):
            _estimate(getattr(reading, name), name)
    except AssertionError as error:
        raise AssertionError(f"{what}: {error}") from None


def _honest(design: CheckDesign, kind: str, seeds: int, seed: int) -> None:
    wrong = covered = read = seen = 0
    for i in range(seed, seed + seeds):
        useless = _firm(kind, i, effect=0.0)
        verdict = judge(useless.panel, useless.registered, design)
        wrong += verdict.outcome in (Outcome.GONE, Outcome.REDUCED)
        e = verdict.reading.effect if verdict.reading else None
        if e is not None and e.low is not None and e.high is not None:
            read += 1
            covered += e.low <= useless.truth <= e.high
        cured = _firm(kind, i, effect=-0.9)
        seen += judge(cured.panel, cured.registered, design).outcome in (Outcome.GONE, Outcome.REDUCED)
    assert wrong <= _most(seeds, ALLOWED), f"in {wrong} of {seeds} firms it called a useless fix a success"
    missed = read - covered
    assert missed <= _most(read, ALLOWED), f"{missed} of {read} intervals do not cover the truth"
    assert seen >= seeds / 5, f"in {seen} of {seeds} firms only it saw a fix that took nearly all of the pain away"


def _most(n: int, chance: float) -> int:
    """The largest count that is no wonder: more than that has a probability below `LIKELY`."""
    tail, k = 1.0, -1
    while tail > LIKELY and k < n:
        k += 1
        tail -= math.comb(n, k) * chance**k * (1 - chance) ** (n - k)
    return k
