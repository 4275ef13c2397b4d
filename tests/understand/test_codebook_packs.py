"""The packaged codebook keeps its own promises: ids, languages, phrases that parse, examples that match."""

from __future__ import annotations

import re
import time
from functools import cache

import pytest
import yaml

from balm.core.types import LANGUAGES, Kind, Target
from balm.understand.codebook.load import PACKS, available, load
from balm.understand.codebook.model import Codebook, Rule, Term, Theme
from balm.understand.languages.zh import CANTONESE, markers, to_simplified

FILES = sorted(PACKS.glob("*.yaml"))

TRADITIONAL = markers()[1] - set(CANTONESE)  # Cantonese words have no other spelling


def packaged() -> tuple[Theme, ...]:
    return load("starter").leaves()


THEMES = packaged()


def han(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


# --- a straightforward matcher, to hold the examples against --------------------------------------------------------


SIMPLIFY = str.maketrans(to_simplified())


def normal(text: str) -> str:
    text = text.lower().replace("’", "'").replace("-", " ").translate(SIMPLIFY)
    return " ".join(text.split())


@cache
def pattern(term: Term) -> re.Pattern[str]:
    if term.language == "zh":
        return re.compile(re.escape(term.text))
    return re.compile(r"(?<![a-z0-9])" + re.escape(term.text) + ("" if term.prefix else r"(?![a-z0-9])"))


def holds(rule: Rule, text: str) -> bool:
    return all(any(pattern(term).search(text) for term in part) for part in rule.parts)


def coded(theme: Theme, text: str) -> bool:
    text = normal(text)
    return any(holds(r, text) for r in theme.rules) and not any(holds(r, text) for r in theme.not_rules)


# --- the packs ------------------------------------------------------------------------------------------------------


def test_core_is_there_and_first() -> None:
    assert available()[0] == "core"
    assert 70 <= len(load("core").leaves()) <= 110


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_a_pack_is_valid_plain_yaml(file: object) -> None:
    """Any YAML reader gives the same mapping, so that people may edit packs with the tools they have."""
    assert file in FILES
    pack = yaml.safe_load(file.read_text("utf-8"))  # type: ignore[attr-defined]
    assert pack["codebook"] == file.stem.split("-")[0]  # type: ignore[attr-defined]


def test_ids_are_unique_over_all_packs() -> None:
    """Loading refuses a theme id that stands twice, so this is that it loads, and that nothing is lost."""
    book = load("starter")
    written = [theme.id for pack in book.packs for theme in pack.leaves()]
    assert len(set(written)) == len(written) == len(book.leaves())


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.id)
def test_a_theme_is_complete(theme: Theme) -> None:
    theme.check_phrases()
    for texts in (theme.labels, theme.topic, theme.definition):
        assert texts is not None and all(texts[language].strip() for language in LANGUAGES)
        assert not han(texts["en"]) and han(texts["zh-Hans"]) and han(texts["zh-Hant"])
    assert len(theme.labels["en"].split()) <= 7
    assert len(theme.labels["zh-Hans"]) <= 12 and len(theme.labels["zh-Hant"]) <= 12
    assert theme.kind in set(Kind) and theme.target in set(Target)
    assert theme.phrases.get("zh") and theme.phrases.get("en")
    assert theme.examples.of


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.id)
def test_chinese_phrases_are_simplified(theme: Theme) -> None:
    for name in ("phrases", "not", "topic_words", "praise"):
        for phrase in theme.phrases_of(name).get("zh", ()):
            assert not set(phrase) & TRADITIONAL, phrase


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.id)
def test_no_phrase_stands_twice(theme: Theme) -> None:
    for phrases in theme.phrases.values():
        assert len(set(phrases)) == len(phrases)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.id)
def test_examples_match_and_near_misses_do_not(theme: Theme) -> None:
    assert [s for s in theme.examples.of if not coded(theme, s)] == []
    assert [s for s in theme.examples.against if coded(theme, s)] == []


@pytest.mark.parametrize("theme", load("core").leaves(), ids=lambda theme: theme.id)
def test_no_term_is_ruled_out_by_the_themes_own_not(theme: Theme) -> None:
    terms = {term for rule in theme.rules for part in rule.parts for term in part}
    assert [t.text for t in terms if any(holds(rule, t.text) for rule in theme.not_rules)] == []


def test_labels_are_told_apart() -> None:
    for language in LANGUAGES:
        labels = [theme.labels[language] for theme in load("core").leaves()]
        assert len(set(labels)) == len(labels)


def test_a_trade_pack_has_signals_and_core_has_none() -> None:
    for pack in load("starter").packs:
        assert bool(pack.signals) == (pack.name != "core")


def test_loading_is_quick() -> None:
    def seconds() -> float:
        start = time.process_time()
        load("starter")
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.15


def test_every_theme_of_the_core_has_a_parent_with_labels() -> None:
    book: Codebook = load("core")
    for theme in book.leaves():
        parent = book.parent(theme.id)
        assert parent is not None and set(book.labels(parent)) == set(LANGUAGES)
        assert book.parent(parent) is None
