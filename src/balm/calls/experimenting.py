"""The calls about trials: `balm.experiment` reads one from a file, `balm.power` says how large one must be."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow.compute as pc

from balm.collect.open import as_sources, open_source
from balm.collect.scores import MISSING
from balm.core.errors import InputRefused, WrongUse
from balm.core.stats import Floats, Ints
from balm.core.verdicts import Better
from balm.frame import Frame, read_frame
from balm.proof.experiment import experiment as read_experiment
from balm.proof.power import Designs, Metrics, PowerResult
from balm.proof.power import power as find_power
from balm.proof.trial import MOST_ARMS, ExperimentResult, Factor, Kind, Margin, Trial, TrialMetric, Units, gather

__all__ = ["ExperimentResult", "PowerResult", "experiment", "power"]

MARGIN = Margin(0.02, relative=True)
"""Of a guardrail that names none: 2 % of the control's level."""
UNREADABLE = 0.05
"""Share of a column's filled cells that are no numbers from which the column is refused."""
MOST_FACTORS = 3

_UNIT = re.compile(r"(user|customer|client|visitor|member|account|unit|player|session)?[ _-]?(id|key|number|no)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TRUE = _words("true t yes y 是 有")
_FALSE = _words("false f no n 否 无 無")
_UNITS = _words("用户 用戶 使用者 客户 客戶 顾客 顧客 会员 會員 用户id 客户id 顧客id")
_ARMS = _words(
    "arm arms variant variation version test_version group test_group experiment_group treatment bucket cell ab_group "
    "组 組 分组 分組 组别 組別 实验组 實驗組 版本"
)
_CONTROLS = _words("control ctrl c baseline off none no false 0 old default placebo a 对照 對照 对照组 對照組")


@dataclass(frozen=True, slots=True)
class _Spec:
    """A metric as it was named: a column, or the one ÷ the other."""

    name: str
    above: str
    below: str | None
    better: Better
    margin: Margin | None


def experiment(
    data: Any,
    *,
    unit: str | None = None,
    arm: str | Sequence[str] = (),
    control: str | Sequence[str] = (),
    metric: str | Sequence[str] = (),
    ratio: str | Sequence[float] | None = None,
    covariate: str | Sequence[str] = (),
    guardrail: str | Sequence[str] = (),
    winsorize: float | None = None,
    sequential: bool = False,
    planned: int | None = None,
) -> ExperimentResult:
    """A randomized trial: is the sample ratio as planned, what did each arm change, do the guardrails hold.

    `data`: a path, or a table in memory; a row a unit, or several (a unit's rows are averaged, of a ratio summed).
    `arm`: the column of the arms; two or three columns of two values each make a factorial trial, with a `control`
    each. `metric`: columns of numbers or of true and false, "ABOVE/BELOW" for a ratio of sums; ":lower" behind a name
    where lower is better. `guardrail`: likewise, with ":MARGIN" (0.5, or 2%). `ratio`: "1:1", the control first, then
    the arms by name. `covariate`: columns from before the start. `winsorize`: quantile at which larger values are cut,
    such as 0.999. `sequential`: intervals that hold however often one looks; `planned`: units at which they are
    narrowest.

    Raises WrongUse for columns that are not there, InputRefused for a file without two arms or with no numbers.
    """
    names = _columns(data)
    covariate = _many(covariate)
    arms = _many(arm) or [_guess_arm(data)]
    if len(arms) > MOST_FACTORS:
        raise WrongUse(f"a factorial trial has at most {MOST_FACTORS} factors, not {len(arms)}")
    unit = unit or next((name for name in names if _is_unit(name) and name not in arms), None)
    specs = [_spec(text, names, guard=False) for text in _many(metric)]
    specs += [_spec(text, names, guard=True) for text in _many(guardrail)]
    if not _many(metric):
        taken = {unit, *arms, *covariate, *(s.above for s in specs), *(s.below for s in specs)}
        specs = [*_guess_metrics(data, taken), *specs]
    _check(specs, arms, unit, covariate)
    wanted = [*([unit] if unit else []), *arms, *covariate, *(c for s in specs for c in (s.above, s.below) if c)]
    frame = read_frame(data, list(dict.fromkeys(wanted)))
    cell, labels, factors = _arms(frame, arms, _many(control))
    keys = _codes(frame, unit)[0] if unit else np.arange(len(cell), dtype=np.int64)
    units = gather(keys, cell)
    counts = {
        "rows": len(cell),
        "crossed_over": units.crossed,
        "without_arm": int((cell < 0).sum()),
        "without_unit": int((keys < 0).sum()),
    }
    metrics = _metrics(frame, units, specs, covariate, winsorize)
    seen = np.unique(units.arm)
    if len(seen) < 2:
        only = f": {labels[seen[0]]!r}" if len(seen) else ""
        raise InputRefused(f"there is one arm only{only}; a trial needs a control and another arm")
    trial = Trial(labels, units.arm, metrics, _ratio(ratio, labels), factors, counts=counts)
    found = read_experiment(trial, sequential=sequential, planned=planned)
    columns = {"arm": ", ".join(arms), "control": labels[0], "metric": ", ".join(s.name for s in specs if not s.margin)}
    return replace(found, columns={**({"unit": unit} if unit else {}), **columns})


def _metrics(
    frame: Frame, units: Units, specs: Sequence[_Spec], covariate: list[str], winsorize: float | None
) -> tuple[TrialMetric, ...]:
    before = tuple(units.mean(_numbers(frame, name)) for name in covariate)
    metrics = []
    for spec in specs:
        above = _numbers(frame, spec.above)
        if spec.below is None:
            values, below, kind = units.mean(above), None, _kind(above)
        else:
            values, below, kind = units.total(above), units.total(_numbers(frame, spec.below)), "ratio"
        cap = winsorize if kind == "mean" else None
        metrics.append(TrialMetric(spec.name, values, kind, below, spec.better, spec.margin, before, cap))
    return tuple(metrics)


def _kind(values: Floats) -> Kind:
    known = values[np.isfinite(values)]
    return "share" if np.isin(known, (0.0, 1.0)).all() else "mean"


def _many(names: str | Sequence[str]) -> list[str]:
    """One name is a list of one."""
    return [names] if isinstance(names, str) else list(names)


def _ratio(text: str | Sequence[float] | None, labels: Sequence[str]) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        parts = tuple(float(part) for part in (re.split(r"[:：/]", text) if isinstance(text, str) else text))
    except (TypeError, ValueError):
        raise WrongUse(f"the ratio is written 1:1 or 90:10, not {text!r}") from None
    if len(parts) != len(labels):
        raise WrongUse(f"the ratio {text!r} has {len(parts)} parts for {len(labels)} arms: {', '.join(labels)}")
    if any(not (math.isfinite(part) and 0 < part <= 1e6) for part in parts):
        raise WrongUse(f"every part of the ratio is a number above 0, not {text!r}")
    return parts


# columns


def _columns(data: Any) -> list[str]:
    return list(open_source(as_sources(data)[0]).sample().names)


def _sample(data: Any) -> dict[str, list[str]]:
    """The filled cells of each column's sample, as texts."""
    columns = open_source(as_sources(data)[0]).sample().columns
    out = {}
    for name, values in columns.items():
        cells = values.to_pylist() if hasattr(values, "to_pylist") else values
        out[name] = [str(v).strip() for v in cells if v is not None and str(v).strip().lower() not in MISSING]
    return out


def _is_unit(name: str) -> bool:
    plain = name.strip().lower()
    found = _UNIT.fullmatch(plain)
    return plain in _UNITS or bool(found and plain and (found[1] or found[2] in ("id", "key")))


def _guess_arm(data: Any) -> str:
    sample = _sample(data)
    named = [name for name in sample if name.strip().lower().replace(" ", "_") in _ARMS]
    fit = [name for name in named if 1 <= len(set(sample[name])) <= MOST_ARMS]
    if len(fit) != 1:
        raise WrongUse(
            f"no single column looks like the arms; name it with --arm; columns: {', '.join(list(sample)[:30])}"
        )
    return fit[0]


def _guess_metrics(data: Any, taken: set[str | None]) -> list[_Spec]:
    """Columns of true and false, or 0 and 1, that have no other role."""
    known = _TRUE | _FALSE | {"0", "1", "0.0", "1.0"}
    found = [
        name for name, cells in _sample(data).items()
        if name not in taken and len(set(cells)) == 2 and {cell.lower() for cell in cells} <= known
    ]  # fmt: skip
    if not found:
        raise WrongUse("no column of true and false to compare; name the metrics with --metric")
    return [_Spec(name, name, None, "higher", None) for name in found[:8]]


def _spec(text: str, names: Sequence[str], *, guard: bool) -> _Spec:
    """`NAME[/BELOW][:lower|:higher][:MARGIN]`; a column whose name has such signs in it is found first."""
    rest, better, margin = text.strip(), "higher", MARGIN if guard else None
    while rest not in names and ":" in rest:
        rest, _, last = rest.rpartition(":")
        if last in ("lower", "higher"):
            better = last
        elif guard:
            margin = _margin(last, text)
        else:
            raise WrongUse(f"{text!r}: behind the name of a metric may stand :lower or :higher, not {last!r}")
    above, below = rest, None
    if rest not in names and "/" in rest:
        above, _, below = rest.partition("/")
    for column in (above, below):
        if column is not None and column not in names:
            raise WrongUse(f"there is no column {column!r}; columns: {', '.join(names[:30])}")
    return _Spec(rest, above, below, "lower" if better == "lower" else "higher", margin)


def _margin(text: str, whole: str) -> Margin:
    part = text.endswith("%")
    try:
        size = float(text.rstrip("%"))
    except ValueError:
        raise WrongUse(f"{whole!r}: the margin of a guardrail is a number or a percentage, not {text!r}") from None
    return Margin(size / 100 if part else size, relative=part)


def _check(specs: Sequence[_Spec], arms: Sequence[str], unit: str | None, covariate: Sequence[str]) -> None:
    names = [spec.name for spec in specs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise WrongUse(f"{twice!r} is named twice; a column is a metric or a guardrail")
    used = {column for spec in specs for column in (spec.above, spec.below) if column}
    if both := used & set(covariate):
        raise WrongUse(f"{min(both)!r} is a metric; a covariate was measured before the start and is none")
    if both := (used | set(covariate)) & {*arms, unit}:
        raise WrongUse(f"{min(str(b) for b in both)!r} names the unit or the arm, and cannot be measured")


# cells


def _codes(frame: Frame, name: str) -> tuple[Ints, list[str]]:
    """A column as numbers of its values (−1 where empty), and the values."""
    encoded = pc.utf8_trim_whitespace(frame.texts(name)).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, encoded.dictionary.to_pylist()


def _numbers(frame: Frame, name: str) -> Floats:
    """A column as numbers: true and yes are 1, false and no 0, empty is NaN. Refused where more than a few cells are
    none of it."""
    codes, values = _codes(frame, name)
    read = [_number(value) for value in values]
    known = np.array([math.nan if v is None else v for v in read] + [math.nan])
    bad = np.array([v is None for v in read] + [False])
    unreadable, filled = int(bad[codes].sum()), int((codes >= 0).sum())
    if unreadable > UNREADABLE * filled or not np.isfinite(known[codes]).any():
        shown = ", ".join(repr(v[:20]) for v, r in zip(values, read, strict=True) if r is None)[:80] or "empty cells"
        raise InputRefused(f"column {name!r} holds no numbers to compare: {shown}")
    return known[codes]


def _number(text: str) -> float | None:
    plain = text.lower()
    if plain in MISSING:
        return math.nan
    if plain in _TRUE or plain in _FALSE:
        return float(plain in _TRUE)
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e150 else None


def _arms(frame: Frame, columns: Sequence[str], control: list[str]) -> tuple[Ints, tuple[str, ...], tuple[Factor, ...]]:
    """The arm of each row (−1 unknown), the names of the arms, the control first, and the factors."""
    if control and len(control) != len(columns):
        raise WrongUse(f"name one control for each column of arms: {len(columns)}, not {len(control)}")
    each = [_levels(frame, name, control[i] if control else None) for i, name in enumerate(columns)]
    if len(columns) == 1:
        return each[0][0], each[0][1], ()
    for name, (_, levels) in zip(columns, each, strict=True):
        if len(levels) != 2:
            raise WrongUse(f"a factor has two values; {name!r} has {len(levels)}: {', '.join(levels[:8])}")
    cell = np.zeros(len(each[0][0]), np.int64)
    unknown = np.zeros(len(cell), np.bool_)
    for codes, _ in each:
        cell = cell * 2 + codes
        unknown |= codes < 0
    factors = tuple(Factor(name, (levels[0], levels[1])) for name, (_, levels) in zip(columns, each, strict=True))
    labels = itertools.product(*([f"{f.name}={level}" for level in f.levels] for f in factors))
    return np.where(unknown, -1, cell), tuple(", ".join(label) for label in labels), factors


def _levels(frame: Frame, name: str, control: str | None) -> tuple[Ints, tuple[str, ...]]:
    codes, values = _codes(frame, name)
    named = [value for value in values if value.lower() not in MISSING or value.lower() == "none"]
    if not named:
        raise InputRefused(f"column {name!r} names no arm: it is empty")
    if len(named) > MOST_ARMS:
        raise WrongUse(f"column {name!r} has {len(named)} values; arms are 2 to {MOST_ARMS}")
    if control is None:
        likely = [value for value in named if value.lower() in _CONTROLS]
        if len(likely) != 1 and len(named) > 1:
            raise WrongUse(f"name the control with --control; values of {name}: {', '.join(sorted(named))}")
        control = (likely or named)[0]
    elif control not in named:
        raise WrongUse(f"no row has the control {control!r}; values of {name}: {', '.join(sorted(named))}")
    labels = (control, *sorted(value for value in named if value != control))
    if len(labels) == 1:
        raise InputRefused(f"there is one arm only: {control!r}; a trial needs a control and another arm")
    place = {label: i for i, label in enumerate(labels)}
    return np.array([place.get(value, -1) for value in values] + [-1])[codes], labels


# size


def power(
    metric: Metrics,
    baseline: float,
    effect: float,
    *,
    design: Designs = "ab",
    power: float = 0.8,
    alpha: float = 0.05,
    arms: int = 2,
    ratio: str | Sequence[float] | None = None,
    sd: float | None = None,
    passives: float = 0.25,
    icc: float = 0.0,
    cluster: float = 1.0,
    sequential: bool = False,
    units: int | None = None,
    exposed: int | None = None,
    before: int | None = None,
    periods: int | None = None,
    per_period: float | None = None,
    autocorrelation: float = 0.3,
    noise: float | None = None,
    seed: int = 0,
) -> PowerResult:
    """How many observations a check needs, and how many periods that takes, to see an effect if it is there.

    `metric`: "share" (baseline and effect 0 … 1), "mean" (needs `sd`) or "nps" (points; `passives`: their share).
    `effect`: the smallest that must be seen, with − minus with; never 0. `power`: the chance to see it.
    `design`: "ab" counts; "did", "its", "synthetic" and "matched" are simulated with the design's own reading.
    `arms`, `ratio`: of a trial, the control first. `icc`, `cluster`: likeness of the observations of one unit of the
    lot (0 … 1), and how many it has. `sequential`: read as often as one likes. `per_period`: observations that come in
    a period, of everybody. `units`, `exposed`, `before`, `periods`: of a panel; `periods` after the start, if fixed.
    `autocorrelation`, `noise`: of a unit's own ups and downs from period to period (standard deviation in the
    metric's unit). Raises WrongUse for what cannot be: a baseline out of bounds, an effect of 0 or beyond the bounds.
    """
    parts = () if ratio is None else _ratio(ratio, [f"arm {i}" for i in range(arms)])
    return find_power(
        metric, baseline, effect, design=design, power=power, alpha=alpha, arms=arms, ratio=parts, sd=sd,
        passives=passives, icc=icc, cluster=cluster, sequential=sequential, units=units, exposed=exposed,
        before=before, periods=periods, per_period=per_period, autocorrelation=autocorrelation, noise=noise, seed=seed,
    )  # fmt: skip
