"""Whole ways through the application, as a person goes them, against a real server and worker."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from balm.simulate import simulate

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEADINGS = {
    "feedback_id": "编号",
    "created_at": "评价时间",
    "customer_id": "客户编号",
    "region": "地区",
    "channel": "渠道",
    "tier": "等级",
    "device": "设备",
    "csat": "满意度",
    "comment": "评价内容",
}
PATIENCE = 120_000


def export(folder: Path, comments: int = 800) -> Path:
    """What a Chinese Excel saves as CSV: headings in Chinese, bytes in GB18030."""
    source, _ = simulate(comments=comments, months=4, seed=5).write(folder)
    target = folder / "客户评价导出.csv"
    with source.open(encoding="utf-8-sig", newline="") as read, target.open("w", encoding="gb18030", newline="") as out:
        rows = csv.reader(read)
        writer = csv.writer(out)
        writer.writerow([HEADINGS[name] for name in next(rows)])
        writer.writerows(rows)
    return target


def chosen(page: Any, role: str) -> str:
    """The column that the page took for a role."""
    text: str = page.locator(f"select[name={role}] option:checked").inner_text()
    return text.strip()


def test_from_the_first_start_to_ranked_pain_points(tmp_path: Path, browser: Any, serve: Callable[..., Any]) -> None:
    """She opens the printed link, drags her own export, looks at its columns, starts, and reads what hurts most."""
    file = export(tmp_path)
    with serve(tmp_path / "data") as server:
        link = re.search(r"http\S+/sign-in/\S+", server.said)
        assert link, server.said
        context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(90_000)
        problems: list[str] = []
        page.on("console", lambda said: said.type == "error" and problems.append(said.text))
        page.on("pageerror", lambda error: problems.append(str(error)))

        page.goto(link[0])
        page.click("main button[type=submit]")
        page.wait_for_url(re.compile("/w/"))
        home = page.url
        page.click("main a[href*='/imports/']")
        page.set_input_files("main input[type=file]", file)
        page.wait_for_url(re.compile(r"/imports/\d+/"), timeout=PATIENCE)
        assert chosen(page, "text") == "评价内容"
        assert chosen(page, "score") == "满意度"
        assert chosen(page, "customer") == "客户编号"
        page.click("main button.btn-primary[type=submit]")

        page.wait_for_url(re.compile("/painpoints/"), timeout=PATIENCE)
        page.wait_for_selector("main table tbody tr", timeout=PATIENCE)
        page.goto(home)
        rows = page.locator("main table").first.locator("tbody tr")
        assert rows.count() == 10
        first = rows.first.inner_text()
        assert re.search(r"n = \d", first) and re.search(r"\d[–.]\d", first), first

        evidence = rows.first.locator("a.evidence").first
        n = int(re.sub(r"\D", "", evidence.inner_text()))
        evidence.click()
        page.wait_for_selector("dialog[open] .drawer-body :text('n')", state="attached", timeout=PATIENCE)
        page.goto(evidence.get_attribute("href") and page.url.split("/w/")[0] + str(evidence.get_attribute("href")))
        assert f"{n:,}" in page.locator("main").inner_text(), "the page behind a number counts what the number says"
        assert not problems, problems

        # the old link signs nobody in again
        other = browser.new_context().new_page()
        other.set_default_timeout(90_000)
        answer = other.goto(link[0])
        assert answer.status in (404, 410) and other.locator("main h1").inner_text()
        context.close()


@pytest.mark.parametrize("role", ["manager", "analyst", "front_line", "viewer"])
def test_each_role_sees_only_what_it_may(
    served: str, browser: Any, sign_in: Callable[[str, str], Any], role: str
) -> None:
    from balm.web.people.doors import allowed
    from balm.web.site.nav import PAGES

    context = browser.new_context(storage_state=sign_in(served, f"{role}@lamps.example"), locale="en-US")
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(served + "/w/lamps/")
    shown = page.locator("nav.sidebar li a").all_inner_texts()
    assert [text.strip() for text in shown] == [str(label) for _, label, _, right in PAGES if allowed(role, *right)]
    for path, right in (
        ("imports/", ("import", "read")),
        ("customers/", ("customer", "read")),
        ("settings/audit", ("audit", "read")),
    ):
        answer = page.goto(f"{served}/w/lamps/{path}")
        assert answer.status == (200 if allowed(role, *right) else 403), (role, path)
    context.close()


def test_a_second_workspace_sees_nothing_of_the_first(
    served: str, browser: Any, sign_in: Callable[[str, str], Any]
) -> None:
    context = browser.new_context(storage_state=sign_in(served, "owner@other.example"), locale="en-US")
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(served + "/w/other/")
    assert "Lamps" not in page.content()
    for path in ("", "painpoints/", "feedback/", "customers/", "codebook/", "priorities/", "imports/", "settings/"):
        assert page.goto(f"{served}/w/lamps/{path}").status == 404, path
    context.close()


def test_a_merge_restates_the_trend_and_undo_brings_the_old_one_back(
    served: str, browser: Any, sign_in: Callable[[str, str], Any]
) -> None:
    """Not delivered counts under late delivery: previewed, applied, restated; taken back, and all is as it was."""
    context = browser.new_context(storage_state=sign_in(served, "owner@other.example"), locale="en-US")
    page = context.new_page()
    page.set_default_timeout(90_000)
    base = served + "/w/other/"

    def mentions(theme: str) -> int:
        page.goto(f"{base}feedback/?theme={theme}")
        found = re.search(r"([\d,]+)\s+mentions?", page.locator("main").inner_text())
        return int(found[1].replace(",", "")) if found else 0

    def restated() -> list[str]:
        page.wait_for_selector("#restated table", timeout=PATIENCE)
        page.wait_for_selector("#restated [data-chart] svg", timeout=PATIENCE)
        return [text.strip() for text in page.locator("#restated table").first.locator("tbody tr").all_inner_texts()]

    late, lost = mentions("delivery.late"), mentions("delivery.not_shipped")
    assert late and lost
    page.goto(f"{base}codebook/merge/?from=delivery.not_shipped&into=delivery.late")
    page.click("main form.edit button[type=submit]")
    page.wait_for_url(re.compile("/codebook/preview/"), timeout=PATIENCE)
    assert f"{lost:,}" in page.locator("main").inner_text(), "the preview says how many mentions go over"
    page.click("main form.edit button.btn-primary")
    page.wait_for_url(re.compile(r"/codebook/versions/1/"), timeout=PATIENCE)
    assert any("Late delivery" in row for row in restated())
    # a comment that named both counts once
    both = mentions("delivery.late")
    assert late < both <= late + lost
    assert mentions("delivery.not_shipped") in (0, both), "a retired theme opens what took it over, or nothing"

    page.goto(f"{base}codebook/versions/1/")
    page.click("main .actions button, main .page-head button")
    page.wait_for_url(re.compile(r"/codebook/(preview|versions)/"), timeout=PATIENCE)
    if "/preview/" in page.url:
        page.click("main form.edit button.btn-primary")
    page.wait_for_url(re.compile(r"/codebook/versions/2/"), timeout=PATIENCE)
    assert any("Late delivery" in row for row in restated())
    assert (mentions("delivery.late"), mentions("delivery.not_shipped")) == (late, lost)
    context.close()
