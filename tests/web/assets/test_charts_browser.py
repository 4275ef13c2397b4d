"""Charts in a real Chromium: every kind, in every language, wide and narrow, by mouse and by keys."""

from __future__ import annotations

import json

import pytest

from balm.communicate.echarts import option
from balm.communicate.figure import Figure, Mark, Series
from balm.communicate.messages import same

pytestmark = [pytest.mark.browser, pytest.mark.once]

DAYS = tuple(20000.0 + 7 * i for i in range(20))
SHARES = tuple(0.05 + 0.004 * i + (0.06 if i > 11 else 0.0) for i in range(20))


def _series(name: str = "Share", scale: float = 1.0, n: int = 240) -> Series:
    values = tuple(scale * v for v in SHARES)
    low, high = tuple(v * 0.8 for v in values), tuple(v * 1.2 for v in values)
    return Series(same(name), values, low, high, (n,) * 19 + (12,), tuple(round(n * v) for v in values))


def _one(value: float, low: float, high: float) -> Series:
    return Series(same("NPS"), (value,), (low,), (high,), (512,))


def figures() -> dict[str, Figure]:
    ticks = tuple(same(f"week {i}") for i in range(20))
    mark = (Mark(DAYS[12] - 3, DAYS[11], DAYS[12], same("8 Jan 2025: 9.4% → 15.8%")),)
    bars = Series(same("Count"), (412.0, 130.0, 77.0, 12.0))
    named = tuple(map(same, ("anger", "disappointment", "a feeling with a rather long name", "none")))
    pains = Series(
        same("Impact"),
        (9.0, 6.0, 5.5, 2.0),
        (8.0, 4.9, 3.0, 1.0),
        (10.0, 7.0, 8.0, 3.0),
        (900,) * 4,
        (400, 200, 90, 30),
    )
    ranks = tuple(Mark(i, 0, 0, same(str(i)), "rank") for i in range(1, 5))
    scatter = Figure("bubble", same("Value and effort"), (3.0, 2.0, 2.0, 1.0), named, (pains,), ranks, "score", 1)
    lines = (_series(), _series("Another", 0.5))
    return {
        "trend": Figure("trend", same("Slow refunds"), DAYS, ticks, (_series(),), mark, low=0.0),
        "two": Figure("trend", same("Two themes"), DAYS, ticks, lines, low=0.0),
        "spark": Figure("spark", same("Slow refunds"), DAYS, ticks, (_series(),)),
        "interval": Figure(
            "interval", same("Impact"), (0.0,), (same("i"),), (_one(4, 2, 7),), (), "score", 1, low=0, high=10
        ),
        "dial": Figure(
            "dial", same("NPS"), (0.0,), (same("NPS"),), (_one(31.4, 27.2, 35.6),), (), "score", 1, low=-100, high=100
        ),
        "bars": Figure("bars", same("Emotions"), (0.0, 1.0, 2.0, 3.0), named, (bars,), unit="count", low=0.0),
        "bubble": scatter,
    }


def chart(name: str, figure: Figure, language: str = "en", links: tuple[str | None, ...] = ()) -> str:
    data = json.dumps(option(figure, language, links=links)).replace("<", "\\u003c")
    return (
        f'<figure class="figure figure-{figure.kind}">'
        f'<div class="chart" id="box-{name}" data-chart="{name}" role="img"></div>'
        f'<script type="application/json" id="{name}">{data}</script></figure>'
    )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_every_kind_of_chart_is_drawn_under_the_policy(site, visit, language, width):
    body = "".join(chart(name, figure, language) for name, figure in figures().items())
    page = visit(site.put("/charts", body, language), width)
    for name in figures():
        page.wait_for_selector(f"#box-{name} svg path", state="attached")
        box = page.locator(f"#box-{name}").bounding_box()
        drawing = page.locator(f"#box-{name} svg").bounding_box()
        assert drawing["width"] == pytest.approx(box["width"], abs=1)
        assert figures()[name].name(language) in page.locator(f"#box-{name}").get_attribute("aria-label")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "31.4" in page.locator("#box-dial").text_content()
    dates = page.locator("#box-trend").text_content()
    assert ("月" in dates) == (language != "en")


def test_a_point_opens_its_sentences_by_mouse_and_by_keys(site, visit):
    links = tuple(f"/sentences?week={i}" for i in range(20))
    for link in links:
        site.pages[link] = (
            f'<div class="drawer-head"><h2>Sentences of {link[-2:]}</h2></div><div class="drawer-body">…</div>'
        )
    page = visit(site.put("/trend", chart("trend", figures()["trend"], links=links)))
    page.wait_for_selector("#box-trend svg path", state="attached")
    page.focus("#box-trend")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("[aria-live]:has-text('week 1')", state="attached")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] #drawer-title:has-text('Sentences of =1')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="hidden")
    assert page.evaluate("document.activeElement.id") == "box-trend"


def test_reduced_motion_is_heard(site, visit):
    page = visit(site.put("/still", chart("bars", figures()["bars"])), reduced_motion="reduce")
    page.wait_for_selector("#box-bars svg path", state="attached")
    first = page.locator("#box-bars svg").inner_html()
    page.wait_for_timeout(150)
    assert page.locator("#box-bars svg").inner_html() == first
