"""The words of a report, each in every language, and the few rules by which languages write dates and plurals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache

from balm.communicate.words_methods import METHODS
from balm.communicate.words_page import PAGE
from balm.communicate.words_pain import PAIN
from balm.communicate.words_proof import PROOF
from balm.communicate.words_slides import SLIDES
from balm.core.types import LANGUAGES, Labels

WORDS: dict[str, tuple[str, str, str]] = {**PAGE, **PAIN, **METHODS, **PROOF, **SLIDES}
"""Key → text in the order of `LANGUAGES`. `{name}` is filled in; `{n:comment|comments}` picks by number."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Number(int):
    """An integer that a message shows with separators, or as one of two words."""

    def __format__(self, spec: str) -> str:
        if "|" in spec:
            one, many = spec.split("|")
            return one if self == 1 else many
        return format(int(self), spec or ",")


def say(key: str, **values: object) -> Labels:
    """The message `key` in every language. A value may itself be `Labels`. KeyError for an unknown key."""
    texts = WORDS[key]
    if not values:
        return dict(zip(LANGUAGES, texts, strict=True))
    out: Labels = {}
    for language, text in zip(LANGUAGES, texts, strict=True):
        filled = {
            name: pick(value, language)
            if isinstance(value, dict)
            else _Number(value)
            if isinstance(value, int) and not isinstance(value, bool)
            else value
            for name, value in values.items()
        }
        out[language] = text.format(**filled)
    return out


def known(prefix: str, name: str) -> Labels:
    """The message `prefix.name`, or `name` itself where the catalogue has no word for it."""
    return say(f"{prefix}.{name}") if f"{prefix}.{name}" in WORDS else same(name)


def same(text: str) -> Labels:
    """One text that is the same in every language."""
    return dict.fromkeys(LANGUAGES, text)


def pick(labels: Labels, language: str) -> str:
    """The text in `language`, else in English, else in whatever language there is; "" where there is none."""
    found = labels.get(language) or labels.get("en")
    return found or next((text for text in labels.values() if text), "")


def listed(items: Iterable[Labels], english: str = ", ") -> Labels:
    """A list in running text, joined with each language's mark: 、 in Chinese, `english` in English."""
    kept = list(items)
    return {
        language: (english if language == "en" else "、").join(pick(item, language) for item in kept)
        for language in LANGUAGES
    }


@cache
def day(date: dt.date) -> Labels:
    """A calendar day: 5 Mar 2025, 2025年3月5日."""
    chinese = f"{date.year}年{date.month}月{date.day}日"
    return {
        "zh-Hans": chinese,
        "zh-Hant": chinese,
        "en": f"{date.day} {_MONTHS[date.month - 1]} {date.year}",
    }


def span(first: dt.date, last: dt.date) -> Labels:
    """From one day to another, saying the year and month once where they are shared."""
    if first == last:
        return dict(day(first))
    start = f"{first.day} {_MONTHS[first.month - 1]} {first.year}"
    if first.year == last.year:
        start = f"{first.day} {_MONTHS[first.month - 1]}" if first.month != last.month else f"{first.day}"
    left = day(first)["zh-Hans"]
    right = day(last)["zh-Hans"] if first.year != last.year else f"{last.month}月{last.day}日"
    chinese = f"{left}–{right}" if first.year == last.year else f"{left} – {right}"
    joint = "–" if first.year == last.year and first.month == last.month else " – "
    return {"zh-Hans": chinese, "zh-Hant": chinese, "en": f"{start}{joint}{day(last)['en']}"}


def period(start: dt.date, length: str) -> Labels:
    """The name of a period that begins at `start`; `length`: "day", "week" or "month"."""
    if length == "month":
        chinese = f"{start.year}年{start.month}月"
        return {"zh-Hans": chinese, "zh-Hant": chinese, "en": f"{_MONTHS[start.month - 1]} {start.year}"}
    return day(start) if length == "day" else say("period.week", day=day(start))
