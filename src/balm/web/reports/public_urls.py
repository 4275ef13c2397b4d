"""Addresses that customers open."""

from __future__ import annotations

from typing import Any

app_name = "said"

urlpatterns: list[Any] = []
