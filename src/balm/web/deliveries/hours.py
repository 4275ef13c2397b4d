"""Quiet hours: when customers are not written to."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings

from balm.web.deliveries.models import Office
from balm.web.people.models import Workspace


def office(workspace: Workspace) -> Office:
    """How the workspace writes to customers; as an installation begins where nobody has set it."""
    return Office.objects.filter(workspace=workspace).first() or Office(workspace=workspace)


def zone_of(found: Office) -> ZoneInfo:
    return ZoneInfo(found.zone or settings.TIME_ZONE)


def quiet_until(found: Office, now: dt.datetime) -> dt.datetime | None:
    """When the quiet hours that `now` falls in end; None outside them.

    From 21:00 to 08:00 goes over midnight; equal ends mean that there are none.
    """
    start, end = found.quiet_from, found.quiet_to
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(zone_of(found))
    clock = local.time().replace(tzinfo=None)
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if not inside:
        return None
    day = local.date() if clock < end else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, end, local.tzinfo).astimezone(dt.UTC)
