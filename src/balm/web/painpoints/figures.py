"""The figures that are shown: typed, of one refresh, with the versions of the tables they were computed from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from pydantic import TypeAdapter

from balm.core.types import Labels, Overview, PainPoint, Theme
from balm.web.painpoints.models import Figures
from balm.web.people.models import Workspace

_PAIN = TypeAdapter(PainPoint)
_THEME = TypeAdapter(Theme)
_OVERVIEW = TypeAdapter(Overview)


@dataclass(frozen=True)
class Snapshot:
    """The figures of one refresh. `painpoints` ranked by customer impact; `themes` all, also those that hurt nobody."""

    row: Figures
    painpoints: tuple[PainPoint, ...]
    themes: tuple[Theme, ...]
    overview: Overview
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def as_of(self) -> dt.datetime:
        return self.row.as_of

    @property
    def solvability(self) -> dict[str, str]:
        """Theme id → low, medium, high: the codebook's prior."""
        return dict(self.shown.get("solvability", {}))

    @property
    def topics(self) -> dict[str, Labels]:
        """Theme id → a neutral name, for praise."""
        return dict(self.shown.get("topics", {}))

    @cached_property
    def by_theme(self) -> dict[str, PainPoint]:
        return {pain.theme_id: pain for pain in self.painpoints}

    @cached_property
    def theme(self) -> dict[str, Theme]:
        return {theme.id: theme for theme in self.themes}

    def labels(self, theme_id: str) -> Labels:
        """Labels of a theme; its id where it is not known any more."""
        found = self.theme.get(theme_id)
        return found.labels if found else dict.fromkeys(("zh-Hans", "zh-Hant", "en"), theme_id)


def current(workspace: Workspace) -> Snapshot | None:
    """The newest figures of a workspace, None before the first analysis."""
    newest = Figures.objects.filter(workspace=workspace).values_list("pk", "created").first()
    return None if newest is None else _typed(*newest)


def of(figures: Figures) -> Snapshot:
    """The figures of one refresh, new or old."""
    return _typed(figures.pk, figures.created)


@lru_cache(maxsize=16)
def _typed(pk: int, created: dt.datetime) -> Snapshot:
    """Rows of a refresh never change, so what was read once may be kept; `created` tells a number that came again."""
    figures = Figures.objects.get(pk=pk)
    rows = list(figures.rows.all())
    pains = [_PAIN.validate_python(row.data) for row in rows if row.data is not None]
    themes = [_THEME.validate_python(row.facts) for row in rows]
    return Snapshot(figures, tuple(pains), tuple(themes), _OVERVIEW.validate_python(figures.overview), figures.shown)
