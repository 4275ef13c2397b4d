"""Ranks of pain points with their uncertainty: how often each is among the first k, and which cannot be told apart.

Customer impact orders by reach × severity as measured: levels name where on that scale a pain stands, for by levels one
just above a cut would overtake another of four times its impact. Solvability is known as a level only, so value and
effort orders by the product of the three levels, then by reach × severity.
Severity is the one drawn towards the mean of all themes, so that a handful of comments cannot carry a theme to the top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from balm.core.stats import Floats, false_discovery
from balm.core.types import Estimate, Priority
from balm.prioritize.models import (
    CUSTOMER_IMPACT,
    POINTS,
    VALUE_EFFORT,
    Level,
    Points,
    Source,
    impact_level,
    level,
    quick_win,
    reach_points,
    severity_points,
    worth_level,
)
from balm.prioritize.reasons import Facts, effort_reason, impact_reason

TOP = (1, 3, 5, 10)

Bools = NDArray[np.bool_]


class Measured(Protocol):
    """What ranking needs of k themes; `measure.severity.Severity` is one. Draws have the shape (b, k)."""

    @property
    def reach(self) -> list[Estimate]: ...
    @property
    def severity(self) -> list[Estimate]: ...
    @property
    def shrunk(self) -> Floats: ...
    @property
    def draws_reach(self) -> Floats: ...
    @property
    def draws_severity(self) -> Floats: ...
    @property
    def covariance(self) -> Floats: ...
    @property
    def span(self) -> float: ...
    @property
    def source(self) -> Source: ...


def prioritize(
    measured: Measured,
    ids: Sequence[str],
    solvability: Mapping[str, Level] | None = None,
    *,
    by_comment: bool = False,
    alpha: float = 0.05,
) -> dict[str, dict[str, Priority]]:
    """Priority of each theme under both models, by theme id, in the order of the customer-impact model.

    `ids` (k,): the themes of `measured`; one that nobody mentions negatively is left out. `solvability`: medium where
    a theme is not in it. `by_comment`: customers are not known, shares are of comments (only the wording changes).
    """
    value = np.array([e.value or 0.0 for e in measured.reach])
    chosen = np.flatnonzero(value > 0)
    if not chosen.size:
        return {}
    customers = np.round(value * [e.n for e in measured.reach])[chosen]
    names = [ids[j] for j in chosen.tolist()]
    eases = [(solvability or {}).get(name) for name in names]
    ease = np.array([POINTS[e or "medium"] for e in eases])
    reach, loss = value[chosen], measured.shrunk[chosen]
    points = (reach_points(reach, customers), severity_points(loss, measured.source))
    drawn_reach, drawn_loss = measured.draws_reach[:, chosen], measured.draws_severity[:, chosen]
    drawn_points = reach_points(drawn_reach, customers) * severity_points(drawn_loss, measured.source) * ease
    worth = {CUSTOMER_IMPACT: (None, None), VALUE_EFFORT: (points[0] * points[1] * ease, drawn_points)}
    covariance = measured.covariance[np.ix_(chosen, chosen)]
    weights = {CUSTOMER_IMPACT: np.ones_like(ease), VALUE_EFFORT: ease}
    ranks, tops, ties = {}, {}, {}
    for model, weight in weights.items():
        ranks[model] = ranking(reach * loss, worth[model][0])
        tops[model] = top_shares(ranking(drawn_reach * drawn_loss, worth[model][1]))
        ties[model] = tied(reach * loss * weight, covariance * np.outer(weight, weight), alpha)
    out: dict[str, dict[str, Priority]] = {}
    for i in np.argsort(ranks[CUSTOMER_IMPACT], kind="stable").tolist():
        facts = _facts(
            measured, int(chosen[i]), (int(points[0][i]), int(points[1][i]), int(ease[i])), eases[i], by_comment
        )
        quick = quick_win(facts.reach_level, facts.severity_level, eases[i] or "medium")
        product = facts.points[0] * facts.points[1]
        levels = {CUSTOMER_IMPACT: impact_level(product), VALUE_EFFORT: worth_level(product * facts.points[2])}
        reasons = {CUSTOMER_IMPACT: impact_reason(facts), VALUE_EFFORT: effort_reason(facts, quick)}
        factors = {CUSTOMER_IMPACT: facts.points[:2], VALUE_EFFORT: facts.points}
        out[names[i]] = {
            model: Priority(
                model,
                levels[model],
                int(ranks[model][i]),
                reasons[model],
                {k: float(tops[model][k][i]) for k in tops[model]},
                tuple(names[j] for j in np.flatnonzero(ties[model][i]).tolist()),
                quick if model == VALUE_EFFORT else False,
                factors[model],
            )
            for model in weights
        }
    return out


def _facts(
    measured: Measured, j: int, points: tuple[int, int, int], solvability: Level | None, by_comment: bool
) -> Facts:
    return Facts(
        measured.reach[j],
        measured.severity[j],
        float(measured.shrunk[j]),
        measured.span,
        measured.source,
        level(points[0]),
        level(points[1]),
        solvability,
        points,
        by_comment,
    )


def ranking(impact: Floats, points: Points | None = None) -> NDArray[np.int64]:
    """Ranks 1 … k along the last axis: most `points` first where given, then most impact, then the order given."""
    key = impact if points is None else points + (impact + 1) / 4  # an impact lies in −1 … 1
    order = np.argsort(-key, axis=-1, kind="stable")
    ranks = np.empty(order.shape, np.int64)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, order.shape[-1] + 1), order.shape), axis=-1)
    return ranks


def top_shares(ranks: NDArray[np.int64]) -> dict[int, Floats]:
    """k → share of the draws (rows) in which each pain is among the first k."""
    return {k: (ranks <= k).mean(axis=0) for k in TOP}


def tied(impact: Floats, covariance: Floats, alpha: float = 0.05) -> Bools:
    """Pairs (k, k) that cannot be told apart: their difference is not significant, adjusted over all pairs.

    Two-sided normal test of impactᵢ − impactⱼ with its variance from `covariance`, Benjamini–Hochberg.
    """
    k = len(impact)
    i, j = np.triu_indices(k, 1)
    own = np.diag(covariance)
    variance = np.maximum(own[i] + own[j] - 2 * covariance[i, j], 0)
    gap = np.abs(impact[i] - impact[j])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, gap / np.sqrt(variance), np.where(gap > 0, np.inf, 0.0))
    same = np.zeros((k, k), bool)
    same[i, j] = false_discovery(2 * special.ndtr(-z)) > alpha
    return same | same.T
