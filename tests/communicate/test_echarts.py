"""Figures as ECharts options: plain JSON, honest bands, colors that can be told apart."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from balm.communicate import Figure, Series
from balm.communicate.echarts import describe, option
from balm.communicate.echarts.parts import PALETTE, axis
from balm.communicate.figure import Mark
from balm.communicate.messages import pick, same
from balm.core.types import LANGUAGES

NAN = math.nan


def every(report) -> list[Figure]:
    figure = report.figures[f"trend:{report.painpoints[0].theme_id}"]
    return [*report.figures.values(), replace(figure, kind="spark")]


def series(made: dict, name: str) -> dict:
    return next(s for s in made["series"] if s["id"] == name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_plain_json_in_every_language(report, language):
    kinds = set()
    for figure in every(report):
        made = option(figure, language)
        text = json.dumps(made, allow_nan=False, ensure_ascii=False)
        assert json.loads(text) == made
        assert "function" not in text
        assert made["aria"]["label"]["description"].startswith(pick(figure.title, language))
        kinds.add(figure.kind)
    assert kinds == {"trend", "spark", "interval", "dial", "bars", "bubble"}


def test_an_unknown_language_is_refused(report):
    with pytest.raises(ValueError, match="zh-Hant"):
        option(every(report)[0], "fr")


def test_the_band_is_the_interval_and_the_line_the_values(report):
    p = report.painpoints[0]
    made = option(report.figures[f"trend:{p.theme_id}"], "en")
    low, width, line = series(made, "low0"), series(made, "width0"), series(made, "line0")
    assert low["stack"] == width["stack"] and low["stackStrategy"] == "all"
    for i, point in enumerate(p.trend.series):
        day, bottom = low["data"][i]
        assert np.datetime64(int(day), "ms").astype("datetime64[D]") == np.datetime64(point.start)
        assert bottom == pytest.approx(100 * point.low, abs=1e-5)
        assert bottom + width["data"][i][1] == pytest.approx(100 * point.high, abs=1e-5)
        assert line["data"][i]["value"] == [day, pytest.approx(100 * point.value, abs=1e-5)]
        assert f"{100 * point.value:.1f}%" in line["data"][i]["tip"]
        assert f"n = {point.n:,}" in line["data"][i]["tip"]


def trend(values, low=(), high=(), n=(), marks=()) -> Figure:
    x = tuple(20000.0 + 7 * i for i in range(len(values)))
    ticks = tuple(same(f"w{i}") for i in range(len(values)))
    return Figure("trend", same("T"), x, ticks, (Series(same("S"), values, low, high, n),), marks, low=0.0)


def test_what_is_unknown_or_not_a_number_is_a_gap():
    figure = trend((0.1, None, NAN, math.inf, 0.2), (0.05, None, NAN, 0.1, 0.1), (0.2, None, 0.3, math.inf, 0.3))
    made = option(figure, "en")
    json.dumps(made, allow_nan=False)
    assert [d["value"][1] for d in series(made, "line0")["data"]] == [10, None, None, None, 20]
    assert [d[1] for d in series(made, "low0")["data"]] == [5, None, None, None, 10]
    assert ["tip" in d for d in series(made, "line0")["data"]] == [True, False, False, False, True]


def test_nothing_to_draw_says_so():
    made = option(trend((None, None)), "zh-Hant")
    assert made["series"] == []
    assert made["balm"]["message"] in made["aria"]["label"]["description"]


def test_small_n_is_hollow_and_said():
    made = option(trend((0.1, 0.2), n=(400, 12)), "en")
    first, second = series(made, "line0")["data"]
    assert "itemStyle" not in first
    assert second["itemStyle"]["color"] == "#fff"
    assert "small" in second["tip"]


def test_negative_intervals_stay_inside_the_axis():
    made = option(replace(trend((1.0, -2.0), (-1.0, -4.2), (3.0, 0.5)), unit="score"), "en")
    low, high, step = (made["yAxis"][name] for name in ("min", "max", "interval"))
    assert low <= -4.2 and high >= 3.0
    assert low / step == pytest.approx(round(low / step))


def test_changes_are_drawn_over_the_span_they_lie_in(report):
    figure = next(f for f in report.figures.values() if f.kind == "trend" and f.marks)
    line = series(option(figure, "zh-Hans"), "line0")
    for mark, at, span in zip(figure.marks, line["markLine"]["data"], line["markArea"]["data"], strict=True):
        assert at["xAxis"] == mark.at * 86_400_000
        assert (span[0]["xAxis"], span[1]["xAxis"]) == (mark.low * 86_400_000, mark.high * 86_400_000)
    assert line["markLine"]["data"][-1]["label"]["formatter"] == pick(figure.marks[-1].label, "zh-Hans")
    assert pick(figure.marks[0].label, "zh-Hans") in describe(figure, "zh-Hans")


def test_names_are_never_read_as_templates():
    marks = (Mark(20003.0, 20000.0, 20007.0, same("{c} {a|b}")),)
    line = series(option(trend((0.1, 0.2), marks=marks), "en"), "line0")
    assert "{" not in line["markLine"]["data"][0]["label"]["formatter"]


def test_links_go_with_their_points(report):
    figure = report.figures["effort"]
    links = ["/a", None, *["/c"] * (len(figure.x) - 2)]
    data = series(option(figure, "en", links=links), "bubbles")["data"]
    assert [d.get("url") for d in data] == links
    assert "url" not in series(option(figure, "en", links=["/a"]), "bubbles")["data"][1]


def test_a_bubble_shows_its_value_interval_and_customers(report):
    figure = report.figures["effort"]
    made = option(figure, "en")
    bubbles, s = series(made, "bubbles"), figure.series[0]
    whiskers = [[end["coord"][1] for end in pair] for pair in bubbles["markLine"]["data"]]
    assert whiskers == [[pytest.approx(a), pytest.approx(b)] for a, b in zip(s.low, s.high, strict=True)]
    sizes = [d["symbolSize"] for d in bubbles["data"]]
    assert np.argmax(sizes) == np.argmax(s.count)
    for i, d in enumerate(bubbles["data"]):
        assert d["value"][1] == pytest.approx(s.values[i])
        assert abs(d["value"][0] - figure.x[i]) < 0.5
        assert pick(figure.ticks[i], "en") in d["tip"]
    assert [axis["type"] for axis in made["xAxis"]] == ["value", "category"]


def test_bubbles_of_one_level_do_not_cover_each_other():
    n = 16
    s = Series(same("Impact"), tuple(1.0 + 0.3 * i for i in range(n)), count=tuple(range(10, 10 + n)))
    ticks = tuple(same(str(i)) for i in range(n))
    made = option(Figure("bubble", same("B"), (2.0,) * n, ticks, (s,), unit="score"), "en")
    places = [d["value"][0] for d in series(made, "bubbles")["data"]]
    assert len(set(places)) >= 4
    assert all(1.5 <= x <= 2.5 for x in places)


def test_a_dial_marks_its_interval_on_the_arc(report):
    figure = report.figures["score:nps"]
    gauge = series(option(figure, "en"), "dial")
    low, high = figure.series[0].low[0], figure.series[0].high[0]
    stops = gauge["axisLine"]["lineStyle"]["color"]
    assert [s[0] for s in stops] == [pytest.approx((low + 100) / 200), pytest.approx((high + 100) / 200), 1]
    assert (gauge["min"], gauge["max"]) == (-100, 100)


def test_bars_with_intervals_show_them():
    s = Series(same("S"), (0.4, 0.2), (0.3, 0.1), (0.5, 0.3), (90, 80))
    made = option(Figure("bars", same("B"), (0.0, 1.0), (same("a"), same("b")), (s,)), "en")
    pairs = [[end["coord"] for end in pair] for pair in series(made, "bars0")["markLine"]["data"]]
    assert pairs == [[[30, 0], [50, 0]], [[10, 1], [30, 1]]]
    assert made["yAxis"]["data"] == ["a", "b"]
    two = Figure("bars", same("B"), (0.0, 1.0), (same("a"), same("b")), (s, s))
    assert option(two, "en")["aria"]["decal"]["show"] is True


def test_several_lines_differ_in_more_than_color():
    figure = trend((0.1, 0.2))
    made = option(replace(figure, series=figure.series * 4), "en")
    lines = [s for s in made["series"] if s["id"].startswith("line")]
    assert len({s["symbol"] for s in lines}) == 4
    assert len({str(s["lineStyle"]["type"]) for s in lines}) == 4


def test_axis_ends_have_a_round_quarter():
    for top in (0.003, 0.07, 0.11, 0.223, 0.5, 0.99):
        made = option(trend((top / 2, top)), "en")
        end, step = made["yAxis"]["max"], made["yAxis"]["interval"]
        assert 100 * top <= end <= 167 * top
        assert end == pytest.approx(4 * step)


BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}
"""What is left of linear red, green and blue (Machado and others, 2009, full severity)."""


def lab(color: str, eye: str) -> np.ndarray:
    srgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(BLIND[eye]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(np.maximum(xyz / np.array([0.9505, 1.0, 1.089]), 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", BLIND)
def test_colors_are_told_apart_by_every_eye(eye):
    for a, b in itertools.combinations(PALETTE, 2):
        assert np.linalg.norm(lab(a, eye) - lab(b, eye)) > 12, (a, b)


def test_colors_stand_out_from_white():
    for color in PALETTE:
        srgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        assert 1.05 / (float(np.array([0.2126, 0.7152, 0.0722]) @ linear) + 0.05) >= 3


def test_a_score_stands_on_its_own_scale():
    """From 1 to 5 by ones, not from 0 to 6 by one and a half."""
    series = Series(same("csat"), (4.0, 2.0))
    figure = Figure("trend", same("csat"), (0.0, 1.0), (same("a"), same("b")), (series,), unit="score", low=1, high=5)
    assert axis(figure) == {"min": 1, "max": 5, "interval": 1.0}
