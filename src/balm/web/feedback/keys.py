"""Ids and keys of customers' data in addresses: they may hold anything, also "/" and line ends."""

from __future__ import annotations

import re

from django.urls import register_converter

_PLAIN = re.compile(r"[^\W]|[-.]")
_CODED = re.compile("~([0-9a-f]{1,6})~")


class Key:
    """Letters, digits, "_", "-" and "." as they are, anything else as ~hexadecimal code point~."""

    regex = "[^/]+"

    def to_python(self, text: str) -> str:
        """ValueError (no such address) for what `to_url` does not write."""
        return _CODED.sub(lambda match: chr(int(match[1], 16)), text)

    def to_url(self, key: str) -> str:
        coded = "".join(c if _PLAIN.fullmatch(c) else f"~{ord(c):x}~" for c in str(key))
        return coded if coded.strip(".") else coded.replace(".", "~2e~")  # "." and ".." mean folders


register_converter(Key, "key")
