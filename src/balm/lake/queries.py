"""The questions the pages ask of a workspace's comments.

    lake = Lake.open(folder, {"feedback": 7, "mentions": 9}, decisions)
    lake.counts(Filter(themes=("delivery.late",), sentiment=("negative",)))

Answers are exact, of the versions of the tables that were asked for, with people's decisions applied.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from hashlib import blake2b

from balm.collect.identity import hash_ids
from balm.core.decisions import Decisions
from balm.core.errors import WrongUse
from balm.core.panel import Panel
from balm.lake import tables
from balm.lake.query import customers, panels, stream
from balm.lake.query.answers import Comment, Counts, Cursor, Customer, Mention, Page
from balm.lake.query.customers import Order
from balm.lake.query.details import details, sealed
from balm.lake.query.engine import whole
from balm.lake.query.facets import FACETS, facets
from balm.lake.query.filters import NO_THEME, Filter
from balm.lake.query.panels import PanelAsk, Person, Raiser
from balm.lake.query.relations import BY_HAND, PLACE, Relations
from balm.lake.query.search import spans, terms

__all__ = [
    "BY_HAND", "FACETS", "NO_THEME", "Comment", "Counts", "Cursor", "Customer", "Filter", "Lake", "Mention", "Order",
    "Page", "spans", "terms",
]  # fmt: skip

PAGE = 50


class Lake:
    """The comments and mentions of one analysis folder."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        versions: Mapping[str, int | None] | None = None,
        decisions: Decisions | None = None,
    ) -> Lake:
        """`versions`: of "feedback" and "mentions"; without them, or where their files are gone since, the newest. A
        folder without tables is an empty lake.

        Raises InputRefused for a table whose log is damaged.
        """
        pins = versions or {}
        found = None
        if None not in (pair := (pins.get("feedback"), pins.get("mentions"))):
            with suppress(WrongUse):
                found = _found(os.fspath(folder), *pair)
        if found is None or not all(map(os.path.exists, found[0] + found[1])):
            found = _find(os.fspath(folder), None, None)
        feedback, mentions, attributes = found
        decided = decisions or Decisions()
        return cls(Relations(feedback, mentions, attributes, decided, _places(feedback, mentions, decided)))

    @cached_property
    def fingerprint(self) -> str:
        """Of the tables and the decisions: two lakes with the same one answer the same."""
        found, decided = self._relations, self._relations.decisions
        told = (found.feedback, found.mentions, decided.themes, decided.customers, list(found.recoded.items()))
        return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lake) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def attributes(self) -> list[str]:
        """Names of the attributes that comments may have, without `by:`."""
        return list(self._relations.attributes)

    # comments

    def counts(self, asked: Filter) -> Counts:
        """How much meets a filter."""
        return stream.counts(self._relations, asked)

    def page(
        self,
        asked: Filter,
        *,
        at: Cursor | None = None,
        back: bool = False,
        oldest_first: bool = False,
        size: int = PAGE,
    ) -> Page:
        """`size` comments from `at` on, newest first; with `back`, those before it. Any page costs the same."""
        keys = stream.keys(self._relations, asked, at, down=oldest_first == back, size=size + 1)
        more, keys = len(keys) > size, keys[:size]
        if back:
            keys.reverse()
        comments = details(self._relations, [(key["part"], key["row"]) for key in keys], asked)
        first, last = (stream.cursor(keys[0]), stream.cursor(keys[-1])) if keys else (None, None)
        before, after = (more, at is not None) if back else (at is not None, more)
        return Page(tuple(comments), first if before else None, last if after else None)

    def comment(self, feedback_id: str) -> Comment | None:
        """One comment with its mentions."""
        places = locate(self._relations.feedback, (feedback_id,))
        found = details(self._relations, list(places.values()), Filter())
        return found[0] if found else None

    def comments(self, feedback_ids: Sequence[str]) -> list[Comment]:
        """These comments, as far as they are there, in the order asked for."""
        places = locate(self._relations.feedback, tuple(feedback_ids))
        return details(self._relations, [places[name] for name in feedback_ids if name in places], Filter())

    def sealed(self, feedback_id: str) -> tuple[str, list[list[int]], bytes | None] | None:
        """A comment's text, its redactions and what was cut out, sealed; None where there is no such comment."""
        places = locate(self._relations.feedback, (feedback_id,))
        return sealed(self._relations, places[feedback_id]) if feedback_id in places else None

    def parts(self) -> list[tuple[str, int]]:
        """Key of the import and number of every part, in the order of the numbers."""
        table = self._relations.comments().select("import_key", "part").distinct()
        return [(row["import_key"], row["part"]) for row in self._relations.ask(table.order_by("part"))]

    def every(self, asked: Filter, parts: Collection[int] | None = None) -> Iterator[list[Comment]]:
        """All comments that meet a filter, part by part in the order they were imported, for an export; only those of
        `parts`, if given."""
        found = stream.matching(self._relations, asked)
        if parts is not None:
            found = found.filter(found.part.isin(sorted(parts)))
        for row in self._relations.ask(found.select("part").distinct().order_by("part"), parts):
            part = row["part"]
            here = found.filter(found.part == part).select(*PLACE).order_by("row")
            places = [(r["part"], r["row"]) for r in self._relations.ask(here, [part])]
            yield details(self._relations, places, asked)

    def facets(self, asked: Filter, names: Collection[str] | None = None) -> dict[str, list[tuple[str, int]]]:
        """For each of `names` (of `FACETS`, or `by:NAME`; all by default): value → comments, most first, under
        everything that is asked but the facet itself."""
        return facets(self._relations, asked, names)

    def series(self, asked: Filter, period: str) -> list[tuple[dt.date, int, int]]:
        """Start of each "day", "week" or "month", comments that meet the filter, and all; without the undated."""
        return stream.series(self._relations, asked, period)

    # checks of a fix

    def panel(self, asked: PanelAsk) -> Panel:
        """A metric by unit and period. Raises WrongUse for an attribute that is not there or has too many values."""
        return panels.panel(self._relations, asked)

    def raisers(self, themes: Sequence[str], where: Filter | None = None) -> list[Raiser]:
        """Persons who raised one of `themes` negatively in comments that meet `where`, most often first."""
        return panels.raisers(self._relations, themes, where or Filter())

    def persons(
        self, customers: Sequence[str], themes: Sequence[str] = (), where: Filter | None = None
    ) -> list[Person]:
        """What the comments of these customers that meet `where` came to; those without any are left out."""
        return panels.persons(self._relations, customers, themes, where or Filter())

    # customers

    def customers(
        self, search: str = "", *, order: Order = "last", start: int = 0, size: int = PAGE
    ) -> tuple[list[Customer], int]:
        """Customers with a key that holds `search`, from the `start`-th on, and how many there are.

        Ordered by last contact, comments or negative comments, most first. A person with several keys is found by any.
        """
        return customers.customers(self._relations, search, order=order, start=start, size=size)

    def customer(self, key: str) -> Customer | None:
        """The person `key` stands for, None where no comment has the key."""
        return customers.customer(self._relations, key)

    def keys(self, keys: Sequence[str]) -> dict[str, Customer]:
        """What each of these keys has, taken by itself; keys that no comment has are left out."""
        return customers.keys(self._relations, keys)

    def keys_of(self, key: str) -> list[str]:
        """All keys of the person `key` stands for, her own first."""
        return self._relations.keys_of(key)

    def alike(self, key: str | None = None, limit: int = PAGE) -> list[list[str]]:
        """Groups of keys of different people that differ only in case, in spaces and "_", "." or "-", or in zeros in
        front; only those like `key`, if given."""
        return customers.alike(self._relations, key, limit)


