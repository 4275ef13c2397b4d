"""Trends and changes: planted ones found and dated, traps not fallen into, false alarms at the stated rate."""

import csv
import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from balm.core.coded import NO_DAY, Attribute, CodedFeedback
from balm.core.types import to_json
from balm.measure.changes import changes
from balm.measure.periods import choose_period, period_index, weekday_season
from balm.measure.scan import Series, dispersions, own_dispersion, p_of_largest, windows
from balm.measure.trend import event_trend, theme_trends

Make = Callable[..., CodedFeedback]
DATA = Path(__file__).parents[3] / "shared" / "data"
EPOCH = dt.date(1970, 1, 1)
MONDAY = (dt.date(2024, 1, 1) - EPOCH).days


def series(rng: np.random.Generator, share: np.ndarray, n: float = 200) -> Series:
    size = rng.poisson(n, len(share)).astype(float)
    return Series(np.arange(len(share)) + MONDAY, rng.binomial(size.astype(int), share).astype(float), size)


def day(i: int) -> dt.date:
    return EPOCH + dt.timedelta(days=MONDAY + i)


def ordinal(text: str) -> int:
    return (dt.date.fromisoformat(text[:10]) - EPOCH).days


def test_a_shift_is_found_dated_and_measured() -> None:
    rng = np.random.default_rng(0)
    found, dated, covered = 0, 0, 0
    for _ in range(150):
        got = changes([series(rng, np.where(np.arange(60) >= 40, 0.12, 0.05))])
        found += len(got) == 1 and got[0].kind == "shift"
        dated += bool(got) and got[0].low <= day(40) <= got[0].high
        covered += bool(got) and got[0].effect.low <= 0.07 <= got[0].effect.high
    assert found >= 140
    assert dated >= 143
    assert covered >= 136


def test_a_spike_is_told_from_a_shift() -> None:
    rng = np.random.default_rng(1)
    good = 0
    for _ in range(100):
        got = changes([series(rng, np.where(np.isin(np.arange(60), (30, 31)), 0.2, 0.05))])
        good += len(got) == 1 and got[0].kind == "spike" and got[0].date == day(30) and got[0].high == day(31)
    assert good >= 90


def test_two_shifts_and_a_spike_in_one_series() -> None:
    share = np.full(90, 0.05)
    share[30:60], share[60:], share[75:77] = 0.12, 0.04, 0.2
    got = changes([series(np.random.default_rng(2), share, 500)])
    assert [(c.kind, c.date) for c in got] == [("shift", day(30)), ("shift", day(60)), ("spike", day(75))]
    assert got[0].before < got[0].after > got[1].after


@pytest.mark.parametrize("length", [8, 60])
def test_false_alarms_in_one_series(length: int) -> None:
    rng = np.random.default_rng(length)
    assert np.mean([bool(changes([series(rng, np.full(length, 0.05))])) for _ in range(400)]) <= 0.06


def test_false_alarms_over_many_overdispersed_series() -> None:
    rng = np.random.default_rng(3)

    def noise() -> Series:
        return series(rng, rng.beta(5, 95, 60), 100)  # variance of a period: twice the binomial

    assert np.mean([bool(changes([noise() for _ in range(20)])) for _ in range(60)]) <= 0.15


def test_the_one_that_changed_among_many() -> None:
    rng = np.random.default_rng(4)
    many = [series(rng, np.full(52, 0.05)) for _ in range(99)]
    moved = series(rng, np.where(np.arange(52) >= 30, 0.1, 0.05))
    moved.by["theme"] = "late"
    got = changes([*many, moved])
    assert [c.by for c in got] == [{"theme": "late"}]
    assert got[0].q < 0.01


def test_more_comments_are_no_change() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(100):
        n = rng.poisson(np.where(np.arange(60) >= 30, 800, 100)).astype(float)
        hits += bool(changes([Series(np.arange(60), rng.binomial(n.astype(int), 0.05).astype(float), n)]))
    assert hits <= 8


def test_dispersion_is_estimated_with_a_shift_in_the_series() -> None:
    rng = np.random.default_rng(6)
    shift = np.where(np.arange(120) >= 60, 0.15, 0.05)
    got = [own_dispersion(series(rng, shift))[0] for _ in range(200)]
    assert 0.8 < np.mean(got) < 1.3
    noisy = [series(rng, rng.beta(5, 95, 120), 100) for _ in range(200)]
    assert 1.7 < np.mean([own_dispersion(s)[0] for s in noisy]) < 2.3
    assert (dispersions(noisy)[0] >= 1).all()
    assert dispersions([Series(np.arange(8), np.ones(8), np.full(8, 50.0), deff=4)])[0][0] == 4


