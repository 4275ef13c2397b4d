"""The page in a real Chromium, opened from a file with the network watched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from balm.communicate import build_report, write_html
from balm.core.types import LANGUAGES

pytestmark = pytest.mark.browser

A4 = {"width": 695, "height": 1032}  # the inside of the page's margins, at 96 dots an inch


@pytest.fixture(scope="module")
def files(report, large, shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    made = {code: write_html(report, folder / f"{code}.html", code) for code in LANGUAGES}
    made["large"] = write_html(large, folder / "large.html")
    return made | {"capped": write_html(build_report(**shop, cap=600), folder / "capped.html")}


@pytest.fixture
def visit(browser, files):
    """Open a page; at the end nothing may have been logged, thrown or asked of the network."""
    pages, faults = [], []

    def opened(name="en", width=1280, height=800, **context):
        page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.append(request.url) if not request.url.startswith("file:") else None)
        page.goto(files[name].as_uri())
        pages.append(page)
        return page

    yield opened
    for page in pages:
        assert page.evaluate("window.hacked") is None
        page.context.close()
    assert not faults


def listed(page) -> list[str]:
    """The items of the drawer, over all of its pages."""
    page.wait_for_function("document.querySelectorAll('#d-list li').length > 0")
    out = []
    while True:
        out += page.locator("#d-list li").all_inner_texts()
        if page.locator("#d-next").is_disabled():
            return out
        page.click("#d-next")


def sentences(page) -> list[str]:
    """The mentions in question, over all pages of the drawer, without what stands around them."""
    page.wait_for_function("document.querySelectorAll('#d-list li').length > 0")
    out = []
    while True:
        out += page.locator("#d-list .m").all_inner_texts()
        if page.locator("#d-next").is_disabled():
            return out
        page.click("#d-next")


def test_the_language_switches_without_reload(visit, report):
    page = visit("en")
    page.evaluate("window.kept = true")
    page.locator("details.pain").nth(2).locator("summary").first.click()
    for code in ("zh-Hans", "zh-Hant", "en"):
        page.click(f"[data-language={code}]")
        assert page.evaluate("document.documentElement.lang") == code
        assert page.locator(".ranked .c-pain a").first.inner_text() == report.painpoints[0].labels[code]
        assert page.locator("h1").inner_text() == report.headline[code]
        assert page.locator(f"[data-language={code}]").get_attribute("aria-pressed") == "true"
        assert page.locator("[aria-pressed=true]").count() == 1
    assert page.evaluate("window.kept") is True
    assert page.locator("details.pain").nth(2).evaluate("e => e.open"), "what is open stays open"


def test_a_switched_page_reads_as_one_rendered_in_that_language(visit):
    script = "[...document.querySelectorAll('main, footer > p, title')].map(e => e.textContent).join('|')"
    switched = visit("en")
    switched.click("[data-language=zh-Hant]")
    assert switched.evaluate(script) == visit("zh-Hant").evaluate(script)


def test_every_count_opens_exactly_what_it_counts(visit):
    page = visit("zh-Hans")
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    wrong, tried = [], 0
    for button in page.locator("button[data-q]").all()[::7]:
        n = int(button.get_attribute("data-n"))
        button.click()
        page.wait_for_function("document.getElementById('d-page').textContent !== '' && view.all.length > 0")
        if page.evaluate("view.all.length") != n:
            wrong.append((button.get_attribute("data-q"), n, page.evaluate("view.all.length")))
        page.keyboard.press("Escape")
        tried += 1
    assert tried > 40
    # comments and languages of the whole file count rows; the made-up shop gives each comment a mention
    assert not wrong


def test_the_list_holds_each_sentence_once_page_by_page(visit, shop, report):
    page = visit("en")
    p = report.painpoints[1]
    page.locator(".ranked tbody").nth(1).locator("button").nth(0).click()
    found = sentences(page)
    assert len(found) == p.mentions
    expected = [
        row["text"]
        for table in shop["mentions"]
        for row in table.to_pylist()
        if row["theme_id"] == p.theme_id and row["sentiment"] == "negative"
    ]
    assert sorted(found) == sorted(expected)
    assert page.locator("#d-list li").count() <= 50


def test_comments_and_customers_gather_their_sentences(visit, report):
    page = visit("en")
    p = report.painpoints[0]
    row = page.locator(".ranked tbody").nth(0).locator("button")
    for i, n in ((1, p.comments), (2, p.customers)):
        row.nth(i).click()
        assert len(listed(page)) == n
        page.click("#d-close")


def test_filters_by_word_language_and_score(visit):
    page = visit("en")
    page.locator(".ranked tbody").nth(0).locator("button").nth(0).click()
    everything = sentences(page)
    page.fill("#d-word", "REFUND")
    found = sentences(page)
    assert found == [t for t in everything if "refund" in t.lower()]
    assert page.locator("#d-list mark").first.inner_text().lower() == "refund"
    page.fill("#d-word", "")
    page.select_option("#d-language", "zh-Hant")
    hant = sentences(page)
    assert 0 < len(hant) < len(everything)
    assert page.locator("#d-list p").first.get_attribute("lang") == "zh-Hant"
    page.select_option("#d-score", "2")
    assert all("Score 2" in t for t in listed(page))
    page.fill("#d-word", "no such word")
    page.wait_for_function("document.querySelectorAll('#d-list li').length === 0")
    assert "No sentence" in page.locator("#d-page").inner_text()


def test_a_capped_page_says_what_it_leaves_out(visit, report):
    page = visit("capped")
    p = report.painpoints[0]
    page.locator(".ranked tbody").nth(0).locator("button").nth(0).click()
    page.wait_for_function("document.querySelectorAll('#d-list li').length > 0")
    note = page.locator("#d-note").inner_text()
    assert re.fullmatch(
        rf"Showing \d+ of {p.mentions}, sampled evenly; all of them are in mentions.parquet, "
        rf"theme_id = {re.escape(p.theme_id)}, sentiment = negative\.",
        note,
    )


def test_hostile_sentences_stay_words(visit, report):
    page = visit("en")
    page.locator(".facts button").nth(1).click()
    page.fill("#d-word", "hacked")
    found = listed(page)
    assert any("</script><script>" in t for t in found)
    assert any("<img src=x" in t for t in found)
    assert page.locator("#d-list img, #d-list script").count() == 0
    page.fill("#d-word", "HYPERLINK")
    assert len(listed(page)) == 1


def test_a_mention_stands_among_its_neighbors(visit, shop):
    page = visit("en")
    rows = [row for table in shop["mentions"] for row in table.to_pylist()]
    i = next(
        i
        for i, row in enumerate(rows)
        if row["theme_id"] == "delivery.late"
        and row["sentiment"] == "negative"
        and row["mention"] == 1
        and "script" not in rows[i - 1]["text"]
        and "refund" not in rows[i - 1]["text"]
    )
    page.locator('button[data-q*="delivery.late"]').first.click()
    page.fill("#d-word", rows[i]["text"])
    page.wait_for_function("document.querySelectorAll('#d-list li').length > 0")
    item = page.locator("#d-list li", has_text=rows[i]["feedback_id"]).first
    around = item.locator("p").first.locator(".ctx").all_inner_texts()
    mine = [r["text"] for r in rows if r["feedback_id"] == rows[i]["feedback_id"]]
    assert rows[i - 1]["text"] in around
    assert set(around) <= set(mine)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_real_sizes_stay_in_place(visit, language, width):
    page = visit("large", width)
    page.click(f"[data-language={language}]")
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("details.pain").count() == 40
    assert page.locator(".short tbody tr").count() == 140
    tall = page.evaluate("[...document.querySelectorAll('.ranked .figures')].map(e => e.offsetHeight)")
    assert max(tall) < (560 if width == 390 else 240), "long names and ties do not stretch the rows"
    last = page.locator(".short tbody tr").last.locator("button")
    last.last.click()  # a phone leaves the column of mentions out
    page.wait_for_function("document.getElementById('d-page').textContent !== ''")
    assert page.locator("#drawer").evaluate("e => e.open")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_scrolls_sideways(visit, language, width):
    page = visit(language, width)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".ranked button").first.click()
    page.wait_for_function("document.querySelectorAll('#d-list li').length > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_prints_on_one_sheet(visit, language):
    page = visit(language, A4["width"], A4["height"])
    page.emulate_media(media="print")
    bottom = page.evaluate("document.querySelector('.summary').getBoundingClientRect().bottom")
    assert bottom <= A4["height"]
    assert page.evaluate("getComputedStyle(document.querySelector('.summary')).breakAfter") == "page"


def test_it_can_be_used_with_the_keyboard_alone(visit):
    page = visit("en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    button = page.locator(".ranked button").first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#d-list li').length > 0")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    assert not page.locator("#drawer").evaluate("e => e.open")
    assert button.evaluate("e => e === document.activeElement"), "focus returns to the count"
    page.locator(".c-pain a").nth(3).focus()
    page.keyboard.press("Enter")
    assert page.locator("#p-4").evaluate("e => e.open")


def test_it_reads_without_a_script(visit, report):
    page = visit("zh-Hant", java_script_enabled=False)
    assert page.locator(".ranked tbody").count() == 10
    assert page.locator("#p-1 .quote").count() >= 3
    assert page.locator("noscript p").is_visible()
    assert not page.locator(".switch").is_visible()
    assert page.locator("#p-1 svg.trend").is_visible()


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core, which the front end's packages bring along."""
    return (Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-Hant", 390), ("zh-Hans", 1280)])
def test_no_barrier_that_axe_knows(visit, axe, language, width):
    page = visit(language, width)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.evaluate(axe + "; null")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    run = (
        "tags => axe.run(document, {runOnly: tags}).then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    )
    assert page.evaluate(run, tags) == []
    page.locator(".ranked button").first.click()
    page.wait_for_function("document.querySelectorAll('#d-list li').length > 0")
    assert page.evaluate(run.replace("document,", "'#drawer',"), tags) == []
