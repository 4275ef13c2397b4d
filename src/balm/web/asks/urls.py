"""Addresses of asks."""

from __future__ import annotations

from typing import Any

app_name = "asks"

urlpatterns: list[Any] = []
