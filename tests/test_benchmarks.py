"""The benchmarks' own arithmetic, and the page they write: no peer, no data."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    yield
    for name in [n for n in sys.modules if n.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]


def test_every_section_has_a_module_that_runs() -> None:
    order = importlib.import_module("benchmarks.__main__").ORDER
    assert len(set(order)) == len(order)
    for name in order:
        assert callable(importlib.import_module(f"benchmarks.{name}").run)


def test_agreement_of_labelings() -> None:
    """Worked by hand; the Rand index from the paper's definition, the example of scikit-learn's documentation."""
    scoring = importlib.import_module("benchmarks.scoring")
    assert scoring.nmi("aabb", "yyxx") == pytest.approx(1)
    assert scoring.nmi("aabb", "xyxy") == pytest.approx(0)
    assert scoring.nmi("aabb", "xxyz") == pytest.approx(0.8)  # I = ln 2; entropies ln 2 and 1.5 ln 2
    assert scoring.ari([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(4 / 7)
    assert scoring.ari([0, 0, 1, 1], [1, 1, 0, 0]) == 1
    assert scoring.ari([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(-0.5)
    assert scoring.macro_f1(["a", "a", "b", "c"], ["a", "b", "b", None]) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert scoring.kept_after_matching("aabbc", [1, 1, 2, 1, None]) == pytest.approx(4 / 5)
    assert scoring.kept_after_matching("ab", [1, 1]) == pytest.approx(1 / 2)


def test_a_section_replaces_itself_alone(tmp_path: Path) -> None:
    section = importlib.import_module("benchmarks.section")
    page, order = tmp_path / "page.md", ("one", "two")
    for name, body in (("two", "old body"), ("one", "first"), ("two", "again \\1")):
        made = section.Section(f"Title {name}", "Met.", body)
        section.write(name, f"python -m benchmarks {name}", made, order, page)
    text = page.read_text("utf-8")
    assert text.startswith(section.HEAD)
    assert text.index("first") < text.index("again \\1")
    assert "old body" not in text
    assert text.count("<!-- two -->") == text.count("`python -m benchmarks two`") == 1


def test_keywords_are_of_one_class_and_one_language() -> None:
    codebook = importlib.import_module("benchmarks.codebook")
    load = importlib.import_module("balm.understand.codebook.load").load
    for loader, packs, classes in codebook.TASKS:
        language = "en" if "airline" in loader.__name__ else "zh"
        found = codebook.keywords(load(packs), classes, language, 12)
        assert set(found) == set(classes.values())
        terms = [term for group in found.values() for term in group]
        assert len(terms) == len(set(terms))
        assert language == "zh" or all(term.isascii() for term in terms)
        assert all(3 <= len(group) <= 12 for group in found.values())
    for name in codebook.WRITTEN:
        assert all(len(group) >= 6 for group in codebook.written(name).values())
