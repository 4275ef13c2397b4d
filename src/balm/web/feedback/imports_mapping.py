"""A mapping as a person chooses it: what is chosen, whether it can be, and how the first rows are then read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.translation import gettext as _

from balm.collect.columns import ColumnMap
from balm.collect.dates import TimeReader
from balm.collect.files import NO_HEADING
from balm.collect.read import read_rows
from balm.collect.reject import Reject
from balm.collect.rows import CellRows
from balm.core.tables import BY
from balm.core.types import SCALE_RANGE, Scale
from balm.redaction import redact_table, redact_texts
from balm.web.feedback import imports_words as words
from balm.web.feedback.imports_look import to_map

SHOWN = 20
"""Rows that are shown as they will be read."""
AT_ONCE = 5
"""Of them, those that are not folded."""

ONE_COLUMN = ("text", "score", "time", "customer", "id")


@dataclass
class Choice:
    """What the form says. `errors`: field → what is wrong there."""

    columns: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def map(self) -> ColumnMap:
        return to_map(self.columns)


def guessed(columns: Mapping[str, Any]) -> Choice:
    """The choice before anybody changed it. `columns`: ColumnMap as JSON, empty where nothing could be guessed."""
    return Choice({role: columns.get(role) for role in (*ONE_COLUMN, "scale")} | {"by": list(columns.get("by") or ())})


def chosen(form: QueryDict, seen: Mapping[str, Any]) -> Choice:
    """Read the form: columns go by their place in the file, since their names may be anything."""
    names: list[str] = seen["names"]

    def name(value: str | None) -> str | None:
        return names[int(value)] if value and value.isascii() and value.isdigit() and int(value) < len(names) else None

    columns: dict[str, Any] = {role: name(form.get(role)) for role in ONE_COLUMN}
    columns["by"] = [found for value in form.getlist("by") if (found := name(value)) is not None]
    scale = form.get("scale", "")
    columns["scale"] = scale if scale in words.SCALES else None
    if columns["score"] and columns["scale"] is None:
        columns["scale"] = seen["facts"][columns["score"]]["scale"]
    if not columns["score"]:
        columns["scale"] = None
    return Choice(columns)


def check(choice: Choice, seen: Mapping[str, Any], earlier: Mapping[str, str | None]) -> Choice:
    """Fill in what is wrong at which field. `earlier`: name of each import in the workspace with scores → its scale."""
    columns, errors = choice.columns, choice.errors
    if not columns["text"]:
        errors["text"] = _("Choose the column that holds the customers' words.")
    taken: dict[str, str] = {}
    for role in ONE_COLUMN:
        name = columns[role]
        if name and name in taken:
            errors[role] = _("“%(column)s” is taken for: %(role)s. Choose another column, or none.") % {
                "column": name,
                "role": words.ROLES[taken[name]],
            }
        elif name:
            taken[name] = role
    columns["by"] = [name for name in columns["by"] if name not in taken]
    if columns["score"] and "score" not in errors:
        _check_scale(columns, seen["facts"][columns["score"]], errors, earlier)
    return choice


def _check_scale(
    columns: dict[str, Any], facts: dict[str, Any], errors: dict[str, str], earlier: Mapping[str, str | None]
) -> None:
    if columns["scale"] is None:
        errors["score"] = _(
            "This column cannot be used as a score: %(why)s. Choose a scale, another column, or none."
        ) % {"why": words.unused(facts)}
        return
    span = SCALE_RANGE[Scale(columns["scale"])]
    for name, scale in earlier.items():
        if scale is None or SCALE_RANGE[Scale(scale)] != span:
            errors["scale"] = _(
                "The scores of “%(name)s”, imported before, are on another scale: %(scale)s. One workspace compares "
                "scores on one scale only. Choose that scale if it is the right one, or import without scores."
            ) % {"name": name, "scale": words.SCALES.get(scale or "", _("unknown"))}
            return


@dataclass(frozen=True)
class Line:
    """A row of the file as it will be read; `rejected`: why it will be left out; `notes`: cells left empty."""

    line: int
    text: str = ""
    score: float | None = None
    time: dt.datetime | None = None
    customer: str = ""
    identity: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    rejected: str = ""
    notes: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """The day, and the time of day where there is one."""
        if self.time is None:
            return ""
        return self.time.strftime("%Y-%m-%d %H:%M" if self.time.time() != dt.time() else "%Y-%m-%d")


@dataclass(frozen=True)
class Effect:
    """How the first rows will be read. `looked`: rows looked at; counts are of those."""

    lines: tuple[Line, ...]
    by: tuple[str, ...]
    looked: int
    rejected: int
    bad_scores: int
    bad_times: int
    warnings: tuple[str, ...]

    @property
    def first(self) -> tuple[Line, ...]:
        """Lines that are seen at once; `others` are folded, so that the button above stays near."""
        return self.lines[:AT_ONCE]

    @property
    def others(self) -> tuple[Line, ...]:
        return self.lines[AT_ONCE:]


def effect(choice: Choice, seen: Mapping[str, Any], name: str) -> Effect | None:
    """What the mapping makes of the first rows; None while no column is chosen for the comments."""
    if not choice.columns["text"]:
        return None
    columns = choice.map
    rows = CellRows(seen["names"], seen["records"], np.array(seen["lines"], np.int64), 0)
    order = seen["facts"][columns.time]["order"] if columns.time else "day"
    rejects: list[Reject] = []
    table = redact_table(read_rows(name, columns, TimeReader(order), rows, rejects.append))
    lost = {r.line: r.reason.value for r in rejects if not r.kept}
    lost |= {r["line"]: r["reason"] for r in seen["rejects"]}
    notes: dict[int, list[str]] = {}
    for reject in rejects:
        if reject.kept and reject.column is not None:
            cell = reject.raw.get(reject.column, "")
            notes.setdefault(reject.line, []).append(
                f"{words.REJECTED[reject.reason.value]}: {redact_texts([cell])[0]}"
            )
    kept = {line.line: line for line in _lines(table, columns, notes)}
    every = sorted({*seen["lines"], *lost})
    shown = tuple(
        kept.get(line) or Line(line, rejected=str(words.REJECTED.get(lost[line], lost[line]))) for line in every[:SHOWN]
    )
    found = [reject.reason.value for reject in rejects if reject.kept]
    counts = (len(every), len(lost), found.count("bad_score"), found.count("bad_time"))
    return Effect(shown, columns.by, *counts, tuple(_warnings(choice, seen, counts)))


def _lines(table: Any, columns: ColumnMap, notes: Mapping[int, list[str]]) -> Iterator[Line]:
    for row in table.slice(0, SHOWN).to_pylist():
        yield Line(
            row["line"],
            row["text"][:300] + ("…" if len(row["text"]) > 300 else ""),
            row["score"],
            row["time"],
            row["customer"] or "",
            row["feedback_id"],
            tuple((name, row[BY + name] or "") for name in columns.by),
            notes=tuple(notes.get(row["line"], ())),
        )


def _warnings(choice: Choice, seen: Mapping[str, Any], counts: tuple[int, int, int, int]) -> Iterator[str]:
    columns, facts = choice.columns, seen["facts"]
    looked, rejected, scores, times = counts
    if looked and rejected > looked / 5:
        yield _("%(n)s of the first %(all)s rows will be left out. Is “%(column)s” the right column?") % {
            "n": f"{rejected:,}",
            "all": f"{looked:,}",
            "column": columns["text"],
        }
    for name in seen["unused"]:
        if not columns["score"] and name in facts:
            yield _("“%(column)s” is not used as a score: %(why)s.") % {
                "column": name,
                "why": words.unused(facts[name]),
            }
    if scores > looked / 10:
        yield _("%(n)s of the first %(all)s scores cannot be read on this scale and are left empty.") % {
            "n": f"{scores:,}",
            "all": f"{looked:,}",
        }
    if times > looked / 10:
        yield _("%(n)s of the first %(all)s dates cannot be read and are left empty.") % {
            "n": f"{times:,}",
            "all": f"{looked:,}",
        }
    if columns["time"] and facts[columns["time"]]["ambiguous"]:
        yield _order_warning(facts[columns["time"]]["order"])
    if not columns["time"]:
        yield _("Without a date there are no trends and no changes.")
    if not columns["customer"]:
        yield _("Without a customer each comment counts as a customer of its own.")


def _order_warning(order: str) -> str:
    if order == "month":
        return _(
            "In dates such as 03/04/2024 nothing tells day from month. They are read as March 4. If that is wrong, "
            "write them as 2024-04-03 and import the file again."
        )
    return _(
        "In dates such as 03/04/2024 nothing tells day from month. They are read as April 3. If that is wrong, "
        "write them as 2024-03-04 and import the file again."
    )


@dataclass(frozen=True)
class Select:
    """One field of the form. `options`: value, label, whether it is chosen; `why`: how it was guessed."""

    role: str
    label: str
    help: str
    options: tuple[tuple[str, str, bool], ...]
    why: str = ""
    error: str = ""


def fields(choice: Choice, seen: Mapping[str, Any]) -> list[Select]:
    """The form's selects, in the order they are shown."""
    made = []
    for role in ONE_COLUMN:
        chosen_name = choice.columns[role]
        none = _("– choose –") if role == "text" else _("– none –")
        options = [("", none, chosen_name is None)]
        options += [(str(i), name, name == chosen_name) for i, name in enumerate(seen["names"])]
        made.append(_select(role, options, choice, seen))
        if role == "score":
            made.append(_scale(choice, seen))
    return made


