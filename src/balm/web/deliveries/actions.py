"""What the actions of deliveries are called in the audit trail."""

from __future__ import annotations

from typing import Any

ACTIONS: dict[str, Any] = {}

KINDS: dict[str, Any] = {}
