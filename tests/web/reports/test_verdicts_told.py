"""What a verdict found is said alike on its page, the slides, the workbook and one sheet of paper; and customers are
told of it only while it holds."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from balm.communicate.messages import pick
from balm.communicate.slides.charts import _with_gaps
from balm.core.types import LANGUAGES
from balm.web.experiments import selectors as proof
from balm.web.experiments import told
from balm.web.experiments.models import Check
from balm.web.people.models import AuditEntry
from balm.web.reports import services
from balm.web.reports.models import Said

THEME = "delivery.late"
SAID = "/said/lamps/"


def plain(html: str) -> str:
    """The text of a page, as one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def slides_of(client: Client, language: str) -> Any:
    from pptx import Presentation

    response = client.get("/w/lamps/reports/slides.pptx", {"language": language})
    assert response.status_code == 200
    return Presentation(io.BytesIO(response.content))


def page_of(client: Client, path: str, language: str) -> str:
    return plain(client.get(f"/w/lamps/{path}", headers={"accept-language": language}).content.decode())


def cells(deck: Any) -> list[str]:
    shapes = [shape for page in deck.slides for shape in page.shapes]
    texts = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    return texts + [cell.text for s in shapes if s.has_table for row in s.table.rows for cell in row.cells]


def test_slides_say_what_the_pages_of_the_verdict_and_of_the_ledger_say(judged: Any, client_of: Any) -> None:
    check = judged()
    assert check.outcome == "reduced"
    client = client_of("viewer")
    line = proof.all_lines(check.workspace)[0]
    for language in LANGUAGES:
        said = cells(slides_of(client, language))
        sentence, change = pick(line.sentence, language), pick(line.change, language)  # type: ignore[arg-type]
        assert sentence in said and change in said
        for path in (f"proof/checks/{check.pk}/", "reports/executive/", f"reports/story/{THEME}/"):
            assert sentence in page_of(client, path, language), (path, language)
        with override(language.lower()):
            page = proof.ledger(check.workspace)
            row = page.rows[0]
            from balm.web.reports.deck_proof import brought

            gain = brought(row)
        ledger = page_of(client, "proof/ledger/", language)
        assert change in ledger and gain in ledger and gain in said
        assert "48,000 CNY" in said and "48,000 CNY" in ledger
        assert any(check.title in text for text in said)


def test_the_picture_is_a_native_chart_of_the_same_numbers_with_the_start_marked(judged: Any, client_of: Any) -> None:
    check = judged()
    row = proof.newest([check])[check.pk]
    figure = told.picture(row)
    assert figure
    deck = slides_of(client_of("viewer"), "en")
    found = [s.chart for page in deck.slides if page.shapes.title.text.startswith(check.title)
             for s in page.shapes if s.has_chart]  # fmt: skip
    assert len(found) == 1
    drawn = {series.name: list(series.values) for series in found[0].plots[0].series}
    places = _with_gaps(figure.x)
    for series in figure.series:
        wanted = [None if at is None else series.values[at] for _day, at in places]
        assert drawn[pick(series.label, "en")] == wanted
    (start,) = (values for name, values in drawn.items() if name == pick(figure.marks[0].label, "en"))
    assert sum(value is not None for value in start) == 1


def test_the_workbook_holds_the_effect_and_the_cost_as_numbers(judged: Any, client_of: Any) -> None:
    check = judged()
    reading = told.verdict_of(proof.newest([check])[check.pk]).reading
    assert reading
    book = openpyxl.load_workbook(io.BytesIO(client_of("viewer").get("/w/lamps/reports/tables.xlsx").content))
    checks, ledger = list(book["Checks"].values), list(book["Ledger"].values)
    e = reading.effect
    assert checks[1][0] == check.title
    assert checks[1][3:7] == pytest.approx((e.value, e.low, e.high, e.n))
    assert ledger[1][3:7] == pytest.approx((e.value, e.low, e.high, e.n)) and 48000 in ledger[1]


def test_a_useless_fix_is_told_to_nobody_outside(judged: Any, client_of: Any, member: Any) -> None:
    check = judged(effect=0.0)
    assert check.outcome not in ("gone", "reduced")
    assert "What fixes cost and brought" in cells(slides_of(client_of("viewer"), "en"))
    with pytest.raises(services.Refused, match="Only what a verdict proved"):
        services.write(check.workspace, check.pk, {"en": {"said": "a", "did": "b"}}, member("owner"))


HOSTILE = '</p><script>alert(1)</script><img src=x onerror="alert(2)">'


def told_to_customers(client: Client, check: Check, did: str) -> Said:
    client.post(f"/w/lamps/reports/said/{check.pk}/", {"said-en": "Parcels came late.", "did-en": did})
    entry = Said.objects.get(check_of=check)
    client.post("/w/lamps/reports/said/page/", {"open": "1", "firm": f"Lamps {HOSTILE}"})
    client.post(f"/w/lamps/reports/said/entry/{entry.pk}/", {"on": "1"})
    return entry


def test_customers_see_what_is_proved_escaped_and_only_while_the_page_is_open(
    judged: Any, client_of: Any, other_workspace: Any
) -> None:
    check, owner, anybody = judged(), client_of("owner"), Client()
    assert anybody.get(SAID).status_code == 404
    entry = told_to_customers(owner, check, f"We send them from two towns. {HOSTILE}")
    html = anybody.get(SAID).content.decode()
    assert "Parcels came late." in html and "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html and "<img src=x" not in html
    inside = owner.get("/w/lamps/reports/said/").content.decode()
    assert "<script>alert" not in inside and "Take off" in inside
    # Chinese readers see the language that there is
    assert "Parcels came late." in anybody.get(SAID, headers={"accept-language": "zh-tw"}).content.decode()
    stranger = client_of("owner", other_workspace)
    assert stranger.post(f"/w/lamps/reports/said/entry/{entry.pk}/", {"on": "0"}).status_code == 404
    assert client_of("analyst").post("/w/lamps/reports/said/page/", {"open": "0"}).status_code in (403, 404)
    owner.post("/w/lamps/reports/said/page/", {"open": "0"})
    assert anybody.get(SAID).status_code == 404
    assert AuditEntry.objects.filter(workspace=check.workspace, action="report.said_publish").exists()


@pytest.mark.parametrize("change", [{"regressed": "now"}, {"state": "void"}, {"outcome": "cannot tell"}])
def test_an_entry_goes_by_itself_when_its_verdict_does_not_hold(judged: Any, client_of: Any, change: Any) -> None:
    check, owner, anybody = judged(), client_of("owner"), Client()
    entry = told_to_customers(owner, check, "We send them from two towns.")
    assert "two towns" in anybody.get(SAID).content.decode()
    lost = {name: timezone.now() if value == "now" else value for name, value in change.items()}
    Check.objects.filter(pk=check.pk).update(**lost)
    assert "two towns" not in anybody.get(SAID).content.decode()
    assert "does not hold any more" in owner.get("/w/lamps/reports/said/").content.decode()
    with pytest.raises(services.Refused):
        services.publish(check.workspace, entry.pk, check.workspace.memberships.first().user, on=True)
    if "regressed" in change:
        assert "came back" in cells(slides_of(client_of("viewer"), "en"))
