"""Value and effort where people judge differently how hard a pain is to solve: the same model, with their level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from balm.core.types import PainPoint, Priority
from balm.prioritize.models import CUSTOMER_IMPACT, POINTS, VALUE_EFFORT, Level, level, quick_win, worth_level
from balm.prioritize.rank import ranking
from balm.prioritize.reasons import Facts, effort_reason


def judged(pains: Sequence[PainPoint], solvability: Mapping[str, Level]) -> dict[str, Priority]:
    """Value–effort priority of every pain, by theme id, where `solvability` (theme id → level) replaces the computed.

    Reach and severity stay as measured. A pain's resamples were drawn with the computed solvability: as soon as one
    differs nobody's `top_k` holds any more and none is given, and a changed pain is tied with none. Empty where nothing
    differs, or where the figures carry no points.
    """
    known = [p for p in pains if len(_points(p)) == 3]
    changed = {p.theme_id for p in known if POINTS[solvability.get(p.theme_id, level(_points(p)[2]))] != _points(p)[2]}
    if not changed:
        return {}
    points = [_judged(p, solvability.get(p.theme_id)) for p in known]
    # within equal points the measured impact decides: its order is the rank of the other model
    closeness = np.array([1 / (1 + p.priority[CUSTOMER_IMPACT].rank) for p in known])
    ranks = ranking(closeness, np.array([a * b * c for a, b, c in points]))
    return {
        p.theme_id: _priority(p, points[i], int(ranks[i]), changed, solvability.get(p.theme_id))
        for i, p in enumerate(known)
    }


def _judged(pain: PainPoint, ease: Level | None) -> tuple[int, int, int]:
    a, b, c = _points(pain)
    return a, b, POINTS[ease] if ease else c


def _points(pain: PainPoint) -> tuple[int, ...]:
    return pain.priority[VALUE_EFFORT].points if VALUE_EFFORT in pain.priority else ()


def _priority(p: PainPoint, points: tuple[int, int, int], rank: int, changed: set[str], ease: Level | None) -> Priority:
    a, b, c = points
    was = p.priority[VALUE_EFFORT]
    quick = quick_win(level(a), level(b), level(c))
    facts = Facts(p.reach, p.severity, 0.0, 1.0, "scores", level(a), level(b), level(c), points, False)
    tied = () if p.theme_id in changed else tuple(t for t in was.tied_with if t not in changed)
    reason = effort_reason(facts, quick) if ease else was.reason
    return Priority(VALUE_EFFORT, worth_level(a * b * c), rank, reason, {}, tied, quick, points)
