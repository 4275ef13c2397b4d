"""A fix that the simulator plants is found in what customers write, and one that is not there is not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from balm.core.verdicts import Outcome
from balm.simulate import simulate
from balm.simulate.company import Fix
from balm.web.experiments import advice, reading

START = dt.date(2026, 6, 1)
THEMES = ("delivery.late", "delivery.not_shipped", "delivery.tracking", "delivery.lost")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> reading.Source:
    """Nine months; from June on parcels to the South come in time."""
    import balm

    folder = tmp_path_factory.mktemp("planted")
    fix = Fix("late_delivery", START, keep=0.05, where={"region": ("South",)})
    data, _truth = simulate(comments=9000, months=9, customers=4000, fixes=(fix,)).write(folder)
    balm.analyze(data, out=folder / "analysis")
    return reading.Source(str(folder / "analysis"))


def spec(**changes: Any) -> dict[str, Any]:
    return {
        "metric": "mentions",
        "kind": "share",
        "themes": THEMES,
        "by": "region",
        "known": "attribute",
        "exposed": {"South": str(START)},
        "comparison": ["North", "Taiwan", "Hong Kong", "Overseas"],
        "design": "did",
        "margin": 0.015,
        "remainder": 0.5,
        "soak": 7,
        "end": "2026-09-27",
        "minimum": 100,
        "step": 7,
    } | changes


def people(source: reading.Source, region: str) -> dict[str, list[str]]:
    from balm.lake.queries import Filter, Lake

    page = Lake.open(Path(source.folder)).page(Filter(by={"region": (region,)}), size=20_000)
    return {one.customer: ["exposed", str(START)] for one in page.comments if one.customer}


def test_a_fix_is_found_by_list_and_by_its_own_past(source: reading.Source) -> None:
    listed = reading.read(source, spec(known="list"), people(source, "South"))
    assert listed.verdict.outcome in (Outcome.GONE, Outcome.REDUCED)
    assert listed.verdict.reading.effect.high < -0.03
    alone = reading.read(source, spec(design="its"), {})
    assert alone.verdict.outcome in (Outcome.GONE, Outcome.REDUCED)


def test_where_nothing_was_done_nothing_is_found(source: reading.Source) -> None:
    """The North has no fix; the South, which has one, is left out of the comparison."""
    south = {key: ["excluded", ""] for key in people(source, "South")}
    found = reading.read(source, spec(known="list"), people(source, "North") | south)
    assert found.verdict.outcome in (Outcome.UNCHANGED, Outcome.CANNOT_TELL)


def test_the_time_before_tells_which_effect_would_be_seen(source: reading.Source) -> None:
    before = spec(known="list", exposed={}, comparison=[])
    found = advice.advise(
        source, before | {"end": "2026-12-27"}, {k: ["exposed", "2026-10-05"] for k in people(source, "South")}
    )
    did = next(one for one in found.tried if one.design == "did")
    assert did.possible
    assert 0.005 < did.sees < 0.06
