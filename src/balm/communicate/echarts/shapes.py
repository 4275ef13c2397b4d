"""Intervals, dials, bars and bubbles."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from balm.communicate import numbers, plot
from balm.communicate.echarts.parts import (
    INK,
    PALE,
    PALETTE,
    RULE,
    SOFT,
    Links,
    axis,
    axis_text,
    bare,
    ends_of,
    grid,
    n_text,
    point,
    scaled,
    tip,
    tooltip,
    whiskers,
)
from balm.communicate.figure import Figure
from balm.communicate.messages import pick, say
from balm.core.types import Labels


def interval(figure: Figure, language: str, links: Links) -> dict[str, Any]:
    """A dot on its interval, on a scale without words: the number stands beside it."""
    s = figure.series[0]
    at, ends = scaled(figure, s.values[0]), ends_of(s, 0)
    low, high = scaled(figure, figure.low or 0.0), scaled(figure, 1.0 if figure.high is None else figure.high)
    zero = {"symbol": "none", "silent": True, "data": [{"xAxis": 0}], "label": {"show": False}, "animation": False}
    dot = {
        "id": "dot",
        "type": "scatter",
        "symbolSize": 9,
        "silent": True,
        "itemStyle": {"color": PALETTE[0]},
        "data": [point(figure, s, 0, [at, 0.0], language, ())],
        "markLine": zero | {"lineStyle": {"color": "#8b9093", "type": "solid", "width": 1}},
        "z": 3,
    }
    look = {"width": 5, "color": PALETTE[0], "opacity": 0.35, "cap": "round"}
    span = {"id": "span", "type": "line", "symbol": "none", "silent": True, "lineStyle": look}
    points = [] if ends is None else [[scaled(figure, e), 0.0] for e in ends]
    return {
        "height": 24,
        "animation": False,
        "grid": {"left": 6, "right": 6, "top": 2, "bottom": 2, "outerBoundsMode": "none"},
        "xAxis": {"type": "value", "show": False, "min": low, "max": high},
        "yAxis": {"type": "value", "show": False, "min": -1, "max": 1},
        "series": [span | {"data": points}, dot],
    }


def dial(figure: Figure, language: str, links: Links) -> dict[str, Any]:
    """One score on a half circle; the interval is the part of the arc that stands out."""
    s = figure.series[0]
    low = scaled(figure, figure.low or 0.0) or 0.0
    high = scaled(figure, 1.0 if figure.high is None else figure.high) or 0.0
    gauge = {
        "id": "dial",
        "type": "gauge",
        "silent": True,
        "startAngle": 180,
        "endAngle": 0,
        "center": ["50%", "63%"],
        "radius": "124%",
        "min": low,
        "max": high,
        "splitNumber": 2,
        "axisLine": {"lineStyle": {"width": 14, "color": _stops(figure, low, high)}},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
        "axisLabel": {"distance": 20} | axis_text(figure),
        "pointer": {"length": "66%", "width": 4, "itemStyle": {"color": INK}},
        "anchor": {"show": True, "size": 8, "itemStyle": {"color": INK, "borderColor": INK}},
        "detail": {"offsetCenter": [0, "33%"]} | _words(figure, language),
        "data": [{"value": scaled(figure, s.values[0]), "tip": tip(figure, s, 0, language)}],
    }
    return {"height": 170, "animation": False, "series": [gauge]}


def _stops(figure: Figure, low: float, high: float) -> list[list[Any]]:
    """The arc: up to the share of its length, in which color."""
    ends = ends_of(figure.series[0], 0)
    if ends is None:
        return [[1, RULE]]
    shares = [min(max(((scaled(figure, v) or 0.0) - low) / ((high - low) or 1.0), 0.0), 1.0) for v in ends]
    return [[shares[0], RULE], [shares[1], PALE], [1, RULE]]


def _words(figure: Figure, language: str) -> dict[str, Any]:
    """Below the needle: the value, its interval and n."""
    e = figure.series[0].at(0)
    beside = [numbers.interval(e, figure.unit, figure.digits), n_text(figure.series[0], language)]
    small = " · ".join(text for text in beside if text)
    big = {"fontSize": 24, "fontWeight": 600, "color": INK, "lineHeight": 30}
    return {
        "formatter": f"{{v|{numbers.value(e, figure.unit, figure.digits)}}}\n{{i|{small}}}",
        "rich": {"v": big, "i": {"fontSize": 12, "fontWeight": 400, "color": SOFT}},
    }


def bars(figure: Figure, language: str, links: Links) -> dict[str, Any]:
    """A bar a row, first on top, with its value; with intervals a thin line across its end instead."""
    names = [pick(tick, language) for tick in figure.ticks]
    series = [_bar(figure, k, language, links) for k in range(len(figure.series))]
    several = len(series) > 1
    legend = {"legend": {"top": 0, "left": 0, "textStyle": {"color": INK}}} if several else {}
    text = {"color": INK, "fontSize": 12, "width": 132, "overflow": "truncate", "interval": 0}
    line = {"axisLine": {"show": False}, "axisTick": {"show": False}}
    return {
        "height": 26 * len(names) * max(1, (len(series) + 1) // 2) + (44 if several else 12),
        "grid": grid(top=36 if several else 4, right=52),
        "tooltip": tooltip("item"),
        **legend,
        "xAxis": {"type": "value", "show": False, "min": axis(figure)["min"]},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisLabel": text} | line,
        "series": series,
    }


def _bar(figure: Figure, k: int, language: str, links: Links) -> dict[str, Any]:
    s = figure.series[k]
    data = [
        point(figure, s, i, [scaled(figure, v), float(i)], language, links)
        | {"label": {"formatter": numbers.value(s.at(i), figure.unit, figure.digits)}}
        for i, v in enumerate(s.values)
    ]
    # with one bar a row its middle is the row's; with more the lines would fall between them
    across = whiskers(figure, s, lambda i, v: [v, i]) if len(figure.series) == 1 else {}
    return {
        "id": f"bars{k}",
        "name": pick(s.label, language),
        "type": "bar",
        "barMaxWidth": 16,
        "data": data,
        "itemStyle": {"color": PALETTE[k % len(PALETTE)], "borderRadius": [0, 2, 2, 0]},
        "label": {"show": not across, "position": "right", "color": INK, "fontSize": 12},
        **across,
    }


def bubble(figure: Figure, language: str, links: Links) -> dict[str, Any]:
    """Value against effort: three levels of solvability across, impact up, area by customers, a rank in each bubble."""
    s = figure.series[0]
    levels = set(figure.x) <= {1.0, 2.0, 3.0}
    ends = axis(figure)
    low, high = ends["min"], ends["max"]
    x, sizes = _room(figure, low, high) if levels else (list(figure.x), [24.0] * len(figure.x))
    data = []
    for i, v in enumerate(s.values):
        made = point(figure, s, i, [x[i], scaled(figure, v)], language, links)
        rank = pick(figure.marks[i].label, language) if i < len(figure.marks) else str(i + 1)
        data.append(made | {"symbolSize": sizes[i], "name": rank, "label": {"formatter": bare(rank)}})
    fill = {"color": "rgba(162,58,44,0.22)", "borderColor": PALETTE[0], "borderWidth": 1.5}
    series: dict[str, Any] = {
        "id": "bubbles",
        "type": "scatter",
        "data": data,
        "itemStyle": fill,
        "emphasis": {"itemStyle": {"color": "rgba(162,58,44,0.5)", "borderWidth": 2.5}},
        "label": {"show": True, "color": INK, "fontSize": 12, "fontWeight": 600},
        "z": 3,
    }
    series |= whiskers(figure, s, lambda i, v: [x[i], v])
    return {
        "height": 420,
        "grid": grid(top=36, bottom=8),
        "tooltip": tooltip("item"),
        "xAxis": _across(figure, language) if levels else [_named(figure.x_name, language) | {"scale": True}],
        "yAxis": _named(figure.y_name, language)
        | {**ends, "axisLabel": axis_text(figure), "splitLine": {"lineStyle": {"color": RULE}}},
        "series": [series, *([_quadrants(language, low, high)] if levels else [])],
    }


def _named(name: Labels, language: str) -> dict[str, Any]:
    look = {"color": SOFT, "fontSize": 12, "align": "left"}
    return {"type": "value", "name": pick(name, language), "nameTextStyle": look}


def _across(figure: Figure, language: str) -> list[dict[str, Any]]:
    """The axis of places, without words, and a second one that only names its three levels."""
    hidden = {"axisLabel": {"show": False}, "axisTick": {"show": False}}
    places = {"type": "value", "min": 0.5, "max": 3.5, "interval": 1, "splitLine": {"lineStyle": {"color": RULE}}}
    line = {"axisLine": {"lineStyle": {"color": "#8b9093"}, "onZero": False}}
    return [places | hidden | line, _levels(figure, language)]


def _levels(figure: Figure, language: str) -> dict[str, Any]:
    """A second axis that only names the three levels."""
    return {
        "type": "category",
        "position": "bottom",
        "data": [pick(say(name), language) for name in ("axis.low", "axis.medium", "axis.high")],
        "axisLine": {"show": False, "onZero": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": SOFT, "fontSize": 12},
        "name": pick(figure.x_name, language),
        "nameLocation": "middle",
        "nameGap": 28,
        "nameTextStyle": {"color": SOFT, "fontSize": 12},
    }


def _room(figure: Figure, low: float, high: float) -> tuple[list[float], list[float]]:
    """Places across and diameters in pixels, so that bubbles of one level stand beside each other; many are smaller."""
    s = figure.series[0]
    frame = plot.Frame(640, 420, left=40, right=16, top=36, bottom=56, x=(0.5, 3.5), y=(low, high))
    areas = [max(c or 0, 1) for c in s.count] or [1] * len(s.values)
    size = min(max((12 / len(areas)) ** 0.5, 0.7), 1.0)
    circles = [
        plot.Circle(frame.px(x), frame.py(scaled(figure, v) or 0.0), size * (9 + 14 * (area / max(areas)) ** 0.5), i)
        for i, (x, v, area) in enumerate(zip(figure.x, s.values, areas, strict=True))
    ]
    inside = frame.width - frame.left - frame.right
    placed = {c.item: c for c in _apart(circles, inside / 6)}
    x = [round(0.5 + 3.0 * (placed[i].x - frame.left) / inside, 4) for i in range(len(circles))]
    return x, [round(2 * placed[i].r, 1) for i in range(len(circles))]


def _apart(circles: list[plot.Circle], reach: float) -> list[plot.Circle]:
    """Move circles sideways, within `reach`, to the nearest place where they cover others least. Height stays."""
    placed: list[plot.Circle] = []
    for c in sorted(circles, key=lambda c: (-c.r, c.item)):
        steps = int((reach - c.r) // 4)
        shifts = sorted((4 * k for k in range(-steps, steps + 1)), key=abs) or [0]
        moved = [replace(c, x=c.x + shift) for shift in shifts]
        covered = [sum(max(m.r + p.r + 1 - math.hypot(m.x - p.x, m.y - p.y), 0.0) for p in placed) for m in moved]
        placed.append(moved[covered.index(min(covered))])
    return placed


def _quadrants(language: str, low: float, high: float) -> dict[str, Any]:
    """The four corners and their names, behind the bubbles."""
    middle = (low + high) / 2
    corners = (
        ("quadrant.big", "insideTopLeft", (0.5, 2.0), (middle, high)),
        ("quadrant.quick", "insideTopRight", (2.0, 3.5), (middle, high)),
        ("quadrant.later", "insideBottomLeft", (0.5, 2.0), (low, middle)),
        ("quadrant.easy", "insideBottomRight", (2.0, 3.5), (low, middle)),
    )
    data = [
        [
            {
                "name": pick(say(name), language),
                "xAxis": x[0],
                "yAxis": y[0],
                "label": {"position": position, "color": SOFT, "fontSize": 12},
            },
            {"xAxis": x[1], "yAxis": y[1]},
        ]
        for name, position, x, y in corners
    ]
    area = {"silent": True, "animation": False, "itemStyle": {"opacity": 0}, "data": data}
    return {"id": "corners", "type": "scatter", "data": [], "silent": True, "markArea": area}
