"""What plans cost and what their checks found."""

from __future__ import annotations

from typing import Any

from balm.web.people.models import Workspace


def of(workspace: Workspace) -> Any:
    return []
