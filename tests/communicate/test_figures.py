"""Figures as data and as pictures."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from balm.communicate import Figure, Series, plot, svg
from balm.communicate.figure import Mark
from balm.communicate.figures import bars, describe, dial, effort, trend
from balm.communicate.messages import pick, same, say
from balm.core.types import LANGUAGES, Change, Estimate

NS = {"s": "http://www.w3.org/2000/svg"}


def figures(report) -> list[Figure]:
    return [*report.figures.values(), report_spark(report)]


def report_spark(report) -> Figure:
    figure = report.figures[f"trend:{report.painpoints[0].theme_id}"]
    return replace(figure, kind="spark")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_wellformed_alone(report, language):
    kinds = set()
    for figure in figures(report):
        root = ET.fromstring(svg(figure, language))
        kinds.add(figure.kind)
        assert root.find("s:title", NS).text == pick(figure.title, language)
        assert root.attrib["lang"] == language
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for circle in root.iter("{http://www.w3.org/2000/svg}circle"):
            assert 0 <= float(circle.attrib["cx"]) <= width
            assert 0 <= float(circle.attrib["cy"]) <= height
    assert kinds == {"trend", "spark", "interval", "dial", "bars", "bubble"}


def test_pictures_carry_no_inline_style_and_no_address(report):
    for figure in figures(report):
        picture = svg(figure)
        assert "style=" not in picture
        assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_every_value_of_a_chart_is_in_its_table(report):
    p = report.painpoints[0]
    table = report.figures[f"trend:{p.theme_id}"].table()
    assert len(table.rows) == len(p.trend.series)
    for row, point in zip(table.rows, p.trend.series, strict=True):
        assert f"{100 * point.value:.1f}%" in row[1]["en"]
        assert row[2]["en"] == f"{point.count:,}"
        assert row[3]["en"] == f"{point.n:,}"
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_report_is_plain_data(report):
    data = json.loads(json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False))
    assert len(data["painpoints"]) == 10
    assert data["figures"]["effort"]["kind"] == "bubble"


def test_hostile_labels_are_only_text():
    bad = same('</title><script>alert(1)</script>" onload="x \x00\ud800')
    figure = Figure("bars", bad, (0.0,), (bad,), (Series(bad, (3.0,)),), unit="count")
    root = ET.fromstring(svg(figure))
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert "<script>alert(1)</script>" in root.find("s:title", NS).text


def test_gaps_single_points_and_nothing(report):
    base = report.figures[f"trend:{report.painpoints[0].theme_id}"]
    one = replace(
        base, x=(5.0,), ticks=(same("a"),), series=(Series(same("s"), (0.2,), (0.1,), (0.4,), (9,)),), marks=()
    )
    gap = replace(
        base,
        x=(1.0, 2.0, 3.0, 4.0),
        ticks=tuple(map(same, "abcd")),
        series=(
            Series(same("s"), (0.2, None, 0.3, 0.1), (0.1, None, 0.2, None), (0.3, None, 0.4, None), (9, 0, 9, 99)),
        ),
        marks=(Mark(2.0, 1.0, 3.0, same("here")),),
    )
    none = replace(base, x=(), ticks=(), series=())
    for figure in (one, gap, none):
        ET.fromstring(svg(figure))
    assert none.empty
    assert "nothing to draw" in svg(none)
    assert "thin" in svg(one), "a point that rests on few is drawn as such"
    assert svg(gap).count('class="line"') == 1, "a line never crosses a gap"
    with pytest.raises(ValueError, match="language"):
        svg(one, "fr")


def test_metrics_are_drawn_on_their_own_scale():
    assert (dial("nps", Estimate(12.0, 8.0, 16.0, 400, "")).low, dial("nps", Estimate(1, 0, 2, 9, "")).high) == (
        -100,
        100,
    )
    assert dial("mean", Estimate(4.1, 4.0, 4.2, 50, "t"), "stars").high == 5
    assert dial("csat", Estimate(0.71, 0.69, 0.73, 999, "wilson")).table().rows[0][1]["en"] == "71.0% (69.0–73.0)"


def test_changes_are_described_with_their_span(report):
    change = Change(
        dt.date(2025, 6, 9),
        dt.date(2025, 6, 2),
        dt.date(2025, 6, 16),
        0.1,
        0.3,
        Estimate(0.2, 0.17, 0.23, 800, ""),
        0.0004,
        {"channel": "app"},
    )
    text = describe(change)
    assert text["en"] == (
        "Level shift around 9 Jun 2025 (channel = app): from 10.0% to 30.0% (difference 20.0 (17.0–23.0) points, "
        "q < 0.001). It happened within 2–16 Jun 2025."
    )
    assert "百分點" in text["zh-Hant"] and "百分点" in text["zh-Hans"]


def test_empty_bars_and_unknown_solvability(report):
    assert bars(same("t"), "emotion", {"anger": 0}, same("n")) is None
    assert effort(report.painpoints, {}, 2) is None
    assert trend(replace(report.painpoints[0], trend=replace(report.painpoints[0].trend, series=()))).empty


@pytest.mark.parametrize(("value", "top"), [(0.36, 0.4), (0.4, 0.4), (0.41, 0.6), (7.0, 8.0), (9.0, 10.0), (0.0, 1.0)])
def test_axes_end_on_round_numbers(value, top):
    assert plot.nice_top(value) == pytest.approx(top)


def test_bubbles_make_room():
    frame = plot.Frame(640, 420, 14, 14, 26, 44, (0.5, 3.5), (0, 1))
    placed = plot.spread([plot.Circle(frame.px(2.0), 200.0, 12, i) for i in range(5)], frame)
    for i, a in enumerate(placed):
        assert a.y == 200.0
        for b in placed[i + 1 :]:
            assert (a.x - b.x) ** 2 + (a.y - b.y) ** 2 >= (a.r + b.r) ** 2
    assert say("axis.low")["en"] == "low"
