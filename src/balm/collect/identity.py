"""Which row is which: ids that survive a second import, another file name and rows in another order.

A row's content is its text, score, time, customer and attributes. A row without an id of its own is called after its
content and after how many rows of the same content its source has had before; so equal rows of one file stay apart,
and the same rows in another file are the same rows. Two files with an equal comment and nothing else that tells them
apart (no id, time or customer) therefore count it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.core.tables import BY

Keys = NDArray[np.uint64]
_FIELD, _NOTHING = "\x1f", "\x1e"


class KeySet:
    """A growing set of 64-bit keys as sorted arrays, 8 bytes a key."""

    def __init__(self, keys: Keys | None = None) -> None:
        self._runs: list[Keys] = []
        if keys is not None:
            self.add(keys)

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def add(self, keys: Keys) -> None:
        """Take in keys that are not in the set yet."""
        run = np.sort(keys)
        run = run[np.append(True, run[1:] != run[:-1])] if len(run) else run
        while self._runs and len(self._runs[-1]) <= 4 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        if len(run):
            self._runs.append(run)

    def contains(self, keys: Keys) -> NDArray[np.bool_]:
        """Which keys are in the set, shape (n,)."""
        found = np.zeros(len(keys), np.bool_)
        for run in self._runs:
            place = np.searchsorted(run, keys)
            place[place == len(run)] = 0
            found |= run[place] == keys
        return found


class Occurrences:
    """How often each content has been seen in one source."""

    def __init__(self, seen: Keys | None = None) -> None:
        self._seen = KeySet()
        self._repeated: dict[int, int] = {}  # key → rows so far, for those seen more than once
        if seen is not None:
            self.number(seen)

    def number(self, keys: Keys) -> NDArray[np.int64]:
        """For each row, in order, how many of the same content came before it."""
        before = np.zeros(len(keys), np.int64)
        distinct, counts = np.unique(keys, return_counts=True)
        known = self._seen.contains(distinct)
        again = np.isin(keys, distinct[known | (counts > 1)])
        for i in np.flatnonzero(again).tolist():
            key = int(keys[i])
            seen = self._repeated.get(key)
            if seen is None:
                seen = int(known[np.searchsorted(distinct, keys[i])])
            before[i], self._repeated[key] = seen, seen + 1
        self._seen.add(distinct[~known])
        return before


def hash_ids(ids: Sequence[str]) -> Keys:
    """A 64-bit key of each id, shape (n,)."""
    data = b"".join([blake2b(i.encode(), digest_size=8).digest() for i in ids])
    return np.frombuffer(data, "<u8").astype(np.uint64)


def contents(table: pa.Table) -> tuple[list[str], Keys]:
    """Each row's content as a hexadecimal digest of 80 bits, and as a key of 64."""
    by = sorted(name for name in table.column_names if name.startswith(BY))
    parts = [table.column("text"), *(_as_text(table.column(name)) for name in ("score", "time", "customer"))]
    for name in by:
        # an attribute that is missing says the same as one that is not there
        parts.append(pc.fill_null(pc.binary_join_element_wise(name, table.column(name), "="), ""))
    joined = pc.binary_join_element_wise(*parts, _FIELD).to_pylist()
    digests = [blake2b(text.rstrip(_FIELD).encode(), digest_size=10).digest() for text in joined]
    keys = np.frombuffer(b"".join(digest[:8] for digest in digests), "<u8").astype(np.uint64)
    return [digest.hex() for digest in digests], keys


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return pc.fill_null(column.cast(pa.string()), _NOTHING)


class Register:
    """The rows that are known, and the door by which new ones come in.

    `ids`: keys of the ids given out. `rows`: keys of id (as the source states it) and content together.
    """

    def __init__(self, ids: Keys | None = None, rows: Keys | None = None) -> None:
        self.ids, self.rows = KeySet(ids), KeySet(rows)

    def admit(self, table: pa.Table, seen: Occurrences) -> Admitted:
        """Name the rows of `table` and tell which are new. `feedback_id` holds the source's own id, or "" where the
        row is to be named by its content; `seen` belongs to the source.

        A row with the id and the content of a known one is a duplicate; one with a known id and other content is kept
        under that id with a digest of its content behind it.
        """
        digests, content = contents(table)
        given = table.column("feedback_id").to_pylist()
        unnamed = np.fromiter((not i for i in given), np.bool_, len(given))
        counted = content[unnamed]
        if len(counted):
            before = seen.number(counted)
            for i, n in zip(np.flatnonzero(unnamed).tolist(), before.tolist(), strict=True):
                given[i] = digests[i] if n == 0 else f"{digests[i]}-{n + 1}"
        ids = hash_ids(given)
        rows = ids ^ content
        fresh = _first(rows) & ~self.rows.contains(rows)
        taken = self.ids.contains(ids)
        taken |= ~_first_of(ids, fresh)
        for i in np.flatnonzero(fresh & taken).tolist():
            given[i] = f"{given[i]}~{digests[i][:8]}"
            ids[i] = hash_ids([given[i]])[0]
        self.ids.add(ids[fresh])
        self.rows.add(rows[fresh])
        place = table.column_names.index("feedback_id")
        named = table.set_column(place, table.schema.field(place), pa.array(given, pa.string()))
        return Admitted(named.filter(pa.array(fresh)), ids[fresh], rows[fresh], counted)


class Admitted:
    """`table`: the new rows under their final ids. `ids`, `rows`: their keys, shape (n,). `counted`: the contents, of
    all rows, that were named by content; what `Occurrences` must see again when the source is taken up later."""

    def __init__(self, table: pa.Table, ids: Keys, rows: Keys, counted: Keys) -> None:
        self.table, self.ids, self.rows, self.counted = table, ids, rows, counted


def _first(keys: Keys) -> NDArray[np.bool_]:
    """Which keys stand for the first time."""
    first = np.zeros(len(keys), np.bool_)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def _first_of(keys: Keys, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which keys stand for the first time, counting only rows of `among`."""
    first = np.zeros(len(keys), np.bool_)
    places = np.flatnonzero(among)
    first[places[_first(keys[among])]] = True
    return first
