"""The written forms of a calendar: JSON, and a short one for the command line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from balm.core.calendar import WEEKDAYS, Calendar, always
from balm.core.errors import InputRefused
from balm.core.openings import Spans

_KEYS = {"zone", "hours", "holidays", "closed", "open"}
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_SHORT = (
    "COUNTRY@ZONE DAYS HOURS, such as 'CN@Asia/Shanghai mon-fri 09:00-12:00,13:30-18:00', 'UTC 08:00-20:00' or '24x7'"
)


def read_hours(hours: Mapping[str, Sequence[Sequence[str]]]) -> tuple[Spans, ...]:
    """Spans for Monday to Sunday of names of weekdays and times. Raises InputRefused, naming the weekday."""
    if not isinstance(hours, Mapping):
        raise _bad("hours", "are given as weekday → spans")
    if unknown := sorted(set(map(str, hours)) - set(WEEKDAYS)):
        raise _bad("hours", f"there is no weekday {unknown[0]!r}; use {', '.join(WEEKDAYS)}")
    return tuple(_spans(name, hours.get(name, ())) for name in WEEKDAYS)


def from_json(value: Any) -> Calendar:
    """A calendar of plain JSON values. Raises InputRefused, naming the key."""
    if not isinstance(value, Mapping):
        raise _bad("a calendar", "is an object with zone, hours, holidays, closed and open")
    if unknown := sorted(set(map(str, value)) - _KEYS):
        raise _bad(unknown[0], f"is not known; a calendar has {', '.join(sorted(_KEYS))}")
    for key in ("zone", "hours"):
        if key not in value:
            raise _bad(key, "is missing")
    for key in ("zone", "holidays"):
        if not isinstance(value.get(key, ""), str):
            raise _bad(key, "must be text")
    closed, opened = (_dates(key, value.get(key, [])) for key in ("closed", "open"))
    return Calendar(value["zone"], read_hours(value["hours"]), value.get("holidays", ""), closed, opened)


def to_json(calendar: Calendar) -> dict[str, Any]:
    """Plain JSON values of a calendar; weekdays without hours are left out."""
    days = zip(WEEKDAYS, calendar.hours, strict=True)
    return {
        "zone": calendar.zone,
        "hours": {name: [[_clock(a), _clock(b)] for a, b in spans] for name, spans in days if spans},
        "holidays": calendar.holidays,
        "closed": sorted(day.isoformat() for day in calendar.closed),
        "open": sorted(day.isoformat() for day in calendar.open),
    }


def parse(text: str) -> Calendar:
    """A calendar of its short form; days default to mon-fri. Raises InputRefused where it cannot be read."""
    parts = text.split()
    if parts == ["24x7"]:
        return always()
    if not 2 <= len(parts) <= 3:
        raise InputRefused(f"the calendar {text!r} cannot be read; write {_SHORT}", code="calendar_short")
    country, sign, zone = parts[0].rpartition("@")
    if sign and not country:
        raise InputRefused(f"the calendar {text!r} names no country before @; write {_SHORT}", code="calendar_short")
    days = _days(parts[1] if len(parts) == 3 else "mon-fri")
    if parts[-1] == "24x7":
        days, spans = list(WEEKDAYS), [("00:00", "24:00")]
    else:
        spans = [_pair(span) for span in parts[-1].split(",")]
    return Calendar(zone, read_hours(dict.fromkeys(days, spans)), country)


def _days(text: str) -> list[str]:
    found: list[str] = []
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise InputRefused(f"the days {text!r} cannot be read; write mon-fri or mon,wed,sat", code="calendar_short")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found += [WEEKDAYS[i % 7] for i in range(begin, end + 1 + 7 * (end < begin))]
    return found


def _pair(text: str) -> tuple[str, str]:
    first, _, last = text.partition("-")
    return first, last


def _spans(name: str, spans: Any) -> Spans:
    if isinstance(spans, str) or not isinstance(spans, Sequence):
        raise _bad(name, 'is a list of spans such as ["09:00", "18:00"]')
    out = []
    for span in spans:
        if isinstance(span, str) or not isinstance(span, Sequence) or len(span) != 2:
            raise _bad(name, f'{span!r} is not a span such as ["09:00", "18:00"]')
        a, b = (_minutes(name, time) for time in span)
        if a in (b, 1440):
            raise _bad(name, f"{span[0]} to {span[1]} is no time; for the whole day write 00:00 to 24:00")
        out.append((a, b if b > a else b + 1440))
    return tuple(sorted(out))


def _minutes(name: str, text: Any) -> int:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    minutes = int(found[1]) * 60 + int(found[2]) if found else 1441
    if minutes > 1440:
        raise _bad(name, f"{text!r} is not a time of day such as 09:00, up to 24:00")
    return minutes


def _clock(minutes: int) -> str:
    minutes = minutes if minutes <= 1440 else minutes - 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _dates(key: str, values: Any) -> frozenset[dt.date]:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise _bad(key, "is a list of dates such as 2026-02-17")
    try:
        return frozenset(dt.date.fromisoformat(value) for value in values)
    except (TypeError, ValueError):
        raise _bad(key, f"is a list of dates such as 2026-02-17, not {list(values)!r}"[:200]) from None


def _bad(place: str, what: str) -> InputRefused:
    return InputRefused(f"calendar: {place}: {what}", code="calendar_form", place=place)
