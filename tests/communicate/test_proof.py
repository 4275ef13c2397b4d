"""Verdicts in words and pictures, in three languages."""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import balm.proof
from balm.communicate import proof, svg
from balm.communicate.echarts import option
from balm.communicate.messages import WORDS, pick, same
from balm.communicate.proof_facts import DETAILS
from balm.communicate.table import render_figure
from balm.core.types import LANGUAGES, Estimate
from balm.core.verdicts import Assumption, Design, Outcome, PathPoint, Reading, Registered, Verdict

EVERY = (
    "exposed_known", "enough_data", "metric_complete", "baseline_long_enough", "after_long_enough", "chosen_for_worst",
    "one_unit_does_not_rule", "could_not_be_computed", "parallel_before", "comparison_clean", "enough_units",
    "starts_known", "season_covered", "autocorrelation", "no_other_break", "no_comparison", "fit_before",
    "donors_enough", "placebo", "balance", "overlap", "sample_ratio", "exposure_logged", "looked_at_daily",
    "guardrail", "crossed_over", "sealed", "registered_before", "voice",
)  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_every_assumption_is_a_sentence_in_every_state_and_language(name):
    for ok in (True, False, None):
        told = proof.why(Assumption(name, ok))
        assert set(told) == set(LANGUAGES)
        assert all(text[-1] in ".。" and "{" not in text and "_" not in text for text in told.values())
    assert proof.check_name(name)["en"] != name
    states = {proof.why(Assumption(name, ok))["en"] for ok in (True, False, None)}
    assert len(states) == (1 if name == "no_comparison" else 3)


def test_every_assumption_that_is_made_has_words():
    """Those of the designs as well: read from the source, since no panel breaks all of them."""
    folder = Path(inspect.getfile(balm.proof)).parent
    source = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    made = set(re.findall(r'Assumption\(\s*"(\w+)"', source))
    assert len(made) > 12
    assert not {name for name in made if f"proof.why.{name}.no" not in WORDS}


FACTS = [
    ("exposed_known", {"missing": ["North 7", "North 8"]}, "Not in the data: North 7, North 8."),
    ("exposed_known", {"missing": [str(i) for i in range(9)]}, "Not in the data: 0, 1, 2, 3, 4, … (+4)."),
    ("exposed_known", {"registered": 0, "missing": []}, "Nobody is registered as exposed."),
    ("exposed_known", {"missing": []}, "is not known who has the fix."),
    ("enough_data", {"thin": {"comparison_after": 1034}, "minimum": 2000}, "comparison after: 1,034; needed: 2,000."),
    ("enough_data", {"n": 40, "minimum": 100}, "40, needed: 100."),
    ("metric_complete", {"gap": 31, "gap_start": "2026-03-02", "unit": ""}, "Nothing for 31 days from 2 Mar 2026."),
    ("metric_complete", {"gap": 1, "gap_start": "2026-03-02", "unit": "S1"}, "1 day from 2 Mar 2026. The unit is S1."),
    ("metric_complete", {"gap": 0, "gap_start": ""}, "unlike may be compared with unlike."),
    ("baseline_long_enough", {"days": 5, "least_days": 28}, "There are 5 days; at least 28 are needed."),
    ("chosen_for_worst", {"expected": -0.021, "kind": "share"}, "a change of −2.1 points is to be expected."),
    ("chosen_for_worst", {"expected": 0.21, "kind": "mean"}, "a change of 0.21 is to be expected."),
    ("one_unit_does_not_rule", {"unit": "S1", "share": 0.6}, "S1 has 60.0% of it."),
    ("one_unit_does_not_rule", {"unit": "S1", "reverses": True}, "Without S1 the change goes the other way."),
    ("parallel_before", {"p": 0.00004}, "p < 0.001."),
    (
        "parallel_before",
        {"carried": -0.021, "kind": "share"},
        "allowing for that and for its error, no effect is sure.",
    ),
    ("sample_ratio", {"p": 0.0086}, "p = 0.009."),
    ("could_not_be_computed", {"message": "singular"}, "The program says: singular"),
    ("placebo", {"rank": 39, "of": 45}, "It ranks 39 of 45."),
    ("overlap", {"outside": ["S1", "S2"]}, "Units: S1, S2."),
    ("season_covered", {"years": 0.25}, "It is 0.2 years long."),
    ("season_covered", {"years": 0.5, "allowed": True}, "The interval allows for a yearly season of a usual size."),
    ("enough_units", {"units": 1, "comparison_units": 9, "least": 2}, "comparison: 9; of each at least 2 are needed."),
    ("placebo", {"p": float("nan")}, "gives gaps as large."),
]


