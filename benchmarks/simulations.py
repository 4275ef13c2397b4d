"""Are the intervals and alarms right? Simulations with a known truth; no peer is needed to judge them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np

from balm.core.coded import Attribute, CodedFeedback
from balm.core.types import Change, Scale
from balm.diagnose.contrast import contrast
from balm.measure.changes import changes
from balm.measure.scan import Series
from balm.measure.scores import score
from balm.measure.severity import severity_and_resamples
from balm.measure.trend import event_trend, theme_trends

Row = tuple[str, str, int, float]

ANSWERS: dict[str, tuple[Scale, list[float]]] = {
    "NPS, usual": (Scale.NPS, [0.05, 0.02, 0.03, 0.03, 0.04, 0.08, 0.08, 0.12, 0.2, 0.15, 0.2]),
    "NPS, nearly all promoters": (Scale.NPS, [0.01, 0, 0, 0, 0, 0.01, 0.01, 0.03, 0.08, 0.2, 0.66]),
    "NPS, nearly all detractors": (Scale.NPS, [0.6, 0.1, 0.08, 0.05, 0.05, 0.05, 0.03, 0.02, 0.01, 0.005, 0.005]),
    "CSAT": (Scale.CSAT, [0.05, 0.08, 0.17, 0.4, 0.3]),
    "CSAT, nearly all content": (Scale.CSAT, [0.01, 0.01, 0.03, 0.25, 0.7]),
    "CES": (Scale.CES, [0.03, 0.04, 0.06, 0.1, 0.2, 0.27, 0.3]),
    "mean of stars, J-shaped": (Scale.STARS, [0.12, 0.05, 0.06, 0.12, 0.65]),
    "mean of stars, skewed": (Scale.STARS, [0.02, 0.01, 0.02, 0.1, 0.85]),
    "mean of stars, polar": (Scale.STARS, [0.45, 0.05, 0.03, 0.07, 0.4]),
    "proportion (binary)": (Scale.BINARY, [0.9, 0.1]),
}


def _truth(scale: Scale, p: np.ndarray) -> tuple[np.ndarray, float]:
    low = {Scale.NPS: 0, Scale.BINARY: 0}.get(scale, 1)
    values = np.arange(low, low + len(p), dtype=float)
    if scale is Scale.NPS:
        return values, float(100 * (p[9:].sum() - p[:7].sum()))
    return values, float(p[3:].sum()) if scale is Scale.CSAT else float(values @ p)


def score_coverage(runs: int) -> Iterator[Row]:
    """Scores at n = 10 … 10,000; every run is one group of one call."""
    rng = np.random.default_rng(1)
    runs *= 4
    for name, (scale, weights) in ANSWERS.items():
        p = np.array(weights) / np.sum(weights)
        values, truth = _truth(scale, p)
        for n in (10, 30, 100, 1000, 10000):
            r = min(runs, 5_000_000 // n)
            by = Attribute(np.repeat(np.arange(r, dtype=np.int32), n), [str(i) for i in range(r)])
            found = score(rng.choice(values, r * n, p=p), scale=scale, by={"run": by}).groups
            yield name, f"n = {n:,}", r, float(np.mean([e.low - 1e-9 <= truth <= e.high + 1e-9 for _, e in found]))
    for n, size in ((100, 2), (400, 5), (2000, 10)):  # customers answer several times, each with a level of her own
        r = min(runs, 400_000 // n)
        own = rng.normal(0, 1, (r, n // size)).repeat(size, axis=1)
        y = np.clip(np.round(4 + 0.8 * own + rng.normal(0, 0.8, (r, n))), 1, 5)
        truth = float(np.clip(np.round(4 + 0.8 * rng.normal(size=10**6) + rng.normal(0, 0.8, 10**6)), 1, 5).mean())
        customer = np.arange(r * (n // size), dtype=np.int32).repeat(size)
        by = Attribute(np.repeat(np.arange(r, dtype=np.int32), n), [str(i) for i in range(r)])
        found = score(y.ravel(), scale=Scale.STARS, by={"run": by}, customer=customer).groups
        hit = float(np.mean([e.low <= truth <= e.high for _, e in found]))
        yield "mean of stars, by customer", f"{n // size} customers × {size}", r, hit


REACH = np.array([0.3, 0.1, 0.05, 0.02, 0.01])
LOSS = np.array([0.5, 1.0, 2.0, 1.5, 0.0])


def feedback(rng: np.random.Generator, n: int, repeat: int = 1, skewed: bool = False) -> CodedFeedback:
    """n comments with five pains of known reach and loss; customers write `repeat` times on average."""
    c = n // repeat
    customer = np.concatenate([np.arange(c), rng.integers(0, c, n - c)]).astype(np.int32)
    mood = rng.normal(0, 0.4, c) if repeat > 1 else np.zeros(c)
    x = rng.random((n, len(REACH))) < REACH
    noise = 1 - rng.exponential(1, n) if skewed else rng.normal(0, 1, n)
    y = 4.2 + mood[customer] - x @ LOSS + noise
    comment, theme = (a.astype(np.int32) for a in np.nonzero(x))
    bad = np.ones(len(comment), bool)
    themes = [f"theme {i}" for i in range(len(REACH))]
    return CodedFeedback(themes, comment, theme, bad, ~bad, customer, y, np.zeros(n, np.int32))


def pain_coverage(runs: int) -> Iterator[Row]:
    """Reach, severity and impact, over the five pains together."""
    rng = np.random.default_rng(2)
    for n in (200, 1000, 5000, 30000):
        for repeat, skewed in ((1, False), (1, True), (2, False)):
            r = max(min(runs, 1_500_000 // n), 40)
            hits: dict[str, list[bool]] = {"reach": [], "severity": [], "impact": []}
            for _ in range(r):
                found = severity_and_resamples(feedback(rng, n, repeat, skewed), scale=Scale.STARS, draws=2)
                for j in range(len(REACH)):
                    truths = {"severity": LOSS[j]}
                    if repeat == 1:
                        truths |= {"reach": REACH[j], "impact": REACH[j] * LOSS[j]}
                    for name, truth in truths.items():
                        e = getattr(found, name)[j]
                        if e.value is not None:
                            hits[name].append(e.low <= truth <= e.high)
            what = f"n = {n:,}{', skewed' if skewed else ''}{', customers repeat' if repeat > 1 else ''}"
            for name, hit in hits.items():
                if hit:
                    yield name, what, len(hit), float(np.mean(hit))


def _counts(
    rng: np.random.Generator, share: np.ndarray, size: int = 200, *, volume: bool = False, phi: float = 1.0
) -> Series:
    """A series of shares; `phi`: variance of a period ÷ binomial variance."""
    t = len(share)
    n = rng.poisson(size * (np.linspace(0.4, 1.6, t) if volume else np.ones(t))).astype(float)
    if phi > 1:
        rho = (phi - 1) / (size - 1)
        share = rng.beta(share * (1 / rho - 1), (1 - share) * (1 / rho - 1))
    return Series(np.arange(t) + 19000, rng.binomial(n.astype(int), share).astype(float), n)


def change_coverage(runs: int) -> Iterator[Row]:
    """Effects and dates of planted shifts and spikes, and the ratio of the thirds."""
    rng = np.random.default_rng(3)
    truth, at = 0.06, 35
    plants = {
        "shift": np.where(np.arange(60) >= at, 0.11, 0.05),
        "spike": np.where(np.arange(60) // 2 == 17, 0.2, 0.05),
    }
    for kind, share in plants.items():
        truth = 0.06 if kind == "shift" else 0.15
        day = at if kind == "shift" else 34
        effect, dated, found = [], [], 0
        for _ in range(runs):
            seen = changes([_counts(rng, share, 300, volume=True)])
            own = [c for c in seen if c.kind == kind and _holds(c, day)]
            found += bool(own)
            for c in seen[:1]:
                dated.append(_holds(c, day))
                effect.append(c.effect.low <= truth <= c.effect.high)
        yield f"effect of a {kind}", "60 days × 300", len(effect), float(np.mean(effect))
        yield f"date of a {kind} within its interval", "60 days × 300", len(dated), float(np.mean(dated))
        yield f"planted {kind} found (power)", "60 days × 300", runs, found / runs
    hit = []
    for _ in range(runs):
        days = np.sort(rng.integers(19000, 19090, 6000)).astype(np.int32)
        late = np.clip((days - 19000) // 30, 0, 2)
        x = rng.random(6000) < np.array([0.04, 0.06, 0.08])[late]
        comment = np.flatnonzero(x).astype(np.int32)
        bad = np.ones(len(comment), bool)
        who = np.arange(6000, dtype=np.int32)
        coded = CodedFeedback(
            ["a"], comment, np.zeros(len(comment), np.int32), bad, ~bad, who, np.full(6000, np.nan), days
        )
        e = theme_trends(coded, "day")[0].ratio
        hit.append(e.low <= 2.0 <= e.high)
    yield "ratio, last third to first", "90 days, 6,000 comments", runs, float(np.mean(hit))


def _holds(c: Change, day: int) -> bool:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=19000 + day)
    return c.low <= date <= c.high


def segments(rng: np.random.Generator, n: int, plant: str = "") -> tuple[CodedFeedback, np.ndarray]:
    """Customers who write one and a half times, four attributes, a pain of 8 %; more of it where planted."""
    c = 2 * n // 3
    who = np.concatenate([np.arange(c), rng.integers(0, c, n - c)]).astype(np.int32)
    region, tier = rng.integers(0, 6, c)[who], rng.integers(0, 3, c)[who]
    channel, product = rng.integers(0, 4, n), rng.integers(0, 10, n)
    own = rng.beta(1.6, 18.4, c)[who]  # some complain more than others
    share = {"value": np.where(region == 2, 0.2, own), "pair": np.where((channel == 1) & (product == 3), 0.35, own)}
    hit = rng.random(n) < share.get(plant, own)
    columns = {"region": region, "tier": tier, "channel": channel, "product": product}
    by = {k: Attribute(v.astype(np.int32), [str(i) for i in range(v.max() + 1)]) for k, v in columns.items()}
    comment = np.flatnonzero(hit).astype(np.int32)
    bad = np.ones(len(comment), bool)
    nothing = np.zeros(n, np.int32)
    coded = CodedFeedback(["x"], comment, nothing[: len(comment)], bad, ~bad, who, np.full(n, np.nan), nothing, by)
    return coded, hit


def contrast_results(runs: int) -> Iterator[Row]:
    """Planted segments, and whether anything else is claimed beside them; coverage of share and lift."""
    rng = np.random.default_rng(4)
    for plant, where in (("value", {"region": "2"}), ("pair", {"channel": "1", "product": "3"})):
        found, other = 0, 0
        for _ in range(runs):
            names = [f.where for f in contrast(segments(rng, 6000, plant)[0], "x")]
            found += where in names
            other += len(names) > (where in names)
        yield f"planted {plant} found (power)", "6,000 comments", runs, found / runs
        yield f"anything else claimed beside a planted {plant} (at most 5 %)", "6,000 comments", runs, other / runs
    hit = []
    for _ in range(runs):  # a customer with one comment each, so that the true lift is known
        region = rng.integers(0, 6, 6000)
        pain = rng.random(6000) < np.where(region == 2, 0.2, 0.08)
        who = np.arange(6000, dtype=np.int32)
        empty = np.zeros(0, np.int32)
        by = {"region": Attribute(region.astype(np.int32), list("012345"))}
        day, score_ = np.zeros(6000, np.int32), np.full(6000, np.nan)
        coded = CodedFeedback(["x"], empty, empty, empty > 0, empty > 0, who, score_, day, by)
        hit += [f.lift.low <= 2.5 <= f.lift.high for f in contrast(coded, pain) if f.where == {"region": "2"}]
    yield "lift", "6,000 customers", len(hit), float(np.mean(hit))


def false_alarms(runs: int) -> Iterator[Row]:
    """Share of runs of pure noise in which anything at all is claimed; the stated rate is 5 %."""
    rng = np.random.default_rng(5)

    def rate(name: str, what: str, trial: Callable[[], int], r: int = runs) -> Row:
        return name, what, r, sum(trial() > 0 for _ in range(r)) / r

    flat = np.full(60, 0.05)
    yield rate("change points", "one series, 60 days", lambda: len(changes([_counts(rng, flat)])))
    yield rate("change points", "one series, 8 days", lambda: len(changes([_counts(rng, flat[:8])])))
    yield rate("change points", "volume ×4", lambda: len(changes([_counts(rng, flat, volume=True)])))
    yield rate("change points", "100 series", lambda: len(changes([_counts(rng, flat) for _ in range(100)])), runs // 5)
    many = 20
    yield rate(
        "change points",
        "20 series, variance ×2",
        lambda: len(changes([_counts(rng, flat, phi=2) for _ in range(many)])),
    )
    yield rate("change points", "scores, one series", lambda: len(_scores(rng).changes))
    yield rate("change points", "weekday season ×2", lambda: len(_events(rng, season=True).changes))
    yield rate("change points", "a segment that starts late", lambda: len(_events(rng, late=True).changes))
    yield rate("contrast", "4 attributes and pairs", lambda: len(contrast(segments(rng, 4000)[0], "x")))
    yield rate("trend called rising or falling", "10 themes", lambda: _directions(rng))


def _scores(rng: np.random.Generator):
    day = rng.integers(19000, 19060, 4000).astype(np.int32)
    return event_trend(day, score=rng.choice([1.0, 2, 3, 4, 5], 4000, p=[0.2, 0.05, 0.05, 0.1, 0.6]), period="day")


def _events(rng: np.random.Generator, season: bool = False, late: bool = False):
    n = 9000
    day = rng.integers(19000, 19060, n)
    shop = rng.integers(0, 3, n)
    share = np.where((day + 3) % 7 >= 5, 0.12, 0.06) if season else np.full(n, 0.08)
    if late:  # shop 2 has more of the event and joins in the middle
        keep = (shop != 2) | (day >= 19035)
        day, shop, share = day[keep], shop[keep], np.where(shop == 2, 0.3, share)[keep]
    by = {"shop": Attribute(shop.astype(np.int32), ["a", "b", "c"])}
    return event_trend(day.astype(np.int32), event=rng.random(len(day)) < share, by=by, period="day")


def _directions(rng: np.random.Generator) -> int:
    n = 4000
    x = rng.random((n, 10)) < 0.05
    comment, theme = (a.astype(np.int32) for a in np.nonzero(x))
    bad = np.ones(len(comment), bool)
    day = rng.integers(19000, 19090, n).astype(np.int32)
    names = [str(i) for i in range(10)]
    coded = CodedFeedback(names, comment, theme, bad, ~bad, np.arange(n, dtype=np.int32), np.full(n, np.nan), day)
    return sum(t.direction in ("rising", "falling") for t in theme_trends(coded))
