"""Slides are read back with python-pptx and opened by an office suite; charts stay charts."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from balm.analysis import Analysis
from balm.communicate import figures, numbers
from balm.communicate.figure import Table
from balm.communicate.messages import pick, same, say
from balm.communicate.slides import Slide, render
from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES

SOFFICE = shutil.which("soffice")


@pytest.fixture(scope="module")
def slides(small_analysis: Analysis) -> list[Slide]:
    pains = list(small_analysis.painpoints)[:10]
    rows = tuple((p.labels, numbers.estimate(numbers.impact(p.impact), "score", 1)) for p in pains)
    table = Table((say("col.pain"), say("col.impact")), rows, (1,))
    long = replace(table, rows=rows * 3)
    effort = figures.effort(pains, small_analysis.solvability, 1)
    return [
        Slide(say("figure.ranking"), say("figure.effort"), kind="title", notes=(same("Where it comes from"),)),
        Slide(say("figure.ranking"), figure=figures.ranking(pains, 1), table=table, notes=(same("notes here"),)),
        Slide(pains[0].labels, figure=figures.trend(pains[0]), quotes=tuple(q.text for q in pains[0].quotes[:3])),
        Slide(say("figure.effort"), figure=effort),
        Slide(say("figure.ranking"), table=long),
    ]


def read(data: bytes) -> Any:
    from pptx import Presentation

    return Presentation(io.BytesIO(data))


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_native_and_carry_the_figures_numbers(slides: list[Slide], language: str) -> None:
    deck = read(render(slides, language))
    charts = {s.title.text: c.chart for p in deck.slides for c in p.shapes if c.has_chart for s in [p.shapes]}
    assert len(charts) == 3
    for slide in slides:
        if slide.figure is None:
            continue
        chart = charts[pick(slide.title, language)]
        assert chart.part.chart_workbook.xlsx_part is not None  # what "edit data" opens
        drawn = {s.name: list(s.values) for plot in chart.plots for s in plot.series}
        series = slide.figure.series[0]
        if slide.figure.kind == "bubble":
            assert [v for values in drawn.values() for v in values] == [v for v in series.values if v is not None]
        else:
            assert drawn[pick(series.label, language)] == list(series.values)
    trend = charts[pick(slides[2].title, language)]
    low = pick(say("slide.low", name=slides[2].figure.series[0].label), language)  # type: ignore[union-attr]
    assert low in [s.name for s in trend.plots[0].series]
    bars = charts[pick(slides[1].title, language)].plots[0].series[0]._element
    assert len(bars.findall(".//{*}errBars/{*}plus/{*}numLit/{*}pt")) == len(slides[1].figure.ticks)  # type: ignore[union-attr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_hold_every_row_and_go_on_where_they_are_long(slides: list[Slide], language: str) -> None:
    deck = read(render(slides, language))
    cells = [
        [cell.text for cell in row.cells]
        for page in list(deck.slides)[4:]
        for shape in page.shapes
        if shape.has_table
        for row in list(shape.table.rows)[1:]
    ]
    assert slides[4].table
    assert cells == [[pick(c, language) for c in row] for row in slides[4].table.rows]
    titles = [page.shapes.title.text for page in deck.slides]
    assert pick(say("slide.continued", title=slides[4].title), language) in titles


def test_notes_language_and_font_are_written(slides: list[Slide]) -> None:
    deck = read(render(slides, "zh-Hant"))
    assert deck.slides[1].notes_slide.notes_text_frame.text == "notes here"
    run = deck.slides[0].shapes.title.text_frame.paragraphs[0].runs[0]
    assert run._r.rPr.get("lang") == "zh-TW"
    assert run._r.rPr.find("{*}ea").get("typeface") == "Microsoft JhengHei"


def test_wrong_use_is_refused(slides: list[Slide]) -> None:
    with pytest.raises(WrongUse, match="language"):
        render(slides, "fr")
    with pytest.raises(WrongUse, match="at least one"):
        render([], "en")


@pytest.mark.slow
@pytest.mark.skipif(not SOFFICE, reason="NO LIBREOFFICE: tests/setup.sh installs it")
def test_an_office_suite_opens_them(slides: list[Slide], tmp_path: Path) -> None:
    path = tmp_path / "deck.pptx"
    path.write_bytes(render(slides, "zh-Hans"))
    command = [str(SOFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=180)
    subprocess.run(["pdftoppm", "-r", "50", "-png", "deck.pdf", "page"], cwd=tmp_path, check=True)
    pages = sorted(tmp_path.glob("page-*.png"))
    assert len(pages) == len(read(path.read_bytes()).slides) == 7
    assert min(p.stat().st_size for p in pages) > 3_000  # nothing is blank


@pytest.mark.parametrize(
    ("text", "width", "wanted"),
    [("", 3, 1), ("one", 3, 1), ("two words " * 10, 3, 5), ("字" * 36, 3, 2), ("a\nb", 3, 2), ("x" * 200, 3, 7)],
)
def test_lines_are_counted_without_fonts(text: str, width: float, wanted: int) -> None:
    from balm.communicate.slides import fit

    assert abs(fit.lines(text, width, 12) - wanted) <= 1


def test_nothing_reaches_below_the_edge() -> None:
    """Long cells make high rows: the table goes on, and points that do not fit get a slide of their own."""
    from balm.communicate.slides import fit
    from balm.communicate.slides.render import BOTTOM, EDGE, WIDTH

    rows = tuple((same("很长的一句话，" * n), same("a rather long sentence " * 5)) for n in range(1, 25))
    slide = Slide(same("Title " * 30), same("Lead " * 60), table=Table((same("A"), same("B")), rows),
                  points=(same("A point. " * 20),) * 4)  # fmt: skip
    talk = Slide(same("Talk"), points=(same("A point. " * 12),) * 6, quotes=("客户的原话，" * 30,) * 6)
    deck = read(render([slide, talk], "zh-Hans"))
    inch = 914_400
    drawn = []
    for page in deck.slides:
        for shape in page.shapes:
            if shape.has_table:
                drawn += [[cell.text for cell in row.cells] for row in list(shape.table.rows)[1:]]
                assert shape.top + sum(row.height for row in shape.table.rows) <= (BOTTOM + 0.01) * inch
            elif shape.has_text_frame and shape.text_frame.text:
                paragraphs = shape.text_frame.paragraphs
                size = paragraphs[0].runs[0].font.size.pt
                wide, room = shape.width / inch - 0.2, shape.height / inch
                assert fit.height([p.text for p in paragraphs], wide, size) <= room, shape.text_frame.text[:40]
                assert shape.left >= EDGE * inch - 1 and shape.left + shape.width <= WIDTH * inch
    assert drawn == [[pick(cell, "zh-Hans") for cell in row] for row in rows]
    assert sum("A point." in s.text_frame.text for p in deck.slides for s in p.shapes if s.has_text_frame) == 2
