"""What the themes of a reading are: their ids and targets, and their names as people see them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from balm.core.coded import TARGETS
from balm.core.types import Labels, Theme
from balm.understand.codebook.entries import Edited, Entry
from balm.understand.codebook.model import Codebook
from balm.understand.discovery import DiscoveredTheme
from balm.understand.found import distinctive, theme_labels

FOUND_KIND = "process"
"""Kind of a found theme until a person says better."""


class Catalog:
    """Themes of a codebook and those that discovery found.

    `ids`, `labels`, `topic_labels`, `kinds` and `targets` are in the numbering of a reading: leaves of the codebook,
    then the found themes. `themes` is what people see: of an edited codebook, themes in use and open proposals.
    """

    def __init__(self, book: Codebook | None, found: Iterable[DiscoveredTheme], edited: Edited | None = None) -> None:
        self.book, self.edited = book, edited
        self.leaves = book.leaves() if book else ()
        self.found = tuple(found)

    @property
    def ids(self) -> list[str]:
        return [t.id for t in self.leaves] + [t.id for t in self.found]

    @property
    def labels(self) -> list[Labels]:
        return [dict(t.labels) for t in self.leaves] + [theme_labels(t) for t in self.found]

    @property
    def topic_labels(self) -> list[Labels]:
        """Neutral names, shown for praise."""
        return [t.topic_labels for t in self.leaves] + [theme_labels(t) for t in self.found]

    @property
    def kinds(self) -> list[str]:
        return [str(t.kind) for t in self.leaves] + [FOUND_KIND] * len(self.found)

    @cached_property
    def targets(self) -> NDArray[np.int8]:
        """Target of each theme; the last entry, which −1 finds, stands for no theme."""
        names = [t.value for t in TARGETS]
        of = [names.index(t.target) for t in self.leaves] + [-1] * (len(self.found) + 1)
        return np.array(of, np.int8)

    @cached_property
    def shown(self) -> tuple[Entry, ...]:
        """Themes in use of the edited codebook: those that are read here, those that edits made, and those that took
        another over."""
        assert self.edited is not None
        base, lineage = self.edited.base, self.edited.lineage
        here = {t.id for t in self.leaves} | {id_ for id_ in lineage.values() if id_}
        return tuple(e for e in self.edited.in_use() if e.id in here or e.id not in base)

    @cached_property
    def open(self) -> tuple[DiscoveredTheme, ...]:
        """Found themes that nobody has decided on."""
        if self.edited is None:
            return self.found
        ids = set(self.edited.proposals(t.id for t in self.found))
        return tuple(t for t in self.found if t.id in ids)

    def solvability(self) -> dict[str, str]:
        """How easy a theme is to solve, by the codebook's prior; found themes have none."""
        if self.edited is None:
            return {t.id: t.solvability for t in self.leaves}
        return {e.id: e.solvability for e in self.shown if e.origin != "discovered"}

    def topics(self) -> dict[str, Labels]:
        """Neutral name of each theme that people see."""
        if self.edited is None:
            return dict(zip(self.ids, self.topic_labels, strict=True))
        neutral = {e.id: self._topic(e) for e in self.shown}
        return neutral | {t.id: theme_labels(t) for t in self.open}

    def _topic(self, entry: Entry) -> Labels:
        """The codebook's neutral name, unless people renamed the theme."""
        assert self.edited is not None
        theme = self.edited.base.theme(entry.id) if entry.id in self.edited.base else None
        return theme.topic_labels if theme and dict(theme.labels) == entry.labels else entry.labels

    def themes(self) -> list[Theme]:
        """The themes as people see them, without counts."""
        if self.edited is not None:
            made = [
                Theme(e.id, e.labels, e.kind, parent=e.parent, definition=e.definition, distinctive=self._words(e.id))
                for e in self.shown
            ]
        else:
            book = self.book
            made = [
                Theme(
                    t.id,
                    dict(t.labels),
                    t.kind,
                    parent=book.parent(t.id) if book else None,
                    definition=dict(t.definition or {}),
                )
                for t in self.leaves
            ]
        return made + [
            Theme(t.id, theme_labels(t), FOUND_KIND, origin="discovered", distinctive=distinctive(t)) for t in self.open
        ]

    def _words(self, theme_id: str) -> tuple[str, ...]:
        """Phrases that told an accepted proposal."""
        return next((distinctive(t) for t in self.found if t.id == theme_id), ())
