"""Randomized trials with a known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from balm.core.errors import WrongUse
from balm.core.stats import Floats, Ints


@dataclass(frozen=True, slots=True)
class Trial:
    """One row a customer, in the order they came. `arms`: names, the first is the control. `ratio`: planned weights.
    `arm`: N places in `arms`. `value`: N outcomes. `before`: N values of the same metric before the trial, NaN for new
    customers. `day`: N whole days since the trial began. `truth`: true difference of each arm's mean to the control's,
    0 first. `broken`: whether a part of an arm's customers got lost on the way (the ratio is then not as planned)."""

    arms: tuple[str, ...]
    ratio: tuple[float, ...]
    arm: Ints
    value: Floats
    before: Floats
    day: Ints
    truth: tuple[float, ...]
    broken: bool
    notes: dict[str, Any]


def trial(
    seed: int,
    *,
    effect: float | Sequence[float] = 0.0,
    arms: int = 2,
    ratio: Sequence[float] | None = None,
    n: int = 4000,
    days: int = 28,
    metric: Literal["share", "amount"] = "share",
    level: float = 0.2,
    correlation: float = 0.6,
    tail: float = 1.0,
    new: float = 0.2,
    lost: float = 0.0,
) -> Trial:
    """A trial of `n` customers over `days` days.

    `effect`: relative change of the mean by each arm after the control (one figure: by all of them). `metric`: "share"
    (0 or 1, mean `level`) or "amount" (log-normal with log spread `tail`, a fifth zeros, mean `level`). `correlation`:
    0 … 1, how much of the latent inclination stays from before to during the trial. `new`: share of customers without
    a past. `lost`: 0 … 1, share of the last arm's customers, worse ones first, who vanish (a broken ratio; the
    remaining are then no fair comparison). Raises WrongUse where ratio or effects do not fit the arms.
    """
    weights = np.ones(arms) if ratio is None else np.asarray(ratio, np.float64)
    changes = np.full(arms - 1, effect) if np.isscalar(effect) else np.asarray(effect, np.float64)
    if arms < 2 or weights.shape != (arms,) or changes.shape != (arms - 1,) or (weights <= 0).any():
        raise WrongUse(f"{arms} arms need as many weights above 0, and an effect for each but the control")
    rng = np.random.default_rng(np.random.SeedSequence([97, seed]))
    change = np.concatenate([[0.0], changes])
    arm = rng.choice(arms, n, p=weights / weights.sum())
    day = np.sort(rng.integers(0, days, n))
    lasting = rng.normal(size=n)
    past, present = (np.sqrt(correlation) * lasting + np.sqrt(1 - correlation) * rng.normal(size=n) for _ in range(2))
    before = _outcome(metric, past, np.full(n, level), tail, rng)
    value = _outcome(metric, present, level * (1 + change[arm]), tail, rng)
    before[rng.random(n) < new] = np.nan
    stays = ~((arm == arms - 1) & (rng.random(n) < np.clip(lost * 2 * (lasting > 0), 0, 1)))
    names = ("control", *(chr(ord("A") + i) for i in range(arms - 1)))
    return Trial(
        names,
        tuple(float(w) for w in weights),
        arm[stays].astype(np.int64),
        value[stays],
        before[stays],
        day[stays].astype(np.int64),
        tuple(float(level * c) for c in change),
        bool(lost > 0),
        {"effect": tuple(float(c) for c in changes), "metric": metric, "lost": lost},
    )


def _outcome(metric: str, inclination: Floats, mean: Floats, tail: float, rng: np.random.Generator) -> Floats:
    """Outcomes with exactly the means wanted, which go up with a customer's inclination (standard normal)."""
    if metric == "share":
        from scipy.special import ndtr

        return (ndtr(inclination) > 1 - mean).astype(np.float64)
    spent = rng.random(inclination.size) < 0.8
    amount: Floats = spent * mean / 0.8 * np.exp(tail * inclination - tail**2 / 2)
    return amount
