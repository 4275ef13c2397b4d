"""Numbers, lists and kept values as texts of the reader's language."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils.translation import override

from balm.core.types import Estimate
from balm.web.site.templatetags.balm import listed, plainly


def shown(text: str, **values: object) -> str:
    return Template("{% load balm %}" + text).render(Context(values))


@pytest.mark.parametrize(("language", "expected"), [("en", "a, b"), ("zh-hans", "a、b"), ("zh-hant", "a、b")])
def test_lists_are_written_as_the_language_does(language: str, expected: str) -> None:
    with override(language):
        assert listed(["a", "b"]) == expected
        assert listed(None) == ""


@pytest.mark.parametrize(("language", "expected"), [("en", "x: y"), ("zh-hant", "x：y")])
def test_a_colon_is_that_of_the_language(language: str, expected: str) -> None:
    with override(language):
        assert shown("x{% colon %}y") == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "One. Two."), ("zh-hans", "One.Two."), ("zh-hant", "One.Two.")]
)
def test_only_english_sentences_stand_apart(language: str, expected: str) -> None:
    with override(language):
        assert shown("One.{% gap %}Two.") == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "n = 7, small"), ("zh-hans", "n = 7，样本少")])
def test_a_small_number_says_so(language: str, expected: str) -> None:
    with override(language):
        assert expected in shown("{% estimate e %}", e=Estimate(0.5, 0.2, 0.8, 7, "wilson"))


def test_what_was_kept_is_a_line_of_text() -> None:
    kept = {"rows": 12345, "none": None, "empty": [], "by": ["region", "tier"], "columns": {"text": "c", "sheet": None}}
    assert plainly(kept) == "rows: 12,345; by: region, tier; columns: text: c"
    assert plainly(False) == "False"
    assert plainly("abc") == "abc"
    assert plainly("0123456789abcdef" * 4) == "01234567…"
