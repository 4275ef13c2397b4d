"""Severity: the score lost by those who mention a theme, adjusted for the other themes; and impact = reach × severity.

The score is regressed on "the comment has a negative mention of theme j", all themes at once. Uncertainty comes from
leaving out one group of customers at a time (delete-a-group jackknife: Kott 2001, Journal of Official Statistics 17,
521–526), with Student's quantile at Satterthwaite's degrees of freedom (Bell and McCaffrey 2002, Survey Methodology
28, 169–181). A theme with a handful of comments would look sure by luck, so its variance is drawn towards the one
that all comments share, as four observations more (Smyth 2004, Statistical Applications in Genetics 3, 3).

It is an association. A low score may make people complain of everything, and a theme may stand for one not coded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from balm.core.coded import CodedFeedback
from balm.core.stats import Floats, Ints, distinct, estimate, t_quantile
from balm.core.types import SCALE_RANGE, Estimate, Scale
from balm.measure.incidence import Incidence, customer_groups, incidence
from balm.measure.moments import RIDGE, Moments, moments, solve
from balm.measure.reach import shares

LEAST = 5
"""Scored comments with a negative mention, and customers behind them, below which no severity is given."""

PRIOR = 4.0
"""Observations that the common variance counts for."""

_GROUPS = 200
_USUAL = {"scores": 0.15, "words": 0.5}  # a medium severity, where no theme has enough comments to tell
_CELLS = 8e6  # numbers in the groups' moments, at most


@dataclass(frozen=True)
class Severity:
    """Severity, reach and impact of k themes, and draws of them for ranking.

    `severity` and `impact` are on the score's own scale (from words: 0 … 1), higher is worse; `span` is the length of
    that scale. `shrunk` (k,), in shares of `span`: severity drawn towards the mean of all themes as far as its
    error calls for (empirical Bayes); for ordering and levels. `draws_reach` and `draws_severity`, shape (b, k):
    values that fit the data about as well, drawn together; severity in shares of `span`, around `shrunk`.
    `covariance` (k, k): of the impacts, in shares of `span`.
    """

    severity: list[Estimate]
    reach: list[Estimate]
    impact: list[Estimate]
    shrunk: Floats
    draws_reach: Floats
    draws_severity: Floats
    covariance: Floats
    span: float
    source: Literal["scores", "words"]


@dataclass(frozen=True)
class _Fit:
    """Severity in its own unit (k,), its leave-one-group-out values (g, k), common variance, df and n, (k,)."""

    value: Floats
    without: Floats
    common: Floats
    df: Floats
    n: Ints
    enough: NDArray[np.bool_]


def severity_and_resamples(
    coded: CodedFeedback,
    *,
    scale: Scale | None = None,
    polarity: NDArray[np.float32] | None = None,
    source: Literal["scores", "words"] | None = None,
    draws: int = 400,
    seed: int = 0,
) -> Severity:
    """Severity, reach and impact of each theme of `coded`, with `draws` joint draws.

    From the customers' scores where the comments have any (`source`: force one), else from words: the mean of
    −polarity over the negative mentions, 0 … 1; `polarity` (m,), −1 … 1, is then needed. Without `scale` the span is
    that of the scores seen. Raises ValueError when there are neither scores nor polarities.
    """
    source = source or ("scores" if coded.has_scores else "words")
    if source == "words" and polarity is None:
        raise ValueError("no scores: severity from words needs the polarity of each mention")
    pairs = incidence(coded)
    people, k = coded.n_customers, len(coded.themes)
    group, g = customer_groups(people, int(np.clip(_CELLS // (k + 1) ** 2, 20, _GROUPS)))
    if source == "scores":
        span, fit = _span(coded, scale), _from_scores(coded, pairs, group, g)
        method = "regression on all themes, jackknife by customer"
    else:
        assert polarity is not None
        span, fit = 1.0, _from_words(coded, polarity, group, g)
        method = "words: mean −polarity of negative mentions, jackknife by customer"
    who, what = pairs.customers(coded.customer)
    counted = np.bincount(group[who].astype(np.int64) * k + what, minlength=g * k).reshape(g, k)
    members = np.bincount(group, minlength=g).astype(float)
    reach = shares(counted.sum(axis=0), np.full(k, float(people)))
    without = (counted.sum(axis=0) - counted) / np.maximum(people - members, 1)[:, None]
    low, high, variance, blend = _bounds(fit, source)
    found = [estimate(*row, method) for row in zip(fit.value, low, high, fit.n, strict=True)]
    impact = [product(r, s, people) for r, s in zip(reach, found, strict=True)]
    share = np.array([r.value or 0.0 for r in reach])
    shrunk, keep, spread = shrink(fit.value / span, np.sqrt(variance) / span, _USUAL[source])
    rng = np.random.default_rng(seed)
    joint = _draw(fit, blend, span, reach=(share, without), shrunk=(shrunk, keep, spread), draws=draws, rng=rng)
    return Severity(found, reach, impact, shrunk, *joint, span, source)


def severity(coded: CodedFeedback, *, scale: Scale | None = None) -> list[Estimate]:
    """Severity of each theme from the scores, on their own scale. See `severity_and_resamples`."""
    return severity_and_resamples(coded, scale=scale, source="scores", draws=1).severity


def _span(coded: CodedFeedback, scale: Scale | None) -> float:
    if scale is not None:
        low, high = SCALE_RANGE[scale]
        return float(high - low)
    seen = coded.score[np.isfinite(coded.score)]
    return float(np.ptp(seen)) or 1.0 if seen.size else 1.0


def _from_scores(coded: CodedFeedback, pairs: Incidence, group: NDArray[np.int32], g: int) -> _Fit:
    k = pairs.k
    m = _enough(coded, pairs)
    chosen = np.flatnonzero(m)
    place = np.full(k, -1)
    place[chosen] = np.arange(len(chosen))
    keep = m[pairs.theme]
    sums = moments(coded, Incidence(pairs.comment[keep], place[pairs.theme[keep]], len(chosen)), group, g)
    value, without = np.full(k, np.nan), np.full((g, k), np.nan)
    common, df = np.full(k, np.nan), np.full(k, np.nan)
    n = np.bincount(pairs.theme[np.isfinite(coded.score)[pairs.comment]], minlength=k)
    if len(chosen):
        xx, xy = sums.xx.sum(axis=0), sums.xy.sum(axis=0)
        beta = solve(xx, xy)
        value[chosen] = -beta[1:]
        without[:, chosen] = -solve(xx - sums.xx, xy - sums.xy)[:, 1:]
        common[chosen], df[chosen] = _error(sums, xx, xy, beta)
    return _Fit(value, without, common, df, n, m)


def _enough(coded: CodedFeedback, pairs: Incidence) -> NDArray[np.bool_]:
    scored = np.isfinite(coded.score)[pairs.comment]
    kept = Incidence(pairs.comment[scored], pairs.theme[scored], pairs.k)
    people = np.bincount(kept.customers(coded.customer)[1], minlength=pairs.k)
    comments = np.bincount(kept.theme, minlength=pairs.k)
    # at least one scored comment must be without the theme, or there is nobody to compare with
    return np.asarray((people >= LEAST) & (comments < np.isfinite(coded.score).sum()))


def _error(sums: Moments, xx: Floats, xy: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Variance of each theme's coefficient if all comments had the same variance, and degrees of freedom.

    The degrees of freedom are (Σ q)² ÷ Σ q² − 1, q being each group's sum of squares of the theme's indicator after
    the other themes are taken out: about the number of groups that have the theme.
    """
    ridge = np.full(len(xy), RIDGE)
    ridge[0] = 1e-9
    inverse = np.linalg.inv(xx + np.diag(ridge))
    left = float(sums.yy.sum() - 2 * beta @ xy + beta @ xx @ beta)
    free = max(xx[0, 0] - len(beta), 1.0)
    out = inverse / np.diag(inverse)
    q = np.einsum("gaj,aj->gj", sums.xx @ out, out)[:, 1:]
    df = np.square(q.sum(axis=0)) / np.square(q).sum(axis=0) - 1
    return max(left, 0.0) / free * np.diag(inverse)[1:], np.maximum(df, 1.0)


