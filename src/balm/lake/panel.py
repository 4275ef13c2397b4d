"""What checks of a fix ask of a workspace's comments; the methods are those of `Lake`."""

from __future__ import annotations

from balm.lake.query.panels import EVERYBODY, OTHERS, PanelAsk, Person, Raiser

__all__ = ["EVERYBODY", "OTHERS", "PanelAsk", "Person", "Raiser"]
