"""The whole loop on one page: collect, understand, measure, diagnose, prioritize, communicate."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from balm.analysis import Analysis, Results
from balm.assess import assess, theme_examples
from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES, SCALE_RANGE, Scale
from balm.lake.coding import code_feedback, earlier_mentions
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import ImportReport, import_files, whole
from balm.lake.learning import Asked, learn
from balm.lake.parallel import ordered
from balm.outcome import add_quotes, moved_themes, overview, write_files
from balm.redaction import redact_table, redact_texts

Progress = Callable[[str, int, int], None]
"""Called with the stage, what is done and what there is."""


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
    say = progress or (lambda stage, done, total: None)
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
        held = whole(store)
        unit = scale_of(held)
        asked = Asked.of(str(codebook), themes, seed, unit, embeddings=embeddings)
        anew = [item.name for item in imported.sources if item.anew]
        earlier = None if anew else earlier_mentions(folder)
        state = folder / "state"
        understanding = learn(store, state, asked, relearn=relearn, progress=say)
        coded = code_feedback(store, folder, state, understanding, language=language, jobs=jobs, progress=say)
        say("measure", 0, 1)
        found = assess(
            coded.feedback,
            coded.facts,
            understanding.themes(),
            solvability=understanding.solvability(),
            scale=unit,
            seed=seed,
        )
        add_quotes(found, coded, theme_examples(coded.feedback, coded.facts, len(found.themes)))
        moved = moved_themes(earlier, coded.path, state)
        result = Analysis(
            Results(found.painpoints),
            Results(found.themes),
            overview(
                held, imported.sources[0].columns, understanding, coded, found, scale=unit, seed=seed, moved=moved
            ),
            folder if out is not None else None,
            solvability=understanding.solvability(),
            topics=understanding.topics(),
            source=coded.path,
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