def _from_words(coded: CodedFeedback, polarity: NDArray[np.float32], group: NDArray[np.int32], g: int) -> _Fit:
    k = len(coded.themes)
    chosen = (coded.theme >= 0) & coded.negative
    theme, who = coded.theme[chosen].astype(np.int64), coded.customer[coded.comment[chosen]]
    heat = np.clip(-polarity[chosen].astype(np.float64), 0, 1)
    cell = group[who].astype(np.int64) * k + theme
    n_g = np.bincount(cell, minlength=g * k).reshape(g, k).astype(float)
    s_g = np.bincount(cell, heat, g * k).reshape(g, k)
    n, s = n_g.sum(axis=0), s_g.sum(axis=0)
    people = np.bincount(distinct(who.astype(np.int64) * k + theme) % max(k, 1), minlength=k)
    enough = people >= LEAST
    value = np.divide(s, n, out=np.full(k, np.nan), where=enough)
    rest = n - n_g
    without = np.divide(s - s_g, rest, out=np.broadcast_to(value, (g, k)).copy(), where=(rest > 0) & enough)
    squares = float(np.square(heat - np.nan_to_num(value)[theme])[enough[theme]].sum())
    free = max(float(n[enough].sum()) - enough.sum(), 1.0)
    common = np.divide(squares / free, n, out=np.full(k, np.nan), where=enough)
    q2 = np.square(n_g).sum(axis=0)
    df = np.divide(n**2, q2, out=np.ones(k), where=q2 > 0) - 1
    return _Fit(value, without, common, np.maximum(df, 1.0), n.astype(np.int64), enough)


