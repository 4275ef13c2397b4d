"""Figures as SVG. Colors come from the page's style sheet, or from a style of its own when the picture stands alone."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Protocol

from balm.communicate import numbers, plot
from balm.communicate.escape import escape
from balm.communicate.figure import Figure, Series
from balm.communicate.messages import pick, same, say
from balm.communicate.plot import Frame, attr, line, nice_top, path, x_ticks
from balm.core.types import LANGUAGES, Labels


class Writer(Protocol):
    """Writes a text: attributes for its element, and its escaped content."""

    def put(self, labels: Labels) -> tuple[str, str]: ...


class Plain:
    """Writes one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def put(self, labels: Labels) -> tuple[str, str]:
        return "", escape(pick(labels, self.language))


def svg(figure: Figure, language: str = "en", writer: Writer | None = None) -> str:
    """`figure` as an SVG element. Alone it carries its style and `language`; with a `writer` it belongs to a page.

    ValueError for an unknown language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    alone = writer is None
    writer = writer or Plain(language)
    width, height, body = _DRAW[figure.kind](figure, writer) if not figure.empty else _nothing(writer)
    attributes, title = writer.put(figure.title)
    head = f'<svg class="fig {figure.kind}" viewBox="0 0 {width} {height}" role="img"'
    if alone:
        head += f' xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" lang="{language}"'
    elif figure.kind in ("spark", "interval"):  # the numbers stand beside it
        return f'<svg class="fig {figure.kind}" viewBox="0 0 {width} {height}" aria-hidden="true">{body}</svg>'
    return f"{head}><title{attributes}>{title}</title>{f'<style>{_style()}</style>' if alone else ''}{body}</svg>"


@cache
def _style() -> str:
    return (resources.files("balm.communicate") / "assets" / "figure.css").read_text("utf-8")


def _text(  # noqa: PLR0917
    writer: Writer, labels: Labels, x: float, y: float, cls: str, anchor: str = "start"
) -> str:
    attributes, content = writer.put(labels)
    return f'<text{attributes} x="{attr(x)}" y="{attr(y)}" class="{cls}" text-anchor="{anchor}">{content}</text>'


def _nothing(writer: Writer) -> tuple[int, int, str]:
    return 640, 60, _text(writer, say("figure.empty"), 320, 34, "ax", "middle")


def _trend(figure: Figure, writer: Writer) -> tuple[int, int, str]:
    width, height = 640, 240
    several = len(figure.series) > 1
    low, top = _ends(figure)
    frame = Frame(
        width, height, left=56, right=14, top=48 if several else 30, bottom=28, x=_range(figure.x), y=(low, top)
    )
    out = [_y_axis(frame, figure, writer)]
    out += [_mark(frame, figure, i, writer) for i in range(len(figure.marks))]
    for k, series in reversed(list(enumerate(figure.series))):
        drawn = "".join([_band_and_line(frame, figure.x, series), *_dots(frame, figure, series)])
        out.append(f'<g class="s{k}">{drawn}</g>' if several else drawn)
    out += [_legend(figure, writer, height)] if several else []
    for i, anchor in x_ticks(len(figure.x)):
        cls = "ax mid" if anchor == "middle" and len(figure.x) > 1 else "ax"
        out.append(_text(writer, figure.ticks[i], frame.px(figure.x[i]), height - 8, cls, anchor))
    return width, height, "".join(out)


def _ends(figure: Figure) -> tuple[float, float]:
    """The ends of a trend's scale: those given, else 0 and a round number above all that is seen."""
    if figure.low is not None and figure.high is not None:
        return figure.low, figure.high
    least = min((v for s in figure.series for v in s.values if v is not None), default=0.0)
    return -nice_top(-least) if least < 0 else 0.0, nice_top(max(_top(s) for s in figure.series))


def _legend(figure: Figure, writer: Writer, height: float) -> str:
    """What the lines are, in a row above them, with room for the longest language."""
    out, x = "", 56.0
    for k, s in enumerate(figure.series):
        out += f'<g class="s{k}">{line(x, 30, x + 22, 30, "line")}</g>' + _text(writer, s.label, x + 28, 34, "lab")
        x += 150
    return out


