"""What the commands print: tables on stdout, progress and notes on stderr."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from balm.analysis import Analysis
    from balm.calls import ContrastResult
    from balm.communicate.table import Cell
    from balm.measure.scores import ScoreResult
    from balm.measure.trend import SeriesResult

_POINTS = 60


def emit(
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    title: str = "",
    right: Collection[int] = (),
    unit: Any = "score",
) -> None:
    """Print a table: drawn in a terminal, plain in a pipe."""
    import shutil

    from balm.communicate.table import render_table

    width = shutil.get_terminal_size((100, 24)).columns
    print(
        render_table(columns, rows, title=title, right=right, unit=unit, terminal=sys.stdout.isatty(), width=width),
        end="",
    )


def show_analysis(result: Analysis, language: str) -> None:
    """The ranked pain points, and where the files are."""
    import shutil

    from balm.communicate.table import clean

    overview = result.overview
    for role, column in overview.columns.items():
        print(clean(f"{role}: {column}"), file=sys.stderr)
    if result.anew:
        print(f"read anew, with other columns than before: {', '.join(result.anew)}", file=sys.stderr)
    if overview.moved is not None and overview.moved.value is not None:
        print(f"earlier mentions whose theme is another one now: {overview.moved.value:.1%}", file=sys.stderr)
    width = shutil.get_terminal_size((120, 24)).columns
    print(result.text(language, terminal=sys.stdout.isatty(), width=width), end="")
    if result.folder is not None:
        print(f"report: {result.folder / 'report.html'}", file=sys.stderr)


def show_score(result: ScoreResult) -> None:
    unit = "share" if result.metric == "csat" else "score"
    columns = list(dict.fromkeys(name for by, _ in result.groups for name in by))
    rows: list[list[Cell]] = [["all"] + [""] * (len(columns) - 1) + [result.all] if columns else [result.all]]
    rows += [[by.get(name, "") for name in columns] + [estimate] for by, estimate in result.groups]
    emit([*columns, result.metric], rows, unit=unit)


def show_trend(result: SeriesResult) -> None:
    shown: list[list[Cell]] = []
    for by, points in result.series:
        name = ", ".join(f"{k}={v}" for k, v in by.items()) or "all"
        for point in points[-_POINTS:]:
            shown.append([name, point.start.isoformat(), point.value, point.low, point.high, point.n])
    emit(["series", result.period, "value", "low", "high", "n"], shown)
    changes: list[list[Cell]] = [
        [", ".join(f"{k}={v}" for k, v in c.by.items()) or "all", c.kind, c.date.isoformat(),
         f"{c.low} – {c.high}", c.before, c.after, _chance(c.q)] for c in result.changes
    ]  # fmt: skip
    if changes:
        emit(["series", "change", "date", "between", "before", "after", "q"], changes, title="\nChanges")
    else:
        print("\nNo change that chance could not explain.")


def show_contrast(result: ContrastResult) -> None:
    rows: list[list[Cell]] = [
        [" and ".join(f"{k}={v}" for k, v in f.where.items()), "nobody else" if f.lift.value is None else f.lift,
         f"{f.share.value or 0:.1%}", _chance(f.q)]
        for f in result.findings
    ]  # fmt: skip
    if rows:
        emit(["segment", "times as often", "share", "q"], rows, right=(2, 3))
    print(result.verdict["en"])


def _chance(q: float) -> str:
    return "< 0.0001" if q < 0.0001 else f"{q:.2g}"


class Progress:
    """A bar on stderr where that is a terminal; silent elsewhere. Call it with (stage, done, total)."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as RichProgress

            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
            self._bar = RichProgress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._bar is None:
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=max(total, 1))
        self._bar.update(self._tasks[stage], completed=done, total=max(total, 1))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
