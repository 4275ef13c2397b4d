"""All that was learnt from a company's comments, and the reading of comments with it.

`Understanding.fit` looks at a sample once; `read` turns any batch of comments into mentions, each batch by itself, so
that the work can be spread over processes and comments that come later are read as those before them were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from balm.core import archive
from balm.core.types import Language
from balm.core.version import __version__
from balm.understand.block import Block
from balm.understand.catalog import Catalog
from balm.understand.codebook.apply import apply_known
from balm.understand.codebook.edits import Edit
from balm.understand.codebook.entries import Edited, reads
from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook
from balm.understand.coding import BY_PHRASE, LEARNT, Coded, Coder
from balm.understand.cues import read_cues
from balm.understand.discovery import DiscoveredTheme
from balm.understand.found import Found
from balm.understand.identity import Frozen
from balm.understand.linear import Linear
from balm.understand.matching import Hits, Matcher, choose_packs
from balm.understand.prepare import Prepared, prepare
from balm.understand.sentiment.blend import CUTS, blend, calibrate, classify
from balm.understand.sentiment.encode import Encoder
from balm.understand.sentiment.model import SentimentModel
from balm.understand.sentiment.selftrain import SelfTrained
from balm.understand.space import Space

ORIGINS = ("phrase", "learnt", "discovered")
"""What coded a mention; `Reading.origin` is 0 for nothing, else 1 + the place in this."""

BLAMED, PRAISED = -0.25, 0.2
"""What a phrase that names a pain, or one that praises, adds to the polarity of its mention."""

NONE = "none"
STARTER = "starter"
FILE = "understanding.npz"


@dataclass(frozen=True)
class Reading:
    """m mentions in n comments, arrays of shape (m,) in the order of comments and places.

    `comment` 0 … n−1; `start`, `end`: code points of the comment as it was given; `text`; `language`: codes of
    `language.detect`; `theme`: index into the understanding's themes, −1 for none; `origin`: see `ORIGINS`;
    `sentiment` −1, 0, 1; `polarity` −1 … 1; `emotion`, `target` (−1 for none), `intent`, `urgency`: places in the
    lists of `core.coded`; `confidence` of the theme, 0 … 1; `mark_start`, `mark_end`: in `text`, equal where no word
    coded it. `comment_language`, shape (n,).
    """

    comment: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    text: list[str]
    language: NDArray[np.uint8]
    theme: NDArray[np.int32]
    origin: NDArray[np.int8]
    sentiment: NDArray[np.int8]
    polarity: NDArray[np.float32]
    emotion: NDArray[np.int8]
    target: NDArray[np.int8]
    intent: NDArray[np.int8]
    urgency: NDArray[np.int8]
    confidence: NDArray[np.float32]
    mark_start: NDArray[np.int32]
    mark_end: NDArray[np.int32]
    comment_language: NDArray[np.uint8]


@dataclass(frozen=True)
class Learnt:
    """What is kept between runs. `codebook`: as asked for; `packs`: those that were switched on; `default`: the script
    of Han text that could be either; `cuts`: polarities below and above which a mention is negative and positive.
    """

    codebook: str
    packs: tuple[str, ...]
    default: str
    coder: Coder | None
    sentiment: SentimentModel
    cuts: tuple[float, float]
    found: Found


@dataclass(frozen=True)
class Kept:
    """What was learnt as it lies on the disk; `about`: what the one who keeps it wants to know of it later."""

    learnt: Learnt
    about: str


@dataclass(frozen=True)
class Sample:
    """Comments to learn from. `scores`, shape (n,): 0 (worst) … 1 (best), NaN where not given."""

    texts: list[str]
    scores: NDArray[np.float64]


_KEPT = (Coder, DiscoveredTheme, Encoder, Found, Frozen, Kept, Learnt, Linear, SelfTrained, SentimentModel, Space)


class Understanding:
    """Reads comments with a codebook, a coder that learnt from its phrases, a sentiment model and found themes."""

    def __init__(
        self,
        learnt: Learnt,
        codebook: Codebook | None,
        matcher: Matcher | None = None,
        *,
        changed: Edited | None = None,
        edits: Sequence[Edit] = (),
        about: str = "",
    ) -> None:
        self.learnt = learnt
        self.about = about
        self.codebook = codebook
        self.changed = changed
        self.edits = tuple(edits)
        self._leaves = codebook.leaves() if codebook else ()
        self._matcher = matcher or (Matcher(codebook) if codebook else None)
        ids = tuple(theme.id for theme in self._leaves)
        self._coder = (learnt.coder or Coder.blank()).renumbered(ids) if codebook else None
        self._default = Language(learnt.default)
        self._looked: tuple[list[str], Prepared, Coded] | None = None

    # learning

    @classmethod
    def fit(
        cls,
        sample: Sample,
        *,
        codebook: str = STARTER,
        k: int | None = None,
        seed: int = 0,
        embeddings: bool = False,
        edits: Sequence[Edit] = (),
    ) -> Understanding:
        """Learn from a sample of comments.

        `codebook`: see `codebook.load.load`; "none" leaves all to discovery. `k`: themes discovery proposes.
        `embeddings`: see `understand.embeddings`. `edits`: of the codebook, see `edited`.
        """
        default = _usual_script(sample.texts)
        looked = prepare(sample.texts, default)
        packs = _chosen(codebook, looked)
        book, changed = _restored(codebook, packs, edits)
        matcher = Matcher(book) if book else None
        sentiment = SentimentModel.fit(looked.plain, sample.scores, seed=seed)
        coder, hits = None, None
        if matcher and book:
            hits = matcher.match(looked.norm)
            coder = Coder.fit(looked.norm, hits, book, seed)
        learnt = Learnt(
            codebook,
            packs,
            default.value,
            coder,
            sentiment,
            CUTS,
            Found(),
        )
        made = cls(learnt, book, matcher, changed=changed, edits=edits)
        polarity, _ = made._feel(looked.norm, looked.owner)
        cuts = calibrate(polarity, looked.owner, sample.scores)
        made = made._with(cuts=cuts)
        coded = made._coded(looked, hits)
        chosen = made._uncoded(coded, classify(polarity, cuts))
        found = Found.propose(looked.norm, chosen, k=k, seed=seed, said=looked.said, embeddings=embeddings)
        fitted = made._with(found=found)
        fitted._looked = (sample.texts, looked, coded)
        return fitted

    def _with(self, **changes: Any) -> Understanding:
        learnt = replace(self.learnt, **changes)
        return Understanding(learnt, self.codebook, self._matcher, changed=self.changed, edits=self.edits)

    def edited(self, edits: Sequence[Edit]) -> Understanding:
        """Reading with the codebook as people edited it; what was learnt stays as it is.

        Phrases of themes that edits added code at once. The coder that was learnt knows the themes there were when it
        learnt: themes added since are coded by phrases alone, until it learns anew. Themes that were merged or archived
        are read as before: `lineage` says what counts for what. An edit that has lost its theme, because the codebook
        under it has changed, is left out. Editing a theme of a pack that is not in use does not switch the pack on.
        """
        if tuple(edits) == self.edits:
            return self
        book, changed = _restored(self.learnt.codebook, self.learnt.packs, edits)
        return Understanding(self.learnt, book, changed=changed, edits=edits)

    def _uncoded(self, coded: Coded, sentiment: NDArray[np.int8]) -> NDArray[np.int64]:
        """Clauses that nothing codes: those of blame where there is a codebook, all where there is none."""
        clauses = np.arange(len(sentiment))
        if self.codebook is None:
            return clauses
        bare = np.setdiff1d(clauses, coded.clause[coded.theme >= 0])
        return bare[sentiment[bare] < 0]

    def grown(self, fresh: list[str], *, k: int | None, seed: int) -> Understanding:
        """With the themes that comments which are new bring in what nothing codes; all else stays as it is."""
        looked = prepare(fresh, self._default)
        _, sentiment = self._feel(looked.norm, looked.owner)
        chosen = self._uncoded(self._coded(looked, None), sentiment)
        return self._with(found=self.learnt.found.grown(looked.norm, chosen, k=k, seed=seed, said=looked.said))

    # reading

    def read(self, texts: list[str]) -> Reading:
        """The mentions in `texts`."""
        if self._looked is not None and self._looked[0] == texts:
            _, looked, coded = self._looked  # the very comments it has learnt from
        else:
            looked = prepare(texts, self._default)
            coded = self._coded(looked, None)
        theme, origin, confidence = self._with_found(looked, coded)
        clause = coded.clause.astype(np.int64)
        start = looked.clauses.start[clause] + coded.start
        end = looked.clauses.start[clause] + coded.end
        owner = looked.owner[clause]
        norm = looked.norm
        if len(clause) != len(norm) or not np.array_equal(clause, np.arange(len(norm))):
            norm = _pieces(looked.plain, owner, start, end)
        polarity, _ = self._feel(norm, owner)
        polarity = np.clip(polarity + _lean(coded), -1, 1)
        sentiment = classify(polarity, self.learnt.cuts)
        asked = _asked(looked.plain, owner, end)
        cues = read_cues(norm, polarity, sentiment=sentiment, asked=asked, theme_target=self.catalog.targets[theme])
        marked = coded.mark_start >= 0
        return Reading(
            comment=owner,
            start=start,
            end=end,
            text=_texts(looked.written, owner, start, end),
            language=looked.language[clause],
            theme=theme,
            origin=origin,
            sentiment=sentiment,
            polarity=polarity,
            emotion=cues.emotion,
            target=np.where(sentiment < 0, cues.target, np.where(theme >= 0, cues.target, -1)).astype(np.int8),
            intent=cues.intent,
            urgency=cues.urgency,
            confidence=confidence,
            mark_start=np.where(marked, np.maximum(coded.mark_start - coded.start, 0), 0).astype(np.int32),
            mark_end=np.where(marked, np.minimum(coded.mark_end, coded.end) - coded.start, 0).astype(np.int32),
            comment_language=looked.comment_language,
        )

    def _coded(self, looked: Prepared, hits: Hits | None) -> Coded:
        if self._matcher is None or self._coder is None:
            return _nothing_coded(looked.norm)
        found = self._matcher.match(looked.norm) if hits is None else hits
        return self._coder.code(looked.norm, found)

    def _feel(self, pieces: Block, owner: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """Polarity and sentiment of pieces of comments, each in the light of its comment."""
        alone = self.learnt.sentiment.polarity(pieces)
        n = int(owner.max(initial=-1)) + 1
        felt = blend(pieces, alone, owner, n, cuts=self.learnt.cuts)
        return felt.polarity, felt.sentiment

    def _with_found(
        self, looked: Prepared, coded: Coded
    ) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.float32]]:
        theme = coded.theme.astype(np.int32).copy()
        origin = np.select([coded.origin == BY_PHRASE, coded.origin == LEARNT], [1, 2], 0).astype(np.int8)
        confidence = coded.confidence.astype(np.float32).copy()
        bare = np.flatnonzero(theme < 0)
        if len(bare) and self.learnt.found.themes:
            place, sure = self.learnt.found.place(looked.norm, coded.clause[bare].astype(np.int64))
            hit = place >= 0
            theme[bare[hit]] = place[hit] + len(self._leaves)
            origin[bare[hit]] = 3
            confidence[bare[hit]] = sure[hit]
        return theme, origin, confidence

    # what the themes are

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog(self.codebook, self.learnt.found.themes, self.changed)

    @property
    def ids(self) -> list[str]:
        """Ids of the themes, in the numbering of `Reading.theme`."""
        return self.catalog.ids

    @property
    def lineage(self) -> dict[str, str | None]:
        """Theme that is read but no longer in use → the one that took it over, None for none."""
        return dict(self.changed.lineage) if self.changed else {}

    @cached_property
    def fingerprint(self) -> str:
        """Of what decides how a comment is read: equal ones read alike."""
        told = [archive.digest(self.learnt), reads(self.codebook) if self.codebook else "", __version__]
        return blake2b("\n".join(told).encode(), digest_size=12).hexdigest()

    # keeping

    def save(self, folder: Path, about: str = "") -> None:
        """Keep what was learnt, and `about` with it, in one step. Edits are not kept."""
        folder.mkdir(parents=True, exist_ok=True)
        archive.save(folder / FILE, Kept(self.learnt, about))

    @classmethod
    def load(cls, folder: Path) -> Understanding:
        """Raises ValueError or OSError when what is there cannot be read."""
        kept = archive.load(folder / FILE, _KEPT)
        if not isinstance(kept, Kept):
            raise ValueError(f"{folder / FILE} is of another version")
        book, _ = _restored(kept.learnt.codebook, kept.learnt.packs)
        return cls(kept.learnt, book, about=kept.about)


def _lean(coded: Coded) -> NDArray[np.float32]:
    """What a phrase of the codebook says of the polarity: to name a pain is to blame, unless the words praise it."""
    plain = (coded.origin == BY_PHRASE) & ~coded.topic
    lean: NDArray[np.float32] = np.where(plain, np.where(coded.praise, PRAISED, BLAMED), 0).astype(np.float32)
    return lean


def _nothing_coded(norm: Block) -> Coded:
    """Every clause one mention, without a theme."""
    n = len(norm)
    none, zero, no = np.full(n, -1, np.int32), np.zeros(n, np.int32), np.zeros(n, np.bool_)
    lengths = norm.lengths.astype(np.int32)
    clause = np.arange(n, dtype=np.int32)
    return Coded((), clause, zero, lengths, none, np.zeros(n, np.float32), np.zeros(n, np.int8), none, none, no, no)


def _asked(plain: Block, owner: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a question mark closes the piece of the comment that ends at `end`."""
    codes = plain.codes
    after = plain.starts[owner] + end
    question: NDArray[np.bool_] = codes[np.minimum(after, len(codes) - 1)] == ord("?")
    return question


