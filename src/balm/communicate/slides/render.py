"""Slides as a file of PowerPoint."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from balm.communicate.figure import Table
from balm.communicate.messages import pick, say
from balm.communicate.slides import fit
from balm.communicate.slides.charts import chart
from balm.communicate.slides.look import ACCENT, INK, LATIN, PALE, RULE, SOFT, font_of
from balm.communicate.slides.slide import Slide
from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES, Labels

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.6
TOP = 1.75
"""Inches: the page, its margin, where what is under the head begins."""

BOTTOM = HEIGHT - 0.55
CELL, CELL_EDGE = 11, 0.06
"""Points of a table's texts; inches left and right of them."""

_BOX = 0.2
"""Inches that a text box keeps free at its sides."""


def render(slides: Sequence[Slide], language: str) -> bytes:
    """The bytes of a .pptx in `language`. Raises WrongUse for an unknown language or no slide at all."""
    from pptx import Presentation
    from pptx.util import Inches

    if language not in LANGUAGES:
        raise WrongUse(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    if not slides:
        raise WrongUse("a presentation needs at least one slide")
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    pages = [page for slide in slides for page in _pages(slide, language)]
    for number, slide in enumerate(pages, 1):
        _Page(deck, language).draw(slide, number)
    deck.core_properties.title = pick(slides[0].title, language)
    deck.core_properties.author = "Balm"
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _pages(slide: Slide, language: str) -> Iterator[Slide]:
    """A slide, and what does not fit on it on further ones under the same title: rows of its table, then its points."""
    if slide.table is None:
        yield slide
        return
    rows, room = slide.table.rows, BOTTOM - TOP
    title: Labels = say("slide.continued", title=slide.title)
    page = replace(slide, points=(), quotes=())
    while True:
        width = _halves((EDGE, TOP, WIDTH - 2 * EDGE, room))[1][2] if page.figure is not None else WIDTH - 2 * EDGE
        heights = _heights(replace(slide.table, rows=rows), _shares(slide, width), language)
        taken, used = 0, heights[0]
        while taken < len(rows) and (not taken or used + heights[taken + 1] <= room):
            used, taken = used + heights[taken + 1], taken + 1
        page = replace(page, table=replace(slide.table, rows=rows[:taken]))
        rows = rows[taken:]
        if not rows:
            break
        yield page
        page = Slide(title, widths=slide.widths, notes=slide.notes)
    if not (slide.points or slide.quotes):
        yield page
        return
    texts = [pick(point, language) for point in slide.points]
    if used + 0.15 + fit.height(texts, width - _BOX, 12, 6) <= room:
        yield replace(page, points=slide.points, quotes=slide.quotes)
    else:
        yield page
        yield Slide(title, points=slide.points, quotes=slide.quotes, notes=slide.notes)


def _shares(slide: Slide, width: float) -> list[float]:
    """Inches of each column of its table."""
    assert slide.table is not None
    columns = len(slide.table.columns)
    shares = list(slide.widths) if len(slide.widths) == columns else [1.0] * columns
    return [width * share / sum(shares) for share in shares]


def _heights(table: Table, widths: Sequence[float], language: str) -> list[float]:
    """Inches of each row, its head first, by the cell that takes most lines."""
    found = []
    for row in (table.columns, *table.rows):
        cells = zip((pick(cell, language) for cell in row), widths, strict=True)
        most = max(fit.lines(text, wide - 2 * CELL_EDGE, CELL) for text, wide in cells)
        found.append(max(0.34, most * CELL * fit.SPACING / 72 + 0.1))
    return found


class _Page:
    """One slide while it is drawn."""

    def __init__(self, deck: Any, language: str) -> None:
        self._slide = deck.slides.add_slide(deck.slide_layouts[5])  # a title, and nothing else
        self._language = language

    def draw(self, slide: Slide, number: int) -> None:
        first = slide.kind == "title"
        self._title(slide.title, first)
        if slide.lead:
            place = (EDGE, 3.9 if first else 1.12, WIDTH - 2 * EDGE, 0.6)
            self._text([self._say(slide.lead)], place, (20, 18, 16) if first else (16, 14, 13, 12, 11))
        top = 4.6 if first else TOP
        body = (EDGE, top, WIDTH - 2 * EDGE, BOTTOM - top)
        beside = slide.figure is not None and (slide.table or slide.points or slide.quotes)
        left, right = _halves(body) if beside else (body, body)
        if slide.figure is not None:
            self._chart(slide, left)
        texts = [self._say(point) for point in slide.points]
        if slide.table:
            height = self._table(slide, right)
            right = (right[0], right[1] + height + 0.15, right[2], right[3] - height - 0.15)
        if texts or slide.quotes:
            sizes = (14, 13, 12, 11, 10) if beside or slide.table else (16, 14, 13, 12, 11, 10)
            self._text(texts, right, sizes, bullets=not first, quotes=slide.quotes)
        if slide.notes:
            notes = self._slide.notes_slide.notes_text_frame
            notes.text = "\n".join(self._say(note) for note in slide.notes)
        if not first:
            self._text([str(number)], (WIDTH - 1.2, HEIGHT - 0.45, 0.6, 0.3), (10,), color=SOFT, right=True)

    def _say(self, labels: Labels) -> str:
        return pick(labels, self._language)

    def _title(self, title: Labels, first: bool) -> None:
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Inches, Pt

        shape = self._slide.shapes.title
        shape.left, shape.width = Inches(EDGE), Inches(WIDTH - 2 * EDGE)
        shape.top, shape.height = Inches(2.6 if first else 0.35), Inches(1.2 if first else 0.8)
        frame = shape.text_frame
        frame.text, frame.word_wrap = self._say(title), True
        frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        room, sizes = (1.2, (40, 36, 32, 28, 24)) if first else (0.8, (26, 24, 22, 20, 18, 16))
        size = fit.largest([frame.text], WIDTH - 2 * EDGE - _BOX, room, sizes)
        self._font(frame.paragraphs[0], Pt(size), ACCENT if first else INK, bold=True)

    def _font(self, paragraph: Any, size: Any, color: str, *, bold: bool = False, italic: bool = False) -> None:
        from pptx.dml.color import RGBColor

        for run in paragraph.runs:
            font = run.font
            font.size, font.bold, font.italic, font.name = size, bold, italic, LATIN
            font.color.rgb = RGBColor.from_string(color)
            font_of(font._element, self._language)

    def _text(
        self, texts: Sequence[str], place: Sequence[float], sizes: Sequence[float], *, color: str = INK,
        bullets: bool = False,
        quotes: Sequence[str] = (), right: bool = False,
    ) -> None:  # fmt: skip
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches, Pt

        frame = self._slide.shapes.add_textbox(*map(Inches, place)).text_frame
        frame.word_wrap = True
        told = [("• " if bullets else "") + text for text in texts] + [f"“{text}”" for text in quotes]
        size = fit.largest(told, place[2] - _BOX, place[3] - 0.1, sizes, 6 if len(told) > 1 else 0)
        while len(told) > max(1, len(texts)) and fit.height(told, place[2] - _BOX, size, 6) > place[3] - 0.1:
            told.pop()  # a quote less rather than one below the edge
        for i, text in enumerate(told):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            quoted = i >= len(texts)
            paragraph.text = text
            paragraph.space_after = Pt(6)
            paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
            self._font(paragraph, Pt(size), SOFT if quoted else color, italic=quoted)

    def _chart(self, slide: Slide, place: Sequence[float]) -> None:
        from pptx.util import Inches

        assert slide.figure is not None
        if slide.figure.empty:
            self._text([self._say(say("figure.empty"))], place, (14,), color=SOFT)
            return
        frame = chart(self._slide.shapes, slide.figure, self._language, [Inches(x) for x in place])
        frame.name = slide.figure.name(self._language)
        # what a reader who does not see the chart is told
        frame._element.nvGraphicFramePr.cNvPr.set("descr", frame.name)

    def _table(self, slide: Slide, place: Sequence[float]) -> float:
        """Draw it; its height in inches."""
        from pptx.util import Inches

        table = slide.table
        assert table is not None
        widths = _shares(slide, place[2])
        heights = _heights(table, widths, self._language)
        where = map(Inches, (place[0], place[1], place[2], sum(heights)))
        shape = self._slide.shapes.add_table(len(heights), len(widths), *where)
        drawn = shape.table
        drawn.horz_banding = False
        for column, width in zip(drawn.columns, widths, strict=True):
            column.width = Inches(width)
        for drawn_row, height in zip(drawn.rows, heights, strict=True):
            drawn_row.height = Inches(height)
        for r, row in enumerate((table.columns, *table.rows)):
            for c, cell in enumerate(row):
                self._cell(drawn.cell(r, c), self._say(cell), head=r == 0, right=c in table.numeric)
        return sum(heights)

    def _cell(self, cell: Any, text: str, *, head: bool, right: bool) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches, Pt

        cell.text = text
        cell.margin_left = cell.margin_right = Inches(CELL_EDGE)
        cell.margin_top = cell.margin_bottom = Inches(0.03)
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(RULE if head else PALE)
        for paragraph in cell.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
            self._font(paragraph, Pt(CELL), INK, bold=head)


def _halves(body: Sequence[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    left, top, width, height = body
    wide = width * 0.54
    return (left, top, wide, height), (left + wide + 0.25, top, width - wide - 0.25, height)
