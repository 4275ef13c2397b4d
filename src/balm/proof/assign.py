"""Who gets what in a trial, without a list: a salted hash of the unit decides.

The same unit gets the same arm for ever, on every machine, and in another experiment an arm that has nothing to do
with it. The traffic and the arm are drawn by separate hashes, so that a unit that is in stays in, in its arm, when the
traffic grows.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from balm.core.errors import WrongUse


@dataclass(frozen=True, slots=True)
class Holdout:
    """Units kept out of every experiment that names it. `share`: 0 … below 1."""

    key: str
    share: float
    salt: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.share) and 0 <= self.share < 1):
            raise WrongUse("a holdout is a share from 0 to below 1")


@dataclass(frozen=True, slots=True)
class Allocation:
    """How an experiment gives out its arms.

    `arms`: names, the control first; `ratio`: parts, empty for equal ones. `traffic`: 0 … 1, the share of the units
    that may take part which do. `group`: experiments of one exclusion group never share a unit: each owns a `span`
    (low, high) of the group, 0 ≤ low < high ≤ 1. Changing `key`, `salt` or `ratio` moves units to other arms; raising
    `traffic` does not. Raises WrongUse where a part is out of bounds.
    """

    key: str
    arms: tuple[str, ...]
    ratio: tuple[float, ...] = ()
    salt: str = ""
    traffic: float = 1.0
    group: str = ""
    span: tuple[float, float] = (0.0, 1.0)
    holdout: Holdout | None = None

    def __post_init__(self) -> None:
        if not self.key:
            raise WrongUse("an experiment needs a key")
        if len(self.arms) < 2 or len(set(self.arms)) < len(self.arms):
            raise WrongUse("an experiment has at least two arms, each with a name of its own")
        if self.ratio and len(self.ratio) != len(self.arms):
            raise WrongUse(f"the ratio has {len(self.ratio)} parts for {len(self.arms)} arms")
        if any(not (math.isfinite(part) and part >= 0) for part in self.ratio) or (self.ratio and not sum(self.ratio)):
            raise WrongUse("the parts of the ratio are numbers from 0, not all of them 0")
        if not (math.isfinite(self.traffic) and 0 <= self.traffic <= 1):
            raise WrongUse("the traffic is a share from 0 to 1")
        if not 0 <= self.span[0] < self.span[1] <= 1:
            raise WrongUse("the span of an exclusion group lies between 0 and 1")


def draw(*parts: str) -> float:
    """A number in [0, 1) that looks random and is always the same for the same texts, in the same order."""
    mixed = hashlib.blake2b(digest_size=8)
    for part in parts:
        coded = part.encode("utf-8", "surrogatepass")
        mixed.update(len(coded).to_bytes(8, "big"))  # so that ("ab", "c") and ("a", "bc") differ
        mixed.update(coded)
    return (int.from_bytes(mixed.digest(), "big") >> 11) / (1 << 53)


def assign(unit: str, allocation: Allocation) -> str | None:
    """The arm of a unit; None where it takes no part (holdout, another experiment of the group, beyond the traffic)."""
    if not unit:
        raise WrongUse("a unit without a key cannot be assigned: nothing would bring it back to its arm")
    kept = allocation.holdout
    if kept is not None and draw("holdout", kept.key, kept.salt, unit) < kept.share:
        return None
    if allocation.group:
        low, high = allocation.span
        if not low <= draw("group", allocation.group, unit) < high:
            return None
    if draw("traffic", allocation.key, allocation.salt, unit) >= allocation.traffic:
        return None
    ratio = allocation.ratio or (1.0,) * len(allocation.arms)
    point, reached = draw("arm", allocation.key, allocation.salt, unit) * math.fsum(ratio), 0.0
    for arm, part in zip(allocation.arms, ratio, strict=True):
        reached += part
        if point < reached:
            return arm
    return next(arm for arm, part in zip(allocation.arms[::-1], ratio[::-1], strict=True) if part)


def assign_all(units: Iterable[str], allocation: Allocation) -> list[str | None]:
    """The arm of each unit, as `assign`."""
    return [assign(unit, allocation) for unit in units]


def check_group(allocations: Sequence[Allocation]) -> None:
    """Raises WrongUse where two experiments of one exclusion group own the same units, or a key is used twice."""
    keys = [allocation.key for allocation in allocations]
    if len(set(keys)) < len(keys):
        raise WrongUse("two experiments have the same key, and would give the same units the same arms")
    grouped = sorted((a.group, *a.span, a.key) for a in allocations if a.group)
    for one, other in itertools.pairwise(grouped):
        if one[0] == other[0] and other[1] < one[2]:
            raise WrongUse(f"the experiments {one[3]!r} and {other[3]!r} overlap in the exclusion group {one[0]!r}")
