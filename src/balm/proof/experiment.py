"""What a randomized trial says: first whether the randomization held, then effects, guardrails and a verdict.

Order matters. A sample ratio that is broken (chi-square, p < 0.01) means that something else than chance decided who
is in which arm, or who was counted: no effect may then be read, however small its p (Fabijan et al. 2019, KDD).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from balm.core.stats import Floats, false_discovery
from balm.core.types import Estimate, Labels
from balm.core.verdicts import Assumption, Reading, Registered
from balm.proof import experiment_effects as effects
from balm.proof import experiment_words as words
from balm.proof.experiment_effects import Cells, Contrast
from balm.proof.experiment_panel import Randomized
from balm.proof.sequential import always_valid, planned_units, share_variance
from balm.proof.trial import Effect, ExperimentResult, Finding, Guard, SampleRatio, Trial, TrialMetric

__all__ = ["LEAST", "THRESHOLD", "Randomized", "experiment", "read_trial", "sample_ratio"]

THRESHOLD = 0.01
"""p below which the sample ratio counts as broken, and covariates or gaps as unequal between the arms."""
LEAST = 30
"""Units with a value that each arm needs, or no effect is read."""
LEVEL = 0.05
CROSSED = 0.01
"""Share of the units seen in two arms from which that is held against the trial."""
RULING = 0.1
"""Share of a metric's spread held by one unit from which that is said."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One metric with its moments and what is to be said of it."""

    metric: TrialMetric
    cells: Cells
    notes: tuple[str, ...]
    missing_p: float | None
    unbalanced: float | None


def experiment(
    trial: Trial, *, sequential: bool = False, planned: int | None = None, exposure_logged: bool | None = None
) -> ExperimentResult:
    """Read a trial: sample ratio, effects of the metrics, guardrails, and a verdict of a few sentences.

    `sequential`: the intervals and p of the effects hold at every look, however often one looks; `planned`: units of
    both sides at which they are to be narrowest, fixed before the start. Otherwise they hold for one look, planned
    beforehand. False discoveries among the effects are held to 5 %; guardrails are tested each at its own 5 %.
    """
    ratio = sample_ratio(trial)
    read = [_read(trial, metric) for metric in trial.metrics]
    compared = effects.contrasts(trial)
    looks = planned_units(planned) if sequential else 0
    found = [
        _effect(one, contrast, ratio.ok, looks)
        for one in read if one.metric.margin is None for contrast in compared
    ]  # fmt: skip
    q = false_discovery([math.nan if e.p is None else e.p for e in found])
    found = [replace(e, q=None if math.isnan(v) else float(v)) for e, v in zip(found, q, strict=True)]
    guards = [_guard(one, contrast, looks) for one in read if one.metric.margin for contrast in compared]
    finding, verdict = _verdict(trial, ratio, read, found, guards)
    return ExperimentResult(
        sample_ratio=ratio,
        effects=tuple(found),
        guardrails=tuple(guards),
        assumptions=_assumptions(trial, ratio, read, guards, sequential=sequential, exposure_logged=exposure_logged),
        counts={**trial.counts, "units": len(trial.arm)},
        finding=finding,
        verdict=verdict,
    )


def sample_ratio(trial: Trial) -> SampleRatio:
    """Chi-square test of the units in each arm against the planned ratio."""
    observed = np.bincount(trial.arm, minlength=len(trial.arms)).astype(np.float64)
    parts = np.asarray(trial.ratio or (1.0,) * len(trial.arms), np.float64)
    expected = observed.sum() * parts / parts.sum()
    p = effects.chi_square(observed, expected) if observed.sum() else 1.0
    return SampleRatio(
        p=p,
        ok=p >= THRESHOLD,
        threshold=THRESHOLD,
        observed={arm: int(n) for arm, n in zip(trial.arms, observed, strict=True)},
        expected={arm: float(n) for arm, n in zip(trial.arms, expected, strict=True)},
    )


def _read(trial: Trial, metric: TrialMetric) -> _Read:
    k = len(trial.arms)
    unbalanced = _unbalanced(trial, metric)
    if unbalanced is not None:
        metric = replace(metric, covariates=())  # it does not come from before: not used
    found = effects.cells(metric, trial.arm, k)
    missing = np.bincount(trial.arm, minlength=k) - found.n
    p = _missing_p(missing, found.n)
    notes = []
    if found.ruling > RULING and found.hits is None:
        notes.append(f"one unit holds {found.ruling:.0%} of the spread; consider cutting large values")
    if unbalanced is not None:
        notes.append("the covariate differs between the arms, so it is not from before the start: left out")
    if p is not None and p < THRESHOLD:
        notes.append("the arms differ in how many units have no value")
    return _Read(metric, found, tuple(notes), p, unbalanced)


