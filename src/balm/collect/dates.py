"""Times in the forms people and systems write them, many at once, several forms in one column.

Every form is one RE2 pattern that Arrow runs over all distinct values; the calendar is computed in whole arrays.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.collect.rows import Values, text_array
from balm.collect.scores import MISSING

Ints = NDArray[np.int64]
Order = Literal["day", "month"]
NO_TIME = np.iinfo(np.int64).min
"""Stands for "no time" among milliseconds (NumPy's NaT)."""

_DAY_MS = 86_400_000
_YEARS = (1900, 2199)
_CLOCK = (
    r"(?:(?:[T ,]|\s|^)*(?P<half1>上午|下午|中午|晚上|凌晨|AM|PM)?\s*(?P<H>\d{1,2})(?:[:：时時点點])(?P<M>\d{1,2})"
    r"(?:[:：分](?P<S>\d{1,2})(?:[.,](?P<f>\d{1,9}))?)?[分秒]?\s*(?P<half2>[AaPp]\.?[Mm]\.?)?)?"
)
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}:?\d{0,2})?(?:\s*\([A-Za-z ]+\))?"
_END = rf"{_CLOCK}{_ZONE}\s*$"
_WEEKDAY = r"^\s*(?:[A-Za-z]{3,9},?\s+)?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<mon>[A-Za-z]{3,9})\.?"
_PATTERNS = (
    rf"^\s*(?P<y>\d{{4}})[-/.年]\s*(?P<m>\d{{1,2}})[-/.月]\s*(?P<d>\d{{1,2}})日?\s*(?:\(?(?:周|星期|週).\)?)?{_END}",
    r"^\s*(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:[T ]?(?P<H>\d{2}):?(?P<M>\d{2}):?(?P<S>\d{2})?)?" + rf"{_ZONE}\s*$",
    rf"^\s*(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<y>\d{{4}}|\d{{2}}){_END}",
    rf"{_WEEKDAY}{_DAY}[ -]{_MONTH},?[ -](?P<y>\d{{4}}|\d{{2}}){_END}",
    rf"{_WEEKDAY}{_MONTH} {_DAY},? (?P<y>\d{{4}}){_END}",
    rf"{_WEEKDAY}{_MONTH} {_DAY},?{_CLOCK}{_ZONE} (?P<y>\d{{4}})\s*$",
    rf"^\s*(?:民國|民国)\s*(?P<roc>\d{{2,3}})\s*[-/.年]\s*(?P<m>\d{{1,2}})[-/.月]\s*(?P<d>\d{{1,2}})日?{_END}",
    rf"^\s*(?P<roc>1\d{{2}})[-/.年](?P<m>\d{{1,2}})[-/.月](?P<d>\d{{1,2}})日?{_END}",
    r"^\s*(?P<y>\d{4})[-/.年](?P<m>\d{1,2})月?\s*$",
    r"^\s*(?P<number>\d{5,19})(?:\.(?P<fraction>\d{1,12}))?\s*$",
)
_NAMES = "january february march april may june july august september october november december"
_MONTHS = {name: i for i, full in enumerate(_NAMES.split(), 1) for name in (full, full[:3])} | {"sept": 9}


