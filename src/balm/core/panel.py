"""A metric by unit and period: what every check of a fix is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from balm.core.errors import WrongUse
from balm.core.stats import Floats, Ints

MetricKind = Literal["share", "mean", "rate"]
"""`share`: of the observations that have something (a pain, a repeat contact), 0 … 1; `mean`: of a score; `rate`:
events per observation, which can exceed 1."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A metric, per unit (store, region, touchpoint, customer group) and period.

    `units`: U names. `days`: T first days of the periods, as days since 1970-01-01, ascending, `step` days apart.
    `total`, `n`: U × T, the sum of the metric over the observations of a cell and how many there were; a cell without
    observations has n = 0. `squares`: U × T, the sum of squares, where it is not told by `kind` (a share's is its
    total); None otherwise. Raises WrongUse where the shapes differ.
    """

    units: tuple[str, ...]
    days: Ints
    step: int
    total: Floats
    n: Floats
    kind: MetricKind = "share"
    squares: Floats | None = None

    def __post_init__(self) -> None:
        shape = (len(self.units), len(self.days))
        parts = [self.total, self.n] + ([] if self.squares is None else [self.squares])
        if any(part.shape != shape for part in parts):
            raise WrongUse(f"a panel of {shape[0]} units and {shape[1]} periods needs tables of that shape")
        if len(self.days) > 1 and (np.diff(self.days) != self.step).any():
            raise WrongUse(f"the periods of a panel follow each other {self.step} days apart; fill gaps with n = 0")

    @property
    def value(self) -> Floats:
        """U × T, the metric of each cell; NaN without observations."""
        mean: Floats = np.divide(self.total, self.n, out=np.full(self.n.shape, np.nan), where=self.n > 0)
        return mean

    def row(self, unit: str) -> int:
        """Place of a unit. Raises WrongUse for one that is not there."""
        try:
            return self.units.index(unit)
        except ValueError:
            raise WrongUse(f"the panel has no unit {unit!r}") from None
