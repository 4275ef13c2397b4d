"""Slides as a file of PowerPoint."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from balm.communicate.figure import Table
from balm.communicate.messages import pick, say
from balm.communicate.slides.charts import chart
from balm.communicate.slides.look import ACCENT, INK, LATIN, PALE, RULE, SOFT, font_of
from balm.communicate.slides.slide import Slide
from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES, Labels

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.6
TOP = 1.75
"""Inches: the page, its margin, where what is under the head begins."""

ROWS, ROWS_BESIDE = 11, 10
"""Rows of a table that one slide takes: alone, and beside a chart."""


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
    pages = list(_pages(slides))
    for number, slide in enumerate(pages, 1):
        _Page(deck, language).draw(slide, number)
    deck.core_properties.title = pick(slides[0].title, language)
    deck.core_properties.author = "Balm"
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _pages(slides: Sequence[Slide]) -> Iterator[Slide]:
    """Slides whose tables fit: what is too long goes on, under the same title."""
    for slide in slides:
        most = ROWS_BESIDE if slide.figure is not None else ROWS
        rows = slide.table.rows if slide.table else ()
        if slide.table is None or len(rows) <= most:
            yield slide
            continue
        yield replace(slide, table=replace(slide.table, rows=rows[:most]))
        for start in range(most, len(rows), ROWS):
            rest = replace(slide.table, rows=rows[start : start + ROWS])
            title: Labels = say("slide.continued", title=slide.title)
            yield Slide(title, table=rest, widths=slide.widths, notes=slide.notes)


class _Page:
    """One slide while it is drawn."""

    def __init__(self, deck: Any, language: str) -> None:
        self._slide = deck.slides.add_slide(deck.slide_layouts[5])  # a title, and nothing else
        self._language = language

    def draw(self, slide: Slide, number: int) -> None:
        first = slide.kind == "title"
        self._title(slide.title, first)
        if slide.lead:
            self._text(
                [self._say(slide.lead)], (EDGE, 3.9 if first else 1.12, WIDTH - 2 * EDGE, 0.6), 20 if first else 16
            )
        body = (EDGE, 4.6 if first else TOP, WIDTH - 2 * EDGE, HEIGHT - TOP - 0.55)
        beside = slide.figure is not None and (slide.table or slide.points or slide.quotes)
        left, right = _halves(body) if beside else (body, body)
        if slide.figure is not None:
            self._chart(slide, left)
        texts = [self._say(point) for point in slide.points]
        if slide.table:
            height = self._table(slide.table, right, slide.widths)
            right = (right[0], right[1] + height + 0.15, right[2], right[3] - height - 0.15)
        if texts or slide.quotes:
            self._text(texts, right, 14 if beside else 16, bullets=not first, quotes=slide.quotes)
        if slide.notes:
            notes = self._slide.notes_slide.notes_text_frame
            notes.text = "\n".join(self._say(note) for note in slide.notes)
        if not first:
            self._text([str(number)], (WIDTH - 1.2, HEIGHT - 0.45, 0.6, 0.3), 10, color=SOFT, right=True)

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
        self._font(frame.paragraphs[0], Pt(40 if first else 26), ACCENT if first else INK, bold=True)

    def _font(self, paragraph: Any, size: Any, color: str, *, bold: bool = False, italic: bool = False) -> None:
        from pptx.dml.color import RGBColor

        for run in paragraph.runs:
            font = run.font
            font.size, font.bold, font.italic, font.name = size, bold, italic, LATIN
            font.color.rgb = RGBColor.from_string(color)
            font_of(font._element, self._language)

    def _text(
        self, texts: Sequence[str], place: Sequence[float], size: int, *, color: str = INK, bullets: bool = False,
        quotes: Sequence[str] = (), right: bool = False,
    ) -> None:  # fmt: skip
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches, Pt

        frame = self._slide.shapes.add_textbox(*map(Inches, place)).text_frame
        frame.word_wrap = True
        for i, text in enumerate([*texts, *quotes]):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            quoted = i >= len(texts)
            paragraph.text = f"“{text}”" if quoted else ("• " if bullets else "") + text
            paragraph.space_after = Pt(6)
            paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
            self._font(paragraph, Pt(size), SOFT if quoted else color, italic=quoted)

    def _chart(self, slide: Slide, place: Sequence[float]) -> None:
        from pptx.util import Inches

        assert slide.figure is not None
        if slide.figure.empty:
            self._text([self._say(say("figure.empty"))], place, 14, color=SOFT)
            return
        frame = chart(self._slide.shapes, slide.figure, self._language, [Inches(x) for x in place])
        frame.name = slide.figure.name(self._language)
        # what a reader who does not see the chart is told
        frame._element.nvGraphicFramePr.cNvPr.set("descr", frame.name)

    def _table(self, table: Table, place: Sequence[float], widths: Sequence[float]) -> float:
        """Draw it; its height in inches."""
        from pptx.util import Inches

        rows, columns = len(table.rows) + 1, len(table.columns)
        height = min(place[3], 0.42 * rows)
        shape = self._slide.shapes.add_table(rows, columns, *map(Inches, (place[0], place[1], place[2], height)))
        drawn = shape.table
        drawn.horz_banding = False
        shares = list(widths) if len(widths) == columns else [1.0] * columns
        for column, share in zip(drawn.columns, shares, strict=True):
            column.width = Inches(place[2] * share / sum(shares))
        for r, row in enumerate((table.columns, *table.rows)):
            for c, cell in enumerate(row):
                self._cell(drawn.cell(r, c), self._say(cell), head=r == 0, right=c in table.numeric)
        return height

    def _cell(self, cell: Any, text: str, *, head: bool, right: bool) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches, Pt

        cell.text = text
        cell.margin_left = cell.margin_right = Inches(0.06)
        cell.margin_top = cell.margin_bottom = Inches(0.03)
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(RULE if head else PALE)
        for paragraph in cell.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
            self._font(paragraph, Pt(11), INK, bold=head)


def _halves(body: Sequence[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    left, top, width, height = body
    wide = width * 0.54
    return (left, top, wide, height), (left + wide + 0.25, top, width - wide - 0.25, height)
