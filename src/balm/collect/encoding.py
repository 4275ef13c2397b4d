"""Which encoding a sample of bytes is written in, judged by what the bytes would say."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

import numpy as np

from balm.core.errors import InputRefused

UTF16 = ("utf-16-le", "utf-16-be")

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# code units of ordinary writing: ASCII with tab and line ends, Latin to Arabic, Thai, punctuation, kana, ideographs,
# Hangul, surrogates (emoji), full-width forms
_ORDINARY = (
    (9, 10),
    (13, 13),
    (32, 126),
    (0xA0, 0x6FF),
    (0xE00, 0xE7F),
    (0x2000, 0x27BF),
    (0x3000, 0x33FF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xDFFF),
    (0xFE00, 0xFFEF),
)
_HIGH = re.compile(rb"[\x80-\xff]")
_LATIN = re.compile(rb"[\x80\x85\x91-\x97\x99\xa0\xa3\xa9\xab\xae\xb0\xb7\xbb\xc0-\xff]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def bom(head: bytes) -> tuple[str, int] | None:
    """The encoding a byte-order mark states and the mark's length, or None."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return None


def guess_encoding(sample: bytes, name: str = "the file") -> str:
    """The codec of `sample`, which may begin and end inside a line: utf-8, utf-16-le, utf-16-be, gb18030,
    big5hkscs or cp1252.

    UTF-8 is told by its own rules, line by line, so that a few rubbish bytes do not hide it. GB18030 and Big5 are told
    apart by how many of the characters each would yield are common (level 1 of GB 2312 or of Big5): near all under the
    right reading, about half under the wrong one. Raises InputRefused when neither fits.
    """
    marked = bom(sample)
    if marked:
        return marked[0]
    wide = _utf16(sample)
    if wide:
        return wide
    if not _HIGH.search(sample) or _looks_utf8(sample):
        return "utf-8"
    runs = [len(run) for run in _HIGH_RUN.findall(sample)]
    lonely = sum(run == 1 for run in runs) / len(runs)
    if lonely > 0.8 and sum(runs) < 0.3 * len(sample) and len(_LATIN.findall(sample)) > 0.8 * sum(runs):
        return "cp1252"  # single accented letters and curly quotes in Latin text
    shares = {codec: _common(sample, codec) for codec in ("gb18030", "big5hkscs")}
    best = max(shares, key=lambda codec: shares[codec])
    enough = 0.8 if sum(runs) > 100 else 0.7
    if shares[best] >= enough and not (best == "gb18030" and _korean(sample)):
        return best
    if sum(runs) < 0.05 * len(sample):
        return "utf-8"  # ASCII with some rubbish, which its lines will be rejected for
    raise InputRefused(
        f"{name}: its encoding is not recognized (UTF-8, UTF-16, GB18030 and Big5 are read); save it as UTF-8",
        code="encoding",
    )


def _utf16(sample: bytes) -> str | None:
    """UTF-16 without a mark: under one byte order nearly all is ordinary writing, with line ends or separators.

    Two bytes of ASCII also make a plausible ideograph, so there must be zero bytes, and more than a stray few unless
    the sample is not UTF-8 at all.
    """
    zeros = sample.count(b"\0")
    if not zeros or (zeros < 0.2 * len(sample) and _looks_utf8(sample)):
        return None
    even = sample[: min(len(sample), 1 << 16) // 2 * 2]
    shares = {}
    for codec, unit in zip(UTF16, ("<u2", ">u2"), strict=True):
        code = np.frombuffer(even, unit)
        ordinary = np.zeros(len(code), np.bool_)
        for low, high in _ORDINARY:
            ordinary |= (code >= low) & (code <= high)
        marks = np.isin(code, (9, 10, 13, 44, 59)).any()
        shares[codec] = float(ordinary.mean()) if marks and len(code) else 0.0
    best = max(shares, key=lambda codec: shares[codec])
    return best if shares[best] >= 0.95 else None


def _looks_utf8(sample: bytes) -> bool:
    """At least a third of the lines with other than ASCII are valid UTF-8 (other encodings: next to none)."""
    lines = [line for line in sample.split(b"\n") if _HIGH.search(line)]
    if len(lines) > 2:
        lines = lines[1:-1]  # the sample may cut its first and last line
        good = sum(_valid(line) for line in lines)
        return good * 3 >= len(lines)
    # few lines, perhaps cut: count characters instead
    text = sample.decode("utf-8", "replace")
    wide = sum(ord(c) > 127 for c in text)
    return text.count("\ufffd") * 4 <= wide


def _valid(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _common(sample: bytes, codec: str) -> float:
    """Share of the characters other than ASCII that are punctuation or common in GB 2312 or in Big5."""
    text = sample.decode(codec, "replace")
    wide = [c for c in text if ord(c) > 127]
    return sum(_is_common(c) for c in wide) / max(1, len(wide))


def _korean(sample: bytes) -> bool:
    """EUC-KR looks like GB 2312, but all its syllables lie in the first half of the common rows."""
    lead = [c.encode("gb2312", "ignore")[:1] for c in sample.decode("gb18030", "replace") if ord(c) > 127]
    syllables = [b for b in lead if b >= b"\xb0"]
    return len(syllables) >= 30 and max(syllables) <= b"\xc8"


@lru_cache(1 << 15)
def _is_common(char: str) -> bool:
    gb, big5 = char.encode("gb2312", "ignore")[:1], char.encode("big5", "ignore")[:1]
    # GB 2312 rows A1–A9 are punctuation and letters, B0–D7 the common characters; Big5 A1–A3 and A4–C6
    return b"\xa1" <= gb <= b"\xa9" or b"\xb0" <= gb <= b"\xd7" or b"\xa1" <= big5 <= b"\xc6"
