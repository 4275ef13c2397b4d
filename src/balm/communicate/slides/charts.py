"""Figures as native charts of a presentation: each carries its own small workbook."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import Any

from balm.communicate.figure import Figure, Series
from balm.communicate.messages import pick, say
from balm.communicate.plot import nice_top
from balm.communicate.slides.look import INK, LATIN, PALETTE, RULE, SOFT, font_of

_FORMAT = {"share": "0.0%", "score": "0.00", "ratio": '"×"0.00', "count": "#,##0"}
_DAY = {"zh-Hans": "yyyy/m/d", "zh-Hant": "yyyy/m/d", "en": "d mmm yyyy"}
_MOST_BARS = 12


def chart(shapes: Any, figure: Figure, language: str, place: Sequence[Any]) -> Any:
    """Draw `figure` onto a slide's `shapes` at `place` (left, top, width, height); gives the graphic frame.

    Intervals are drawn: as thin lines beside the value over time, as error bars on bars. ValueError for a kind that has
    no chart of its own in a presentation (dial, spark, interval: their number says it).
    """
    draw = _DRAW.get(figure.kind)
    if draw is None:
        raise ValueError(f"a figure of kind {figure.kind!r} is not drawn on slides")
    frame = draw(shapes, figure, language, place)
    _dress(frame.chart, figure, language)
    return frame


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _time(shapes: Any, figure: Figure, language: str, place: Sequence[Any]) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData(number_format=_format(figure))
    data.categories = [dt.date(1970, 1, 1) + dt.timedelta(int(day)) for day in figure.x]
    looks: list[tuple[int, str]] = []
    for i, series in enumerate(figure.series):
        name = pick(series.label, language)
        data.add_series(name, [_number(v) for v in series.values])
        looks.append((i, "value"))
        for bound, key in ((series.low, "slide.low"), (series.high, "slide.high")):
            if any(_number(v) is not None for v in bound):
                data.add_series(pick(say(key, name=series.label), language), [_number(v) for v in bound])
                looks.append((i, "bound"))
    frame = shapes.add_chart(XL_CHART_TYPE.LINE, *place, data)
    labels = frame.chart.category_axis.tick_labels
    labels.number_format, labels.number_format_is_linked = _DAY[language], False
    for drawn, (color, kind) in zip(frame.chart.plots[0].series, looks, strict=True):
        _line(drawn, PALETTE[color % len(PALETTE)], thin=kind == "bound")
    return frame


def _line(series: Any, color: str, *, thin: bool) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    series.smooth = False
    series.marker.style = XL_MARKER_STYLE.NONE
    line = series.format.line
    line.color.rgb = RGBColor.from_string(color)
    line.width = Pt(0.75 if thin else 2.25)
    if thin:
        line.dash_style = MSO_LINE.DASH


def _bars(shapes: Any, figure: Figure, language: str, place: Sequence[Any]) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Pt

    data = CategoryChartData(number_format=_format(figure))
    data.categories = [pick(tick, language) for tick in figure.ticks[:_MOST_BARS]]
    for series in figure.series:
        data.add_series(pick(series.label, language), [_number(v) for v in series.values[:_MOST_BARS]])
    frame = shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
    plot = frame.chart.plots[0]
    plot.gap_width = 55
    frame.chart.category_axis.reverse_order = True  # the first stands on top
    for i, (drawn, series) in enumerate(zip(plot.series, figure.series, strict=True)):
        drawn.invert_if_negative = False
        drawn.format.fill.solid()
        drawn.format.fill.fore_color.rgb = RGBColor.from_string(PALETTE[i % len(PALETTE)])
        _error_bars(drawn, series, len(figure.ticks[:_MOST_BARS]))
    if len(figure.series) == 1 and not figure.series[0].low:
        plot.has_data_labels = True
        plot.data_labels.font.size = Pt(11)
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = _format(figure), False
    return frame


def _error_bars(drawn: Any, series: Series, count: int) -> None:
    """The interval, as the distances of its ends from the value; a file format that python-pptx does not write."""
    from lxml import etree
    from pptx.oxml.ns import qn

    if not (series.low and series.high):
        return
    bars = etree.SubElement(drawn._element, qn("c:errBars"))
    for tag, said in (("c:errBarType", "both"), ("c:errValType", "cust"), ("c:noEndCap", "0")):
        etree.SubElement(bars, qn(tag)).set("val", said)
    for tag, bound, sign in (("c:plus", series.high, 1.0), ("c:minus", series.low, -1.0)):
        literal = etree.SubElement(etree.SubElement(bars, qn(tag)), qn("c:numLit"))
        etree.SubElement(literal, qn("c:formatCode")).text = "General"
        etree.SubElement(literal, qn("c:ptCount")).set("val", str(count))
        for i in range(count):
            end, value = _number(bound[i]), _number(series.values[i])
            if end is not None and value is not None:
                point = etree.SubElement(literal, qn("c:pt"))
                point.set("idx", str(i))
                etree.SubElement(point, qn("c:v")).text = repr(max(0.0, sign * (end - value)))
    look = etree.SubElement(etree.SubElement(bars, qn("c:spPr")), qn("a:ln"))
    look.set("w", "15875")
    fill = etree.SubElement(look, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr")).set("val", INK)
    first = next(
        (drawn._element.find(qn(tag)) for tag in ("c:cat", "c:val") if drawn._element.find(qn(tag)) is not None), None
    )
    if first is not None:
        first.addprevious(bars)  # the order of the parts is fixed by the format


def _bubbles(shapes: Any, figure: Figure, language: str, place: Sequence[Any]) -> Any:
    """A series for each bubble, so that each has its name."""
    from pptx.chart.data import BubbleChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE

    series = figure.series[0]
    data = BubbleChartData(number_format=_format(figure))
    for i, tick in enumerate(figure.ticks):
        value = _number(series.values[i])
        if value is not None:
            size = float((series.count[i] if series.count else 1) or 1)
            data.add_series(pick(tick, language)).add_data_point(figure.x[i], value, size)
    frame = shapes.add_chart(XL_CHART_TYPE.BUBBLE, *place, data)
    for i, drawn in enumerate(frame.chart.plots[0].series):
        drawn.format.fill.solid()
        drawn.format.fill.fore_color.rgb = RGBColor.from_string(PALETTE[i % len(PALETTE)])
    return frame


_DRAW: dict[str, Callable[[Any, Figure, str, Sequence[Any]], Any]] = {
    "trend": _time, "counterfactual": _time, "bars": _bars, "bubble": _bubbles,
}  # fmt: skip


def _format(figure: Figure) -> str:
    if figure.digits is None or figure.unit == "count":
        return _FORMAT[figure.unit]
    decimals = "0" if figure.digits <= 0 else "0." + "0" * figure.digits
    return {"share": f"{decimals}%", "ratio": f'"×"{decimals}'}.get(figure.unit, decimals)


def _dress(chart: Any, figure: Figure, language: str) -> None:
    """Fonts, axes, a legend where there are several series."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    chart.font.size, chart.font.name = Pt(11), LATIN
    chart.font.color.rgb = RGBColor.from_string(SOFT)
    font_of(chart.font._element, language)
    chart.has_title = False
    chart.has_legend = len(chart.plots[0].series) > 1 if figure.kind != "bubble" else True
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    value = chart.value_axis
    value.major_gridlines.format.line.color.rgb = RGBColor.from_string(RULE)
    value.format.line.fill.background()
    value.tick_labels.number_format, value.tick_labels.number_format_is_linked = _format(figure), False
    if figure.low is not None and figure.kind != "bars":
        value.minimum_scale = figure.low
    highs = [v for series in figure.series for v in series.high if v is not None]
    if figure.high is not None:
        value.maximum_scale = figure.high
    elif figure.kind == "bars" and highs:
        value.maximum_scale = nice_top(max(highs))  # error bars do not stretch the axis by themselves
    _name(value, pick(figure.y_name, language))
    chart.category_axis.format.line.color.rgb = RGBColor.from_string(RULE)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if figure.kind == "bubble":
        _name(chart.category_axis, pick(figure.x_name, language))
        chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = 0.5, 3.5
        chart.category_axis.has_major_gridlines = False


def _name(axis: Any, text: str) -> None:
    from pptx.util import Pt

    axis.has_title = bool(text)
    if text:
        axis.axis_title.text_frame.text = text
        axis.axis_title.text_frame.paragraphs[0].font.size = Pt(11)
        axis.axis_title.text_frame.paragraphs[0].font.bold = False
