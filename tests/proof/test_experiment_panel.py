"""The design "ab" behind the port of the checks: units of a panel drawn by lot."""

from __future__ import annotations

import numpy as np
import pytest

from balm.core.panel import Panel
from balm.core.verdicts import Design, Outcome, Registered
from balm.proof.designs import CheckDesign, find
from balm.proof.verdict import judge

START = 19_070


def firm(seed, effect=0.0, *, units=40, cell=30, periods=(10, 8), kind="share", spread=0.04):
    """Stores drawn by lot, alike within themselves; the first half gets the fix."""
    rng = np.random.default_rng(seed)
    days = START + 7 * np.arange(-periods[0], periods[1], dtype=np.int64)
    half = units // 2
    moves = spread * (rng.normal(size=(units, 1)) + rng.normal(size=(units, len(days))) / 4)
    level = np.clip(0.2 + moves, 0.01, 0.9)
    having = np.zeros(level.shape)
    having[:half, periods[0] :] = 1
    n = rng.poisson(cell, level.shape).astype(float)
    names = tuple(f"s{i}" for i in range(units))
    want = Registered(Design.AB, dict.fromkeys(names[:half], START), margin=0.01, minimum=50)
    if kind == "share":
        total = rng.binomial(n.astype(int), np.clip(level + effect * having, 0, 1)).astype(float)
        return Panel(names, days, 7, total, n), want
    mean = 5 + 10 * (level - 0.2) + effect * having + rng.normal(size=n.shape) / np.sqrt(np.maximum(n, 1))
    return Panel(names, days, 7, mean * n, n, "mean", n * (mean**2 + 1)), want


@pytest.mark.parametrize(("kind", "effect"), [("share", -0.04), ("mean", 0.3)])
@pytest.mark.parametrize(("units", "cell"), [(8, 30), (40, 30), (2, 400)])
def test_intervals_cover(kind, effect, units, cell):
    design, inside, runs = find("ab"), 0, 300
    spread = 0.0 if units == 2 else 0.04  # a side of one unit cannot tell how unlike units are
    for seed in range(runs):
        panel, want = firm(seed, effect, units=units, cell=cell, kind=kind, spread=spread)
        read = design.read(panel, want).effect
        inside += read.low <= effect <= read.high
    # 300 runs: four standard errors; two noisy arms of independent cells are a little wide or narrow
    assert 0.90 < inside / runs < 0.99


def test_the_level_before_takes_noise_out():
    ratios = []
    for seed in range(8):
        panel, want = firm(seed)
        full = find("ab").read(panel, want)
        after_only = Panel(panel.units, panel.days[10:], 7, panel.total[:, 10:], panel.n[:, 10:])
        bare = find("ab").read(after_only, want)
        ratios.append((full.effect.high - full.effect.low) / (bare.effect.high - bare.effect.low))
        assert "level before" in full.method and "level before" not in bare.method
    assert np.mean(ratios) < 0.75


@pytest.mark.parametrize(("effect", "outcome"), [(-0.19, Outcome.GONE), (-0.1, Outcome.REDUCED), (0.1, Outcome.WORSE)])
def test_the_verdict_of_a_check_by_lot(effect, outcome):
    panel, want = firm(3, effect, cell=60, spread=0.003)
    verdict = judge(panel, want)
    assert verdict.outcome == outcome
    assert len(verdict.reading.path) == 18 and verdict.reading.path[-1].after
    assert isinstance(find("ab"), CheckDesign) and "by lot" in find("ab").needs()


def test_a_useless_fix_is_seldom_called_a_success():
    outcomes = [judge(*firm(seed)).outcome for seed in range(200)]
    assert np.mean([o in (Outcome.GONE, Outcome.REDUCED) for o in outcomes]) <= 0.05


@pytest.mark.parametrize("harm", ["empty", "nobody", "all", "flat", "unknown", "no squares", "one period"])
def test_what_cannot_be_read_is_not_guessed(harm):
    panel, want = firm(4, units=6, kind="mean" if harm == "no squares" else "share")
    units, days, total, n, squares, kind = panel.units, panel.days, panel.total, panel.n, panel.squares, panel.kind
    exposed = dict(want.exposed)
    if harm == "empty":
        total, n = total * 0, n * 0
    elif harm == "nobody":
        n = n.copy()
        n[:3, 10:] = 0
    elif harm == "all":
        exposed = dict.fromkeys(units, START)
    elif harm == "flat":
        total = total * 0
    elif harm == "unknown":
        exposed = {"elsewhere": START}
    elif harm == "no squares":
        squares, exposed = None, {"s0": START}
        units, total, n = units[:2], total[:2], n[:2]
    else:
        days, total, n = days[:1], total[:, :1], n[:, :1]
    verdict = judge(Panel(units, days, 7, total, n, kind, squares), Registered(Design.AB, exposed, margin=1e-9))
    assert verdict.outcome == Outcome.CANNOT_TELL and verdict.because
