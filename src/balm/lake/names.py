"""Names of columns that every reader of Delta and Parquet takes, and back.

A space and , ; { } ( ) newline tab = are refused by some readers; they, "%", control characters and quotes become %XX
(UTF-8, hexadecimal). Readers tell columns apart without regard to case: a second name equal to one that is there but
for case gets "%%" behind it, a third "%%%%", and so on. `plain` undoes both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

_UNSAFE = re.compile('[\\x00-\\x20\\x7f,;{}()=%"`]')
_AGAIN = "%%"


def safe(name: str) -> str:
    """`name` as the name of a column. Two names that differ only in case need `column_names`."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", name)


def plain(column: str) -> str:
    """The name that `column` stands for."""
    return unquote(column[: len(column.rstrip("%"))])


def column_names(names: Iterable[str], there: Mapping[str, str] | None = None) -> dict[str, str]:
    """Name → column, for those `there` already and the new `names`, in this order."""
    made = dict(there or {})
    taken = {column.casefold() for column in made.values()}
    for name in names:
        if name not in made:
            column = safe(name)
            while column.casefold() in taken:
                column += _AGAIN
            taken.add(column.casefold())
            made[name] = column
    return made
