"""Rows keep their identity across imports, file names and orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from balm.collect import read
from balm.collect.identity import KeySet, Occurrences, Register, contents
from balm.core.tables import FEEDBACK


def feedback(texts: list[str], ids: list[str] | None = None, **extra: Any) -> pa.Table:
    n = len(texts)
    columns: dict[str, Any] = {"feedback_id": ids or [""] * n, "text": texts, "source": ["s"] * n, "line": range(n)}
    columns |= {name: [None] * n for name in ("score", "time", "customer", "redactions")}
    return pa.table({name: columns[name] for name in FEEDBACK.names}, schema=FEEDBACK)


def test_equal_rows_of_one_source_stay_apart_and_another_source_adds_none() -> None:
    register = Register()
    first = register.admit(feedback(["好", "好", "慢"]), Occurrences()).table.column("feedback_id").to_pylist()
    assert len(set(first)) == 3 and first[1] == first[0] + "-2"
    again = register.admit(feedback(["慢", "好", "好", "好"]), Occurrences())
    assert again.table.column("feedback_id").to_pylist() == [first[0] + "-3"]


def test_ids_of_the_source_are_kept() -> None:
    register = Register()
    table = register.admit(feedback(["a", "b", "a"], ["1", "2", "1"]), Occurrences()).table
    assert table.column("feedback_id").to_pylist() == ["1", "2"]


def test_one_id_for_two_contents_keeps_both() -> None:
    register = Register()
    table = register.admit(feedback(["a", "b"], ["1", "1"]), Occurrences()).table
    first, second = table.column("feedback_id").to_pylist()
    assert first == "1" and second.startswith("1~")
    assert register.admit(feedback(["b", "a", "c"], ["1", "1", "2"]), Occurrences()).table.num_rows == 1


def test_attributes_count_and_missing_ones_do_not() -> None:
    plain = feedback(["a", "a"])
    shops = plain.append_column("by:shop", pa.array(["x", None]))
    keys = contents(shops)[1]
    assert keys[0] != keys[1] and keys[1] == contents(plain)[1][1]


def test_rows_of_two_files_with_the_same_numbers_are_all_kept() -> None:
    one = [{"row_id": i, "text": f"too slow, number {i}"} for i in range(50)]
    two = [{"row_id": i, "text": f"very friendly, number {i}"} for i in range(50)]
    ids = [
        i
        for table in read([pa.Table.from_pylist(one), pa.Table.from_pylist(two)])
        for i in table["feedback_id"].to_pylist()
    ]
    assert len(set(ids)) == 100 and ids[:50] == [str(i) for i in range(50)]


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=12))
def test_a_key_set_is_a_set(batches: list[list[int]]) -> None:
    keys, truth = KeySet(), set[int]()
    for batch in batches:
        array = np.array(batch, np.uint64)
        assert keys.contains(array).tolist() == [key in truth for key in batch]
        new = np.unique(array[~keys.contains(array)])
        keys.add(new)
        truth |= set(batch)
        assert len(keys) == len(truth)


@given(st.lists(st.lists(st.integers(0, 5), max_size=12), max_size=6))
def test_occurrences_count_over_batches(batches: list[list[int]]) -> None:
    counted, seen = Occurrences(), dict[int, int]()
    for batch in batches:
        expected = []
        for key in batch:
            expected.append(seen.get(key, 0))
            seen[key] = expected[-1] + 1
        assert counted.number(np.array(batch, np.uint64)).tolist() == expected
