"""A randomized trial as arrays, and what is read off it. Values only, and the way from rows to units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from balm.core.errors import WrongUse
from balm.core.stats import Floats, Ints
from balm.core.types import Estimate, Labels
from balm.core.verdicts import Assumption, Better

Kind = Literal["share", "mean", "ratio"]
"""`share`: a unit has it or not (0 or 1); `mean`: a number per unit; `ratio`: a sum ÷ another sum, both per unit."""

Finding = Literal["sample ratio", "too few", "guardrail", "effect", "no effect shown"]

MOST_ARMS, MOST_METRICS = 20, 50


@dataclass(frozen=True, slots=True)
class Margin:
    """How much worse a guardrail may get: `size` > 0 in the unit of its metric, or as a part of the control's level."""

    size: float
    relative: bool = False

    def __post_init__(self) -> None:
        if not (np.isfinite(self.size) and self.size > 0):
            raise WrongUse("the margin of a guardrail is a number above 0: how much worse is still tolerable")
        if self.relative and self.size >= 1:
            raise WrongUse("a relative margin of a guardrail is below 100 %")


@dataclass(frozen=True, slots=True)
class TrialMetric:
    """One metric of n units. `values`: (n,), NaN where a unit has none; `below`: (n,), the denominator of a ratio.

    `covariates`: (n,) each, measured before the unit met its arm (CUPED). `margin`: makes it a guardrail. `cap`: the
    quantile of all units' values at which larger ones are cut (winsorized), 0.5 < cap < 1; where values are negative,
    smaller ones are cut at 1 − cap as well.
    """

    name: str
    values: Floats
    kind: Kind = "mean"
    below: Floats | None = None
    better: Better = "higher"
    margin: Margin | None = None
    covariates: tuple[Floats, ...] = ()
    cap: float | None = None

    def __post_init__(self) -> None:
        if (self.kind == "ratio") != (self.below is not None):
            raise WrongUse(f"{self.name}: a ratio, and nothing else, has a denominator")
        if self.cap is not None and not 0.5 < self.cap < 1:
            raise WrongUse("values are cut at a quantile between 0.5 and 1, such as 0.999")


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a factorial trial. `levels`: the two values, the one without the change first."""

    name: str
    levels: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """n units, each in one arm. `arms`: names, the control first; `arm`: (n,), index into them.

    `ratio`: the planned parts of the arms, empty for equal ones. `factors`: of a factorial trial; then the arms are
    the combinations of their levels, the last factor fastest. `day`: (n,), when a unit met its arm. `counts`: what was
    left out on the way from the rows ("rows", "units", "crossed_over", "without_arm", "without_unit").
    Raises WrongUse for fewer than two arms, for too many, and where shapes or parts do not fit.
    """

    arms: tuple[str, ...]
    arm: Ints
    metrics: tuple[TrialMetric, ...]
    ratio: tuple[float, ...] = ()
    factors: tuple[Factor, ...] = ()
    day: Ints | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 2 <= len(self.arms) <= MOST_ARMS:
            raise WrongUse(f"a trial has 2 to {MOST_ARMS} arms, not {len(self.arms)}")
        if not 1 <= len(self.metrics) <= MOST_METRICS:
            raise WrongUse(f"a trial has 1 to {MOST_METRICS} metrics, not {len(self.metrics)}")
        if self.ratio and len(self.ratio) != len(self.arms):
            raise WrongUse(f"the ratio has {len(self.ratio)} parts for {len(self.arms)} arms")
        if any(not (np.isfinite(part) and part > 0) for part in self.ratio):
            raise WrongUse("every part of the ratio is a number above 0")
        if any(metric.values.shape != self.arm.shape for metric in self.metrics):
            raise WrongUse("every metric of a trial has one value a unit")


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether units fell into the arms as planned. `p`: chi-square; `ok`: p ≥ `threshold`."""

    p: float
    ok: bool
    threshold: float
    observed: dict[str, int]
    expected: dict[str, float]


