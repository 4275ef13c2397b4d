"""The executive page prints on one sheet, however much there is to say."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders

from balm.web.painpoints.figures import current

LANGUAGES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-US"}
LONG = "Tell every customer the new day of delivery before they ask, in their language, by message and on the page"


@pytest.fixture
def busy(filled: Any, member: Any, judged: Any) -> Any:
    """Five pains; plans with long names for all but one, three verdicts, many late tasks."""
    from balm.web.plans import services, tasks

    for seed in (1, 2, 5):
        judged(title=LONG, seed=seed)
    snapshot = current(filled)
    assert snapshot
    for pain in snapshot.painpoints[:6]:
        if pain.theme_id.startswith("found."):
            continue
        plan = services.create(filled, services.Draft(LONG, "communication", (pain.theme_id,)), member("owner"))
        late = tasks.TaskDraft(LONG, owner=member("analyst").pk, due=dt.date(2026, 1, 5))
        tasks.add(filled, plan.number, late, member("owner"))
    return filled


def answers(where: str, said: Any) -> Callable[[Any], None]:
    """The page that was asked for before, and files beside it: nothing here asks the database."""

    def answer(route: Any) -> None:
        path = urlsplit(route.request.url).path
        found = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
        if path == where:
            route.fulfill(status=said.status_code, headers=dict(said.items()), body=said.content)
        elif found:
            route.fulfill(path=found)
        else:
            route.fulfill(status=404)

    return answer


@pytest.mark.browser
@pytest.mark.once
@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdfinfo"), reason="NO PDFINFO: tests/setup.sh installs it")
def test_the_executive_page_prints_on_one_sheet(busy: Any, browser: Any, client_of: Any, tmp_path: Path) -> None:
    client, where = client_of("viewer"), "/w/lamps/reports/executive/"
    for language, locale in LANGUAGES.items():
        said = client.get(where, headers={"accept-language": language})
        context = browser.new_context(locale=locale)
        page = context.new_page()
        page.route("**/*", answers(where, said))
        page.goto(f"http://testserver{where}")
        assert page.evaluate("document.documentElement.lang").lower() == language
        assert page.locator("table.pains tbody tr").count() == 5
        assert page.locator(".two li").count() >= 6
        file = tmp_path / f"{language}.pdf"
        page.pdf(path=str(file), prefer_css_page_size=True)
        context.close()
        told = subprocess.run(["pdfinfo", str(file)], capture_output=True, text=True, check=True).stdout
        facts = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
        assert facts["Pages"].strip() == "1", (language, facts)
        wide, high = (float(x) for x in facts["Page size"].split("pts")[0].split("x"))
        assert (round(wide), round(high)) == (842, 595)  # A4, on its side
