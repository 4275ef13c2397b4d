"""A person's judgement of how hard a pain is to solve goes through the same model as the codebook's."""

from dataclasses import replace

from balm.core.types import Estimate, PainPoint, Priority, Trend
from balm.prioritize.judged import judged
from balm.prioritize.models import CUSTOMER_IMPACT, VALUE_EFFORT

NONE = Estimate(None, None, None, 0, "")


def pain(name: str, rank: int, points: tuple[int, int, int], effort_rank: int, ties: tuple[str, ...] = ()) -> PainPoint:
    labels = dict.fromkeys(("zh-Hans", "zh-Hant", "en"), name)
    priority = {
        CUSTOMER_IMPACT: Priority(CUSTOMER_IMPACT, "high", rank, labels, {1: 0.5}, (), False, points[:2]),
        VALUE_EFFORT: Priority(VALUE_EFFORT, "high", effort_rank, labels, {1: 0.5}, ties, False, points),
    }
    return PainPoint(name, labels, "process", 1, 1, 1, NONE, NONE, NONE, Trend("unknown", NONE, "week"), priority)


PAINS = [
    pain("a", 1, (3, 3, 1), 2, ("b",)),
    pain("b", 2, (3, 2, 2), 1, ("a", "c")),
    pain("c", 3, (2, 1, 3), 3, ("b",)),
]


def test_nothing_changes_where_people_agree_with_the_codebook() -> None:
    assert judged(PAINS, {}) == {}
    assert judged(PAINS, {"a": "low", "b": "medium", "c": "high"}) == {}


def test_a_level_of_a_person_moves_the_pain_and_says_why() -> None:
    found = judged(PAINS, {"a": "high"})
    assert {name: p.rank for name, p in found.items()} == {"a": 1, "b": 2, "c": 3}
    assert found["a"].points == (3, 3, 3) and found["a"].level == "high" and found["a"].quick_win
    assert "9 × 3 = 27" in found["a"].reason["en"]
    assert found["b"].reason == PAINS[1].priority[VALUE_EFFORT].reason


def test_what_was_resampled_with_another_level_is_not_claimed() -> None:
    found = judged(PAINS, {"a": "high"})
    assert all(p.top_k == {} for p in found.values())
    assert found["a"].tied_with == () and found["b"].tied_with == ("c",)


def test_equal_points_are_ordered_by_measured_impact() -> None:
    even = [pain("x", 2, (2, 2, 2), 2), pain("y", 1, (2, 2, 2), 1), pain("z", 3, (1, 1, 1), 3)]
    found = judged(even, {"z": "high"})
    assert [found[name].rank for name in ("y", "x", "z")] == [1, 2, 3]


def test_figures_without_points_stay_as_they_are() -> None:
    old = [replace(p, priority={m: replace(q, points=()) for m, q in p.priority.items()}) for p in PAINS]
    assert judged(old, {"a": "high"}) == {}


def test_ranks_agree_with_the_ranking_of_the_model(small_analysis) -> None:
    pains = list(small_analysis.painpoints)
    first = pains[-1]
    now = first.priority[VALUE_EFFORT].points[2]
    found = judged(pains, {first.theme_id: "high" if now != 3 else "low"})
    others = [p for p in pains if p.theme_id != first.theme_id]
    before = sorted(others, key=lambda p: p.priority[VALUE_EFFORT].rank)
    after = sorted(others, key=lambda p: found[p.theme_id].rank)
    assert [p.theme_id for p in before] == [p.theme_id for p in after]
    assert sorted(p.rank for p in found.values()) == list(range(1, len(pains) + 1))