def test_p_of_the_largest_is_a_p_value() -> None:
    rng = np.random.default_rng(7)
    first, past = windows(40)
    noise = rng.standard_normal((2000, 40))
    walk = np.concatenate([np.zeros((2000, 1)), noise.cumsum(axis=1)], axis=1)
    share = (past - first) / 40
    z = (walk[:, past] - walk[:, first] - share * walk[:, -1:]) / np.sqrt(40 * share * (1 - share))
    p = p_of_largest(np.abs(z).max(axis=1), 40)
    for level in (0.5, 0.05, 0.01):
        assert np.mean(p <= level) == pytest.approx(level, abs=3 * np.sqrt(level / 2000) + 0.002)
    steps = p_of_largest(np.linspace(0, 12, 100), 40)
    assert (np.diff(steps) <= 1e-12).all()
    assert 0 < steps[-1] < 1e-20


def test_weekdays_are_no_change_and_do_not_hide_one() -> None:
    rng = np.random.default_rng(8)
    weekend = (np.arange(70) % 7) >= 5

    def trend(extra: np.ndarray) -> list[tuple[str, dt.date]]:
        n = 14000
        when = rng.integers(0, 70, n)
        event = rng.random(n) < np.where(weekend, 0.12, 0.05)[when] + extra[when]
        result = event_trend((when + MONDAY).astype(np.int32), event=event, period="day")
        return [(c.kind, c.date) for c in result.changes]

    assert sum(bool(trend(np.zeros(70))) for _ in range(30)) <= 4
    assert ("shift", day(35)) in trend(np.where(np.arange(70) >= 35, 0.08, 0.0))


def test_one_outbreak_makes_no_season() -> None:
    n = np.full(42, 300.0)
    total = np.full(42, 15.0)
    total[10] = 120
    assert weekday_season(np.arange(42) + MONDAY, total, n, 1.0) is None


def test_a_segment_that_joins_late_is_a_change_of_collection() -> None:
    rng = np.random.default_rng(9)
    n = 12000
    when, shop = rng.integers(0, 60, n), rng.integers(0, 3, n)
    keep = (shop != 2) | (when >= 35)  # shop c joins, and always had more of it
    when, shop = when[keep], shop[keep]
    event = rng.random(len(when)) < np.where(shop == 2, 0.3, 0.05)
    by = {"shop": Attribute(shop.astype(np.int32), ["a", "b", "c"])}
    days = (when + MONDAY).astype(np.int32)
    assert event_trend(days, event=event, by=by, period="day").changes == []
    assert event_trend(days, event=event, period="day").changes != []  # told nothing of shops, it cannot know


def test_a_release_that_takes_over_is_a_change() -> None:
    rng = np.random.default_rng(10)
    n = 12000
    when = rng.integers(0, 60, n)
    version = ((when >= 35) & (rng.random(n) < 0.6)).astype(np.int32)  # some stay with the old one
    event = rng.random(n) < np.where(version == 1, 0.15, 0.05)
    by = {"version": Attribute(version, ["1", "2"])}
    got = event_trend((when + MONDAY).astype(np.int32), event=event, by=by, period="day").changes
    assert [(c.date, c.by) for c in got] == [(day(35), {})]


def test_scores_that_fall_are_found() -> None:
    rng = np.random.default_rng(11)
    when = rng.integers(0, 60, 3000)
    stars = np.clip(np.round(rng.normal(np.where(when >= 30, 3.4, 4.0), 1)), 1, 5)
    result = event_trend((when + MONDAY).astype(np.int32), score=stars)
    (change,) = result.changes
    assert change.low <= day(30) <= change.high
    assert change.effect.high < 0
    assert result.series[0][1][0].n > 0
    assert set(result.to_json()) == {"series", "changes"}
    assert {"date", "low", "high", "effect", "q", "by"} <= set(result.to_json()["changes"][0])
    with pytest.raises(ValueError, match="not of both"):
        event_trend(np.zeros(3, np.int32), score=np.ones(3), event=np.ones(3, bool))


def test_numbers_of_rows_start_with_the_first_row() -> None:
    rng = np.random.default_rng(12)
    old = rng.integers(0, 60, 3000)
    young = rng.integers(40, 60, 1000)  # collected from day 40 on
    by = {"s": Attribute(np.repeat([0, 1], [3000, 1000]).astype(np.int32), ["old", "young"])}
    days = (np.concatenate([old, young]) + MONDAY).astype(np.int32)
    got = event_trend(days, by=by, period="day").changes
    assert [c.by for c in got] == [{}]  # the total did rise; neither segment did


def test_themes_rise_fall_and_stay(feedback: Make) -> None:
    rng = np.random.default_rng(13)
    when = rng.integers(0, 120, 12000)
    share = np.stack(
        [0.04 + when / 120 * 0.08, 0.12 - when / 120 * 0.08, np.full(12000, 0.05), np.full(12000, 2e-4)], 1
    )
    coded = feedback(rng.random((12000, 4)) < share, day=when + MONDAY)
    trends = theme_trends(coded)
    assert [t.direction for t in trends] == ["rising", "falling", "steady", "unknown"]
    assert trends[0].ratio.low > 1
    assert trends[1].ratio.high < 1
    assert trends[3].ratio.value is None
    assert trends[0].period == "week"
    assert sum(p.n for p in trends[0].series) <= 12000
    assert all(p.low <= p.value <= p.high for p in trends[0].series)
    assert to_json(trends[0])["changes"][0]["by"] == {"theme": "t0"}


