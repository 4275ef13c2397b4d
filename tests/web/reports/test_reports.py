"""Reports say what the pages say, in every language, and nothing that no verdict proved is told to customers."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils.translation import override

from balm.communicate import numbers
from balm.communicate.messages import pick
from balm.core.types import LANGUAGES
from balm.web.painpoints.figures import current
from balm.web.reports.reading import Meeting, Month

PAGES = ("reports/", "reports/executive/", "reports/month/", "reports/said/")


def deck_of(client: Client, language: str) -> Any:
    from pptx import Presentation

    response = client.get("/w/lamps/reports/slides.pptx", {"language": language, "month": "2026-04"})
    assert response.status_code == 200, response.content[:500]
    return Presentation(io.BytesIO(response.content))


def texts(deck: Any) -> list[str]:
    found = []
    for page in deck.slides:
        for shape in page.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_for_members_and_not_for_strangers(
    filled: Any, client_of: Any, other_workspace: Any, page: str
) -> None:
    assert client_of("viewer").get(f"/w/lamps/{page}").status_code == 200
    assert client_of("owner", other_workspace).get(f"/w/lamps/{page}").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_slides_is_the_pages(filled: Any, client_of: Any, language: str) -> None:
    client = client_of("viewer")
    said = texts(deck_of(client, language))
    meeting = Meeting.of(filled, Month.read("2026-04", None))  # type: ignore[arg-type]
    home = client.get("/w/lamps/", headers={"accept-language": language}).content.decode()
    assert meeting.lines
    for line in meeting.lines:
        told = pick(numbers.estimate(meeting.impact(line), "score", meeting.digits["impact"]), language)
        assert told in said
        assert f'<span class="est-value">{told.split(" ")[0]}</span>' in home
        assert f"{line.pain.impact.n:,}" in said
        assert any(pick(line.pain.labels, language) in text for text in said)
    with override(language.lower()):
        from balm.web.reports.files import presentation

        assert presentation(meeting, language)


def test_the_slides_carry_native_charts_with_the_figures_and_notes_with_sources(filled: Any, client_of: Any) -> None:
    deck = deck_of(client_of("viewer"), "en")
    charts = [shape.chart for page in deck.slides for shape in page.shapes if shape.has_chart]
    snapshot = current(filled)
    assert snapshot
    lines = Meeting.of(filled, Month.read("2026-04", None)).lines  # type: ignore[arg-type]
    wanted = [numbers.impact(line.pain.impact).value for line in lines]
    assert list(charts[0].plots[0].series[0].values) == wanted
    assert len(charts) == 4
    assert all(page.has_notes_slide and "1,500" in page.notes_slide.notes_text_frame.text for page in deck.slides)


def test_workbook_and_csv_hold_the_same_pains(filled: Any, client_of: Any) -> None:
    client = client_of("viewer")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/w/lamps/reports/tables.xlsx").content))
    sheet = list(book.worksheets[0].values)
    table = list(csv.reader(io.StringIO(client.get("/w/lamps/reports/pain-points.csv").content.decode("utf-8-sig"))))
    assert list(sheet[0]) == table[0]
    assert [row[1] for row in sheet] == [row[1] for row in table]
    assert len(book.worksheets) == 5


def test_the_story_tells_one_way_without_a_name(filled: Any, client_of: Any, other_workspace: Any) -> None:
    snapshot = current(filled)
    assert snapshot
    theme = snapshot.painpoints[0].theme_id
    html = client_of("viewer").get(f"/w/lamps/reports/story/{theme}/").content.decode()
    assert html.count('class="raised"') >= 1
    assert "C000" not in html  # keys of customers
    assert client_of("viewer").get("/w/lamps/reports/story/no.such/").status_code == 404
    assert client_of("owner", other_workspace).get(f"/w/lamps/reports/story/{theme}/").status_code == 404


def test_months_are_read_and_bad_ones_are_this_month() -> None:
    import datetime as dt

    today = dt.date(2026, 6, 17)
    assert Month.read("2026-02", today).last == dt.date(2026, 2, 28)
    for bad in ("", "2026", "2026-13", "x-y", "99999-1", "0-1"):
        assert Month.read(bad, today).code == "2026-06"
    assert [m.code for m in Month.read("2026-01", today).around(2, 1)] == ["2026-02", "2026-01", "2025-12", "2025-11"]
