"""New figures come onto a page by themselves, and wait while a person writes there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.once]


def recode(page: Any, url: str, mention: str) -> None:
    """Code a mention by hand, as in another window: new figures follow."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    answer = page.request.post(
        f"{url}/w/lamps/feedback/recode/", form={"mention": mention, "theme": ""}, headers={"X-CSRFToken": token}
    )
    assert answer.ok


def test_new_figures_come_by_themselves_unless_somebody_writes(
    tmp_path: Path,
    browser: Any,
    sign_in: Callable[[str, str], Any],
    seed: Callable[..., None],
    serve: Callable[..., Any],
) -> None:
    data = tmp_path / "data"
    seed(data)
    with serve(data) as running:
        url = running.url
        context = browser.new_context(storage_state=sign_in(url, "analyst@lamps.example"))
        page = context.new_page()
        page.set_default_timeout(90_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}/w/lamps/feedback/")
        shown = page.locator("#now").get_attribute("hx-get")
        page.evaluate("window.sameDocument = true")

        recode(page, url, "F0000000|0")
        expect(page.locator("#now")).not_to_have_attribute("hx-get", shown, timeout=90_000)
        expect(page.locator("[data-fresh]")).to_have_count(0)
        assert page.evaluate("window.sameDocument"), "the page was not loaded anew"

        field = page.locator("main input[type=search]").first
        field.focus()
        shown = page.locator("#now").get_attribute("hx-get")
        recode(page, url, "F0000001|0")
        expect(page.locator("[data-fresh]")).to_be_visible(timeout=90_000)
        page.wait_for_timeout(2500)
        expect(page.locator("#now")).to_have_attribute("hx-get", shown)
        field.blur()
        expect(page.locator("#now")).not_to_have_attribute("hx-get", shown, timeout=20_000)
        assert errors == []
        context.close()
