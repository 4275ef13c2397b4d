"""What the test of alarms runs in processes of their own: `python alarm_tool.py prepare|work|take|check …`.

Each sees the turned clock of the workers; `time.monotonic()` is the machine's and the same in all of them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balm.web.site.settings")

TARGETS = {"urgent": (5, 9), "high": (7, 12), "normal": (10, 18), "low": (1500, 3300)}
"""Priority → seconds to the first contact and to the solution. Those of "low" are reached by an hour's jump only."""
AT_RISK = 0.4
LADDER = (("lead", 1.0, "first"), ("owner", 0.75, "solve"), ("lead", 1.0, "solve"), ("managers", 2.0, "first"))
"""Whom, at which share, of which promise; the last is reached after some of the solution, though it stands last."""
PRIORITIES = ("urgent", "high", "normal", "high", "normal", "low")
KINDS = ("alone", "owned", "contacted", "paused", "solved", "joined", "solved")
PEOPLE = ("ann", "ben", "cleo")
MOST = 40
"""Cases that one actor opens, so that on a slow machine no more mail piles up than on a fast one."""
EVENTS = ("case.escalated", "case.overdue", "delivery.dead")


def prepare(hook: str) -> dict[str, Any]:
    """A workspace with its people, promises, channels, and customers that may be written to (every fifth may not)."""
    from balm.core.calendar import always
    from balm.mitigate import clock
    from balm.web.cases import desk
    from balm.web.deliveries import channel_services
    from balm.web.deliveries.contact_services import Entry, keep
    from balm.web.people.models import Membership, User, Workspace
    from balm.web.site.server import migrate

    migrate()
    workspace = Workspace.objects.create(name="Alarms", slug="alarms")
    people = {}
    for name in ("olga", "mark", *PEOPLE):
        role = {"olga": "owner", "mark": "manager"}.get(name, "front_line")
        people[name] = User.objects.create_user(f"{name}@alarms.example")
        Membership.objects.create(workspace=workspace, user=people[name], role=role)
    olga = people["olga"]
    desk.set_calendar(workspace, always().to_json(), olga)
    desk.set_desk(workspace, olga, close_after=0)
    targets = {clock.Priority(name): clock.Target(*times) for name, times in TARGETS.items()}
    ladder = tuple(clock.Level(to, share, of=of) for to, share, of in LADDER)
    desk.save_policy(workspace, clock.Policy("Short", targets, ladder, AT_RISK), olga, usual=True)
    wish = channel_services.Wish("members", ["case.escalated"], members=[people["mark"]])
    channel_services.add(workspace, olga, "mail", wish)
    channel_services.add(workspace, olga, "webhook", channel_services.Wish("program", EVENTS, address=hook))
    for number in range(300):
        entry = Entry(f"c{number}", f"c{number}@example.com", "en", "given" if number % 5 else "refused")
        keep(workspace, olga, entry)
    return {}


