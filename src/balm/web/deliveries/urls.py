"""Addresses of deliveries."""

from __future__ import annotations

from typing import Any

app_name = "deliveries"

urlpatterns: list[Any] = []
