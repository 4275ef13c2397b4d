"""How work is shown: what is going on now, and kinds and stages by name."""

from __future__ import annotations

from typing import Any

from django import template

from balm.web.jobs import selectors, words

register = template.Library()


@register.simple_tag(takes_context=True)
def freshness(context: Any) -> selectors.Now:
    """How fresh the figures of the page's workspace are; the view may have looked already."""
    return context.get("now") or selectors.now_of(context["workspace"])


register.filter("kind", words.kind)
register.filter("doing", words.doing)
register.filter("stage", words.stage)
