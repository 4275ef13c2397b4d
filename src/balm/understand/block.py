"""Many short texts as one long string, so that the work on them is done by one call instead of one call a text.

The texts stand one behind the other, each closed by a NUL, which no text may hold. All offsets are code points. Every
mapping here is one character to one character, so offsets into the mapped string are offsets into the original.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

END = "\0"

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """`text`: the joined string. `starts`, shape (n + 1,): item i is text[starts[i] : starts[i + 1] - 1]."""

    text: str
    starts: Ints

    @classmethod
    def of(cls, items: Sequence[str]) -> Block:
        """Join `items`; a NUL inside one of them becomes a space."""
        lengths = np.fromiter(map(len, items), np.int64, len(items))
        text = END.join(items) + END if len(items) else ""
        if text.count(END) != len(items):
            return cls.of([item.replace(END, " ") for item in items])
        starts = np.zeros(len(items) + 1, np.int64)
        np.cumsum(lengths + 1, out=starts[1:])
        return cls(text, starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, i: int) -> str:
        return self.text[self.starts[i] : self.starts[i + 1] - 1]

    def items(self) -> list[str]:
        """The texts, as given."""
        return self.text.split(END)[:-1]

    @cached_property
    def codes(self) -> NDArray[np.uint32]:
        """Code points of `text`, shape (len(text),). A lone surrogate counts as itself."""
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), np.uint32)

    @property
    def lengths(self) -> Ints:
        """Code points of each item, shape (n,)."""
        return np.diff(self.starts) - 1

    @cached_property
    def _owners(self) -> NDArray[np.int32]:
        """The item of every character, and one number more for the end of the text."""
        return np.repeat(np.arange(len(self.starts), dtype=np.int32), np.append(np.diff(self.starts), 1))

    def owner(self, positions: Ints) -> Ints:
        """The item each offset lies in."""
        if len(positions) * 16 < len(self.text):
            return np.searchsorted(self.starts, positions, side="right") - 1
        return self._owners[positions].astype(np.int64)

    def take(self, places: Ints) -> Block:
        """The items at `places`, in that order."""
        text = self.text
        low, high = self.starts[places].tolist(), (self.starts[places + 1] - 1).tolist()
        return Block.of([text[a:b] for a, b in zip(low, high, strict=True)])

    def count(self, mask: NDArray[np.bool_]) -> Ints:
        """How many marked characters each item has; `mask` has one entry a character of `text`."""
        if not len(self):
            return np.zeros(0, np.int64)
        return np.add.reduceat(mask.astype(np.int64), self.starts[:-1])

    def with_text(self, text: str) -> Block:
        """The same items under another text of the same length (normalized, for matching)."""
        if len(text) != len(self.text):
            raise ValueError("a mapping of a block must keep every character's place")
        return Block(text, self.starts)


def concat(blocks: Iterable[Block]) -> Block:
    """One block of the items of all."""
    return Block.of([item for block in blocks for item in block.items()])