def _bounds(fit: _Fit, source: str) -> tuple[Floats, Floats, Floats, Floats]:
    """Interval and variance of each severity, and the share of the common variance in it."""
    variance, df, blend = _moderated(fit)
    half = t_quantile(df) * np.sqrt(variance)
    low, high = fit.value - half, fit.value + half
    if source == "words":
        low, high = np.maximum(low, 0), np.minimum(high, 1)
    return low, high, variance, blend


def _draw(
    fit: _Fit,
    blend: Floats,
    span: float,
    *,
    reach: tuple[Floats, Floats],
    shrunk: tuple[Floats, Floats, float],
    draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, Floats]:
    """Joint draws of reach and severity, each (draws, k), and the covariance of the impacts.

    A draw adds the groups' deviations with standard normal weights, so that its covariance is the jackknife's.
    """
    (share, reach_without), (center, keep, spread) = reach, shrunk
    noise = rng.standard_normal((draws, len(fit.without)))
    lean = np.nan_to_num(_deviation(fit.without) * np.sqrt(1 - blend)) / span
    shared = np.nan_to_num(np.sqrt(blend * _common(fit))) / span
    scale = np.where(fit.enough, np.sqrt(keep), 1.0)
    shared = np.where(fit.enough, shared * scale, spread)
    move = noise @ (lean * scale) + rng.standard_normal((draws, len(share))) * shared
    reach_lean = _deviation(reach_without)
    both = share * lean * scale + center * reach_lean
    covariance = both.T @ both
    covariance[np.diag_indices(len(share))] += np.square(share * shared)
    return np.clip(share + noise @ reach_lean, 0, 1), center + move, covariance


def _deviation(without: Floats) -> Floats:
    """Rows whose outer products sum to the jackknife's covariance: √((g−1)/g) · (mean of the values − value)."""
    g = len(without)
    return np.asarray(np.sqrt((g - 1) / g) * (without.mean(axis=0) - without))


def _common(fit: _Fit) -> Floats:
    """The common variance, raised or lowered to what themes with plenty of comments show."""
    own = np.square(_deviation(fit.without)).sum(axis=0)
    plenty = fit.enough & (fit.df >= 20) & (fit.common > 0)
    ratio = float(np.clip(np.median(own[plenty] / fit.common[plenty]), 0.5, 5)) if plenty.any() else 1.0
    return fit.common * ratio


def _moderated(fit: _Fit) -> tuple[Floats, Floats, Floats]:
    """Variance and degrees of freedom with the common variance mixed in, and its share in the mix."""
    own = np.square(_deviation(fit.without)).sum(axis=0)
    blend = PRIOR / (fit.df + PRIOR)
    return own * (1 - blend) + _common(fit) * blend, fit.df + PRIOR, np.nan_to_num(blend)


def shrink(value: Floats, error: Floats, usual: float = 0.0) -> tuple[Floats, Floats, float]:
    """Values drawn towards their common mean, the part of each that is kept, and the spread of the true values.

    DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177–188, for the spread; NaN becomes the mean. With
    fewer than three values nothing is drawn; without any all become `usual`.
    """
    known = np.isfinite(value) & np.isfinite(error)
    if not known.any():
        return np.full_like(value, usual), np.ones_like(value), 0.1
    if known.sum() < 3:
        center = float(value[known].mean())
        return np.where(known, value, center), np.ones_like(value), 0.1
    weight = 1 / np.maximum(np.square(error[known]), 1e-12)
    center = float(weight @ value[known] / weight.sum())
    excess = weight @ np.square(value[known] - center) - (known.sum() - 1)
    tau2 = max(float(excess / (weight.sum() - np.square(weight).sum() / weight.sum())), 1e-6)
    center = float(np.average(value[known], weights=1 / (tau2 + np.square(error[known]))))
    keep = np.where(known, tau2 / (tau2 + np.square(np.where(known, error, 1.0))), 0.0)
    return np.where(known, center + keep * (np.nan_to_num(value) - center), center), keep, float(np.sqrt(tau2))


def product(reach: Estimate, loss: Estimate, n: int) -> Estimate:
    """Reach × severity with an interval from those of the two (MOVER).

    Zou, Huang and Zhang (2009), Computational Statistics and Data Analysis 53, 3755–3764.
    """
    method = "product of reach and severity (MOVER)"
    if reach.value is None or loss.value is None:
        return Estimate(None, None, None, n, method)
    assert reach.low is not None and reach.high is not None and loss.low is not None and loss.high is not None
    value = reach.value * loss.value
    fewer, more = reach.value - reach.low, reach.high - reach.value
    if loss.value < 0:
        fewer, more = more, fewer
    low = value - np.hypot(loss.value * fewer, reach.value * (loss.value - loss.low))
    high = value + np.hypot(loss.value * more, reach.value * (loss.high - loss.value))
    return estimate(value, low, high, n, method)
