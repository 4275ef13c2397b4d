"""Lets tests empty every table: the audit trail's guard stands aside for Django's `flush` and comes back."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from balm.web.people import guard


def lift_for_flush() -> None:
    """To be called once a session. Only tests flush; the application has no such command of its own."""
    handle = flush.Command.handle

    def unguarded(self: Any, **options: Any) -> Any:
        connection = connections[options.get("database", "default")]
        guard.remove(connection)
        try:
            return handle(self, **options)
        finally:
            guard.install(connection)

    flush.Command.handle = unguarded
