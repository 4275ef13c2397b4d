"""The Arrow tables that rooms hand to each other: their columns, types and units."""

from __future__ import annotations

import pyarrow as pa

BY = "by:"
"""Prefix of the columns that hold the customer's and the contact's attributes (`--by`)."""

FEEDBACK = pa.schema(
    [
        pa.field("feedback_id", pa.string(), nullable=False),  # unique within a store
        pa.field("text", pa.string(), nullable=False),  # as written, identifiers redacted, never empty
        pa.field("score", pa.float64()),  # as given, on the column's own scale; null where absent
        pa.field("time", pa.timestamp("ms")),  # UTC where the source states a zone, else as written
        pa.field("customer", pa.string()),  # pseudonymous key; null where unknown
        pa.field("source", pa.string(), nullable=False),  # file name, without its folder
        pa.field("line", pa.int64(), nullable=False),  # 1-based line or row in that file
        # offsets of redactions, in code points: start and end in the original, length of the placeholder
        pa.field("redactions", pa.list_(pa.list_(pa.int32(), 3))),
    ]
)
"""One row a comment; columns of attributes follow, `by:NAME`, as strings."""

MENTIONS = pa.schema(
    [
        pa.field("feedback_id", pa.string(), nullable=False),
        pa.field("mention", pa.int32(), nullable=False),  # 0-based within the comment
        pa.field("start", pa.int32(), nullable=False),  # code points in the original comment
        pa.field("end", pa.int32(), nullable=False),
        pa.field("text", pa.string(), nullable=False),  # as written, identifiers redacted
        pa.field("language", pa.string(), nullable=False),  # core.types.Language
        pa.field("theme_id", pa.string()),  # null: not coded
        pa.field("theme", pa.string()),  # label in the report's language
        pa.field("origin", pa.string()),  # phrase, learnt, discovered; null: not coded
        pa.field("sentiment", pa.string(), nullable=False),  # core.types.Sentiment
        pa.field("polarity", pa.float32(), nullable=False),  # -1 … 1
        pa.field("emotion", pa.string(), nullable=False),  # core.types.Emotion
        pa.field("kind", pa.string()),  # core.types.Kind
        pa.field("target", pa.string()),  # core.types.Target
        pa.field("intent", pa.string(), nullable=False),  # core.types.Intent
        pa.field("urgency", pa.string(), nullable=False),  # core.types.Urgency
        pa.field("confidence", pa.float32(), nullable=False),  # 0 … 1, of the theme
        pa.field("mark_start", pa.int32()),  # in `text`: the words that coded it; null where none did
        pa.field("mark_end", pa.int32()),
    ]
)
"""One row a mention: a clause in which a customer raises one theme."""
