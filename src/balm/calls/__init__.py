"""The calls on files, each of which is a command of the same name."""

from __future__ import annotations

from balm.calls.experimenting import ExperimentResult, PowerResult, experiment, power
from balm.calls.measuring import ContrastResult, contrast, score, trend
from balm.calls.timing import sla
from balm.calls.verifying import Verified, verify

__all__ = [
    "ContrastResult",
    "ExperimentResult",
    "PowerResult",
    "Verified",
    "contrast",
    "experiment",
    "power",
    "score",
    "sla",
    "trend",
    "verify",
]
