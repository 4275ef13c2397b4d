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


def _prove(workspace: Any) -> None:
    """Checks in several states, one with a verdict, and an experiment."""
    import runpy

    from balm.web.people.models import User

    prepare = runpy.run_path(str(Path(__file__).parent / "access" / "experiments.py"))["prepare"]
    prepare(workspace, {"analyst": User.objects.get(email="analyst@lamps.example")})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
