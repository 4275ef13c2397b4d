"""Checks that prove a plug-in: ours pass them, and so must any other. They raise AssertionError with what is wrong."""

from __future__ import annotations

from balm.testing.designs import check_check_design

__all__ = ["check_check_design"]
