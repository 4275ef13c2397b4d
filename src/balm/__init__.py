"""Balm: what hurts customers, in their own words, how sure it is, and whether it is gone.

>>> import balm
>>> result = balm.analyze("reviews.csv")
>>> result.painpoints.to_pandas()
>>> result.report("report.html", language="zh-Hans")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from balm.core.version import __version__

if TYPE_CHECKING:
    from balm.analysis import Analysis
    from balm.calls import (
        ContrastResult,
        ExperimentResult,
        PowerResult,
        contrast,
        experiment,
        power,
        score,
        sla,
        trend,
        verify,
    )
    from balm.core.errors import BalmError, InputRefused, WrongUse
    from balm.core.types import Estimate, PainPoint, Theme
    from balm.loop import analyze
    from balm.redaction import redact

_HOME = {
    "Analysis": "balm.analysis",
    "BalmError": "balm.core.errors",
    "ContrastResult": "balm.calls",
    "Estimate": "balm.core.types",
    "ExperimentResult": "balm.calls",
    "InputRefused": "balm.core.errors",
    "PainPoint": "balm.core.types",
    "PowerResult": "balm.calls",
    "Theme": "balm.core.types",
    "WrongUse": "balm.core.errors",
    "analyze": "balm.loop",
    "contrast": "balm.calls",
    "experiment": "balm.calls",
    "power": "balm.calls",
    "redact": "balm.redaction",
    "score": "balm.calls",
    "sla": "balm.calls",
    "trend": "balm.calls",
    "verify": "balm.calls",
}

__all__ = [
    "Analysis",
    "BalmError",
    "ContrastResult",
    "Estimate",
    "ExperimentResult",
    "InputRefused",
    "PainPoint",
    "PowerResult",
    "Theme",
    "WrongUse",
    "__version__",
    "analyze",
    "contrast",
    "experiment",
    "power",
    "redact",
    "score",
    "sla",
    "trend",
    "verify",
]


def __getattr__(name: str) -> Any:
    # loaded on first use: `import balm` itself takes milliseconds
    if name not in _HOME:
        raise AttributeError(f"module 'balm' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
