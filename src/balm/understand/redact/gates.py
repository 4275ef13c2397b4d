"""The cheap look at all texts at once that spares most of them the patterns."""

from __future__ import annotations

from functools import cache

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.redact import patterns

_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滬遼魯蘇贛陝閩貴粵寧瓊雲晉"
_NUMERALS = "零〇洞一幺壹二两贰三叁四肆五伍六陆七拐柒八捌九玖十百"
_AFTER = "号號栋棟幢座单單"
_NUMBER, _NUMERAL, _LETTER, _PROVINCE, _HOUSE, _SPACE, _AT = (1 << bit for bit in range(7))


@cache
def _fold() -> NDArray[np.uint32]:
    """Full width to half width, odd dashes and spaces to plain ones; case and characters stay."""
    made = np.arange(0x10000, dtype=np.uint32)
    made[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    for chars, to in (
        ("‐‑‒–—―−", "-"),
        ("\u3000\u00a0\u2002\u2003\u2009\u202f\t", " "),
        ("，、", ","),
        ("【「『", "{"),
        ("】」』", "}"),
    ):
        made[[ord(char) for char in chars]] = ord(to)
    made[0xD800:0xE000] = 0xFFFD  # lone surrogates, which no encoding takes
    # Square brackets belong to placeholders: full-width ones are none.
    made[0xFF3B], made[0xFF3D] = ord("{"), ord("}")
    made.setflags(write=False)
    return made


def fold(block: Block) -> Block:
    """The block as the patterns read it, every character in its place."""
    codes = block.codes
    mapped = _fold().take(codes, mode="clip")
    beyond = codes >= 0x10000
    mapped[beyond] = codes[beyond]
    made = block.with_text(mapped.tobytes().decode("utf-32-le", "surrogatepass"))
    made.__dict__["codes"] = mapped
    return made


@cache
def _flags() -> NDArray[np.uint8]:
    made = np.zeros(0x10000, np.uint8)
    made[0x30:0x3A] |= _NUMBER
    made[0x41:0x5B] |= _LETTER
    made[0x61:0x7B] |= _LETTER
    made[0x20] |= _SPACE
    made[0x2C] |= _SPACE
    made[0x40] |= _AT
    for chars, flag in ((_PLATES, _PROVINCE), (_NUMERALS, _NUMERAL), (_AFTER, _HOUSE)):
        made[[ord(char) for char in chars]] |= flag
    made.setflags(write=False)
    return made


@cache
def _cues() -> tuple[ahocorasick_rs.AhoCorasick, NDArray[np.bool_]]:
    """The automaton of all cues, and which of them are kinds of streets."""
    cues = dict.fromkeys(patterns.STREETS, True) | dict.fromkeys(patterns.CUES, False)
    return ahocorasick_rs.AhoCorasick(list(cues)), np.array(list(cues.values()))


def gates(folded: Block) -> NDArray[np.uint16]:
    """Which gates each item passes, as flags (1 << gate), shape (n,). Necessary for a pattern, not sufficient."""
    flags = _flags().take(folded.codes, mode="clip")
    flags[folded.codes >= 0x10000] = 0
    here, then = flags[:-1], flags[1:]
    made = np.zeros(len(folded), np.uint16)

    def passes(gate: int, places: NDArray[np.int64], least: int = 1) -> None:
        counted = np.bincount(folded.owner(places), minlength=len(folded))
        made[counted >= least] |= 1 << gate

    number = (flags & _NUMBER) > 0
    digits = np.flatnonzero(number)
    # Digits stand together when no more than three other characters part them.
    group = np.cumsum(np.diff(digits, prepend=digits[:1]) > 4)
    size = np.bincount(group)[group] if len(group) else group
    passes(patterns.SOME, digits[size >= 5])
    passes(patterns.DIGITS, digits[size >= 7])
    after = then[digits[digits < len(then)]] if len(then) else flags[:0]
    numbered = digits[: len(after)][(after & (_SPACE | _LETTER)) > 0]
    numerals = np.flatnonzero(flags & _NUMERAL)
    passes(patterns.NUMERALS, numerals, 11)
    passes(patterns.HOUSE, np.flatnonzero(((here & (_NUMBER | _NUMERAL)) > 0) & ((then & _HOUSE) > 0)))
    passes(patterns.PLATE, np.flatnonzero(((here & _PROVINCE) > 0) & ((then & _LETTER) > 0)))
    passes(patterns.AT, np.flatnonzero(((here & (_LETTER | _NUMBER)) > 0) & ((then & _AT) > 0)))
    automaton, street = _cues()
    cues = np.array(automaton.find_matches_as_indexes(folded.text), np.int64).reshape(-1, 3)
    passes(patterns.CUE, cues[~street[cues[:, 0]], 1])
    passes(patterns.STREET, numbered)
    named = np.bincount(folded.owner(cues[street[cues[:, 0]], 1]), minlength=len(folded)) > 0
    made[~named] &= ~np.uint16(1 << patterns.STREET)
    return made
