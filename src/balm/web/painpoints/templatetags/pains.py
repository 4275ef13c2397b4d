"""Tags of the pages of pain points: links to sentences, marked words, sorting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from math import prod
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.communicate.messages import day, known, say
from balm.communicate.page.ranking import runs
from balm.core.types import Labels, Priority, Quote
from balm.web.painpoints.figures import Snapshot
from balm.web.painpoints.lines import Line
from balm.web.painpoints.models import Activity, PainPoint
from balm.web.painpoints.selectors import marked
from balm.web.site.language import current, pick

register = template.Library()

Pairs = Iterable[tuple[str, str]]


def address(slug: str, theme: str, pairs: Pairs = (), **filters: Any) -> str:
    """The feedback page with the negative sentences of a theme, and further filters."""
    given = {"theme": theme, "sentiment": "negative", **dict(pairs), **filters}
    query = urlencode(sorted((k, str(v)) for k, v in given.items() if v not in (None, "")))
    return f"{reverse('feedback:list', args=[slug])}?{query}"


@register.simple_tag(takes_context=True)
def impact_name(context: Any) -> str:
    """What impact is counted by: customers, or comments where no customer is known."""
    snapshot = context.get("snapshot")
    by_customer = snapshot is None or snapshot.overview.customers_known
    return _("Impact per 100 customers") if by_customer else _("Impact per 100 comments")


@register.simple_tag(takes_context=True)
def sentences_url(context: Any, theme: str, pairs: Pairs = (), **filters: Any) -> str:
    return address(context["workspace"].slug, theme, pairs, **filters)


@register.simple_tag(takes_context=True)
def sentences(
    context: Any, count: int | str, theme: str, pairs: Pairs = (), about: str = "", **filters: Any
) -> SafeString:
    """A number that opens the negative sentences it counts. `about`: what they are, for who cannot see the row."""
    text = f"{count:,}" if isinstance(count, int) else count
    return format_html(
        '<a class="evidence" data-drawer="{}" href="{}" title="{}">{}{}</a>',
        about,
        address(context["workspace"].slug, theme, pairs, **filters),
        _("Show the sentences"),
        text,
        format_html('<span class="visually-hidden"> {}</span>', about) if about else "",
    )


@register.simple_tag
def words(quote: Quote) -> SafeString:
    """A sentence with the words that coded it marked."""
    pieces = marked(quote)
    return format_html_join("", "{}", ((format_html("<mark>{}</mark>", t) if coded else t,) for t, coded in pieces))


@register.filter
def known_as(name: str, prefix: str) -> Labels:
    """The library's word: `line.pain.kind|known_as:"kind"|label`."""
    return known(prefix, name)


@register.filter
def on(date: dt.date | None) -> str:
    """A calendar day in the reader's language."""
    return pick(day(date)) if date else "–"


@register.filter
def said(key: str) -> Labels:
    """A message of the library's own catalogue."""
    return say(key)


@register.filter
def ended(text: str) -> str:
    """A sentence of its own: a capital letter, and the language's full stop."""
    return f"{text[:1].upper()}{text[1:]}{'.' if current() == 'en' else '。'}"


@register.filter
def plain(number: int) -> str:
    """A number for machines: without separators."""
    return str(number)


@register.filter
def team_value(pk: int) -> str:
    """How a filter names a team."""
    return f"team:{pk}"


@register.filter
def intcomma_plain(number: int) -> str:
    """1,234 in every language, as the library writes it."""
    return f"{number:,}"


@register.filter
def theme_label(theme: str, snapshot: Snapshot) -> str:
    return pick(snapshot.labels(theme))


@register.filter
def state_name(state: str) -> Any:
    return dict(PainPoint.State.choices).get(state, state)


@register.filter
def moscow_name(column: str) -> Any:
    return dict(PainPoint.Moscow.choices).get(column, column or _("not decided"))


@register.filter
def runs_of(places: list[int]) -> str:
    """2, 3, 4, 7 → 2–4, 7."""
    return runs(places)


@register.simple_tag(takes_context=True)
def sort_head(context: Any, key: str, text: str) -> SafeString:
    """The link in a column's head that sorts by it, and back."""
    f = context["filters"]
    query = context["request"].GET.copy()
    for name in ("page", "sort", "desc"):
        query.pop(name, None)
    query["sort"] = key
    if f.sort == key and not f.desc:
        query["desc"] = "1"
    return format_html('<a href="?{}">{}</a>', query.urlencode(), text)


