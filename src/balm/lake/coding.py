"""Every comment of the store into mentions: part by part, in several processes, into one Parquet file and arrays."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from balm.core.coded import NO_DAY, CodedFeedback, MentionFacts
from balm.core.tables import BY, MENTIONS
from balm.lake.attributes import attribute, customers
from balm.lake.feedback import FeedbackStore
from balm.lake.mentions import ThemeColumns, mention_table
from balm.lake.parallel import ordered
from balm.understand.redact import KINDS
from balm.understand.understanding import ORIGINS, Understanding

MENTIONS_FILE = "mentions.parquet"
_PHRASE = ORIGINS.index("phrase") + 1


@dataclass(frozen=True)
class Coded:
    """`path`: every mention. `feedback`, `facts`: the same as arrays. `languages`: comments by language code;
    `redactions`: kind of identifier → placeholders in the comments."""

    path: Path
    feedback: CodedFeedback
    facts: MentionFacts
    languages: NDArray[np.int64]
    redactions: dict[str, int]


@dataclass(frozen=True)
class _Part:
    """What one part comes to: the file of its mentions, and arrays of its mentions and comments."""

    file: Path
    mentions: dict[str, NDArray[np.generic]]
    languages: NDArray[np.int64]
    redactions: dict[str, int]
    rows: int


_worker: dict[str, object] = {}


def _start(folder: str, state: str, language: str, scratch: str) -> None:
    """Make a process ready: the store to read from, what was learnt, where to write."""
    threadpool_limits(1)
    _ready(folder, Understanding.load(Path(state)), language, scratch)


def _ready(folder: str, understanding: Understanding, language: str, scratch: str) -> None:
    _worker.update(
        store=FeedbackStore(folder),
        understanding=understanding,
        columns=ThemeColumns.of(
            understanding.ids, understanding.labels, understanding.topic_labels, understanding.kinds, language
        ),
        scratch=Path(scratch),
    )


def _code(part: int) -> _Part:
    store, understanding = _worker["store"], _worker["understanding"]
    columns, scratch = _worker["columns"], _worker["scratch"]
    assert isinstance(store, FeedbackStore) and isinstance(understanding, Understanding)
    assert isinstance(columns, ThemeColumns) and isinstance(scratch, Path)
    feedback = store.read(part, ["feedback_id", "text", "redactions"])
    read = understanding.read(feedback.column("text").to_pylist())
    table = mention_table(feedback, read, columns)
    file = scratch / f"{part}.arrow"
    with pa.ipc.new_file(file, table.schema) as out:
        out.write_table(table)
    arrays: dict[str, NDArray[np.generic]] = {
        "comment": read.comment.astype(np.int32),
        "theme": read.theme.astype(np.int32),
        "negative": read.sentiment < 0,
        "positive": read.sentiment > 0,
        "polarity": read.polarity,
        "emotion": read.emotion,
        "target": read.target,
        "urgent": read.urgency == 0,
        "length": (read.end - read.start).astype(np.int32),
        "sure": read.origin == _PHRASE,
    }
    languages = np.bincount(read.comment_language, minlength=5).astype(np.int64)
    return _Part(file, arrays, languages, _redactions(feedback), feedback.num_rows)


def _redactions(feedback: pa.Table) -> dict[str, int]:
    touched = feedback.filter(pc.greater(pc.list_value_length(feedback.column("redactions")), 0)).column("text")
    counts = {kind: pc.sum(pc.count_substring(touched, f"[{kind}]")).as_py() or 0 for kind in KINDS}
    return {kind: n for kind, n in counts.items() if n}


def code_feedback(
    store: FeedbackStore,
    folder: Path,
    state: Path,
    understanding: Understanding,
    *,
    language: str,
    jobs: int,
    progress: Callable[[str, int, int], None],
) -> Coded:
    """Read every comment of `store`; write `mentions.parquet` into `folder`.

    `understanding` is what was learnt; other processes read it from `state`.
    """
    scratch = state / "scratch"  # not beside the results: a folder of that name there may be the user's
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    path = folder / MENTIONS_FILE
    unfinished = path.with_suffix(".tmp")
    collected: dict[str, list[NDArray[np.generic]]] = {}
    languages = np.zeros(5, np.int64)
    redactions: Counter[str] = Counter()
    done = 0
    try:
        with pq.ParquetWriter(unfinished, MENTIONS, compression="zstd", compression_level=1) as writer:
            parts = store.parts()
            place = str(store.directory)
            if min(jobs, len(parts)) > 1:
                start, arguments = _start, (place, str(state), language, str(scratch))
                work = ordered(_code, parts, jobs=min(jobs, len(parts)), initializer=start, arguments=arguments)
            else:
                _ready(place, understanding, language, str(scratch))
                work = map(_code, parts)
            for part in work:
                with pa.memory_map(str(part.file)) as source:
                    writer.write_table(pa.ipc.open_file(source).read_all())
                part.file.unlink()
                for name, values in part.mentions.items():
                    shifted = values.astype(np.int32) + np.int32(done) if name == "comment" else values
                    collected.setdefault(name, []).append(shifted)
                languages += part.languages
                redactions.update(part.redactions)
                done += part.rows
                progress("understand", done, store.rows)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
        _worker.clear()
    arrays = {name: np.concatenate(parts) for name, parts in collected.items()}
    return Coded(path, _feedback(store, arrays, understanding.ids), _facts(arrays), languages, dict(redactions))


def earlier_mentions(folder: Path) -> pa.Table | None:
    """Ids and themes of the mentions an earlier run left in `folder`; None where there are none."""
    path = folder / MENTIONS_FILE
    try:
        return pq.read_table(path, columns=["feedback_id", "mention", "start", "theme_id"]) if path.exists() else None
    except (pa.ArrowException, OSError):
        return None


def _facts(arrays: dict[str, NDArray[np.generic]]) -> MentionFacts:
    names = ("polarity", "emotion", "target", "urgent", "length", "sure")
    return MentionFacts(**{name: arrays[name] for name in names})  # type: ignore[arg-type]


def _feedback(store: FeedbackStore, arrays: dict[str, NDArray[np.generic]], themes: list[str]) -> CodedFeedback:
    table = store.to_table(["score", "time", "customer", *store.attributes])
    n = table.num_rows
    score = table.column("score").to_numpy().astype(np.float64)
    ms = table.column("time").cast(pa.int64())
    known = ms.is_valid().to_numpy()
    day = np.where(known, ms.fill_null(0).to_numpy() // 86_400_000, NO_DAY).astype(np.int32)
    by = {name.removeprefix(BY): attribute(table.column(name)) for name in store.attributes}
    return CodedFeedback(
        themes=themes,
        comment=arrays["comment"],  # type: ignore[arg-type]
        theme=arrays["theme"],  # type: ignore[arg-type]
        negative=arrays["negative"],  # type: ignore[arg-type]
        positive=arrays["positive"],  # type: ignore[arg-type]
        customer=customers(table.column("customer")),
        score=score,
        day=day,
        by=by,
        customers_known=table.column("customer").null_count < n,
    )
