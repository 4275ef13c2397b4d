"""Addresses of cases."""

from __future__ import annotations

from typing import Any

app_name = "cases"

urlpatterns: list[Any] = []