def _missing_p(missing: Floats, present: Floats) -> float | None:
    """p of the same share without a value in every arm; None where none is missing or it cannot be told."""
    sizes = missing + present
    if not missing.any() or not present.any() or not sizes.all():
        return None
    share = missing.sum() / sizes.sum()
    observed = np.concatenate([missing, present])
    expected = np.concatenate([sizes * share, sizes * (1 - share)])
    from scipy.special import chdtrc

    return float(chdtrc(len(sizes) - 1, float((np.square(observed - expected) / expected).sum())))


def _unbalanced(trial: Trial, metric: TrialMetric) -> float | None:
    """The least p of a covariate that differs between the arms, adjusted for their number; None where none does.

    Before the start, chance alone divides the units: a covariate that differs comes from afterwards, and taking it
    out would take a part of the effect out with it.
    """
    found = []
    k = len(trial.arms)
    for values in metric.covariates:
        cells = effects.cells(TrialMetric("", values), trial.arm, k)
        found += [effects.absolute(cells, contrast)[1] for contrast in effects.contrasts(trial)]
    known = [p for p in found if p is not None]
    least = min(1.0, min(known) * len(known)) if known else 1.0
    return least if least < THRESHOLD else None


def _effect(one: _Read, contrast: Contrast, ok: bool, planned: int | None) -> Effect:
    """`planned`: 0 for one look, else (or None) for any number of them."""
    cells = one.cells
    made, p = _made(cells, contrast, planned)
    used = (contrast.plus + contrast.minus) > 0
    return Effect(
        metric=one.metric.name,
        arm=contrast.name,
        kind=one.metric.kind,
        better=one.metric.better,
        effect=made,
        relative=effects.relative(cells, contrast) if planned == 0 else _relative(made, cells, contrast),
        p=p,
        q=None,
        level=effects.side(cells, contrast, contrast.plus),
        control=effects.side(cells, contrast, contrast.minus),
        readable=ok and bool((cells.n[used] >= LEAST).all()) and not cells.flat,
        reduced=cells.reduced,
        notes=one.notes,
    )


def _made(cells: Cells, contrast: Contrast, planned: int | None) -> tuple[Estimate, float | None]:
    """The effect and its p, for one look (`planned` 0) or any number of them."""
    if planned == 0:
        return effects.absolute(cells, contrast)
    compared = effects.compare(cells, contrast)
    variance = compared.variance
    if cells.hits is not None:
        weight = contrast.plus - contrast.minus
        used = weight != 0
        variance = float(weight[used] ** 2 @ share_variance(cells.hits, cells.n)[used])
    return always_valid(compared.value, variance, compared.n, planned)


def _relative(effect: Estimate, cells: Cells, contrast: Contrast) -> Estimate:
    """The always-valid effect in relation to the control's level as it stands, whose own uncertainty is left out."""
    base = effects.compare(cells, contrast).base
    if not contrast.relative or effect.value is None or not base > 0:
        return replace(effects.NONE, n=effect.n)
    value, low, high = (v / base for v in (effect.value, effect.low or 0.0, effect.high or 0.0))
    return Estimate(value, low, high, effect.n, effect.method)


def _guard(one: _Read, contrast: Contrast, planned: int | None) -> Guard:
    margin, metric = one.metric.margin, one.metric
    assert margin is not None
    sign = 1 if metric.better == "higher" else -1
    tolerance = effects.Tolerance(sign, margin.size, margin.relative)
    test = effects.margin_test(one.cells, contrast, tolerance, planned)
    made, _ = _made(one.cells, contrast, planned)
    far = made.high if sign > 0 else made.low
    enough = bool((one.cells.n[(contrast.plus + contrast.minus) > 0] >= LEAST).all())
    return Guard(
        metric=metric.name,
        arm=contrast.name,
        kind=metric.kind,
        better=metric.better,
        margin=test["margin"],
        effect=made,
        worst=None if math.isnan(test["worst"]) else test["worst"],
        p=None if math.isnan(test["p"]) else test["p"],
        ok=test["p"] < LEVEL and enough,
        harmed=far is not None and sign * far < 0,
    )


def _verdict(
    trial: Trial, ratio: SampleRatio, read: Sequence[_Read], found: Sequence[Effect], guards: Sequence[Guard]
) -> tuple[Finding, Labels]:
    if not ratio.ok:
        return "sample ratio", words.ratio(ratio)
    goals = [one for one in read if one.metric.margin is None]
    small = _too_few(trial, goals or read)
    readable = [e for e in found if e.readable]
    if not readable and (small or not guards):
        return "too few", words.together(small)
    failed = [guard for guard in guards if not guard.ok]
    blocked = {guard.arm for guard in failed}
    shown = [e for e in readable if e.q is not None and e.q <= LEVEL]
    free = [e for e in shown if e.arm not in blocked]
    said = [words.guard(guard) for guard in failed]
    said += [words.difference(e) for e in shown]
    said += [words.none([one.metric.name for one in goals])] if not shown and goals and readable else []
    said += [words.missing(r.metric.name, r.missing_p) for r in read if r.missing_p is not None
             and r.missing_p < THRESHOLD]  # fmt: skip
    crossed, share = _crossed(trial)
    said += [words.crossed(crossed, share)] if share > CROSSED else []
    finding: Finding = "effect" if free else "guardrail" if failed else "no effect shown"
    return finding, words.together([*said, *small])


