"""A merge and its undoing in a real browser, with a worker: the trend is restated and comes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.once]


@pytest.fixture
def address(tmp_path: Path, seed: Callable[..., None], serve: Callable[..., Any]) -> Iterator[str]:
    """A real server and worker with a filled workspace."""
    seed(tmp_path / "served")
    with serve(tmp_path / "served") as running:
        yield running.url


@pytest.fixture
def page(address: str, browser: Any, sign_in: Callable[[str, str], Any]) -> Iterator[Any]:
    """Signed in as an owner."""
    state = sign_in(address, "owner@lamps.example")
    context = browser.new_context(storage_state=state, locale="en-US", viewport={"width": 1280, "height": 900})
    found = context.new_page()
    found.set_default_timeout(60_000)
    found.goto(address)
    yield found
    context.close()


def number(page: Any, theme: str) -> int:
    """Mentions of a theme, as its page says."""
    page.goto(page.url.split("/w/")[0] + f"/w/lamps/codebook/of/{theme}/")
    return int(page.inner_text("dl.facts .evidence").replace(",", ""))


def trend(page: Any, nth: int) -> list[str]:
    """A column of the table under the first chart."""
    rows = "(table, nth) => [...table.querySelectorAll('tbody tr')].map(r => r.querySelectorAll('td')[nth].textContent)"
    return page.locator("#restated .figure-table").first.evaluate(rows, nth)


def test_a_merge_restates_the_trend_and_undoing_it_brings_it_back(page: Any, address: str) -> None:
    late, damaged = number(page, "delivery.late"), number(page, "delivery.damaged")
    page.goto(address + "/w/lamps/codebook/")
    page.evaluate("document.querySelectorAll('.book-group').forEach(group => (group.open = false))")
    page.click(".book-index a >> nth=-1")  # the index unfolds what it names, and keeps what is ticked
    assert page.locator(".book-group[open]").count() == 1
    tick = page.locator("input[name=from][value='delivery.damaged']")
    group = tick.locator("xpath=ancestor::details")
    page.click(f".book-index a[href$='#{group.get_attribute('id')}']")
    tick.check()
    group.locator("summary").click()
    assert not tick.is_visible()
    page.click("#merge button")
    page.select_option("select[name=into]", "delivery.late")
    page.click("form.edit button[type=submit]")
    page.wait_for_url(re.compile("/preview/"))
    assert f"{damaged} mention" in page.inner_text(".sentence")
    page.fill("#why", "One thing for us")
    page.click("form.edit button[type=submit]")
    page.wait_for_url(re.compile("/versions/1/"))
    page.wait_for_selector("#restated table")  # the worker makes new figures; the page shows them by itself
    page.wait_for_selector("#restated svg, #restated canvas")
    restated = trend(page, 3)
    was = trend(page, 0)
    assert restated != was
    assert number(page, "delivery.late") == late + damaged
    page.goto(address + "/w/lamps/codebook/versions/1/")
    page.click("text=Undo this edit")
    page.wait_for_url(re.compile("/preview/"))
    page.click("form.edit button[type=submit]")
    page.wait_for_url(re.compile("/versions/2/"))
    page.wait_for_selector("#restated table")
    page.goto(address + "/w/lamps/codebook/versions/2/")
    page.wait_for_selector("#restated table")
    assert trend(page, 0) == restated
    assert trend(page, 3) == was
    assert (number(page, "delivery.late"), number(page, "delivery.damaged")) == (late, damaged)
