"""Neighboring shifts of one series are told as one change."""

import datetime as dt

from balm.communicate import figures
from balm.core.types import Change, Estimate, Point, Trend


def change(day: int, before: float, after: float, kind: str = "shift", **by: str) -> Change:
    date = dt.date(2026, 1, 5) + dt.timedelta(days=day)
    effect = Estimate(after - before, after - before - 0.01, after - before + 0.01, 100, "made")
    return Change(
        date, date - dt.timedelta(7), date + dt.timedelta(7), before, after, effect, 0.01 + day / 1000, by, kind
    )


def trend(*changes: Change, period: str = "week") -> Trend:
    series = (Point(dt.date(2026, 1, 5), 0.1, 0.0, 0.2, 100, 10),)
    return Trend("rising", Estimate(2.0, 1.5, 2.5, 100, ""), period, series, changes)


def test_two_steps_up_in_neighboring_weeks_are_one() -> None:
    found = figures.steps(trend(change(7, 0.02, 0.05), change(14, 0.05, 0.09)))
    assert len(found) == 1
    assert (found[0].before, found[0].after) == (0.02, 0.09)
    assert found[0].effect.low is not None and abs(found[0].effect.low - (0.07 - 0.02)) < 1e-9
    assert found[0].q == 0.024
    assert found[0].low == dt.date(2026, 1, 5) and found[0].high == dt.date(2026, 1, 26)


def test_a_step_down_a_spike_another_segment_and_a_later_week_stay_apart() -> None:
    up = change(7, 0.02, 0.05)
    for other in (change(14, 0.05, 0.02), change(14, 0.05, 0.09, "spike"), change(14, 0.05, 0.09, channel="app")):
        assert figures.steps(trend(up, other)) == (up, other)
    assert len(figures.steps(trend(up, change(42, 0.05, 0.09)))) == 2
