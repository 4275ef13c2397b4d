"""What changes loops, their indicators and their reviews: each function one transaction with its audit row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.calendar import Calendar
from balm.mitigate import loops as rhythm
from balm.web.people.audit import record
from balm.web.people.models import Team, User, Workspace
from balm.web.plans import indicators, notices
from balm.web.plans.models import Indicator, IndicatorValue, Loop, Plan, Review
from balm.web.plans.refusals import Refused
from balm.web.plans.services import LONGEST_REASON, line_of, text_of

MOST_EVERY = {"day": 90, "week": 52, "month": 24}
MOST_INDICATORS = 20


@dataclass(frozen=True)
class LoopDraft:
    """What a person fills in. A review every so many days, weeks or months, counted from `anchor`."""

    name: str
    size: str
    unit: str
    every: int
    anchor: dt.date
    goal: str = ""
    team: int | None = None
    owner: int | None = None


def calendar_of(workspace: Workspace) -> Calendar:
    """The days on which the workspace works: those of its first office-hours calendar, Monday to Friday without one."""
    from balm.web.cases import selectors as cases

    found: Calendar = cases.calendar_of(workspace)
    return found


def _fields(workspace: Workspace, draft: LoopDraft) -> dict[str, Any]:
    if draft.size not in Loop.Size.values or draft.unit not in Loop.Unit.values:
        raise Refused(_("Choose a small or a large loop, and its rhythm."))
    if not 1 <= draft.every <= MOST_EVERY[draft.unit]:
        raise Refused(_("Between two reviews lie 1 to %(n)s of these.") % {"n": MOST_EVERY[draft.unit]})
    team = Team.objects.filter(pk=draft.team, workspace=workspace).first() if draft.team else None
    owner = User.objects.filter(pk=draft.owner, memberships__workspace=workspace).first() if draft.owner else None
    if (draft.team and team is None) or (draft.owner and owner is None):
        raise Refused(_("This person or team does not belong to the workspace."))
    return {
        "name": line_of(draft.name, 120, needed=_("Give the loop a name.")),
        "size": draft.size,
        "unit": draft.unit,
        "every": draft.every,
        "anchor": draft.anchor,
        "goal": line_of(draft.goal, LONGEST_REASON),
        "team": team,
        "owner": owner,
    }


@transaction.atomic
def save(workspace: Workspace, draft: LoopDraft, by: User, pk: int | None = None) -> Loop:
    """Make a loop or change one; its next review follows from its rhythm."""
    fields = _fields(workspace, draft)
    loop = _held(workspace, pk) if pk else Loop(workspace=workspace)
    for name, value in fields.items():
        setattr(loop, name, value)
    loop.next_review = upcoming(loop, timezone.localdate())
    try:
        with transaction.atomic():
            loop.save()
    except IntegrityError:
        raise Refused(_("There is a loop of this name already.")) from None
    record(workspace, by, "loop.change" if pk else "loop.make", loop.pk, name=loop.name)
    return loop


def _held(workspace: Workspace, pk: int) -> Loop:
    found = Loop.objects.select_for_update().filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise Refused(_("This loop is not there any more. Load the page again."))
    return found


def upcoming(loop: Loop, today: dt.date) -> dt.date | None:
    """The day of the review that is due or comes next; None for a loop that rests."""
    if not loop.active or loop.anchor is None:
        return None
    last = loop.reviews.order_by("-due").values_list("due", flat=True).first() if loop.pk else None
    cadence = rhythm.Cadence(loop.unit, loop.every)
    return rhythm.review(cadence, loop.anchor, last=last, today=today, calendar=calendar_of(loop.workspace)).day


@transaction.atomic
def rest(workspace: Workspace, pk: int, by: User, *, active: bool) -> Loop:
    """Let a loop rest, or take it up again."""
    loop = _held(workspace, pk)
    if loop.active != active:
        loop.active = active
        loop.next_review = upcoming(loop, timezone.localdate())
        loop.save(update_fields=["active", "next_review"])
        record(workspace, by, "loop.rest", pk, active=active)
    return loop


@transaction.atomic
def indicator(workspace: Workspace, pk: int, by: User, *, side: str, name: str, source: str = "",
              target: float | None = None, better: str = "lower") -> Indicator:  # fmt: skip
    """Give a loop an indicator: of the process (what is done) or of the outcome (what customers have of it)."""
    loop = _held(workspace, pk)
    if side not in Indicator.Side.values or better not in ("lower", "higher"):
        raise Refused(_("Choose whether it is about the process or the outcome, and which way is better."))
    if source and not indicators.known(source):
        raise Refused(_("There is no such figure to read it from."))
    if loop.indicators.count() >= MOST_INDICATORS:
        raise Refused(_("A loop has at most %(n)s indicators.") % {"n": MOST_INDICATORS})
    name = line_of(name, 160, needed=_("Give the indicator a name."))
    made = Indicator.objects.create(
        loop=loop, side=side, name=name, source=source, target=target, better=better, place=loop.indicators.count()
    )
    record(workspace, by, "loop.indicator", pk, indicator=made.pk, name=name)
    return made


@transaction.atomic
def drop_indicator(workspace: Workspace, pk: int, number: int, by: User) -> None:
    """Take an indicator away; what it was stands in the minutes of past reviews."""
    found = Indicator.objects.filter(loop__workspace=workspace, loop=pk, pk=number).first()
    if found is None:
        raise Refused(_("This indicator is not there any more. Load the page again."))
    found.delete()
    record(workspace, by, "loop.indicator_drop", pk, name=found.name)


@transaction.atomic
def measure(workspace: Workspace, number: int, day: dt.date, value: float, by: User) -> None:
    """Write down by hand what an indicator was on a day."""
    found = Indicator.objects.filter(loop__workspace=workspace, pk=number, source="").first()
    if found is None:
        raise Refused(_("This indicator is read off the figures."))
    IndicatorValue.objects.update_or_create(indicator=found, day=day, defaults={"value": value, "by": by})
    record(workspace, by, "loop.measure", found.loop_id, indicator=number, day=day.isoformat(), value=value)


def open_due(now: dt.datetime) -> int:
    """Open every review whose day has come, once, and put the next one into the calendar. How many."""
    today = timezone.localdate(now)
    opened = 0
    due = Loop.objects.filter(active=True, next_review__lte=today).values_list("pk", "next_review")
    for pk, day in list(due):
        with transaction.atomic():
            loop = Loop.objects.select_for_update(of=("self",)).select_related("workspace", "owner").filter(
                pk=pk, next_review=day, active=True
            ).first()  # fmt: skip
            if loop is None:  # another worker was faster
                continue
            _open(loop, day, today)
            opened += 1
    return opened


def _open(loop: Loop, day: dt.date, today: dt.date) -> None:
    review, made = Review.objects.get_or_create(loop=loop, due=day)
    cadence = rhythm.Cadence(loop.unit, loop.every)
    anchor = loop.anchor or day
    loop.next_review = rhythm.following(cadence, anchor, max(day, today), calendar_of(loop.workspace))
    loop.save(update_fields=["next_review"])
    if made:
        review.figures = {"indicators": indicators.read(loop, day), "plans": _plans(loop)}
        review.save(update_fields=["figures"])
        record(loop.workspace, None, "loop.review_open", loop.pk, review=review.pk, due=day.isoformat())
        notices.review_due(review)


def _plans(loop: Loop) -> list[dict[str, Any]]:
    rows = Plan.objects.filter(loop=loop).order_by("number")
    return [{"number": plan.number, "title": plan.title, "state": plan.state} for plan in rows]


@transaction.atomic
def hold(workspace: Workspace, pk: int, by: User, *, present: str, minutes: str, decisions: str) -> Review:
    """Write the minutes of a review: who was there, what was said, what was decided. Written again, the later holds."""
    review = Review.objects.select_for_update().filter(loop__workspace=workspace, pk=pk).first()
    if review is None:
        raise Refused(_("This review is not there any more. Load the page again."))
    minutes, decisions = text_of(minutes), text_of(decisions)
    if not minutes:
        raise Refused(_("Write what was said: a review without minutes was not held."))
    first = review.held is None
    if first:
        review.held = timezone.now()
        review.figures = {"indicators": indicators.read(review.loop, review.due), "plans": _plans(review.loop)}
    review.present, review.minutes, review.decisions = line_of(present, LONGEST_REASON), minutes, decisions
    review.by = by
    review.save()
    record(workspace, by, "loop.review_hold" if first else "loop.minutes", review.loop_id, review=pk)
    return review
