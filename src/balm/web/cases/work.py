"""What happens in the background: new comments are looked at, and the clock of every case."""

from __future__ import annotations

import datetime as dt

from balm.web.cases import clocks, looking
from balm.web.cases.receivers import OPEN_CASES
from balm.web.jobs.clock import tick
from balm.web.jobs.models import Job
from balm.web.jobs.services import Tell, handler


@handler(OPEN_CASES, first=True)
def open_cases(job: Job, tell: Tell) -> None:
    """Look at what is new. Run again, or by two at once, it comes to the same: the rows themselves are unique."""
    looking.look(job.workspace, tell)


@tick("cases", every=2)
def alarms(now: dt.datetime) -> int:
    """Raise the alarms whose time has come, and close what was solved long enough ago."""
    return clocks.run(now)
