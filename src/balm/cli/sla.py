"""`balm sla`: promised times of the cases in a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from balm.cli.show import emit

if TYPE_CHECKING:
    from balm.communicate.table import Cell
    from balm.core.types import Estimate
    from balm.measure.sla import SlaGroup, SlaResult


def sla(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", readable=False, help="CSV, TSV, Excel, JSONL or Parquet; gzip or zstd."),
    ],
    start: Annotated[str, typer.Option(help="Column of the times cases began.")],
    end: Annotated[str, typer.Option(help="Column of the times they ended; empty for open ones.")],
    due: Annotated[str | None, typer.Option(help="Column of the times they were due.")] = None,
    target: Annotated[str | None, typer.Option(help="Instead: working time allowed, such as 8h or 90min.")] = None,
    calendar: Annotated[
        str | None, typer.Option(help="A JSON file, or such as 'CN@Asia/Shanghai 09:00-18:00'; default: day and night.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="A column to group by; may be given more than once.")
    ] = None,
    case: Annotated[str | None, typer.Option(help="Column whose equal values are one case.")] = None,
    now: Annotated[str | None, typer.Option(help="Seen from when; default: the latest time in the file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the result as JSON here.")] = None,
) -> None:
    """Which share of promised times was broken, and how long cases took, in working time."""
    from balm import calls
    from balm.cli.commands import names, write

    result = calls.sla(
        list(files), start=start, end=end, due=due, target=target, calendar=calendar, by=names(by), case=case, now=now
    )
    show_sla(result)
    write(out, result)


def show_sla(result: SlaResult) -> None:
    """The table; on stderr what was left out and what to know of the numbers."""
    columns = list(result.groups[0].by) if result.groups else []
    rows: list[list[Cell]] = [[*(["all"] + [""] * (len(columns) - 1) if columns else []), *_cells(result.all)]]
    rows += [[*(group.by[name] for name in columns), *_cells(group)] for group in result.groups]
    heads = ["cases", "breached", "late", "past due", "at risk", "running", "median", "90 % within"]
    place = len(columns)
    emit([*columns, *heads], rows, unit="share", right=(place + 6, place + 7))
    if any("–" in (row[-1], row[-2]) for row in rows):
        print("no median under 6 ended cases, no 90 % under 36", file=sys.stderr)
    for reason, n in result.rejected.items():
        print(f"left out: {n:,}, {reason}", file=sys.stderr)
    open_ = result.all.at_risk + result.all.running
    print(f"seen from {result.now.isoformat(timespec='seconds')}; {open_:,} open and not yet due", file=sys.stderr)
    for note in result.notes:
        print(note, file=sys.stderr)


def _cells(group: SlaGroup) -> list[Cell]:
    counts: list[Cell] = [group.late, group.past_due, group.at_risk, group.running]
    return [group.cases, group.breached, *counts, _span(group.median), _span(group.p90)]


def _span(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "–"
    return f"{duration(estimate.value)} ({duration(estimate.low)} – {duration(estimate.high)})"


def duration(seconds: float) -> str:
    """Working time in words: days would be read as days of the calendar, so hours are the largest unit."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes < 6000 else f"{round(minutes / 60):,} h"
