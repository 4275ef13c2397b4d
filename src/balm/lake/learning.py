"""What is learnt from the store: anew, as it was, or grown by what is new since."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.core.types import SCALE_RANGE, Scale
from balm.core.version import __version__
from balm.lake.feedback import FeedbackStore
from balm.understand.codebook.edits import Edit
from balm.understand.understanding import Sample, Understanding

SAMPLE = 40_000
"""Comments that are learnt from, at most."""


@dataclass(frozen=True)
class Asked:
    """What a state was learnt for. Another question needs another answer."""

    codebook: str
    codebook_hash: str
    themes: int | None
    seed: int
    scale: str | None
    embeddings: bool
    version: str

    @classmethod
    def of(
        cls, codebook: str, themes: int | None, seed: int, scale: Scale | None, *, embeddings: bool = False
    ) -> Asked:
        """The question, with the codebook as it reads now: an edited file is another codebook."""
        path = Path(codebook)
        text = path.read_bytes() if path.suffix in (".yaml", ".yml") and path.is_file() else codebook.encode()
        digest = blake2b(text, digest_size=8).hexdigest()
        return cls(codebook, digest, themes, seed, scale.value if scale else None, embeddings, __version__)


def learn(
    store: FeedbackStore,
    folder: Path,
    asked: Asked,
    *,
    relearn: bool,
    progress: Callable[[str, int, int], None],
    edits: Sequence[Edit] = (),
) -> Understanding:
    """What is known of the comments in `store`, kept in `folder`, for reading with the codebook as edited.

    The same question of the same comments gives the same answer; comments that are new since may add found themes,
    and change nothing else. Edits are no part of the question: see `Understanding.edited`.
    """
    progress("learn", 0, 1)
    before = None if relearn else _before(folder, asked, store)
    if before is None:
        texts, scores = _sample(store, 0)
        made = Understanding.fit(
            Sample(texts, _normal(scores, asked.scale)),
            codebook=asked.codebook, k=asked.themes, seed=asked.seed, embeddings=asked.embeddings, edits=edits,
        )  # fmt: skip
    else:
        made, seen = before[0].edited(edits), before[1]
        if seen < store.rows:
            fresh, _ = _sample(store, seen)
            made = made.grown(fresh, k=asked.themes, seed=asked.seed)
    about = {"asked": asdict(asked), "rows": store.rows, "sources": _sources(store)}
    if before is None or json.loads(before[0].about) != about:
        made.save(folder, json.dumps(about, ensure_ascii=False))
    progress("learn", 1, 1)
    return made


def _sources(store: FeedbackStore) -> list[Any]:
    """What the rows of the store were read from, and how, in their order."""
    return [[item.key, item.columns, item.kept] for item in store.imports]


def _before(folder: Path, asked: Asked, store: FeedbackStore) -> tuple[Understanding, int] | None:
    try:
        kept = Understanding.load(folder)
        state = json.loads(kept.about)
        read = state["sources"]
        if state["asked"] != asdict(asked) or read != _sources(store)[: len(read)]:
            return None  # another question, or of other comments: a source may have been read anew or taken back
        return kept, int(state["rows"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # nothing there, or not of this version: learn anew


def _sample(store: FeedbackStore, start: int) -> tuple[list[str], NDArray[np.float64]]:
    """Comments from place `start` on, at most `SAMPLE`, chosen by a hash of their ids: the same in any order."""
    ids = store.to_table(["feedback_id"]).column("feedback_id").slice(start)
    chosen = np.arange(len(ids))
    if len(ids) > SAMPLE:
        keys = [blake2b(i.encode(), digest_size=8).digest() for i in ids.to_pylist()]
        order = np.argsort(np.frombuffer(b"".join(keys), ">u8"), kind="stable")
        chosen = np.sort(order[:SAMPLE])
    texts: list[str] = []
    scores: list[NDArray[np.float64]] = []
    at = -start
    for batch in store.batches(["text", "score"]):
        low, high = np.searchsorted(chosen, [at, at + batch.num_rows])
        mine = batch.take(chosen[low:high] - at)
        texts += mine.column("text").to_pylist()
        scores.append(pc.cast(mine.column("score"), "float64").to_numpy().astype(np.float64))
        at += batch.num_rows
    return texts, np.concatenate(scores) if scores else np.zeros(0)


def _normal(scores: NDArray[np.float64], scale: str | None) -> NDArray[np.float64]:
    """Scores as 0 (worst) … 1 (best)."""
    known = scores[np.isfinite(scores)]
    if not known.size:
        return scores
    low, high = SCALE_RANGE[Scale(scale)] if scale else (known.min(), known.max())
    return (scores - low) / max(high - low, 1e-9)
