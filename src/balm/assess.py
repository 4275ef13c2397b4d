"""From coded feedback to ranked pain points: measure, diagnose, prioritize, in this order, on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from balm.core.coded import EMOTIONS, TARGETS, CodedFeedback, MentionFacts
from balm.core.types import Emotion, Estimate, Finding, PainPoint, Scale, Theme, Trend
from balm.diagnose.contrast import contrasts
from balm.measure.reach import ThemeCounts, theme_counts
from balm.measure.severity import Severity, severity_and_resamples
from balm.measure.trend import theme_trends
from balm.prioritize.models import Level
from balm.prioritize.rank import prioritize

CANDIDATES = 60
"""Sentences of a theme that are looked up, for the best of them to be shown."""

_BEST_LENGTH = 28.0


@dataclass(frozen=True)
class Assessment:
    """`painpoints` ranked; `themes` in the order given; `quoted`: theme id → places of good negative mentions."""

    painpoints: list[PainPoint]
    themes: list[Theme]
    quoted: dict[str, list[int]]
    severity_from: Literal["scores", "words"]


def assess(
    coded: CodedFeedback,
    facts: MentionFacts,
    themes: Sequence[Theme],
    *,
    solvability: dict[str, str],
    scale: Scale | None,
    seed: int,
) -> Assessment:
    """Pain points of `coded`, whose themes are `themes` in the same order. Quotes are places, to be looked up."""
    counts = theme_counts(coded)
    counted = [_counted(theme, counts, j) for j, theme in enumerate(themes)]
    if not coded.negative.any():
        return Assessment([], counted, {}, "scores" if coded.has_scores else "words")
    measured = severity_and_resamples(coded, scale=scale, polarity=facts.polarity, seed=seed)
    ids = [theme.id for theme in themes]
    ranked = prioritize(measured, ids, cast(dict[str, Level], solvability), by_comment=not coded.customers_known)
    place = {name: j for j, name in enumerate(ids)}
    findings = contrasts(coded)
    trends = theme_trends(coded)
    tally = _tally(coded, facts, len(ids))
    pains, quoted = [], {}
    for name, priority in ranked.items():
        j = place[name]
        pain = _painpoint(themes[j], j, (counts, measured, tally), (trends[j], findings[j]))
        pain.priority = priority
        pains.append(pain)
        quoted[name] = best_quotes(coded, facts, j)
    return Assessment(pains, counted, quoted, measured.source)


def _counted(theme: Theme, counts: ThemeCounts, j: int) -> Theme:
    theme.mentions = int(counts.mentions[j])
    theme.comments = int(counts.comments[j])
    theme.customers = int(counts.customers[j])
    theme.share_of_comments = counts.share_of_comments[j]
    theme.share_of_customers = counts.share_of_customers[j]
    theme.negative_share = counts.negative_share[j]
    return theme


def _painpoint(
    theme: Theme,
    j: int,
    measures: tuple[ThemeCounts, Severity, dict[str, NDArray[np.int64]]],
    context: tuple[Trend, list[Finding]],
) -> PainPoint:
    counts, measured, tally = measures
    emotions = {
        EMOTIONS[i].value: int(n) for i, n in enumerate(tally["emotion"][j]) if n and EMOTIONS[i] != Emotion.NONE
    }
    return PainPoint(
        theme_id=theme.id,
        labels=theme.labels,
        kind=theme.kind,
        mentions=int(counts.negative_mentions[j]),
        comments=int(counts.negative_comments[j]),
        customers=int(counts.negative_customers[j]),
        reach=measured.reach[j],
        severity=measured.severity[j],
        impact=measured.impact[j],
        trend=context[0],
        contrast=tuple(context[1]),
        emotions=emotions,
        targets={TARGETS[i].value: int(n) for i, n in enumerate(tally["target"][j]) if n},
        urgent=int(tally["urgent"][j]),
        origin=theme.origin,
        distinctive=theme.distinctive,
    )


def _tally(coded: CodedFeedback, facts: MentionFacts, k: int) -> dict[str, NDArray[np.int64]]:
    """Emotions (k, …), targets (k, …) and urgent mentions (k,) of the negative mentions of each theme."""
    chosen = coded.negative & (coded.theme >= 0)
    theme = coded.theme[chosen].astype(np.int64)
    e, t = len(EMOTIONS), len(TARGETS)
    emotion = np.bincount(theme * e + facts.emotion[chosen], minlength=k * e).reshape(k, e)
    target = facts.target[chosen]
    known = target >= 0
    targets = np.bincount(theme[known] * t + target[known], minlength=k * t).reshape(k, t)
    return {"emotion": emotion, "target": targets, "urgent": np.bincount(theme[facts.urgent[chosen]], minlength=k)}


def best_quotes(coded: CodedFeedback, facts: MentionFacts, theme: int, most: int = CANDIDATES) -> list[int]:
    """Places of negative mentions that may show a theme well: coded by phrases, of a readable length, clear.

    Best first, each from another comment. Which of them are shown is decided on their words, by `quotes.choose`.
    """
    places = np.flatnonzero((coded.theme == theme) & coded.negative)
    order = places[np.argsort(-_merit(facts, places), kind="stable")][: 4 * most]
    _, first = np.unique(coded.comment[order], return_index=True)
    return [int(i) for i in order[np.sort(first)][:most]]


def _merit(facts: MentionFacts, places: NDArray[np.int64]) -> NDArray[np.float64]:
    length = np.abs(np.log(np.maximum(facts.length[places], 1) / _BEST_LENGTH))
    # capped: among clear sentences the readable ones come first
    clear = np.minimum(np.abs(facts.polarity[places]), 0.9)
    merit: NDArray[np.float64] = 0.6 * facts.sure[places] + 1.5 * clear - 0.8 * np.maximum(length - 0.7, 0.0)
    return merit


def theme_examples(coded: CodedFeedback, facts: MentionFacts, k: int, most: int = 16) -> dict[int, list[int]]:
    """Places of mentions of each theme for the themes' own list: at most `most` good ones, and as many others."""
    chosen = np.flatnonzero(coded.theme >= 0)
    group = 2 * coded.theme[chosen].astype(np.int64) + coded.positive[chosen]
    order = np.lexsort((chosen, -_merit(facts, chosen), group))
    chosen, group = chosen[order], group[order]
    rank = np.arange(len(order)) - np.searchsorted(group, group, side="left")
    found: dict[int, list[int]] = {j: [] for j in range(k)}
    for at in np.flatnonzero(rank < most):
        found[int(group[at]) // 2].append(int(chosen[at]))
    return found


def overall_scores(coded: CodedFeedback, scale: Scale | None) -> dict[str, Estimate]:
    """The usual metric of the scale, and the mean, over all scored comments; each customer's answers hang together."""
    from balm.measure.scores import metric_of, score

    if not coded.has_scores:
        return {}
    repeats: Any = coded.customer if coded.n_customers < coded.n_comments else None
    metrics = dict.fromkeys([metric_of(scale) if scale else "mean", "mean"])
    return {metric: score(coded.score, metric, scale=scale, customer=repeats).all for metric in metrics}
