"""Figures as native charts of a presentation: each carries its own small workbook."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from balm.communicate.figure import Figure, Series
from balm.communicate.messages import pick, say
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
    places = _with_gaps(figure.x)
    data.categories = [dt.date(1970, 1, 1) + dt.timedelta(int(day)) for day, _at in places]
    looks: list[tuple[int, str]] = []
    for i, series in enumerate(figure.series):
        name = pick(series.label, language)
        data.add_series(name, _spread(series.values, places))
        looks.append((i, "value"))
        for bound, key in ((series.low, "slide.low"), (series.high, "slide.high")):
            if any(_number(v) is not None for v in bound):
                data.add_series(pick(say(key, name=series.label), language), _spread(bound, places))
                looks.append((i, "bound"))
    for mark in (mark for mark in figure.marks if mark.kind == "start"):
        nearest = min(range(len(places)), key=lambda k: abs(places[k][0] - mark.at), default=None)
        if nearest is not None:
            top = _top(figure)
            data.add_series(pick(mark.label, language), [top if k == nearest else None for k in range(len(places))])
            looks.append((0, "mark"))
    frame = shapes.add_chart(XL_CHART_TYPE.LINE, *place, data)
    labels = frame.chart.category_axis.tick_labels
    labels.number_format, labels.number_format_is_linked = _DAY[language], False
    for drawn, (color, kind) in zip(frame.chart.plots[0].series, looks, strict=True):
        if kind == "mark":
            _upright(drawn)
        else:
            _line(drawn, PALETTE[color % len(PALETTE)], thin=kind == "bound")
    return frame


def _spread(values: Sequence[float | None], places: Sequence[tuple[float, int | None]]) -> list[float | None]:
    return [None if at is None else _number(values[at]) for _day, at in places]


def _with_gaps(x: Sequence[float]) -> list[tuple[float, int | None]]:
    """Days with their place; where days are missing, one without a place, so that no line is drawn over them."""
    steps = sorted(b - a for a, b in pairwise(x))
    usual = steps[len(steps) // 2] if steps else 0.0
    found: list[tuple[float, int | None]] = []
    for at, day in enumerate(x):
        if at and day - x[at - 1] > 1.5 * usual:
            found.append((x[at - 1] + usual, None))
        found.append((day, at))
    return found


def _top(figure: Figure) -> float:
    """How high the values and their intervals go."""
    if figure.high is not None:
        return figure.high
    known = [v for s in figure.series for row in (s.values, s.high) for v in row if v is not None and math.isfinite(v)]
    return max(known, default=1.0)


def _upright(series: Any) -> None:
    """A single point as a line down to the axis: the day of the start."""
    from lxml import etree
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.oxml.ns import qn

    series.smooth = False
    series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.DIAMOND, 7
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = RGBColor.from_string(INK)
    bars = etree.Element(qn("c:errBars"))
    said = (("errDir", "y"), ("errBarType", "minus"), ("errValType", "percentage"), ("noEndCap", "1"), ("val", "100"))
    for tag, value in said:
        etree.SubElement(bars, qn(f"c:{tag}")).set("val", value)
    _drawn_as(bars, INK)
    _before_values(series, bars)


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
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    data = CategoryChartData(number_format=_format(figure))
    data.categories = [pick(tick, language) for tick in figure.ticks[:_MOST_BARS]]
    for series in figure.series:
        data.add_series(pick(series.label, language), [_number(v) for v in series.values[:_MOST_BARS]])
    frame = shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
    plot = frame.chart.plots[0]
    plot.gap_width = 55
    frame.chart.category_axis.reverse_order = True  # the first stands on top
    frame.chart.value_axis._element.find(qn("c:crosses")).set("val", "max")  # and the values at the bottom
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
    bars = etree.Element(qn("c:errBars"))
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
    _drawn_as(bars, INK)
    _before_values(drawn, bars)


def _drawn_as(bars: Any, color: str) -> None:
    from lxml import etree
    from pptx.oxml.ns import qn

    look = etree.SubElement(etree.SubElement(bars, qn("c:spPr")), qn("a:ln"))
    look.set("w", "15875")
    fill = etree.SubElement(look, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr")).set("val", color)


def _before_values(drawn: Any, bars: Any) -> None:
    """Put error bars where the format wants them: its parts have an order."""
    from pptx.oxml.ns import qn

    found = [part for tag in ("c:cat", "c:val") if (part := drawn._element.find(qn(tag))) is not None]
    if found:
        found[0].addprevious(bars)


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
        value.maximum_scale = top = _round_up(max(highs))  # error bars do not stretch the axis by themselves
        value.major_unit = top / 4
    _name(value, pick(figure.y_name, language))
    chart.category_axis.format.line.color.rgb = RGBColor.from_string(RULE)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if figure.kind == "bubble":
        _name(chart.category_axis, pick(figure.x_name, language))
        chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = 0.5, 3.5
        chart.category_axis.has_major_gridlines = False


def _round_up(value: float) -> float:
    """A round end of an axis that is divided by four, not much above `value`."""
    unit = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * unit for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * unit >= value * (1 - 1e-9))


def _name(axis: Any, text: str) -> None:
    from pptx.util import Pt

    axis.has_title = bool(text)
    if text:
        axis.axis_title.text_frame.text = text
        axis.axis_title.text_frame.paragraphs[0].font.size = Pt(11)
        axis.axis_title.text_frame.paragraphs[0].font.bold = False
