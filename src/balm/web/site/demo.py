"""The demo company in a workspace: simulated once, imported and analyzed by the same jobs as everybody's files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from balm.core.errors import WrongUse
from balm.web.site.paths import data_dir

if TYPE_CHECKING:
    from balm.web.people.models import User, Workspace

SLUG = "demo"
OWNER = "demo@localhost"
WAIT = 0.3

Tell = Callable[[str, int, int], None]


def prepare(comments: int, language: str) -> str:
    """Make the workspace and ask for the import of its comments, where that was not done before.

    Gives the path of a link that signs its owner in, once. `language` is hers.
    """
    from balm.web.people.services import first_owner, sign_in_link

    user, workspace = first_owner(OWNER, name="Demo", workspace="Demo", slug=SLUG, actor="demo")
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
    _import(workspace, user, comments)
    return sign_in_link(user, actor="demo", workspace=workspace)


def _import(workspace: Workspace, user: User, comments: int) -> None:
    """Goes on where an earlier start was interrupted."""
    from balm.simulate import simulate
    from balm.web.feedback.imports_services import OPEN, receive, start
    from balm.web.feedback.models import Import

    item = Import.objects.filter(workspace=workspace).first()
    if item is None:
        path, _truth = simulate(comments=comments).write(data_dir() / "simulated")
        item = receive(workspace, user, path.name, _pieces(path))
    if item.state in OPEN:
        start(item, None, user)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def wait(tell: Tell) -> None:
    """Wait until the figures are there, telling how far the work is. Raises WrongUse with why it failed."""
    from balm.web.jobs.models import Job
    from balm.web.painpoints.models import Figures

    jobs = Job.objects.filter(workspace__slug=SLUG)
    try:
        while jobs.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).exists():
            for stage, done, total in jobs.filter(state=Job.State.RUNNING).values_list("stage", "done", "total"):
                if stage:
                    tell(stage, done, total)
            time.sleep(WAIT)
        if not Figures.objects.filter(workspace__slug=SLUG).exists():
            failed = jobs.filter(state=Job.State.FAILED).first()
            raise WrongUse(f"the demo could not be analyzed: {failed and (failed.error or failed.reason)}")
    finally:
        connection.close()
