"""Panels, raisers and persons held against the plain sum over all rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from balm.analysis import Analysis
from balm.core.decisions import Decisions
from balm.core.errors import WrongUse
from balm.lake import tables
from balm.lake.panel import EVERYBODY, OTHERS, PanelAsk
from balm.lake.queries import Filter, Lake

LATE = ("delivery.late",)
EPOCH = dt.date(1970, 1, 1)


@pytest.fixture(scope="module")
def rows(small_analysis: Analysis) -> list[dict[str, Any]]:
    """Every comment, with `bad`: whether it complains of late delivery."""
    bad = set()
    for path in tables.files(small_analysis.folder, "mentions"):
        for row in pq.read_table(path).to_pylist():
            if row["theme_id"] in LATE and row["sentiment"] == "negative":
                bad.add((row["part"], row["row"]))
    found = [r for f in tables.files(small_analysis.folder, "feedback") for r in pq.read_table(f).to_pylist()]
    return [{**r, "bad": (r["part"], r["row"]) in bad} for r in found]


@pytest.fixture(scope="module")
def lake(small_analysis: Analysis) -> Lake:
    return Lake.open(small_analysis.folder)


def plain(rows: list[dict[str, Any]], unit: Any, value: Any, step: int, anchor: dt.date) -> dict[tuple[str, int], Any]:
    cells: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in rows:
        v = value(row)
        if unit(row) is None or row["time"] is None or v is None:
            continue
        day = (row["time"].date() - anchor).days
        cell = cells[unit(row), (anchor - EPOCH).days + day // step * step]
        cell[0] += v
        cell[1] += 1
        cell[2] += v * v
    return cells


@pytest.mark.parametrize("step", [1, 7])
@pytest.mark.parametrize("metric", ["mentions", "score", "content"])
def test_a_panel_is_the_plain_sum(rows: list[dict[str, Any]], lake: Lake, metric: Any, step: int) -> None:
    anchor = dt.date(2026, 2, 4)
    panel = lake.panel(PanelAsk(metric, LATE, least=4, unit="region", step=step, anchor=anchor))
    value = {
        "mentions": lambda r: float(r["bad"]),
        "score": lambda r: r["score"],
        "content": lambda r: None if r["score"] is None else float(r["score"] >= 4),
    }[metric]
    cells = plain(rows, lambda r: r["by:region"], value, step, anchor)
    assert panel.units == tuple(sorted({unit for unit, _ in cells}))
    assert panel.n.sum() == sum(cell[1] for cell in cells.values())
    for (unit, day), (total, n, squares) in cells.items():
        at = panel.row(unit), int(np.searchsorted(panel.days, day))
        assert panel.days[at[1]] == day
        assert (panel.total[at], panel.n[at]) == (pytest.approx(total), n)
        if panel.squares is not None:
            assert panel.squares[at] == pytest.approx(squares)
    assert (panel.kind == "mean") == (metric == "score") == (panel.squares is not None)


def test_groups_of_customers_with_merged_keys_are_units(rows: list[dict[str, Any]], small_analysis: Analysis) -> None:
    people = sorted({r["customer"] for r in rows})[:40]
    merged = {people[0]: people[1]}
    lake = Lake.open(small_analysis.folder, decisions=Decisions(customers=merged))
    panel = lake.panel(PanelAsk("mentions", LATE, groups=dict.fromkeys(people[1:20], "told")))
    assert panel.units == (OTHERS, "told")
    told = sum(r["customer"] in people[:20] for r in rows)
    assert panel.n[1].sum() == told
    assert panel.n.sum() == sum(r["time"] is not None for r in rows)


def test_one_unit_where_none_is_asked_for_and_filters_hold(rows: list[dict[str, Any]], lake: Lake) -> None:
    panel = lake.panel(PanelAsk("mentions", LATE, where=Filter(by={"channel": ("app",)})))
    assert panel.units == (EVERYBODY,)
    assert panel.total.sum() == sum(r["bad"] for r in rows if r["by:channel"] == "app")


def test_raisers_and_persons(rows: list[dict[str, Any]], lake: Lake) -> None:
    until = dt.date(2026, 3, 1)
    found = lake.raisers(LATE, Filter(last=until))
    wanted: dict[str, list[dt.datetime]] = defaultdict(list)
    for row in rows:
        if row["bad"] and row["time"].date() <= until:
            wanted[row["customer"]].append(row["time"])
    assert {r.customer: (r.comments, r.first, r.last) for r in found} == {
        key: (len(times), min(times), max(times)) for key, times in wanted.items()
    }
    some = [r.customer for r in found[:15]]
    for person in lake.persons(some, LATE):
        theirs = [r for r in rows if r["customer"] == person.customer]
        scores = [r["score"] for r in theirs if r["score"] is not None]
        assert (person.comments, person.raised) == (len(theirs), sum(r["bad"] for r in theirs))
        assert (person.scored, person.total) == (len(scores), pytest.approx(sum(scores)))
    assert lake.persons(["nobody"], LATE) == []


def test_what_cannot_be_asked_is_refused(lake: Lake) -> None:
    for asked, said in (
        (PanelAsk("mentions", LATE, unit="color"), "'color'"),
        (PanelAsk("mentions"), "theme"),
        (PanelAsk("content", LATE), "least"),
        (PanelAsk("mentions", LATE, step=0), "day"),
    ):
        with pytest.raises(WrongUse, match=said):
            lake.panel(asked)
    assert lake.panel(PanelAsk("mentions", LATE, where=Filter(text="nobody ever wrote this"))).n.size == 0