def _restored(
    codebook: str, packs: tuple[str, ...], edits: Sequence[Edit] = ()
) -> tuple[Codebook | None, Edited | None]:
    """The codebook that texts are read with, and what people made of it where they edited it."""
    if not edits:
        return (None if codebook == NONE else load(codebook).only(packs)), None
    base = Codebook(name=NONE, version=1, packs=()) if codebook == NONE else load(codebook)
    changed, _ = apply_known(base, edits)
    off = {pack.name for pack in base.packs} - set(packs)
    return changed.book.only(pack.name for pack in changed.book.packs if pack.name not in off), changed


def _chosen(codebook: str, looked: Prepared) -> tuple[str, ...]:
    """Packs of the codebook asked for; of the starter, core and those whose trade the comments show."""
    if codebook == NONE:
        return ()
    book = load(codebook)
    packs = tuple(pack.name for pack in book.packs)
    if set(packs) == {name.strip() for name in codebook.split(",")}:
        return packs  # they were named one by one
    return choose_packs(book, looked.norm, looked.owner)


def _usual_script(texts: list[str]) -> Language:
    """Which script of Chinese most comments are in: for those that could be either."""
    from balm.understand.language import CODES, detect

    some = Block.of(texts[:2000])
    count = np.bincount(detect(some), minlength=len(CODES))
    return Language.HANT if count[CODES.index(Language.HANT)] > count[CODES.index(Language.HANS)] else Language.HANS


def _pieces(plain: Block, owner: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> Block:
    return Block.of(_texts(plain, owner, start, end))


def _texts(block: Block, owner: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> list[str]:
    base = block.starts[owner]
    text = block.text
    return [text[a:b] for a, b in zip((base + start).tolist(), (base + end).tolist(), strict=True)]
