"""Times and scores in the forms people write them."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.collect.dates import NO_TIME, TimeReader
from balm.collect.scores import parse_score, read_scores
from balm.core.types import Scale


def at(value: object, reader: TimeReader | None = None) -> str | None:
    times, _ = (reader or TimeReader()).read([value])
    return None if times[0] == NO_TIME else str(np.datetime64(int(times[0]), "ms"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-01-05", "2024-01-05T00:00:00.000"),
        ("2024-01-05 08:03", "2024-01-05T08:03:00.000"),
        ("2024-01-05T10:11:12.345+08:00", "2024-01-05T02:11:12.345"),
        ("2024-01-05T10:11:12Z", "2024-01-05T10:11:12.000"),
        ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52.000"),
        ("2024/1/5 8:03", "2024-01-05T08:03:00.000"),
        ("2024.1.5", "2024-01-05T00:00:00.000"),
        ("05-01-2024", "2024-01-05T00:00:00.000"),
        ("31/01/2024 23:59:59", "2024-01-31T23:59:59.000"),
        ("01/31/2024", "2024-01-31T00:00:00.000"),
        ("1/5/24 3:04 PM", "2024-05-01T15:04:00.000"),
        ("5 Jan 2024", "2024-01-05T00:00:00.000"),
        ("5th January, 2024 12:30 am", "2024-01-05T00:30:00.000"),
        ("Jan 5, 2024", "2024-01-05T00:00:00.000"),
        ("Fri, 05 Jan 2024 10:11:12 GMT", "2024-01-05T10:11:12.000"),
        ("Tue Feb 24 11:35:52 +0000 2015", "2015-02-24T11:35:52.000"),
        ("2024年1月5日", "2024-01-05T00:00:00.000"),
        ("2024年1月5日 下午3:04", "2024-01-05T15:04:00.000"),
        ("2024年1月5日15时04分", "2024-01-05T15:04:00.000"),
        ("2024年1月", "2024-01-01T00:00:00.000"),
        ("113/1/5", "2024-01-05T00:00:00.000"),
        ("民國99年1月5日", "2010-01-05T00:00:00.000"),
        ("20240105", "2024-01-05T00:00:00.000"),
        ("20240105T101112", "2024-01-05T10:11:12.000"),
        ("1704420672", "2024-01-05T02:11:12.000"),
        ("1704420672000", "2024-01-05T02:11:12.000"),
        (1704420672, "2024-01-05T02:11:12.000"),
        ("45296.5", "2024-01-05T12:00:00.000"),
        (45296, "2024-01-05T00:00:00.000"),
        (dt.datetime(2024, 1, 5, 8, 3), "2024-01-05T08:03:00.000"),
        (dt.date(2024, 1, 5), "2024-01-05T00:00:00.000"),
        ("2024-02-30", None),
        ("2024-13-01", None),
        ("99/1/5", None),
        ("12:30:00", None),
        ("someday", None),
        ("3", None),
    ],
)
def test_times(written: object, meant: str | None) -> None:
    assert at(written) == meant


def test_many_forms_in_one_column_and_what_is_missing() -> None:
    cells = ["2024-01-05", "5 Jan 2024", None, "", "N/A", "2024年1月5日", "05/01/2024", "1704412800", "nonsense"]
    times, bad = TimeReader().read(cells)
    assert set(times[[0, 1, 5, 6]].tolist()) == {1704412800000} and times[7] == 1704412800000
    assert np.flatnonzero(times == NO_TIME).tolist() == [2, 3, 4, 8]
    assert np.flatnonzero(bad).tolist() == [8]


@pytest.mark.parametrize(
    ("sample", "order"),
    [
        (["01/13/2024", "02/03/2024"], "month"),
        (["13/01/2024", "02/03/2024"], "day"),
        (["01/02/2024", "02/02/2024", "05/02/2024", "07/02/2024"], "day"),
        (["02/01/2024", "02/02/2024", "02/05/2024", "02/07/2024"], "month"),
        ([], "day"),
    ],
)
def test_the_order_of_day_and_month_follows_the_column(sample: list[str], order: str) -> None:
    assert TimeReader.of(sample).order == order


def test_arrow_times_with_a_zone_become_utc() -> None:
    moment = dt.datetime(2024, 1, 5, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    column = pa.chunked_array([pa.array([moment, None], pa.timestamp("us", "Asia/Shanghai"))])
    times, bad = TimeReader().read(column)
    assert times.tolist() == [1704412800000, NO_TIME]
    assert not bad.any()


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2199, 12, 31)))
def test_iso_round_trip(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    expected = np.datetime64(moment, "ms")
    for written in (
        moment.isoformat(),
        moment.strftime("%d.%m.") + f"{moment.year:04}",
        f"{moment:%Y}年{moment:%m}月{moment:%d}日",
    ):
        got = at(written)
        assert got is not None and np.datetime64(got, "D") == expected.astype("datetime64[D]")
    assert np.datetime64(str(at(moment.isoformat())), "ms") == expected


@pytest.mark.parametrize(
    ("written", "score"),
    [
        ("4", 4),
        ("4.0", 4),
        ("4,5", 4.5),
        (" ４分 ", 4),
        ("★★★★", 4),
        ("★★★☆☆", 3),
        ("⭐⭐", 2),
        ("5星", 5),
        ("五星", 5),
        ("4/5", 4),
        ("10 out of 10", 10),
        ("4 stars", 4),
        ("好评", 1),
        ("中評", 0),
        ("差评", -1),
        ("Negative", -1),
        ("very satisfied", 1),
        ("neutral or dissatisfied", -1),
        ("不满意", -1),
        (True, 1),
        (3, 3),
        ("8/5", None),
        ("great fun", None),
        ("five", None),
    ],
)
def test_scores(written: object, score: float | None) -> None:
    assert parse_score(written) == score


@pytest.mark.parametrize("cell", ["", None, "n/a", "NaN", "-", "无", float("nan")])
def test_no_score(cell: object) -> None:
    score = parse_score(cell)
    assert score is not None and math.isnan(score)


def test_a_score_off_its_scale_is_not_a_score() -> None:
    scores, bad = read_scores(["5", "6", "0", "", "x"], Scale.STARS)
    assert scores[0] == 5 and np.isnan(scores[1:]).all()
    assert bad.tolist() == [False, True, True, False, True]
    column = pa.chunked_array([pa.array([1, None, 11])])
    scores, bad = read_scores(column, Scale.NPS)
    assert scores[0] == 1 and np.isnan(scores[1:]).all() and bad.tolist() == [False, False, True]
