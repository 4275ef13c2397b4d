"""The demo company in a workspace: simulated, imported and analyzed by the same jobs as everybody's files, and with a
story, played by the same services: a pain, a plan, a check that was registered before the fix, its verdict."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection

from balm.core.errors import WrongUse
from balm.web.site.paths import data_dir

if TYPE_CHECKING:
    from balm.web.feedback.models import Import
    from balm.web.people.models import User, Workspace

SLUG = "demo"
OWNER = "demo@localhost"
WAIT = 0.3
MAY = dt.date(2026, 5, 1)

Tell = Callable[[str, int, int], None]


def prepare(language: str) -> str:
    """Make the workspace where it is not there. Gives the path of a link that signs its owner in, once. `language` is
    hers."""
    from balm.web.feedback.models import Import
    from balm.web.people.services import first_owner, sign_in_link

    user, workspace = first_owner(OWNER, name="Demo", workspace="Demo", slug=SLUG, actor="demo")
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
    if not workspace.simulated and not Import.objects.filter(workspace=workspace).exists():
        workspace.simulated = True
        workspace.save(update_fields=["simulated"])
    return sign_in_link(user, actor="demo", workspace=workspace)


def play(comments: int, tell: Tell) -> None:
    """Bring in what is missing: comments up to spring, what people did then, comments up to summer, the verdict and
    what people do now. Goes on where an earlier start was interrupted; a company that is there stays as it is.

    Does the work itself, before anything else in this process does. Raises WrongUse with why it failed.
    """
    from balm.web.people.models import User, Workspace
    from balm.web.site import demo_story as story

    workspace, owner = Workspace.objects.get(slug=SLUG), User.objects.get(email=OWNER)
    if not workspace.simulated:  # of an earlier version, or somebody's own
        with _working():
            _done(tell)
        return
    first = max(comments * 2 // 3, 1)
    people = {"customers": max(comments // 2, 1)}
    with _working():
        _bring(workspace, owner, 1, {"comments": first, "months": 4, **people}, tell)
        cast = story.cast(workspace, owner)
        if not _there(workspace, 2):
            story.spring(cast)
        later = {"start": MAY, "number": first, "fixes": [story.FIX]}
        _bring(workspace, owner, 2, {"comments": comments - first, "months": 2, **people, **later}, tell)
        if story.verdict_due(cast):
            _done(tell)
        story.summer(cast)
        _done(tell)


@contextmanager
def _working() -> Iterator[None]:
    """A worker in this process, which minds no clock: between two steps of the story a day is no day."""
    from balm.web.jobs.worker import Worker

    worker = Worker(ticks=False)
    thread = threading.Thread(target=worker.run, name="balm demo worker")
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()
        connection.close()


def _name(part: int) -> str:
    return f"lumen-{part}.csv"


def _there(workspace: Workspace, part: int) -> Import | None:
    from balm.web.feedback.models import Import

    return Import.objects.filter(workspace=workspace, name=_name(part)).first()


def _bring(workspace: Workspace, user: User, part: int, what: dict[str, Any], tell: Tell) -> None:
    """Import a file of the company where that was not done before, and wait for the figures."""
    from balm.simulate import simulate
    from balm.web.feedback.imports_services import OPEN, receive, start

    item = _there(workspace, part)
    if item is None:
        path, _truth = simulate(**what).write(data_dir() / "simulated" / str(part))
        item = receive(workspace, user, _name(part), _pieces(path))
    if item.state in OPEN:
        start(item, None, user)
    _done(tell)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def _done(tell: Tell) -> None:
    """Wait until nothing waits and there are figures, telling how far the work is."""
    from balm.web.jobs.models import Job
    from balm.web.painpoints.models import Figures

    jobs = Job.objects.filter(workspace__slug=SLUG)
    while jobs.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).exists():
        for stage, done, total in jobs.filter(state=Job.State.RUNNING).values_list("stage", "done", "total"):
            if stage:
                tell(stage, done, total)
        time.sleep(WAIT)
    if not Figures.objects.filter(workspace__slug=SLUG).exists():
        failed = jobs.filter(state=Job.State.FAILED).first()
        raise WrongUse(f"the demo could not be analyzed: {failed and (failed.error or failed.reason)}")