@dataclass(frozen=True)
class TimeReader:
    """Reads one column. `order`: what comes first in 05-01-2024, as the column's own sample shows."""

    order: Order = "day"

    @classmethod
    def of(cls, sample: Values) -> TimeReader:
        """Decide the order from a sample.

        A first number over 12 says day first, a second number over 12 month first, the more frequent wins. With
        neither, the part with more different values is the day: a file spans fewer months than days.
        """
        parts = _numbered(sample)
        if parts is None:
            return cls()
        first, second = parts
        day, month = int(np.sum(first > 12)), int(np.sum(second > 12))
        if day == month:
            day, month = len(np.unique(first)), len(np.unique(second))
        return cls("month" if month > day else "day")

    def read(self, values: Values) -> tuple[Ints, NDArray[np.bool_]]:
        """Milliseconds since 1970, shape (n,), `NO_TIME` where there is none, and a mask of the cells that hold
        something else than a time. A time with a zone becomes UTC, one without is taken as written."""
        if isinstance(values, pa.ChunkedArray) and (
            pa.types.is_timestamp(values.type) or pa.types.is_date(values.type)
        ):
            return _from_arrow(values), np.zeros(len(values), np.bool_)
        texts, places = _texts(values)
        times = self._parse(texts)
        blank = _blank(texts)
        return times[places], (~blank & (times == NO_TIME))[places]

    def _parse(self, texts: pa.Array) -> Ints:
        out = np.full(len(texts), NO_TIME, np.int64)
        left = np.arange(len(texts))
        for pattern in _PATTERNS:
            if not len(left):
                break
            part = texts if len(left) == len(texts) else texts.take(pa.array(left))
            groups = _groups(part, pattern)
            if groups is None:
                continue
            times = _epochs(groups) if "number" in groups else self._calendar(groups)
            out[left] = np.where(groups["hit"], times, NO_TIME)
            left = left[out[left] == NO_TIME]
        return out

    def _calendar(self, groups: dict[str, Any]) -> Ints:
        year, month, day = self._date(groups)
        hour, minute, second = (_whole(groups[k]) if k in groups else np.zeros(len(year), np.int64) for k in "HMS")
        if "half1" in groups:
            half = pc.utf8_lower(pc.binary_join_element_wise(groups["half1"], groups["half2"], ""))
            late = _true(pc.match_substring_regex(half, "^p|下午|晚上|中午")) & (hour < 12)
            early = _true(pc.match_substring_regex(half, "^a|上午|凌晨")) & (hour == 12)
            hour = hour + 12 * late - 12 * early
        ms = _whole(pc.utf8_slice_codeunits(pc.utf8_rpad(groups["f"], 3, "0"), 0, 3)) if "f" in groups else 0
        ok = (year >= _YEARS[0]) & (year <= _YEARS[1]) & (month >= 1) & (month <= 12) & (day >= 1)
        ok &= (hour <= 24) & (minute < 60) & (second <= 60)
        days, last = _days(year, np.clip(month, 1, 12), day)
        ok &= day <= last
        time = days * _DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + ms
        if "zone" in groups:
            time = time - _offset(groups["zone"])
        return np.where(ok, time, NO_TIME)

    def _date(self, groups: dict[str, Any]) -> tuple[Ints, Ints, Ints]:
        if "roc" in groups:
            year = _whole(groups["roc"]) + 1911
        else:
            year = _whole(groups["y"])
            short = _true(pc.equal(pc.utf8_length(groups["y"]), 2))
            year = np.where(short, year + np.where(year < 70, 2000, 1900), year)
        if "a" in groups:
            first, second = _whole(groups["a"]), _whole(groups["b"])
            day_first = np.full(len(first), self.order == "day")
            day_first = np.where(first > 12, True, np.where(second > 12, False, day_first))
            return year, np.where(day_first, second, first), np.where(day_first, first, second)
        if "mon" in groups:
            names = pc.utf8_lower(groups["mon"]).to_pylist()
            month = np.array([_MONTHS.get(name, 0) for name in names], np.int64)
        else:
            month = _whole(groups["m"])
        return year, month, _whole(groups["d"]) if "d" in groups else np.ones(len(year), np.int64)


def order_of(sample: Values) -> Literal["day", "month", "unsure"] | None:
    """What comes first in dates such as 05-01-2024, "unsure" where no number of the sample tells; None without any."""
    parts = _numbered(sample)
    if parts is None:
        return None
    day, month = int(np.sum(parts[0] > 12)), int(np.sum(parts[1] > 12))
    return "unsure" if day == month else "day" if day > month else "month"


def _numbered(sample: Values) -> tuple[Ints, Ints] | None:
    """First and second number of the dates that have day and month before the year; None without any."""
    groups = _groups(_texts(sample)[0], _PATTERNS[2])
    if groups is None:
        return None
    hit = groups["hit"]
    return _whole(groups["a"])[hit], _whole(groups["b"])[hit]


def time_share(cells: Sequence[Any]) -> float:
    """Share of the cells that are dates in a form that cannot be a mere number."""
    texts = [_as_text(cell) if isinstance(cell, (str, dt.date)) else None for cell in cells]
    texts = [text for text in texts if text and not text.strip().replace(".", "", 1).isdigit()]
    if not texts:
        return 0.0
    times, _ = TimeReader().read(texts)
    return float(np.sum(times != NO_TIME)) / len(cells)


