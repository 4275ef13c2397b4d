"""Ibis expressions over Parquet files, answered by one DuckDB in this process.

Expressions name tables that exist only for the time of a question: lists of Parquet files, and small tables of values.
Every string in an expression reaches the engine as a bound parameter, never as a piece of SQL.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from balm.core.errors import WrongUse

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir


def _threads() -> int:
    said = os.environ.get("BALM_QUERY_THREADS", "").strip() or "2"
    if not (said.isascii() and said.isdigit() and int(said) > 0):
        raise WrongUse(f"BALM_QUERY_THREADS must be a whole number above 0, not “{said}”")
    return int(said)


MEMORY = os.environ.get("BALM_QUERY_MEMORY", "1GB")
SPILL = os.environ.get("BALM_QUERY_SPILL", "8GB")
THREADS = _threads()
"""What all questions of this process together may use: memory, disk beside it, processors."""

_lock = threading.Lock()
_here = threading.local()
_shared: dict[int, duckdb.DuckDBPyConnection] = {}


@dataclass(frozen=True)
class Values:
    """A small table: name of each column → (SQL type, values), all equally long."""

    columns: Mapping[str, tuple[str, Sequence[Any]]]


@dataclass(frozen=True)
class Files:
    """Some Parquet files of a table. `texts`: columns of text that the table has and these files may lack."""

    paths: Sequence[str]
    texts: Sequence[str]


Bound = Sequence[str] | Files | Values
"""What a name in an expression stands for: Parquet files, or values."""


def ask(expression: ir.Table, tables: Mapping[str, Bound]) -> list[dict[str, Any]]:
    """The rows of an expression. `tables`: what the names in it stand for.

    A connection for each thread is made on its first question and kept.
    """
    sql, values = _compile(expression, tables)
    cursor = _cursor()
    cursor.execute(sql, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def whole(value: Any) -> Any:
    """A text that can be written as UTF-8: half of a surrogate pair becomes U+FFFD."""
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if isinstance(value, str) else value


_FILES = "read_parquet(${name}, union_by_name = true, hive_partitioning = false)"


def _compile(expression: ir.Table, tables: Mapping[str, Bound]) -> tuple[str, dict[str, Any]]:
    """SQL and its parameters."""
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers import DuckDBCompiler

    values: dict[str, Any] = {}

    def lift(node: Any) -> Any:
        if isinstance(node, sge.Literal) and node.is_string and not _fixed(node):
            name = f"v{len(values)}"
            values[name] = whole(node.this)
            return sge.Parameter(this=sge.Var(this=name))
        return node

    body = DuckDBCompiler().to_sqlglot(expression.unbind()).transform(lift).sql("duckdb")
    heads = []
    for name, bound in tables.items():
        if f'"{name}"' not in body:
            continue
        if isinstance(bound, Values):
            fields = []
            for i, (column, (kind, items)) in enumerate(bound.columns.items()):
                values[f"{name}_{i}"] = [whole(item) for item in items]
                fields.append(f'unnest(${name}_{i}::{kind}[]) AS "{column}"')
            heads.append(f'"{name}" AS (SELECT {", ".join(fields)})')
        else:
            lacking = bound.texts if isinstance(bound, Files) else ()
            values[f"{name}_files"] = list(bound.paths if isinstance(bound, Files) else bound)
            rows = f"SELECT * FROM {_FILES.format(name=name + '_files')}"
            if lacking:
                nulls = ", ".join(f"NULL::VARCHAR AS {_quoted(column)}" for column in lacking)
                rows += f" UNION ALL BY NAME SELECT {nulls} WHERE false"
            heads.append(f'"{name}" AS NOT MATERIALIZED ({rows})')
    joint = ", " + body.removeprefix("WITH ") if body.startswith("WITH ") else " " + body
    return (f"WITH {', '.join(heads)}{joint}" if heads else body), values


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _fixed(literal: Any) -> bool:
    """Whether a string is a word of the language (a unit of time, a flag of a pattern) and not a value."""
    import sqlglot.expressions as sge

    of_time = isinstance(literal.parent, (sge.Interval, sge.DateTrunc, sge.TimestampTrunc))
    return of_time or literal.arg_key == "modifiers"


def _cursor() -> duckdb.DuckDBPyConnection:
    """This thread's connection to this process's engine."""
    pid = os.getpid()
    if getattr(_here, "pid", None) != pid:
        _here.cursor, _here.pid = _engine(pid).cursor(), pid
    cursor: duckdb.DuckDBPyConnection = _here.cursor
    return cursor


def _engine(pid: int) -> duckdb.DuckDBPyConnection:
    with _lock:
        if pid not in _shared:
            import duckdb

            spill = tempfile.mkdtemp(prefix="balm-spill-")
            atexit.register(shutil.rmtree, spill, ignore_errors=True)
            made = duckdb.connect(
                ":memory:",
                config={
                    "memory_limit": MEMORY,
                    "temp_directory": spill,
                    "max_temp_directory_size": SPILL,
                    "threads": THREADS,
                    "preserve_insertion_order": False,
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                },
            )
            made.execute("SET GLOBAL parquet_metadata_cache = true")
            _shared[pid] = made
        return _shared[pid]
