"""Filters of the pages of comments and customers."""

from __future__ import annotations

import datetime as dt

from django import template

from balm.communicate import numbers
from balm.web.feedback import marks
from balm.web.feedback.imports_words import SCALES

register = template.Library()


@register.filter
def thousands(n: int | None) -> str:
    """1,234 in every language."""
    return "–" if n is None else f"{n:,}"


@register.filter
def bare(value: float | None) -> str:
    """A score as it was given: 4, not 4.0."""
    return "–" if value is None else f"{value:g}"


@register.filter
def percent(value: float | None) -> str:
    """A share of 0 … 1."""
    return "–" if value is None else numbers.percent(value, 0)


@register.filter
def moment(when: dt.datetime | None) -> str:
    """When a comment was made, as its source has it: no zone is put on it."""
    return "–" if when is None else when.strftime("%Y-%m-%d %H:%M")


@register.filter
def scale_words(name: str) -> str:
    """A scale in the reader's language; what is not known here as it is."""
    return str(SCALES.get(name, name))


@register.filter
def visible(text: object) -> str:
    """Text of others in one line: control characters do nothing."""
    return marks.visible(str(text))
