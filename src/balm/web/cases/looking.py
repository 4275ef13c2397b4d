"""Looking at new comments: which of them are low scores to be read, and which open a case.

A comment is looked at once. The first import of years of comments must not open ten thousand cases: only those of the
last days count, at most so many at a time, the most pressing first; what was left out is told.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import timezone

from balm.core.types import Scale
from balm.lake.queries import Comment, Filter, Lake, Mention
from balm.mitigate import routing
from balm.mitigate.lowscores import LOW, is_low
from balm.web.cases import desk, notices
from balm.web.cases.models import Case, CaseComment, Desk, Look, LowScore, Rule
from balm.web.cases.opening import as_library, open_case, rules_of
from balm.web.codebook.selectors import edited
from balm.web.feedback import selectors as feedback
from balm.web.people.models import Workspace

Source = Case.Source

URGENT = frozenset({"leaving", "safety", "legal"})
"""Intents that a person must see at once."""

LOUD = 5
"""Urgent cases of one look that are told one by one; beyond them, and all others, together."""

_RANK = {Source.URGENT: 2, Source.RULE: 1, Source.LOW_SCORE: 0}


def is_urgent(mention: Mention) -> bool:
    return mention.sentiment != "positive" and (mention.urgency == "urgent" or mention.intent in URGENT)


def complaints(comment: Comment) -> list[Mention]:
    """Mentions that a case can be about, the most pressing and the worst first."""
    found = [m for m in comment.mentions if m.sentiment == "negative" or is_urgent(m)]
    return sorted(found, key=lambda m: (not is_urgent(m), m.theme is None, m.polarity, m.number))


@dataclass(frozen=True)
class Verdict:
    """What a comment would do. `source`: "" where it opens nothing; `rule`: the one that opens; `why` of it."""

    source: str
    priority: str = ""
    rule: Rule | None = None
    why: tuple[routing.Why, ...] = ()


@dataclass(frozen=True)
class Looker:
    """What it takes to read comments as cases."""

    workspace: Workspace
    room: feedback.Room
    desk: Desk
    rules: list[Rule]

    @classmethod
    def of(cls, workspace: Workspace) -> Looker:
        return cls(workspace, feedback.room(workspace), desk.of(workspace), rules_of(workspace))

    @cached_property
    def scale(self) -> Scale | None:
        found = self.room.snapshot.overview.scale if self.room.snapshot else None
        return Scale(found) if found else None

    @cached_property
    def opening(self) -> list[tuple[Rule, routing.Rule]]:
        return [pair for pair in zip(self.rules, as_library(self.rules), strict=True) if pair[0].opens]

    @cached_property
    def _parents(self) -> dict[str, str]:
        return {id_: entry.parent for id_, entry in edited(self.workspace).entries.items() if entry.parent}

    def above(self, theme: str) -> Iterator[str]:
        """A theme and those above it."""
        seen: set[str] = set()
        while theme and theme not in seen:
            seen.add(theme)
            yield theme
            theme = self._parents.get(theme, "")

    def low(self, comment: Comment) -> bool:
        return comment.score is not None and self.scale is not None and is_low(comment.score, self.scale)

    def facts(self, comment: Comment) -> routing.Facts:
        """What rules are asked about: the complaints in a comment, its score and its attributes."""
        found = complaints(comment)

        def each(name: str) -> frozenset[str]:
            return frozenset(str(getattr(m, name)) for m in found if getattr(m, name))

        return routing.Facts(
            theme=frozenset(up for m in found if m.theme for up in self.above(m.theme)),
            kind=each("kind"),
            target=each("target"),
            urgency=each("urgency"),
            intent=each("intent"),
            language=each("language"),
            emotion=each("emotion"),
            score=comment.score,
            scale=self.scale,
            attribute=dict(comment.by),
        )

    def judge(self, comment: Comment) -> Verdict:
        """Whether a comment opens a case, and why: an urgent word before a rule, a rule before a low score."""
        found, low = complaints(comment), self.low(comment)
        urgent = any(is_urgent(m) for m in found)
        if not found and not low:
            return Verdict("")
        if urgent and self.desk.open_urgent:
            return Verdict(Source.URGENT, "urgent")
        facts = self.facts(comment)
        for row, rule in self.opening:
            if (why := routing.fits(rule.when, facts)) is not None:
                return Verdict(Source.RULE, "", row, why)
        if low and self.desk.open_low and comment.person:
            return Verdict(Source.LOW_SCORE, "")
        return Verdict("")

    def said(self, comment: Comment) -> dict[str, Any]:
        """A comment as `open_case` takes it."""
        found = complaints(comment)
        first = found[0] if found else None
        languages = [m.language for m in comment.mentions if m.language in ("zh-Hans", "zh-Hant", "en")]
        return {
            "customer": comment.person or "",
            "themes": [m.theme for m in found if m.theme],
            "quote": first.text if first else comment.text[:500],
            "kind": (first.kind if first else "") or "",
            "target": (first.target if first else "") or "",
            "attributes": dict(comment.by),
            "language": max(set(languages), key=lambda name: (languages.count(name), name)) if languages else "",
            "score": comment.score,
            "facts": self.facts(comment),
        }


@dataclass
class Found:
    """What one look came to: kept on the desk, and shown."""

    looked: int = 0
    older: int = 0
    undated: int = 0
    low: int = 0
    wanted: int = 0
    opened: int = 0
    joined: int = 0
    over: int = 0
    since: str = ""
    numbers: list[int] = field(default_factory=list)


def parts(workspace: Workspace, lake: Lake) -> list[tuple[str, int]]:
    """Parts of the comments that were not looked at yet: key of the import, number."""
    known = set(Look.objects.filter(workspace=workspace).values_list("import_key", "part"))
    return [pair for pair in lake.parts() if pair not in known]


def look(workspace: Workspace, tell: Callable[[str, int, int], None] = lambda *_: None) -> Found:
    """Look at what is new: rows for low scores, cases for the most pressing. Done again after a crash it comes to the
    same; a part counts as looked at only when all of it was dealt with."""
    looker, done = Looker.of(workspace), Found()
    if looker.room.snapshot is None:
        return done
    fresh = parts(workspace, looker.room.lake)
    if not fresh:
        return done
    newest = looker.room.snapshot.overview.last_day
    asked = Filter()
    if newest is not None:
        since = newest - dt.timedelta(days=looker.desk.days)
        asked, done.since = Filter(first=since), since.isoformat()
    chosen: list[tuple[tuple[Any, ...], str]] = []
    for i, (key, part) in enumerate(fresh):
        tell("look", i, len(fresh))
        for comments in looker.room.lake.every(asked, parts=[part]):
            _look_at(looker, key, comments, chosen, done)
    _left_out(looker.room.lake, fresh, newest is not None, done)
    _open(looker, [name for _rank, name in sorted(chosen, reverse=True)], done)
    _keep(workspace, fresh, done)
    return done


def _look_at(looker: Looker, key: str, comments: list[Comment], chosen: list[Any], done: Found) -> None:
    low = []
    for comment in comments:
        if len(comment.feedback_id) > 200:  # nothing can be kept about an id this long
            continue
        done.looked += 1
        if looker.low(comment):
            low.append(_low(looker.workspace, key, comment))
        verdict = looker.judge(comment)
        if not verdict.source:
            continue
        done.wanted += 1
        when = comment.time or dt.datetime.min
        item = ((_RANK[Source(verdict.source)], when, comment.part, comment.row), comment.feedback_id)
        if len(chosen) < looker.desk.most:
            heapq.heappush(chosen, item)
        elif chosen:
            heapq.heappushpop(chosen, item)
    done.low += len(low)
    LowScore.objects.bulk_create(low, batch_size=500, ignore_conflicts=True)


def _low(workspace: Workspace, key: str, comment: Comment) -> LowScore:
    return LowScore(
        workspace=workspace,
        feedback_id=comment.feedback_id,
        import_key=key[:64],
        time=comment.time.replace(tzinfo=dt.UTC) if comment.time else None,
        score=comment.score or 0.0,
        customer=(comment.person or "")[:200],
    )


def _left_out(lake: Lake, fresh: list[tuple[str, int]], dated: bool, done: Found) -> None:
    """How many comments of the new imports were too old, or had no date, to be looked at."""
    if not dated:
        return
    keys = tuple(sorted({key for key, _part in fresh}))
    every = lake.counts(Filter(imports=keys)).comments
    with_date = lake.counts(Filter(imports=keys, first=dt.date.min)).comments
    inside = lake.counts(Filter(imports=keys, first=dt.date.fromisoformat(done.since))).comments
    done.undated, done.older = every - with_date, with_date - inside


def _open(looker: Looker, names: list[str], done: Found) -> None:
    done.over = done.wanted - len(names)
    quiet: list[Case] = []
    loud, before = 0, looker.desk.last.get("at", "")  # what a look that died had opened was told to nobody
    for comment in looker.room.lake.comments(names):
        verdict = looker.judge(comment)
        if not verdict.source:
            continue
        urgent = verdict.source == Source.URGENT and loud < LOUD
        case, new = _one(looker, comment, verdict, urgent)
        loud += urgent and new
        if not urgent and (new or case.opened.isoformat() > before):
            quiet.append(case)
        done.opened += new
        done.joined += not new
        done.numbers.append(case.number)
    if quiet:
        first, last = quiet[0].number, quiet[-1].number
        with transaction.atomic():
            notices.many(looker.workspace, quiet, f"case.opened:{first}-{last}")


@transaction.atomic
def _one(looker: Looker, comment: Comment, verdict: Verdict, loud: bool) -> tuple[Case, bool]:
    workspace = looker.workspace
    same = CaseComment.objects.filter(workspace=workspace, feedback_id=comment.feedback_id, family="rules")
    if before := same.select_related("case").first():
        return before.case, False
    why: dict[str, Any] = {}
    if verdict.rule is not None:
        found = [[w.condition, list(w.found)] for w in verdict.why]
        why = {"opened": {"rule": verdict.rule.pk, "name": verdict.rule.name, "found": found}}
    last = workspace.cases.order_by("-number").values_list("number", flat=True).first() or 0
    case = open_case(
        workspace,
        source=verdict.source,
        feedback_id=comment.feedback_id,
        priority=verdict.priority,
        why=why,
        tell=loud,
        **looker.said(comment),
    )
    LowScore.objects.filter(workspace=workspace, feedback_id=comment.feedback_id, case=None).update(case=case)
    return case, case.number > last


@transaction.atomic
def _keep(workspace: Workspace, fresh: list[tuple[str, int]], done: Found) -> None:
    Look.objects.bulk_create(
        [Look(workspace=workspace, import_key=key[:64], part=part) for key, part in fresh], ignore_conflicts=True
    )
    told = {name: getattr(done, name) for name in ("looked", "older", "undated", "low", "opened", "joined", "over")}
    told |= {"since": done.since, "at": timezone.now().isoformat(), "days": desk.of(workspace).days}
    Desk.objects.update_or_create(workspace=workspace, defaults={"last": told})


def limit(scale: Scale | None) -> float | None:
    """The highest score that counts as low; None where no scale is known."""
    return LOW[scale] if scale else None
