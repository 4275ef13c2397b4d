"""The whole loop on one page: collect, understand, measure, diagnose, prioritize, communicate.

`analyze` is what the command line runs; `refresh` makes the figures of a folder anew, for one who imports and shows in
other ways. Both take the same steps.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from balm.analysis import Analysis, Results
from balm.assess import Assessment, assess, theme_examples
from balm.core.decisions import Decisions
from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES, SCALE_RANGE, Labels, Overview, PainPoint, Scale, Theme
from balm.lake.arrays import Coded, coded_arrays
from balm.lake.coding import code_feedback, earlier_mentions, export
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import ImportReport, import_files, whole
from balm.lake.learning import Asked, learn
from balm.lake.mention_store import MentionStore
from balm.lake.mentions import ThemeColumns
from balm.lake.parallel import ordered
from balm.outcome import add_quotes, moved_themes, overview, write_files
from balm.redaction import redact_table, redact_texts
from balm.understand.codebook.edits import Edit
from balm.understand.understanding import Understanding

Progress = Callable[[str, int, int], None]
"""Called with the stage, what is done and what there is."""

STATE = "state"
"""Folder, in an analysis folder, of what was learnt."""


def analyze(
    data: Any,
    *,
    id: str | None = None,
    text: str | None = None,
    score: str | None = None,
    scale: Scale | str | None = None,
    time: str | None = None,
    customer: str | None = None,
    by: Sequence[str] | None = None,
    codebook: str | Path = "starter",
    themes: int | None = None,
    language: str = "en",
    seed: int = 0,
    out: str | Path | None = None,
    jobs: int = 1,
    relearn: bool = False,
    embeddings: bool = False,
    progress: Progress | None = None,
) -> Analysis:
    """Read comments and rank what hurts.

    `data`: a path or several, or a table (Arrow, pandas, Polars, list of dicts). `id` … `by` name columns that are
    guessed otherwise; "none" switches one off. `codebook`: "starter", packs ("core,travel"), a YAML file, or "none".
    `themes`: how many themes discovery proposes; None lets the words decide. `out`: folder for the files; what was
    imported there before is kept, and themes keep their ids unless `relearn`. `jobs`: processes; a script that asks
    for several must guard its start with `if __name__ == "__main__"`. `embeddings`: use local sentence embeddings for
    discovery in English (extra `balm[embeddings]`). Same input, seed and version: same bytes.

    Raises InputRefused when nothing can be read, WrongUse for arguments that contradict the data.
    """
    _check(language, themes, seed, jobs)
    roles = {"id": id, "text": text, "score": score, "scale": scale, "time": time, "customer": customer}
    say = progress or _quiet
    # one thread: many are several times slower on a busy machine, and sums in another order are other bytes
    with threadpool_limits(1), _folder(out) as folder, FeedbackStore(folder) as store:
        imported = import_files(
            data,
            store,
            named={**roles, "by": list(by) if by else None},
            redact=redact_table,
            redact_text=redact_texts,
            progress=lambda done, total: say("read", done, total),
            spread=partial(ordered, jobs=jobs) if jobs > 1 else map,
        )
        asked = Asked.of(str(codebook), themes, seed, scale_of(whole(store)), embeddings=embeddings)
        anew = [item.name for item in imported.sources if item.anew]
        earlier = None if anew else earlier_mentions(folder)
        made = _figures(store, folder, asked, relearn=relearn, jobs=jobs, say=say)
        labels = ThemeColumns.of(made.understanding.catalog, language)
        path = export(store, made.mentions, labels, folder)
        moved = moved_themes(earlier, path, folder / STATE)
        result = Analysis(
            Results(made.found.painpoints),
            Results(made.found.themes),
            made.overview(store, asked, moved),
            folder if out is not None else None,
            solvability=made.understanding.catalog.solvability(),
            topics=made.understanding.catalog.topics(),
            source=path,
            feedback=store.batches,
            anew=tuple(anew),
        )
        say("report", 0, 1)
        if out is None:
            result.hold()  # the folder goes when this call returns
        else:
            write_files(result, folder, language)
        say("report", 1, 1)
        return result


@dataclass(frozen=True)
class Refreshed:
    """The figures of an analysis folder. Plain values: it can be handed from one process to another.

    `painpoints` ranked, `themes` in the codebook's order, open proposals of discovery behind it
    (`origin="discovered"`); both with sentences. `solvability`, `topics`: by theme id. `lineage`: theme no longer in
    use → the one that counts for it, None for none, as far as the edits say. `versions`: of the tables "feedback" and
    "mentions" that were read, None where there is no such table.
    """

    painpoints: list[PainPoint]
    themes: list[Theme]
    overview: Overview
    solvability: dict[str, str]
    topics: dict[str, Labels]
    lineage: dict[str, str | None]
    versions: dict[str, int | None]


def refresh(
    folder: str | os.PathLike[str],
    asked: Asked,
    *,
    edits: Sequence[Edit] = (),
    decisions: Decisions | None = None,
    jobs: int = 1,
    relearn: bool = False,
    progress: Progress | None = None,
) -> Refreshed:
    """Make the figures of an analysis folder anew: learn, code what is not coded yet, count, rank.

    `asked`: see `asked_of`. `edits`: of the codebook, in force now. `decisions`: of people; what they say of themes
    goes before what the edits say. Nothing is imported and no file for people is written. Raises WrongUse when another
    process writes into the folder, or where it holds no comments.
    """
    with threadpool_limits(1), FeedbackStore(folder) as store:
        store.lock()
        if not store.rows:
            raise WrongUse(f"{store.directory} holds no comments; import some first")
        made = _figures(
            store,
            store.directory,
            asked,
            edits=edits,
            decisions=decisions or Decisions(),
            relearn=relearn,
            jobs=jobs,
            say=progress or _quiet,
        )
        catalog = made.understanding.catalog
        return Refreshed(
            made.found.painpoints,
            made.found.themes,
            made.overview(store, asked, None),
            catalog.solvability(),
            catalog.topics(),
            made.understanding.lineage,
            made.coded.versions,
        )


def asked_of(
    folder: str | os.PathLike[str],
    *,
    codebook: str = "starter",
    themes: int | None = None,
    seed: int = 0,
    embeddings: bool = False,
) -> Asked:
    """The question that `analyze` would put to what the folder holds, with the scale of its scores.

    Raises WrongUse for scores on scales that cannot be put together.
    """
    return Asked.of(codebook, themes, seed, scale_of(whole(FeedbackStore(folder))), embeddings=embeddings)


@dataclass(frozen=True)
class _Figures:
    understanding: Understanding
    mentions: MentionStore
    coded: Coded
    found: Assessment

    def overview(self, store: FeedbackStore, asked: Asked, moved: Any) -> Overview:
        return overview(whole(store), self.understanding, self.coded, self.found, asked=asked, moved=moved)


def _figures(
    store: FeedbackStore,
    folder: Path,
    asked: Asked,
    *,
    edits: Sequence[Edit] = (),
    decisions: Decisions | None = None,
    relearn: bool,
    jobs: int,
    say: Progress,
) -> _Figures:
    """Learn, code, count, rank, quote."""
    understanding = learn(store, folder / STATE, asked, relearn=relearn, progress=say, edits=edits)
    mentions = code_feedback(store, folder, folder / STATE, understanding, jobs=jobs, progress=say)
    say("measure", 0, 1)
    catalog = understanding.catalog
    themes = catalog.themes()
    decided = (decisions or Decisions()).after(understanding.lineage)
    versions = {"feedback": store.version, "mentions": mentions.version}
    coded = coded_arrays(folder, [theme.id for theme in themes], decisions=decided, versions=versions)
    scale = Scale(asked.scale) if asked.scale else None
    found = assess(coded.feedback, coded.facts, themes, solvability=catalog.solvability(), scale=scale, seed=asked.seed)
    add_quotes(found, coded, theme_examples(coded.feedback, coded.facts, len(found.themes)))
    say("measure", 1, 1)
    return _Figures(understanding, mentions, coded, found)


def _quiet(stage: str, done: int, total: int) -> None:
    """Says nothing."""


def _check(language: str, themes: int | None, seed: int, jobs: int) -> None:
    if language not in LANGUAGES:
        raise WrongUse(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    for name, value, least in (("themes", themes, 1), ("seed", seed, 0), ("jobs", jobs, 1)):
        if value is not None and value < least:
            raise WrongUse(f"{name} must be {least} or more, not {value}")


@contextmanager
def _folder(out: str | Path | None) -> Iterator[Path]:
    if out is None:
        with tempfile.TemporaryDirectory(prefix="balm-") as name:
            yield Path(name)
        return
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"cannot make the folder {folder}: {error.strerror}; name another with --out") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongUse(f"the folder {folder} cannot be written to; name another with --out")
    yield folder


def scale_of(held: ImportReport) -> Scale | None:
    """The scale of the scores, None where there are none. Raises WrongUse for scales that cannot be put together."""
    scales = {item.columns.scale: item.name for item in held.sources if item.columns.score}
    if len({SCALE_RANGE[scale] if scale else None for scale in scales}) > 1:
        seen = ", ".join(f"{name}: {scale.value if scale else 'unknown'}" for scale, name in scales.items())
        raise WrongUse(
            f"the files' scores are on different scales ({seen}); name the scale with --scale, analyze them into "
            "separate folders, or leave scores out with --score none"
        )
    return next(iter(scales), None)
