"""The first look at a batch of comments: clauses, their languages, and the phrases found in them. Nothing is learnt."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from balm.core.types import Language
from balm.understand.block import Block, Ints
from balm.understand.language import detect
from balm.understand.matching import Hits, Matcher
from balm.understand.normalize import normalize
from balm.understand.redact import KINDS
from balm.understand.split import Clauses, split

_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(KINDS).lower() + r")\]")


@dataclass(frozen=True)
class Prepared:
    """n comments and their c clauses. `written`, `plain`: comments as written and normalized; `clauses`: their places.

    `said`, `norm`: blocks of the clauses, as written and normalized. `comment_language` (n,), `language` (c,): codes of
    `language.detect`.
    """

    written: Block
    plain: Block
    clauses: Clauses
    said: Block
    norm: Block
    comment_language: NDArray[np.uint8]
    language: NDArray[np.uint8]

    @property
    def owner(self) -> Ints:
        return self.clauses.owner


def prepare(texts: list[str], default: Language = Language.HANS) -> Prepared:
    """Cut comments into clauses and tell their languages. `default`: script of Han text that could be either."""
    written = Block.of(texts)
    plain = normalize(written)
    clauses = split(written, plain)
    said = Block.of(clauses.texts(written))
    norm = _without_placeholders(Block.of(clauses.texts(plain)))
    comment_language = detect(written, default=default, plain=plain)
    language = detect(said, default=default, parent=comment_language[clauses.owner], plain=norm)
    return Prepared(written, plain, clauses, said, norm, comment_language, language)


def _without_placeholders(block: Block) -> Block:
    """The block with [PHONE] and its like blanked: they are our words, not the customer's."""
    return block.with_text(_PLACEHOLDER.sub(lambda m: " " * len(m.group()), block.text))


def match(prepared: Prepared, matcher: Matcher) -> Hits:
    """The phrases of a codebook in the clauses."""
    return matcher.match(prepared.norm)
