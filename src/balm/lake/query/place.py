"""Offsets in a comment before redaction → offsets in the comment as it is shown."""

from __future__ import annotations

from collections.abc import Sequence


def shown(offset: int, redactions: Sequence[Sequence[int]] | None, *, end: bool = False) -> int:
    """`redactions`: start and end before, length of the placeholder. An offset inside what was cut out becomes the
    placeholder's start, or its end for the `end` of a span."""
    moved = 0
    for start, stop, length in redactions or ():
        if offset <= start:
            break
        if offset < stop or (offset == stop and end):
            return start + moved + (length if end else 0)
        moved += length - (stop - start)
    return offset + moved
