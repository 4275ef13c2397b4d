"""Tags that show numbers with what they rest on, charts with their tables, and labels in the reader's language."""

from __future__ import annotations

import datetime as dt
from hashlib import blake2s
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from balm.communicate import numbers
from balm.communicate.figure import Figure
from balm.core.types import Estimate
from balm.web.site.language import current, pick

register = template.Library()


@register.filter
def label(labels: Any) -> str:
    """A text in the reader's language."""
    return pick(labels)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, None where it is not there."""
    return (mapping or {}).get(key)


@register.simple_tag
def icon(name: str, text: str = "") -> SafeString:
    """An icon of the sprite. Without `text` it only decorates."""
    from django.templatetags.static import static

    use = format_html('<use href="{}#{}"></use>', static("balm/icons.svg"), name)
    if text:
        return format_html('<svg class="icon" role="img" aria-label="{}">{}</svg>', text, use)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false">{}</svg>', use)


@register.simple_tag
def estimate(e: Estimate | None, unit: numbers.Unit = "share", digits: int | None = None) -> SafeString:
    """Value, 95 % interval and n; "too few" where nothing can be said. A small n is muted, never hidden."""
    if e is None or e.value is None:
        n = e.n if e else 0
        return format_html(
            '<span class="est est-none">{} <span class="est-n">n = {}</span></span>', _("too few to say"), f"{n:,}"
        )
    inside = numbers.interval(e, unit, digits)
    return format_html(
        '<span class="est{}"><span class="est-value">{}</span>{} <span class="est-n">n = {}{}</span></span>',
        " est-small" if numbers.small(e.n) else "",
        numbers.value(e, unit, digits),
        format_html(' <span class="est-ci" title="{}">{}</span>', _("95% interval"), inside) if inside else "",
        f"{e.n:,}",
        _comma() + _("small") if numbers.small(e.n) else "",
    )


def _comma() -> str:
    return ", " if current() == "en" else "，"


@register.filter
def per_hundred(e: Estimate | None) -> Estimate | None:
    """Impact as it is written: points lost by a hundred customers."""
    return None if e is None else numbers.impact(e)


@register.inclusion_tag("site/parts/figure.html")
def figure(fig: Figure | None, links: Any = (), *, open: bool = False) -> dict[str, Any]:
    """A chart and, below it, its table. `links`: addresses that open the sentences of each point."""
    if fig is None or fig.empty:
        return {"figure": None}
    from balm.communicate.echarts import option

    name = "chart-" + blake2s(f"{fig.kind} {fig.name('en')}".encode(), digest_size=6).hexdigest()
    table = fig.table()
    opened = tuple(links)[: len(table.rows)]
    rows = [[pick(cell) for cell in row] for row in table.rows]
    return {
        "figure": fig,
        "id": name,
        "size": _size(fig),
        "title": pick(fig.title),
        "option": option(fig, current(), links=opened),
        "columns": [(pick(c), i in table.numeric) for i, c in enumerate(table.columns)],
        "rows": [
            ([(cell, i in table.numeric) for i, cell in enumerate(row)], link)
            for row, link in zip_longest(rows, opened)
        ],
        "open": open,
    }


_BARS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20)


def _size(fig: Figure) -> str:
    """The class that gives a chart its height."""
    if fig.kind != "bars":
        return f"chart-{fig.kind}"
    return f"chart-rows-{next((n for n in _BARS if n >= len(fig.x)), _BARS[-1])}"


@register.simple_tag(takes_context=True)
def evidence_url(context: Any, **filters: Any) -> str:
    """Address of the feedback page with these filters. `by_channel="app"` filters an attribute."""
    named = {k.replace("by_", "by:", 1) if k.startswith("by_") else k: v for k, v in filters.items()}
    pairs = sorted((k, str(v)) for k, v in named.items() if v not in (None, ""))
    base = reverse("feedback:list", args=[context["workspace"].slug])
    return f"{base}?{urlencode(pairs)}" if pairs else base


@register.simple_tag(takes_context=True)
def evidence(context: Any, count: int, **filters: Any) -> SafeString:
    """A count that opens the sentences it counts, in the drawer or as a page."""
    return format_html(
        '<a href="{}" data-drawer class="evidence" title="{}">{}</a>',
        evidence_url(context, **filters),
        _("Show the sentences"),
        f"{count:,}",
    )


@register.simple_tag
def colon() -> str:
    """The colon of the reader's language, between a name and its value."""
    return ": " if current() == "en" else "："


@register.simple_tag
def gap() -> str:
    """What stands between two sentences, or after a colon: a space in English, nothing in Chinese."""
    return " " if current() == "en" else ""


@register.filter
def listed(items: Any) -> str:
    """Items in a row, with the separator of the reader's language."""
    return (", " if current() == "en" else "、").join(str(item) for item in items or ())


_LONG = 24
"""Digits from which a hexadecimal number is cut: a checksum says nothing to a reader."""


@register.filter
def plainly(value: Any) -> str:
    """What was kept as JSON, as a line of text: names and values, nothing for what is empty."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {plainly(v)}" for key, v in value.items() if v not in (None, "", [], {}))
    if isinstance(value, list | tuple):
        return ", ".join(plainly(v) for v in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = str(value)
    checksum = len(text) >= _LONG and not set(text) - set("0123456789abcdef")
    return f"{text[:8]}…" if checksum else text


@register.filter
def ago(when: dt.datetime | None) -> SafeString:
    """A moment, with the exact time for machines and tooltips; the page's script says how long ago it is."""
    if when is None:
        return mark_safe("–")
    local = timezone.localtime(when)
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        when.isoformat(),
        local.strftime("%Y-%m-%d %H:%M:%S %Z"),
        local.strftime("%Y-%m-%d %H:%M"),
    )


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The page's query string with some parameters changed; None or "" takes one out. Starts with "?"."""
    found = context["request"].GET.copy()
    for key, value in changes.items():
        found.pop(key, None)
        if value not in (None, ""):
            found[key] = str(value)
    return "?" + found.urlencode()
