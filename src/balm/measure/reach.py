"""Reach: how many customers, comments and mentions a theme has, each person counted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.core.coded import CodedFeedback
from balm.core.stats import Floats, Ints, distinct, estimate, t_quantile, wilson
from balm.core.types import Estimate
from balm.measure.incidence import Incidence, incidence


@dataclass(frozen=True)
class ThemeCounts:
    """Counts of k themes, arrays of shape (k,), and their shares.

    `mentions`, `comments`, `customers` count every mention of the theme, `negative_…` the negative ones only.
    `share_of_comments` and `share_of_customers` are of all comments and customers, mentioning anything or not;
    `negative_share` is the share of the theme's comments with a negative mention of it; `reach` is the share of all
    customers with a negative mention. `comment_deff`: how much more than by chance the theme's negative comments
    come from the same customers (1 where nobody comments twice).
    """

    mentions: Ints
    comments: Ints
    customers: Ints
    negative_mentions: Ints
    negative_comments: Ints
    negative_customers: Ints
    share_of_comments: list[Estimate]
    share_of_customers: list[Estimate]
    negative_share: list[Estimate]
    reach: list[Estimate]


def theme_counts(coded: CodedFeedback) -> ThemeCounts:
    """Count every theme of `coded`. A customer counts once, however often she writes."""
    k, people = len(coded.themes), coded.n_customers
    chosen = coded.theme >= 0
    every, bad = incidence(coded, negative=False), incidence(coded)
    comments, bad_comments = _count(every.theme, k), _count(bad.theme, k)
    customers = _count(every.customers(coded.customer)[1], k)
    bad_customers = _count(bad.customers(coded.customer)[1], k)
    repeats = people < coded.n_comments
    deff, df = _deff_of_all(coded, every.comment, every.theme, comments)
    within, within_df = _deff_within(coded, every.comment, every.theme, bad.comment, bad.theme)
    total = np.full(k, float(coded.n_comments))
    everybody = np.full(k, float(people))
    return ThemeCounts(
        mentions=_count(coded.theme[chosen], k),
        comments=comments,
        customers=customers,
        negative_mentions=_count(coded.theme[chosen & coded.negative], k),
        negative_comments=bad_comments,
        negative_customers=bad_customers,
        share_of_comments=shares(comments, total, deff, df, repeats),
        share_of_customers=shares(customers, everybody),
        negative_share=shares(bad_comments, comments.astype(float), within, within_df, repeats),
        reach=shares(bad_customers, everybody),
    )


def reach(coded: CodedFeedback) -> list[Estimate]:
    """Share of all customers with a negative mention of each theme, with Wilson's interval; n = customers."""
    _, theme = incidence(coded).customers(coded.customer)
    k = len(coded.themes)
    return shares(_count(theme, k), np.full(k, float(coded.n_customers)))


def design_effects(coded: CodedFeedback, pairs: Incidence) -> Floats:
    """How much more than by chance the comments with a theme come from the same customers, (k,); 1 if none repeats."""
    count = np.bincount(pairs.theme, minlength=pairs.k).astype(np.int64)
    return _deff_of_all(coded, pairs.comment, pairs.theme, count)[0]


def shares(
    k: Ints, n: Floats, deff: Floats | None = None, df: Floats | None = None, clustered: bool = False
) -> list[Estimate]:
    """Shares k ÷ n (arrays of one shape) with Wilson's interval at size n ÷ deff and Student's quantile at df."""
    size = n if deff is None else n / deff
    share = np.divide(k, n, out=np.full(len(n), np.nan), where=n > 0)
    quantile = t_quantile(np.inf if df is None or not clustered else df)
    low, high = wilson(np.nan_to_num(share) * size, size, quantile)
    method = "wilson, by customer" if clustered else "wilson"
    return [estimate(*row, method) for row in zip(share, low, high, n, strict=True)]


def _count(codes: NDArray[np.int64] | NDArray[np.int32], k: int) -> Ints:
    return np.bincount(codes, minlength=k).astype(np.int64)


def _deff_of_all(coded: CodedFeedback, comment: Ints, theme: Ints, count: Ints) -> tuple[Floats, Floats]:
    """Design effect by customer of the share of all comments that have the theme, and its degrees of freedom.

    Σ over customers of (comments with it − share · comments)² ÷ (n · share · (1 − share)).
    """
    k, n = len(count), coded.n_comments
    if coded.n_customers >= n:
        return np.ones(k), np.full(k, np.inf)
    m = np.bincount(coded.customer).astype(float)
    keys, times = _times(coded.customer[comment].astype(np.int64) * k + theme)
    who, what = keys // k, keys % k
    share = count / n
    between = np.bincount(what, times**2, k) - 2 * share * np.bincount(what, times * m[who], k)
    between += share**2 * np.square(m).sum()
    chance = n * share * (1 - share)
    deff = np.divide(between, chance, out=np.ones(k), where=chance > 0)
    df = np.square(np.square(m).sum()) / np.square(np.square(m)).sum() - 1
    return np.maximum(deff, 1e-3), np.full(k, max(df, 1.0))


def _deff_within(
    coded: CodedFeedback, comment: Ints, theme: Ints, bad_comment: Ints, bad_theme: Ints
) -> tuple[Floats, Floats]:
    """The same for the share of a theme's own comments that are negative about it."""
    k = len(coded.themes)
    if coded.n_customers >= coded.n_comments:
        return np.ones(k), np.full(k, np.inf)
    keys, m = _times(coded.customer[comment].astype(np.int64) * k + theme)
    bad_keys, bad = _times(coded.customer[bad_comment].astype(np.int64) * k + bad_theme)
    times = np.zeros(len(keys))
    times[np.searchsorted(keys, bad_keys)] = bad
    what = keys % max(k, 1)
    n = np.bincount(what, m, k)
    share = np.divide(np.bincount(what, times, k), n, out=np.zeros(k), where=n > 0)
    between = np.bincount(what, np.square(times - share[what] * m), k)
    chance = n * share * (1 - share)
    people = np.maximum(np.bincount(what, minlength=k), 1)
    # where all comments agree nothing tells the spread: count customers
    deff = np.divide(between, chance, out=n / people, where=chance > 0)
    m4 = np.bincount(what, m**4, k)
    df = np.divide(np.square(np.bincount(what, m**2, k)), m4, out=np.ones(k), where=m4 > 0) - 1
    return np.maximum(deff, 1e-3), np.maximum(df, 1.0)


def _times(keys: Ints) -> tuple[Ints, Floats]:
    """Distinct keys, ascending, and how often each comes."""
    ordered = np.sort(keys)
    first = distinct(ordered)
    return first, np.diff(np.append(np.searchsorted(ordered, first), len(ordered))).astype(float)
