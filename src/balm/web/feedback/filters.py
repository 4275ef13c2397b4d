"""The address of the feedback page as a filter, and the filter in words."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from balm.core.tables import BY
from balm.lake.queries import NO_THEME, Filter, terms
from balm.web.feedback import words

MANY = 30
LONG = 200
"""Values of one parameter, and characters of one value, that are read."""

PARAMETERS = {"themes": "theme", "sources": "source", "imports": "import"}
"""Field of `Filter` → its parameter, where the names differ."""

PLACES = ("at", "back", "facets", "format")
"""Parameters that say where one stands, and ask for nothing."""


@dataclass(frozen=True)
class Chip:
    """One filter in words, and the page's address without it (a query string)."""

    name: str
    value: str
    without: str


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `problems`: what of it could not be read, in words."""

    filter: Filter
    chips: tuple[Chip, ...] = ()
    problems: tuple[str, ...] = ()
    oldest_first: bool = False
    query: str = "?"  # the filters alone
    given: Mapping[str, str] = field(default_factory=dict)  # parameter → its value, as typed


def read(
    query: QueryDict,
    *,
    theme: Callable[[str], str | None],
    theme_name: Callable[[str], str],
    import_of: Callable[[str], tuple[str, str] | None],
) -> Asked:
    """`theme`: id → the theme in use that stands for it. `import_of`: value of "import" → key in the
    lake, file name."""
    return _Reader(query, theme, theme_name, import_of).read()


class _Reader:
    def __init__(
        self,
        query: QueryDict,
        theme: Callable[[str], str | None],
        theme_name: Callable[[str], str],
        import_of: Callable[[str], tuple[str, str] | None],
    ) -> None:
        self.query, self.theme, self.theme_name, self.import_of = query, theme, theme_name, import_of
        self.found: dict[str, Any] = {}
        self.chips: list[Chip] = []
        self.problems: list[str] = []

    def read(self) -> Asked:
        self._themes()
        for name, values in words.OF_FIELD.items():
            self._choices(name, values)
        self._scores()
        self._days()
        self._imports()
        if sources := self._values("source"):
            self.found["sources"] = sources
            self._each("source", sources, words.FIELDS["sources"], str)
        self._attributes()
        if customer := self.query.get("customer", "")[:LONG]:
            self.found["customer"] = customer
            self._chip(("customer",), words.FIELDS["customer"], customer)
        if terms(text := self.query.get("q", "").strip()[:LONG]):
            self.found["text"] = text
            self._chip(("q",), words.FIELDS["text"], _("“%(text)s”") % {"text": text})
        return Asked(
            Filter(**self.found),
            tuple(self.chips),
            tuple(self.problems),
            self.query.get("order") == "oldest",
            _without(self.query, (*PLACES, "order")),
            {name: self.query[name] for name in self.query},
        )

    # the pieces

    def _themes(self) -> None:
        given = self._values("theme")
        kept: list[str] = []
        for value in given:
            in_use = NO_THEME if value == NO_THEME else self.theme(value)
            if in_use is None:
                self.problems.append(
                    _("The theme “%(theme)s” is archived: no sentence counts for it any more.")
                    % {"theme": self.theme_name(value)}
                )
                in_use = value
            kept.append(in_use)
        if kept:
            self.found["themes"] = tuple(dict.fromkeys(kept))
            self._each("theme", given, words.FIELDS["themes"], self.theme_name)

    def _choices(self, name: str, values: Mapping[str, Any]) -> None:
        given = self._values(name)
        known = tuple(value for value in given if value in values)
        if len(known) < len(given):
            self._unread(words.FIELDS[name])
        if known:
            self.found[name] = known
            self._each(name, known, words.FIELDS[name], lambda value: str(values[value]))

    def _scores(self) -> None:
        low, high = (self._number(name) for name in ("score_min", "score_max"))
        if low is not None and high is not None and low > high:
            low, high = high, low
        self.found |= {name: v for name, v in (("score_min", low), ("score_max", high)) if v is not None}
        if low is not None or high is not None:
            self._chip(("score_min", "score_max"), words.FIELDS["score"], span(low, high, _number))

    def _days(self) -> None:
        first, last = (self._day(name) for name in ("from", "to"))
        if first and last and first > last:
            first, last = last, first
        self.found |= {name: v for name, v in (("first", first), ("last", last)) if v is not None}
        if first or last:
            self._chip(("from", "to"), words.FIELDS["time"], span(first, last, dt.date.isoformat))

    def _imports(self) -> None:
        given = self._values("import")
        known = {value: found for value in given if (found := self.import_of(value))}
        if len(known) < len(given):
            self._unread(words.FIELDS["imports"])
            self.found["imports"] = ("?",)  # nothing, rather than everything
        if known:
            self.found["imports"] = tuple(key for key, _name in known.values())
            self._each("import", tuple(known), words.FIELDS["imports"], lambda value: known[value][1])

    def _attributes(self) -> None:
        by = {
            name.removeprefix(BY): values
            for name in list(self.query)[:MANY]
            if name.startswith(BY) and (values := self._values(name))
        }
        if by:
            self.found["by"] = by
            for name, values in by.items():
                self._each(BY + name, values, name[:LONG], str)

    # reading

    def _values(self, name: str) -> tuple[str, ...]:
        given = (value[:LONG] for value in self.query.getlist(name)[:MANY])
        return tuple(dict.fromkeys(value for value in given if value))

    def _number(self, name: str) -> float | None:
        text = self.query.get(name, "").strip().replace(",", ".")[:LONG]
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or abs(value) > 1e12:
            self._unread(words.FIELDS["score"])
            return None
        return value

    def _day(self, name: str) -> dt.date | None:
        text = self.query.get(name, "").strip()[:LONG]
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            self._unread(words.FIELDS["time"])
            return None

    def _unread(self, name: Any) -> None:
        said = _("“%(name)s” could not be read and was left out.") % {"name": name}
        if said not in self.problems:
            self.problems.append(said)

    # chips

    def _chip(self, parameters: tuple[str, ...], name: Any, value: str) -> None:
        self.chips.append(Chip(str(name), value, _without(self.query, (*PLACES, *parameters))))

    def _each(self, parameter: str, values: tuple[str, ...], name: Any, say: Callable[[str], str]) -> None:
        for value in values:
            left = self.query.copy()
            for place in PLACES:
                left.pop(place, None)
            left.setlist(parameter, [v for v in left.getlist(parameter) if v[:LONG] != value])
            self.chips.append(Chip(str(name), say(value), "?" + left.urlencode()))


def span(low: Any, high: Any, say: Callable[[Any], str]) -> str:
    """A range in words; either end may be open."""
    if low is None:
        return _("up to %(end)s") % {"end": say(high)}
    if high is None:
        return _("from %(start)s") % {"start": say(low)}
    return say(low) if low == high else f"{say(low)}–{say(high)}"


def _number(value: float) -> str:
    return f"{value:g}"


def _without(query: QueryDict, parameters: tuple[str, ...]) -> str:
    left = query.copy()
    for name in parameters:
        left.pop(name, None)
    return "?" + left.urlencode()
