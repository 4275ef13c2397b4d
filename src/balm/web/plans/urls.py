"""Addresses of plans."""

from __future__ import annotations

from typing import Any

app_name = "plans"

urlpatterns: list[Any] = []
