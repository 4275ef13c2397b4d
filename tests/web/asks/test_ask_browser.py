"""The customer's page in a real browser on a phone, without JavaScript, in three languages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from balm.web.asks import services
from balm.web.asks.models import Ask

AXE = Path(__file__).resolve().parents[3] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ABOUT = {"zh-Hans": "送货太迟", "zh-Hant": "送貨太遲", "en": "Late delivery"}
SMALL = """[...document.querySelectorAll('a, button')]
    .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""


@pytest.mark.browser
@pytest.mark.once
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_a_customer_answers_without_javascript(workspace, live_server, browser: Any, *, language: str) -> None:
    row = services.ask(workspace, "ann", "case", 1, about=ABOUT, language=language)
    at = f"{live_server.url}/ask/{services.token(row)}/"
    phone = browser.new_context(viewport={"width": 390, "height": 780}, java_script_enabled=False)
    page = phone.new_page()
    wire = phone.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(at)
    page.click("button[value=partly]")
    assert sum(sizes) < 50_000
    page.fill("textarea", "还是慢")
    page.click("button[type=submit]")
    page.wait_for_url("**done=1**")
    assert phone.cookies() == []
    phone.close()
    row.refresh_from_db()
    assert (row.answer, row.comment) == (Ask.Answer.PARTLY, "还是慢")
    watched = browser.new_context(viewport={"width": 390, "height": 780})
    page = watched.new_page()
    for number, screen in enumerate((at, f"{at}?change=1", f"{at}?done=1")):
        page.goto(screen)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(SMALL) == []
        if folder := os.environ.get("BALM_SHOTS"):
            page.screenshot(path=str(Path(folder) / f"ask-{number}.{language}.390.png"))
        page.evaluate(AXE.read_text("utf-8") + "; null")
        run = "tags => axe.run(document, {runOnly: tags}).then(r => r.violations.map(v => v.id))"
        assert page.evaluate(run, TAGS) == []
    watched.close()
