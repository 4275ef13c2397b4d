"""The search for phrases against a plain reference that reads one clause at a time."""

from __future__ import annotations

import itertools
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.understand.block import Block
from balm.understand.codebook.model import Rule, Term, parse_rule
from balm.understand.phrases import Found, Phrases


def occurrences(term: Term, clause: str) -> list[tuple[int, int]]:
    """Every span of a term: substring in Chinese, whole words in English, gaps of any width between words."""
    if term.language == "zh":
        pattern = re.escape(term.text)
    else:
        pattern = r"[\s-]+".join(re.escape(word) for word in term.text.split(" ")).replace("'", "['’]")
        head = r"(?<![A-Za-z0-9À-ɏ])" if term.text[0].isalnum() else ""
        tail = r"(?![A-Za-z0-9À-ɏ]|['’]t)" if term.text[-1].isalnum() and not term.prefix else ""
        pattern = head + pattern + tail
    return [(m.start(1), m.end(1)) for m in re.finditer(f"(?=({pattern}))", clause)]


def reference(rules: list[Rule], clauses: list[str]) -> set[tuple[int, int, int, int]]:
    """(clause, rule, start, end) by trying every combination of terms."""
    found = set()
    for c, clause in enumerate(clauses):
        for r, rule in enumerate(rules):
            parts = [[s for term in part for s in occurrences(term, clause)] for part in rule.parts]
            if all(parts):
                if len(parts) == 1:
                    start, end = min(parts[0], key=lambda s: (s[0] - s[1], s[0]))
                else:
                    spans = [(min(s[0] for s in c), max(s[1] for s in c)) for c in itertools.product(*parts)]
                    start, end = min(spans, key=lambda s: (said(clause[s[0] : s[1]]), s[0]))
                found.add((c, r, start, end))
    return found


def said(text: str) -> int:
    """Length of a text where spaces and hyphens beside each other count once."""
    return len(re.sub(r"[\s-]+", " ", text))


def as_set(found: Found) -> set[tuple[int, int, int, int]]:
    return set(zip(*(a.tolist() for a in (found.clause, found.rule, found.start, found.end)), strict=True))


ZH = st.text("物流慢快不了", min_size=1, max_size=3)
EN = st.sampled_from(["late", "fee", "late fee", "can", "can't", "bag*", "lost", "flight", "no", "la*", "don't"])
CLAUSE = st.lists(
    st.one_of(ZH, EN.map(lambda t: t.rstrip("*")), st.sampled_from(["bags", "baggage", "plate", "’t", "’", "é", "😡"])),
    max_size=7,
).flatmap(
    lambda words: st.lists(
        st.sampled_from([" ", "", "-", "  ", " - ", "，", "\n"]), min_size=len(words), max_size=len(words)
    ).map(lambda gaps: "".join(a + b for a, b in zip(words, gaps, strict=True)))
)


def rule_text(term: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    part = st.lists(term, min_size=1, max_size=3).map("|".join)
    return st.lists(part, min_size=1, max_size=3).map(" + ".join)


RULES = st.lists(
    st.one_of(
        rule_text(ZH).map(lambda t: parse_rule(t, "zh")),
        rule_text(EN).map(lambda t: parse_rule(t, "en")),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(RULES, st.lists(CLAUSE, max_size=6))
def test_equals_the_reference(rules: list[Rule], clauses: list[str]) -> None:
    found = Phrases(rules).find(Block.of(clauses))
    assert as_set(found) == reference(rules, clauses)


@settings(max_examples=100, deadline=None)
@given(RULES, st.lists(CLAUSE, min_size=1, max_size=6))
def test_terms_make_the_span(rules: list[Rule], clauses: list[str]) -> None:
    found = Phrases(rules).find(Block.of(clauses))
    for i in range(len(found)):
        terms = slice(found.term_pointer[i], found.term_pointer[i + 1])
        assert found.term_start[terms].min() == found.start[i]
        assert found.term_end[terms].max() == found.end[i]
        assert len(found.term_start[terms]) == len(rules[found.rule[i]].parts)


def test_chunks_do_not_show(monkeypatch) -> None:
    import balm.understand.phrases as module

    rules = [parse_rule("late|lost + bag*", "en"), parse_rule("物流 + 慢", "zh")]
    clauses = ["my  bags are late", "物流太慢", "", "lost - bag", "x" * 50] * 20
    whole = Phrases(rules).find(Block.of(clauses))
    monkeypatch.setattr(module, "CHUNK", 40)
    parts = Phrases(rules).find(Block.of(clauses))
    assert len(whole) == 60
    for name in ("clause", "rule", "start", "end", "size", "term_pointer", "term_start", "term_end"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_long_clause_is_linear() -> None:
    rules = [parse_rule("慢 + 不 + 了", "zh")]
    found = Phrases(rules).find(Block.of(["不了" * 100_000 + "慢"]))
    assert (int(found.start[0]), int(found.end[0])) == (199_998, 200_001)


def test_nothing_to_find() -> None:
    assert len(Phrases([]).find(Block.of(["late"]))) == 0
    assert len(Phrases([parse_rule("late", "en")]).find(Block.of([]))) == 0
    assert len(Phrases([parse_rule("late", "en")]).find(Block.of([""]))) == 0
