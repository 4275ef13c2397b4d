"""The calls on files, each of which is a command of the same name."""

from __future__ import annotations

from balm.calls.measuring import ContrastResult, contrast, score, trend

__all__ = ["ContrastResult", "contrast", "score", "trend"]
