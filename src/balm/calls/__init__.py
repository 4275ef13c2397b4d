"""The calls on files, each of which is a command of the same name."""

from __future__ import annotations

from balm.calls.experimenting import ExperimentResult, PowerResult, experiment, power
from balm.calls.measuring import ContrastResult, contrast, score, trend

__all__ = ["ContrastResult", "ExperimentResult", "PowerResult", "contrast", "experiment", "power", "score", "trend"]
