"""Agreement of two coders, against published numbers and against simulation."""

from __future__ import annotations

import numpy as np
import pytest

from balm.core.errors import WrongUse
from balm.measure.agreement import (
    LEAST,
    LEAST_USES,
    ONE_CODE,
    RARE,
    TOO_FEW,
    agreement,
    cohen_kappa,
    kappa_of,
    kappa_variance,
)

DIAGNOSES = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
"""Fleiss, Cohen and Everitt (1969), table 1: 200 diagnoses of two psychiatrists."""
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
"""SAS/STAT manual, FREQ procedure: 88 patients, two dermatologists."""
CARCINOMA = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]
"""Agresti, Categorical Data Analysis, table of two pathologists on 118 slides."""


def codings(table: list[list[int]]) -> tuple[list[str], list[str]]:
    """Two lists of codes that give that table."""
    pairs = [(str(i), str(j)) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [a for a, _ in pairs], [b for _, b in pairs]


@pytest.mark.parametrize(
    ("table", "kappa", "error"), [(DIAGNOSES, 0.4286, 0.0537), (SKIN, 0.3449, 0.0724), (CARCINOMA, 0.493, 0.057)]
)
def test_kappa_and_its_error_are_those_published(table: list[list[int]], kappa: float, error: float) -> None:
    found, variance = kappa_variance(np.array(table))
    assert found == pytest.approx(kappa, abs=6e-4)
    assert variance**0.5 == pytest.approx(error, abs=6e-4)


def test_interval_is_near_the_published_one_where_the_sample_is_large() -> None:
    estimate = kappa_of(np.array(SKIN))
    assert (estimate.low, estimate.high) == pytest.approx((0.2030, 0.4868), abs=0.005)
    assert estimate.n == 88


def test_variance_is_that_of_repeated_samples() -> None:
    rng = np.random.default_rng(3)
    p = np.array(DIAGNOSES) / 200
    seen = [kappa_variance(rng.multinomial(400, p.ravel()).reshape(3, 3)) for _ in range(3000)]
    assert np.var([k for k, _ in seen]) == pytest.approx(np.mean([v for _, v in seen]), rel=0.1)


@pytest.mark.parametrize(("alike", "n"), [(0.2, 50), (0.8, 30), (0.95, 30), (0.95, 100), (0.5, 300)])
def test_interval_covers_the_truth(alike: float, n: int) -> None:
    rng = np.random.default_rng(11)
    m = np.array([0.4, 0.3, 0.2, 0.1])
    p = np.outer(m, m) * (1 - alike) + np.diag(m) * alike
    truth = (np.trace(p) - (chance := float(p.sum(1) @ p.sum(0)))) / (1 - chance)
    held = []
    for _ in range(1500):
        estimate = kappa_of(rng.multinomial(n, p.ravel()).reshape(4, 4))
        assert estimate.low is not None
        assert estimate.high is not None
        held.append(estimate.low <= truth <= estimate.high)
    assert np.mean(held) > 0.92


def test_full_agreement_is_one_but_not_certain() -> None:
    estimate = cohen_kappa(["a", "b"] * 20, ["a", "b"] * 20)
    assert estimate.value == 1
    assert estimate.high == 1
    assert estimate.low is not None
    assert 0.7 < estimate.low < 0.9


def test_full_disagreement_is_minus_one() -> None:
    estimate = cohen_kappa(["a", "b"] * 20, ["b", "a"] * 20)
    assert estimate.value == pytest.approx(-1)
    assert estimate.low == pytest.approx(-1)
    assert estimate.high is not None
    assert -1 < estimate.high < -0.6


def test_order_of_the_coders_does_not_matter() -> None:
    a, b = codings(CARCINOMA)
    assert cohen_kappa(a, b).to_json() == pytest.approx(cohen_kappa(b, a).to_json())


def test_table_share_and_kappa_of_each_theme() -> None:
    a, b = codings(DIAGNOSES)
    found = agreement(a, b)
    assert found.table.tolist() == DIAGNOSES
    assert found.labels == ("0", "1", "2")
    assert found.share.value == pytest.approx(0.7)
    assert found.share.low == pytest.approx(0.633, abs=2e-3)  # Wilson's interval of 140 of 200
    assert found.themes["0"].value == pytest.approx(kappa_variance(np.array([[106, 14], [24, 56]]))[0])
    assert set(found.themes) == {"0", "1", "2"}


def test_no_theme_is_a_code_without_a_kappa_of_its_own() -> None:
    a: list[str | None] = ["late", "late", None, "price"] * 10
    b: list[str | None] = ["late", None, None, "price"] * 10
    found = agreement(a, b)
    assert found.labels == ("late", "price", None)
    assert set(found.themes) == {"late", "price"}
    assert found.table.sum() == 40


def test_a_code_of_one_coder_alone_is_fine() -> None:
    a = ["late", "price", "rude", "late"] * 8
    b = ["late", "price", "late", "late"] * 8
    found = agreement(a, b, ["late", "price", "rude", "app"])
    assert found.kappa.value is not None
    assert found.table.shape == (4, 4)
    assert found.themes["rude"].method == RARE
    assert found.themes["app"].value is None
    assert found.kappa.to_json() == cohen_kappa(a, b).to_json()


def test_few_items_say_so() -> None:
    a = ["x", "y"] * (LEAST // 2 - 1)
    estimate = cohen_kappa(a, a)
    assert (estimate.value, estimate.low, estimate.high) == (None, None, None)
    assert estimate.n == LEAST - 2
    assert estimate.method == TOO_FEW
    assert agreement([], []).share.value is None
    assert agreement([], []).kappa.method == TOO_FEW


def test_one_code_says_so() -> None:
    estimate = cohen_kappa(["x"] * 40, ["x"] * 30 + ["y"] * 10)
    assert estimate.value is None
    assert estimate.method == ONE_CODE


def test_a_rare_theme_says_so() -> None:
    a = ["rare"] * (LEAST_USES - 1) + ["x", "y"] * 30
    found = agreement(a, a)
    assert found.themes["rare"].method == RARE
    assert found.themes["x"].value == 1


def test_wrong_use_names_the_fault() -> None:
    with pytest.raises(WrongUse, match="2 and 1 items"):
        agreement(["a", "b"], ["a"])
    with pytest.raises(WrongUse, match="“b” is not among the labels"):
        agreement(["a", "b"], ["a", "a"], ["a"])
    with pytest.raises(WrongUse, match="stands twice"):
        agreement(["a"], ["a"], ["a", "a"])
