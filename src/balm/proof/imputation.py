"""What would have been without the fix, by imputation: fitted to cells that had none, and to nothing else.

The counterfactual of a cell is its unit's level plus the period's, on the scale of `balm.proof.scale`: Borusyak,
Jaravel and Spiess (2024), Review of Economic Studies 91, 3253–3285. A unit that has the fix never serves as the
comparison of a later one, so staggered starts and effects that differ do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from balm.core.panel import Panel
from balm.core.stats import Floats
from balm.proof.cells import Bools, Slices, spread, squared
from balm.proof.scale import Scale


@dataclass(frozen=True, slots=True)
class Table:
    """R units × T periods that count, the exposed first: means (0 where there is none), numbers of observations, masks
    as in `Slices`, `scatter`, how many are exposed, prior weights of units, places of the periods."""

    value: Floats
    n: Floats
    without: Bools
    having: Bools
    each: Floats
    side: int
    weight: Floats
    columns: Floats
    scale: Scale


def table(panel: Panel, cut: Slices, weight: Floats | None = None) -> Table:
    """Only periods in which either side may be told, and cells whose counterfactual may be. `weight`: of the comparison
    units, as `cut.comparison`; 0 leaves one out."""
    prior = np.ones(len(cut.exposed) + len(cut.comparison))
    if weight is not None:
        prior[len(cut.exposed) :] = weight
    rows = np.concatenate([cut.exposed, cut.comparison])
    rows, prior = rows[prior > 0], prior[prior > 0]
    without, having = cut.without[rows], cut.having[rows]
    known = without.any(axis=0)  # nobody without the fix: nothing to compare a period with
    having = having & known & without.any(axis=1)[:, None]
    columns = np.flatnonzero(known)
    each = spread(panel)
    value = np.nan_to_num(panel.value[rows][:, columns])
    n = panel.n[rows][:, columns].astype(np.float64)
    without = without[:, columns]
    middle = float((value * n)[without].sum() / max(n[without].sum(), 1e-9))
    if panel.kind != "mean":  # never quite at the end of the scale
        middle = (middle * float(n[without].sum()) + 0.5) / (float(n[without].sum()) + 1)
    return Table(
        value=value,
        n=n,
        without=without,
        having=having[:, columns],
        each=scatter(panel, each if each is None else each[rows], value, n * without),
        side=len(cut.exposed),
        weight=prior,
        columns=columns.astype(np.float64),
        scale=Scale(panel.kind, 0.0, middle),
    )


def scatter(panel: Panel, each: Floats | None, value: Floats, n: Floats) -> Floats:
    """R, of a mean: variance of one observation; of a rate, divided by the mean (1 for Poisson's). Never 0: where all
    observations of a cell are alike or nothing is known of them, what the cells scatter stands in."""
    if panel.kind != "mean":
        size, total = n.sum(axis=1), (n * value).sum(axis=1)
        known = each is not None and squared(panel)
        return (
            np.asarray(each * (size + 1) / (total + 1), np.float64) if each is not None and known else np.ones(len(n))
        )
    held = n > 0
    about = float(np.var(value[held])) if held.any() else 1.0
    if each is None:
        return np.full(len(n), max(about * float(np.median(n[held])) if held.any() else 1.0, 1e-12))
    return np.maximum(each, max(1e-6 * about, 1e-12))


@dataclass(frozen=True, slots=True)
class Noise:
    """A working model of a cell's noise on the scale: a state of variance `slow` that persists by `persistence` a
    period, and `white`, scatter beyond sampling as a part of one observation's variance."""

    slow: float = 0.0
    white: float = 0.0
    persistence: float = 0.0

    def kernel(self, columns: Floats) -> Floats:
        """T × T covariance of the state."""
        return np.asarray(self.slow * self.persistence ** np.abs(np.subtract.outer(columns, columns)), np.float64)


@dataclass(frozen=True, slots=True)
class Fit:
    """R × T: `without`, the fitted metric without the fix; `slope`, of it on the state; `noise`, residual ÷ slope where
    there was no fix, else 0; `precision` of the cells; `one`, variance of one observation on the scale."""

    without: Floats
    slope: Floats
    noise: Floats
    precision: Floats
    one: Floats
    unit: Floats
    period: Floats
    model: Noise
    scale: Scale


def two_way(precision: Floats, by_unit: Floats, by_period: Floats) -> tuple[Floats, Floats]:
    """Solve Σ precision · (a + b) = the given sums of each unit (R or R × K) and period (T or T × K) for a and b."""
    unit, period = precision.sum(axis=1), precision.sum(axis=0)
    # units and periods that nothing is known of, and parts of the panel that do not hang together, stay at 0
    ridge = 1e-10 * max(float(unit.max(initial=0.0)), 1e-200)
    unit, period = unit + ridge, period + ridge
    inner = np.diag(unit * (1 + 1e-10)) - (precision / period) @ precision.T
    inner += unit.mean() / len(unit) ** 2  # the level may be in a or in b: any choice, as only a + b is used
    a = np.linalg.solve(inner, by_unit - (precision / period) @ by_period)
    b = ((by_period - precision.T @ a).T / period).T
    return a, b


def without_levels(precision: Floats, x: Floats) -> Floats:
    """K × R × T columns with what units' and periods' levels explain of them taken out."""
    pull = precision * x
    a, b = two_way(precision, pull.sum(axis=2).T, pull.sum(axis=1).T)
    return np.asarray(x - a.T[:, :, None] - b.T[:, None, :], np.float64)


def fit(t: Table, model: Noise, start: tuple[Floats, Floats] | None = None, rounds: int = 25) -> Fit:
    """Units' and periods' levels by quasi-likelihood, cells weighted by what the noise model says of them."""
    held = t.without.astype(np.float64)
    n = np.where(t.without, t.n, 1.0)
    if start is None:
        total, size = (t.value * t.n * held).sum(axis=1), (t.n * held).sum(axis=1)
        prior = t.scale.middle
        start = t.scale.state((total + prior) / (size + 1)), np.zeros(t.n.shape[1])
    a, b = start
    # how far states may go from the middle, and what is little: in powers of e where the scale is bent
    reach = 12.0 if t.scale.kind != "mean" else 12 / max(abs(t.scale.bend), 1e-12)
    unit = 1.0 if t.scale.kind != "mean" else max(float(np.ptp(t.value[t.without])), 1e-12)
    for _ in range(rounds):
        value = t.scale.value(a[:, None] + b)
        slope = t.scale.slope(value)
        one = observation(t, value) / slope**2
        precision = held * t.weight[:, None] / (one * (1 / n + model.white) + model.slow)
        noise = held * (t.value - value) / slope
        pull = precision * noise
        da, db = two_way(precision, pull.sum(axis=1), pull.sum(axis=0))
        largest = max(float(np.abs(da[:, None] + db).max()), 1e-300)
        damp = min(1.0, 0.2 * reach / largest)
        a, b = np.clip(a + damp * da, -reach, reach), np.clip(b + damp * db, -reach, reach)
        if largest < 1e-7 * unit:
            break
    return Fit(value, slope, noise, precision, one, a, b, model, t.scale)


def observation(t: Table, value: Floats) -> Floats:
    """R × T, variance of one observation where the metric's mean is `value`."""
    if t.scale.kind == "share":
        return np.asarray(np.clip(value * (1 - value), 1e-6, None), np.float64)
    if t.scale.kind == "rate":
        return np.asarray(np.clip(value, 1e-6, None) * t.each[:, None], np.float64)
    return np.broadcast_to(t.each[:, None], value.shape)


def model_of(t: Table, f: Fit, lags: int = 6) -> Noise:
    """The working model from the residuals: `white` and `slow` by least squares on the pooled autocovariances, over a
    grid of persistences. Units' and periods' levels were fitted, which takes some of the noise along: the covariances
    are raised by what the model says it took."""
    held = t.without.astype(np.float64)
    weight = np.sqrt(f.precision)
    sampling = held * f.one / np.where(t.without, t.n, 1.0)
    lags = min(lags, t.n.shape[1] - 2)
    crowd = np.maximum(1 - weight**2 / np.maximum((weight**2).sum(axis=0), 1e-12), 0.2)
    raised = f.noise / np.sqrt(crowd)
    seen = np.empty(lags + 1)
    size = np.empty(lags + 1)
    for lag in range(lags + 1):
        early, late = slice(0, t.n.shape[1] - lag), slice(lag, None)
        both = weight[:, early] * weight[:, late]
        size[lag] = both.sum()
        seen[lag] = (both * raised[:, early] * raised[:, late]).sum() / max(size[lag], 1e-12)
    share = (f.precision).sum(axis=1) / max(float(f.precision.sum()), 1e-12)
    w2 = f.precision / np.maximum(f.precision.sum(axis=1, keepdims=True), 1e-12)
    mean_sampling = float((f.precision * sampling).sum() / max(float(f.precision.sum()), 1e-12))
    one = float((f.precision * f.one).sum() / max(float(f.precision.sum()), 1e-12))
    taken_sampling = float((share * (w2**2 * sampling).sum(axis=1)).sum())
    taken_white = float((share * (w2**2 * f.one).sum(axis=1)).sum())
    best, found = np.inf, Noise()
    target = seen.copy()
    target[0] -= mean_sampling
    target += taken_sampling
    for persistence in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9):
        kernel = Noise(1.0, 0.0, persistence).kernel(t.columns)
        taken_slow = float((share * np.einsum("it,it->i", w2 @ kernel, w2)).sum())
        design = np.stack([persistence ** np.arange(lags + 1.0) - taken_slow, -taken_white * np.ones(lags + 1)], axis=1)
        design[0, 1] += one
        x, loss = positive(design, target, np.sqrt(size))
        if loss < best * (1 - 1e-9):
            best, found = loss, Noise(float(x[0]), float(x[1]), persistence)
    return found


