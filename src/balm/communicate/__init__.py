"""A report is data; renderers draw it: one HTML page, SVG pictures, terminal tables."""

from __future__ import annotations

from balm.communicate.figure import Figure, Mark, Series, Table
from balm.communicate.page import render_html, write_html
from balm.communicate.report import Report, build_report
from balm.communicate.svg import svg
from balm.communicate.table import render_table
from balm.communicate.text import render_text

__all__ = [
    "Figure",
    "Mark",
    "Report",
    "Series",
    "Table",
    "build_report",
    "render_html",
    "render_table",
    "render_text",
    "svg",
    "write_html",
]
