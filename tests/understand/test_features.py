"""Hashed n-grams against a plain counting of the same n-grams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.understand.block import Block
from balm.understand.features import hash_ngrams, idf_weights, l2_normalize, scale_columns

texts = st.lists(st.text(alphabet="物流太慢了 ab'c1!\0\n😀", max_size=20), max_size=8)


def distinct_han_grams(text: str) -> set[str]:
    return {
        text[i : i + n]
        for n in (1, 2, 3)
        for i in range(len(text) - n + 1)
        if all("一" <= ch <= "鿿" for ch in text[i : i + n])
    }


@given(st.lists(st.text(alphabet="物流太慢了 。", max_size=20), max_size=8))
def test_counts_each_distinct_character_gram_once(items: list[str]) -> None:
    rows = hash_ngrams(Block.of(items), bits=24)
    assert rows.shape == (len(items), 1 << 24)
    # a collision in 2**24 columns would be a one-in-a-million event for so few n-grams
    assert np.diff(rows.indptr).tolist() == [len(distinct_han_grams(t)) for t in items]


@given(texts)
def test_a_row_does_not_depend_on_its_neighbors(items: list[str]) -> None:
    together = hash_ngrams(Block.of(items), letters=(3, 4))
    for i, item in enumerate(items):
        alone = hash_ngrams(Block.of([item]), letters=(3, 4))
        assert together[i].indices.tolist() == alone.indices.tolist()


def test_words_of_alphabetic_scripts_give_words_and_pairs() -> None:
    rows = hash_ngrams(Block.of(["late late delivery", "delivery", "don't"]), chars=(1, 1), words=(1, 2))
    assert np.diff(rows.indptr).tolist() == [4, 1, 1]
    shared = set(rows[0].indices) & set(rows[1].indices)
    assert len(shared) == 1


def test_counts_when_not_binary() -> None:
    rows = hash_ngrams(Block.of(["慢慢慢"]), chars=(1, 1), binary=False)
    assert rows.data.tolist() == [3.0]


def test_rows_are_of_length_one_and_empty_rows_stay_empty() -> None:
    rows = hash_ngrams(Block.of(["物流太慢", "", "late"]))
    scaled = l2_normalize(scale_columns(rows, idf_weights(rows)))
    lengths = np.sqrt(np.asarray(scaled.multiply(scaled).sum(1)).ravel())
    assert lengths == pytest.approx([1, 0, 1], abs=1e-6)