@register.simple_tag(takes_context=True)
def sorted_as(context: Any, key: str) -> str:
    """For aria-sort."""
    f = context["filters"]
    return "none" if f.sort != key else "ascending" if f.desc else "descending"


@register.simple_tag(takes_context=True)
def codebook_url(context: Any, name: str, theme: str) -> str:
    """The codebook's page that merges or splits a theme; the codebook itself while there is none."""
    slug = context["workspace"].slug
    for route, query in ((f"codebook:{name}", urlencode({"from": theme})), ("codebook:tree", "")):
        try:
            found = reverse(route, args=[slug])
        except NoReverseMatch:
            continue
        return f"{found}?{query}" if query else found
    return ""


@register.simple_tag(takes_context=True)
def comment_url(context: Any, feedback_id: str) -> str:
    """The page of one comment."""
    return reverse("feedback:one", args=[context["workspace"].slug, feedback_id])


@register.filter
def ties_in(line: Line, model: str) -> list[int]:
    return line.ties(model)


@register.filter
def judged_by(judged: dict[tuple[int, str], Activity], row: int) -> Activity | None:
    """Who judged the level."""
    return judged.get((row, "level"))


@register.filter
def judged_effort(judged: dict[tuple[int, str], Activity], row: int) -> Activity | None:
    return judged.get((row, "effort"))


@register.filter
def points_words(priority: Priority) -> str:
    """2 × 3 = 6: what the level follows from."""
    return f"{' × '.join(map(str, priority.points))} = {prod(priority.points)}"


@register.simple_tag
def activity_words(activity: Activity) -> str:
    """One line of activity, but for its reason."""
    told = _TOLD.get(activity.kind)
    return told(activity) if told else activity.kind


def _ends(activity: Activity) -> tuple[str, str]:
    return str(activity.detail.get("from", "")), str(activity.detail.get("to", ""))


def _told_state(activity: Activity) -> str:
    was, now = map(state_name, _ends(activity))
    return _("State: %(was)s → %(now)s") % {"was": was, "now": now}


def _told_owner(activity: Activity) -> str:
    was, now = (name or _("nobody") for name in _ends(activity))
    return _("Owner: %(was)s → %(now)s") % {"was": was, "now": now}


def _told_moscow(activity: Activity) -> str:
    was, now = map(moscow_name, _ends(activity))
    return _("Decision: %(was)s → %(now)s") % {"was": was, "now": now}


def _levels(activity: Activity) -> dict[str, str]:
    was, now = (pick(known("level", name)) or _("computed") for name in _ends(activity))
    return {"was": was, "now": now}


def _told_effort(activity: Activity) -> str:
    return _("Solvability: %(was)s → %(now)s") % _levels(activity)


def _told_level(activity: Activity) -> str:
    return _("Level: %(was)s → %(now)s") % _levels(activity)


def _told_of_a_plan(activity: Activity) -> str:
    from balm.web.plans.models import Plan

    facts = {"title": activity.detail.get("title", ""), "number": activity.detail.get("number", "")}
    if activity.detail.get("what") == "made":
        return _("Plan %(number)s was made: %(title)s") % facts
    state = dict(Plan.State.choices).get(activity.detail.get("state"), "")
    return _("Plan %(number)s, %(title)s: %(state)s") % {**facts, "state": state}


_TOLD: dict[str, Callable[[Activity], str]] = {
    "state": _told_state,
    "owner": _told_owner,
    "moscow": _told_moscow,
    "effort": _told_effort,
    "level": _told_level,
    "plan": _told_of_a_plan,
}


_EDITS = {
    "rename": gettext_lazy("renamed"),
    "define": gettext_lazy("defined"),
    "merge": gettext_lazy("merged"),
    "split": gettext_lazy("split"),
    "move": gettext_lazy("moved to another group"),
    "archive": gettext_lazy("theme archived"),
    "restore": gettext_lazy("theme restored"),
    "accept": gettext_lazy("proposal accepted"),
    "dismiss": gettext_lazy("proposal dismissed"),
    "add_theme": gettext_lazy("theme added"),
    "add_phrases": gettext_lazy("phrases added"),
    "remove_phrases": gettext_lazy("phrases removed"),
    "add_examples": gettext_lazy("examples added"),
}


@register.filter
def edit_name(kind: str) -> Any:
    """An edit of the codebook, in words."""
    return _EDITS.get(kind, kind)
