"""What the test of four workers runs in processes of their own: `python four_tool.py prepare|work WHO|check`."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balm.web.site.settings")

CASES = 60


def prepare() -> dict[str, Any]:
    """A workspace with four people of the front line."""
    from balm.web.people.models import Membership, User, Workspace
    from balm.web.site.server import migrate

    migrate()
    workspace = Workspace.objects.create(name="Four", slug="four")
    for who in ("boss", "0", "1", "2", "3"):
        user = User.objects.create_user(f"{who}@four.example")
        Membership.objects.create(workspace=workspace, user=user, role="manager" if who == "boss" else "front_line")
    return {}


def work(who: str) -> dict[str, Any]:
    """Find the same complaints as the others do, and take cases until nobody needs anything. What was taken."""
    from django.utils import timezone

    from balm.web.cases import clocks, services
    from balm.web.people.models import User, Workspace

    workspace = Workspace.objects.get(slug="four")
    me = User.objects.get(email=f"{who}@four.example")
    print("ready", flush=True)
    sys.stdin.readline()
    taken = []
    for n in range(CASES):
        said = {"customer": f"c{n}", "feedback_id": f"f{n}", "themes": ["delivery.late"]}
        services.open_case(workspace, source="low_score", **said)
        if n % 3 == 0 and (case := services.take_next(workspace, me)):
            taken.append(case.number)
        if n % 10 == 0:
            clocks.run(timezone.now())
    while case := services.take_next(workspace, me):
        taken.append(case.number)
    return {"taken": taken}


def check() -> dict[str, Any]:
    from balm.web.cases.models import Case, CaseEvent
    from balm.web.people.models import AuditEntry

    given = CaseEvent.objects.filter(kind="owner").values_list("case__number", "by__email")
    return {
        "owners": list(Case.objects.order_by("number").values_list("number", "owner__email", "feedback_id", "state")),
        "given": list(given),
        "audit": list(AuditEntry.objects.filter(action="case.take").values_list("target", flat=True)),
    }


if __name__ == "__main__":
    import django

    django.setup()
    command, *words = sys.argv[1:]
    print(json.dumps({"prepare": prepare, "work": work, "check": check}[command](*words)))
