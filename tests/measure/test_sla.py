"""Promised times: counted by hand, against plain Python, and on a public log of permits."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import balm
from balm.calls.timing import read_target
from balm.core.calendar import Calendar, always
from balm.core.errors import InputRefused, WrongUse
from balm.measure.sla import NONE, quantile
from balm.measure.sla import sla as measure

OFFICE = Calendar.parse("Asia/Shanghai 09:00-18:00")
PERMITS = Path(__file__).parents[2].parent / "shared" / "data" / "log_permit_receipt" / "permit_receipt.csv.gz"


def table(**columns: list[Any]) -> dict[str, list[Any]]:
    return columns


def test_every_case_is_counted_once() -> None:
    data = table(
        id=["kept", "late", "past due", "at risk", "running", "backward", "no start", "garbled", "future"],
        opened=["2026-03-02 09:00", "2026-03-02 09:00", "2026-03-02 09:00", "2026-03-03 09:00", "2026-03-03 15:00",
                "2026-03-02 09:00", "", "yesterday", "2026-03-04 09:00"],
        ended=["2026-03-02 17:00", "2026-03-02 17:01", "", "", "", "2026-03-01 09:00", "2026-03-02 09:00",
               "2026-03-02 09:00", ""],
        shop=["a", "a", "a", "b", "b", "b", "b", "b", "b"],
    )  # fmt: skip
    found = balm.sla(data, start="opened", end="ended", target="8h", calendar=OFFICE, by=["shop"],
                     now="2026-03-03 15:30")  # fmt: skip
    whole = found.all
    assert (whole.cases, whole.in_time, whole.late, whole.past_due, whole.at_risk, whole.running) == (5, 1, 1, 1, 1, 1)
    assert found.breached.value == 2 / 3 and found.breached.n == 3 and found.breached.method == "wilson"
    assert found.rejected == {"start cannot be read": 1, "no start": 1, "ends before it starts": 1,
                              "starts after now": 1}  # fmt: skip
    assert [(g.by, g.cases, g.decided) for g in found.groups] == [({"shop": "a"}, 3, 3), ({"shop": "b"}, 2, 0)]
    assert found.groups[1].breached.value is None
    assert found.now == dt.datetime(2026, 3, 3, 7, 30, tzinfo=dt.UTC)
    assert any("are read as of Asia/Shanghai" in note for note in found.notes)


def test_what_ends_on_the_instant_is_kept_and_closing_time_ends_a_promise() -> None:
    ended = ["2026-03-06T18:00:00+08:00", "2026-03-06T18:00:01+08:00", "2026-03-07T11:00:00+08:00"]
    data = table(opened=["2026-03-06T16:00+08:00"] * 3, ended=ended)
    assert balm.sla(data, start="opened", end="ended", target="2h", calendar=OFFICE).all.late == 2
    assert balm.sla(data, start="opened", end="ended", target="2h").all.late == 2
    assert balm.sla(data, start="opened", end="ended", target="121min").all.late == 1


def test_a_due_day_lasts_until_its_end_on_the_clock_of_the_office() -> None:
    data = table(opened=["2026-03-02T00:00:00Z"] * 3, due=["2026-03-05"] * 3,
                 ended=["2026-03-05T15:59:59Z", "2026-03-05T16:00:00Z", ""])  # fmt: skip
    found = balm.sla(data, start="opened", end="ended", due="due", calendar=OFFICE, now="2026-03-05T12:00:00Z")
    assert (found.all.late, found.all.in_time, found.all.cases) == (0, 0, 3)  # seen before they ended
    found = balm.sla(data, start="opened", end="ended", due="due", calendar=OFFICE)
    assert (found.all.in_time, found.all.late, found.all.past_due) == (1, 1, 1)
    assert "due holds days; each is read as its end in Asia/Shanghai." in found.notes
    timed = data | {"due": [dt.datetime(2026, 3, 5, 16, tzinfo=dt.UTC)] * 3}
    assert balm.sla(timed, start="opened", end="ended", due="due", calendar=OFFICE).all.late == 0


def test_rows_of_one_case_are_one_case() -> None:
    data = table(
        case=["x", "y", "x", "y", None, None], at=[f"2026-03-02T1{i}:00Z" for i in range(6)], team=list("abcdef")
    )
    found = balm.sla(data, start="at", end="at", target="2h", case="case", by=["team"])
    assert found.all.cases == 4 and found.all.late == 0 and [g.by["team"] for g in found.groups] == ["a", "b", "e", "f"]
    assert balm.sla(data, start="at", end="at", target="119min", case="case").all.late == 2


def test_epochs_and_zones_are_instants_whatever_the_calendar() -> None:
    data = table(opened=[1_772_445_600], ended=["2026-03-02T18:30:00+08:00"])
    found = balm.sla(data, start="opened", end="ended", target="30m", calendar=OFFICE, now="2026-03-03T00:00Z")
    assert found.all.in_time == 1 and not found.notes  # opened at closing time: due the next morning


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({}, WrongUse, "either --due"),
        ({"target": "8h", "due": "due"}, WrongUse, "either --due"),
        ({"target": "soon"}, WrongUse, "'soon' cannot be read"),
        ({"target": "0h"}, WrongUse, "above 0"),
        ({"target": "2d", "calendar": OFFICE}, WrongUse, "in hours"),
        ({"due": "nowhere"}, WrongUse, "no column 'nowhere'"),
        ({"due": "name"}, InputRefused, "column 'name' holds no time"),
        ({"due": "blank"}, InputRefused, "no due time: 2"),
        ({"target": "8h", "now": "later"}, WrongUse, "--now 'later'"),
        ({"target": "8h", "calendar": "nine to five"}, InputRefused, "cannot be read"),
        ({"target": "8h", "calendar": "missing.json"}, InputRefused, "missing.json cannot be read"),
        ({"target": "8h", "now": "2020-01-01"}, InputRefused, "starts after now: 2"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(more: dict[str, Any], error: type[Exception], said: str) -> None:
    data = table(opened=["2026-03-02", "2026-03-03"], ended=["2026-03-04", ""], due=["2026-03-09"] * 2,
                 name=["ann", "bo"], blank=["", ""])  # fmt: skip
    with pytest.raises(error, match=said):
        balm.sla(data, start="opened", end="ended", **more)


def test_targets() -> None:
    assert [read_target(t, OFFICE) for t in ("8h", "90min", "1h30m", "45s", "1.5h", 60)] == [
        28800,
        5400,
        5400,
        45,
        5400,
        60,
    ]
    assert read_target("2d", always()) == 172_800


def test_a_calendar_may_be_a_file_and_tells_what_it_does_not_know(tmp_path: Path) -> None:
    file = tmp_path / "office.json"
    file.write_text(json.dumps(Calendar.parse("CN@Asia/Shanghai 09:00-18:00").to_json()))
    data = table(opened=["2026-12-31T01:00Z"], ended=["2027-01-04T01:00Z"])
    found = balm.sla(data, start="opened", end="ended", target="10h", calendar=file)
    assert found.all.late == 0 and "known until 2026" in found.notes[0] and found.calendar["holidays"] == "CN"
    file.write_text("{")
    with pytest.raises(InputRefused, match="cannot be read"):
        balm.sla(data, start="opened", end="ended", target="10h", calendar=file)


times = st.integers(0, 14 * 1440).map(lambda m: 1_758_000_000_000 + m * 60_000)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(times, times | st.just(NONE)), min_size=1, max_size=30),
    times,
    st.integers(1, 3000),
)
def test_equals_plain_python(rows: list[tuple[int, int]], now: int, minutes: int) -> None:
    """Across the National holidays of China, case by case."""
    cn = Calendar.parse("CN@Asia/Shanghai 09:00-18:00")
    start, end = (np.array(column, np.int64) for column in zip(*rows, strict=True))

    def at(ms: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)

    counts = dict.fromkeys(("late", "in_time", "past_due", "open"), 0)
    for a, b in rows:
        if a > now or (b != NONE and b < a):
            continue
        due = cn.due(at(a), minutes * 60)
        ended = b != NONE and b <= now
        name = ("late" if at(b) > due else "in_time") if ended else "past_due" if at(now) > due else "open"
        counts[name] += 1
    if not sum(counts.values()):
        with pytest.raises(InputRefused, match="no case is left"):
            measure(start, end, cn, now=now, target=minutes * 60_000)
        return
    found = measure(start, end, cn, now=now, target=minutes * 60_000).all
    assert counts == {"late": found.late, "in_time": found.in_time, "past_due": found.past_due,
                      "open": found.at_risk + found.running}  # fmt: skip
    assert sum(counts.values()) == found.cases


def test_the_interval_of_a_quantile_covers() -> None:
    rng = np.random.default_rng(5)
    draws = np.sort(rng.exponential(size=(2000, 50)), axis=1)
    for share in (0.5, 0.9):
        truth = -np.log(1 - share)
        found = [quantile(row, share) for row in draws]
        covered = np.mean([e.low <= truth <= e.high for e in found if e.low is not None and e.high is not None])
        assert 0.94 <= covered <= 0.99
    assert quantile(draws[0][:5], 0.5).value is None and quantile(draws[0][:6], 0.5).value is not None
    assert quantile(draws[0][:35], 0.9).value is None and quantile(draws[0][:36], 0.9).value is not None
    assert quantile(np.zeros(0), 0.5).n == 0


@pytest.mark.data
@pytest.mark.skipif(not PERMITS.exists(), reason="NO DATA: ../shared/data/log_permit_receipt is absent")
def test_377_of_1434_permits_ended_after_their_deadline() -> None:
    found = balm.sla(PERMITS, start="case:startdate", end="case:enddate", due="case:deadline",
                     case="case:concept:name", by=["case:channel"])  # fmt: skip
    assert found.all.cases + sum(found.rejected.values()) == 1434
    assert found.all.late == 377 and found.rejected == {"ends before it starts": 2}
    assert sum(group.late for group in found.groups) == 377 and found.all.past_due == 37
