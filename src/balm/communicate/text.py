"""The report in a terminal: the finding, what was read, the ranked pain points with a quote each."""

from __future__ import annotations

from balm.communicate import numbers
from balm.communicate.messages import known, listed, pick, same, say, span
from balm.communicate.page.ranking import leading, runs, sureness
from balm.communicate.report import Report
from balm.communicate.table import clean, render_table
from balm.core.types import LANGUAGES, Labels, PainPoint

QUOTE = 60
"""Code points of a quote shown at most."""


def render_text(
    report: Report, language: str = "en", *, most: int = 10, terminal: bool = False, width: int = 120
) -> str:
    """The first `most` pain points as a table, with what was read above it and the notes below.

    `terminal`: colors and lines by Rich, at most `width` cells; otherwise plain aligned text. ValueError for an unknown
    language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")

    def w(key: str, **values: object) -> str:
        return pick(say(key, **values), language)

    lines = [pick(report.headline, language), _read(report, language), *_scores(report, language), ""]
    if not report.painpoints:
        lines.append(w("empty.pains"))
    else:
        columns = [w(f"col.{k}") for k in ("rank", "pain", "reach", "severity", "impact", "trend", "sure", "quote")]
        rows = [_row(report, p, i, language) for i, p in enumerate(report.painpoints[:most], 1)]
        lines.append(
            render_table(columns, rows, right=(0, 2, 3, 4), language=language, terminal=terminal, width=width).rstrip(
                "\n"
            )
        )
    if len(report.painpoints) > most:
        lines.append(w("section.more", n=len(report.painpoints) - most))
    o = report.overview
    notes = [*o.notes, say(f"trust.sentiment.{o.sentiment_from}"), say(f"trust.severity.{o.severity_from}")]
    lines += ["", *(f"- {pick(note, language)}" for note in notes)]
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


def _row(report: Report, p: PainPoint, place: int, language: str) -> list[str]:
    digits, priority = report.digits, leading(report, p)
    places = {q.theme_id: i for i, q in enumerate(report.painpoints, 1)}
    tied = sorted(places[t] for t in priority.tied_with if t in places) if priority else []
    label = pick(p.labels, language)
    if p.origin == "discovered":
        label += f" ({pick(say('pain.discovered'), language)})"
    quote = clean(p.quotes[0].text) if p.quotes else ""
    direction = p.trend.direction
    return [
        f"{place} ({'=' + runs(tied)})" if tied else str(place),
        clean(label),
        pick(numbers.estimate(p.reach), language),
        pick(numbers.estimate(p.severity, "score", digits["severity"]), language),
        pick(numbers.estimate(p.impact, "score", digits["impact"]), language),
        pick(listed([say(f"trend.sign.{direction}")]), language) + " " + pick(say(f"trend.{direction}"), language),
        pick(sureness(priority, len(report.painpoints)), language),
        quote if len(quote) <= QUOTE else quote[: QUOTE - 1] + "…",
    ]
