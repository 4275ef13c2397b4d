"""The form of edits: JSON, and what is said of a wrong one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from balm.core.errors import WrongUse
from balm.understand.codebook.edits import AddPhrases, AddTheme, edit_from_json, edits_from_json, new_id
from balm.understand.codebook.refusal import EditRefused


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["rename"], "not_object", "no object"),
        ({"theme": "a.b"}, "missing_field", "“edit”"),
        ({"edit": "renam"}, "unknown_kind", "did you mean “rename”"),
        ({"edit": "rename", "theme": "a.b"}, "missing_field", "“labels”"),
        ({"edit": "rename", "theme": "a.b", "label": {}}, "unknown_field", "did you mean “labels”"),
        ({"edit": "rename", "theme": "A b", "labels": {"en": "x"}}, "bad_id", "“A b” is no id"),
        ({"edit": "rename", "theme": "a.b", "labels": {}}, "no_label", "at least one of"),
        ({"edit": "rename", "theme": "a.b", "labels": {"en": "  "}}, "empty_text", "“labels” is empty"),
        ({"edit": "rename", "theme": "a.b", "labels": {"fr": "x"}}, "unknown_language", "“fr”"),
        ({"edit": "rename", "theme": "a.b", "labels": {"en": 3}}, "wrong_type", "must be a text"),
        ({"edit": "rename", "theme": "a.b", "labels": {"en": "x" * 201}}, "long_text", "at most 200"),
        ({"edit": "merge", "from": ["a.b", "a.c"], "into": "a.b"}, "into_itself", "merged into itself"),
        ({"edit": "merge", "from": [], "into": "a.b"}, "nothing_given", "“from” holds nothing"),
        ({"edit": "merge", "from": ["a.c", "a.c"], "into": "a.b"}, "given_twice", "“a.c” stands twice"),
        ({"edit": "split", "theme": "a.b", "parts": []}, "nothing_given", "“parts”"),
        ({"edit": "split", "theme": "a.b", "parts": [{"theme": "a.c"}]}, "missing_field", "“labels”"),
        ({"edit": "split", "theme": "a.b", "parts": "a.c"}, "wrong_type", "must be a list"),
        ({"edit": "move", "theme": "a.b", "parent": "a.b"}, "under_itself", "under itself"),
        ({"edit": "accept", "proposal": "found.1", "labels": {"en": "x"}, "parent": None, "kind": "bug"},
         "unknown_choice", "use process, product"),
        ({"edit": "add_phrases", "theme": "a.b", "phrases": {"zh": [], "en": []}}, "nothing_given", "“phrases”"),
        ({"edit": "add_phrases", "theme": "a.b", "phrases": {"zh-Hans": ["慢"]}}, "unknown_language", "use zh, en"),
        ({"edit": "add_phrases", "theme": "a.b", "phrases": {"zh": "慢"}}, "wrong_type", "must be a list"),
        ({"edit": "add_phrases", "theme": "a.b", "phrases": {"zh": ["慢"]}, "role": "no"}, "unknown_choice", "praise"),
        ({"edit": "add_phrases", "theme": "a.b", "phrases": {"zh": ["慢"] * 201}}, "too_many", "at most 200"),
        ({"edit": "add_examples", "theme": "a.b"}, "nothing_given", "“include”"),
        ({"edit": "archive", "theme": None}, "wrong_type", "“theme” must be a text"),
    ],
)  # fmt: skip
def test_wrong_form_names_the_place_and_the_mend(given: Any, code: str, said: str) -> None:
    with pytest.raises(WrongUse) as caught:
        edits_from_json([{"edit": "archive", "theme": "a.b"}, given])
    assert isinstance(caught.value, EditRefused)
    assert caught.value.code == code
    assert str(caught.value).startswith("edit 2: ")
    assert said in str(caught.value)
    assert re.match(r"第 2 项修改：.*[\u4e00-\u9fff]", caught.value.say("zh-Hans"))
    assert re.match(r"第 2 項修改：.*[\u4e00-\u9fff]", caught.value.say("zh-Hant"))


def test_texts_are_tidied() -> None:
    edit = edit_from_json({"edit": "add_phrases", "theme": "a.b", "phrases": {"zh": [" ＡＰＰ　＋ 崩溃 ", "慢", "慢"]}})
    assert edit == AddPhrases("a.b", {"zh": ("APP + 崩溃", "慢")})


def test_new_ids_are_readable_and_never_taken_twice() -> None:
    assert new_id({"en": "Drone lost — twice!"}, "delivery", []) == "delivery.drone_lost_twice"
    assert new_id({"en": "Drone"}, None, []) == "own.drone"
    assert new_id({"en": "3 machines"}, "", []) == "g_3_machines"
    hashed = new_id({"zh-Hans": "无人机"}, "delivery", [])
    assert re.fullmatch(r"delivery\.t[0-9a-f]{8}", hashed)
    assert hashed == new_id({"zh-Hans": "无人机"}, "delivery", [])
    taken = {"own.drone", "own.drone_2"}
    assert new_id({"en": "Drone"}, None, taken) == "own.drone_3"
    long = new_id({"en": "word " * 40}, "delivery", [])
    assert AddTheme(long, {"en": "x"}, "delivery", "process").theme == long
