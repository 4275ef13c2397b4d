"""Hashed n-grams of a block, counted without a Python loop over texts.

Han text gives n-grams of characters (enough to classify, and no segmenter to wait for); words in other scripts give
n-grams of words, and of letters within a word where asked. Hashes are fixed functions of the code points, so a column
means the same in every run, process and version.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from balm.understand.block import Block

_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so it has an inverse modulo 2**64
_U = np.uint64

Floats = NDArray[np.float32]
_Positions = NDArray[np.int64]
_Hashes = NDArray[np.uint64]


def _inverse(odd: int) -> int:
    """The inverse of an odd number modulo 2**64, by Newton's iteration."""
    x = odd
    for _ in range(6):
        x = x * (2 - odd * x) % 2**64
    return x


_INVERSE = _U(_inverse(int(_BASE)))


def _mix(h: _Hashes) -> _Hashes:
    """Spread a sum over all 64 bits (the finalizer of splitmix64), in its place."""
    h ^= h >> _U(30)
    h *= _U(0xBF58476D1CE4E5B9)
    h ^= h >> _U(27)
    h *= _U(0x94D049BB133111EB)
    h ^= h >> _U(31)
    return h


class _Spans:
    """Hashes of any spans of one code-point array, each in constant time (a polynomial prefix sum)."""

    def __init__(self, codes: NDArray[np.uint32]) -> None:
        n = len(codes)
        power = np.ones(n + 1, _U)
        power[1:] = _BASE
        np.cumprod(power, out=power)
        self._prefix = np.zeros(n + 1, _U)
        np.cumsum((codes.astype(_U) + _U(1)) * power[:n], out=self._prefix[1:])
        back = np.full(n + 1, _INVERSE, _U)
        back[0] = 1
        self._back = np.cumprod(back, out=back)

    def __call__(self, start: _Positions, end: _Positions, salt: int) -> _Hashes:
        value = self._prefix[end]
        value -= self._prefix[start]
        value *= self._back[start]
        value += _U(salt * 0xD1342543DE82EF95 % 2**64)
        return _mix(value)


def han_mask(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which code points are Han characters or kana (scripts written without spaces)."""
    han: NDArray[np.bool_] = ((codes >= 0x3400) & (codes <= 0x9FFF)) | ((codes >= 0x20000) & (codes <= 0x323AF))
    kana: NDArray[np.bool_] = (codes >= 0x3040) & (codes <= 0x30FF)
    return han | kana


def word_mask(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which code points build words of alphabetic scripts: letters, digits and the apostrophe inside them."""
    lower, upper, digit = ((codes >= a) & (codes <= z) for a, z in ((97, 122), (65, 90), (48, 57)))
    ascii_word: NDArray[np.bool_] = lower | upper | digit
    latin = (codes >= 0xC0) & (codes <= 0x24F)
    other = (codes >= 0x370) & (codes <= 0x1FFF)
    letters: NDArray[np.bool_] = ascii_word | latin | other | (codes == 39)
    return letters


def runs(mask: NDArray[np.bool_]) -> tuple[_Positions, _Positions]:
    """Start and end of every maximal run of True."""
    edges = np.diff(mask.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _symbols(codes: NDArray[np.uint32]) -> _Positions:
    """Places of emoji and expressive marks (! ? ~), which carry feeling."""
    return np.flatnonzero(
        (codes >= 0x1F000) | ((codes >= 0x2600) & (codes <= 0x27BF)) | (codes == 33) | (codes == 63) | (codes == 126)
    )


def _grams(
    block: Block, chars: tuple[int, int], words: tuple[int, int], letters: tuple[int, int]
) -> tuple[_Positions, _Hashes]:
    """Place (in the block) and hash of every n-gram."""
    codes = block.codes
    span = _Spans(codes)
    places: list[_Positions] = []
    hashes: list[_Hashes] = []

    def add(start: _Positions, end: _Positions, salt: int) -> None:
        places.append(start)
        hashes.append(span(start, end, salt))

    han = han_mask(codes)
    unbroken = han
    for n in range(1, chars[1] + 1):
        if n > 1:
            unbroken = unbroken[:-1] & han[n - 1 :]
        if n >= chars[0]:
            start = np.flatnonzero(unbroken)
            add(start, start + n, n)
    start, end = runs(word_mask(codes))
    for n in range(words[0], words[1] + 1):
        first, last = start[: len(start) - n + 1], end[n - 1 :]
        together = block.owner(first) == block.owner(last) if n > 1 else np.ones(len(first), np.bool_)
        # the exact span, spaces included: "log in" and "log  in" may differ, which costs little
        add(first[together], last[together], 16 + n)
    if letters[1]:
        length = end - start
        for n in range(letters[0], letters[1] + 1):
            fits = np.maximum(length - n + 1, 0)
            first = np.repeat(start, fits) + _ramp(fits)
            add(first, first + n, 32 + n)
    marks = _symbols(codes)
    add(marks, marks + 1, 48)
    return np.concatenate(places), np.concatenate(hashes)


def _ramp(lengths: _Positions) -> _Positions:
    """0 … l−1 for every l of `lengths`, one behind the other."""
    total = int(lengths.sum())
    return np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def hash_ngrams(
    block: Block,
    *,
    chars: tuple[int, int] = (1, 3),
    words: tuple[int, int] = (1, 2),
    letters: tuple[int, int] = (0, 0),
    bits: int = 18,
    binary: bool = True,
) -> csr_matrix:
    """Counts of hashed n-grams, shape (len(block), 2**bits), float32. Normalize the block first.

    `chars`: lengths of n-grams of Han characters; `words`: of words in other scripts; `letters`: of letters inside
    those words, (0, 0) for none. `binary` gives 1 for any count; otherwise counts.
    """
    places, hashes = _grams(block, chars, words, letters)
    key = block.owner(places)
    key <<= bits
    hashes >>= _U(64 - bits)
    key |= hashes.view(np.int64)
    key.sort()
    first = np.ones(len(key), np.bool_)
    first[1:] = key[1:] != key[:-1]
    at = np.flatnonzero(first)
    key = key[at]
    data = (np.ones(len(key)) if binary else np.diff(at, append=len(first))).astype(np.float32)
    indptr = np.zeros(len(block) + 1, np.int64)
    np.cumsum(np.bincount(key >> bits, minlength=len(block)), out=indptr[1:])
    columns = (key & ((1 << bits) - 1)).astype(np.int32)
    return csr_matrix((data, columns, indptr.astype(np.int32)), shape=(len(block), 1 << bits))


def idf_weights(counts: csr_matrix) -> Floats:
    """Smoothed inverse document frequency of each column, ln((1 + n) / (1 + df)) + 1 (Spärck Jones 1972, smoothed)."""
    df = np.bincount(counts.indices, minlength=counts.shape[1])
    return (np.log((1 + counts.shape[0]) / (1 + df)) + 1).astype(np.float32)


def scale_columns(matrix: csr_matrix, weights: Floats) -> csr_matrix:
    """A copy with every column multiplied by its weight."""
    data = matrix.data * weights[matrix.indices]
    return csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def l2_normalize(matrix: csr_matrix) -> csr_matrix:
    """A copy whose rows have length 1; an empty row stays empty."""
    per_row = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(matrix.shape[0]), per_row)
    square = np.bincount(rows, matrix.data.astype(np.float64) ** 2, minlength=matrix.shape[0])
    scale = 1 / np.sqrt(np.where(square > 0, square, 1))
    data = (matrix.data * np.repeat(scale, per_row)).astype(np.float32)
    return csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)