@pytest.mark.parametrize(("name", "facts", "end"), FACTS)
def test_the_figures_of_an_assumption_are_named(name, facts, end):
    told = proof.why(Assumption(name, False, facts))
    assert told["en"].endswith(end)
    assert all("None" not in text and "nan" not in text for text in told.values())


ODD = (None, "", "x", 0, -1, 2.5, float("nan"), float("inf"), [], ["a"], {}, {"a": 1}, {"exposed_after": 3}, True)


@pytest.mark.parametrize("name", EVERY)
def test_odd_or_missing_facts_never_break_a_sentence(name):
    keys = {key for wanted, _, _ in DETAILS.get(name, ()) for key in wanted} | {"kind"}
    for value, ok in itertools.product(ODD, (True, False, None)):
        told = proof.why(Assumption(name, ok, dict.fromkeys(keys, value)))
        assert all(text and "nan" not in text for text in told.values())


def test_what_is_not_ours_is_named():
    assert proof.why(Assumption("moon_phase", False))["en"] == "moon_phase does not hold"
    assert proof.design("foreign")["zh-Hans"] == proof.compares("foreign")["en"] == "foreign"


def test_every_outcome_and_design_has_its_term():
    assert [proof.outcome(o)["zh-Hans"] for o in Outcome] == ["已消除", "已减轻", "无变化", "变差", "无法判断"]
    assert [proof.outcome(o)["zh-Hant"] for o in Outcome] == ["已消除", "已減輕", "無變化", "變差", "無法判斷"]
    assert proof.design(Design.DID)["zh-Hant"] == "雙重差分"
    for name in Design:
        assert proof.compares(name)["en"].endswith(".")
        assert proof.compares(name)["zh-Hans"] != proof.design(name)["zh-Hans"]


def estimate(value: float, half: float) -> Estimate:
    return Estimate(value, value - half, value + half, 900, "t")


READING = Reading(
    estimate(-0.077, 0.018), estimate(0.118, 0.016), estimate(0.041, 0.009), estimate(0.35, 0.1), 0.001, {}
)
CHECK = Registered(Design.DID, {"a": 1}, margin=0.02)


def said(outcome: Outcome, *because: str, registered=CHECK, reading=READING, assumptions=(), **more):
    return proof.sentence(Verdict(outcome, because, reading, assumptions), registered, **more)


def test_a_verdict_says_from_what_to_what_with_intervals():
    contacts = same("the share of contacts that mention it")
    assert said(Outcome.REDUCED, "better_side", what=contacts)["en"] == (
        "Reduced, but not gone. After the fix, the share of contacts that mention it is 4.1% (3.2–5.0) instead of "
        "11.8% (10.2–13.4) without it; difference: −7.7 (−9.5 … −5.9) points."
    )
    assert said(Outcome.REDUCED)["zh-Hans"] == (
        "已减轻，但没有消除。改进后，出现此问题的占比为 4.1% (3.2–5.0)；若未改进，应为 11.8% (10.2–13.4)。"
        "差异：−7.7 (−9.5 … −5.9) 个百分点。"
    )
    gone = said(Outcome.GONE, reading=Reading(**{f: getattr(READING, f) for f in Reading.__slots__} | {
        "remaining": Estimate(0.1, 0.02, 0.18, 900, "fieller")}))  # fmt: skip
    assert gone["en"].endswith("At most 18% of it is left; registered as gone: 20%.")


def test_a_score_is_written_as_a_score():
    higher = Registered(Design.MATCHED, {"a": 1}, better="higher", margin=0.1)
    told = said(Outcome.UNCHANGED, "smaller_than_margin", registered=higher, kind="mean")["en"]
    assert told.startswith("Unchanged: there is a difference, but it is smaller than the ±0.10 registered")
    assert "%" not in told and "the mean is" in told
    assert said(Outcome.REDUCED, "no_target", registered=higher, kind="mean")["en"].startswith("Better. No target")


