"""Questions about customers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from balm.lake.query.answers import Customer
from balm.lake.query.filters import Filter
from balm.lake.query.relations import PLACE, Relations
from balm.lake.query.search import like_stored

if TYPE_CHECKING:
    import ibis.expr.types as ir

Order = Literal["last", "comments", "negative"]


def customers(
    relations: Relations, search: str = "", *, order: Order = "last", start: int = 0, size: int = 50
) -> tuple[list[Customer], int]:
    """Customers whose key holds `search`, from the `start`-th on, and how many there are.

    Ordered by last contact, comments or negative comments, most first. A person with several keys is found by any.
    """

    table = relations.comments(people=True)
    known = table.filter(table.person.notnull())
    if search:
        like = known.customer.lower().contains(like_stored(search.strip()))
        if relations.decisions.customers:  # a person is found by any key, and shown with the comments of all
            known = known.semi_join(known.filter(like).select("person").distinct(), "person")
        else:
            known = known.filter(like)
    bad = relations.matched_mentions(Filter(sentiment=("negative",))).select(*PLACE).distinct()
    rows: list[dict[str, Any]]
    if order == "negative":
        flagged = known.left_join(bad.mutate(bad=1), PLACE)
        people = flagged.group_by("person").agg(
            n=flagged.count(), negative=flagged.bad.sum(), first=flagged.time.min(), last=flagged.time.max()
        )
        people = people.mutate(negative=people.negative.fill_null(0))
    else:
        people = known.group_by("person").agg(n=known.count(), first=known.time.min(), last=known.time.max())
    by = {"last": ["last", "n"], "comments": ["n", "last"], "negative": ["negative", "n", "last"]}[order]
    people = people.mutate(total=people.count().over())
    ordered = people.order_by([*(people[name].desc(nulls_first=False) for name in by), people.person])
    rows = relations.ask(ordered.limit(size, offset=start))
    total = rows[0]["total"] if rows else 0
    if start and not rows:  # beyond the last one
        total = relations.ask(known.aggregate(n=known.person.nunique()))[0]["n"]
    if order != "negative":
        counted = _negative(relations, [row["person"] for row in rows])
        rows = [{**row, "negative": counted.get(row["person"], 0)} for row in rows]
    return [_customer(relations, row) for row in rows], total


def customer(relations: Relations, key: str) -> Customer | None:
    """The person `key` stands for, None where no comment has the key."""
    person = relations.decisions.customer(key)
    table = relations.matched_comments(Filter(customer=key))
    row = relations.ask(table.aggregate(n=table.count(), first=table.time.min(), last=table.time.max()))[0]
    if not row["n"]:
        return None
    return _customer(relations, {**row, "person": person, "negative": _negative(relations, [person]).get(person, 0)})


def keys(relations: Relations, keys: Sequence[str]) -> dict[str, Customer]:
    """What each of these keys, taken by itself, has; keys that no comment has are left out."""
    alone = dataclasses.replace(relations, decisions=dataclasses.replace(relations.decisions, customers={}))
    table = alone.comments()
    hit = table.filter(table.customer.isin(list(keys)))
    grouped = hit.group_by(person=hit.customer).agg(n=hit.count(), first=hit.time.min(), last=hit.time.max())
    counted = _negative(alone, keys)
    rows = alone.ask(grouped) if keys else []
    return {r["person"]: _customer(alone, {**r, "negative": counted.get(r["person"], 0)}) for r in rows}


def alike(relations: Relations, key: str | None = None, limit: int = 50) -> list[list[str]]:
    """Groups of keys of different people that differ only in case, spaces, "_", "." and "-" between, or zeros in
    front; of those like `key`, if given."""
    import ibis

    table = relations.comments(people=True)
    known = table.filter(table.customer.notnull())
    folded = _fold(known.customer)
    if key is not None:
        known = known.filter(folded == _fold(ibis.literal(key)))
    pairs = known.select(fold=_fold(known.customer), key="customer", person="person").distinct()
    groups = pairs.group_by("fold").agg(people=pairs.person.nunique())
    several = groups.filter(groups.people > 1).order_by("fold").limit(limit)
    found = pairs.semi_join(several, "fold").order_by("fold", "key")
    answer: dict[str, list[str]] = {}
    for row in relations.ask(found):
        answer.setdefault(row["fold"], []).append(row["key"])
    return list(answer.values())


def _negative(relations: Relations, people: Sequence[str]) -> dict[str, int]:
    """Person → comments with a negative mention."""
    if not people:
        return {}
    keys = [key for person in people for key in relations.keys_of(person)]
    table = relations.comments(people=True)
    theirs = table.filter(table.customer.isin(keys))
    hit = theirs.semi_join(relations.matched_mentions(Filter(sentiment=("negative",))), PLACE)
    return {row["person"]: row["n"] for row in relations.ask(hit.group_by("person").agg(n=hit.count()))}


def _customer(relations: Relations, row: dict[str, Any]) -> Customer:
    keys = len(relations.keys_of(row["person"]))
    return Customer(row["person"], row["n"], row["negative"], row["first"], row["last"], keys)


def _fold(key: ir.StringValue) -> ir.StringValue:
    return key.lower().re_replace(r"[\s_.-]+", "").re_replace("^0+", "")
