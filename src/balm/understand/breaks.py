"""Where a comment may be cut: marks in the gaps between words, and words that set one clause against another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from balm.understand import scripts
from balm.understand.block import Block, Ints
from balm.understand.languages import en, zh

ENGLISH, SPACE, WEAK, COMMA, MIDDLE, CONTRAST, HARD, START = range(1, 9)
"""Kinds of breaks, weakest first. ENGLISH: a comma; SPACE: between Han characters; COMMA: beside a Han character; WEAK
and MIDDLE: words of contrast with no mark before them; CONTRAST: with one; HARD: the end of a sentence."""

TRIM, END, COMMAS, STICK, OPEN, DASH, DOT, WAVE = (1 << bit for bit in range(8))
"""What a character does, as flags. TRIM: falls off the ends of a clause; STICK: stays with the clause before it."""

Flags = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_SPACES = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x2010))
)
_CHARS = {
    TRIM: _SPACES + "\0。．｡.，,､、；;：:！!？?…‥·•‧・～~—–―－-‐_\"'“”‘’`´|｜/\\*=<>＂＇«»‹›¿¡\u2060؟،؛۔।",
    END: "。｡！!？?；;\n\r\u2028\u2029؟؛۔।",
    COMMAS: "，,､…‥\t،",
    STICK: ")）]］}｝】》〉」』〕",
    OPEN: "(（[［{｛【《〈「『〔",
    DASH: "—–―－-",
    DOT: ".．",
    WAVE: "~～",
}
_PICTURES = ((0x2300, 0x2400), (0x25A0, 0x27C0), (0x2B00, 0x2C00), (0xFE00, 0xFE10), (0x200D, 0x200E), (0x20E3, 0x20E4))

_CONTRAST, _WEAK, _LATE, _CONNECTIVE = range(1, 5)


@cache
def _flags() -> Flags:
    made = np.zeros(scripts.BMP, np.uint8)
    for flag, chars in _CHARS.items():
        for char in chars:
            made[ord(char)] |= flag
    for first, last in _PICTURES:
        made[first:last] = STICK
    made.setflags(write=False)
    return made


@cache
def _lexicon() -> tuple[ahocorasick_rs.AhoCorasick, Flags]:
    """The automaton of the Chinese words, and what each of them is (0: only keeps a shorter one from being found)."""
    kinds: dict[str, int] = {}
    for kind, words in (
        (_CONNECTIVE, zh.CONNECTIVES),
        (_LATE, zh.LATE_CONTRAST),
        (_WEAK, zh.WEAK_CONTRAST),
        (_CONTRAST, zh.CONTRAST),
        (0, zh.NOT_CONTRAST),
    ):
        kinds.update(dict.fromkeys(words, kind))
    automaton = ahocorasick_rs.AhoCorasick(list(kinds), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return automaton, np.array(list(kinds.values()), np.uint8)


@cache
def _keys(*wanted: str) -> NDArray[np.uint64]:
    return scripts.keys(wanted)


_ROLES = (
    "CONTRAST", "DRAWBACKS", "BEFORE_BUT", "AFTER_BUT", "BEFORE_YET", "AFTER_YET", "AFTER_WHILE", "SUBJECTS", "BOUND",
    "LINKS", "CONNECTIVES", "PREDICATES", "ABBREVIATIONS", "DOMAINS", "CONJUNCTIONS",
)  # fmt: skip


@cache
def _roles() -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """Sorted keys of all listed English words, and the lists that hold each, as flags."""
    found = [scripts.keys(getattr(en, role)) for role in _ROLES]
    keys = np.unique(np.concatenate(found))
    roles = np.zeros(len(keys), np.uint16)
    for bit, listed in enumerate(found):
        roles[np.searchsorted(keys, listed)] |= np.uint16(1 << bit)
    return keys, roles


class View:
    """What every character of a block is. `plain`: the block normalized."""

    def __init__(self, block: Block, plain: Block) -> None:
        self.block, self.plain, self.codes = block, plain, block.codes
        self.kinds = scripts.classify(block)
        self.flags = _flags().take(self.codes, mode="clip")
        beyond = np.flatnonzero(self.codes >= scripts.BMP)
        self.flags[beyond] = STICK
        self.word: Mask = self.kinds != scripts.NONE
        # A placeholder, a page address or a handle is one solid word that says nothing.
        for start, end in scripts.unspoken(block):
            self.word[start:end], self.kinds[start:end] = True, scripts.NONE
        self.words = scripts.latin_words(block, plain, self.kinds)
        quotes = np.flatnonzero(plain.codes == 0x27)
        quotes = quotes[(quotes > 0) & (quotes + 1 < len(self.word))]
        self.word[quotes[self.word[quotes - 1] & self.word[quotes + 1]]] = True
        self.flags[self.word] = 0
        self._keep_emoticons()
        self.han: Mask = (self.kinds >= scripts.HAN) & (self.kinds <= scripts.KANA)

    def _keep_emoticons(self) -> None:
        """:) ;-( =D and the like count as pictures, not as punctuation."""
        codes = self.plain.codes
        eyes = np.flatnonzero(np.isin(codes, [0x3A, 0x3B, 0x3D]))
        eyes = eyes[(eyes > 0) & (eyes + 3 < len(codes))]
        eyes = eyes[~self.word[eyes - 1] | self.han_at(eyes - 1)]
        nose = np.isin(codes[eyes + 1], [0x2D, 0x27, 0x6F, 0x5E]) & ~self.word[eyes + 1]
        mouth = eyes + 1 + nose
        letter = self.word[mouth]
        smiles = np.isin(codes[mouth], [ord(c) for c in "()[]|/\\*<>3dpo"]) & ~(letter & self.word[mouth + 1])
        for offset in (0, 1, 2):
            places = eyes[smiles & (offset <= 1 + nose)] + offset
            self.flags[places] = STICK
            self.word[places] = False
            self.kinds[places] = scripts.NONE

    def han_at(self, positions: Ints) -> Mask:
        """Whether Han characters (or kana) stand there."""
        kinds = self.kinds[positions]
        return np.asarray((kinds >= scripts.HAN) & (kinds <= scripts.KANA))

    @cached_property
    def gaps(self) -> tuple[Ints, Ints]:
        """Starts and ends of the runs of characters that belong to no word, within items."""
        gap = ~self.word & (self.codes != 0)
        edges = np.flatnonzero(np.diff(gap.view(np.int8), prepend=np.int8(0), append=np.int8(0)))
        return edges[::2], edges[1::2]

    @cached_property
    def content(self) -> Mask:
        """More than white space and punctuation."""
        return np.asarray((self.flags & TRIM) == 0)

    @cached_property
    def roles(self) -> NDArray[np.uint16]:
        """Which of the lists of English words hold each word, as flags: one look-up for all of them."""
        keys, roles = _roles()
        at = np.minimum(np.searchsorted(keys, self.words.key), len(keys) - 1)
        return np.where(keys[at] == self.words.key, roles[at], 0).astype(np.uint16)

    def among(self, role: str) -> Mask:
        """Which words are in the list of that name in `languages.en`."""
        return np.asarray((self.roles & (1 << _ROLES.index(role))) > 0)


@dataclass
class Breaks:
    """Candidates of a block. `position`: where what follows begins; `kind`; `subject`: one follows a comma.

    Of each character of the text: `units`, how much it says (Han 1, an English word 2 at its first letter, nothing in
    words of contrast and connectives); `predicate`: first letter of a word that can make a clause; `forward`: a short
    piece that begins so belongs to what follows.
    """

    position: Ints
    kind: Flags
    subject: Mask
    units: NDArray[np.int8]
    predicate: Mask
    forward: Mask


def find(view: View) -> Breaks:
    """All candidates of the block, unordered."""
    units = view.han.astype(np.int8)
    units[view.kinds == scripts.LETTER] = 1
    units[view.words.start] = 2
    predicate = np.zeros(len(units), np.bool_)
    predicate[view.words.start[view.among("PREDICATES")]] = True
    forward = view.kinds == scripts.DIGIT
    gap_position, gap_kind, after = _in_gaps(view)
    marked = np.zeros(len(units) + 1, np.bool_)
    marked[after] = True  # the first letter after a mark
    found = [(gap_position, gap_kind)]
    found.append(_chinese(view, marked, units, forward))
    found.append(_english(view, marked, units, forward))
    found.append(_numbered(view))
    position = np.concatenate([part[0] for part in found])
    kind = np.concatenate([part[1] for part in found])
    subject, bound = _heads(view, position)
    free = ~(bound & (kind == ENGLISH))
    return Breaks(position[free], kind[free], subject[free], units, predicate, forward)


def _in_gaps(view: View) -> tuple[Ints, Flags, Ints]:
    """Breaks by marks: where they cut, their kind, and where the word after the gap begins.

    A cut comes after the last mark, closing bracket or picture of the gap, so that these stay with what they close.
    """
    start, end = view.gaps
    if not len(start):
        return start, np.zeros(0, np.uint8), end
    flags = view.flags
    flags[_full_stops(view)] |= END
    at = np.flatnonzero(flags & ~np.uint8(TRIM))
    gap = np.searchsorted(start, at, side="right") - 1
    what, code = flags[at], view.codes[at]
    before, after = np.maximum(start - 1, 0), np.minimum(end, len(flags) - 1)
    beside = view.han_at(before) | view.han_at(after)
    between = view.han_at(before) & view.han_at(after)
    wide = end - start > 1
    number = (view.kinds[before] == scripts.DIGIT) & (view.kinds[after] == scripts.DIGIT) & ~wide
    dots = (what & DOT) > 0
    dots[dots] = (view.codes[at[dots] - 1] == code[dots]) | (
        view.codes[np.minimum(at[dots] + 1, len(flags) - 1)] == code[dots]
    )

    soft = ((what & COMMAS) > 0) & ~number[gap]
    soft |= ((what & DASH) > 0) & (wide[gap] | (code == 0x2014))
    soft |= ((what & WAVE) > 0) & between[gap]
    soft |= ((what & STICK) > 0) & (code >= 0x2300)
    soft |= dots
    hard = (what & END) > 0
    kind = np.zeros(len(start), np.uint8)
    kind[between & (flags[start] == TRIM) & (view.plain.codes[start] == 0x20)] = SPACE
    kind[gap[soft]] = np.where(beside[gap[soft]], COMMA, ENGLISH)
    kind[gap[hard]] = HARD
    closing = soft | hard | ((what & STICK) > 0)
    cut = end.copy()
    cut[gap[closing]] = at[closing] + 1  # the last one of a gap wins
    kept = kind > 0
    return cut[kept], kind[kept], end[kept]


def _full_stops(view: View) -> Ints:
    """Periods that close a sentence: not those of numbers, abbreviations, initials, addresses and file names."""
    codes, kinds, words = view.codes, view.kinds, view.words
    at = np.flatnonzero((view.flags & DOT) > 0)
    at = at[(at > 0) & (at + 1 < len(codes))]
    at = at[(codes[at - 1] != codes[at]) & (codes[at + 1] != codes[at])]
    left, right = kinds[at - 1], kinds[at + 1]
    is_latin = (kinds == scripts.LATIN) | (kinds == scripts.ACCENTED)
    chinese = view.han_at(at - 1) | (view.han_at(at + 1) & (left != scripts.DIGIT))
    if not len(words.start):
        return np.asarray(at[chinese | ((right == scripts.NONE) & (left != scripts.DIGIT))])
    index = np.maximum(np.searchsorted(words.start, at) - 1, 0)
    follower = np.minimum(index + 1, len(words.start) - 1)
    latin_left = is_latin[at - 1]
    short = latin_left & ((words.end - words.start)[index] == 1) & (words.key[index] != _keys("i")[0])
    abbreviation = latin_left & view.among("ABBREVIATIONS")[index]
    spaced = (right == scripts.NONE) & ~view.word[at + 1] & ~short & ~abbreviation
    long = words.end - words.start
    joined = latin_left & is_latin[at + 1] & (long[index] >= 2) & (long[follower] >= 2)
    joined &= ~view.among("DOMAINS")[follower] & (words.key[index] != _keys("www")[0])
    return np.asarray(at[chinese | spaced | joined])


def _chinese(view: View, marked: Mask, units: NDArray[np.int8], forward: Mask) -> tuple[Ints, Flags]:
    """Breaks before Chinese words of contrast. Takes from `units` what such words and lone connectives weigh."""
    automaton, kinds = _lexicon()
    matches = automaton.find_matches_as_indexes(view.plain.text)
    if not matches:
        return np.zeros(0, np.int64), np.zeros(0, np.uint8)
    which, start, end = np.array(matches, np.int64).T
    kind = kinds[which]
    fresh = marked[start] | ~view.word[np.maximum(start - 1, 0)]
    alone = np.isin(view.codes[np.minimum(end, len(view.codes) - 1)], _COMMA_CODES)
    contrast = (kind == _CONTRAST) | (kind == _WEAK) | ((kind == _LATE) & fresh)
    light = np.flatnonzero(contrast | ((kind == _CONNECTIVE) & alone))
    for offset in range(int((end - start).max())):
        places = start[light][start[light] + offset < end[light]] + offset
        units[places] = 0
    forward[start[light]] = True
    made = np.where(fresh, CONTRAST, np.where(kind == _CONTRAST, MIDDLE, WEAK)).astype(np.uint8)
    return start[contrast], made[contrast]


_COMMA_CODES = [ord(c) for c in ",，、:："]


def _english(view: View, marked: Mask, units: NDArray[np.int8], forward: Mask) -> tuple[Ints, Flags]:
    """Breaks before English words of contrast."""
    words = view.words
    if not len(words.start):
        return words.start, np.zeros(0, np.uint8)
    contrast = view.among("CONTRAST") & ~_other_sense(view, marked)
    only = words.key == _keys("only")[0]
    contrast |= only & _next(view.among("DRAWBACKS"), words)
    # The break comes before "even though", "the only problem".
    early = contrast & _previous(np.isin(words.key, _keys("even", "the")), words)
    place = np.flatnonzero(contrast) - early[contrast]
    alone = view.among("CONNECTIVES") & np.isin(view.codes[np.minimum(words.end, len(view.codes) - 1)], _COMMA_CODES)
    light = words.start[contrast | alone]
    units[light] = 0
    forward[light] = True
    units[words.start[place]] = 0
    forward[words.start[place]] = True
    start = words.start[place]
    return start, np.where(marked[start], CONTRAST, MIDDLE).astype(np.uint8)


def _other_sense(view: View, marked: Mask) -> Mask:
    """Words of `en.CONTRAST` that set nothing against anything where they stand."""
    words = view.words
    but, yet, drag = (words.key == key for key in (_keys(word)[0] for word in ("but", "yet", "while")))
    made = but & (_previous(view.among("BEFORE_BUT"), words) | _next(view.among("AFTER_BUT"), words))
    fresh = marked[words.start]
    linked = _previous(words.key == _keys("and")[0], words)
    made |= yet & (~(fresh | linked) | _previous(view.among("BEFORE_YET"), words))
    made |= yet & _next(view.among("AFTER_YET"), words)
    going = (words.end - words.start > 4) & (view.plain.codes[words.end - 1] == ord("g"))
    made |= drag & (~fresh | _next(view.among("AFTER_WHILE") | going, words))
    return np.asarray(made | ((words.key == _keys("cons")[0]) & linked))


def _previous(mask: Mask, words: scripts.Words) -> Mask:
    """Of each word, whether `mask` holds of the one before it in the same item."""
    made = np.zeros(len(mask), np.bool_)
    made[1:] = mask[:-1] & (words.item[1:] == words.item[:-1])
    return made


def _next(mask: Mask, words: scripts.Words) -> Mask:
    made = np.zeros(len(mask), np.bool_)
    made[:-1] = mask[1:] & (words.item[1:] == words.item[:-1])
    return made


def _numbered(view: View) -> tuple[Ints, Flags]:
    """Breaks before the numbers of a list: 1、快 2、好."""
    digit = np.flatnonzero(view.kinds == scripts.DIGIT)
    digit = digit[(digit > 0) & (digit + 2 < len(view.codes))]
    mark = np.isin(view.codes[digit + 1], [ord(c) for c in "、.．)）"])
    first = (view.kinds[digit - 1] == scripts.NONE) | view.han_at(digit - 1)
    first &= view.codes[digit - 1] != ord(".")
    digit = digit[mark & first & view.han_at(digit + 2)]
    return digit, np.full(len(digit), COMMA, np.uint8)


def _heads(view: View, position: Ints) -> tuple[Mask, Mask]:
    """Of the first English word from each position on: whether it is a subject (or a link with a subject behind it),
    and whether it is a verb or a relative, which no clause of its own begins with."""
    words = view.words
    if not len(words.start):
        none = np.zeros(len(position), np.bool_)
        return none, none
    subject = view.among("SUBJECTS")
    subject |= view.among("LINKS") & _next(subject, words)
    at = np.searchsorted(words.start, position)
    return np.append(subject, False)[at], np.append(view.among("BOUND"), False)[at]
