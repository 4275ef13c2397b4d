"""What the test of kills asks of a data folder: `python kill_tool.py prepare|check`, which prints JSON.

Runs in a process of its own, because the folder (BALM_DATA) and the database (DATABASE_URL) are read once.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balm.web.site.settings")


def prepare() -> dict[str, Any]:
    """A workspace, its analyst, and a session in which she has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from balm.web.people.models import Membership, User, Workspace
    from balm.web.site.server import migrate

    migrate()
    workspace = Workspace.objects.create(name="Kill", slug="kill")
    user = User.objects.create_user("analyst@kill.example")
    Membership.objects.create(workspace=workspace, user=user, role="analyst")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {"session": session.session_key}


def check() -> dict[str, Any]:
    """What there is: in the database, in the lake, and in the figures that are shown."""
    from balm.lake import tables
    from balm.lake.feedback import FeedbackStore
    from balm.web.codebook.models import Version
    from balm.web.feedback.models import Import, Recode
    from balm.web.jobs.models import Job
    from balm.web.painpoints.figures import current
    from balm.web.painpoints.models import Activity
    from balm.web.painpoints.work import gather
    from balm.web.people.models import Workspace
    from balm.web.site.paths import workspace_dir

    workspace = Workspace.objects.get(slug="kill")
    folder = workspace_dir(workspace)
    store = FeedbackStore(folder)
    rows = Counter(name for batch in store.batches(["feedback_id"]) for name in batch["feedback_id"].to_pylist())
    snapshot = current(workspace)
    shown = snapshot and {
        "comments": snapshot.overview.comments,
        "mentions": snapshot.overview.mentions,
        "themes": len(snapshot.themes),
        "versions": [snapshot.row.feedback_version, snapshot.row.mentions_version],
        "decisions": snapshot.row.decisions,
        "codebook_version": snapshot.row.codebook_version,
        "of_codebook": next((theme.id for theme in snapshot.themes if theme.origin == "codebook"), ""),
        "first_theme": snapshot.painpoints[0].theme_id if snapshot.painpoints else "",
    }
    return {
        "jobs": [[job.kind, job.state, job.reason, job.error, job.losses] for job in Job.objects.all()],
        "imports": {item.name: [item.state, item.kept] for item in Import.objects.all()},
        "rows": dict(rows),
        "notes": list(Activity.objects.filter(kind="note").values_list("text", flat=True)),
        "recodes": [f"{r.feedback_id}|{r.mention}" for r in Recode.objects.filter(undone=None)],
        "versions": [version.change for version in Version.objects.order_by("number")],
        "shown": shown,
        "lake_versions": [tables.version(folder, name) for name in ("feedback", "mentions")],
        "decisions": gather(workspace).fingerprint(),
    }


if __name__ == "__main__":
    import django

    django.setup()
    json.dump({"prepare": prepare, "check": check}[sys.argv[1]](), sys.stdout)
