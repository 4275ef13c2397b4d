"""Working time against a count minute by minute, across daylight saving, holidays and the ends of years."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.core.calendar import WEEKDAYS, Calendar, always
from balm.core.errors import InputRefused, WrongUse
from balm.core.openings import from_wall

# zones whose clocks change at 2, at midnight, by half an hour, or that skipped a whole day
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Beirut",
         "Pacific/Apia", "America/St_Johns")  # fmt: skip
CHANGES = (
    "2024-03-10",
    "2024-11-03",
    "2024-03-31",
    "2024-10-27",
    "2024-04-07",
    "2011-12-30",
    "2023-12-31",
    "2024-02-28",
)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def at(text: str, zone: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@st.composite
def spans(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    cuts = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    pairs = [(a * 15, b * 15) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    if draw(st.booleans()):
        pairs.append((22 * 60, 30 * 60))  # a night shift
    return tuple(pair for i, pair in enumerate(pairs) if i == 0 or pair[0] >= pairs[i - 1][1])


days = (
    st.sampled_from(CHANGES)
    .map(dt.date.fromisoformat)
    .flatmap(lambda day: st.integers(-3, 3).map(lambda n: day + dt.timedelta(n)))
)
calendars = st.builds(
    lambda zone, week, off: Calendar(zone, tuple(week), closed=frozenset(off)),
    st.sampled_from(ZONES),
    st.lists(spans(), min_size=7, max_size=7),
    st.sets(days, max_size=3),
)
instants = days.flatmap(
    lambda day: st.integers(0, 6 * 24 * 60).map(
        lambda m: dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(minutes=m)
    )
)


def minutes(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> list[bool]:
    """Open or not, for each minute, by the clock on the wall."""
    found = []
    while start < end:
        wall = start.astimezone(ZoneInfo(calendar.zone))
        now, day = wall.hour * 60 + wall.minute, wall.date()
        found.append(
            any(a <= now < b for a, b in calendar.spans_of(day))
            or any(a <= now + 1440 < b for a, b in calendar.spans_of(day - dt.timedelta(1)))
        )
        start += dt.timedelta(minutes=1)
    return found


@settings(max_examples=40, deadline=None)
@given(calendars, instants, st.integers(0, 2 * 1440))
def test_equals_a_count_by_minutes(calendar: Calendar, start: dt.datetime, length: int) -> None:
    end = start + dt.timedelta(minutes=length)
    counted = minutes(calendar, start, end)
    assert calendar.working_seconds(start, end) == 60 * sum(counted)
    for n in range(0, length, 97):
        assert calendar.is_open(start + dt.timedelta(minutes=n)) == counted[n]


@settings(max_examples=150, deadline=None)
@given(calendars, instants, st.integers(0, 10**6), st.integers(0, 10**6))
def test_adds_up_and_never_runs_backwards(calendar: Calendar, a: dt.datetime, first: int, second: int) -> None:
    b = a + dt.timedelta(seconds=first)
    c = b + dt.timedelta(seconds=second)
    parts = calendar.working_seconds(a, b), calendar.working_seconds(b, c)
    assert sum(parts) == calendar.working_seconds(a, c)
    assert 0 <= parts[0] <= first and 0 <= parts[1] <= second


@settings(max_examples=150, deadline=None)
@given(calendars, instants, st.integers(0, 10**6), st.lists(st.tuples(instants, st.integers(0, 10**5)), max_size=3))
def test_due_is_the_first_instant_by_which_the_time_has_passed(
    calendar: Calendar, start: dt.datetime, seconds: int, breaks: list[tuple[dt.datetime, int]]
) -> None:
    pauses = [(a, a + dt.timedelta(seconds=n)) for a, n in breaks]
    if not any(calendar.hours):
        with pytest.raises(InputRefused, match="does not open within two years"):
            calendar.due(start, seconds + 1, pauses)
        return
    due = calendar.due(start, seconds, pauses)
    assert due.tzinfo is dt.UTC and due >= start
    assert calendar.working_seconds(start, due, pauses) == seconds
    if seconds:
        assert calendar.working_seconds(start, due - dt.timedelta(microseconds=1000), pauses) < seconds


@settings(max_examples=60, deadline=None)
@given(calendars, st.lists(st.tuples(instants, st.integers(0, 10**7)), max_size=20))
def test_many_at_once_are_what_they_are_one_by_one(calendar: Calendar, rows: list[tuple[dt.datetime, int]]) -> None:
    start = np.array([int(a.timestamp() * 1000) for a, _ in rows], np.int64)
    end = start + np.array([n for _, n in rows], np.int64)
    one_by_one = [calendar.working_seconds(a, a + dt.timedelta(milliseconds=n)) for a, n in rows]
    assert calendar.working_ms(start, end).tolist() == [round(s * 1000) for s in one_by_one]


@settings(max_examples=60, deadline=None)
@given(calendars, st.lists(instants, max_size=20), st.integers(0, 10**9))
def test_many_due_instants_are_what_they_are_one_by_one(
    calendar: Calendar, starts: list[dt.datetime], target: int
) -> None:
    start = np.array([int(a.timestamp() * 1000) for a in starts], np.int64)
    if starts and target and not any(calendar.hours):
        with pytest.raises(InputRefused, match="does not open within two years"):
            calendar.due_ms(start, target)
        return
    one_by_one = [calendar.due(a, target / 1000).timestamp() * 1000 for a in starts]
    assert calendar.due_ms(start, target).tolist() == [round(ms) for ms in one_by_one]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), instants)
def test_what_a_clock_showed_is_read_back(zone: str, now: dt.datetime) -> None:
    wall = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    shown = int(wall.replace(tzinfo=dt.UTC).timestamp() * 1000)
    read = from_wall(zone, np.array([shown], np.int64))[0]
    assert read == int(wall.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp() * 1000)


def test_a_time_that_no_clock_showed_is_read_by_the_clock_before() -> None:
    skipped = int(utc("2024-03-10T02:30").timestamp() * 1000)
    assert from_wall("America/New_York", np.array([skipped], np.int64))[0] == skipped + 5 * 3_600_000
    assert from_wall("UTC", np.zeros(0, np.int64)).size == 0


@settings(max_examples=60, deadline=None)
@given(calendars, instants)
def test_next_opening_is_open_and_nothing_is_worked_before_it(calendar: Calendar, now: dt.datetime) -> None:
    if not any(calendar.hours):
        return
    found = calendar.next_open(now)
    assert calendar.is_open(found) and calendar.working_seconds(now, found) == 0
    assert (found == now) == calendar.is_open(now)


def test_an_hour_the_clock_skips_is_not_worked_and_one_it_repeats_is_worked_twice() -> None:
    night = Calendar.of("America/New_York", {"sun": [("00:00", "06:00")]})
    assert night.working_seconds(utc("2024-03-10"), utc("2024-03-11")) == 5 * 3600
    assert night.working_seconds(utc("2024-11-03"), utc("2024-11-04")) == 7 * 3600
    half = Calendar.of("America/New_York", {"sun": [("02:30", "04:00")]})
    assert half.working_seconds(utc("2024-03-10"), utc("2024-03-11")) == 3600
    zone = "America/New_York"
    assert night.working_seconds(at("2024-11-03T01:30", zone, 0), at("2024-11-03T01:30", zone, 1)) == 3600


def test_a_day_that_a_zone_left_out_is_not_worked() -> None:
    apia = Calendar.of("Pacific/Apia", {day: [("09:00", "17:00")] for day in WEEKDAYS})
    assert apia.working_seconds(at("2011-12-29T00:00", apia.zone), at("2012-01-01T00:00", apia.zone)) == 2 * 8 * 3600


def test_china_works_the_weekends_that_make_up_for_its_holidays() -> None:
    office = Calendar.parse("CN@Asia/Shanghai 09:00-18:00")
    assert (
        office.working_seconds(at("2026-01-01T00:00", office.zone), at("2027-01-01T00:00", office.zone)) == 248 * 32400
    )
    # from Friday 13 February 14:00 over a worked Saturday, ten hours reach past nine days of Spring Festival
    start = at("2026-02-13T14:00", office.zone)
    assert office.due(start, 8 * 3600) == at("2026-02-14T13:00", office.zone)
    assert office.due(start, 14 * 3600) == at("2026-02-24T10:00", office.zone)
    assert office.works_on(dt.date(2026, 2, 28)) and not office.works_on(dt.date(2026, 2, 23))
    assert "until 2026" in office.doubt(dt.date(2026, 5, 1), dt.date(2027, 1, 2))
    assert office.doubt(dt.date(2026, 5, 1), dt.date(2026, 12, 31)) == ""


@pytest.mark.parametrize(
    ("country", "zone", "closed"),
    [("TW", "Asia/Taipei", "2025-10-10"), ("HK", "Asia/Hong_Kong", "2025-07-01"),
     ("SG", "Asia/Singapore", "2025-08-09"),
     ("US", "America/New_York", "2025-07-04"), ("US-CA", "America/Los_Angeles", "2025-03-31"),
     ("GB", "Europe/London", "2025-12-26")],
)  # fmt: skip
def test_countries_keep_their_holidays(country: str, zone: str, closed: str) -> None:
    office = Calendar.of(zone, {day: [("09:00", "18:00")] for day in WEEKDAYS}, holidays=country)
    day = dt.date.fromisoformat(closed)
    assert not office.works_on(day)
    assert Calendar.of(zone, {day: [("09:00", "18:00")] for day in WEEKDAYS}).works_on(day)
    assert office.working_day(day) > day


def test_own_dates_stand_above_holidays_and_weekdays() -> None:
    christmas, saturday, monday = dt.date(2025, 12, 25), dt.date(2025, 12, 27), dt.date(2025, 12, 22)
    office = Calendar.of(
        "Europe/London", {"mon": [("10:00", "16:00")], "thu": [("09:00", "17:00")]}, holidays="GB",
        closed={monday}, open={christmas, saturday},
    )  # fmt: skip
    assert office.spans_of(christmas) == ((540, 1020),)
    assert office.spans_of(saturday) == ((600, 960),)  # none of its own: as on the first weekday that has some
    assert office.spans_of(monday) == ()
    with pytest.raises(InputRefused, match="both closed and open"):
        Calendar("UTC", office.hours, closed=frozenset({monday}), open=frozenset({monday}))


def test_a_night_shift_runs_into_a_day_that_is_closed() -> None:
    night = Calendar.of("UTC", {"mon": [("22:00", "06:00")]}, closed={dt.date(2025, 1, 7)})
    assert night.working_seconds(utc("2025-01-06"), utc("2025-01-09")) == 8 * 3600
    assert night.is_open(utc("2025-01-07T05:59")) and not night.is_open(utc("2025-01-07T06:00"))
    year_end = Calendar.of("Asia/Shanghai", {"wed": [("22:00", "06:00")]})
    assert year_end.working_seconds(utc("2025-12-31"), utc("2026-01-02")) == 8 * 3600


def test_it_ends_where_an_office_never_opens_and_where_years_are_not_known() -> None:
    shut = Calendar("UTC", ((),) * 7, open=frozenset({dt.date(2025, 6, 1)}))
    assert shut.due(utc("2025-01-01"), 3600) == utc("2025-06-01T01:00")
    for ask in (lambda: shut.due(utc("2025-06-02"), 1), lambda: shut.next_open(utc("2025-06-02")),
                lambda: shut.working_day(dt.date(2025, 6, 2))):  # fmt: skip
        with pytest.raises(InputRefused, match="does not open within two years of 2025-06-02"):
            ask()
    with pytest.raises(InputRefused, match="more than 100 years off"):
        always().due(utc("2025-01-01"), 4e9)
    with pytest.raises(InputRefused, match="more than 100 years off"):
        always().due_ms(np.array([1_700_000_000_000], np.int64), 4 * 10**12)
    with pytest.raises(InputRefused, match="holidays of TW are known for 1998 to 2100, not for 1990"):
        Calendar.parse("TW@Asia/Taipei 09:00-18:00").working_seconds(utc("1990-01-01"), utc("1990-02-01"))


def test_naive_backward_and_negative_are_refused() -> None:
    with pytest.raises(WrongUse, match="no time zone"):
        always().is_open(dt.datetime(2025, 1, 1))
    with pytest.raises(WrongUse, match="before the start"):
        always().working_seconds(utc("2025-01-02"), utc("2025-01-01"))
    with pytest.raises(WrongUse, match="0 seconds or more"):
        always().due(utc("2025-01-01"), -1)
    with pytest.raises(WrongUse, match="comes before its start"):
        always().working_ms(np.array([5], np.int64), np.array([4], np.int64))
    with pytest.raises(WrongUse, match="1900 to 2199"):
        always().working_ms(np.array([10**15], np.int64), np.array([10**15], np.int64))
    with pytest.raises(WrongUse, match="1900 to 2199"):
        always().due(utc("1800-01-01"), 1)


@settings(max_examples=60, deadline=None)
@given(calendars)
def test_json_brings_back_the_same_calendar(calendar: Calendar) -> None:
    assert Calendar.from_json(json.loads(json.dumps(calendar.to_json()))) == calendar


GOOD: dict[str, Any] = {"zone": "UTC", "hours": {"mon": [["09:00", "18:00"]]}}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([], "a calendar"),
        ({"hours": {}}, "zone: is missing"),
        ({"zone": "UTC"}, "hours: is missing"),
        (GOOD | {"lunch": 1}, "lunch: is not known"),
        (GOOD | {"zone": "Mars/Base"}, "no time zone 'Mars/Base'"),
        (GOOD | {"zone": "../etc"}, "no time zone"),
        (GOOD | {"zone": 8}, "zone: must be text"),
        (GOOD | {"holidays": "ZZ"}, "'ZZ' are not known"),
        (GOOD | {"holidays": "US-QQ"}, "'US-QQ' are not known"),
        (GOOD | {"hours": [1]}, "hours: are given"),
        (GOOD | {"hours": {"monday": []}}, "no weekday 'monday'"),
        (GOOD | {"hours": {"mon": "09:00-18:00"}}, "mon: is a list"),
        (GOOD | {"hours": {"mon": [["09:00"]]}}, "mon: ['09:00'] is not a span"),
        (GOOD | {"hours": {"mon": [["9", "18:00"]]}}, "'9' is not a time"),
        (GOOD | {"hours": {"mon": [["09:00", "24:01"]]}}, "'24:01' is not a time"),
        (GOOD | {"hours": {"mon": [["09:00", "09:00"]]}}, "is no time"),
        (GOOD | {"hours": {"tue": [["09:00", "13:00"], ["12:00", "18:00"]]}}, "tue: spans overlap"),
        (GOOD | {"closed": "2025-01-01"}, "closed: is a list"),
        (GOOD | {"open": ["1 May"]}, "open: is a list of dates"),
        (GOOD | {"open": [20250101]}, "open: is a list of dates"),
    ],
)
def test_json_that_makes_no_sense_is_refused_by_its_place(value: Any, place: str) -> None:
    with pytest.raises(InputRefused) as error:
        Calendar.from_json(value)
    assert place in str(error.value) and error.value.code.startswith("calendar_")


def test_the_short_form() -> None:
    assert Calendar.parse("24x7") == always()
    assert Calendar.parse("Asia/Taipei 24x7").zone == "Asia/Taipei"
    office = Calendar.parse("CN@Asia/Shanghai sat-mon,wed 09:00-12:00,13:30-18:00")
    assert office.holidays == "CN" and [bool(h) for h in office.hours] == [True, False, True, False, False, True, True]
    assert office.hours[0] == ((540, 720), (810, 1080))
    for text in ("", "CN", "@UTC 09:00-18:00", "UTC noon", "UTC mo-fr 09:00-18:00", "UTC mon-fri 9-18", "a b c d"):
        with pytest.raises(InputRefused):
            Calendar.parse(text)


def test_a_million_rows_take_a_second() -> None:
    office = Calendar.parse("CN@Asia/Shanghai 09:00-18:00")
    rng = np.random.default_rng(0)
    start = rng.integers(1_600_000_000_000, 1_750_000_000_000, 1_000_000)
    end = start + rng.integers(0, 10**9, 1_000_000)
    worked = office.working_ms(start, end)
    assert worked.dtype == np.int64 and (worked >= 0).all() and (worked <= end - start).all()
