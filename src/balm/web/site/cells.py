"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What starts a formula, in full width too: East Asian spreadsheets take it for the same."""

_PASSED_OVER = " \u00a0\u3000\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufffd"
"""Blank or invisible: a program may drop it and take what follows for the start."""


def inert(value: Any) -> str:
    """A text that a spreadsheet shows and never runs: an apostrophe goes before what looks like a formula."""
    text = "" if value is None else str(value).replace("\0", "\ufffd")
    return "'" + text if text.lstrip(_PASSED_OVER).startswith(_FORMULA) else text
