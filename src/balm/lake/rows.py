"""Comments as they lie in the Delta table, and as the rooms know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from balm.collect.identity import Admitted
from balm.understand.block import Block
from balm.understand.normalize import normalize

SEALED = "sealed"

TABLE = pa.schema(
    [
        pa.field("feedback_id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("norm", pa.string(), nullable=False),  # for search: lower case, half width, Simplified, same length
        pa.field("score", pa.float64()),
        pa.field("time", pa.timestamp("us")),  # without a zone, as FEEDBACK has it
        pa.field("customer", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("redactions", pa.list_(pa.list_(pa.int32()))),
        pa.field(SEALED, pa.binary()),  # what was cut out of the text, encrypted; null where nothing was, or not kept
        pa.field("part", pa.int32(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),  # 0-based within the part
        pa.field("import_key", pa.string(), nullable=False),
        pa.field("id_key", pa.int64(), nullable=False),  # hashes, unsigned 64-bit as signed
        pa.field("row_key", pa.int64(), nullable=False),
    ]
)
"""Columns of the feedback table; columns of attributes follow, named as `names.safe` says."""

PLAIN = ("feedback_id", "text", "norm", "line", "row", "id_key", "row_key")
"""Columns whose values seldom repeat."""


def stored(admitted: Admitted, part: int, key: str, columns: Mapping[str, str]) -> pa.Table:
    """New feedback as rows of the table; `columns`: attribute → column."""
    table = admitted.table
    n = table.num_rows
    texts = table.column("text").to_pylist()
    made = {
        "norm": pa.array(normalize(Block.of(texts)).items(), pa.string()),
        "part": pa.array(np.full(n, part, np.int32)),
        "row": pa.array(np.arange(n, dtype=np.int32)),
        "import_key": pa.array([key] * n, pa.string()),
        "id_key": pa.array(admitted.ids.view(np.int64)),
        "row_key": pa.array(admitted.rows.view(np.int64)),
    }
    if SEALED not in table.column_names:
        made[SEALED] = pa.nulls(n, pa.binary())
    arrays = [
        made[field.name] if field.name in made else table.column(field.name).combine_chunks().cast(field.type)
        for field in TABLE
    ]
    fields = list(TABLE)
    for name, column in columns.items():
        if name in table.column_names:
            arrays.append(table.column(name).combine_chunks().cast(pa.string()))
            fields.append(pa.field(column, pa.string()))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def loaded(table: pa.Table, wanted: Sequence[str], schema: pa.Schema, columns: Mapping[str, str]) -> pa.Table:
    """The columns `wanted` of `schema`, from rows of the table; null where the table has none."""
    fields = [schema.field(name) for name in wanted]
    arrays = []
    for field in fields:
        column = columns.get(field.name, field.name)
        here = column in table.column_names
        arrays.append(table.column(column).cast(field.type) if here else pa.nulls(table.num_rows, field.type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
