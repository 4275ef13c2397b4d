"""What cases do when something happens elsewhere: new figures, an answer, somebody who leaves."""

from __future__ import annotations

from typing import Any

OPEN_CASES = "open_cases"


def on_refreshed(sender: Any, workspace: Any, figures: Any, **kwargs: Any) -> None:
    """New figures: look at the comments that are new in them."""
    from balm.web.jobs.services import enqueue

    enqueue(workspace, OPEN_CASES, {}, key=OPEN_CASES)


def on_answered(sender: Any, ask: Any, **kwargs: Any) -> None:
    """A customer said whether it is solved."""
    from balm.web.cases import services

    if ask.purpose != "case":
        return
    number, _dot, run = ask.ref.partition(".")
    if number.isdecimal() and (not run or run.isdecimal()):
        said = {"run": int(run or 0), "said": ask.answer, "comment": ask.comment, "key": str(ask.uid)}
        services.answered(ask.workspace, int(number), **said)


def on_left(sender: Any, instance: Any, **kwargs: Any) -> None:
    """A member was taken out of a workspace; where the workspace or the account goes, all else goes along."""
    from balm.web.cases import services
    from balm.web.people.models import Membership

    origin = kwargs.get("origin")
    if isinstance(origin, Membership) or getattr(origin, "model", None) is Membership:
        services.release(instance.workspace, instance.user)