def _from_arrow(values: pa.ChunkedArray) -> Ints:
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        values = values.cast(pa.timestamp(values.type.unit, "UTC"))
        values = values.cast(pa.timestamp(values.type.unit))
    values = pc.cast(values, pa.timestamp("ms"), safe=False)
    whole = pc.fill_null(pc.cast(values, pa.int64()), NO_TIME)
    return np.asarray(whole.to_numpy(zero_copy_only=False), np.int64)


def _texts(values: Values) -> tuple[pa.Array, Ints]:
    """The distinct cells as text, and which of them each cell is."""
    if isinstance(values, pa.ChunkedArray):
        column = values.cast(pa.string())
    else:
        column = text_array([_as_text(value) for value in values])
    coded = column.dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    if isinstance(coded, pa.ChunkedArray):  # no chunk at all
        return pa.array([], pa.string()), np.zeros(0, np.int64)
    index = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy(zero_copy_only=False)
    return pa.concat_arrays([coded.dictionary.cast(pa.string()), pa.array([""])]), np.asarray(index, np.int64)


def _as_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def _blank(texts: pa.Array) -> NDArray[np.bool_]:
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    return _true(pc.is_in(lower, value_set=pa.array(sorted(MISSING))))


def _groups(texts: pa.Array, pattern: str) -> dict[str, Any] | None:
    """Named groups of `pattern` as columns ("" where one did not take part), and `hit`; None without any match."""
    found = pc.extract_regex(texts, pattern)
    hit = _true(found.is_valid())
    if not hit.any():
        return None
    return {field.name: pc.fill_null(pc.struct_field(found, field.name), "") for field in found.type} | {"hit": hit}


def _true(mask: Any) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), np.bool_)


def _whole(digits: Any) -> Ints:
    filled = pc.if_else(pc.equal(digits, ""), "0", digits)
    return np.asarray(pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False), np.int64)


def _days(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Days since 1970-01-01, and the last day of that month."""
    months = (year - 1970) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first + day - 1, after - first


def _offset(zones: Any) -> Ints:
    """Milliseconds east of Greenwich."""
    distinct = zones.dictionary_encode()
    offsets = np.array([_zone_ms(zone) for zone in distinct.dictionary.to_pylist()], np.int64)
    return np.asarray(offsets[distinct.indices.to_numpy(zero_copy_only=False)], np.int64)


def _zone_ms(zone: str) -> int:
    digits = zone.removeprefix("UTC").removeprefix("GMT")
    if not digits or digits == "Z":
        return 0
    sign, figures = (-1 if digits[0] == "-" else 1), digits[1:].replace(":", "")
    hours, minutes = (int(figures), 0) if len(figures) <= 2 else (int(figures[:-2]), int(figures[-2:]))
    return sign * (hours * 60 + minutes) * 60_000


def _epochs(groups: dict[str, Any]) -> Ints:
    """Seconds, milli-, micro- or nanoseconds since 1970 by their length, or the day numbers of Excel."""
    number = groups["number"]
    length = np.asarray(pc.utf8_length(number).to_numpy(zero_copy_only=False))
    value = _whole(pc.if_else(pc.less(pc.utf8_length(number), 19), number, "0"))
    fraction = pc.cast(pc.binary_join_element_wise("0.", pc.utf8_rpad(groups["fraction"], 1, "0"), ""), pa.float64())
    part = np.asarray(fraction.to_numpy(zero_copy_only=False))
    out = np.full(len(value), NO_TIME, np.int64)
    excel = (length == 5) & (value >= 20_000) & (value < 80_000)
    out[excel] = (value[excel] - 25_569) * _DAY_MS + np.rint(part[excel] * 86_400).astype(np.int64) * 1000
    for digits, to_ms in ((9, 1000), (10, 1000), (12, 1), (13, 1)):
        hit = length == digits
        out[hit] = value[hit] * to_ms + (np.rint(part[hit] * 1000).astype(np.int64) if to_ms == 1000 else 0)
    out[length == 16] = value[length == 16] // 1000
    seconds = length == 18
    out[seconds] = NO_TIME
    far = (out != NO_TIME) & ((out < -2_208_988_800_000) | (out > 7_258_118_400_000))
    out[far] = NO_TIME
    return out