def _crossed(trial: Trial) -> tuple[int, float]:
    """Units seen in more than one arm, and their share of all."""
    crossed = int(trial.counts.get("crossed_over", 0))
    return crossed, crossed / max(crossed + len(trial.arm), 1)


def _too_few(trial: Trial, read: Sequence[_Read]) -> list[Labels]:
    said = []
    for one in read:
        least = int(one.cells.n.argmin())
        if one.cells.n[least] < LEAST:
            said.append(words.too_few(one.metric.name, trial.arms[least], int(one.cells.n[least]), LEAST))
        elif one.cells.flat:
            said.append(words.flat(one.metric.name))
    return said


def _assumptions(
    trial: Trial,
    ratio: SampleRatio,
    read: Sequence[_Read],
    guards: Sequence[Guard],
    *,
    sequential: bool,
    exposure_logged: bool | None,
) -> tuple[Assumption, ...]:
    crossed, share = _crossed(trial)
    least = min((float(one.cells.n.min()) for one in read), default=0.0)
    ruling = max((one for one in read if one.cells.hits is None), key=lambda one: one.cells.ruling, default=None)
    gaps = [one for one in read if one.missing_p is not None and one.missing_p < THRESHOLD]
    made = [
        Assumption(
            "sample_ratio", ratio.ok, {"p": ratio.p, "threshold": THRESHOLD, "observed": ratio.observed}, fatal=True
        ),
        Assumption("exposure_logged", exposure_logged),
        Assumption("enough_data", least >= LEAST, {"n": int(least), "minimum": LEAST}, fatal=True),
        Assumption("crossed_over", share <= CROSSED, {"units": crossed, "share": share}),
        Assumption("metric_complete", not gaps, {"metrics": [one.metric.name for one in gaps]}),
        Assumption("looked_at_daily", True if sequential else None, {"sequential": sequential}),
    ]
    if ruling is not None:
        facts = {"metric": ruling.metric.name, "share": ruling.cells.ruling}
        made.append(Assumption("one_unit_does_not_rule", ruling.cells.ruling <= RULING, facts))
    given = {metric.name for metric in trial.metrics if metric.covariates}
    for one in read:
        if one.metric.name in given:
            made.append(Assumption("balance", one.unbalanced is None, {"metric": one.metric.name, "p": one.unbalanced}))
    for guard in guards:
        facts = {"metric": guard.metric, "arm": guard.arm, "margin": guard.margin, "worst": guard.worst}
        made.append(Assumption("guardrail", guard.ok, facts, fatal=True))
    return tuple(made)


def read_trial(
    trial: Trial,
    registered: Registered,
    *,
    arm: str | None = None,
    sequential: bool = False,
    planned: int | None = None,
    exposure_logged: bool | None = None,
) -> Reading:
    """What the first metric that is no guardrail says of one arm (default: the first after the control), as a reading
    that `balm.proof.verdict.decide` takes. Observations are units; there are none from before."""
    found = experiment(trial, sequential=sequential, planned=planned, exposure_logged=exposure_logged)
    contrast = next(c for c in effects.contrasts(trial) if arm is None or c.name == arm)
    metric = next((m for m in trial.metrics if m.margin is None), None)
    one = next((e for e in found.effects if metric and (e.metric, e.arm) == (metric.name, contrast.name)), None)
    sides = [int(np.isin(trial.arm, np.flatnonzero(side)).sum()) for side in (contrast.plus, contrast.minus)]
    n = {"exposed_after": sides[0], "comparison_after": sides[1], "units": sides[0], "comparison_units": sides[1]}
    least = min(sides)
    own = [a for a in found.assumptions if a.name not in ("enough_data", "guardrail")]
    own += [a for a in found.assumptions if a.name == "guardrail" and a.facts["arm"] == contrast.name]
    enough = least >= max(registered.minimum, LEAST)
    own.append(Assumption("enough_data", enough, {"minimum": registered.minimum, "thin": {}, **n}, fatal=True))
    own.insert(0, Assumption("exposed_known", sides[0] > 0, {"exposed": sides[0]}, fatal=True))
    none = replace(effects.NONE, n=sides[0])
    if one is None:
        return Reading(none, none, none, none, None, n, tuple(own), (), "randomized")
    left = one.relative
    share = none
    if left.value is not None and left.low is not None and left.high is not None:
        share = Estimate(left.value + 1, max(left.low + 1, 0.0), left.high + 1, left.n, left.method)
    return Reading(
        one.effect, one.control, one.level, share, one.p, n, tuple(own), (), f"randomized, {one.effect.method}"
    )