def positive(design: Floats, target: Floats, weight: Floats) -> tuple[Floats, float]:
    """Least squares with coefficients ≥ 0, two of them, and the loss."""
    a, y = design * weight[:, None], target * weight
    best, found = float(y @ y), np.zeros(2)
    for on in ([0, 1], [0], [1]):
        x = np.linalg.lstsq(a[:, on], y, rcond=None)[0]
        loss = float(((y - a[:, on] @ x) ** 2).sum())
        if (x >= 0).all() and loss < best * (1 - 1e-9):
            best, found = loss, np.zeros(2)
            found[on] = x
    return found, best


def fitted(t: Table) -> tuple[Table, Fit]:
    """Levels, noise model and, for means, the bend of the scale, each from the others; and the table on that scale."""
    f = fit(t, Noise(), rounds=6)
    for _ in range(2):
        f = fit(t, model_of(t, f), (f.unit, f.period))
        if t.scale.kind == "mean":
            for _ in range(4):
                bent = bend(t, f)
                step = float((f.precision * bent.across * f.noise).sum() - bent.prior * t.scale.bend) * bent.variance
                limit = 0.5 / max(float(np.abs(t.scale.state(f.without)[t.without]).max()), 1e-9)
                t = replace(t, scale=replace(t.scale, bend=t.scale.bend + float(np.clip(step, -limit, limit))))
                f = fit(t, f.model, start=None)
    return t, f


@dataclass(frozen=True, slots=True)
class Bend:
    """How the fit answers to the scale's bend: `across`, R × T, on the state, with units' and periods' levels taken
    out; `variance` of the bend, `prior` the precision of what is believed of it without data: levels of two units one
    standard deviation apart move alike, give or take a half."""

    across: Floats
    variance: float
    prior: float


def bend(t: Table, f: Fit) -> Bend:
    """Tukey's one degree of freedom for non-additivity (1949, Biometrics 5, 232–242), on a fitted scale."""
    raw = t.scale.bending(f.unit[:, None] + f.period) / f.slope
    across = without_levels(f.precision, raw[None])[0]
    level = (f.precision * f.without).sum(axis=1) / np.maximum(f.precision.sum(axis=1), 1e-12)
    prior = max(float(np.var(level)), 1e-12) / 0.25
    return Bend(across, 1 / (float((f.precision * across**2).sum()) + prior), prior)
