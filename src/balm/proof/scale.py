"""On which scale units move together: shares in log-odds, rates in logarithms, means on one that is fitted.

A shock that hits all units moves the share of a unit at 30 % by more points than that of one at 3 %, and units that
get a fix are seldom those in the middle. On the right scale the movement is the same for all; Wooldridge (2023),
Econometrics Journal 26, C31–C66, shows imputation on it. Effects are always counted in the metric's own unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from balm.core.panel import MetricKind
from balm.core.stats import Floats


@dataclass(frozen=True, slots=True)
class Scale:
    """`bend`: for means, how much more a unit moves per unit of its level; 0 is parallel. `middle`: the level that
    it is counted from."""

    kind: MetricKind
    bend: float = 0.0
    middle: float = 0.0

    def value(self, state: Floats) -> Floats:
        """The metric of a state, any shape."""
        if self.kind == "share":
            return np.asarray(1 / (1 + np.exp(-np.clip(state, -30, 30))), np.float64)
        if self.kind == "rate":
            return np.asarray(np.exp(np.clip(state, -30, 30)), np.float64)
        if abs(self.bend) < 1e-9:
            return self.middle + state
        return np.asarray(self.middle + np.expm1(np.clip(self.bend * state, -30, 5)) / self.bend, np.float64)

    def slope(self, value: Floats) -> Floats:
        """Change of the metric per change of the state, from the metric's value."""
        if self.kind == "share":
            return np.asarray(np.clip(value * (1 - value), 1e-6, None), np.float64)
        if self.kind == "rate":
            return np.asarray(np.clip(value, 1e-6, None), np.float64)
        return np.asarray(np.clip(1 + self.bend * (value - self.middle), 0.02, 50), np.float64)

    def state(self, value: Floats) -> Floats:
        """The state of a value strictly inside the metric's range."""
        if self.kind == "share":
            return np.asarray(np.log(value) - np.log1p(-value), np.float64)
        if self.kind == "rate":
            return np.asarray(np.log(value), np.float64)
        if abs(self.bend) < 1e-9:
            return np.asarray(value - self.middle, np.float64)
        return np.asarray(np.log(self.slope(value)) / self.bend, np.float64)

    def bending(self, state: Floats) -> Floats:
        """Change of the metric per change of `bend`, at a state; 0 but for means."""
        if self.kind != "mean":
            return np.zeros_like(state)
        turned = self.bend * state
        small = np.abs(turned) < 1e-3
        safe = np.where(small, 1.0, np.clip(turned, -30, 5))
        far = state**2 * (1 + (safe - 1) * np.exp(safe)) / safe**2
        return np.asarray(np.where(small, state**2 * (0.5 + turned / 3), far), np.float64)