@dataclass(frozen=True, slots=True)
class Effect:
    """One metric, an arm against the control. `effect`: arm − control, in the metric's unit; `relative`: ÷ control.

    `p`: two-sided, of no effect; `q`: adjusted for all arms and metrics that are no guardrails (Benjamini–Hochberg).
    `level`, `control`: the metric in each. `readable`: False where the sample ratio is broken or units are too few:
    the figures then say nothing. `reduced`: share of the variance that the covariates took away. `notes`: what the
    figures suffer from, in words ("one unit holds 72 % of the spread").
    """

    metric: str
    arm: str
    kind: Kind
    better: Better
    effect: Estimate
    relative: Estimate
    p: float | None
    q: float | None
    level: Estimate
    control: Estimate
    readable: bool = True
    reduced: float | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        estimates = {name: getattr(self, name).to_json() for name in ("effect", "relative", "level", "control")}
        return {
            "metric": self.metric, "arm": self.arm, "kind": self.kind, "better": self.better, **estimates,
            "p": self.p, "q": self.q, "readable": self.readable, "variance_reduction": self.reduced,
            "notes": list(self.notes),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guard:
    """A guardrail in one arm: is it shown that it did not get worse by `margin` or more?

    `worst`: the worst change (in the direction that is bad) that the one-sided 95 % bound leaves open, in the metric's
    unit; `p`: one-sided, of a harm of at least the margin; `ok`: p < 0.05; `harmed`: it did get worse (its two-sided
    interval lies on the bad side of 0).
    """

    metric: str
    arm: str
    kind: Kind
    better: Better
    margin: float
    effect: Estimate
    worst: float | None
    p: float | None
    ok: bool
    harmed: bool

    def to_json(self) -> dict[str, Any]:
        names = ("metric", "arm", "kind", "better", "margin", "worst", "p", "ok", "harmed")
        own = {name: getattr(self, name) for name in names}
        return {**own, "effect": self.effect.to_json()}


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """What a trial says. `verdict`: a sentence or two in three languages; `finding`: the same in one of few words."""

    sample_ratio: SampleRatio
    effects: tuple[Effect, ...]
    guardrails: tuple[Guard, ...]
    assumptions: tuple[Assumption, ...]
    counts: dict[str, int]
    finding: Finding
    verdict: Labels
    columns: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As `balm experiment --out` writes it."""
        ratio = self.sample_ratio
        return {
            "sample_ratio": {
                "p": ratio.p, "ok": ratio.ok, "threshold": ratio.threshold, "observed": ratio.observed,
                "expected": ratio.expected,
            },
            "effects": [effect.to_json() for effect in self.effects],
            "guardrails": [guard.to_json() for guard in self.guardrails],
            "assumptions": [{"name": a.name, "ok": a.ok, "fatal": a.fatal, "facts": a.facts} for a in self.assumptions],
            "counts": self.counts,
            "finding": self.finding,
            "verdict": self.verdict,
        }  # fmt: skip

    def to_pandas(self) -> Any:
        """One row an effect; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        return pd.DataFrame(
            [
                {
                    "metric": e.metric, "arm": e.arm, "effect": e.effect.value, "low": e.effect.low,
                    "high": e.effect.high, "relative": e.relative.value, "p": e.p, "q": e.q, "readable": e.readable,
                }
                for e in self.effects
            ]
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Units:
    """Rows gathered by unit. `keep`: rows of units seen in one arm, `unit`: (kept rows,), 0 … u−1; `arm`: (u,)."""

    keep: Ints
    unit: Ints
    arm: Ints
    crossed: int

    def mean(self, values: Floats) -> Floats:
        """(u,), the mean of each unit's rows that have a value, NaN without any."""
        total, n = self._sums(values)
        mean: Floats = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
        return mean

    def total(self, values: Floats) -> Floats:
        """(u,), the sum over each unit's rows that have a value, NaN without any."""
        total, n = self._sums(values)
        return np.where(n > 0, total, np.nan)

    def first(self, values: Floats) -> Floats:
        """(u,), the least of each unit's values, NaN without any: the first day it was seen."""
        kept = values[self.keep]
        least = np.full(len(self.arm), np.inf)
        np.fmin.at(least, self.unit, kept)
        return np.where(np.isfinite(least), least, np.nan)

    def _sums(self, values: Floats) -> tuple[Floats, Floats]:
        kept = values[self.keep]
        known = np.isfinite(kept)
        size = len(self.arm)
        total = np.bincount(self.unit[known], kept[known], size)
        return total.astype(np.float64), np.bincount(self.unit[known], minlength=size).astype(np.float64)


def gather(unit: Ints, arm: Ints) -> Units:
    """Gather rows by unit; a unit seen in two arms has crossed over and is left out of both.

    unit: (rows,), equal numbers are one unit, below 0 where unknown; arm: (rows,), below 0 where unknown. Rows without
    either are left out.
    """
    known = np.flatnonzero((unit >= 0) & (arm >= 0))
    _, dense = np.unique(unit[known], return_inverse=True)
    size = int(dense.max()) + 1 if len(dense) else 0
    low, high = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    np.minimum.at(low, dense, arm[known])
    np.maximum.at(high, dense, arm[known])
    stays = low == high
    number = np.cumsum(stays) - 1
    inside = stays[dense]
    return Units(
        keep=known[inside],
        unit=number[dense[inside]].astype(np.int64),
        arm=low[stays].astype(np.int64),
        crossed=int((~stays).sum()),
    )
