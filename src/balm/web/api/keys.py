"""The door for programs: a key of one workspace, with a scope."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from balm.web.api.problems import Problem
from balm.web.people import selectors
from balm.web.people.models import ApiKey, Scope

RIGHTS: dict[str, frozenset[str]] = {
    "read": frozenset({Scope.READ.value, Scope.ADMIN.value}),
    "ingest": frozenset({Scope.INGEST.value, Scope.ADMIN.value}),
    "assign": frozenset({Scope.READ.value, Scope.INGEST.value, Scope.ADMIN.value}),
}
"""What a call needs → scopes that may."""


class KeyRequest(HttpRequest):
    """A request with a key."""

    auth: ApiKey


class Key(HttpBearer):
    """Lets in who shows a key that may do `need`; puts the key on `request.auth`."""

    def __init__(self, need: str) -> None:
        super().__init__()
        self.need = need

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        key = selectors.key_of(token)
        if key is None:
            return None
        if key.scope not in RIGHTS[self.need]:
            raise Problem(403, f"This key has the scope {key.scope}; this call needs {self.need} or admin.")
        selectors.note_use(key)
        return key
