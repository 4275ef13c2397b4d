"""What the customers' pages read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext, override

from balm.communicate.figure import Figure, Series, days
from balm.communicate.messages import same
from balm.core import stats
from balm.core.types import SCALE_RANGE, Estimate, Labels, Scale
from balm.lake.queries import Comment, Cursor, Customer, Page
from balm.web.customers.models import Merge
from balm.web.feedback.selectors import Room
from balm.web.people.models import Workspace


def merges(workspace: Workspace) -> QuerySet[Merge]:
    """Merges in force, oldest first."""
    return Merge.objects.filter(workspace=workspace, undone=None).order_by("created", "pk")


def aliases(workspace: Workspace) -> dict[str, str]:
    """Customer key → the key she is counted as, of all keys that are merged; the last in a row of merges."""
    into: dict[str, str] = {}
    for keys, target in merges(workspace).values_list("keys", "into"):
        into |= dict.fromkeys((key for key in keys if key != target), target)
    return {key: last for key in into if (last := _last(into, key)) != key}


def _last(into: dict[str, str], key: str) -> str:
    seen: set[str] = set()
    while key in into and key not in seen:
        seen.add(key)
        key = into[key]
    return key


def merges_of(workspace: Workspace, keys: Sequence[str]) -> list[Merge]:
    """Merges, also undone ones, that any of these keys takes part in, newest first."""
    wanted = set(keys)
    rows = Merge.objects.filter(workspace=workspace).select_related("by", "undone_by").order_by("-created", "-pk")
    return [row for row in rows if wanted & {row.into, *row.keys}]


@dataclass(frozen=True)
class Line:
    """A customer with the share of her comments that have a negative mention, Wilson's interval."""

    customer: Customer
    negative: Estimate


def line(customer: Customer) -> Line:
    return Line(customer, stats.proportion(customer.negative, customer.comments))


def customer(room: Room, key: str, newest: Page) -> Customer | None:
    """The person `key` stands for, from her newest comments if these are all; None where no comment has the key."""
    if newest.older is not None:
        return room.lake.customer(key)
    if not newest.comments:
        return None
    keys = room.lake.keys_of(key)
    times = [comment.time for comment in newest.comments if comment.time is not None]
    negative = sum(any(m.sentiment == "negative" for m in comment.mentions) for comment in newest.comments)
    ends = (min(times), max(times)) if times else (None, None)
    return Customer(keys[0], len(newest.comments), negative, *ends, len(keys))


def first(page: Page, size: int) -> Page:
    """The first `size` comments of a page that begins at the newest."""
    if len(page.comments) <= size:
        return page
    return Page(page.comments[:size], None, Cursor.after(page.comments[size - 1]))


def together(one: Customer, other: Customer) -> Line:
    """What the two would have as one."""
    firsts, lasts = (sorted(filter(None, pair)) for pair in ((one.first, other.first), (one.last, other.last)))
    return line(
        Customer(
            one.key,
            one.comments + other.comments,
            one.negative + other.negative,
            firsts[0] if firsts else None,
            lasts[-1] if lasts else None,
            one.keys + other.keys,
        )
    )


def pains(room: Room, comments: Sequence[Comment]) -> list[tuple[str, str, int]]:
    """Themes she complains about: id, name and comments, most first."""
    found: Counter[str] = Counter()
    for comment in comments:
        found.update({m.theme for m in comment.mentions if m.theme and m.sentiment == "negative"})
    return [(theme, room.name(theme), n) for theme, n in found.most_common(10)]


def in_all(text: str) -> Labels:
    """A text of the catalogue in every language of labels."""
    found = {}
    for ours, code in (("zh-Hans", "zh-hans"), ("zh-Hant", "zh-hant"), ("en", "en")):
        with override(code):
            found[ours] = gettext(text)
    return found


def scores(comments: Sequence[Comment], title: Labels, when: Labels, scale: str | None = None) -> Figure | None:
    """Her scores over time, on `scale` where it is known; None for fewer than two."""
    low, high = SCALE_RANGE[Scale(scale)] if scale else (None, None)
    scored = sorted((c.time, c.score) for c in comments if c.time is not None and c.score is not None)
    if len(scored) < 2:
        return None
    return Figure(
        "trend",
        title,
        tuple(float(days(time.date())) for time, _ in scored),
        tuple(same(time.strftime("%Y-%m-%d")) for time, _ in scored),
        (Series(title, tuple(score for _, score in scored)),),
        unit="score",
        x_name=when,
        low=low,
        high=high,
    )