_Found = tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]


def _find(folder: str, feedback: int | None, mentions: int | None) -> _Found:
    """Files of feedback, files of mentions, attributes."""
    return (
        tuple(tables.files(folder, "feedback", feedback)),
        tuple(tables.files(folder, "mentions", mentions)),
        tables.attributes(folder, feedback),
    )


_found = lru_cache(maxsize=32)(_find)
"""A version of a table never changes."""


def _places(
    feedback: tuple[str, ...], mentions: tuple[str, ...], decisions: Decisions
) -> dict[tuple[int, int, int], str | None]:
    """Where the mentions that were coded by hand are now → their theme in use."""
    if not decisions.recodes or not feedback or not mentions:
        return {}
    places = locate(feedback, tuple(sorted({recode.feedback_id for recode in decisions.recodes})))
    cuts = _cuts(feedback, mentions, tuple(sorted(set(places.values()))))
    found: dict[tuple[int, int, int], str | None] = {}
    for recode in decisions.recodes:
        place = places.get(recode.feedback_id)
        if place is None:
            continue  # of an import that was taken back
        mention = recode.among(*cuts.get(place, ((), ())))
        if mention is not None:
            found[*place, mention] = decisions.theme(recode.theme_id)
    return found


@lru_cache(maxsize=64)
def _cuts(
    feedback: tuple[str, ...], mentions: tuple[str, ...], places: tuple[tuple[int, int], ...]
) -> dict[tuple[int, int], tuple[list[int], list[int]]]:
    """Starts and ends of the mentions of these comments, in order."""
    relations = Relations(feedback, mentions, {}, Decisions(), {})
    table = relations.coded()
    parts, rows = ({place[i] for place in places} for i in (0, 1))
    # some rows too many, of other parts: cheaper than a join
    asked = table.filter(table.part.isin(sorted(parts)), table.row.isin(sorted(rows)))
    chosen = asked.select("part", "row", "mention", "start", "end").order_by("part", "row", "mention")
    found: dict[tuple[int, int], tuple[list[int], list[int]]] = {place: ([], []) for place in places}
    for row in relations.ask(chosen, parts):
        if (place := (row["part"], row["row"])) in found:
            found[place][0].append(row["start"])
            found[place][1].append(row["end"])
    return found


@lru_cache(maxsize=64)
def locate(files: tuple[str, ...], feedback_ids: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Id → part and row of the comments that are there."""
    if not files or not feedback_ids:
        return {}
    relations = Relations(files, (), {}, Decisions(), {})
    table = relations.comments()
    hashes = hash_ids([whole(name) for name in feedback_ids]).view("int64").tolist()
    found = table.filter(table.id_key.isin(hashes), table.feedback_id.isin(feedback_ids))
    return {row["feedback_id"]: (row["part"], row["row"]) for row in relations.ask(found.select("feedback_id", *PLACE))}
