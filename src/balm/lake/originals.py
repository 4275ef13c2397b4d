"""What was cut out of a comment when it was redacted, and the comment put together again."""

from __future__ import annotations

from collections.abc import Sequence


def pieces(text: str, redactions: Sequence[Sequence[int]]) -> list[str]:
    """What stood in the original `text` at the places `redactions` (start, end, length of the placeholder)."""
    return [text[start:end] for start, end, _ in redactions]


def original(text: str, redactions: Sequence[Sequence[int]], pieces: Sequence[str]) -> str:
    """The comment as it was written: the redacted `text` with `pieces` in the places of the placeholders.

    `redactions`: as in the column of that name, ascending; start and end are places in the original. Raises ValueError
    where they do not fit together.
    """
    made: list[str] = []
    at = shift = 0  # place in `text`, and what the original is longer up to there
    for (start, end, length), piece in zip(redactions, pieces, strict=True):
        low = start - shift
        if not at <= low <= len(text) - length or len(piece) != end - start:
            raise ValueError("these pieces were not cut out of this text")
        made += [text[at:low], piece]
        at, shift = low + length, shift + (end - start) - length
    return "".join([*made, text[at:]])
