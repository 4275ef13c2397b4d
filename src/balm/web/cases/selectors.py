"""What pages read of cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from balm.core.calendar import Calendar
from balm.core.stats import proportion
from balm.core.types import Estimate, Labels
from balm.web.cases import desk, lowscores
from balm.web.cases.models import Case, CaseTheme, LowScore
from balm.web.cases.opening import OPEN
from balm.web.people.doors import RIGHTS
from balm.web.people.models import Membership, Team, User, Workspace

State = Case.State

PAGE = 50
SORTS = {"due": (F("due").asc(nulls_last=True), "number"), "newest": ("-opened", "-number"), "oldest": ("opened",)}


def calendar_of(workspace: Workspace) -> Calendar:
    """The workspace's office hours; Monday to Friday, 9 to 18, where nobody has set them."""
    return desk.calendar_of(workspace)


@dataclass(frozen=True)
class Filters:
    """What the queue is asked for, read from its address; what cannot be read is left out."""

    who: str = ""  # mine, nobody, or a user's number
    team: int = 0
    state: str = ""  # "" open, all, or a state
    late: bool = False
    theme: str = ""
    source: str = ""
    priority: str = ""
    sort: str = "due"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filters:
        def one(name: str, allowed: Iterable[str]) -> str:
            value = given.get(name, "")
            return value if value in allowed else ""

        who, team = given.get("who", ""), given.get("team", "")
        return cls(
            who=who if who in ("mine", "nobody") or _number(who) else "",
            team=_number(team),
            state=one("state", ("all", *State.values)),
            late=given.get("late", "") == "1",
            theme=given.get("theme", "").replace("\0", "")[:120],
            source=one("source", Case.Source.values),
            priority=one("priority", Case.Priority.values),
            sort=one("sort", SORTS) or "due",
        )

    @property
    def any(self) -> bool:
        return self != Filters(sort=self.sort)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def late() -> Q:
    """Cases that broke a promise and still have to do with it."""
    return Q(state__in=OPEN) & (Q(late_solve=True) | (Q(late_first=True) & Q(contacted=None)))


def queue(workspace: Workspace, asked: Filters, user: User) -> QuerySet[Case]:
    """Cases that pass, with what a line shows of them."""
    rows = Case.objects.filter(workspace=workspace).select_related("owner", "team").prefetch_related("themes")
    if asked.who == "mine":
        rows = rows.filter(owner=user)
    elif asked.who == "nobody":
        rows = rows.filter(owner=None)
    elif asked.who:
        rows = rows.filter(owner=_number(asked.who))
    if asked.team:
        rows = rows.filter(team=asked.team)
    if asked.state != "all":
        rows = rows.filter(state=asked.state) if asked.state else rows.filter(state__in=OPEN)
    if asked.late:
        rows = rows.filter(late())
    for name in ("source", "priority"):
        if value := getattr(asked, name):
            rows = rows.filter(**{name: value})
    if asked.theme:
        rows = rows.filter(pk__in=_about(workspace, asked.theme))
    return rows.order_by(*SORTS[asked.sort])


def behind(workspace: Workspace, theme: str) -> list[str]:
    """A theme and all that it took over."""
    from balm.web.codebook.selectors import edited

    lineage = edited(workspace).lineage
    return [theme, *(old for old, new in lineage.items() if new == theme)]


def _about(workspace: Workspace, theme: str) -> QuerySet[CaseTheme, int]:
    rows = CaseTheme.objects.filter(case__workspace=workspace, theme__in=behind(workspace, theme))
    return rows.values_list("case", flat=True)


def mine(workspace: Workspace, user: User) -> QuerySet[Case]:
    """One's own open cases by the time that is left."""
    return queue(workspace, Filters(who="mine"), user)


@dataclass(frozen=True)
class Summary:
    """The queue in numbers. `free`: nobody has them; `coverage`: share of the low scores of the last 30 days read."""

    open: int
    free: int
    late: int
    soon: int
    waiting: int
    urgent: int
    unread: int
    low: int
    coverage: Estimate


