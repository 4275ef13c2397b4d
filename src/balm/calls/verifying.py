"""`balm.verify`: did a fix change a metric? Read from a file; also a command."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from balm.calls import panels
from balm.calls.measuring import guess_time
from balm.calls.panels import Exposed, Length, Rows
from balm.collect.open import as_sources, open_source
from balm.communicate import proof as words
from balm.communicate.figure import Figure
from balm.communicate.messages import say
from balm.core.errors import WrongUse
from balm.core.panel import MetricKind, Panel
from balm.core.types import Estimate, Labels
from balm.core.verdicts import Assumption, Better, Design, Outcome, PathPoint, Registered, Verdict
from balm.frame import read_frame
from balm.proof.verdict import judge

DESIGNS = ("did", "its", "synthetic", "matched")
MINIMUM = 100
MINIMUM_OF_SUMMED = 10
"""Where a file has one row a unit and period already."""
WEEKS = {"its": 16}
"""Weeks before the start from which on weeks are read: a forecast from one series needs more of them."""
MIXED = 0.1
"""Share of the rows in units that got the fix only partly from which on nothing is compared any more."""
_MORE_IS_BETTER = re.compile(
    r"score|nps|csat|ces|rating|stars?|satisf|content|resolved|评分|評分|满意|滿意|星|得分", re.I
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check found.

    `verdict`: gone, reduced, unchanged, worse or cannot tell; `because`: the rules or assumptions that decided it.
    `effect`, `without`, `level`: with 95 % intervals, in the unit of the metric, averaged over the exposed after the
    soak. `checks`: what it rests on. `registered`: what was asked, with what was not named filled in. `left_out`: rows
    that could not be used, by what they lacked. `metric`, `kind`, `period`: as it was read.
    """

    verdict: Outcome
    because: tuple[str, ...]
    effect: Estimate
    without: Estimate
    level: Estimate
    remaining: Estimate
    p: float | None
    n: dict[str, int]
    checks: tuple[Assumption, ...]
    counterfactual: tuple[PathPoint, ...]
    sentence: Labels
    registered: Registered
    metric: str
    kind: MetricKind
    period: Length
    method: str
    left_out: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As `balm verify --out` writes it."""
        made: dict[str, Any] = _plain(self._json())
        return made

    def _json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "because": list(self.because),
            "sentence": self.sentence,
            "effect": self.effect.to_json(),
            "without": self.without.to_json(),
            "level": self.level.to_json(),
            "remaining": self.remaining.to_json(),
            "p": self.p,
            "n": self.n,
            "checks": [
                {"name": a.name, "ok": a.ok, "why": words.why(a), "fatal": a.fatal, "facts": a.facts}
                for a in self.checks
            ],
            "counterfactual": [
                {
                    "start": point.start.isoformat(),
                    "observed": point.observed.to_json(),
                    "without": point.without.to_json(),
                    "after": point.after,
                }
                for point in self.counterfactual
            ],
            "design": str(self.registered.design),
            "method": self.method,
            "metric": self.metric,
            "kind": self.kind,
            "period": self.period,
            "registered": _registered(self.registered),
            "left_out": self.left_out,
        }

    def to_pandas(self) -> Any:
        """One row a period of the picture; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        return pd.DataFrame(
            {
                "start": [p.start for p in self.counterfactual],
                "observed": [p.observed.value for p in self.counterfactual],
                "without": [p.without.value for p in self.counterfactual],
                "without_low": [p.without.low for p in self.counterfactual],
                "without_high": [p.without.high for p in self.counterfactual],
                "n": [p.observed.n for p in self.counterfactual],
                "after": [p.after for p in self.counterfactual],
            }
        )

    def figure(self) -> Figure:
        """Observed against what would have been without the fix."""
        first = panels.date(self.registered.start) if self.registered.exposed else None
        return words.counterfactual(
            self.counterfactual,
            start=first,
            soak=self.registered.soak,
            kind=self.kind,
            what=_what(self.metric, self.kind),
        )


def verify(
    data: Any,
    *,
    design: str,
    unit: str,
    metric: str,
    exposed: str | Sequence[str] | Mapping[str, Any] | None = None,
    start: str | dt.date | None = None,
    time: str | None = None,
    soak: int = 0,
    by_start: str | None = None,
    period: Length | None = None,
    better: Better | None = None,
    margin: float | None = None,
    remainder: float = 0.2,
    baseline: int = 0,
    selected: int = 0,
    end: str | dt.date | None = None,
    minimum: int | None = None,
    excluded: Sequence[str] = (),
    target: float | None = None,
    seed: int = 0,
) -> Verified:
    """Whether a fix changed `metric` among the exposed, by comparison with what would have been without it.

    `metric`: "COLUMN=VALUE" or a column of yes and no (a share), or a column of numbers (its mean). `exposed`: names of
    units, "COLUMN=VALUE", a column of yes and no, or a column of each unit's start date; or unit → date. `by_start`:
    the column of start dates. Days: `soak`, `baseline`, `selected`. `margin`: the smallest change that matters; without
    one, a tenth of the level before (of a mean, of its standard deviation). Data too poor for a verdict give "cannot
    tell" with the reason. Raises WrongUse for what contradicts itself, InputRefused for a file that cannot be used.
    """
    _refuse(design, soak, baseline, selected, remainder=remainder, margin=margin, minimum=minimum, period=period)
    if not unit or not metric.partition("=")[0]:
        raise WrongUse("name the columns of units and of the metric: --unit store --metric late=yes")
    source = open_source(as_sources(data)[0]).sample()
    time = time or guess_time(data)
    column = exposed.partition("=")[0].strip() if isinstance(exposed, str) else ""
    wanted = [unit, time, metric.partition("=")[0], by_start or "", column if column in source.names else ""]
    frame = read_frame(data, [name for name in dict.fromkeys(wanted) if name])
    used = panels.rows(frame, unit, time, metric)
    first = None if start is None else panels.as_day(start)
    who = panels.exposed(frame, used, exposed, first, by_start)
    length = period or panels.usual_length(used, who.starts, WEEKS.get(design, 8))
    made = panels.panel(used, min(who.starts.values(), default=int(used.day.min())), length)
    better = better or ("higher" if used.kind == "mean" and _MORE_IS_BETTER.search(metric) else "lower")
    check = Registered(
        design=Design(design),
        exposed=who.starts,
        better=better,
        margin=_margin(used, who) if margin is None else margin,
        remainder=remainder,
        soak=soak,
        baseline=baseline,
        selected=selected,
        end=None if end is None else panels.as_day(end),
        minimum=_minimum(made) if minimum is None else minimum,
        period=7 if length == "day" else 0,
        excluded=(*excluded, *who.mixed),
        seed=seed,
        target=target,
    )
    verdict = judge(made, check, also=_mixed(used, who))
    return _result(verdict, check, metric, made.kind, length, used.left_out)


