"""`balm.sla`: promised times of the cases in a file, in the working time of an office."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.collect.dates import NO_TIME, TimeReader
from balm.core.calendar import Calendar, always, micros
from balm.core.coded import Attribute
from balm.core.errors import InputRefused, WrongUse
from balm.core.openings import from_wall
from balm.core.stats import Ints
from balm.frame import Frame, read_frame
from balm.measure.sla import SlaResult
from balm.measure.sla import sla as measure_sla

MOST_GROUPS = 1000
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_TARGET = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)\s*")
_DAY = 86_400_000
# a clock followed by its distance from universal time, or seconds since 1970 and finer (12 and 14 digits are dates)
_ZONED = (
    r"\d[:：]\d{2}.*?(Z|UTC|GMT|[+-]\d{1,2}:?\d{0,2})(\s*\([A-Za-z ]+\))?(\s+\d{4})?\s*$"
    r"|^\s*(\d{9,10}|\d{13}|\d{16,19})(\.\d+)?\s*$"
)


def sla(
    data: Any,
    *,
    start: str,
    end: str,
    due: str | None = None,
    target: str | float | None = None,
    calendar: Calendar | str | Path | None = None,
    by: Sequence[str] = (),
    case: str | None = None,
    now: dt.datetime | str | None = None,
) -> SlaResult:
    """The share of promises that were broken, and the working time that was taken, over all cases and by group.

    `start`, `end`, `due`: columns of times; one without a zone is of the calendar's. A due time without a clock is the
    end of that day. `target`: working time instead of `due`, such as "8h" or "90min", or seconds. `calendar`: a
    `Calendar`, a JSON file, or its short form such as "CN@Asia/Shanghai 09:00-18:00"; without one, day and night.
    `case`: a column whose equal values are one case, from its first start to its last end. `now`: the instant open
    cases are seen from; the latest start or end of the file by default. Raises WrongUse for columns that are not
    there, InputRefused for a file that cannot be used or has no case left.
    """
    if (due is None) == (target is None):
        raise WrongUse("say what was promised: either --due, a column, or --target, such as 8h")
    if not start or not end or due == "":
        raise WrongUse("name the columns of times: --start opened --end closed")
    office = _calendar(calendar)
    seconds = None if target is None else read_target(target, office)
    names = list(dict.fromkeys(name for name in (start, end, due, case, *by) if name))
    frame = read_frame(data, names)
    times = {role: _times(frame, role, name, office) for role, name in _roles(start, end, due)}
    groups = {name: frame.attribute(name) for name in by}
    if case:
        times, groups = _cases(frame.customers(case), times, groups)
    _few(groups, by)
    unreadable = {f"{role} cannot be read": column.bad for role, column in times.items()}
    kept = ~np.logical_or.reduce(list(unreadable.values()))
    latest = max(int(times[role].ms.max(initial=NO_TIME)) for role in ("start", "end"))
    found = measure_sla(
        times["start"].ms[kept],
        times["end"].ms[kept],
        office,
        now=_now(now, office, latest),
        due=times["due time"].ms[kept] if due else None,
        target=None if seconds is None else round(seconds * 1000),
        by={name: Attribute(a.codes[kept], a.values) for name, a in groups.items()},
    )
    rejected = {reason: int(bad.sum()) for reason, bad in unreadable.items() if bad.any()}
    if frame.rejected:
        rejected["row is broken"] = len(frame.rejected)
    notes = [column.note for column in times.values() if column.note]
    return replace(found, rejected=rejected | found.rejected, notes=(*found.notes, *notes))


def read_target(target: str | float, calendar: Calendar) -> float:
    """Seconds of "8h", "90min", "1h30m", "45s", "2d" or a number. Raises WrongUse for anything else.

    Days are only for a calendar without closing time: else they could mean 24 working hours or one working day.
    """
    if isinstance(target, str):
        parts = _TARGET.findall(target)
        if not parts or _TARGET.sub("", target.strip()):
            raise WrongUse(f"the target {target!r} cannot be read; write 8h, 90min or 1h30m")
        if any(unit == "d" for _, unit in parts) and calendar.hours != always().hours:
            raise WrongUse(
                f"with office hours, say the target {target!r} in hours: a day could be 24 of them or one day"
            )
        target = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < target < 10 * 366 * 86_400:
        raise WrongUse(f"a target is a time above 0 and below ten years, not {target:g} s")
    return target


@dataclass(frozen=True)
class _Column:
    """Instants (n,), `NO_TIME` where there is none; which cells hold something else; what to know of how they were
    read."""

    ms: Ints
    bad: NDArray[np.bool_]
    note: str = ""


def _roles(start: str, end: str, due: str | None) -> list[tuple[str, str]]:
    return [("start", start), ("end", end), *([("due time", due)] if due else [])]


def _times(frame: Frame, role: str, name: str, calendar: Calendar) -> _Column:
    batches = [batch[name] for batch in frame.batches]
    reader = TimeReader.of([value for values in batches[:1] for value in values])
    parts = [reader.read(values) for values in batches]
    ms, bad = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    known = ms != NO_TIME
    if not known.any():
        if bad.any():
            raise InputRefused(f"column {name!r} holds no time that can be read; name another column")
        return _Column(ms, bad)
    wall = known & ~_zoned(frame.texts(name))
    days = bool(wall.any() and not (ms[known] % _DAY).any() and wall[known].all())
    if days and role == "due time":
        ms = np.where(known, ms + _DAY - 1, ms)
    ms[wall] = from_wall(calendar.zone, ms[wall])
    note = ""
    if days:
        note = f"{name} holds days; each is read as its {'end' if role == 'due time' else 'start'} in {calendar.zone}."
    elif wall.any():
        note = f"{name}: {int(wall.sum()):,} times without a zone are read as of {calendar.zone}."
    return _Column(ms, bad, note)


def _zoned(texts: pa.ChunkedArray) -> NDArray[np.bool_]:
    hit = pc.fill_null(pc.match_substring_regex(texts, _ZONED), False)
    return np.asarray(hit.to_numpy(), np.bool_)


def _cases(
    key: NDArray[np.int32], times: dict[str, _Column], groups: dict[str, Attribute]
) -> tuple[dict[str, _Column], dict[str, Attribute]]:
    """One row a case: its first start, last end and last due time, and the attributes of its first row."""
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.concatenate([[True], key[order][1:] != key[order][:-1]]))
    merged = {}
    for role, column in times.items():
        ms = column.ms[order]
        if role == "start":
            latest = np.iinfo(np.int64).max
            earliest = np.minimum.reduceat(np.where(ms == NO_TIME, latest, ms), first)
            ms = np.where(earliest == latest, NO_TIME, earliest)
        else:
            ms = np.maximum.reduceat(ms, first)  # "no time" is the least
        merged[role] = _Column(ms, np.logical_or.reduceat(column.bad[order], first), column.note)
    return merged, {name: Attribute(a.codes[order][first], a.values) for name, a in groups.items()}


def _few(groups: dict[str, Attribute], by: Sequence[str]) -> None:
    if (several := int(np.prod([len(a.values) for a in groups.values()]))) > MOST_GROUPS:
        raise WrongUse(f"--by {' '.join(by)} makes {several} groups, more than {MOST_GROUPS}; choose coarser columns")


def _now(now: dt.datetime | str | None, calendar: Calendar, latest: int) -> int:
    if isinstance(now, dt.datetime):
        return micros(now) // 1000
    if now is None:
        return latest
    ms = TimeReader().read([now])[0]
    if ms[0] == NO_TIME:
        raise WrongUse(f"--now {now!r} cannot be read; write a time such as 2026-03-01T12:00")
    return int(ms[0] if _zoned(pa.chunked_array([[now]])).all() else from_wall(calendar.zone, ms)[0])


def _calendar(calendar: Calendar | str | Path | None) -> Calendar:
    if calendar is None:
        return always()
    if isinstance(calendar, Calendar):
        return calendar
    path = Path(calendar)
    if path.suffix.lower() != ".json":
        return Calendar.parse(str(calendar))
    try:
        return Calendar.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise InputRefused(f"the calendar {path} cannot be read: {error}", code="calendar_file") from None
