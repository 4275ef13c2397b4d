"""Figures as ECharts options: plain JSON without functions, so that a page needs no script of its own to draw them.

Two keys are ours and read by the page's script: `tip`, the text of a point, and `url`, where its sentences are.
The root key `balm` carries the kind and the height in pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from balm.communicate.echarts.parts import PALETTE, SOFT, Links, finite, tip
from balm.communicate.echarts.shapes import bars, bubble, dial, interval
from balm.communicate.echarts.time import spark, trend
from balm.communicate.figure import Figure
from balm.communicate.messages import pick, say
from balm.core.types import LANGUAGES

_LATIN = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial"
FONTS = {
    "en": f"{_LATIN}, sans-serif",
    "zh-Hans": f"{_LATIN}, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
    "zh-Hant": f"{_LATIN}, 'PingFang TC', 'Microsoft JhengHei', 'Noto Sans CJK TC', sans-serif",
}

_DRAW: dict[str, Callable[[Figure, str, Links], dict[str, Any]]] = {
    "trend": trend,
    "spark": spark,
    "interval": interval,
    "dial": dial,
    "bars": bars,
    "bubble": bubble,
}


def option(figure: Figure, language: str, *, links: Links = ()) -> dict[str, Any]:
    """`figure` as an option of ECharts 6 in `language`; `links[i]` opens what the i-th position counts.

    Shares are drawn as percentages, days as milliseconds since 1970. ValueError for an unknown language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    base: dict[str, Any] = {
        "balm": {"kind": figure.kind, "height": 60, "quiet": figure.kind in ("spark", "interval", "dial")},
        "aria": {
            "enabled": True,
            "label": {"description": describe(figure, language)},
            "decal": {"show": figure.kind == "bars" and len(figure.series) > 1},
        },
        "textStyle": {"fontFamily": FONTS[language], "color": SOFT},
        "color": list(PALETTE),
        "series": [],
    }
    if figure.empty:
        base["balm"]["message"] = pick(say("figure.empty"), language)
        return base
    drawn = _DRAW[figure.kind](figure, language, tuple(links))
    base["balm"]["height"] = drawn.pop("height")
    return base | drawn


def describe(figure: Figure, language: str) -> str:
    """What a reader who does not see the chart is told: title, first and last value, changes."""
    if figure.empty:
        return f"{figure.name(language)} – {pick(say('figure.empty'), language)}"
    parts = [figure.name(language)]
    for s in figure.series:
        known = [i for i, v in enumerate(s.values) if finite(v) is not None]
        ends = known[:1] + (known[-1:] if len(known) > 1 else [])
        parts += [tip(figure, s, i, language, " · ") for i in ends]
    if figure.kind == "trend":
        parts += [pick(m.label, language) for m in figure.marks]
    return "; ".join(parts)
