"""Trends and sparks: values along days."""

from __future__ import annotations

from typing import Any

from balm.communicate import numbers
from balm.communicate.echarts.parts import (
    INK,
    LINES,
    PALETTE,
    RULE,
    SOFT,
    SYMBOLS,
    Links,
    axis,
    axis_text,
    bare,
    ends_of,
    finite,
    grid,
    point,
    scaled,
    tooltip,
)
from balm.communicate.figure import Figure, Mark, Series
from balm.communicate.messages import pick

DAY = 86_400_000
_CHINESE_DATES = {"year": "{yyyy}年", "month": "{yyyy}年{M}月", "day": "{M}月{d}日"}
DATES = {
    "en": {"year": "{yyyy}", "month": "{MMM} {yyyy}", "day": "{d} {MMM}"},
    "zh-Hans": _CHINESE_DATES,
    "zh-Hant": _CHINESE_DATES,
}
"""How the ticks of a time axis are written, by what changes at them."""


def _band(figure: Figure, s: Series, k: int) -> list[dict[str, Any]]:
    """The interval as two stacked lines: the lower end unseen, and on it the width, filled."""
    x = [day * DAY for day in figure.x]
    ends = [ends_of(s, i) for i in range(len(x))]
    low = [[at, None if e is None else scaled(figure, e[0])] for at, e in zip(x, ends, strict=True)]
    width = [[at, None if e is None else scaled(figure, e[1] - e[0])] for at, e in zip(x, ends, strict=True)]
    shared: dict[str, Any] = {
        "type": "line",
        "stack": f"band{k}",
        "stackStrategy": "all",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "emphasis": {"disabled": True},
        "z": 1,
    }
    fill = {"areaStyle": {"color": PALETTE[k % len(PALETTE)], "opacity": 0.14}}
    return [shared | {"id": f"low{k}", "data": low}, shared | {"id": f"width{k}", "data": width} | fill]


def _line(figure: Figure, s: Series, k: int, language: str, links: Links) -> dict[str, Any]:
    color, symbol = PALETTE[k % len(PALETTE)], SYMBOLS[k % len(SYMBOLS)]
    data = []
    for i, v in enumerate(s.values):
        item = point(figure, s, i, [figure.x[i] * DAY, scaled(figure, v)], language, links)
        if s.n and numbers.small(s.n[i]):  # hollow: a value to be careful with
            item["itemStyle"] = {"color": "#fff", "borderColor": color, "borderWidth": 1.5}
        data.append(item)
    return {
        "id": f"line{k}",
        "name": pick(s.label, language),
        "type": "line",
        "data": data,
        "symbol": symbol,
        "symbolSize": 6 if len(data) <= 60 else 3,
        "showAllSymbol": True,
        "lineStyle": {"width": 2, "color": color, "type": LINES[k % len(LINES)]},
        "itemStyle": {"color": color},
        "z": 3,
    }


def _marks(figure: Figure, language: str) -> dict[str, Any]:
    """A dashed line at every change, the span it most likely lies in, and the words for the last one."""
    lines, spans = [], []
    for m in figure.marks:
        last = m is figure.marks[-1]
        lines.append({"xAxis": m.at * DAY, "label": _mark_label(figure, m, language) if last else {"show": False}})
        spans.append([{"xAxis": m.low * DAY}, {"xAxis": max(m.high, m.low + 0.5) * DAY}])
    style = {"color": INK, "type": [4, 4], "width": 1}
    return {
        "markLine": {"symbol": "none", "silent": True, "lineStyle": style, "data": lines, "animation": False},
        "markArea": {"silent": True, "itemStyle": {"color": INK, "opacity": 0.07}, "data": spans, "animation": False},
    }


def _mark_label(figure: Figure, m: Mark, language: str) -> dict[str, Any]:
    share = (m.at - figure.x[0]) / ((figure.x[-1] - figure.x[0]) or 1.0)
    align = "left" if share < 0.35 else "right" if share > 0.65 else "center"
    look = {"color": INK, "fontWeight": 600, "fontSize": 12, "width": 250, "overflow": "break"}
    return {"formatter": bare(pick(m.label, language)), "position": "end", "align": align} | look


def trend(figure: Figure, language: str, links: Links) -> dict[str, Any]:
    """Lines over time with their intervals as bands, and the changes found in them."""
    bands = [part for k, s in enumerate(figure.series) if s.low and s.high for part in _band(figure, s, k)]
    lines = [_line(figure, s, k, language, links) for k, s in enumerate(figure.series)]
    if figure.marks:
        lines[0] |= _marks(figure, language)
    several = len(figure.series) > 1
    names = [pick(s.label, language) for s in figure.series]
    y_name = {"align": "left", "padding": [0, 0, 4, 0], "color": SOFT, "fontSize": 12}
    return {
        "height": 280,
        "useUTC": True,
        "grid": grid(top=64 if figure.marks or several else 36),
        "tooltip": tooltip("axis"),
        **({"legend": {"data": names, "top": 0, "left": 0, "textStyle": {"color": INK}}} if several else {}),
        "xAxis": {
            "type": "time",
            "minInterval": DAY,
            "axisLabel": {"formatter": DATES[language], "hideOverlap": True, "color": SOFT, "fontSize": 12},
            "axisLine": {"lineStyle": {"color": "#8b9093"}, "onZero": False},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "name": "" if several or figure.marks else pick(figure.y_name, language),
            "nameTextStyle": y_name,
            **axis(figure),
            "axisLabel": axis_text(figure),
            "splitLine": {"lineStyle": {"color": RULE}},
        },
        "series": bands + lines,
    }


def spark(figure: Figure, language: str, links: Links) -> dict[str, Any]:
    """A line the size of a word; its last value is the dot."""
    s = figure.series[0]
    line = _line(figure, s, 0, language, ())
    for item in line["data"]:
        item.pop("tip", None)
        item["symbol"] = "none"
    last = max(i for i, v in enumerate(s.values) if finite(v) is not None)
    line["data"][last] |= {"symbol": "circle", "symbolSize": 5, "itemStyle": {"color": PALETTE[0]}}
    line |= {"silent": True, "lineStyle": {"width": 1.5, "color": PALETTE[0]}}
    return {
        "height": 32,
        "animation": False,
        "grid": {"left": 2, "right": 6, "top": 4, "bottom": 4, "outerBoundsMode": "none"},
        "xAxis": {"type": "time", "show": False},
        "yAxis": {"type": "value", "show": False, "min": axis(figure)["min"], "max": _top_of(figure)},
        "series": [*(_band(figure, s, 0) if s.low and s.high else []), line],
    }


def _top_of(figure: Figure) -> float:
    return max((scaled(figure, v) or 0.0 for v in figure.series[0].values), default=1.0) * 1.1 or 1.0
