"""Columns of text as small numbers, for counting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from balm.core.coded import Attribute


def attribute(column: pa.ChunkedArray) -> Attribute:
    """A column of strings as codes into its sorted values, −1 where null."""
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=values.__getitem__)
    rank = np.empty(len(values) + 1, np.int32)
    rank[order] = np.arange(len(values), dtype=np.int32)
    rank[-1] = -1
    codes = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    return Attribute(rank[codes], [values[i] for i in order])


def customers(column: pa.ChunkedArray, merged: Callable[[str], str] | None = None) -> NDArray[np.int32]:
    """A number for each customer, 0 … c−1; a row without a key is a customer of its own.

    `merged`: key → the key of the customer it stands for.
    """
    encoded = column.combine_chunks().dictionary_encode()
    if merged:
        keys = pa.array([merged(key) for key in encoded.dictionary.to_pylist()], pa.string()).dictionary_encode()
        encoded = pa.DictionaryArray.from_arrays(keys.indices.take(encoded.indices), keys.dictionary)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    unknown = np.flatnonzero(codes < 0)
    codes[unknown] = len(encoded.dictionary) + np.arange(len(unknown))
    numbers: NDArray[np.int32] = codes.astype(np.int32)
    return numbers
