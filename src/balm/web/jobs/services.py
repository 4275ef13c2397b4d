"""Asking for work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from balm.web.jobs.models import Job
from balm.web.people.models import User, Workspace

Tell = Callable[[str, int, int], None]
"""Called with the stage, what is done and what there is."""

Handler = Callable[[Job, Tell], None]

HANDLERS: dict[str, Handler] = {}
"""Kind of job → what does it. Filled by the modules `work.py` of the apps."""


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register what does jobs of a kind. It may run again after a crash and must then come to the same end."""

    def decorate(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return decorate


def enqueue(
    workspace: Workspace,
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    key: str = "",
    asked_by: User | None = None,
) -> Job:
    """Ask for work, inside the caller's transaction. While a job with the same key waits, that one is the answer."""
    if key:
        waiting = Job.objects.filter(workspace=workspace, key=key, state=Job.State.WAITING).first()
        if waiting:
            return waiting
    try:
        with transaction.atomic():
            return Job.objects.create(workspace=workspace, kind=kind, key=key, payload=payload or {}, asked_by=asked_by)
    except IntegrityError:  # another process asked in the same moment
        return Job.objects.get(workspace=workspace, key=key, state=Job.State.WAITING)
