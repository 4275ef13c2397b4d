"""Text made alike for matching, one character for one: offsets into the result are offsets into the original."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.languages import zh

BMP = 0x10000
"""Tables here cover the first plane; what lies beyond (emoji, rare Han) stays as it is."""

_PLAIN = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "´": "'", "`": "'",
    "“": '"', "”": '"', "„": '"', "″": '"', "「": '"', "」": '"', "『": '"', "』": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "－": "-",
    "\u3000": " ", "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ", "\t": " ",
}  # fmt: skip


@cache
def table() -> NDArray[np.uint32]:
    """Code point → code point, shape (65,536,). Applying it twice changes nothing."""
    codes = np.arange(BMP, dtype=np.uint32)
    for source, target in zh.to_simplified().items():
        codes[ord(source)] = ord(target)
    for code in (*range(0x41, 0x590), *range(0x1E00, 0x2000)):
        lower = chr(code).lower()
        if len(lower) == 1 and ord(lower) < BMP:
            codes[code] = ord(lower)
    for code in range(0xFF01, 0xFF5F):
        codes[code] = ord(chr(code - 0xFEE0).lower())
    for source, target in _PLAIN.items():
        codes[ord(source)] = ord(target)
    codes[0xD800:0xE000] = 0xFFFD  # lone surrogates, which no encoding takes
    # Chains end at once: a full-width grave accent becomes a plain quote, a variant's variant its last form.
    codes = codes[codes]
    codes.setflags(write=False)
    return codes


def normalize(block: Block) -> Block:
    """The same items in lower case, half width, plain quotes and dashes, Simplified characters.

    Only mappings of one character to one are used, so every length and offset is kept; what would need more ("ß" as
    "ss") stays. NUL, the end of an item, stays NUL.
    """
    codes = block.codes
    mapped = table().take(codes, mode="clip")
    beyond = codes >= BMP
    if beyond.any():
        mapped[beyond] = codes[beyond]
    made = block.with_text(mapped.tobytes().decode("utf-32-le", "surrogatepass"))
    # The code points are at hand: spare the next reader the encoding.
    made.__dict__["codes"] = mapped
    return made
