"""Every page in a real browser: three languages, wide and narrow; accessible, within policy, small, and readable."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).resolve().parents[3] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-US"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIRE = 600_000

PAGES = {
    "home": "/w/lamps/",
    "home, empty": "/w/empty/",
    "pain points": "/w/lamps/painpoints/",
    "pain points, empty": "/w/empty/painpoints/",
    "feedback": "/w/lamps/feedback/",
    "feedback, searched": "/w/lamps/feedback/?q=退款&sentiment=negative",
    "feedback, nothing found": "/w/lamps/feedback/?q=qqqqqqqq",
    "feedback, empty": "/w/empty/feedback/",
    "customers": "/w/lamps/customers/",
    "customers, empty": "/w/empty/customers/",
    "keys alike": "/w/lamps/customers/alike/",
    "codebook": "/w/lamps/codebook/",
    "theme": "/w/lamps/codebook/of/delivery.late/",
    "new theme": "/w/lamps/codebook/new/theme/",
    "merge": "/w/lamps/codebook/merge/?from=delivery.late",
    "split": "/w/lamps/codebook/split/?from=delivery.late",
    "teach": "/w/lamps/codebook/of/delivery.late/teach/",
    "versions": "/w/lamps/codebook/versions/",
    "agreement": "/w/lamps/codebook/agreement/",
    "priorities": "/w/lamps/priorities/",
    "proof": "/w/lamps/proof/",
    "proof, empty": "/w/empty/proof/",
    "new check": "/w/lamps/proof/register/?theme=delivery.late&by=region",
    "new check, list": "/w/lamps/proof/register/?theme=delivery.late&by=list",
    "measurements": "/w/lamps/proof/measurements/",
    "new experiment": "/w/lamps/proof/experiments/new/",
    "ledger": "/w/lamps/proof/ledger/",
    "plans": "/w/lamps/plans/",
    "plans, empty": "/w/empty/plans/",
    "timeline": "/w/lamps/plans/timeline/",
    "new plan": "/w/lamps/plans/new/?theme=delivery.late&playbook=keep_posted",
    "loops": "/w/lamps/plans/loops/",
    "office": "/w/lamps/office/?team=new_experience",
    "office, contact center": "/w/lamps/office/?team=contact_center",
    "reports": "/w/lamps/reports/",
    "reports, empty": "/w/empty/reports/",
    "executive": "/w/lamps/reports/executive/",
    "plan of the month": "/w/lamps/reports/month/",
    "story": "/w/lamps/reports/story/delivery.late/",
    "said": "/w/lamps/reports/said/",
    "cases": "/w/lamps/cases/",
    "cases, empty": "/w/empty/cases/",
    "my cases": "/w/lamps/cases/mine/",
    "low scores": "/w/lamps/cases/low-scores/",
    "low scores, empty": "/w/empty/cases/low-scores/",
    "cases in numbers": "/w/lamps/cases/report/",
    "rules of cases": "/w/lamps/cases/rules/",
    "new rule": "/w/lamps/cases/rules/new/",
    "rules tried": "/w/lamps/cases/rules/try/",
    "macros": "/w/lamps/cases/macros/",
    "service times": "/w/lamps/cases/times/",
    "new service times": "/w/lamps/cases/times/new/",
    "deliveries": "/w/lamps/deliveries/",
    "deliveries, empty": "/w/empty/deliveries/",
    "channels": "/w/lamps/deliveries/channels/",
    "new channel": "/w/lamps/deliveries/channels/new/dingtalk/",
    "contacts": "/w/lamps/deliveries/contacts/",
    "new contact": "/w/lamps/deliveries/contacts/new/",
    "contacts file": "/w/lamps/deliveries/contacts/files/",
    "writing to customers": "/w/lamps/deliveries/settings/",
    "imports": "/w/lamps/imports/",
    "new import": "/w/lamps/imports/new/",
    "people": "/w/lamps/settings/",
    "general": "/w/lamps/settings/general",
    "keys": "/w/lamps/settings/keys",
    "audit": "/w/lamps/settings/audit",
    "health": "/w/lamps/settings/health",
    "me": "/me/",
    "second factor": "/account/2fa/",
    "password": "/account/password/change/",
    "new workspace": "/workspaces/new",
    "not found": "/w/nobody/",
}
"""Pages by address; those below are found by following the first link of that kind on one of these."""

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.once]


@pytest.fixture(scope="session")
def addresses(served: str, browser: Any, signed_in: Any) -> dict[str, str]:
    """Name → address of every page, those of single objects found by their links."""
    context = browser.new_context(storage_state=signed_in)
    page = context.new_page()
    page.set_default_timeout(90_000)
    found = dict(PAGES)
    for name, (where, pattern) in LINKED.items():
        page.goto(served + found[where])
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        matching = [link for link in links if re.search(pattern, link)]
        assert matching, f"no link to {name} on {where}: {links[:40]}"
        found[name] = matching[0]
    context.close()
    return found


BARRIERS = {("en", 1280), ("zh-hans", 390), ("zh-hant", 390)}
"""Where axe looks, the slow part: every language and both widths, as the markup differs by neither."""

LINKED = {
    "pain point": ("pain points", r"^/w/lamps/painpoints/of/[^/?]+/$"),
    "comment": ("feedback", r"^/w/lamps/feedback/of/[^/?]+/$"),
    "check": ("proof", r"^/w/lamps/proof/checks/\d+/$"),
    "experiment": ("proof", r"^/w/lamps/proof/experiments/trial-lamps/$"),
    "customer": ("customers", r"^/w/lamps/customers/of/[^/?]+/$"),
    "case": ("cases", r"^/w/lamps/cases/\d+/$"),
    "plan": ("plans", r"^/w/lamps/plans/\d+/$"),
    "task": ("plan", r"^/w/lamps/plans/\d+/tasks/\d+/$"),
    "loop": ("loops", r"^/w/lamps/plans/loops/\d+/$"),
    "review": ("loops", r"^/w/lamps/plans/reviews/\d+/$"),
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(
    served: str, browser: Any, signed_in: Any, addresses: dict[str, str], *, language: str, width: int
) -> None:
    problems: list[str] = []
    context = browser.new_context(
        storage_state=signed_in, locale=LANGUAGES[language], viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on("console", lambda said: said.type == "error" and problems.append(f"{page.url}: {said.text}"))
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    bytes_: list[float] = []
    wire.on("Network.loadingFinished", lambda event: bytes_.append(event["encodedDataLength"]))
    for name, address in addresses.items():
        bytes_.clear()
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        page.goto(served + address)
        page.wait_for_selector("[data-chart]:not(:has(svg))", state="detached")
        if name == "not found":
            problems[:] = [p for p in problems if "404" not in p]
        shot = os.environ.get("BALM_SHOTS")
        if shot:
            page.screenshot(path=str(Path(shot) / f"{name.replace(' ', '-')}.{language}.{width}.png"), full_page=True)
        sent = page.evaluate("document.documentElement.lang")
        if sent.lower() != language:
            problems.append(f"{name}: the page says that it is in {sent}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"{name}: wider than the screen")
        if sum(bytes_) > WIRE:
            problems.append(f"{name}: {sum(bytes_) / 1000:.0f} KB over the wire")
        if (language, width) in BARRIERS:
            problems += [f"{name}: {broken}" for broken in _barriers(page)]
    context.close()
    assert not problems, f"{language}, {width} px:\n" + "\n".join(problems)


def _barriers(page: Any) -> list[str]:
    page.evaluate("document.querySelectorAll('main details').forEach(e => e.open = true)")
    page.evaluate(AXE.read_text("utf-8") + "; null")
    run = "tags => axe.run(document, {runOnly: tags}).then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))"
    return [str(found)[:300] for found in page.evaluate(run, TAGS)]