def summary(workspace: Workspace) -> Summary:
    """For the office page and the head of the queue."""
    soon = timezone.now() + dt.timedelta(hours=4)
    n = Case.objects.filter(workspace=workspace, state__in=OPEN).aggregate(
        open=Count("pk"),
        free=Count("pk", filter=Q(owner=None)),
        late=Count("pk", filter=late()),
        soon=Count("pk", filter=Q(due__lte=soon) & ~late()),
        waiting=Count("pk", filter=Q(state=State.WAITING)),
        urgent=Count("pk", filter=Q(priority=Case.Priority.URGENT)),
    )
    month = lowscores.period(workspace, "30")
    told = lowscores.coverage(lowscores.rows(workspace, first=month.first))
    unread = lowscores.unread(workspace).count()
    return Summary(**n, unread=unread, low=told.read.n, coverage=told.read)


@dataclass(frozen=True)
class OfPain:
    """The cases of a pain point, for its page: counts, and the newest."""

    total: int
    open: int
    late: int
    solved: int
    reopened: int
    newest: list[Case]
    url: str


def of_pain(workspace: Workspace, theme: str, most: int = 5) -> OfPain:
    """Cases about a theme, and about those it took over."""
    rows = Case.objects.filter(workspace=workspace, pk__in=_about(workspace, theme)).exclude(state=State.CANCELED)
    n = rows.order_by().aggregate(
        n_total=Count("pk"),
        n_open=Count("pk", filter=Q(state__in=OPEN)),
        n_late=Count("pk", filter=late()),
        n_solved=Count("pk", filter=Q(state__in=(State.SOLVED, State.CLOSED))),
        n_reopened=Count("pk", filter=Q(reopened__gt=0)),
    )
    newest = list(rows.select_related("owner", "team")[:most])
    query = urlencode({"state": "all", "theme": theme})
    return OfPain(
        **{key[2:]: value for key, value in n.items()},
        newest=newest,
        url=f"{reverse('cases:queue', args=[workspace.slug])}?{query}",
    )


def of_customer(workspace: Workspace, customer: str, most: int = 50) -> list[Case]:
    """Cases of one person, under any of her keys, newest first."""
    from balm.web.deliveries.persons import known

    persons = known(workspace, [customer])
    keys = persons.keys(persons.person(customer))
    rows = Case.objects.filter(workspace=workspace, customer__in=keys).select_related("owner", "team")
    return list(rows.prefetch_related("themes")[:most])


def one(workspace: Workspace, number: int) -> Case | None:
    """A case with what its page shows."""
    rows = Case.objects.select_related("workspace", "owner", "team", "policy", "macro")
    return rows.prefetch_related("themes", "pauses").filter(workspace=workspace, number=number).first()


def workers(workspace: Workspace) -> list[User]:
    """Members who may work on cases."""
    rows = Membership.objects.filter(workspace=workspace, role__in=RIGHTS["case", "work"], user__is_active=True)
    return [row.user for row in rows.select_related("user").order_by("user__name", "user__email")]


def teams(workspace: Workspace) -> list[Team]:
    return list(Team.objects.filter(workspace=workspace))


def team_of(workspace: Workspace, user: User) -> Team | None:
    row = Membership.objects.filter(workspace=workspace, user=user).select_related("team").first()
    return row.team if row else None


def free_for(workspace: Workspace, user: User) -> int:
    """How many open cases nobody has, of one's team or of none."""
    team = team_of(workspace, user)
    rows = Case.objects.filter(workspace=workspace, owner=None, state__in=OPEN)
    return (rows.filter(Q(team=None) | Q(team=team)) if team else rows).count()


def names(workspace: Workspace) -> dict[str, Labels]:
    """Labels of every theme a case may be about."""
    from balm.web.codebook.selectors import edited
    from balm.web.painpoints.figures import current

    snapshot = current(workspace)
    found = {theme.id: theme.labels for theme in snapshot.themes} if snapshot else {}
    return found | {id_: entry.labels for id_, entry in edited(workspace).entries.items()}


