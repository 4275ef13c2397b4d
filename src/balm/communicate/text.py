"""The report in a terminal: the finding, what was read, the ranked pain points with a quote each."""

from __future__ import annotations

from balm.communicate import numbers
from balm.communicate.messages import known, pick, same, say, span
from balm.communicate.page.ranking import leading, sureness
from balm.communicate.report import Report
from balm.communicate.table import clean, render_table
from balm.core.types import LANGUAGES, Labels, PainPoint

LABEL = (20, 34)
"""Cells of a label: fewer only where the line is very narrow, never more."""

_DROPPED = ("quote", "sure", "severity")
"""Columns that are left out, in this order, where the line has no room for them."""


def render_text(
    report: Report, language: str = "en", *, most: int = 10, terminal: bool = False, width: int = 120
) -> str:
    """The first `most` pain points as a table, with what was read above it and the notes below.

    Rows are at most `width` cells: narrow ones leave columns out. `terminal`: colors and lines by Rich; otherwise
    plain aligned text, a quote under each row. ValueError for an unknown language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")

    def w(key: str, **values: object) -> str:
        return pick(say(key, **values), language)

    lines = [pick(report.headline, language), _read(report, language), *_scores(report, language), ""]
    if not report.painpoints:
        lines.append(w("empty.pains"))
    else:
        lines += _table(report, language, most, terminal, width)
        if any(p.priority and _tied(report, p) for p in report.painpoints[:most]):
            lines.append(w("text.tied"))
    if len(report.painpoints) > most:
        lines.append(w("section.more", n=len(report.painpoints) - most))
    o = report.overview
    notes = [*o.notes, say(f"trust.sentiment.{o.sentiment_from}"), say(f"trust.severity.{o.severity_from}")]
    lines.append("")
    for note in notes:
        lines += _wrapped(pick(note, language), width)
    return "\n".join(lines) + "\n"


def _read(report: Report, language: str) -> str:
    o = report.overview
    parts: list[Labels] = [say("count.comments", n=o.comments)]
    parts.append(say("count.customers", n=o.customers) if o.customers_known else say("read.customers_unknown"))
    parts.append(span(o.first_day, o.last_day) if o.first_day and o.last_day else say("read.period_none"))
    if rejected := sum(o.rejected.values()):
        parts.append(say("read.of", label=say("read.rejected"), n=rejected))
    parts.append(same(", ".join(o.files)))
    return " · ".join(clean(pick(p, language)) for p in parts)


def _scores(report: Report, language: str) -> list[str]:
    found = []
    for metric, e in report.overview.scores.items():
        figure = report.figures[f"score:{metric}"]
        shown = pick(numbers.estimate(e, figure.unit, figure.digits), language)
        found.append(f"{pick(known('metric', metric), language)} {shown}, {pick(numbers.sample(e.n), language)}")
    return [" · ".join(found)] if found else []


def _table(report: Report, language: str, most: int, terminal: bool, width: int) -> list[str]:
    shown = report.painpoints[:most]
    keys = ["rank", "reach", "severity", "impact", "trend", "sure", "quote"]
    keys = [k for k in keys if (report.dated or k != "trend") and (terminal or k != "quote")]
    columns = {k: [_cell(report, p, i, k, language) for i, p in enumerate(shown, 1)] for k in keys}
    heads = {k: _say("text.impact" if k == "impact" else f"col.{k}", language) for k in ["pain", *keys]}
    room, keys = _fit(columns, heads, width, 3 if terminal else 2)
    names = [_label(p, language, room) for p in shown]
    keys.insert(1, "pain")
    rows = [[names[i] if k == "pain" else columns[k][i] for k in keys] for i in range(len(shown))]
    right = [i for i, k in enumerate(keys) if k in ("rank", "reach", "severity", "impact")]
    titles = [heads[k] for k in keys]
    drawn = render_table(titles, rows, right=right, language=language, terminal=terminal, width=width).rstrip("\n")
    if terminal:
        return [drawn]
    lines = drawn.split("\n")
    indent = " " * (lines[1].index(rows[0][1]) if rows[0][1] in lines[1] else 4)
    out = lines[:1]
    for line, p in zip(lines[1:], shown, strict=True):
        out.append(line)
        if p.quotes:
            out.append(indent + cut(f"“{clean(p.quotes[0].text).strip()}”", width - len(indent)))
    return out


def _fit(columns: dict[str, list[str]], heads: dict[str, str], width: int, gap: int) -> tuple[int, list[str]]:
    """Cells that are left for the label, and the columns that fit beside it."""
    from rich.cells import cell_len

    keys = list(columns)
    for dropped in (None, *_DROPPED):
        if dropped in keys:
            keys.remove(dropped)
        taken = sum(max(map(cell_len, (heads[k], *columns[k]))) + gap for k in keys)
        if width - taken >= LABEL[0] + 4:
            break
    return max(min(width - taken, LABEL[1]), 8), keys


def _label(p: PainPoint, language: str, room: int) -> str:
    mark = "*" if p.origin == "discovered" else ""
    return cut(clean(pick(p.labels, language)), room - len(mark)) + mark


def _tied(report: Report, p: PainPoint) -> bool:
    priority = leading(report, p)
    return bool(priority and priority.tied_with)


def _cell(report: Report, p: PainPoint, place: int, key: str, language: str) -> str:
    digits = report.digits
    if key == "rank":
        return f"{place}=" if _tied(report, p) else f"{place} "
    if key == "trend":
        return (
            f"{pick(say(f'trend.sign.{p.trend.direction}'), language)} {_say(f'trend.{p.trend.direction}', language)}"
        )
    if key == "sure":
        return pick(sureness(leading(report, p), len(report.painpoints), short=True), language)
    if key == "quote":
        return clean(p.quotes[0].text) if p.quotes else ""
    if key == "reach":
        return pick(numbers.estimate(p.reach), language)
    e = p.severity if key == "severity" else numbers.impact(p.impact)
    return pick(numbers.estimate(e, "score", digits[key]), language)


def _say(key: str, language: str) -> str:
    return pick(say(key), language)


def cut(text: str, width: int) -> str:
    """At most `width` cells, Chinese characters counting two; "…" where something was left out."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)).rstrip() + "…"


def _wrapped(note: str, width: int) -> list[str]:
    """A note behind a dash, broken where its language allows."""
    from rich.cells import cell_len

    pieces = note.split(" ") if " " in note else list(note)
    joint = " " if " " in note else ""
    lines = ["- "]
    for piece in pieces:
        fresh = not lines[-1].strip("- ")
        if not fresh and cell_len(lines[-1] + joint + piece) > width and piece not in "，。；：）":
            lines.append("  ")
            fresh = True
        lines[-1] += piece if fresh else joint + piece
    return lines