def _refuse(design: str, soak: int, baseline: int, selected: int, **more: Any) -> None:
    if design not in DESIGNS:
        raise WrongUse(f"unknown design {design!r}; one of {', '.join(DESIGNS)}; trials are read by balm experiment")
    if min(soak, baseline, selected) < 0:
        raise WrongUse("--soak, --baseline and --selected are days, 0 or more")
    if max(soak, baseline, selected) > panels.MOST_DAYS:
        raise WrongUse("--soak, --baseline and --selected are days, and a hundred years of them at most")
    if baseline and selected >= baseline:
        raise WrongUse(f"all {baseline} days of the baseline are days of the choice; give a longer --baseline")
    if not 0 <= more["remainder"] < 1:
        raise WrongUse("--remainder is a share: 0 or more and less than 1")
    if more["margin"] is not None and not (more["margin"] >= 0 and np.isfinite(more["margin"])):
        raise WrongUse("--margin is a change of the metric in its own unit, 0 or more")
    if more["minimum"] is not None and more["minimum"] < 1:
        raise WrongUse("--minimum is a number of rows, 1 or more")
    if more["period"] not in (None, "day", "week"):
        raise WrongUse(f"unknown period {more['period']!r}; day or week")


def _before(used: Rows, who: Exposed) -> Any:
    """Values of the exposed before the first start."""
    own = np.isin(used.unit, [i for i, name in enumerate(used.units) if name in who.starts])
    return used.value[own & (used.day < min(who.starts.values(), default=0))]


def _margin(used: Rows, who: Exposed) -> float:
    """A tenth of the level before the start, of a mean a tenth of its standard deviation; 0 where nothing was before.
    From the time before alone, so that the result has no part in it."""
    values = _before(used, who)
    if not len(values):
        return 0.0
    size = float(values.mean() if used.kind == "share" else values.std())
    return float(f"{size / 10:.2g}")


def _minimum(made: Panel) -> int:
    filled = made.n[made.n > 0]
    return MINIMUM_OF_SUMMED if len(filled) and float(np.median(filled)) <= 1 else MINIMUM


def _mixed(used: Rows, who: Exposed) -> tuple[Assumption, ...]:
    """Units that got the fix only partly: told, and fatal where they are many."""
    if not who.mixed:
        return ()
    share = float(np.isin(used.unit, [used.units.index(name) for name in who.mixed]).mean())
    facts = {"units": list(who.mixed), "share": share}
    return (Assumption("crossed_over", False, facts, fatal=share > MIXED or not who.starts),)


def _what(metric: str, kind: MetricKind) -> Labels:
    return say(f"proof.what.{kind}_of", metric=metric)


def _result(  # noqa: PLR0917
    verdict: Verdict, check: Registered, metric: str, kind: MetricKind, length: Length, left_out: dict[str, int]
) -> Verified:
    none = Estimate(None, None, None, 0, "")
    read = verdict.reading
    return Verified(
        verdict=verdict.outcome,
        because=verdict.because,
        effect=read.effect if read else none,
        without=read.without if read else none,
        level=read.level if read else none,
        remaining=read.remaining if read else none,
        p=read.p if read else None,
        n=read.n if read else {},
        checks=verdict.assumptions,
        counterfactual=read.path if read else (),
        sentence=words.sentence(verdict, check, what=_what(metric, kind), kind=kind),
        registered=check,
        metric=metric,
        kind=kind,
        period=length,
        method=read.method if read else "",
        left_out=left_out,
    )


def _registered(check: Registered) -> dict[str, Any]:
    """What was registered, days as dates."""
    return {
        "exposed": {name: panels.date(day).isoformat() for name, day in sorted(check.exposed.items())},
        "excluded": list(check.excluded),
        "better": check.better,
        "margin": check.margin,
        "remainder": check.remainder,
        "target": check.target,
        "soak": check.soak,
        "baseline": check.baseline,
        "selected": check.selected,
        "end": None if check.end is None else panels.date(check.end).isoformat(),
        "minimum": check.minimum,
    }


def _plain(value: Any) -> Any:
    """As JSON has it: no NumPy, no NaN."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
