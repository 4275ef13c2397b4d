"""What the pages of imports read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from balm.core.errors import BalmError
from balm.core.types import Labels
from balm.lake.feedback import FeedbackStore
from balm.lake.queries import Filter, Lake
from balm.web.feedback.imports_services import ACTIVE
from balm.web.feedback.models import Import
from balm.web.jobs.models import Job
from balm.web.painpoints.figures import current
from balm.web.painpoints.models import Figures
from balm.web.painpoints.services import REFRESH
from balm.web.people.models import Workspace
from balm.web.site.paths import workspace_dir

State = Import.State


def imports(workspace: Workspace) -> QuerySet[Import]:
    """All imports of a workspace, newest first."""
    return Import.objects.filter(workspace=workspace).select_related("by", "job")


def one(workspace: Workspace, pk: int) -> Import:
    """One import of this workspace. Raises Http404."""
    found = imports(workspace).filter(pk=pk).first()
    if found is None:
        raise Http404("no such import")
    return found


def earlier_scales(item: Import) -> dict[str, str | None]:
    """Name of each import of the workspace whose scores are in the lake, or on their way, → their scale."""
    others = Import.objects.filter(workspace=item.workspace_id, state__in=ACTIVE).exclude(pk=item.pk)
    return {
        name: columns.get("scale")
        for name, columns in others.order_by("created").values_list("name", "columns")
        if columns.get("score")
    }


@dataclass(frozen=True)
class Standing:
    """How far new figures are after an import: "ready", "on the way", "failed" (with `job`), or "none"."""

    state: str
    job: Job | None = None


def figures_after(item: Import) -> Standing:
    """Whether the figures hold what this import brought."""
    if item.finished is None:
        return Standing("none")
    if Figures.objects.filter(workspace=item.workspace_id, as_of__gte=item.finished).exists():
        return Standing("ready")
    job = Job.objects.filter(workspace=item.workspace_id, kind=REFRESH).order_by("-created").first()
    if job is None:
        return Standing("none")
    if job.state in (Job.State.WAITING, Job.State.RUNNING):
        return Standing("on the way", job)
    if job.state == Job.State.DONE:
        # what it read was committed before it began
        return Standing("ready" if job.started and job.started >= item.finished else "none", job)
    return Standing("failed", job)


def later_duplicates(item: Import) -> list[Import]:
    """Imports done after this one that left rows out as duplicates, perhaps of its rows."""
    later = imports(item.workspace).filter(state=State.DONE, duplicates__gt=0, created__gt=item.created)
    return list(later.order_by("created"))


@dataclass(frozen=True)
class Going:
    """What goes when an import is taken back. `customers`: who have a comment in it; `only`: and nowhere else.

    `pains`: (theme id, its labels, comments with a negative mention that go, and all there are), most first.
    """

    comments: int
    mentions: int
    customers: int
    only: int
    pains: tuple[tuple[str, Labels, int, int], ...]


def going(item: Import, most: int = 5) -> Going | None:
    """What the workspace loses with an import; None where it cannot be counted."""
    try:
        lake = Lake.open(workspace_dir(item.workspace))
        mine = Filter(imports=(item.digest,))
        counts, everything = lake.counts(mine), lake.counts(Filter())
        others = tuple(_others(item))
        rest = lake.counts(Filter(imports=others)).customers if others else 0
        negative = Filter(sentiment=("negative",))
        before = dict(lake.facets(negative, ["themes"])["themes"])
        lost = lake.facets(Filter(imports=(item.digest,), sentiment=("negative",)), ["themes"])["themes"]
    except (BalmError, KeyError, OSError):
        return None
    snapshot = current(item.workspace)
    known = snapshot.theme if snapshot else {}
    pains = [(theme, known[theme].labels, n, before.get(theme, n)) for theme, n in lost if theme in known]
    only = max(0, everything.customers - rest)
    return Going(counts.comments, counts.mentions, counts.customers, only, tuple(pains[:most]))


def _others(item: Import) -> QuerySet[Import, str]:
    """Keys of the other imports whose rows are in the lake."""
    kept = Import.objects.filter(workspace=item.workspace_id, kept__gt=0, state__in=(State.DONE, State.TAKING_BACK))
    return kept.exclude(pk=item.pk).values_list("digest", flat=True)


def rejected(item: Import) -> Iterator[dict[str, Any]]:
    """The rows of an import that were set aside: source, line, column, reason, message, raw."""
    try:
        store = FeedbackStore(workspace_dir(item.workspace))
    except BalmError:
        return iter(())
    return store.rejected(item.digest)


@dataclass(frozen=True)
class RejectedRows:
    """`reasons`: reason → rows, most first. `rows`: the first of them; `names`: columns with a cell in any."""

    total: int
    reasons: tuple[tuple[str, int], ...]
    rows: tuple[dict[str, Any], ...]
    names: tuple[str, ...]


def rejected_rows(item: Import, first: int = 100, names: int = 8) -> RejectedRows:
    """The first rejected rows of an import, and how many there are for which reason."""
    reasons = Counter(item.rejected)
    rows = tuple(islice(rejected(item), first))
    seen = Counter(name for row in rows for name in row["raw"])
    order = list(dict.fromkeys(name for row in rows for name in row["raw"]))
    kept = sorted(order, key=lambda name: -seen[name])[:names]
    return RejectedRows(
        sum(reasons.values()), tuple(reasons.most_common()), rows, tuple(name for name in order if name in kept)
    )
