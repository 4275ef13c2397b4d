"""The guard of what was registered and found: the database itself refuses to change or remove these rows."""

from __future__ import annotations

from typing import Any

TABLES = ("experiments_checkchange", "experiments_verdictrow")
REFUSED = "what was registered and found cannot be changed"


def _sqlite(table: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    return {
        f"{table}_no_update": f"BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} {refuse}",
        # INSERT OR REPLACE removes the row it replaces without asking the trigger of DELETE
        f"{table}_no_replace": (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) {refuse}"
        ),
    }


_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION proof_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
)


def install(connection: Any) -> None:
    """Put the triggers in place. `connection`: SQLite's or PostgreSQL's."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for table in TABLES:
            if connection.vendor == "sqlite":
                for name, body in _sqlite(table).items():
                    cursor.execute(f"CREATE TRIGGER {name} {body}")
            elif connection.vendor == "postgresql":
                cursor.execute(
                    f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION proof_refuse()"
                )
            else:
                raise NotImplementedError(f"no guard of checks for {connection.vendor}")


def remove(connection: Any) -> None:
    """Take the triggers away: to undo the migration, and for tests that empty every table."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "sqlite":
                for name in _sqlite(table):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS proof_refuse()")
