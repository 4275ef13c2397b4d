"""The commands. Each reads files, prints a table and, with --out, writes JSON."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from balm.cli import people
from balm.cli import serve as serving
from balm.cli.demo import Language, demo
from balm.cli.experiment import experiment, power
from balm.cli.show import Progress, emit, show_analysis, show_contrast, show_score, show_trend
from balm.cli.sla import sla
from balm.cli.verify import verify
from balm.core.types import Scale

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(people.user, name="user")
app.add_typer(people.key, name="key")

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", readable=False, help="CSV, TSV, Excel, JSONL or Parquet; gzip or zstd.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Write the result as JSON here.")]
By = Annotated[list[str] | None, typer.Option("--by", help="A column to group by; may be given more than once.")]
Customer = Annotated[str | None, typer.Option("--customer", help="The column that tells customers apart.")]


class Metric(StrEnum):
    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    MEAN = "mean"


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def _version(value: bool) -> None:
    if value:
        from balm import __version__

        print(f"balm {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Finds what hurts customers, in their own words, and says how sure it is. Nothing leaves this machine."""


@app.command()
def analyze(
    files: Files,
    identity: Annotated[str | None, typer.Option("--id", help="Column of ids; 'none' for none.")] = None,
    text: Annotated[str | None, typer.Option(help="Column of the customers' words.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of scores; 'none' for none.")] = None,
    scale: Annotated[Scale | None, typer.Option(help="How the scores are read.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of dates; 'none' for none.")] = None,
    customer: Customer = None,
    by: By = None,
    codebook: Annotated[
        str, typer.Option(help="starter, a list of packs (core,travel), a YAML file, or none for discovery alone.")
    ] = "starter",
    themes: Annotated[int | None, typer.Option(min=1, max=200, help="How many themes discovery may propose.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the report and the table.")] = Language.EN,
    seed: Annotated[int, typer.Option(min=0, help="Same input, seed and version: same bytes.")] = 0,
    out: Annotated[Path, typer.Option("--out", help="Folder for the report and the data.")] = Path("balm-out"),
    jobs: Annotated[int | None, typer.Option(min=1, max=64, help="Processes; one a core where it pays.")] = None,
    relearn: Annotated[bool, typer.Option("--relearn", help="Learn anew; themes found before may change.")] = False,
    embeddings: Annotated[
        bool, typer.Option("--embeddings", help="Sentence embeddings for discovery in English (optional extra).")
    ] = False,
) -> None:
    """Read comments and rank what hurts.

    Writes report.html, painpoints.json, themes.json, mentions.parquet and rejected.jsonl.

    Run again on the same folder with more files, what was read before is kept and themes keep their ids.
    """
    from balm.loop import analyze as run

    with Progress() as progress:
        result = run(
            list(files), id=identity, text=text, score=score, scale=scale, time=time, customer=customer,
            by=names(by), codebook=codebook, themes=themes, language=language.value, seed=seed, out=out,
            jobs=jobs or processes(files), relearn=relearn, embeddings=embeddings, progress=progress,
        )  # fmt: skip
    show_analysis(result, language.value)


@app.command()
def redact(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", readable=False, help="CSV, TSV, Excel, JSONL or Parquet; gzip or zstd.")
    ],
    text: Annotated[
        list[str] | None, typer.Option(help="Column to redact; default: all but ids, scores and dates.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The redacted file; default: beside the file.")] = None,
) -> None:
    """Replace identifiers (phone, card, e-mail, …) by placeholders such as [PHONE]; counts by kind."""
    from balm.redaction import redact as run

    result = run(file, text=names(text), out=out)
    emit(["kind", "replaced"], list(result.counts.items()) or [["none", 0]], right=(1,))
    print(f"{result.rows:,} rows, columns {', '.join(result.columns)} → {result.path}", file=sys.stderr)


@app.command()
def score(
    files: Files,
    metric: Annotated[Metric | None, typer.Option(help="Default: the usual one of the scale.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of scores.")] = None,
    scale: Annotated[Scale | None, typer.Option(help="How the scores are read.")] = None,
    by: By = None,
    customer: Customer = None,
    out: Out = None,
) -> None:
    """NPS, CSAT, CES or a mean, with intervals, over everybody and by group."""
    from balm import calls

    result = calls.score(
        list(files), metric=value(metric), score=score, scale=value(scale), by=names(by), customer=customer
    )
    show_score(result)
    write(out, result)


@app.command()
def trend(
    files: Files,
    time: Annotated[str | None, typer.Option(help="Column of dates.")] = None,
    score: Annotated[str | None, typer.Option(help="Column of scores: its mean is followed.")] = None,
    event: Annotated[str | None, typer.Option(help="COLUMN=VALUE: its share of rows is followed.")] = None,
    scale: Annotated[Scale | None, typer.Option(help="How the scores are read.")] = None,
    by: By = None,
    period: Annotated[Period | None, typer.Option(help="Default: by the span of the dates.")] = None,
    out: Out = None,
) -> None:
    """How a score, an event or the number of rows moves, and when it changed."""
    from balm import calls

    result = calls.trend(
        list(files), time=time, score=score, event=event, scale=value(scale), by=names(by), period=value(period)
    )
    show_trend(result)
    write(out, result)


@app.command()
def contrast(
    files: Files,
    target: Annotated[str, typer.Option(help="COLUMN=VALUE: the rows that have the pain.")],
    attributes: Annotated[
        list[str] | None, typer.Option(help="Columns to look at; may be given more than once.")
    ] = None,
    customer: Customer = None,
    out: Out = None,
) -> None:
    """Which attributes set apart the rows that have a pain; false discoveries controlled."""
    from balm import calls

    result = calls.contrast(list(files), target, attributes=names(attributes), customer=customer)
    show_contrast(result)
    write(out, result)


app.command()(experiment)
app.command()(power)
app.command()(sla)
app.command()(verify)
app.command()(demo)
app.command()(serving.serve)
app.command()(serving.worker)


def processes(files: list[Path]) -> int:
    """One process where there is little to read, else one a core; to start one costs as much as 5 MB of comments."""
    from balm.lake.parallel import cores

    return cores() if sum(file.stat().st_size for file in files if file.is_file()) > 5_000_000 else 1


def names(values: list[str] | None) -> list[str]:
    """Column names, given one by one or with commas between them."""
    return [name.strip() for value in values or [] for name in value.split(",") if name.strip()]


def value(choice: Any) -> Any:
    """The text of a choice, None for none."""
    return None if choice is None else choice.value


def write(out: Path | None, result: Any) -> None:
    """Write a result as JSON, for people and for machines."""
    import json

    if out is None:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
