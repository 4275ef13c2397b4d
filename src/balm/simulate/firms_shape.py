"""What a simulated firm is like: drawn anew for each seed, in the ranges of real companies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from balm.core.errors import WrongUse
from balm.core.verdicts import Design

EFFECTS = (-0.2, -0.35, -0.5, -0.7, -0.9)
"""Relative changes of the pain by real fixes, where none is asked for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything of a firm that is not chance. Levels, trends, seasons and noise are log-odds of the pain.

    `units`, `exposed`: how many; `step`: days of a period; `before`, `after`: periods before the first start, and after
    it; `observations`: mean of a cell; `uneven`: spread (log) of units' sizes; `crowding`: the negative binomial's
    shape, smaller is more uneven from period to period. `level`: 0 … 1, the share of a typical unit; `spread` of units.
    `trend`: over the whole span; `leaning`: how much more the trend is of units that start higher; `yearly`, `weekly`:
    amplitudes, of which `own` is the part that each unit has differently; `period`: periods of a season that is
    registered. `common`, `common_memory`: spread and AR(1) of what hits all units; `loading`: how unequally it does;
    `alone`, `alone_memory`: of each unit by itself. `overdispersion`: intraclass correlation within a cell.
    `chosen`: how the exposed are chosen: "random", "worst" in the last `selected` days, "rising" (against their own
    past), and for its "timed": the fix comes after the worst stretch. `soak`: days; `off_grid`: days by which starts
    lie inside a period. `staggered`: waves of starts, 1 for all at once. `uneven_effect`: spread of the effect by unit;
    `growing`: 0 … 1, part of the effect that comes only with the months. `interference`: 0 … 1, part of the effect that
    `touched` (0 … 1) of the comparison gets too. `drift`: how much more the exposed rise by themselves from the first
    period to the last: breaks what difference-in-differences stands on.
    """

    kind: Literal["share", "mean"]
    units: int
    exposed: int
    step: int
    before: int
    after: int
    observations: float
    uneven: float
    crowding: float
    level: float
    spread: float
    trend: float
    leaning: float
    yearly: float
    weekly: float
    own: float
    period: int
    common: float
    common_memory: float
    loading: float
    alone: float
    alone_memory: float
    overdispersion: float
    chosen: Literal["random", "worst", "rising", "timed"]
    selected: int
    soak: int
    off_grid: int
    staggered: int
    uneven_effect: float
    growing: float
    interference: float
    touched: float
    drift: float = 0.0


def draw(design: Design, rng: np.random.Generator, wanted: dict[str, Any]) -> Shape:
    """A shape for a design; `wanted` replaces what is drawn. Raises WrongUse for a name that is no part of a shape or
    a design that is not simulated here."""
    if design not in _UNITS:
        raise WrongUse(f"no firms are simulated for the design {design.value!r}; use trial() for experiments")
    daily = bool(rng.random() < 0.35)
    step = int(wanted.get("step", 1 if daily else 7))
    # drawn whether used or not, so that asking for one thing does not change all others
    parts = {**_size(design, rng, step), **_latent(design, rng, step), **_fix(design, rng, step)}
    if design is Design.ITS and parts["period"] == 52:  # nobody can take a year's season out of half a year
        parts["before"] += 52
    parts["soak"] = min(parts["soak"], (parts["after"] * step - 21) // 7 * 7)  # three weeks are left to look at
    parts["kind"] = "mean" if rng.random() < 0.25 else "share"
    parts["step"] = step
    unknown = set(wanted) - set(Shape.__dataclass_fields__)
    if unknown:
        raise WrongUse(f"a firm has no {sorted(unknown)[0]!r}; it has {', '.join(Shape.__dataclass_fields__)}")
    return replace(Shape(**parts), **wanted)


_UNITS = {Design.DID: (8, 60), Design.ITS: (1, 10), Design.SYNTHETIC: (12, 45), Design.MATCHED: (40, 150)}
_CELL = {Design.DID: (6, 120), Design.ITS: (25, 250), Design.SYNTHETIC: (25, 250), Design.MATCHED: (4, 60)}


def _size(design: Design, rng: np.random.Generator, step: int) -> dict[str, Any]:
    low, high = _UNITS[design]
    units = int(rng.integers(low, high + 1))
    part = rng.uniform(0.2, 0.5) if design is Design.DID else rng.uniform(0.12, 0.3)
    exposed = {Design.ITS: units, Design.SYNTHETIC: 1}.get(design, max(3, round(part * units)))
    mean = float(np.exp(rng.uniform(*np.log(_CELL[design]))))
    before, after = (rng.integers(56, 183), rng.integers(28, 85)) if step < 7 else rng.integers((26, 8), (121, 31))
    return {
        "units": units,
        "exposed": exposed,
        "before": int(before),
        "after": int(after),
        "observations": mean if step >= 7 else max(mean / 3, 2.0),
        "uneven": float(rng.uniform(0.2, 0.6 if design is Design.SYNTHETIC else 0.9)),
        "crowding": float(rng.uniform(3, 30)),
    }


def _latent(design: Design, rng: np.random.Generator, step: int) -> dict[str, Any]:
    alone_memory, common_memory = rng.uniform(0, 0.75), rng.uniform(0.1, 0.75)
    yearly, seasonal = rng.uniform(0.1, 0.35), bool(rng.random() < 0.5)
    weekly = rng.uniform(0.05, 0.3)
    leaning = rng.uniform(-0.6, 0) * (rng.random() < 0.5)
    loading = rng.uniform(0.1, 0.5)
    steep = 2.5 if rng.random() < 0.15 else 1.0  # what gets fixed is often what has been rising for long
    return {
        "level": float(np.exp(rng.uniform(*np.log((0.04, 0.35))))),
        "spread": float(rng.uniform(0.2, 0.6)),
        "trend": float(steep * rng.normal(0, 0.3)),
        "leaning": float(leaning) if design is Design.MATCHED else 0.0,
        "yearly": float(yearly) if seasonal and step >= 7 else 0.0,
        "weekly": float(weekly) if step < 7 else 0.0,
        "own": float(rng.uniform(0, 0.3)),
        "period": 7 if step < 7 else 52 if seasonal else 0,
        "common": float(rng.uniform(0.03, 0.18 if design is Design.ITS else 0.3)),
        "common_memory": float(common_memory),
        "loading": float(loading) if design is Design.SYNTHETIC else 0.0,
        "alone": float(rng.uniform(0.03, 0.3)),
        "alone_memory": float(alone_memory),
        "overdispersion": float(rng.uniform(0, 0.02)),
    }


def _fix(design: Design, rng: np.random.Generator, step: int) -> dict[str, Any]:
    how = {Design.ITS: "timed", Design.SYNTHETIC: "rising"}.get(design, "worst")
    chosen = how if rng.random() < 0.6 else "random"
    window = int(rng.integers(2, 5)) * 7 if step < 7 else int(rng.integers(4, 9)) * 7
    soak = int(rng.choice([0, 7, 14, 28]))
    waves = int(rng.integers(2, 6)) if rng.random() < 0.5 else 1
    off = int(rng.integers(1, 7)) if rng.random() < 0.25 else 0
    uneven, growing = rng.uniform(0, 0.4), rng.uniform(0, 0.6) * (rng.random() < 0.5)
    touches, part, touched = rng.random() < 0.15, rng.uniform(0.3, 0.9), rng.uniform(0.3, 1.0)
    alone = design is Design.ITS
    return {
        "chosen": chosen,
        "selected": window if chosen != "random" else 0,
        "soak": soak,
        "off_grid": off if step >= 7 else 0,
        "staggered": waves if design is Design.DID else 1,
        "uneven_effect": float(uneven),
        "growing": float(growing),
        "interference": float(part) if touches and not alone else 0.0,
        "touched": float(touched),
    }
