"""`balm verify`: whether a fix changed something, and on what that rests."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from balm.cli.demo import Language
from balm.cli.show import emit

if TYPE_CHECKING:
    from balm.calls.verifying import Verified
    from balm.communicate.table import Cell

_POINTS = 60


class Design(StrEnum):
    DID = "did"
    ITS = "its"
    SYNTHETIC = "synthetic"
    MATCHED = "matched"


class Length(StrEnum):
    DAY = "day"
    WEEK = "week"


class Better(StrEnum):
    LOWER = "lower"
    HIGHER = "higher"


def verify(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", readable=False, help="CSV, TSV, Excel, JSONL or Parquet; gzip or zstd."),
    ],
    design: Annotated[Design, typer.Option(help="What the exposed are compared with.")],
    unit: Annotated[str, typer.Option(help="Column of units: stores, regions, touchpoints, customer groups.")],
    metric: Annotated[
        str, typer.Option(help="COLUMN=VALUE or a column of yes and no (a share), or of numbers (a mean).")
    ],
    exposed: Annotated[
        str | None, typer.Option(help="Who has the fix: units with commas, COLUMN=VALUE, or a column of start dates.")
    ] = None,
    start: Annotated[str | None, typer.Option(help="First day with the fix, such as 2026-03-01.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of dates.")] = None,
    soak: Annotated[int, typer.Option(min=0, help="Days after a start that count for neither side.")] = 0,
    by_start: Annotated[str | None, typer.Option(help="Column of each unit's first day with the fix.")] = None,
    period: Annotated[Length | None, typer.Option(help="Default: weeks where there are enough of them.")] = None,
    better: Annotated[Better | None, typer.Option(help="Which direction is an improvement.")] = None,
    margin: Annotated[float | None, typer.Option(help="Smallest change that matters, in the metric's unit.")] = None,
    remainder: Annotated[float, typer.Option(help="Share of it that may be left when it is called gone.")] = 0.2,
    baseline: Annotated[int, typer.Option(min=0, help="Days before the start that are used; 0 for all.")] = 0,
    selected: Annotated[
        int, typer.Option(min=0, help="Days before the start by which the exposed were chosen for being worst.")
    ] = 0,
    end: Annotated[str | None, typer.Option(help="Last day that counts.")] = None,
    minimum: Annotated[int | None, typer.Option(min=1, help="Least rows of each side, before and after.")] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="Units that are neither exposed nor comparison; may be given more than once."),
    ] = None,
    target: Annotated[float | None, typer.Option(help="Level at which there is no pain, for scores.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same input, seed and version: same result.")] = 0,
    language: Annotated[Language, typer.Option(help="Language of the tables.")] = Language.EN,
    out: Annotated[Path | None, typer.Option("--out", help="Write the result as JSON here.")] = None,
) -> None:
    """Whether a fix changed something: gone, reduced, unchanged, worse, or cannot tell, and on what that rests."""
    from balm.calls.verifying import verify as run
    from balm.cli.commands import names, write

    result = run(
        list(files), design=design.value, unit=unit, metric=metric, exposed=exposed, start=start, time=time, soak=soak,
        by_start=by_start, period=_value(period), better=_value(better), margin=margin, remainder=remainder,
        baseline=baseline, selected=selected, end=end, minimum=minimum, excluded=names(exclude), target=target,
        seed=seed,
    )  # fmt: skip
    show(result, language.value)
    write(out, result)


def _value(choice: Any) -> Any:
    return None if choice is None else choice.value


def show(result: Verified, language: str) -> None:
    """The verdict, the numbers, what they rest on, and the series."""
    from balm.communicate import proof as words
    from balm.communicate.messages import pick, say
    from balm.communicate.table import clean, render_figure

    def w(key: str) -> str:
        return pick(say(key), language)

    for lacking, count in result.left_out.items():
        print(clean(f"left out: {count:,} rows without {lacking}"), file=sys.stderr)
    check = result.registered
    notes = f"{result.kind}, better {check.better}, margin {check.margin:g}, by {result.period}, soak {check.soak}"
    print(clean(f"registered: {notes}, exposed units {len(check.exposed)}"), file=sys.stderr)
    print(f"{pick(words.outcome(result.verdict), language)}: {pick(words.design(check.design), language)}")
    print(clean(pick(result.sentence, language)))
    print(clean(pick(words.compares(check.design), language)) + "\n")
    if result.effect.value is not None:
        level, without = (words.amount(e, result.kind) for e in (result.level, result.without))
        change = words.difference(result.effect, result.kind)
        shown: list[list[Cell]] = [
            [w("proof.row.level"), pick(level, language), result.n.get("exposed_after", 0)],
            [w("proof.row.without"), pick(without, language), ""],
            [w("proof.row.effect"), pick(change, language), ""],
        ]
        emit(["", w("proof.row.estimate"), "n"], shown, right=(2,))
        print()
    checks: list[list[Cell]] = [
        [pick(words.check_name(a.name), language), pick(words.standing(a), language), pick(words.why(a), language)]
        for a in result.checks
    ]
    emit([w("proof.row.check"), "", w("proof.row.why")], checks)
    figure = result.figure()
    if not figure.empty:
        table = figure.table()
        kept = type(table)(table.columns, table.rows[-_POINTS:], table.numeric)
        print("\n" + render_figure(kept, title=figure.name(language), language=language), end="")
