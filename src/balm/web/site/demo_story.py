"""What people did in the demo company, by the services that everybody uses.

In spring, before the second file of comments is there, a second warehouse is planned and its check is registered: as of
then, see `demo_clock`. What that check says later is computed as any other. The rest is done when the demo is made.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from balm.simulate.company import Fix
from balm.web.site.demo_clock import at
from balm.web.site.demo_words import words

if TYPE_CHECKING:
    from balm.web.experiments.models import Check
    from balm.web.people.models import User, Workspace

LATE, CRASH, REPLY = "delivery.late", "app.crash", "support.no_reply"
START, END = dt.date(2026, 5, 6), dt.date(2026, 6, 28)
REGIONS = ("North", "Taiwan", "Hong Kong", "Overseas")
FIX = Fix("late_delivery", START, keep=0.05, where={"region": ("South",)})
"""What the second warehouse does to the simulated company."""

YES, NO = 12, 1
"""Answers of customers who had late parcels."""


@dataclass(frozen=True)
class Cast:
    """The people and teams of the demo. `language`: in which they write."""

    workspace: Workspace
    owner: User
    language: str
    mei: User
    tom: User
    teams: dict[str, int]

    def say(self, name: str) -> str:
        return words(name, self.language)


def cast(workspace: Workspace, owner: User) -> Cast:
    """Teams and members, none of whom has a password; found where they were made before."""
    from balm.web.people import services
    from balm.web.people.models import Membership, Role, Team, User

    people, teams = {}, {}
    for key in ("delivery", "app", "care", "analysis"):
        name = words(f"team.{key}", owner.language)
        found = Team.objects.filter(workspace=workspace, name=name).first()
        teams[key] = found or services.add_team(workspace, "demo", name)
    for key, role, team in (
        ("mei", Role.MANAGER, "delivery"),
        ("tom", Role.ANALYST, "app"),
        ("ana", Role.FRONT_LINE, "care"),
    ):
        email = f"{key}@lumen.example"
        user = User.objects.filter(email=email).first()
        user = user or services.add_user(email, name=words(key, owner.language), actor="demo")
        services.add_member(workspace, "demo", user, role, keep=True)
        Membership.objects.filter(workspace=workspace, user=user, team=None).update(team=teams[team])
        people[key] = user
    pks = {key: team.pk for key, team in teams.items()}
    return Cast(workspace, owner, owner.language, people["mei"], people["tom"], pks)


def _day(month: int, day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)


@transaction.atomic
def spring(cast: Cast) -> None:
    """The plan for late parcels and its check, registered a week before the fix; once."""
    from balm.web.painpoints.models import PainPoint
    from balm.web.plans.models import Plan

    workspace = cast.workspace
    known = PainPoint.objects.filter(workspace=workspace, theme=LATE).exists()
    if not known or timezone.now() < _day(7, 1) or Plan.objects.filter(workspace=workspace).exists():
        return
    loop = _office(cast)
    with at(workspace, _day(5, 1)):
        number = _warehouse(cast, loop)
    with at(workspace, _day(5, 1, 15)):
        _check(cast, number)
    _land(cast, number)
    _reviews(cast, loop)


def _office(cast: Cast) -> int:
    """The office, and a loop with its indicators."""
    from balm.web.plans import loops, office

    workspace, by, say = cast.workspace, cast.owner, cast.say
    with at(workspace, _day(5, 1, 8)):
        for kind, team, text in (
            ("new_experience", "delivery", "duty.experience"),
            ("contact_center", "care", "duty.care"),
            ("daily_analysis", "analysis", "duty.analysis"),
        ):
            office.appoint(workspace, by, kind=kind, team=cast.teams[team], lead=None, mission=say(text), reports_to="")
        draft = loops.LoopDraft(
            say("loop"), "small", "month", 1, dt.date(2026, 6, 1), say("loop.goal"), cast.teams["delivery"]
        )
        loop = loops.save(workspace, draft, by)
        loops.indicator(workspace, loop.pk, by, side="process", name=say("loop.parcels"), target=95.0, better="higher")
        loops.indicator(workspace, loop.pk, by, side="outcome", name=say("loop.reach"), source=f"reach:{LATE}")
    return int(loop.pk)


def _warehouse(cast: Cast, loop: int) -> int:
    """The plan, ready but for its check."""
    from balm.web.plans import services, tasks

    workspace, say, by = cast.workspace, cast.say, cast.mei
    draft = services.Draft(
        say("plan"), "process", (LATE,), say("plan.why"), dt.date(2026, 5, 1), END, Decimal(180_000),
        expected=say("plan.expected"), expected_effect=-0.8, loop=loop, playbook="shorten_wait",
    )  # fmt: skip
    number = services.create(workspace, draft, by).number
    for title, due in (("task.lease", dt.date(2026, 5, 4)), ("task.stock", dt.date(2026, 5, 5))):
        tasks.add(workspace, number, tasks.TaskDraft(say(title), owner=by.pk, due=due), by)
    promise = tasks.TaskDraft(
        say("task.promise"), "promise", cast.tom.pk, dt.date(2026, 5, 18), say("task.where"), say("task.before"),
        say("task.after"), say("task.known"),
    )  # fmt: skip
    tasks.add(workspace, number, promise, by)
    roles: list[dict[str, Any]] = [
        {"part": "accountable", "user": by.pk},
        {"part": "responsible", "team": cast.teams["delivery"]},
        {"part": "consulted", "user": cast.tom.pk},
        {"part": "informed", "team": cast.teams["care"]},
    ]
    services.assign(workspace, number, roles, by)
    services.step(workspace, number, "prepare", by)
    return int(number)


def _spec(cast: Cast, by: str, exposed: dict[str, dt.date], **more: Any) -> dict[str, Any]:
    """What the form would send."""
    return {
        "metric": "mentions", "kind": "share", "least": None, "series": "", "by": by, "known": "attribute",
        "exposed": {unit: day.isoformat() for unit, day in exposed.items()}, "excluded": [], "design": "did",
        "start": min(exposed.values()).isoformat(), "better": "lower", "margin": 0.02, "remainder": 0.35,
        "target": None, "soak": 7, "baseline": 0, "selected": 0, "minimum": 100, "step": 7,
        "watch": {"block": 14, "alpha": 0.05}, "worth": None, "seed": 0, **more,
    }  # fmt: skip


def _check(cast: Cast, number: int) -> Check:
    """Registered by the service that refuses what is too late: neither the fix nor a comment from after it is here."""
    from balm.web.experiments import services

    how, failure = cast.say("check.how"), cast.say("check.failure")
    spec = _spec(
        cast, "region", {"South": START}, comparison=list(REGIONS), end=END.isoformat(), how=how, failure=failure
    )
    made = services.draft(cast.workspace, cast.mei, title=cast.say("check"), themes=[LATE], spec=spec, plan=number)
    return services.register(cast.workspace, made.pk, cast.mei)


def _land(cast: Cast, number: int) -> None:
    from balm.web.plans import services, tasks
    from balm.web.plans.models import Task

    workspace, by = cast.workspace, cast.mei
    rows = list(Task.objects.filter(plan__workspace=workspace, plan__number=number))
    with at(workspace, _day(5, 2)):
        services.step(workspace, number, "start", by)
    for row, day in zip(rows, (4, 5, 15), strict=True):
        with at(workspace, _day(5, day, 16)):
            tasks.move(workspace, number, row.pk, "done", by)
    with at(workspace, _day(5, 6)):
        services.step(workspace, number, "land", by)
    with at(workspace, _day(5, 19)):
        tasks.verify(workspace, number, rows[2].pk, by)
        services.spend(workspace, number, Decimal(172_500), by)


def _reviews(cast: Cast, loop: int) -> None:
    """One review was held; the next one waits for its minutes."""
    from balm.web.plans import loops
    from balm.web.plans.models import Indicator, Review

    workspace, by = cast.workspace, cast.owner
    parcels = Indicator.objects.get(loop=loop, side="process")
    with at(workspace, _day(6, 1)):
        loops.open_due(timezone.now())
        loops.measure(workspace, parcels.pk, dt.date(2026, 6, 1), 93.5, by)
        review = Review.objects.filter(loop=loop).latest("due")
        said = {name: cast.say(name) for name in ("present", "minutes", "decisions")}
        loops.hold(workspace, review.pk, by, **said)


def verdict_due(cast: Cast) -> bool:
    """Let the check begin and end by the clock; whether there is one whose verdict is asked for."""
    from balm.web.experiments import judging
    from balm.web.experiments.models import Check

    judging.turn(timezone.now())
    return Check.objects.filter(workspace=cast.workspace, state=Check.State.DUE).exists()


@transaction.atomic
def summer(cast: Cast) -> None:
    """Customers who had late parcels are asked again, and what people are at now; once."""
    from balm.web.painpoints import services as pains
    from balm.web.painpoints.models import PainPoint
    from balm.web.plans.models import Plan

    workspace = cast.workspace
    if Plan.objects.filter(workspace=workspace).count() > 1:
        return
    if PainPoint.objects.filter(workspace=workspace, theme=LATE).exists():
        pains.assign(workspace, [LATE], cast.owner, owner=cast.mei.pk, team=cast.teams["delivery"])
        pains.place(workspace, LATE, "must", None, cast.owner)
    _voices(cast)
    _crash(cast)
    _draft(cast)
    _cases(cast)


def _voices(cast: Cast) -> None:
    """Nobody's address is known: they were called, and answered by the link that was handed over."""
    from balm.web.asks import services as asks
    from balm.web.asks.models import Ask
    from balm.web.experiments import voice
    from balm.web.experiments.models import Check

    check = Check.objects.filter(workspace=cast.workspace, themes=[LATE]).first()
    if check is None or not voice.affected(check):
        return
    voice.ask(cast.workspace, check.pk, cast.mei)
    rows = list(Ask.objects.filter(workspace=cast.workspace, purpose="check", ref=str(check.pk)).order_by("customer"))
    for n, row in enumerate(rows[: YES + NO]):
        asks.answer(row, "no" if n == YES // 2 else "yes")
        if n in (1, YES // 2):
            asks.comment(row, cast.say("said.yes" if n == 1 else "said.no"))


def _crash(cast: Cast) -> None:
    """A plan that runs: its check is registered today, for a fix next week."""
    from balm.web.experiments import services as checks
    from balm.web.painpoints import services as pains
    from balm.web.painpoints.models import PainPoint
    from balm.web.plans import services, tasks

    workspace, say, by, today = cast.workspace, cast.say, cast.tom, timezone.localdate()
    if not PainPoint.objects.filter(workspace=workspace, theme=CRASH).exists():
        return
    pains.assign(workspace, [CRASH], cast.owner, owner=by.pk, team=cast.teams["app"])
    pains.place(workspace, CRASH, "must", None, cast.owner)
    start, end = today + dt.timedelta(days=7), today + dt.timedelta(days=63)
    draft = services.Draft(
        say("crash"), "product", (CRASH,), say("crash.why"), today, end, Decimal(90_000), expected_effect=-0.7,
        playbook="fix_defect",
    )  # fmt: skip
    number = services.create(workspace, draft, by).number
    for n, title in enumerate(("crash.task1", "crash.task2", "crash.task3")):
        due = today + dt.timedelta(days=3 * n - 2)
        tasks.add(workspace, number, tasks.TaskDraft(say(title), owner=by.pk, due=due), by)
    roles = [{"part": "accountable", "user": by.pk}, {"part": "responsible", "team": cast.teams["app"]}]
    services.assign(workspace, number, roles, by)
    services.step(workspace, number, "prepare", by)
    spec = _spec(
        cast, "device", {"Android": start}, comparison=["iOS", "desktop"], end=end.isoformat(),
        how=say("crash.how"), failure=say("crash.failure"),
    )  # fmt: skip
    made = checks.draft(workspace, by, title=say("crash.check"), themes=[CRASH], spec=spec, plan=number)
    checks.register(workspace, made.pk, by)
    services.step(workspace, number, "start", by)


def _draft(cast: Cast) -> None:
    """A plan that nobody answers for yet."""
    from balm.web.painpoints.models import PainPoint
    from balm.web.plans import services

    if PainPoint.objects.filter(workspace=cast.workspace, theme=REPLY).exists():
        draft = services.Draft(cast.say("reply"), "support", (REPLY,), cast.say("reply.why"), playbook="answer_in_time")
        services.create(cast.workspace, draft, cast.owner)


def _cases(cast: Cast) -> None:
    """Some of the newest complaints, in the hands of the front line."""
    from balm.lake.queries import Filter
    from balm.web.cases import opening, services
    from balm.web.feedback.selectors import room
    from balm.web.people.models import Team, User

    workspace, ana = cast.workspace, User.objects.get(email="ana@lumen.example")
    found = room(workspace).lake.page(Filter(sentiment=("negative",), score_max=2.0), size=6).comments
    for n, comment in enumerate(found):
        themes = list(dict.fromkeys(m.theme for m in comment.mentions if m.theme and m.sentiment == "negative"))[:2]
        case = opening.open_case(
            workspace, source="hand", customer=comment.customer or "", feedback_id=comment.feedback_id, themes=themes,
            quote=comment.text, score=comment.score, priority="high" if n == 0 else "",
            team=Team.objects.get(pk=cast.teams["care"]), by=cast.owner, tell=False,
        )  # fmt: skip
        if n < 4 and case.owner_id is None:
            services.assign(workspace, case.number, ana.pk, cast.owner)
        if n in (2, 3):
            text = cast.say("call")
            services.contact(workspace, case.number, ana, channel="phone", outcome="reached", text=text)
        if n == 3:
            services.solve(workspace, case.number, ana, outcome="explained")
