"""The arithmetic of drawing: scales, ticks, paths, and circles that make room for one another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of `width` × `height` with margins; `x`, `y`: the ranges of data its inside shows."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def floor(self) -> float:
        return self.height - self.bottom

    def px(self, value: float) -> float:
        share = (value - self.x[0]) / (self.x[1] - self.x[0] or 1.0)
        return self.left + min(max(share, 0.0), 1.0) * (self.width - self.left - self.right)

    def py(self, value: float) -> float:
        share = (value - self.y[0]) / (self.y[1] - self.y[0] or 1.0)
        return self.floor - min(max(share, 0.0), 1.0) * (self.floor - self.top)


@dataclass(frozen=True, slots=True)
class Circle:
    x: float
    y: float
    r: float
    item: int


def attr(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    return f'<path class="{cls}" d="M{attr(x1)} {attr(y1)}L{attr(x2)} {attr(y2)}"/>'


def path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{attr(x)} {attr(y)}" for x, y in points)


def nice_top(value: float) -> float:
    """The smallest of 1, 2, 4, 6, 8 × a power of ten that is not below `value`: its half is round as well."""
    if not value > 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    for step in (1, 2, 4, 6, 8, 10):
        if step * unit >= value * (1 - 1e-9):
            return step * unit
    return 10 * unit


def x_ticks(n: int) -> list[tuple[int, str]]:
    """Which of n positions get a name, and how it is anchored: the ends and, from 5 on, the middle."""
    if n == 1:
        return [(0, "middle")]
    ends = [(0, "start"), (n - 1, "end")]
    return [ends[0], (n // 2, "middle"), ends[1]] if n >= 5 else ends


def runs(values: Sequence[float | None]) -> list[list[int]]:
    """Stretches of positions without a gap."""
    out: list[list[int]] = []
    for i, v in enumerate(values):
        if v is None:
            continue
        if out and out[-1][-1] == i - 1:
            out[-1].append(i)
        else:
            out.append([i])
    return out


def spread(circles: Sequence[Circle], frame: Frame) -> list[Circle]:
    """Move circles sideways, the smallest step that frees them, within a sixth of the frame; height is data and stays.

    Returned largest first, so that small ones are drawn on top.
    """
    placed: list[Circle] = []
    reach = (frame.width - frame.left - frame.right) / 6 - 4
    for c in sorted(circles, key=lambda c: (-c.r, c.item)):
        best = c
        for step in range(0, 2 * int(reach // 4) + 1):
            shift = (step + 1) // 2 * 4 * (1 if step % 2 else -1)
            moved = replace(c, x=c.x + shift)
            if abs(shift) + c.r <= reach and all(
                math.hypot(moved.x - p.x, moved.y - p.y) >= moved.r + p.r + 1 for p in placed
            ):
                best = moved
                break
        placed.append(best)
    return placed
