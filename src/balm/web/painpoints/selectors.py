"""What the list of pain points and the page of one read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from balm.communicate import figures
from balm.communicate.figure import Figure
from balm.communicate.messages import say
from balm.core.types import LANGUAGES, Kind, Labels, Quote, Target
from balm.web.painpoints import models
from balm.web.painpoints.lines import Line
from balm.web.people.models import Team, User, Workspace

State, Moscow = models.PainPoint.State, models.PainPoint.Moscow

PAGE = 20
HISTORY = 12
"""Earlier refreshes whose figures the page of one pain point shows."""

ACTIVITY = 30
CODEBOOK = 300
"""Newest versions of the codebook that are looked through for edits of a theme."""

_LEVELS = {"high": 3, "medium": 2, "low": 1, "": 0}
_MOSCOW = {"": 9, **{value: i for i, value in enumerate(Moscow.values)}}

SORTS: dict[str, Any] = {
    "impact": lambda line: line.place,
    "name": lambda line: line.name.casefold(),
    "reach": lambda line: -(line.pain.reach.value or 0.0),
    "severity": lambda line: -(line.pain.severity.value if line.pain.severity.value is not None else -9.0),
    "trend": lambda line: -(line.pain.trend.ratio.value or 0.0) if line.pain.trend.ratio.value is not None else 9.0,
    "mentions": lambda line: -line.pain.mentions,
    "since": lambda line: -(line.since.toordinal() if line.since else 0),
    "state": lambda line: State.values.index(line.row.state),
    "owner": lambda line: str(line.row.owner or line.row.team or "\uffff").casefold(),
    "moscow": lambda line: (_MOSCOW[line.row.moscow], line.row.moscow_place),
}
"""Name of a sort → its key; within equals, the most impact first."""

KEYS = ("q", "state", "kind", "owner", "level", "target", "moscow", "n", "sort", "desc")
"""What the address of the list may hold, and a saved view keeps."""


@dataclass(frozen=True)
class Filters:
    """The list's filters, read from its address; what cannot be read is left out."""

    q: str = ""
    state: str = ""  # a state, or "all" with the archived ones
    kind: str = ""
    owner: str = ""  # a user's number, "mine", "none", or "team:NUMBER"
    level: str = ""
    target: str = ""
    moscow: str = ""  # a column, or "none"
    n: int = 0  # least negative mentions
    sort: str = "impact"
    desc: bool = False

    @classmethod
    def read(cls, given: Any) -> Filters:
        def one(name: str, allowed: Any) -> str:
            value = given.get(name, "")
            return value if value in allowed else ""

        owner = given.get("owner", "")
        number = owner.removeprefix("team:")
        known = owner in ("mine", "none") or (number.isdecimal() and len(number) < 12)
        least = given.get("n", "")
        return cls(
            q=given.get("q", "").replace("\0", "")[:100].strip(),
            state=one("state", ("all", *State.values)),
            kind=one("kind", [*Kind, "discovered"]),
            owner=owner if known else "",
            level=one("level", ("high", "medium", "low")),
            target=one("target", list(Target)),
            moscow=one("moscow", ("none", *Moscow.values)),
            n=int(least) if least.isdecimal() and len(least) < 9 else 0,
            sort=given.get("sort", "") if given.get("sort", "") in SORTS else "impact",
            desc=given.get("desc", "") == "1",
        )

    @property
    def any(self) -> bool:
        return any((self.q, self.state, self.kind, self.owner, self.level, self.target, self.moscow, self.n))

    def keeps(self, line: Line, user: User) -> bool:
        row, pain = line.row, line.pain
        checks = (
            row.state == self.state
            if self.state not in ("", "all")
            else self.state == "all" or row.state != "archived",
            not self.kind or (line.discovered if self.kind == "discovered" else pain.kind == self.kind),
            not self.owner or self._owned(row, user),
            not self.level or line.level == self.level,
            not self.target or _mostly(pain.targets) == self.target,
            not self.moscow or row.moscow == ("" if self.moscow == "none" else self.moscow),
            pain.mentions >= self.n,
            not self.q or self._named(line),
        )
        return all(checks)

    def _owned(self, row: models.PainPoint, user: User) -> bool:
        if self.owner == "mine":
            return row.owner_id == user.pk
        if self.owner == "none":
            return row.owner_id is None and row.team_id is None
        if self.owner.startswith("team:"):
            return row.team_id == int(self.owner[5:])
        return row.owner_id == int(self.owner)

    def _named(self, line: Line) -> bool:
        """By the label in any language, so that a name is found whichever language the reader chose."""
        wanted = self.q.casefold()
        return any(wanted in line.pain.labels.get(name, "").casefold() for name in LANGUAGES) or wanted in line.theme_id


def _mostly(targets: dict[str, int]) -> str:
    """What most mentions are about; empty where none is clear."""
    return max(targets, key=targets.__getitem__) if targets else ""


