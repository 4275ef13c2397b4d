"""The last step of an analysis: the head of the report, the quotes, the files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from balm.analysis import Analysis
from balm.assess import Assessment, overall_scores
from balm.core.coded import LANGUAGE_CODES, NO_DAY, CodedFeedback
from balm.core.stats import proportion
from balm.core.types import Estimate, Labels, Overview, Quote, Scale, to_json
from balm.core.version import __version__
from balm.lake.arrays import Coded
from balm.lake.importing import ImportReport
from balm.lake.learning import Asked
from balm.quotes import Candidate, choose
from balm.understand.language import OTHER
from balm.understand.understanding import Understanding

QUOTES = 5
"""Sentences shown with a pain point."""

EXAMPLES = 3
"""Sentences shown with a theme, one of them praise where there is some."""

MOVED = "moved.json"

_FEW = 100
"""Comments below which the report says that they are few."""


def overview(
    imported: ImportReport,
    understanding: Understanding,
    coded: Coded,
    found: Assessment,
    *,
    asked: Asked,
    moved: Estimate | None,
) -> Overview:
    """What was read and how. Every date comes from the data."""
    feedback = coded.feedback
    scale = Scale(asked.scale) if asked.scale else None
    known = feedback.day[feedback.day != NO_DAY]
    days = (known.min(), known.max()) if known.size else (None, None)
    first, last = (None if d is None else np.datetime64(int(d), "D").item() for d in days)
    languages = {LANGUAGE_CODES[i].value: int(n) for i, n in enumerate(coded.languages) if n}
    return Overview(
        files=tuple(item.name for item in imported.sources),
        rows_read=imported.rows,
        comments=feedback.n_comments,
        duplicates=imported.duplicates,
        rejected=imported.rejected,
        customers=feedback.n_customers,
        customers_known=feedback.customers_known,
        mentions=len(feedback.theme),
        coded_mentions=int((feedback.theme >= 0).sum()),
        languages=languages,
        redactions=coded.redactions,
        first_day=first,
        last_day=last,
        scale=scale.value if scale else None,
        scores=overall_scores(feedback, scale),
        columns=_columns(imported),
        codebook=understanding.learnt.codebook,
        packs=understanding.learnt.packs,
        sentiment_from=understanding.learnt.sentiment.source,
        severity_from=found.severity_from,
        moved=moved,
        notes=tuple(_notes(imported, coded)),
        seed=asked.seed,
        version=__version__,
    )


def _columns(imported: ImportReport) -> dict[str, str]:
    """Role → "column (why)"; where the files differ, for each column the files that have it."""
    said: dict[str, dict[str, list[str]]] = {}
    for item in imported.sources:
        for role, column in item.columns.describe().items():
            said.setdefault(role, {}).setdefault(column, []).append(item.name)
    n = len(imported.sources)
    return {
        role: next(iter(columns))
        if len(columns) == 1 and len(next(iter(columns.values()))) == n
        else "; ".join(f"{', '.join(files)}: {column}" for column, files in columns.items())
        for role, columns in said.items()
    }


def _notes(imported: ImportReport, coded: Coded) -> list[Labels]:
    """What a reader must know before believing a number."""
    feedback: CodedFeedback = coded.feedback
    n = feedback.n_comments
    notes: list[Labels] = []
    if n < _FEW:
        notes.append(
            {
                "en": f"Only {n} comment{'s' * (n != 1)}: every interval is wide, and most differences cannot be told "
                "from chance.",
                "zh-Hans": f"只有 {n} 条评论：区间都很宽，多数差别无法与偶然区分。",
                "zh-Hant": f"只有 {n} 則評論：各區間都很寬，多數差異無法與偶然區別。",
            }
        )
    if other := int(coded.languages[OTHER]):
        notes.append(
            {
                "en": f"{other:,} comments are in a language Balm does not read, or hold no words; kept and counted.",
                "zh-Hans": f"{other:,} 条评论使用了 Balm 不支持的语言，或没有文字。它们被保留并计数。",
                "zh-Hant": f"{other:,} 則評論使用 Balm 尚不支援的語言，或沒有文字。這些評論仍會保留並計入。",
            }
        )
    if unread := sum(imported.unread_cells.values()):
        notes.append(
            {
                "en": f"{unread:,} scores or dates could not be read and were left empty; their comments were kept.",
                "zh-Hans": f"有 {unread:,} 个分数或日期无法识别，已留空；相应评论保留。",
                "zh-Hant": f"有 {unread:,} 個分數或日期無法辨識，已留空；相關評論仍保留。",
            }
        )
    scored = int(np.isfinite(feedback.score).sum())
    if 0 < scored < 0.5 * n:
        notes.append(
            {
                "en": f"{scored:,} of {n:,} comments have a score; severity speaks of those only.",
                "zh-Hans": f"{n:,} 条评论中有 {scored:,} 条带分数；严重程度只反映这些评论。",
                "zh-Hant": f"{n:,} 則評論中有 {scored:,} 則附分數；嚴重程度僅反映這些評論。",
            }
        )
    return notes


def add_quotes(found: Assessment, coded: Coded, examples: dict[int, list[int]]) -> None:
    """Look the candidates up, choose by their words, and put the best into pain points and themes."""
    wanted = sorted({i for places in found.quoted.values() for i in places} | {i for p in examples.values() for i in p})
    looked_up = dict(zip(wanted, _look_up(coded, wanted), strict=True))
    shown: set[str] = set()
    for pain in found.painpoints:
        candidates = [looked_up[i] for i in found.quoted.get(pain.theme_id, ())]
        # a sentence with two themes is quoted once, with the pain that ranks first
        fresh = [c for c in candidates if c[0].text not in shown]
        pain.quotes = choose(fresh if len(fresh) >= QUOTES else candidates, QUOTES, pain.distinctive)
        shown |= {quote.text for quote in pain.quotes}
    for j, theme in enumerate(found.themes):
        candidates = [looked_up[i] for i in examples.get(j, ())]
        praise = choose([c for c in candidates if c[0].sentiment == "positive"], 1, theme.distinctive)
        others = [c for c in candidates if c[0] not in praise]
        theme.examples = (*praise, *choose(others, EXAMPLES - len(praise), theme.distinctive))


def _look_up(coded: Coded, places: Sequence[int]) -> list[Candidate]:
    names = ["feedback_id", "mention", "text", "start", "end", "language", "sentiment", "mark_start", "mark_end"]
    names.append("confidence")
    rows: list[dict[str, Any]] = []
    wanted, first = np.asarray(places, np.int64), 0
    for path, n in coded.files:
        mine = wanted[(wanted >= first) & (wanted < first + n)] - first
        if len(mine):
            rows += pq.read_table(path, columns=names, use_threads=False).take(pa.array(mine)).to_pylist()
        first += n
    quotes = (_quote(coded.feedback, place, row) for place, row in zip(places, rows, strict=True))
    return [(quote, float(row["confidence"])) for quote, row in zip(quotes, rows, strict=True)]


def _quote(feedback: CodedFeedback, place: int, row: dict[str, Any]) -> Quote:
    comment = int(feedback.comment[place])
    day, score = int(feedback.day[comment]), float(feedback.score[comment])
    marks = () if row["mark_start"] is None else ((row["mark_start"], row["mark_end"]),)
    return Quote(
        row["feedback_id"],
        row["mention"],
        row["text"],
        row["start"],
        row["end"],
        row["language"],
        row["sentiment"],
        None if day == NO_DAY else np.datetime64(day, "D").astype("datetime64[s]").item(),
        score if np.isfinite(score) else None,
        marks,
    )


def moved_themes(before: pa.Table | None, path: Path, state: Path) -> Estimate | None:
    """Share of the mentions of an earlier run whose theme id is another one now. None without an earlier run.

    Where nothing changed since, what was said of the change before (kept in `state`) stands: the same run twice gives
    the same bytes.
    """
    kept = state / MOVED
    if before is None:
        kept.unlink(missing_ok=True)
        return None
    now = pq.read_table(path, columns=before.column_names)
    if now.equals(before):
        return _kept_estimate(kept)
    coded = before.filter(pc.is_valid(before.column("theme_id")))
    # one span may hold two themes: a mention stayed where its place still has its theme
    stayed = coded.join(now, ["feedback_id", "start", "theme_id"], join_type="left semi").num_rows
    moved = proportion(coded.num_rows - stayed, coded.num_rows)
    _write(kept, _line(to_json(moved)))
    return moved


def _kept_estimate(path: Path) -> Estimate | None:
    try:
        return Estimate(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):  # not there, or damaged: then it is not known
        return None


def write_files(result: Analysis, folder: Path, language: str) -> None:
    """painpoints.json, themes.json, report.html; mentions.parquet and rejected.jsonl are there already."""
    _write(folder / "painpoints.json", _lines(result.painpoints.to_json()))
    themes = _lines(result.themes.to_json())
    _write(folder / "themes.json", f'{{"overview": {_line(to_json(result.overview))},\n"themes": {themes}}}')
    (folder / "rejected.jsonl").touch()
    result.report(folder / "report.html", language)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _lines(values: Sequence[Any]) -> str:
    """A JSON list, one entry a line: quick to write, and two runs can be compared line by line."""
    return "[\n" + ",\n".join(map(_line, values)) + "\n]"


def _write(path: Path, text: str) -> None:
    scratch = path.with_suffix(".tmp")
    scratch.write_text(text + "\n", encoding="utf-8")
    scratch.replace(path)