def _y_axis(frame: Frame, figure: Figure, writer: Writer) -> str:
    out = []
    low, top = frame.y
    for share in (0.0, 0.5, 1.0):
        at = low + share * (top - low)
        y = frame.py(at)
        out.append(line(frame.left, y, frame.width - frame.right, y, "base" if share == 0 else "grid"))
        middle = 50 * (low + top)
        text = numbers.percent(at, 0 if abs(middle - round(middle)) < 1e-6 else 1)
        if figure.unit != "share":
            text = numbers.number(at, 0 if top - low >= 4 else numbers.digits_for([top - low]))
        out.append(_text(writer, same(text), frame.left - 8, y + 4, "ax num", "end"))
    return "".join(out)


def _mark(frame: Frame, figure: Figure, i: int, writer: Writer) -> str:
    mark = figure.marks[i]
    left, right = frame.px(mark.low), frame.px(mark.high)
    at = frame.px(mark.at)
    anchor = "start" if at < frame.width * 0.3 else "end" if at > frame.width * 0.7 else "middle"
    label = _text(writer, mark.label, at, 14, "mark-label", anchor) if i == len(figure.marks) - 1 else ""
    return (
        f'<rect class="mark-span" x="{attr(left)}" y="{frame.top - 8}" width="{attr(max(right - left, 1.5))}" '
        f'height="{attr(frame.floor - frame.top + 8)}"/>' + line(at, frame.top - 8, at, frame.floor, "mark") + label
    )


def _band_and_line(frame: Frame, x: tuple[float, ...], series: Series) -> str:
    out = ""
    for run in plot.runs(series.values):
        if series.low and series.high:
            upper = [(frame.px(x[i]), frame.py(series.high[i] or 0.0)) for i in run if series.high[i] is not None]
            lower = [(frame.px(x[i]), frame.py(series.low[i] or 0.0)) for i in run if series.low[i] is not None]
            out += f'<path class="band" d="{path(upper + lower[::-1])}Z"/>' if len(upper) > 1 else ""
        points = [(frame.px(x[i]), frame.py(v)) for i in run if (v := series.values[i]) is not None]
        out += f'<path class="line" d="{path(points)}"/>' if len(points) > 1 else ""
    return out


def _dots(frame: Frame, figure: Figure, series: Series) -> list[str]:
    if len(figure.x) > 60:
        return []
    out = []
    for i, v in enumerate(series.values):
        if v is None:
            continue
        thin = " thin" if series.n and numbers.small(series.n[i]) else ""
        out.append(f'<circle class="dot{thin}" cx="{attr(frame.px(figure.x[i]))}" cy="{attr(frame.py(v))}" r="2.6"/>')
    return out


def _spark(figure: Figure, writer: Writer) -> tuple[int, int, str]:
    series = figure.series[0]
    top = _top(series) or 1.0
    frame = Frame(120, 30, left=2, right=5, top=3, bottom=3, x=_range(figure.x), y=(0.0, top))
    body = line(2, frame.floor, 118, frame.floor, "grid") + _band_and_line(frame, figure.x, series)
    last = max(i for i, v in enumerate(series.values) if v is not None)
    end = (
        f'<circle class="end" cx="{attr(frame.px(figure.x[last]))}" cy="{attr(frame.py(series.values[last] or 0.0))}" '
    )
    return 120, 30, body + end + 'r="2.6"/>'


def _interval(figure: Figure, writer: Writer) -> tuple[int, int, str]:
    e = figure.series[0].at(0)
    scale = (figure.low or 0.0, figure.high or 1.0)
    frame = Frame(150, 16, left=4, right=4, top=0, bottom=0, x=scale, y=(0.0, 1.0))
    body = line(frame.px(0.0), 1, frame.px(0.0), 15, "base") + line(4, 8, 146, 8, "grid")
    if e.low is not None and e.high is not None:
        left, right = frame.px(max(e.low, scale[0])), frame.px(min(e.high, scale[1]))
        body += (
            f'<rect class="whisker" x="{attr(left)}" y="6" width="{attr(max(right - left, 1.0))}" height="4" rx="2"/>'
        )
    return 150, 16, body + f'<circle class="dot-solid" cx="{attr(frame.px(e.value or 0.0))}" cy="8" r="4"/>'


