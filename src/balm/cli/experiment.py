"""`balm experiment` and `balm power`: read a randomized trial, and say beforehand how large a check must be."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from balm.cli.show import emit

if TYPE_CHECKING:
    from balm.calls import ExperimentResult, PowerResult
    from balm.communicate.table import Cell
    from balm.core.types import Estimate

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", readable=False, help="CSV, TSV, Excel, JSONL or Parquet; gzip or zstd.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Write the result as JSON here.")]


class PowerMetric(StrEnum):
    SHARE = "share"
    MEAN = "mean"
    NPS = "nps"


class PowerDesign(StrEnum):
    AB = "ab"
    DID = "did"
    ITS = "its"
    SYNTHETIC = "synthetic"
    MATCHED = "matched"


def experiment(
    files: Files,
    unit: Annotated[str | None, typer.Option(help="Column of what was drawn by lot; default: each row.")] = None,
    arm: Annotated[
        list[str] | None, typer.Option(help="Column of arms; two or three of two values make a factorial trial.")
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(help="The arm without the change; one for each column of arms.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="NAME, or ABOVE/BELOW; :lower where lower is better. More than once.")
    ] = None,
    ratio: Annotated[str | None, typer.Option(help="Planned parts, the control first: 1:1.")] = None,
    covariate: Annotated[
        list[str] | None, typer.Option(help="Column measured before the start; takes out noise.")
    ] = None,
    guardrail: Annotated[
        list[str] | None, typer.Option(help="NAME[:lower][:MARGIN], 0.01 or 2%; must not get worse by that.")
    ] = None,
    winsorize: Annotated[float | None, typer.Option(help="Quantile at which larger values are cut: 0.999.")] = None,
    sequential: Annotated[
        bool, typer.Option("--sequential", help="Intervals that hold however often one looks.")
    ] = False,
    planned: Annotated[
        int | None, typer.Option(help="With --sequential: units in all, as planned before the start.")
    ] = None,
    out: Out = None,
) -> None:
    """Read a randomized trial: the sample ratio first, then effects, guardrails and a verdict."""
    from balm import calls
    from balm.cli.commands import names, write

    result = calls.experiment(
        list(files), unit=unit, arm=names(arm), control=names(control), metric=names(metric), ratio=ratio,
        covariate=names(covariate), guardrail=names(guardrail), winsorize=winsorize, sequential=sequential,
        planned=planned,
    )  # fmt: skip
    show_experiment(result)
    write(out, result)


def power(
    metric: Annotated[PowerMetric, typer.Option(help="What is measured.")],
    baseline: Annotated[float, typer.Option(help="Its level now: 0.12 of a share, 7.4 of a mean, 30 of an NPS.")],
    effect: Annotated[float, typer.Option(help="The smallest change that must be seen, in the same unit; −0.02.")],
    design: Annotated[PowerDesign, typer.Option(help="How it is compared.")] = PowerDesign.AB,
    power: Annotated[float, typer.Option(help="Chance to see it if it is there.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Chance of a false alarm, two-sided.")] = 0.05,
    arms: Annotated[int, typer.Option(help="Arms of a trial, with the control.")] = 2,
    ratio: Annotated[str | None, typer.Option(help="Their parts, the control first: 1:1.")] = None,
    sd: Annotated[float | None, typer.Option(help="Standard deviation of single observations, for a mean.")] = None,
    passives: Annotated[float, typer.Option(help="Share of passives, for an NPS.")] = 0.25,
    icc: Annotated[float, typer.Option(help="Likeness of the observations of one unit of the lot, 0 to 1.")] = 0.0,
    cluster: Annotated[float, typer.Option(help="Observations of one unit of the lot.")] = 1.0,
    sequential: Annotated[bool, typer.Option("--sequential", help="Read as often as one likes.")] = False,
    units: Annotated[int | None, typer.Option(help="Units of a panel: stores, regions, touchpoints.")] = None,
    exposed: Annotated[int | None, typer.Option(help="Those of them that get the fix.")] = None,
    before: Annotated[int | None, typer.Option(help="Periods before the start.")] = None,
    periods: Annotated[int | None, typer.Option(help="Periods after the start, where they are fixed.")] = None,
    per_period: Annotated[float | None, typer.Option(help="Observations that come in a period, of everybody.")] = None,
    autocorrelation: Annotated[float, typer.Option(help="Of a unit's ups and downs, 0 to below 0.95.")] = 0.3,
    noise: Annotated[float | None, typer.Option(help="Their standard deviation, in the metric's unit.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same call and seed: same answer.")] = 0,
    out: Out = None,
) -> None:
    """How many observations a check needs, and how long that takes."""
    from balm import calls
    from balm.cli.commands import write

    result = calls.power(
        metric.value, baseline, effect, design=design.value, power=power, alpha=alpha, arms=arms, ratio=ratio, sd=sd,
        passives=passives, icc=icc, cluster=cluster, sequential=sequential, units=units, exposed=exposed,
        before=before, periods=periods, per_period=per_period, autocorrelation=autocorrelation, noise=noise, seed=seed,
    )  # fmt: skip
    show_power(result)
    write(out, result)


def show_experiment(result: ExperimentResult) -> None:
    """Sample ratio, effects, guardrails, verdict."""
    from balm.communicate.table import clean
    from balm.proof.experiment_words import chance, tested

    for role, column in result.columns.items():
        print(clean(f"{role}: {column}"), file=sys.stderr)
    left = {name.replace("_", " "): n for name, n in result.counts.items() if name not in ("rows", "units") and n}
    if left:
        print("left out: " + ", ".join(f"{n:,} {name}" for name, n in left.items()), file=sys.stderr)
    ratio = result.sample_ratio
    units: list[list[Cell]] = [[arm, n, f"{ratio.expected[arm]:,.1f}"] for arm, n in ratio.observed.items()]
    said = "as planned" if ratio.ok else "BROKEN"
    emit(["arm", "units", "expected"], units, title=f"Sample ratio {said}, {tested('p', ratio.p)}", right=(2,))
    rows: list[list[Cell]] = [
        [e.metric, e.arm, _level(e.control, e.kind), _level(e.level, e.kind), _change(e.effect, e.kind),
         _relative(e.relative), chance(e.p), chance(e.q)]
        for e in result.effects
    ]  # fmt: skip
    if rows:
        unread = not all(e.readable for e in result.effects)
        title = "\nEffects" + (", some or all of them not to be read: see the verdict" if unread else "")
        heads = ["metric", "arm", "control", "level", "effect", "relative", "p", "q"]
        emit(heads, rows, title=title, right=(2, 3, 4, 5, 6, 7))
    guards: list[list[Cell]] = [
        [
            g.metric,
            g.arm,
            _size(g.margin, g.kind).lstrip("+"),
            _change(g.effect, g.kind),
            _size(g.worst, g.kind),
            "holds" if g.ok else "fails",
        ]
        for g in result.guardrails
    ]
    if guards:
        heads = ["guardrail", "arm", "margin", "effect", "worst still possible", ""]
        emit(heads, guards, title="\nGuardrails", right=(2, 3, 4))
    for note in dict.fromkeys(f"{e.metric}: {note}" for e in result.effects for note in e.notes):
        print(clean(note), file=sys.stderr)
    print("\n" + clean(result.verdict["en"]))


def show_power(result: PowerResult) -> None:
    """The size, and how it was found."""
    rows: list[list[Cell]] = [
        ["with the fix, each arm" if result.by_arm else "with the fix, after the start", result.n]
    ]
    if len(set(result.by_arm)) > 1:
        rows += [[f"arm {i}" if i else "control", n] for i, n in enumerate(result.by_arm)]
    rows.append(["in all", result.total])
    if result.duration is not None:
        rows.append(["periods after the start", result.duration])
    emit(["observations", "n"], rows)
    print(f"power {result.power:.1%}; {result.method}")


def _level(e: Estimate, kind: str) -> str:
    if e.value is None:
        return "–"
    return f"{e.value:.2%}" if kind == "share" else _number(e.value)


def _change(e: Estimate, kind: str) -> str:
    from balm.proof.experiment_words import effect

    return effect(e, "share" if kind == "share" else "mean", "en")


def _relative(e: Estimate) -> str:
    from balm.proof.experiment_words import number

    return "–" if e.value is None else number(100 * e.value, 1) + "%"


def _size(value: float | None, kind: str) -> str:
    from balm.proof.experiment_words import size

    return "–" if value is None else size(value, "share" if kind == "share" else "mean", "en")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}".replace("-", "\u2212")