def test_where_nothing_was_compared_the_fix_is_not_given_the_credit():
    alone = Registered(Design.ITS, {"a": 1})
    told = said(Outcome.REDUCED, registered=alone)
    assert told["en"].endswith("the change is only known to have come with the fix.")
    assert "同時出現" in told["zh-Hant"] and "instead of" not in told["en"]


def test_cannot_tell_says_because_of_what():
    failed = Assumption("baseline_long_enough", False, {"days": 5, "least_days": 28}, fatal=True)
    told = said(Outcome.CANNOT_TELL, "baseline_long_enough", assumptions=(failed,), reading=None)
    assert told["en"].startswith("Cannot tell, because of this: There is too little time before")
    assert told["zh-Hant"].startswith("無法判斷，原因：") and "5 天" in told["zh-Hant"]
    assert "too wide" in said(Outcome.CANNOT_TELL, "too_wide")["en"]
    assert "minimum of" not in said(Outcome.CANNOT_TELL, "enough_data")["en"]
    assert "registered minimum" in said(Outcome.CANNOT_TELL, "enough_data")["en"]


# the picture


def path(n: int = 20, level: float = 0.1, step: int = 7) -> tuple[PathPoint, ...]:
    first = dt.date(2026, 1, 5)
    return tuple(
        PathPoint(
            first + dt.timedelta(i * step),
            Estimate(level * (1 if i < n // 2 else 0.4), level * 0.3, level * 1.1, 300, "wilson"),
            Estimate(level * 1.05, level * 0.9, level * 1.2, 300, "t"),
            i >= n // 2,
        )
        for i in range(n)
    )


FIGURE = proof.counterfactual(path(), start=dt.date(2026, 3, 16), soak=14)


def test_the_picture_has_both_lines_with_bands_and_the_start():
    made = option(FIGURE, "en")
    ids = [s["id"] for s in made["series"]]
    assert ids == ["low0", "width0", "low1", "width1", "line0", "line1"]
    lines = made["series"][-2:]
    assert [s["lineStyle"]["type"] for s in lines] == ["solid", "dashed"]
    assert lines[0]["markLine"]["data"][0]["label"]["formatter"] == "Fix from 16 Mar 2026, soak 14 days"
    area = lines[0]["markArea"]["data"][0]
    assert (area[1]["xAxis"] - area[0]["xAxis"]) / 86_400_000 == 14
    json.dumps(made, allow_nan=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawing_shows_both_in_every_language(language):
    root = ET.fromstring(svg(FIGURE, language))
    space = "{http://www.w3.org/2000/svg}"
    words = [element.text for element in root.iter(f"{space}text")]
    for series in FIGURE.series:
        assert pick(series.label, language) in words
    classes = [element.attrib.get("class") for element in root.iter(f"{space}path")]
    assert classes.count("band") == 2
    assert pick(FIGURE.marks[0].label, language) in words


def test_its_table_says_the_same():
    table = FIGURE.table()
    assert len(table.rows) == 20 and len(table.columns) == 4
    text = render_figure(table)
    assert "10.0% (3.0–11.0)" in text and "10.5% (9.0–12.0)" in text and "300" in text


def test_scores_keep_to_a_scale_on_which_they_can_be_seen():
    figure = proof.counterfactual(path(level=4.0), kind="rate")
    assert figure.low == 0.0
    points = tuple(
        PathPoint(p.start, estimate(4.1 + i * 0.01, 0.1), estimate(4.0, 0.1), p.after) for i, p in enumerate(path())
    )
    mean = proof.counterfactual(points, kind="mean")
    assert 3.5 < mean.low < 4.0
    assert 4.3 < mean.high < 5
    axis = option(mean, "en")["yAxis"]
    assert axis["min"] == mean.low and "%" not in svg(mean)


def test_nothing_is_a_picture_too():
    for empty in (proof.counterfactual(()), proof.counterfactual(path()[:1], start=dt.date(2027, 1, 1), soak=9)):
        ET.fromstring(svg(empty))
        option(empty, "zh-Hant")
    assert proof.counterfactual(()).empty