def _dial(figure: Figure, writer: Writer) -> tuple[int, int, str]:
    e = figure.series[0].at(0)
    scale = (figure.low or 0.0, figure.high if figure.high is not None else 1.0)
    frame = Frame(200, 18, left=3, right=3, top=0, bottom=0, x=scale, y=(0.0, 1.0))
    body = '<rect class="track" x="3" y="7" width="194" height="4" rx="2"/>'
    if scale[0] < 0 < scale[1]:
        body += line(frame.px(0.0), 3, frame.px(0.0), 15, "base")
    if e.low is not None and e.high is not None:
        left, right = frame.px(max(e.low, scale[0])), frame.px(min(e.high, scale[1]))
        body += (
            f'<rect class="dial-band" x="{attr(left)}" y="5" width="{attr(max(right - left, 2.0))}" height="8" rx="2"/>'
        )
    at = attr(frame.px(e.value or 0.0))
    return 200, 18, body + f'<path class="needle" d="M{at} 1V17"/>'


def _bars(figure: Figure, writer: Writer) -> tuple[int, int, str]:
    values = [v or 0.0 for v in figure.series[0].values]
    top, row = max(values) or 1.0, 26
    out = []
    for i, v in enumerate(values):
        y = i * row
        out.append(_text(writer, figure.ticks[i], 132, y + 18, "lab", "end"))
        out.append(
            f'<rect class="bar" x="142" y="{y + 6}" width="{attr(max(150 * v / top, 1.5))}" height="16" rx="2"/>'
        )
        label = same(numbers.number(v, 0))
        out.append(_text(writer, label, 142 + max(150 * v / top, 1.5) + 6, y + 18, "lab num"))
    return 360, row * len(values), "".join(out)


def _bubble(figure: Figure, writer: Writer) -> tuple[int, int, str]:
    series = figure.series[0]
    values = [v or 0.0 for v in series.values]
    top = max(*values, 1e-09) * 1.15
    frame = Frame(640, 420, left=14, right=14, top=26, bottom=54, x=(0.5, 3.5), y=(-0.1 * top, top))
    out = [_effort_axes(frame, figure, writer)]
    areas = [max(c or 0, 1) for c in series.count] or [1] * len(values)
    biggest = max(areas)
    circles = []
    for i, v in enumerate(values):
        circles.append(plot.Circle(frame.px(figure.x[i]), frame.py(v), 8.5 + 15 * (areas[i] / biggest) ** 0.5, i))
    for c in plot.spread(circles, frame):
        out.append(f'<circle class="bubble" cx="{attr(c.x)}" cy="{attr(c.y)}" r="{attr(c.r)}"/>')
        out.append(_text(writer, figure.marks[c.item].label, c.x, c.y + 4, "bubble-label num", "middle"))
    return 640, 420, "".join(out)


def _effort_axes(frame: Frame, figure: Figure, writer: Writer) -> str:
    middle, half = frame.px(2.0), (frame.top + frame.floor) / 2
    out = line(frame.left, frame.floor, frame.width - frame.right, frame.floor, "base")
    out += line(frame.left, frame.top, frame.left, frame.floor, "base")
    out += line(frame.left, half, frame.width - frame.right, half, "grid")
    for x in (1.5, 2.5):
        out += line(frame.px(x), frame.top, frame.px(x), frame.floor, "grid")
    right = frame.width - frame.right - 8
    out += _text(writer, say("quadrant.big"), frame.left + 10, frame.top + 16, "quad")
    out += _text(writer, say("quadrant.quick"), right, frame.top + 16, "quad", "end")
    out += _text(writer, say("quadrant.later"), frame.left + 10, frame.floor - 10, "quad")
    out += _text(writer, say("quadrant.easy"), right, frame.floor - 10, "quad", "end")
    for name, x in (("axis.low", frame.px(1.0)), ("axis.medium", middle), ("axis.high", frame.px(3.0))):
        out += _text(writer, say(name), x, frame.floor + 17, "ax", "middle")
    out += _text(writer, figure.x_name, frame.width - frame.right, frame.height - 4, "ax", "end")
    return out + _text(writer, figure.y_name, frame.left, 14, "ax")


def _top(series: Series) -> float:
    """The largest value, and the upper ends of the intervals as far as they do not dwarf the line.

    A first or last period with a handful of comments has an interval that would press everything else to the floor;
    its band is cut off at the top.
    """
    highest = max((v for v in series.values if v is not None), default=0.0)
    ends = sorted(v for v in series.high if v is not None)
    usual = ends[(3 * len(ends)) // 4] if ends else 0.0
    return max(highest, min(ends[-1] if ends else 0.0, 1.25 * usual))


def _range(x: tuple[float, ...]) -> tuple[float, float]:
    low, high = min(x), max(x)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


_DRAW = {
    "trend": _trend,
    "spark": _spark,
    "interval": _interval,
    "dial": _dial,
    "bars": _bars,
    "bubble": _bubble,
}