def chosen(found: list[Line], filters: Filters, user: User) -> list[Line]:
    """The lines that pass, sorted."""
    kept = [line for line in found if filters.keeps(line, user)]
    kept.sort(key=SORTS[filters.sort])  # stable: `found` is by rank
    return kept[::-1] if filters.desc else kept


def people(workspace: Workspace) -> list[User]:
    """Members, who can own a pain point."""
    return list(User.objects.filter(memberships__workspace=workspace, is_active=True).order_by("name", "email"))


def teams(workspace: Workspace) -> list[Team]:
    return list(Team.objects.filter(workspace=workspace))


def views(workspace: Workspace, user: User) -> list[models.SavedView]:
    """One's own saved views, and those others share."""
    kept = models.SavedView.objects.filter(workspace=workspace, page="painpoints")
    return list(kept.filter(Q(owner=user) | Q(shared=True)).select_related("owner")[:100])


def row_of(workspace: Workspace, theme: str) -> models.PainPoint | None:
    return models.PainPoint.objects.filter(workspace=workspace, theme=theme).select_related("owner", "team").first()


def activities(row: models.PainPoint) -> list[models.Activity]:
    """The newest, with who did them."""
    return list(models.Activity.objects.filter(painpoint=row).select_related("by")[:ACTIVITY])


@dataclass(frozen=True)
class CodebookChange:
    """An edit of the codebook that names a theme."""

    version: Any
    edit: str
    undone: bool

    @property
    def created(self) -> Any:
        return self.version.created


def codebook_changes(workspace: Workspace, theme: str) -> list[CodebookChange]:
    """Edits that name the theme, newest first."""
    from balm.web.codebook.models import Version

    found = []
    versions = Version.objects.filter(workspace=workspace).select_related("by").defer("edits")
    for version in versions[:CODEBOOK]:
        for how in ("do", "undo"):
            edits = (version.change or {}).get(how) or []
            for edit in edits if isinstance(edits, list) else [edits]:
                if isinstance(edit, dict) and _names(edit, theme):
                    found.append(CodebookChange(version, str(edit.get("edit", "")), how == "undo"))
    return found[:ACTIVITY]


def _names(value: Any, theme: str) -> bool:
    if isinstance(value, dict):
        return any(_names(v, theme) for v in value.values())
    if isinstance(value, list):
        return any(_names(v, theme) for v in value)
    return value == theme


@dataclass(frozen=True)
class Earlier:
    """A pain point in the figures of an earlier refresh."""

    as_of: Any
    comments: int
    rank: int | None
    impact: Any
    mentions: int | None


def history(workspace: Workspace, theme: str) -> list[Earlier]:
    """Rank and impact at the newest refreshes, newest first; the current one among them."""
    from balm.communicate import numbers
    from balm.core.types import Estimate

    rows = models.PainFigures.objects.filter(figures__workspace=workspace, theme=theme)
    rows = rows.order_by("-figures__created", "-figures__pk")
    names = ("figures__as_of", "figures__comments", "rank", "data__impact", "data__mentions")
    return [
        Earlier(as_of, comments, rank, numbers.impact(Estimate(**impact)) if impact else None, mentions)
        for as_of, comments, rank, impact, mentions in rows.values_list(*names)[:HISTORY]
    ]


def marked(quote: Quote) -> list[tuple[str, bool]]:
    """The sentence in pieces: (text, whether these words coded it)."""
    pieces, at = [], 0
    for start, end in sorted(quote.marks):
        if start < at or end > len(quote.text):
            continue
        pieces += [(quote.text[at:start], False), (quote.text[start:end], True)]
        at = end
    return [(text, coded) for text, coded in [*pieces, (quote.text[at:], False)] if text]


@dataclass(frozen=True)
class Bars:
    """Counts by name as a chart, with what each row of its table opens."""

    figure: Figure
    rows: list[tuple[str, Labels, int]]  # key, name, count
    told: int


def bars(line: Line, what: str) -> Bars | None:
    """`what`: emotions or targets."""
    counts = getattr(line.pain, what)
    prefix = what.removesuffix("s")
    fig = figures.bars(say(f"figure.{what}", theme=line.pain.labels), prefix, counts, say(f"pain.{what}"))
    if fig is None:
        return None
    order = sorted(((n, k) for k, n in counts.items() if n > 0), key=lambda p: (p[1] == "none", -p[0], p[1]))
    rows = [(key, name, n) for (n, key), name in zip(order, fig.ticks, strict=True)]
    return Bars(fig, rows, sum(n for key, _, n in rows if key != "none"))


def person_share(line: Line) -> tuple[int, int]:
    """Mentions that are about a person, and those whose target is clear."""
    targets = line.pain.targets
    return targets.get(Target.PERSON.value, 0), sum(targets.values())
