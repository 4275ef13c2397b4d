"""The past of the demo: what its story did before today is written down as of then, in a simulated workspace only.

What a check is worth hangs on its date, so the services ask the clock and take no date. This turns the clock for one
thread, for as long as a block lasts, and refuses every workspace that is not simulated; no page comes here.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.utils import timezone

from balm.core.errors import WrongUse

if TYPE_CHECKING:
    from balm.web.people.models import Workspace

_moment: ContextVar[dt.datetime | None] = ContextVar("moment", default=None)  # a new thread begins without one
_turning = threading.Lock()
_real = timezone.now


def _now() -> dt.datetime:
    return _moment.get() or _real()


@contextmanager
def at(workspace: Workspace, moment: dt.datetime) -> Iterator[None]:
    """In this block and this thread it is `moment` (with a zone), which must lie in the past.

    Raises WrongUse for a workspace that is not simulated. Not to be nested.
    """
    if not workspace.simulated:
        raise WrongUse("only a simulated workspace has a simulated past")
    if moment >= _real():
        raise WrongUse("the simulated past lies before today")
    with _turning:
        token = _moment.set(moment)
        timezone.now = _now
        try:
            yield
        finally:
            timezone.now = _real
            _moment.reset(token)
