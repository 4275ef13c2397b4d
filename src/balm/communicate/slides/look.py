"""Colors, fonts and places of the slides."""

from __future__ import annotations

from typing import Any

INK, SOFT, RULE, PALE, ACCENT = "1F2933", "52606D", "D9DEE3", "F3F5F7", "0B6E6E"
PALETTE = ("0B6E6E", "B4501E", "4C5FA8", "7A6A13", "8A3B76", "3C7A3C", "555B61", "A33B3B")

LATIN = "Calibri"
EAST_ASIAN = {"zh-Hans": "Microsoft YaHei", "zh-Hant": "Microsoft JhengHei", "en": "Microsoft YaHei"}
"""Fonts that the readers' machines have; a machine without them takes its own."""

_LANG = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "en": "en-US"}


def font_of(properties: Any, language: str) -> None:
    """Say with which font and as which language Chinese characters are set: the same character is drawn differently in
    Simplified and Traditional Chinese. `properties`: an element `a:rPr` or `a:defRPr`."""
    from lxml import etree
    from pptx.oxml.ns import qn

    properties.set("lang", _LANG[language])
    east = properties.find(qn("a:ea"))
    if east is None:
        east = etree.Element(qn("a:ea"))
        latin = properties.find(qn("a:latin"))
        if latin is None:
            latin = etree.SubElement(properties, qn("a:latin"))
            latin.set("typeface", LATIN)
        latin.addnext(east)
    east.set("typeface", EAST_ASIAN[language])
