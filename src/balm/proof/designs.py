"""The designs of a check behind one port, by name. Others come in as entry points of the group `balm.check_design`."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

from balm.core.errors import WrongUse
from balm.core.panel import Panel
from balm.core.verdicts import Design, Reading, Registered

GROUP = "balm.check_design"

OURS = {
    Design.DID.value: ("balm.proof.did", "DifferenceInDifferences"),
    Design.ITS.value: ("balm.proof.its", "InterruptedSeries"),
    Design.SYNTHETIC.value: ("balm.proof.synthetic", "SyntheticControl"),
    Design.MATCHED.value: ("balm.proof.matched", "Matched"),
    Design.AB.value: ("balm.proof.experiment_panel", "Randomized"),
}
"""Name → module and class; loaded when asked for."""


@runtime_checkable
class CheckDesign(Protocol):
    """A way to read off a panel what a fix did. `name`: how a check names it."""

    name: str

    def needs(self) -> str:
        """What must be there for it, in one English sentence."""

    def read(self, panel: Panel, registered: Registered) -> Reading:
        """Effect, level without the fix, assumptions and path. Reads only; must not raise on a panel that is too
        short, empty or flat: then the estimates are None and an assumption says why."""


def names() -> tuple[str, ...]:
    """All designs there are: ours, then those of plug-ins."""
    return (*OURS, *(name for name in _plugins() if name not in OURS))


@cache
def find(name: str) -> CheckDesign:
    """The design of that name. Raises WrongUse where there is none, or a plug-in that cannot be loaded."""
    if name in OURS:
        module, kind = OURS[name]
        made = getattr(importlib.import_module(module), kind)()
    elif name in _plugins():
        try:
            loaded = _plugins()[name].load()
        except Exception as error:
            raise WrongUse(f"the check design {name!r} cannot be loaded: {error}") from error
        made = loaded() if isinstance(loaded, type) else loaded
    else:
        raise WrongUse(f"unknown check design {name!r}; one of {', '.join(names())}")
    if not isinstance(made, CheckDesign):
        raise WrongUse(f"the check design {name!r} has no name, needs and read")
    return made


@cache
def _plugins() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
