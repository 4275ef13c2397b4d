"""Slides for a meeting: a PowerPoint file whose charts and tables a person can edit.

    render((Slide(title, figure=figures.trend(pain), table=…, notes=…),), "zh-Hans")

A slide is data, with its texts in every language; nothing is a picture.
"""

from __future__ import annotations

from balm.communicate.slides.render import render
from balm.communicate.slides.slide import Slide

__all__ = ["Slide", "render"]
