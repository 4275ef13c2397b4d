"""A trend before an edit of the codebook and after it, over the same time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from balm.communicate.figure import Figure, Series, days
from balm.communicate.messages import period, say
from balm.core.types import Labels, PainPoint, Point, Theme
from balm.web.codebook import selectors
from balm.web.codebook.models import Version
from balm.web.codebook.tree import named
from balm.web.painpoints.figures import Snapshot, of

BEFORE: Labels = {"zh-Hans": "修改前", "zh-Hant": "修改前", "en": "Before"}
AFTER: Labels = {"zh-Hans": "修改后", "zh-Hant": "修改後", "en": "After"}


@dataclass(frozen=True)
class Restated:
    """One theme: its counts in the figures before and after, None where it is not in them; `figures`: the trend, in one
    chart where both are told by the same periods."""

    theme: str
    labels: Labels
    before: Theme | None
    after: Theme | None
    figures: tuple[Figure, ...]


def restated(version: Version) -> list[Restated]:
    """What a version did to the themes that it touched; empty before there are new figures."""
    if version.figures_after is None:
        return []
    after = of(version.figures_after)
    before = of(version.figures_before) if version.figures_before else None
    return [one for theme in themes(version) if (one := _one(theme, before, after)) is not None]


def themes(version: Version) -> list[str]:
    """Themes that a version's edit names, or that took over or gave back what they had."""
    workspace = version.workspace
    book = selectors.shown_at(workspace, version)
    earlier = selectors.shown_at(workspace, selectors.previous(version))
    found = set(named(version))
    for id_ in list(found):
        found |= {into for state in (book, earlier) if (into := state.resolve(id_))}
    return sorted(found & (set(book.entries) | set(earlier.entries) | {t for t in found if t.startswith("found.")}))


def _one(theme: str, before: Snapshot | None, after: Snapshot) -> Restated | None:
    was = before.theme.get(theme) if before else None
    now = after.theme.get(theme)
    known = now or was
    if known is None:
        return None
    pains = (before.by_theme.get(theme) if before else None, after.by_theme.get(theme))
    return Restated(theme, known.labels, was, now, _figures(known.labels, *pains))


def _figures(labels: Labels, was: PainPoint | None, now: PainPoint | None) -> tuple[Figure, ...]:
    told = [(name, pain) for name, pain in ((BEFORE, was), (AFTER, now)) if pain is not None and pain.trend.series]
    if len({pain.trend.period for _, pain in told}) < 2:
        return (_figure(labels, told),) if told else ()
    return tuple(_figure(labels, [one]) for one in told)


def _figure(labels: Labels, told: list[tuple[Labels, PainPoint]]) -> Figure:
    starts = sorted({point.start for _, pain in told for point in pain.trend.series})
    unit = told[0][1].trend.period
    return Figure(
        kind="trend",
        title=say("figure.trend", theme=labels),
        x=tuple(float(days(start)) for start in starts),
        ticks=tuple(period(start, unit) for start in starts),
        series=tuple(_series(name, pain, starts) for name, pain in told),
        x_name=say("col.period"),
        y_name=say("col.share"),
        low=0.0,
    )


def _series(name: Labels, pain: PainPoint, starts: list[dt.date]) -> Series:
    at: dict[dt.date, Point] = {point.start: point for point in pain.trend.series}
    points: list[Any] = [at.get(start) for start in starts]
    return Series(
        name,
        tuple(p.value if p else None for p in points),
        tuple(p.low if p else None for p in points),
        tuple(p.high if p else None for p in points),
        tuple(p.n if p else 0 for p in points),
        tuple(p.count if p else None for p in points),
    )


def together(version: Version) -> list[Version]:
    """Other versions that the new figures hold and the old ones do not: their effects cannot be told apart here."""
    if version.figures_after is None:
        return []
    first = version.figures_before.codebook_version if version.figures_before else 0
    last = version.figures_after.codebook_version
    between = Version.objects.filter(workspace=version.workspace_id, number__gt=first, number__lte=last)
    return list(between.exclude(pk=version.pk).order_by("number"))
