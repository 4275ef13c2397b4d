"""A case as a line of a list: what it is about, and what is left of the nearest promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.calendar import Calendar
from balm.core.types import Labels
from balm.mitigate import case as machine
from balm.web.cases import selectors
from balm.web.cases.models import Case
from balm.web.cases.opening import OPEN
from balm.web.people.models import Workspace
from balm.web.site.language import pick
from balm.web.site.templatetags.balm import listed

SOON = 3600.0
"""Working seconds below which little is left."""


@dataclass(frozen=True)
class Line:
    """`left`: in words; `tone`: late, soon, fine, paused or over; `due`: on the clock of the office."""

    case: Case
    about: str
    left: str
    tone: str
    due: dt.datetime | None
    actions: tuple[str, ...]


def lines(workspace: Workspace, rows: Iterable[Case]) -> list[Line]:
    """Of cases with `themes` at hand."""
    calendar, names, now = selectors.calendar_of(workspace), selectors.names(workspace), timezone.now()
    return [line(case, calendar, names, now) for case in rows]


def line(case: Case, calendar: Calendar, names: Mapping[str, Labels], now: dt.datetime) -> Line:
    about = listed(pick(names.get(row.theme)) or row.theme for row in case.themes.all()[:3])
    left, tone = time_left(case, calendar, now)
    actions = tuple(action.value for action in machine.allowed(case.state))
    return Line(case, about, left, tone, calendar.local(case.due) if case.due else None, actions)


def time_left(case: Case, calendar: Calendar, now: dt.datetime) -> tuple[str, str]:
    """What is left in office hours, in words, and its tone."""
    if case.state not in OPEN:
        return str(case.get_state_display()), "over"
    if case.due is None:
        return (_("the clock is paused") if case.state == Case.State.WAITING else _("nothing is promised")), "paused"
    if now > case.due:
        return _("overdue by %(time)s") % {"time": duration(calendar.working_seconds(case.due, now))}, "late"
    if case.state == Case.State.WAITING:
        return _("the clock is paused"), "paused"
    seconds = calendar.working_seconds(now, case.due)
    return _("%(time)s left") % {"time": duration(seconds)}, "soon" if seconds <= SOON else "fine"


def duration(seconds: float) -> str:
    """Office time in hours and minutes; less than a minute is none."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return _("%(m)s min") % {"m": minutes}
    hours, rest = divmod(minutes, 60)
    if hours >= 20 or not rest:
        return _("%(h)s h") % {"h": hours}
    return _("%(h)s h %(m)s min") % {"h": hours, "m": rest}
