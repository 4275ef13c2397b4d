"""A report as data: what was found, the figures, and the sentences behind the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from balm.communicate import figures
from balm.communicate.figure import Figure
from balm.communicate.messages import listed, say
from balm.communicate.sentences import CAP, Sentences, join, sample
from balm.core.types import Labels, Overview, PainPoint, Theme, to_json

if TYPE_CHECKING:
    import pyarrow as pa

IN_HEADLINE = 3
"""Pain points that the headline names."""

TO_START = 20
"""Pain points in the picture of value and effort."""

FULL = 40
"""Pain points shown in full, with their figures; those that follow are lines of a table."""


@dataclass(slots=True)
class Report:
    """Everything a renderer needs, nothing it has to compute.

    `painpoints`: ranked. `models`: names of the priority models, the one that ranks first. `figures`: by name:
    `score:METRIC`, `effort`, and of the first `FULL` pain points `trend:ID`, `impact:ID`, `emotions:ID`, `targets:ID`.
    `solvability`: theme id → low, medium or high. `topics`: theme id → a neutral name, for praise. `digits`: decimals
    of severity and of impact.
    """

    overview: Overview
    painpoints: tuple[PainPoint, ...]
    themes: tuple[Theme, ...]
    sentences: Sentences
    headline: Labels
    models: tuple[str, ...] = ()
    figures: dict[str, Figure] = field(default_factory=dict)
    solvability: dict[str, str] = field(default_factory=dict)
    topics: dict[str, Labels] = field(default_factory=dict)
    digits: dict[str, int] = field(default_factory=dict)

    @property
    def praised(self) -> list[tuple[Theme, int]]:
        """Themes with positive mentions and how many, most first."""
        tally = self.sentences.tally
        found = [(t, tally[t.id].positive) for t in self.themes if t.id in tally and tally[t.id].positive]
        return sorted(found, key=lambda p: (-p[1], p[0].id))

    @property
    def proposals(self) -> list[Theme]:
        """Discovered themes, most mentions first."""
        return sorted((t for t in self.themes if t.origin == "discovered"), key=lambda t: (-t.mentions, t.id))

    @property
    def to_start(self) -> list[PainPoint]:
        """The first pain points by the model that weighs effort, those whose solvability is known."""
        known = [p for p in self.painpoints if p.theme_id in self.solvability and p.impact.value is not None]
        if len(self.models) > 1:
            known = [p for p in known if self.models[1] in p.priority]
            known.sort(key=lambda p: p.priority[self.models[1]].rank)
        return known[:TO_START]

    @property
    def unclear(self) -> bool:
        """Whether the severity of most of the first pain points cannot be told from none."""
        first = [p.severity for p in self.painpoints[:10]]
        return 2 * sum(e.low is None or e.low <= 0 for e in first) > len(first)

    @property
    def dated(self) -> bool:
        """Whether anything can be said about time."""
        return any(p.trend.series for p in self.painpoints)

    @property
    def grouped(self) -> bool:
        """Whether comments were compared by attributes, or some group stands out."""
        return bool(self.overview.columns.get("by")) or any(p.contrast for p in self.painpoints)

    def to_json(self) -> dict[str, Any]:
        """The report without the sentences, as plain JSON values."""
        return {
            "overview": to_json(self.overview),
            "headline": dict(self.headline),
            "painpoints": to_json(list(self.painpoints)),
            "themes": to_json(list(self.themes)),
            "models": list(self.models),
            "figures": {name: figure.to_json() for name, figure in self.figures.items()},
        }


def build_report(
    overview: Overview,
    painpoints: Sequence[PainPoint],
    themes: Sequence[Theme],
    mentions: Iterable[pa.Table],
    *,
    feedback: Iterable[pa.Table] = (),
    solvability: Mapping[str, str] | None = None,
    topics: Mapping[str, Labels] | None = None,
    cap: int = CAP,
) -> Report:
    """Gather results into one report.

    `painpoints` in the order of their rank. `mentions`: tables with the columns of `core.tables.MENTIONS`, read once
    as a stream. Columns `score`, `time`, `customer` and `by:NAME` are used where present, else taken from `feedback`,
    tables with the columns of `core.tables.FEEDBACK`, so that sentences can be counted by customer, filtered by score
    and opened by period. `solvability`: theme id → "low", "medium" or "high". `topics`: theme id → a neutral name
    ("Delivery time") under which praise is shown, since a pain's own label ("Late delivery") cannot be praised.
    `cap`: mentions the report carries at most.
    """
    sentences = join(sample(mentions, cap), feedback)
    pains = tuple(painpoints)
    models = tuple(dict.fromkeys(model for p in pains for model in p.priority))
    report = Report(overview, pains, tuple(themes), sentences, _headline(pains), models)
    report.solvability, report.topics = dict(solvability or {}), dict(topics or {})
    report.digits = figures.digits(pains[:FULL])
    report.figures = dict(_figures(report))
    return report


def _headline(pains: Sequence[PainPoint]) -> Labels:
    if not pains:
        return say("page.headline_none")
    # a proposal that nobody has read yet makes no headline, unless there is nothing else
    named = [p for p in pains if p.origin != "discovered"] or pains
    names = (say("page.proposed", name=p.labels) if p.origin == "discovered" else p.labels for p in named[:IN_HEADLINE])
    return say("page.headline", pains=listed(names, english=" · "))


def _figures(report: Report) -> Iterable[tuple[str, Figure]]:
    digits = report.digits
    shown = report.painpoints[:FULL]
    top = max((p.impact.high or p.impact.value or 0.0 for p in shown), default=0.0) or 1.0
    for metric, estimate in report.overview.scores.items():
        yield f"score:{metric}", figures.dial(metric, estimate, report.overview.scale)
    for p in shown:
        yield f"trend:{p.theme_id}", figures.trend(p)
        yield (
            f"impact:{p.theme_id}",
            figures.interval(say("figure.impact", theme=p.labels), p.impact, top, digits["impact"]),
        )
        for name, prefix, counts in (("emotions", "emotion", p.emotions), ("targets", "target", p.targets)):
            title = say(f"figure.{name}", theme=p.labels)
            if figure := figures.bars(title, prefix, counts, say(f"pain.{name}")):
                yield f"{name}:{p.theme_id}", figure
    if effort := figures.effort(report.to_start, report.solvability, digits["impact"]):
        yield "effort", effort