def _select(role: str, options: list[tuple[str, str, bool]], choice: Choice, seen: Mapping[str, Any]) -> Select:
    guess = seen["guess"] or {}
    same = choice.columns[role] is not None and guess.get(role) == choice.columns[role]
    why = words.reason(seen["reasons"].get(role, "")) if same else ""
    return Select(
        role,
        str(words.ROLES[role]),
        str(words.PURPOSES.get(role, "")),
        tuple(options),
        why,
        choice.errors.get(role, ""),
    )


def _scale(choice: Choice, seen: Mapping[str, Any]) -> Select:
    score, scale = choice.columns["score"], choice.columns["scale"]
    options = [("", _("– no score –") if not score else _("– choose –"), scale is None)]
    options += [(value, str(label), value == scale) for value, label in words.SCALES.items()]
    facts = seen["facts"].get(score) if score else None
    why = ""
    if facts and facts["scale"] == scale and facts["low"] is not None:
        why = words.reason(f"its values run from {facts['low']:g} to {facts['high']:g}")
    return Select("scale", str(words.ROLES["scale"]), "", tuple(options), why, choice.errors.get("scale", ""))


def attributes(choice: Choice, seen: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Columns that may be attributes: value, name, whether it is chosen; likely ones first."""
    taken = {choice.columns[role] for role in ONE_COLUMN}
    free = [(i, name) for i, name in enumerate(seen["names"]) if name not in taken]
    free.sort(key=lambda pair: (not seen["facts"][pair[1]]["attribute"], pair[0]))
    return [(str(i), name, name in choice.columns["by"]) for i, name in free]


def headings(seen: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Rows that could name the columns: value, what stands in it, whether it does now."""
    if seen["heading"] is None or not seen["head"]:
        return []
    found = []
    for i, row in enumerate(seen["head"][:6]):
        cells = " | ".join(cell for cell in row[:8] if cell)
        found.append((str(i), _("row %(n)s: %(cells)s") % {"n": i + 1, "cells": cells[:80]}, i == seen["heading"]))
    found.append((str(NO_HEADING), _("no row: the file has no heading"), seen["heading"] == NO_HEADING))
    return found
