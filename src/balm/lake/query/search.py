"""Words to look for in comments: how a search is read, asked for and found again in a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from balm.understand.block import Block
from balm.understand.normalize import normalize

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST = 12
LONGEST = 200
"""Terms of one search, and code points of a search, that are looked at."""

_TERM = re.compile(r'"([^"]*)"|(\S+)')
_LATIN = re.compile(r"[a-z0-9]")


def like_stored(text: str) -> str:
    """`text` as the column `norm` has it: lower case, half width, Simplified, same length."""
    return normalize(Block.of([text])).items()[0] if text else ""


def terms(search: str) -> list[str]:
    """The terms of a search, normalized; a comment must hold all of them. Quotes keep words together."""
    found = (" ".join((quoted or word).split()) for quoted, word in _TERM.findall(like_stored(search[:LONGEST])))
    return list(dict.fromkeys(term for term in found if term.strip('"')))[:MOST]


def predicates(search: str, norm: ir.StringColumn) -> list[ir.BooleanValue]:
    """What must hold of `norm`. A term in Latin letters must begin where a word begins; Chinese has no such places."""
    found = []
    for term in terms(search):
        found.append(norm.contains(term))
        if _LATIN.match(term):
            found.append(norm.re_search("(^|[^a-z0-9])" + re.escape(term)))
    return found


def spans(search: str, text: str) -> list[tuple[int, int]]:
    """Where the terms stand in `text`: start and end in code points, in order, not overlapping."""
    norm = like_stored(text)
    hits = []
    for term in terms(search):
        begin = r"(?<![a-z0-9])" if _LATIN.match(term) else ""
        hits += [match.span() for match in re.finditer(begin + re.escape(term), norm)]
    found: list[tuple[int, int]] = []
    for start, end in sorted(hits):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
