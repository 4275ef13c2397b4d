"""Reviews that come by themselves, and the queue of low scores."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.core.calendar import Calendar, always
from balm.core.errors import InputRefused, WrongUse
from balm.core.types import Scale
from balm.mitigate.loops import LARGE, SMALL, Cadence, Review, days, following, planned, review
from balm.mitigate.lowscores import coverage, is_low, low_mask

CN = Calendar.parse("CN@Asia/Shanghai 09:00-18:00")
DAY = dt.date.fromisoformat


def ask(last: str | None, today: str, cadence: Cadence = SMALL, anchor: str = "2026-01-05") -> Review:
    return review(cadence, DAY(anchor), last=DAY(last) if last else None, today=DAY(today), calendar=CN)


def test_the_next_review_is_on_a_working_day() -> None:
    assert ask("2026-01-05", "2026-01-06") == Review(DAY("2026-01-12"))
    # Monday 16 February is in the Spring Festival, and so is the 23rd: both move to Tuesday the 24th, held once
    assert ask("2026-02-09", "2026-02-10") == Review(DAY("2026-02-24"))
    assert ask("2026-02-24", "2026-02-24") == Review(DAY("2026-03-02"))


def test_missed_reviews_are_told_but_not_made_up_one_by_one() -> None:
    assert ask(None, "2026-01-01") == Review(DAY("2026-01-05"))
    assert ask(None, "2026-01-05") == Review(DAY("2026-01-05"))
    assert ask("2026-01-05", "2026-02-03") == Review(DAY("2026-02-02"), missed=3)
    assert ask("2026-02-02", "2026-02-03") == Review(DAY("2026-02-09"))


def test_months_keep_their_day_and_short_months_end_early() -> None:
    day = DAY("2025-12-31")
    assert [planned(Cadence("month", 1), day, n) for n in (0, 1, 2, 3)] == list(
        map(DAY, ("2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"))
    )
    assert planned(LARGE, DAY("2024-11-30"), 1) == DAY("2025-02-28")
    assert following(LARGE, DAY("2026-01-05"), DAY("2026-01-05"), always()) == DAY("2026-04-05")


cadences = st.builds(Cadence, st.sampled_from(["day", "week", "month"]), st.integers(1, 5))
dates = st.dates(DAY("2024-01-01"), DAY("2026-06-30"))


@settings(max_examples=150, deadline=None)
@given(cadences, dates, st.none() | dates, dates)
def test_one_review_is_due_at_a_time_and_none_is_held_twice(
    cadence: Cadence, anchor: dt.date, last: dt.date | None, today: dt.date
) -> None:
    found = review(cadence, anchor, last=last, today=today, calendar=CN)
    assert CN.works_on(found.day) and (last is None or found.day > last) and found.day >= anchor
    upto: list[dt.date] = []
    for day in days(cadence, anchor, CN):
        upto += [day] if last is None or day > last else []
        if upto and day > today:
            break
    overdue = [day for day in upto if day <= today]
    assert found == (Review(overdue[-1], len(overdue) - 1) if overdue else Review(upto[0]))


def test_a_loop_that_can_never_meet_is_refused() -> None:
    with pytest.raises(InputRefused, match="does not open"):
        review(SMALL, DAY("2026-01-05"), last=None, today=DAY("2026-01-05"), calendar=Calendar("UTC", ((),) * 7))
    for every, unit in ((0, "week"), (1, "year"), (367, "day")):
        with pytest.raises(WrongUse, match="a cadence is every"):
            Cadence(unit, every)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scale", "low", "fine"),
    [
        (Scale.NPS, 6, 7),
        (Scale.CSAT, 2, 3),
        (Scale.CES, 3, 4),
        (Scale.STARS, 2, 3),
        (Scale.BINARY, 0, 1),
        (Scale.LABEL, -1, 0),
    ],
)
def test_which_scores_are_low(scale: Scale, low: float, fine: float) -> None:
    assert is_low(low, scale) and not is_low(fine, scale) and not is_low(float("nan"), scale)
    assert not is_low(-2, scale)  # outside the scale
    assert low_mask([low, fine, np.nan, -2], scale).tolist() == [True, False, False, False]


def test_coverage_has_intervals_and_its_own_denominators() -> None:
    found = coverage(low=40, read=30, called=20, reached=10, mended=9)
    assert [(e.value, e.n) for e in (found.read, found.called, found.reached, found.mended)] == [
        (0.75, 40), (0.5, 40), (0.5, 20), (0.9, 10),
    ]  # fmt: skip
    assert found.mended.low is not None and 0.55 < found.mended.low < 0.6
    assert coverage(0, 0, 0, 0, 0).read.value is None
    with pytest.raises(WrongUse, match="a part of the one before"):
        coverage(10, 5, 6, 7, 0)
