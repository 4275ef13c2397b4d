"""The simulated company holds what its truth says."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from balm.core.errors import WrongUse
from balm.simulate import Fix, simulate
from balm.simulate.company import MENTIONED, PAINS, PRAISES
from balm.simulate.speech import Speech


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    first = simulate(comments=300, seed=3).write(tmp_path / "a")
    again = simulate(comments=300, seed=3).write(tmp_path / "b")
    other = simulate(comments=300, seed=4).write(tmp_path / "c")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert first[0].read_bytes() != other[0].read_bytes()


def test_planted_rates_and_lifts_are_in_the_words() -> None:
    made = simulate(comments=20_000, seed=5)
    regions = np.array(made.feedback["region"].to_pylist())
    late = np.array(["late_delivery" in said for said in made.said])
    pain = next(p for p in PAINS if p.name == "late_delivery")
    inside, outside = late[regions == "South"].mean(), late[regions != "South"].mean()
    assert outside == pytest.approx(pain.rate * MENTIONED, abs=0.012)
    assert inside / outside == pytest.approx(pain.lift, rel=0.15)


def test_the_release_breaks_the_app_on_android_only_afterwards() -> None:
    made = simulate(comments=20_000, seed=6)
    day = np.array(made.feedback["created_at"].to_numpy(), "datetime64[D]")
    crash = np.array(["app_crash" in said for said in made.said])
    after = day >= np.datetime64(made.truth["releases"][0]["date"])
    assert crash[after].mean() > 5 * crash[~after].mean()


def test_pains_cost_score_and_decoys_do_not() -> None:
    made = simulate(comments=20_000, seed=8)
    score = np.array(made.feedback["csat"].to_pylist(), dtype=float)
    known = np.isfinite(score)
    topics = [*(p.name for p in PAINS), *PRAISES, "price_talk", "neutral_order"]
    said = np.array([[t in s for t in topics] for s in made.said], float)[known]
    design = np.column_stack([np.ones(known.sum()), said])
    effect = dict(zip(topics, np.linalg.lstsq(design, score[known], rcond=None)[0][1:], strict=True))
    assert all(effect[p.name] < -0.3 for p in PAINS)
    assert abs(effect["neutral_order"]) < 0.2  # those who keep a pain to themselves talk of something neutral
    assert effect["price_talk"] > -0.15


def test_every_topic_speaks_three_languages_and_every_slot_is_filled() -> None:
    speech = Speech.load()
    rng = np.random.default_rng(0)
    for topic in speech.book["topics"]:
        for language in ("zh-Hans", "zh-Hant", "en"):
            said = {speech.sentence(topic, language, rng) for _ in range(60)}
            assert len(said) >= 4
            assert not any("{" in s for s in said)


def test_comments_are_varied() -> None:
    made = simulate(comments=4000, seed=9)
    assert len(set(made.feedback["comment"].to_pylist())) > 0.8 * 4000


@pytest.mark.parametrize(("comments", "months"), [(0, 6), (10, 0), (10, 61)])
def test_bounds_are_refused(comments: int, months: int) -> None:
    with pytest.raises(WrongUse):
        simulate(comments=comments, months=months)


def test_a_second_file_goes_on_with_the_same_people_and_a_fix_lands_where_it_is_planted() -> None:
    july = dt.date(2026, 7, 1)
    fix = Fix("late_delivery", dt.date(2026, 8, 1), keep=0.1, where={"region": ("South",)}, end=dt.date(2026, 11, 1))
    first = simulate(comments=6_000, customers=3_000)
    more = simulate(comments=20_000, customers=3_000, months=6, start=july, number=6_000, fixes=[fix])
    assert more.feedback["feedback_id"][0].as_py() == "F0006000"
    region = [dict(zip(m.feedback["customer_id"].to_pylist(), m.feedback["region"].to_pylist(), strict=True))
              for m in (first, more)]  # fmt: skip
    both = region[0].keys() & region[1].keys()
    assert len(both) > 1_000 and all(region[0][key] == region[1][key] for key in both)
    assert more.truth["fixes"][0]["pain"] == "late_delivery"
    day = np.array(more.feedback["created_at"].to_numpy(), "datetime64[D]")
    assert day.min() >= np.datetime64(july)
    late = np.array(["late_delivery" in said for said in more.said])
    south = np.array(more.feedback["region"].to_pylist()) == "South"
    fixed = (day >= np.datetime64(fix.start)) & (day < np.datetime64(fix.end))
    assert late[south & fixed].mean() < 0.25 * late[south & ~fixed].mean()
    assert late[~south & fixed].mean() > 0.8 * late[~south & ~fixed].mean()


def test_a_fix_of_nothing_and_a_start_within_a_month_are_refused() -> None:
    with pytest.raises(WrongUse, match="no pain called nothing"):
        simulate(comments=10, fixes=[Fix("nothing", dt.date(2026, 3, 1))])
    for start in (dt.date(2026, 3, 2), dt.date(2025, 1, 1)):
        with pytest.raises(WrongUse, match="first of a month"):
            simulate(comments=10, start=start)
