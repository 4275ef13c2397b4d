"""The tables as questions see them: with people's decisions applied."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balm.core.decisions import Decisions
from balm.lake.query import search
from balm.lake.query.engine import Bound, Files, Values, ask
from balm.lake.query.filters import NO_THEME, Filter

if TYPE_CHECKING:
    import ibis.expr.types as ir

FEEDBACK = {
    "feedback_id": "string", "text": "string", "norm": "string", "score": "float64", "time": "timestamp",
    "customer": "string", "source": "string", "line": "int64", "redactions": "array<array<int32>>", "part": "int32",
    "row": "int32", "import_key": "string", "id_key": "int64", "sealed": "binary",
}  # fmt: skip
MENTIONS = {
    "feedback_id": "string", "mention": "int32", "start": "int32", "end": "int32", "text": "string",
    "language": "string", "theme_id": "string", "origin": "string", "sentiment": "string", "polarity": "float32",
    "emotion": "string", "kind": "string", "target": "string", "intent": "string", "urgency": "string",
    "confidence": "float32", "mark_start": "int32", "mark_end": "int32", "part": "int32", "row": "int32",
}  # fmt: skip

_SQL = {"float64": "DOUBLE", "float32": "FLOAT", "int64": "BIGINT", "int32": "INTEGER", "timestamp": "TIMESTAMP",
        "binary": "BLOB", "array<array<int32>>": "INTEGER[][]"}  # fmt: skip

PLACE = ("part", "row")
"""What tells one comment from another in both tables."""

BY_HAND = "by hand"
"""Origin of a mention that a person coded."""

_PART = re.compile(r"part-(\d{8})(?:-[0-9a-f]+)?\.parquet")


@dataclass(frozen=True)
class Relations:
    """`feedback`, `mentions`: Parquet files. `attributes`: name → column. `recoded`: the place of each mention that was
    coded by hand → its theme in use."""

    feedback: tuple[str, ...]
    mentions: tuple[str, ...]
    attributes: Mapping[str, str]
    decisions: Decisions
    recoded: Mapping[tuple[int, int, int], str | None]

    def ask(
        self, expression: ir.Table, parts: Iterable[int] | None = None, more: Mapping[str, Values] | None = None
    ) -> list[dict[str, Any]]:
        """Rows; only from the files of `parts`, if given, where the files' names tell them. `more`: tables of values
        that the expression names beside the usual ones."""
        wanted = None if parts is None else frozenset(parts)
        tables: dict[str, Bound] = {**self._values, **(more or {})}
        for name, files, columns in (("feedback", self.feedback, FEEDBACK), ("mentions", self.mentions, MENTIONS)):
            chosen = files if wanted is None else _of_parts(files, wanted)
            tables[name] = chosen
            if not chosen:
                tables[name] = Values({column: (_SQL.get(kind, "VARCHAR"), []) for column, kind in columns.items()})
            elif chosen != files and name == "feedback":
                tables[name] = Files(chosen, tuple(self.attributes.values()))  # those of other imports are null here
        return ask(expression, tables)

    @cached_property
    def _values(self) -> dict[str, Values]:
        places = list(self.recoded)
        columns: dict[str, tuple[str, Sequence[Any]]] = {
            "part": ("INTEGER", [p[0] for p in places]),
            "row": ("INTEGER", [p[1] for p in places]),
            "mention": ("INTEGER", [p[2] for p in places]),
            "new_theme": ("VARCHAR", list(self.recoded.values())),
            "by_hand": ("BOOLEAN", [True] * len(places)),
        }
        themes, keys = list(self.decisions.themes), list(self.decisions.customers)
        return {
            "recodes": Values(columns),
            "lineage": Values(
                {
                    "retired": ("VARCHAR", themes),
                    "in_use": ("VARCHAR", [self.decisions.theme(name) for name in themes]),
                }
            ),
            "merges": Values(
                {"merged_key": ("VARCHAR", keys), "person": ("VARCHAR", [self.decisions.customer(key) for key in keys])}
            ),
        }

    # tables

    def comments(self, *, people: bool = False) -> ir.Table:
        """Comments; with `people`, the column `person`: the key that stands for the customer, null if unknown."""
        import ibis

        table = ibis.table({**FEEDBACK, **dict.fromkeys(self.attributes.values(), "string")}, name="feedback")
        if not people:
            return table
        if not self.decisions.customers:
            return table.mutate(person=table.customer)
        merges = ibis.table({"merged_key": "string", "person": "string"}, name="merges")
        joined = table.left_join(merges, table.customer == merges.merged_key)
        return joined.mutate(person=ibis.coalesce(joined.person, joined.customer)).drop("merged_key")

    def coded(self) -> ir.Table:
        """Mentions with the theme in use: hand coding first, then what took over a retired theme."""
        import ibis

        table = ibis.table(MENTIONS, name="mentions")
        if self.recoded:
            kinds = {"part": "int32", "row": "int32", "mention": "int32", "new_theme": "string", "by_hand": "boolean"}
            hand = ibis.table(kinds, name="recodes").rename(hand_part="part", hand_row="row", hand_mention="mention")
            same = (table.part == hand.hand_part) & (table.row == hand.hand_row) & (table.mention == hand.hand_mention)
            table = table.left_join(hand, same).drop("hand_part", "hand_row", "hand_mention")
            table = table.mutate(by_hand=ibis.coalesce(table.by_hand, False))
        else:
            table = table.mutate(by_hand=ibis.literal(False), new_theme=ibis.null("string"))
        table = table.mutate(machine_theme=table.theme_id)
        if self.decisions.themes:
            lineage = ibis.table({"retired": "string", "in_use": "string"}, name="lineage")
            joined = table.left_join(lineage, table.theme_id == lineage.retired)
            moved = ibis.ifelse(joined.retired.isnull(), joined.theme_id, joined.in_use)
            table = joined.mutate(theme_id=moved).drop("retired", "in_use")
        if self.recoded:
            table = table.mutate(
                theme_id=ibis.ifelse(table.by_hand, table.new_theme, table.theme_id),
                origin=ibis.ifelse(table.by_hand, ibis.literal(BY_HAND), table.origin),
            )
        return table.drop("new_theme")

    # filters

    def matched_comments(self, asked: Filter, *, people: bool = False) -> ir.Table:
        """Comments that meet what is asked of comments."""
        table = self.comments(people=people)
        predicates = self.of_comments(asked, table)
        return table.filter(predicates) if predicates else table

    def of_comments(self, asked: Filter, table: ir.Table) -> list[ir.BooleanValue]:
        import ibis

        found: list[Any] = []
        if asked.score_min is not None:
            found.append(table.score >= asked.score_min)
        if asked.score_max is not None:
            found.append(table.score <= asked.score_max)
        if asked.first is not None:
            found.append(table.time >= ibis.timestamp(dt.datetime.combine(asked.first, dt.time())))
        if asked.last is not None and asked.last < dt.date.max:
            after = dt.datetime.combine(asked.last + dt.timedelta(days=1), dt.time())
            found.append(table.time < ibis.timestamp(after))
        if asked.sources:
            found.append(table.source.isin(asked.sources))
        if asked.imports:
            found.append(table.import_key.isin(asked.imports))
        for name, values in asked.by.items():
            column = self.attributes.get(name)
            found.append(table[column].isin(values) if column else ibis.literal(False))
        if asked.customer is not None:
            found.append(table.customer.isin(self.keys_of(asked.customer)))
        return found + search.predicates(asked.text, table.norm)

    def matched_mentions(self, asked: Filter) -> ir.Table:
        """Mentions that meet what is asked of mentions."""
        table = self.coded()
        found: list[Any] = []
        if asked.themes:
            named = [name for name in asked.themes if name != NO_THEME]
            either = table.theme_id.isin(named) if named else None
            if NO_THEME in asked.themes:
                none = table.theme_id.isnull()
                either = none if either is None else either | none
            found.append(either)
            if named and NO_THEME not in asked.themes and not self.recoded:
                # said of the stored column too, so that the files are read less
                found.append(table.machine_theme.isin(self.themes_behind(named)))
        for name in ("sentiment", "language", "emotion", "kind", "target", "intent", "urgency"):
            if values := getattr(asked, name):
                found.append(table[name].isin(values))
        return table.filter(found) if found else table

    def keys_of(self, customer: str) -> list[str]:
        """All keys that stand for the same person as `customer`, that of the person first."""
        person = self.decisions.customer(customer)
        return [person, *(key for key in self.decisions.customers if self.decisions.customer(key) == person)]

    def themes_behind(self, themes: Iterable[str]) -> list[str]:
        """These themes and all that they took over."""
        wanted = set(themes)
        return sorted(wanted | {old for old in self.decisions.themes if self.decisions.theme(old) in wanted})


def _of_parts(files: Sequence[str], parts: frozenset[int]) -> Sequence[str]:
    """The files of these parts; all files where a name does not tell its part (another program rewrote the table)."""
    found = []
    for path in files:
        match = _PART.fullmatch(Path(path).name)
        if match is None:
            return files
        if int(match[1]) in parts:
            found.append(path)
    return found or files[:1]  # questions name the parts too
