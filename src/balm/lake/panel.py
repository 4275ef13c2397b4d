"""What checks of a fix ask of a workspace's comments; the methods are those of `Lake`."""

from __future__ import annotations

from balm.lake.query.panels import EVERYBODY, MOST_UNITS, OTHERS, PanelAsk, Person, Raiser, refuse_large

__all__ = ["EVERYBODY", "MOST_UNITS", "OTHERS", "PanelAsk", "Person", "Raiser", "refuse_large"]
