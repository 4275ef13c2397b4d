"""Every comment of the store into mentions: part by part, in several processes, and only what is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from balm.core.tables import MENTIONS
from balm.lake.feedback import FeedbackStore
from balm.lake.mention_store import MentionStore, Summary, file_name, read_summary, write_file
from balm.lake.mentions import ThemeColumns, Themes, labelled, mention_table
from balm.lake.parallel import ordered
from balm.understand.codebook.edits import Edit
from balm.understand.redact import KINDS
from balm.understand.understanding import Understanding

MENTIONS_FILE = "mentions.parquet"


@dataclass(frozen=True)
class Coder:
    """Reads parts of a store and writes their mentions into `folder`; nothing counts before it is committed."""

    store: FeedbackStore
    understanding: Understanding
    folder: Path
    coding: str

    def code(self, part: int) -> tuple[int, int]:
        """Write the mentions of a part, unless they lie there already; the part, and how many there are."""
        path = self.folder / file_name(part, self.coding)
        if read_summary(path) is not None:  # of a run that died, or of an edit that was undone
            return part, pq.read_metadata(path).num_rows
        feedback = self.store.read(part, ["feedback_id", "text", "redactions"])
        read = self.understanding.read(feedback.column("text").to_pylist())
        themes = Themes(self.understanding.ids, self.understanding.catalog.kinds)
        table = mention_table(feedback, read, themes, part=part, coding=self.coding)
        languages = np.bincount(read.comment_language, minlength=5).tolist()
        write_file(self.folder, path.name, table, Summary(feedback.num_rows, languages, _redactions(feedback)))
        return part, table.num_rows


def code_feedback(
    store: FeedbackStore,
    folder: Path,
    state: Path,
    understanding: Understanding,
    *,
    jobs: int = 1,
    progress: Callable[[str, int, int], None],
) -> MentionStore:
    """Bring the mentions table in `folder` up to date with `store`, which must be locked for writing.

    Parts whose mentions are there as `understanding` reads them are passed over; those of each other part are replaced
    in one commit, so that a run that dies is taken up where it stopped. `understanding` is what was learnt; other
    processes read it from `state`.
    """
    store.lock()
    mentions = MentionStore(folder)
    coding = coding_of(store, understanding)
    parts = store.parts()
    mentions.keep(parts)
    there = mentions.coded(coding)
    wanted = [part for part in parts if part not in there]
    mentions.folder.mkdir(parents=True, exist_ok=True)
    sizes = store.sizes()
    done = sum(sizes[part] for part in there)
    progress("understand", done, store.rows)
    coder = Coder(store, understanding, mentions.folder, coding)
    for part, n in _spread(coder, state, wanted, jobs):
        mentions.put(part, coding, n)
        done += sizes[part]
        progress("understand", done, store.rows)
    return mentions


def coding_of(store: FeedbackStore, understanding: Understanding) -> str:
    """Fingerprint of what makes the mentions of this store: of the reading, and of the table that is read."""
    return blake2b(f"{store.id}\n{understanding.fingerprint}".encode(), digest_size=8).hexdigest()


def export(store: FeedbackStore, mentions: MentionStore, themes: ThemeColumns, folder: Path) -> Path:
    """Write `mentions.parquet` into `folder`: every mention in the order of the comments, with labels."""
    path = folder / MENTIONS_FILE
    unfinished = path.with_suffix(".tmp")
    paths = mentions.paths()
    try:
        with pq.ParquetWriter(unfinished, MENTIONS, compression="zstd", compression_level=1) as writer:
            for part in store.parts():
                writer.write_table(labelled(pq.read_table(paths[part], use_threads=False), themes))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def earlier_mentions(folder: Path) -> pa.Table | None:
    """Ids and themes of the mentions an earlier run left in `folder`; None where there are none."""
    path = folder / MENTIONS_FILE
    try:
        return pq.read_table(path, columns=["feedback_id", "mention", "start", "theme_id"]) if path.exists() else None
    except (pa.ArrowException, OSError):
        return None


def _redactions(feedback: pa.Table) -> dict[str, int]:
    touched = feedback.filter(pc.greater(pc.list_value_length(feedback.column("redactions")), 0)).column("text")
    counts = {kind: pc.sum(pc.count_substring(touched, f"[{kind}]")).as_py() or 0 for kind in KINDS}
    return {kind: n for kind, n in counts.items() if n}


def _spread(coder: Coder, state: Path, parts: list[int], jobs: int) -> Iterator[tuple[int, int]]:
    if min(jobs, len(parts)) < 2:
        return map(coder.code, parts)
    store = coder.store
    arguments = (store.directory, store.version, state, coder.understanding.edits, coder.coding)
    return ordered(_code, parts, jobs=min(jobs, len(parts)), initializer=_start, arguments=arguments)


# what other processes run; the one that calls `code_feedback` has no such state

_mine: list[Coder] = []


def _start(directory: Path, version: int, state: Path, edits: Sequence[Edit], coding: str) -> None:
    threadpool_limits(1)
    understanding = Understanding.load(state).edited(edits)
    _mine[:] = [Coder(FeedbackStore(directory, version), understanding, MentionStore(directory).folder, coding)]


def _code(part: int) -> tuple[int, int]:
    return _mine[0].code(part)