def test_a_change_in_one_segment_is_named(feedback: Make) -> None:
    rng = np.random.default_rng(14)
    when, channel = rng.integers(0, 60, 20000), rng.integers(0, 4, 20000)
    hurt = (channel == 1) & (when >= 30)
    coded = feedback(
        rng.random((20000, 1)) < np.where(hurt, 0.2, 0.04)[:, None],
        day=when + MONDAY,
        by={"channel": Attribute(channel.astype(np.int32), ["a", "b", "c", "d"])},
    )
    got = theme_trends(coded, "day", segments=("channel",))[0].changes
    assert {"theme": "t0", "channel": "b"} in [c.by for c in got]
    assert not {"a", "c", "d"} & {c.by.get("channel") for c in got}


def test_periods() -> None:
    days = np.array([MONDAY, MONDAY + 6, MONDAY + 7, NO_DAY], np.int32)
    index, start = period_index(days, "week")
    assert index.tolist() == [0, 0, 1, -1]
    assert start.tolist() == [MONDAY, MONDAY + 7]
    index, start = period_index(days + np.array([0, 31, 60, 0], np.int32), "month")
    assert [EPOCH + dt.timedelta(days=int(s)) for s in start] == [dt.date(2024, m, 1) for m in (1, 2, 3)]
    assert choose_period(np.repeat(np.arange(30), 20).astype(np.int32)) == "day"
    assert choose_period(np.repeat(np.arange(300), 20).astype(np.int32)) == "week"
    assert choose_period(np.repeat(np.arange(900), 20).astype(np.int32)) == "month"
    assert period_index(np.array([NO_DAY], np.int32), "day")[1].size == 0


def test_one_wild_date_does_not_stretch_the_calendar() -> None:
    days = np.concatenate([np.repeat(np.arange(40), 20) + MONDAY, [3, MONDAY + 900_000]]).astype(np.int32)
    assert choose_period(days) == "day"
    index, start = period_index(days, "day")
    assert len(start) == 40
    assert index[-2:].tolist() == [-1, -1]


def test_half_a_week_at_the_edge_is_left_out() -> None:
    days = np.arange(MONDAY + 3, MONDAY + 3 + 70, dtype=np.int32)
    index, start = period_index(days, "week")
    assert start[0] == MONDAY + 7
    assert index[:4].tolist() == [-1, -1, -1, -1]
    assert index[-1] == -1


def test_too_little_says_unknown(feedback: Make) -> None:
    none = theme_trends(feedback(np.zeros((5, 2), bool), day=np.full(5, NO_DAY)))
    assert [t.direction for t in none] == ["unknown", "unknown"]
    assert none[0].ratio.value is None
    one_day = theme_trends(feedback(np.ones((50, 1), bool), day=np.full(50, MONDAY)))
    assert one_day[0].direction == "unknown"
    assert event_trend(np.full(9, NO_DAY, np.int32)).series == []
    assert event_trend(np.zeros(0, np.int32), score=np.zeros(0)).changes == []
    assert changes([]) == []


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"public data absent: {DATA}")
def test_the_cancellations_of_21_and_22_february_2015(feedback: Make) -> None:
    with gzip.open(DATA / "airline_tweets_dev/tweets_dev.csv.gz", "rt", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    days = np.array([ordinal(r["tweet_created"]) for r in rows], np.int32)
    event = np.array([r["negativereason"] == "Cancelled Flight" for r in rows])
    (spike,) = event_trend(days, event=event).changes
    assert (spike.kind, spike.low, spike.high) == ("spike", dt.date(2015, 2, 21), dt.date(2015, 2, 22))
    assert spike.before < 0.05
    assert spike.after > 0.08
    reasons = sorted({r["negativereason"] for r in rows} - {""})
    coded = feedback(np.array([[r["negativereason"] == x for x in reasons] for r in rows]), day=days, names=reasons)
    found = [(name, c.date) for name, t in zip(reasons, theme_trends(coded), strict=True) for c in t.changes]
    assert found == [("Cancelled Flight", dt.date(2015, 2, 21))]


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"public data absent: {DATA}")
def test_the_rise_of_mi_home_in_november_2018() -> None:
    with gzip.open(DATA / "zh_appstore_reviews_dev/appstore_reviews.csv.gz", "rt", encoding="utf-8") as f:
        rows = [r for r in csv.DictReader(f) if r["app"] == "米家"]
    days = np.array([ordinal(r["time"]) for r in rows], np.int32)
    stars = np.array([float(r["rating"]) for r in rows])
    (change,) = event_trend(days, score=stars, period="month").changes
    assert change.date == dt.date(2018, 11, 1)
    assert change.before == pytest.approx(1.9, abs=0.1)
    assert change.after > 3
    weekly = event_trend(days, score=stars, period="week").changes
    assert weekly[0].kind == "shift"
    assert dt.date(2018, 11, 1) <= weekly[0].date <= dt.date(2018, 11, 30)