class Actor:
    """Opens cases and works on them, until its standard input is closed. Says what was done, a line of JSON each."""

    def __init__(self, which: str) -> None:
        from balm.web.people.models import User, Workspace

        self.which = int(which)
        self.workspace = Workspace.objects.get(slug="alarms")
        self.users = {user.email.partition("@")[0]: user for user in User.objects.all()}
        self.chance = random.Random(self.which)
        self.later: list[tuple[float, Callable[[], None]]] = []

    def run(self) -> None:
        import select

        from balm.web.cases import services

        print("ready", flush=True)
        opened, next_open, over = 0, 0.0, False
        while not over or self.later:
            now = time.monotonic()
            if not over and now >= next_open and opened < MOST:
                self.open(2 * opened + self.which)
                opened += 1
                next_open = now + self.chance.uniform(1.8, 4.0)
            for act in [act for at, act in self.later if at <= now]:
                act()
            self.later = [(at, act) for at, act in self.later if at > now]
            if not over and self.chance.random() < 0.15:
                user = self.users[self.chance.choice(PEOPLE)]
                if taken := services.take_next(self.workspace, user):
                    self.say("taken", taken.number, now, owner=user.email)
            readable, _write, _failed = select.select([sys.stdin], [], [], 0.1)
            over = over or bool(readable)

    def say(self, what: str, number: int, before: float, **more: Any) -> None:
        after = time.monotonic()
        print(json.dumps({"what": what, "number": number, "before": before, "after": after, **more}), flush=True)

    def open(self, n: int) -> None:
        """The n-th case; what shall become of it is put on the list."""
        from balm.web.cases import services

        kind, priority = KINDS[n // 2 % len(KINDS)], PRIORITIES[n // 2 % len(PRIORITIES)]
        owner = None if kind == "alone" else self.users[PEOPLE[n % 3]]
        before = time.monotonic()
        said: dict[str, Any] = {"source": "rule", "customer": f"c{n}", "themes": ["delivery.late"]}
        case = services.open_case(self.workspace, **said, feedback_id=f"f{n}", priority=priority, owner=owner)
        self.say("opened", case.number, before, kind=kind, priority=priority)
        steps: dict[str, list[tuple[float, str]]] = {
            "contacted": [(4, "contact")],
            "paused": [(2, "contact"), (2.2, "wait"), (6, "resume")],
            "solved": [(2.5, "contact"), (self.chance.uniform(3, 9), "solve")],
            "joined": [(self.chance.uniform(2, 9), "join") for _ in range(3)],
        }
        for number, (after, step) in enumerate(steps.get(kind, [])):
            self.later.append((before + after, lambda s=step, i=number: self.act(case.number, s, said, f"f{n}.{i}")))

    def act(self, number: int, step: str, said: dict[str, Any], feedback: str) -> None:
        from balm.web.cases import services

        before, by = time.monotonic(), self.users["ann"]
        if step == "contact":
            services.contact(self.workspace, number, by, channel="phone", outcome="reached")
        elif step == "solve":
            services.solve(self.workspace, number, by, outcome="mended")
        elif step == "join":
            assert services.open_case(self.workspace, **said, feedback_id=feedback).number == number
        else:
            services.step(self.workspace, number, step, by, reason="asked back")
        self.say(step, number, before)


def check() -> dict[str, Any]:
    """What there is, and whether anything is still to come within 80 seconds."""
    from django.db.models import Count, Q
    from django.utils import timezone

    from balm.web.asks.models import Ask
    from balm.web.cases.models import Alarm, Case, CaseComment
    from balm.web.deliveries.models import Delivery
    from balm.web.jobs.models import Job
    from balm.web.people.models import AuditEntry

    now = timezone.now()
    soon = Case.objects.filter(next_change__lte=now + dt.timedelta(seconds=80)).count()
    rows = Delivery.objects.filter(state__in=("waiting", "held", "sending")).order_by("pk")
    said = ("key", "state", "tries", "words", "not_before", "timed", "claim", "claimed", "created")
    open_ = [str(now)] + [str(row) for row in rows.values_list(*said)] if rows else []
    jobs = Job.objects.filter(state__in=("waiting", "running")).count()
    first = Q(events__kind="owner", events__detail__from="")
    cases = Case.objects.annotate(given=Count("events", filter=first)).prefetch_related("pauses")
    return {
        "left": {"cases": soon, "deliveries": open_[:4], "jobs": jobs},
        "cases": {case.number: _case(case) for case in cases},
        "alarms": [
            [row.pk, row.case.number, row.run, row.name, row.raised.timestamp()]
            for row in Alarm.objects.select_related("case")
        ],
        "comments": list(CaseComment.objects.values_list("feedback_id", flat=True)),
        "deliveries": [
            [str(row.uid), row.kind, row.key, row.purpose, row.state, row.reason, row.customer]
            for row in Delivery.objects.all()
        ],
        "asks": [[row.ref, row.customer, row.delivery.key if row.delivery else ""] for row in Ask.objects.all()],
        "audit": list(AuditEntry.objects.filter(action="case.open").values_list("target", flat=True)),
    }


def _case(case: Any) -> dict[str, Any]:
    def stamp(when: dt.datetime | None) -> float | None:
        return when.timestamp() if when else None

    return {
        "began": case.began.timestamp(),
        "contacted": stamp(case.contacted),
        "solved": stamp(case.solved),
        "paused": sum(max(0.0, (p.ended - p.began).total_seconds()) for p in case.pauses.all() if p.ended),
        "state": case.state,
        "priority": case.priority,
        "owner": case.owner.email if case.owner else "",
        "given": case.given,
        "customer": case.customer,
    }


if __name__ == "__main__":
    import django

    django.setup()
    command, *words = sys.argv[1:]
    if command == "work":
        Actor(*words).run()
    else:
        json.dump({"prepare": prepare, "check": check}[command](*words), sys.stdout)
