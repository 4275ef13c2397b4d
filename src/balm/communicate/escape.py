"""Text on its way into a page or a picture."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TABLE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def escape(text: str) -> str:
    """`text` as content or as a quoted attribute, of HTML and of XML; characters neither may hold become U+FFFD."""
    return _CONTROL.sub("\ufffd", text).translate(_TABLE)
