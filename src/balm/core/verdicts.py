"""What is registered before a fix, and what is said of it afterwards. Values only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from balm.core.types import Estimate

Better = Literal["lower", "higher"]


class Design(StrEnum):
    """How the exposed are compared."""

    AB = "ab"  # randomized
    DID = "did"  # difference-in-differences, starts may be staggered
    ITS = "its"  # interrupted time series: no comparison group
    SYNTHETIC = "synthetic"  # synthetic control: one or few exposed units, many others
    MATCHED = "matched"  # before and after, against units that were alike before


class Outcome(StrEnum):
    """What a check says of a pain."""

    GONE = "gone"
    REDUCED = "reduced"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Registered:
    """A check as it is written down before the fix starts. Days are days since 1970-01-01.

    `exposed`: unit → the first day on which it has the fix; other units are the comparison. `excluded`: units that are
    neither (they got something else, or a part of the fix). `better`: the direction that is an improvement. `margin`:
    the smallest change of the metric that matters, > 0, in its own unit: an interval inside ±margin is "unchanged".
    `remainder`: 0 … 1, the share of what would have been without the fix below which the pain counts as gone.
    `soak`: days after a unit's start that count for neither side. `baseline`: days before the first start that are
    used, 0 for all. `selected`: days before the first start in which the units were chosen for being worst; they are
    left out of the baseline, so that chance that goes away is not taken for an effect (regression to the mean).
    `end`: last day that counts, None for all there is. `minimum`: least observations of the exposed, before and after
    each, and of the comparison. `period`: periods of the panel in a season (7 for days of the week), 0 for none.
    `target`: the level at which there is no pain. Without one it is 0 where lower is better; where higher is better
    nothing can then be called gone.
    """

    design: Design
    exposed: Mapping[str, int]
    better: Better = "lower"
    margin: float = 0.0
    remainder: float = 0.2
    soak: int = 0
    baseline: int = 0
    selected: int = 0
    end: int | None = None
    minimum: int = 100
    period: int = 0
    excluded: tuple[str, ...] = ()
    seed: int = 0
    target: float | None = None

    @property
    def start(self) -> int:
        """The first day on which any unit has the fix. Raises ValueError where nobody has it."""
        return min(self.exposed.values())


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing the reading rests on. `ok`: None where it could not be checked. `fatal`: the verdict is "cannot tell"
    while it does not hold. `facts`: the figures its sentence names; the sentence is made by
    `balm.communicate.proof.why` from `name`, `ok` and `facts`."""

    name: str
    ok: bool | None
    facts: dict[str, Any] = field(default_factory=dict)
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class PathPoint:
    """One period of the picture: what was observed among the exposed, and what would have been without the fix."""

    start: dt.date
    observed: Estimate
    without: Estimate
    after: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a design read off a panel, averaged over the exposed observations after the soak.

    `effect`: metric with the fix − without it, in its own unit. `without`: the level it would have had. `level`: the
    level it has. `remaining`: level ÷ without. All with 95 % intervals. `p`: two-sided, of no effect. `n`:
    observations by side: "exposed_before", "exposed_after", "comparison_before", "comparison_after", and "units",
    "comparison_units".
    """

    effect: Estimate
    without: Estimate
    level: Estimate
    remaining: Estimate
    p: float | None
    n: dict[str, int]
    assumptions: tuple[Assumption, ...] = ()
    path: tuple[PathPoint, ...] = ()
    method: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome with all it stands on. `because`: names of the assumptions or rules that decided it."""

    outcome: Outcome
    because: tuple[str, ...]
    reading: Reading | None
    assumptions: tuple[Assumption, ...] = ()
