"""How large a check must be to see an effect that is there: by formula for a trial, by simulation for other designs.

Two shares: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, ch. 4, without a correction
for continuity; two means: the normal formula with Guenther's (1981, The American Statistician 35, 243–244) allowance
for Student's t. An NPS is the mean of answers worth 100, 0 and −100. Observations that hang together in units of the
lot count for less by the design effect 1 + (m − 1) · ICC (Donner and Klar 2000).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from scipy.special import ndtri

from balm.core.errors import WrongUse
from balm.proof.sequential import LOOKS, drift
from balm.proof.trial import MOST_ARMS

Metrics = Literal["share", "mean", "nps"]
Designs = Literal["ab", "did", "its", "synthetic", "matched"]

METRICS: tuple[Metrics, ...] = ("share", "mean", "nps")
DESIGNS: tuple[Designs, ...] = ("ab", "did", "its", "synthetic", "matched")
MOST = 10**12


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be seen. `level`: without the fix; `effect`: with − without, in the metric's unit, not 0; `sd`: of
    one observation, without and with the fix; `power`, `alpha`: 0 … 1, two-sided."""

    metric: Metrics
    level: float
    effect: float
    sd: tuple[float, float]
    power: float
    alpha: float


@dataclass(frozen=True, slots=True)
class PowerResult:
    """How large a check must be.

    `n`: observations with the fix after the start, in each arm that has it (of unequal ones the smallest); `total`: of
    everybody, from the first period that is used; `by_arm`: of a trial, the control first. `duration`: periods from
    the start on, None where it is not told how many observations come in one. `power`: what these numbers give.
    """

    n: int
    total: int
    duration: int | None
    power: float
    method: str
    design: Designs
    by_arm: tuple[int, ...] = ()
    per_period: float | None = None
    alpha: float = 0.05

    def to_json(self) -> dict[str, Any]:
        """As `balm power --out` writes it."""
        return {
            "n": self.n, "duration": self.duration, "method": self.method, "total": self.total,
            "by_arm": list(self.by_arm), "per_period": self.per_period, "power": self.power, "alpha": self.alpha,
            "design": self.design,
        }  # fmt: skip

    def to_pandas(self) -> Any:
        """One row; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        return pd.DataFrame([{**self.to_json(), "by_arm": list(self.by_arm)}])


def power(
    metric: Metrics,
    baseline: float,
    effect: float,
    *,
    design: Designs = "ab",
    power: float = 0.8,
    alpha: float = 0.05,
    arms: int = 2,
    ratio: tuple[float, ...] = (),
    sd: float | None = None,
    passives: float = 0.25,
    icc: float = 0.0,
    cluster: float = 1.0,
    sequential: bool = False,
    units: int | None = None,
    exposed: int | None = None,
    before: int | None = None,
    periods: int | None = None,
    per_period: float | None = None,
    autocorrelation: float = 0.3,
    noise: float | None = None,
    seed: int = 0,
) -> PowerResult:
    """As `balm.power`, whose docstring tells the arguments; `ratio` as numbers, the control first."""
    ask = _ask(metric, baseline, effect, sd=sd, passives=passives, power=power, alpha=alpha)
    if design not in DESIGNS:
        raise WrongUse(f"unknown design {design!r}; one of {', '.join(DESIGNS)}")
    _between("the observations that come in a period", per_period, 0, MOST, open_low=True)
    _between("the number of periods", periods, 1, 10_000)
    if design == "ab":
        _between("the likeness within a unit (ICC)", icc, 0, 1)
        _between("the observations of a unit", cluster, 1, 10**9)
        parts = _parts(arms, ratio)
        return _trial(
            ask, parts, icc=icc, cluster=cluster, sequential=sequential, per_period=per_period, periods=periods
        )
    if arms != 2 or ratio or icc or cluster != 1 or sequential:
        raise WrongUse(f"arms, ratio, icc, cluster and sequential belong to the design ab, not to {design}")
    from balm.proof.power_panels import Setting, simulated

    setting = Setting.of(design, ask, units, exposed, before=before, autocorrelation=autocorrelation, noise=noise)
    return simulated(ask, setting, periods=periods, per_period=per_period, seed=seed)


def _trial(
    ask: Ask,
    parts: tuple[float, ...],
    *,
    icc: float,
    cluster: float,
    sequential: bool,
    per_period: float | None,
    periods: int | None,
) -> PowerResult:
    """By formula: the control against the smallest other arm, each comparison at α ÷ (number of them)."""
    alpha = ask.alpha / (len(parts) - 1)
    small = min(parts[1:])
    k = parts[0] / small  # control for each one with the fix
    # read at any time: the z at the end that gives the power, less the part of it that a single look would need
    q = drift(ask.power, alpha) - float(ndtri(ask.power)) if sequential else float(ndtri(1 - alpha / 2))
    effect = 1 + (cluster - 1) * icc
    n = needed(ask, q, k) * effect
    if cluster > 1 and icc:  # Student's t counts the units of the lot, not the observations
        n += cluster * q**2 / (2 * (1 + k))
    if not n < MOST:
        raise WrongUse(f"that takes more than {MOST:,} observations: the effect is too small to be seen")
    by_arm = tuple(_whole(n * part / small, cluster) for part in parts)
    total = sum(by_arm)
    if per_period is None and periods is not None:
        per_period = math.ceil(total / periods)
    duration = None if per_period is None else math.ceil(total / per_period)
    formula = "two proportions" if ask.metric == "share" else "two means"
    method = f"formula for {formula}, normal approximation"
    if ask.metric == "nps":
        method += f"; standard deviation {ask.sd[0]:.1f} and {ask.sd[1]:.1f} points"
    if len(parts) > 2:
        method += f"; {len(parts) - 1} comparisons, each at α = {alpha:.4g} (Bonferroni)"
    if effect > 1:
        method += f"; design effect {effect:.3g}"
    if sequential:
        method += f"; read {LOOKS} times or more often, {total:,} units planned"
    # least of what is left after rounding up: the power of the formula itself
    return PowerResult(
        n=min(by_arm[1:]),
        total=total,
        duration=duration,
        power=_reached(ask, q, k, (n if effect == 1 else min(by_arm[1:])) / effect),
        method=method,
        design="ab",
        by_arm=by_arm,
        per_period=per_period,
        alpha=ask.alpha,
    )


def needed(ask: Ask, q: float, k: float = 1.0) -> float:
    """Observations with the fix, k times as many without, so that z or t at quantile `q` finds the effect."""
    if not ask.effect**2 > 0:  # below the smallest number there is
        raise WrongUse(f"that takes more than {MOST:,} observations: the effect is too small to be seen")
    z = float(ndtri(ask.power))
    without, having = ask.sd
    if ask.metric == "share":
        p = (ask.level * k + ask.level + ask.effect) / (1 + k)
        null = math.sqrt(p * (1 - p) * (1 + 1 / k))
        return (q * null + z * math.sqrt(having**2 + without**2 / k)) ** 2 / ask.effect**2
    return (q + z) ** 2 * (having**2 + without**2 / k) / ask.effect**2 + q**2 / (2 * (1 + k))


def _reached(ask: Ask, q: float, k: float, n: float) -> float:
    """The power of n observations with the fix: the formula turned round."""
    from scipy.special import ndtr

    without, having = ask.sd
    if ask.metric == "share":
        p = (ask.level * k + ask.level + ask.effect) / (1 + k)
        null = math.sqrt(p * (1 - p) * (1 + 1 / k))
        z = (abs(ask.effect) * math.sqrt(n) - q * null) / math.sqrt(having**2 + without**2 / k)
    else:
        n = max(n - q**2 / (2 * (1 + k)), 0.0)
        z = abs(ask.effect) * math.sqrt(n / (having**2 + without**2 / k)) - q
    return float(ndtr(z))


def _whole(n: float, cluster: float) -> int:
    """Rounded up to whole units of the lot; a hair's breadth above a whole number is rounding of the machine."""
    return math.ceil(math.ceil(n / cluster - 1e-9) * cluster)