@dataclass(frozen=True)
class Report:
    """What became of the cases opened in a period: counts, and shares with intervals."""

    days: int
    opened: int
    closed: int
    still_open: int
    canceled: int
    first_late: Estimate
    solve_late: Estimate
    reopened: Estimate
    mended: Estimate
    satisfied: Estimate
    asked: int
    sources: list[tuple[str, str, int]]
    reasons: list[tuple[str, int]]


def report(workspace: Workspace, days: int) -> Report:
    """Of the cases opened in the last `days`; promises are counted where their time is up or they were kept."""
    from balm.web.asks.models import Ask

    now = timezone.now()
    every = Case.objects.filter(workspace=workspace, opened__gte=now - dt.timedelta(days=days)).order_by()
    real = every.exclude(state=State.CANCELED)
    done = Q(state__in=(State.SOLVED, State.CLOSED))
    n = real.aggregate(
        n_opened=Count("pk"),
        n_closed=Count("pk", filter=done),
        n_still=Count("pk", filter=Q(state__in=OPEN)),
        n_first=Count("pk", filter=~Q(first_due=None) & (~Q(contacted=None) | Q(late_first=True))),
        n_first_late=Count("pk", filter=Q(late_first=True)),
        n_solve=Count("pk", filter=~Q(solve_due=None) & (~Q(solved=None) | Q(late_solve=True))),
        n_solve_late=Count("pk", filter=Q(late_solve=True)),
        n_reopened=Count("pk", filter=Q(reopened__gt=0)),
        n_ever=Count("pk", filter=done | Q(reopened__gt=0)),
        n_mended=Count("pk", filter=done & Q(outcome__in=("mended", "explained", "compensated"))),
    )
    refs = {str(number) for number in real.values_list("number", flat=True)}
    rows = Ask.objects.filter(workspace=workspace, purpose="case").values_list("ref", "answer")
    said = [answer for ref, answer in rows if ref.partition(".")[0] in refs]
    told = [answer for answer in said if answer]
    sources = dict(Case.Source.choices)
    by_source = real.values_list("source").annotate(n=Count("pk")).order_by("-n", "source")
    by_reason = real.exclude(reason="").values_list("reason").annotate(n=Count("pk")).order_by("-n", "reason")
    return Report(
        days=days,
        opened=n["n_opened"],
        closed=n["n_closed"],
        still_open=n["n_still"],
        canceled=every.filter(state=State.CANCELED).count(),
        first_late=proportion(n["n_first_late"], n["n_first"]),
        solve_late=proportion(n["n_solve_late"], n["n_solve"]),
        reopened=proportion(n["n_reopened"], n["n_ever"]),
        mended=proportion(n["n_mended"], n["n_closed"]),
        satisfied=proportion(told.count("yes"), len(told)),
        asked=len(said),
        sources=[(source, str(sources[source]), count) for source, count in by_source],
        reasons=list(by_reason[:10]),
    )


def low_scores(workspace: Workspace, *, unread: bool, first: dt.date | None) -> QuerySet[LowScore]:
    """The queue of low scores, or those that were read."""
    rows = lowscores.rows(workspace, first=first).select_related("read_by", "case")
    return rows.filter(decided="") if unread else rows.exclude(decided="").order_by("-read", "-pk")


def solved_in_time(workspace: Workspace, days: int = 90) -> Estimate | None:
    """Share of the promises of a solution that were kept: an indicator for loops."""
    e = report(workspace, days).solve_late
    return proportion(round((1 - e.value) * e.n), e.n) if e.value is not None and e.n else None


def any_at_all(workspace: Workspace) -> bool:
    return Case.objects.filter(workspace=workspace).exists()


def waiting(rows: Iterable[Case]) -> dict[int, Any]:
    """Open pauses by case, for lists."""
    from balm.web.cases.models import Pause

    found = Pause.objects.filter(case__in=[row.pk for row in rows], ended=None)
    return {row.case_id: row for row in found}
