"""How far each import has come: the note that every commit of the feedback table carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from balm.collect.columns import ColumnMap
from balm.core.errors import InputRefused

VERSION = 2


@dataclass
class Import:
    """One file or table that was imported. `key`: SHA-256 of its bytes. `columns`, `reasons`: as of `ColumnMap`.
    `next_line`: where it goes on unless
    `complete`. `rows`: looked at; each was kept, a duplicate, or rejected for one of the reasons in `rejected`;
    `unread_cells`: cells of kept rows left empty, by reason. `parts`: numbers of its parts; `seen`: files of what its
    rows without ids hold, until it is complete; `rejected_bytes`: length of the file of its rejected rows."""

    key: str
    name: str
    columns: dict[str, Any]
    reasons: dict[str, str] = field(default_factory=dict)
    next_line: int = 1
    complete: bool = False
    rows: int = 0
    kept: int = 0
    duplicates: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    unread_cells: dict[str, int] = field(default_factory=dict)
    by: list[str] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    rejected_bytes: int = 0


@dataclass
class State:
    """`imports` in the order they came; `next_part`: numbers from here on were never used."""

    imports: list[Import] = field(default_factory=list)
    next_part: int = 1

    def note(self) -> dict[str, Any]:
        """As JSON values."""
        return {"version": VERSION, "next_part": self.next_part, "imports": [vars(item) for item in self.imports]}

    @classmethod
    def of(cls, note: Any, place: Any) -> State:
        """Raises InputRefused for a note that is damaged or of another version; `place` names it."""
        try:
            if note["version"] != VERSION:
                raise InputRefused(f"{place} was written by another version of Balm")
            return cls([Import(**item) for item in note["imports"]], int(note["next_part"]))
        except (KeyError, TypeError, ValueError):
            raise InputRefused(f"the log of {place} is damaged; import into another folder") from None

    @classmethod
    def derived(cls, rows: Iterable[Mapping[str, Any]]) -> State:
        """As far as the rows tell, where no note is left: another program may rewrite the table and clear its log.

        `rows`: each part's `part`, `import_key`, `source` and number of `rows`, in their order. The columns that were
        asked for are not known, so a source that is given again is read anew.
        """
        imports: dict[str, Import] = {}
        for row in rows:
            key = row["import_key"]
            item = imports.setdefault(key, Import(key, row["source"], ColumnMap("?").to_json(), complete=True))
            item.parts.append(row["part"])
            item.kept += row["rows"]
            item.rows += row["rows"]
        return cls(list(imports.values()), max((p for i in imports.values() for p in i.parts), default=0) + 1)
