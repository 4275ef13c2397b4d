"""`balm demo`: what somebody sees who has just installed it."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from journey import BALM

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.once]


@contextmanager
def demo(data: Path, environment: dict[str, str]) -> Iterator[str]:
    """The demo, running; gives the link that signs in."""
    command = [BALM, "demo", "--data", str(data), "--port", "0", "--no-open", "--comments", "6000"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http\S+/sign-in/\S+", line):
                yield found[0]
                break
        else:
            raise AssertionError(said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@contextmanager
def signed_in(browser: Any, link: str, locale: str) -> Iterator[tuple[Any, str]]:
    context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(link)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile("/w/demo/"))
    yield page, page.url.split("/w/")[0] + "/w/demo/"
    context.close()


def test_the_demo_has_an_answer_to_did_it_work(
    tmp_path: Path, browser: Any, environ: Callable[[Path], dict[str, str]]
) -> None:
    data = tmp_path / "demo"
    with demo(data, environ(data)) as link, signed_in(browser, link, "en-US") as (page, home):
        page.goto(home)
        row = page.locator(".home-table tbody tr", has=page.locator("a[href*='delivery.late']")).first.inner_text()
        assert "gone" in row and "registered 2026-05-01" in row and "A second warehouse in the South" in row
        assert "A simulated company" in page.inner_text("main")
        page.goto(home + "proof/checks/1/")
        text = page.inner_text("main")
        assert "Closed: the figures say that it is gone, and the customers do not disagree." in text
        assert "That day is simulated, as the company is" in text
        page.goto(home + "proof/checks/2/")  # of a plan at work: registered by today's clock
        assert "That day is simulated" not in page.inner_text("main")
        page.goto(home + "plans/")
        cards = page.inner_text("main")
        assert all(name in cards for name in ("Proven", "Running", "Draft"))
        page.goto(home + "plans/loops/1/")
        assert "waits to be held" in page.inner_text("main")
    with demo(data, environ(data)) as link, signed_in(browser, link, "en-US") as (page, home):
        page.goto(home + "plans/")
        assert page.inner_text("main") == cards, "given again, it keeps what is there"
