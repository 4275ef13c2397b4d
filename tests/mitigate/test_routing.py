"""Rules: the first that fits decides, says why, and bad ones are refused by their place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.core.errors import InputRefused
from balm.core.types import Scale
from balm.mitigate.routing import Facts, Routed, Rule, Then, When, Why, from_json, route, to_json, unreachable

RULES = from_json(
    [
        {"name": "safety", "when": {"intent": ["safety", "legal"]}, "then": {"team": "law", "priority": "urgent"}},
        {"when": {"theme": ["late"], "attribute": {"region": ["north", "west"]}}, "then": {"team": "vans"}},
        {"when": {"low": True, "language": ["zh-Hans"]}, "then": {"owner": "li", "macro": "sorry"}},
        {"when": {"score": 2.5, "emotion": ["anger"]}, "then": {"policy": "fast"}},
        {"when": {"target": ["policy"], "kind": ["communication"], "urgency": ["soon"]}, "then": {"team": "rules"}},
        {"then": {"team": "desk"}},
    ]
)


def test_the_first_that_fits_decides_and_says_why() -> None:
    both = Facts(theme=frozenset({"late"}), intent=frozenset({"legal"}), attribute={"region": "north"})
    assert route(both, RULES) == Routed(1, Then(team="law", priority="urgent"),
                                        (Why("intent", ("safety", "legal"), ("legal",)),))  # fmt: skip
    late = route(Facts(theme=frozenset({"late"}), attribute={"region": "west"}), RULES)
    assert late.number == 2 and late.why[1] == Why("attribute region", ("north", "west"), ("west",))
    low = route(Facts(score=6, scale=Scale.NPS, language=frozenset({"zh-Hans"})), RULES)
    assert low.number == 3 and low.why[-1] == Why("low", ("nps",), ("6",))
    assert route(Facts(score=6, scale=Scale.CES, language=frozenset({"zh-Hans"})), RULES).number == 6
    angry = route(Facts(score=2.5, emotion=frozenset({"anger"})), RULES)
    assert angry.number == 4 and Why("score", ("2.5",), ("2.5",)) in angry.why
    person = Facts(target=frozenset({"policy"}), kind=frozenset({"communication"}), urgency=frozenset({"soon"}))
    assert route(person, RULES).then.team == "rules"


def test_what_is_not_known_does_not_fit_and_nothing_fits_no_rule() -> None:
    assert route(Facts(), RULES) == Routed(6, Then(team="desk"))
    assert route(Facts(), RULES[:-1]) == Routed(0, Then())
    assert route(Facts(score=float("nan"), emotion=frozenset({"anger"})), RULES).number == 6
    assert route(Facts(score=1, language=frozenset({"zh-Hans"})), RULES).number == 6  # low on which scale?


def test_rules_that_never_decide_are_told() -> None:
    wide = [Rule(When(theme=("late", "lost")), Then("a")), Rule(When(score=3), Then("b"))]
    narrow = [
        Rule(When(theme=("late",), low=True), Then("c")),
        Rule(When(score=2), Then("d")),
        Rule(When(score=4), Then("e")),
        Rule(When(theme=("late", "rude")), Then("f")),
        Rule(When(), Then("g")),
        Rule(When(attribute={"region": ("north",)}), Then("h")),
    ]
    assert unreachable([*wide, *narrow]) == (3, 4, 8)
    assert unreachable(RULES) == ()


some = st.lists(st.sampled_from("abc"), unique=True, max_size=2).map(tuple)
some_at_least = st.lists(st.sampled_from("abc"), unique=True, min_size=1, max_size=2).map(tuple)
whens = st.builds(
    When, theme=some, score=st.none() | st.integers(0, 3).map(float), low=st.booleans(),
    attribute=st.dictionaries(st.sampled_from("xy"), some_at_least, max_size=2),
)  # fmt: skip
facts = st.builds(
    Facts, theme=st.frozensets(st.sampled_from("abcd")), score=st.none() | st.integers(0, 4).map(float),
    scale=st.sampled_from([None, Scale.NPS, Scale.BINARY]),
    attribute=st.dictionaries(st.sampled_from("xy"), st.sampled_from("abcd")),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(whens, max_size=6), st.lists(facts, min_size=5, max_size=5))
def test_an_unreachable_rule_indeed_never_decides_and_json_keeps_all(rows: list[When], cases: list[Facts]) -> None:
    rules = tuple(Rule(when, Then(team=str(i)), f"rule {i}") for i, when in enumerate(rows))
    never = unreachable(rules)
    assert all(route(case, rules).number not in never for case in cases)
    assert from_json(json.loads(json.dumps(to_json(rules)))) == rules


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({}, "rules: is a list"),
        ([1], "rule 1: is an object"),
        ([{"when": {}}], "rule 1, then: is an object"),
        ([{"then": {}}], "rule 1, then: gives at least one"),
        ([{"then": {"team": 7}}], "rule 1, then: gives at least one"),
        ([{"then": {"team": "a", "boss": "b"}}], "rule 1, then: 'boss' is not known"),
        ([{"then": {"team": "a"}}, {"then": {"priority": "now"}}], "rule 2, priority: is one of"),
        ([{"then": {"team": "a"}, "name": 1}], "rule 1: its name"),
        ([{"then": {"team": "a"}, "when": {"mood": ["bad"]}}], "rule 1, when: 'mood' is not known"),
        ([{"then": {"team": "a"}, "when": {"kind": ["weather"]}}], "rule 1, when, kind: 'weather' is none of"),
        ([{"then": {"team": "a"}, "when": {"theme": []}}], "rule 1, when, theme: is a list of one"),
        ([{"then": {"team": "a"}, "when": {"theme": "late"}}], "rule 1, when, theme: is a list of one"),
        ([{"then": {"team": "a"}, "when": {"score": "low"}}], "rule 1, when, score: 'low' is not a number"),
        ([{"then": {"team": "a"}, "when": {"low": 1}}], "rule 1, when, low: is true or false"),
        ([{"then": {"team": "a"}, "when": {"attribute": ["x"]}}], "rule 1, when, attribute: is an object"),
        ([{"then": {"team": "a"}, "when": {"attribute": {"x": [1]}}}], "rule 1, when, attribute x: is a list"),
    ],
)
def test_rules_that_make_no_sense_are_refused_by_their_place(value: Any, place: str) -> None:
    with pytest.raises(InputRefused) as error:
        from_json(value)
    assert place in str(error.value) and error.value.code == "routing_form"
