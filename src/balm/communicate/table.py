"""Tables for the terminal: drawn by Rich where there is one, aligned plain text where there is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from balm.communicate import numbers
from balm.communicate.figure import Table
from balm.communicate.messages import pick
from balm.core.types import Estimate

Cell = str | int | float | Estimate | None


def render_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    title: str = "",
    unit: numbers.Unit = "score",
    right: Collection[int] = (),
    language: str = "en",
    terminal: bool = False,
    width: int = 100,
) -> str:
    """A table as text that ends with a line feed.

    Cells may be texts, numbers or estimates, which are written with interval and n; `unit` says how. Columns that hold
    numbers or estimates only, and those in `right`, are set flush right. `terminal`: draw with Rich, at most `width`
    cells wide; otherwise one line a row, never cut, so that it can be piped.
    """
    body = list(rows)
    flush = {i for i in range(len(columns)) if i in right or _numeric(body, i)}
    texts = [[_text(cell, unit, language) for cell in row] for row in body]
    if terminal:
        return _rich(columns, texts, title, flush, width)
    return (f"{title}\n" if title else "") + _plain(columns, texts, flush)


def render_figure(figure_table: Table, *, title: str = "", language: str = "en", terminal: bool = False) -> str:
    """The table of a figure as text."""
    return render_table(
        [pick(c, language) for c in figure_table.columns],
        [[pick(c, language) for c in row] for row in figure_table.rows],
        title=title,
        right=figure_table.numeric,
        language=language,
        terminal=terminal,
    )


def _numeric(rows: Sequence[Sequence[Cell]], i: int) -> bool:
    cells = [row[i] for row in rows if i < len(row) and row[i] is not None]
    return bool(cells) and all(isinstance(c, (int, float, Estimate)) and not isinstance(c, bool) for c in cells)


def _text(cell: Cell, unit: numbers.Unit, language: str) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, Estimate):
        digits = 1 if unit == "share" else numbers.digits_for([cell.value])
        return f"{pick(numbers.estimate(cell, unit, digits), language)}  {pick(numbers.sample(cell.n), language)}"
    if isinstance(cell, float):
        return numbers.number(cell, numbers.digits_for([cell]))
    if isinstance(cell, int):
        return f"{cell:,}"
    return clean(cell)


def clean(text: str) -> str:
    """One line without control characters, so that a customer's words cannot drive the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _rich(columns: Sequence[str], rows: list[list[str]], title: str, flush: set[int], width: int) -> str:
    from io import StringIO

    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(
        title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for i, name in enumerate(columns):
        table.add_column(Text(clean(name)), justify="right" if i in flush else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system="standard", legacy_windows=False)
    console.print(table)
    return out.getvalue()


def _plain(columns: Sequence[str], rows: list[list[str]], flush: set[int]) -> str:
    from rich.cells import cell_len

    lines = [[clean(name) for name in columns], *rows]
    widths = [max((cell_len(line[i]) for line in lines if i < len(line)), default=0) for i in range(len(columns))]
    out = []
    for line in lines:
        padded = []
        for i, cell in enumerate(line):
            space = " " * (widths[i] - cell_len(cell))
            padded.append(space + cell if i in flush else cell + space)
        out.append("  ".join(padded).rstrip())
    return "\n".join(out) + "\n"
