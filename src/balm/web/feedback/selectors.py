"""What the feedback pages read: the comments of the figures that are shown, with people's decisions applied."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from balm.core import decisions as core
from balm.core.types import Labels
from balm.lake.queries import NO_THEME, Filter, Lake
from balm.web.codebook import selectors as codebook
from balm.web.feedback.models import Import, Recode
from balm.web.painpoints.figures import Snapshot, current
from balm.web.painpoints.models import SavedView
from balm.web.people.models import User, Workspace
from balm.web.site.language import pick
from balm.web.site.paths import workspace_dir

PAGE = "feedback"
"""Name of these pages' saved views."""


def recodes(workspace: Workspace) -> list[core.Recode]:
    """Hand coding in force, oldest first: of two of one mention, the later one holds."""
    rows = Recode.objects.filter(workspace=workspace, undone=None).order_by("created", "pk")
    found = rows.values_list("feedback_id", "mention", "theme", "start", "end")
    return [core.Recode(id_, mention, theme or None, start, end) for id_, mention, theme, start, end in found]


def decisions(workspace: Workspace) -> core.Decisions:
    """What people decided up to now: themes merged and archived, customers merged, mentions coded by hand."""
    from balm.web.customers.selectors import aliases

    return core.Decisions(codebook.edited(workspace).lineage, aliases(workspace), tuple(recodes(workspace)))


@dataclass(frozen=True)
class Room:
    """A workspace's comments as they stand: of the versions the figures shown were computed from, decisions applied."""

    workspace: Workspace
    snapshot: Snapshot | None
    decisions: core.Decisions
    lake: Lake

    @cached_property
    def labels(self) -> dict[str, Labels]:
        """Every theme that is in use, or was found: id → labels."""
        edited = codebook.edited(self.workspace)
        found = {theme.id: theme.labels for theme in self.snapshot.themes} if self.snapshot else {}
        return found | {id_: entry.labels for id_, entry in edited.entries.items()}

    def name(self, theme: str | None, sentiment: str = "") -> str:
        """A theme in the reader's language; praise gets its neutral name."""
        if theme is None or theme == NO_THEME:
            return _("No theme")
        topics = self.snapshot.topics if self.snapshot and sentiment == "positive" else {}
        return pick(topics.get(theme) or self.labels.get(theme)) or theme

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        """Themes of the codebook that are in use, as id and name, by name; a name that two share carries the id."""
        names = [(entry.id, self.name(entry.id)) for entry in codebook.shown(self.workspace).in_use()]
        often = Counter(name for _id, name in names)
        told = [(id_, f"{name} ({id_})" if often[name] > 1 else name) for id_, name in names]
        return sorted(told, key=lambda pair: pair[1].casefold())

    def theme_named(self, text: str) -> str | None:
        """The theme in use with this id or name; "" for none at all, None where there is no such theme."""
        wanted = text.strip().casefold()
        if wanted in ("", NO_THEME, self.name(None).casefold()):
            return ""
        for id_, name in self.choices:
            if wanted in (id_.casefold(), name.casefold()):
                return id_
        return None


def room(workspace: Workspace) -> Room:
    """Raises InputRefused where the log of a table is damaged."""
    snapshot, decided = current(workspace), decisions(workspace)
    pins: dict[str, int | None] = {}
    if snapshot:
        pins = {"feedback": snapshot.row.feedback_version, "mentions": snapshot.row.mentions_version}
    return Room(workspace, snapshot, decided, Lake.open(os.fspath(workspace_dir(workspace)), pins, decided))


def facets(found: Room, asked: Filter) -> dict[str, list[tuple[str, int]]]:
    """Values with counts of comments under a filter; those of one state of things are computed once."""
    return _facets(found.lake, asked)


@lru_cache(maxsize=64)
def _facets(lake: Lake, asked: Filter) -> dict[str, list[tuple[str, int]]]:
    return lake.facets(asked)


def import_of(workspace: Workspace, value: str) -> tuple[str, str] | None:
    """The import that an address names, by its number or its key: key in the lake, file name."""
    mine = Import.objects.filter(workspace=workspace)
    short = value.isascii() and value.isdigit() and len(value) < 12
    row = mine.filter(pk=int(value)).first() if short else mine.filter(digest=value).first()
    return (row.digest, row.name) if row else None


def imports(workspace: Workspace) -> dict[str, str]:
    """Key in the lake → file name."""
    return dict(Import.objects.filter(workspace=workspace).values_list("digest", "name"))


def history(workspace: Workspace, feedback_id: str) -> QuerySet[Recode]:
    """Hand coding of one comment, newest first, undone ones too."""
    rows = Recode.objects.filter(workspace=workspace, feedback_id=feedback_id)
    return rows.select_related("by").order_by("-created", "-pk")


def views(workspace: Workspace, user: User) -> QuerySet[SavedView]:
    """One's own saved views of this page and those shared with the workspace."""
    mine = SavedView.objects.filter(workspace=workspace, page=PAGE)
    return mine.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