def _parts(arms: int, ratio: tuple[float, ...]) -> tuple[float, ...]:
    arms = len(ratio) if ratio and arms == 2 else arms
    if not 2 <= arms <= MOST_ARMS:
        raise WrongUse(f"a trial has 2 to {MOST_ARMS} arms, not {arms}")
    if ratio and len(ratio) != arms:
        raise WrongUse(f"the ratio has {len(ratio)} parts for {arms} arms")
    if any(not (math.isfinite(part) and 0 < part <= 1e6) for part in ratio):
        raise WrongUse("every part of the ratio is a number above 0")
    return ratio or (1.0,) * arms


def _ask(
    metric: Metrics, level: float, effect: float, *, sd: float | None, passives: float, power: float, alpha: float
) -> Ask:
    if metric not in METRICS:
        raise WrongUse(f"unknown metric {metric!r}; one of {', '.join(METRICS)}")
    if not (math.isfinite(level) and math.isfinite(effect)):
        raise WrongUse("the baseline and the effect are numbers")
    if effect == 0:
        raise WrongUse("an effect of 0 can never be seen; name the smallest one that matters")
    if not 0 < alpha < 0.5:
        raise WrongUse("alpha lies between 0 and 0.5")
    if not alpha < power < 1:
        raise WrongUse("the power lies above alpha and below 1; 0.8 is usual")
    if metric == "share":
        _inside("share", level, effect, 0, 1)
        return Ask(metric, level, effect, _of_shares(level, level + effect), power, alpha)
    if metric == "nps":
        _inside("NPS", level, effect, -100, 100)
        _between("the share of passives", passives, 0, 0.99)
        return Ask(metric, level, effect, (_of_nps(level, passives), _of_nps(level + effect, passives)), power, alpha)
    if sd is None:
        raise WrongUse("a mean needs its standard deviation (of single observations): name it with sd")
    _between("the standard deviation", sd, 1e-100, 1e150)
    return Ask(metric, level, effect, (float(sd), float(sd)), power, alpha)


def _inside(name: str, level: float, effect: float, low: float, high: float) -> None:
    if not low < level < high:
        hint = "; 12 % is written 0.12" if high == 1 and 1 <= level <= 100 else ""
        raise WrongUse(f"the baseline of a {name} lies between {low} and {high}, not at {level:g}{hint}")
    if not low < level + effect < high:
        raise WrongUse(
            f"an effect of {effect:g} on {level:g} leads to {level + effect:g}; a {name} lies between {low} and {high}"
        )


def _of_shares(*shares: float) -> tuple[float, float]:
    first, second = (math.sqrt(p * (1 - p)) for p in shares)
    return first, second


def _of_nps(level: float, passives: float) -> float:
    """Standard deviation of answers worth 100, 0 and −100, fewer passives where the score leaves no room for them."""
    mean = level / 100
    passives = min(passives, 1 - abs(mean))
    return 100 * math.sqrt(max(1 - passives - mean**2, 1e-12))


def _between(name: str, value: float | None, low: float, high: float, *, open_low: bool = False) -> None:
    if value is None:
        return
    if not (math.isfinite(value) and (low < value if open_low else low <= value) and value <= high):
        raise WrongUse(f"{name}: {'above' if open_low else 'from'} {low:g} to {high:g}, not {value:g}")
