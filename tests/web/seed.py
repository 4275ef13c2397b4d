"""Fill a data folder with workspaces, members of every role and analyzed comments: `python seed.py COMMENTS.csv`.

Runs in a process of its own, because the folder (BALM_DATA) and the database (DATABASE_URL) are read once.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balm.web.site.settings")
PASSWORD = "correct horse battery"


def main(comments: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from balm.web.people.models import Membership, Role, User, Workspace

    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import fill

    lamps = Workspace.objects.create(name="Lamps & Scent", slug="lamps")
    other = Workspace.objects.create(name="Other Ltd", slug="other")
    Workspace.objects.create(name="Empty", slug="empty")
    for workspace in Workspace.objects.all():
        for role in Role.values:
            email = f"{role}@{workspace.slug}.example"
            user = User.objects.create_user(email, PASSWORD, name=role.replace("_", " ").capitalize())
            Membership.objects.create(user=user, workspace=workspace, role=role)
    import balm

    with tempfile.TemporaryDirectory() as folder:
        made = balm.analyze(comments, out=folder)
        for workspace in (lamps, other):
            fill(workspace, made)
    _prove(lamps)
    _work(lamps, User.objects.get(email="owner@lamps.example"))
    _plan(lamps, User.objects.get(email="owner@lamps.example"))


def _plan(workspace: Any, by: Any) -> None:
    """A plan with roles and a page to mend, and a loop whose first review has come."""
    import datetime as dt

    from django.utils import timezone

    from balm.web.plans import loops, services, tasks

    today = timezone.localdate()
    weeks = loops.LoopDraft("Every two weeks", "small", "week", 2, today - dt.timedelta(days=15))
    loop = loops.save(workspace, weeks, by)
    loops.indicator(workspace, loop.pk, by, side="outcome", name="Late", source="reach:delivery.late", target=0.05)
    loops.indicator(workspace, loop.pk, by, side="process", name="Visits to the store", target=3, better="higher")
    ends = today + dt.timedelta(days=40)
    draft = services.Draft("Say it before", "communication", ("delivery.late",), starts=today, ends=ends, loop=loop.pk)
    plan = services.create(workspace, draft, by)
    roles = [{"part": part, "user": by.pk} for part in ("accountable", "responsible")]
    services.assign(workspace, plan.number, roles, by)
    due = today - dt.timedelta(days=3)
    page = tasks.TaskDraft("Mend the page", "page", by.pk, due, "/lamp", "1 day", "2 days", "Somebody else reads it")
    tasks.add(workspace, plan.number, page, by)
    loops.open_due(timezone.now())


def _work(workspace: Any, by: Any) -> None:
    """Cases from the comments, one of them well on its way, with a rule and a macro."""
    from balm.web.cases import looking, rules, services
    from balm.web.people.models import Team

    team = Team.objects.create(workspace=workspace, name="Logistics")
    rule = {"name": "Parcels", "when": {"theme": ["delivery.late"]}, "then": {"team": str(team.pk)}}
    rules.save_rule(workspace, by, rule | {"opens": True, "active": True})
    rules.save_macro(workspace, by, "Sorry", {"en": "Sorry about {theme}. {name}", "zh-Hans": "很抱歉。{name}"})
    looking.look(workspace)
    for outcome in ("not_reached", "reached"):
        case = services.take_next(workspace, by)
        services.contact(workspace, case.number, by, channel="phone", outcome=outcome, text="On the phone")
    services.solve(workspace, case.number, by, outcome="mended")


def _prove(workspace: Any) -> None:
    """Checks in several states, one with a verdict, and an experiment."""
    import runpy

    from balm.web.people.models import User

    prepare = runpy.run_path(str(Path(__file__).parent / "access" / "experiments.py"))["prepare"]
    prepare(workspace, {"analyst": User.objects.get(email="analyst@lamps.example")})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
