"""What others are told about pain points."""

from __future__ import annotations

from django.dispatch import Signal

refreshed = Signal()
"""Sent inside the transaction that keeps new figures, with `workspace` and `figures`. Receivers ask for work; they do
not do it."""
