"""What happens by the clock: reviews come by themselves."""

from __future__ import annotations

import datetime as dt

from balm.web.jobs.clock import tick
from balm.web.plans import loops


@tick("reviews", every=60)
def reviews(now: dt.datetime) -> int:
    """Open the reviews whose day has come."""
    return loops.open_due(now)
