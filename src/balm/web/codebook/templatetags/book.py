"""Tags of the codebook pages: marked sentences, numbers, forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from balm.core.types import Labels
from balm.web.feedback.marks import visible
from balm.web.site.language import pick

register = template.Library()


@register.simple_tag
def marked(text: str, marks: Sequence[Sequence[int]]) -> SafeString:
    """A sentence with the words that code it marked; `marks`: code points."""
    pieces, at = [], 0
    for start, end in sorted((int(a), int(b)) for a, b in marks):
        if not at <= start < end <= len(text):
            continue
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:], False))
    shown = (format_html("<mark>{}</mark>", visible(t)) if coded else visible(t) for t, coded in pieces if t)
    return format_html_join("", "{}", ((one,) for one in shown))


@register.filter
def thousands(n: object) -> str:
    """1,234 in every language; a dash for what is not there."""
    return f"{n:,}" if isinstance(n, int) else "–"


@register.filter
def plain(n: int | None) -> str:
    """A number for machines: without separators."""
    return "" if n is None else str(n)


@register.filter
def change(pair: Any) -> str:
    """How much more or less, with its sign."""
    was, now = pair
    more = now - was
    return "±0" if not more else f"+{more:,}" if more > 0 else f"\u2212{-more:,}"


@register.filter
def or_none(labels: Labels | None) -> str:
    """A theme's name in the reader's language; empty for no theme."""
    return pick(labels)
