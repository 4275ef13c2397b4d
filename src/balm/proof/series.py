"""One series with level, trend, season and autocorrelated noise, and what it would have done next.

    y_t = x_t′β + u_t + e_t,   u_t = ρ u_(t−1) + ε_t,   Var u = s² κ c,   Var e_t = s² r_t

`r_t` is what one period's observations alone would scatter (variance of an observation ÷ n), s² how much more there is
(overdispersion), κ and ρ the size and persistence of noise that outlasts a period. β has a flat prior, but for the
slope, and is integrated out, which gives the restricted likelihood (Harville 1974, Biometrika 61, 383–385); ρ, κ and
s² are integrated over a grid, weighed by it, so that an interval holds how little a short baseline says of
them. Beforehand ρ is uniform on 0 … 1, κ and s² in their logarithms. The filter is Kalman's with the columns of
x carried along (the augmented filter of de Jong 1991, Annals of Statistics 19, 1073–1083), for all of the grid at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from balm.core.stats import Floats, Ints
from balm.proof.cells import Bools

RHO = np.array([0.0, 0.25, 0.45, 0.6, 0.72, 0.82, 0.9, 0.95, 0.98])
GAPS = np.gradient(np.concatenate([RHO, [1.0]]))[:-1]
"""Length of 0 … 1 that each value of ρ stands for: beforehand all are as likely."""
KAPPAS, SCALES = 9, 18
WIDTHS = np.array([1.0, 8.0])
"""What is known of β beforehand may be too sure of itself: as likely as not it is this many times as wide."""
LEAST_SCALE = 0.8
"""Observations of unlike units scatter a little less than pooled ones would, but never much less."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A distribution as a weighted sum of normals: `weight`, `mean`, `variance` of one length."""

    weight: Floats
    mean: Floats
    variance: Floats

    @property
    def center(self) -> float:
        """Its mean."""
        return float(self.weight @ self.mean)

    @property
    def sd(self) -> float:
        """Its standard deviation."""
        return math.sqrt(max(float(self.weight @ (self.variance + self.mean**2)) - self.center**2, 0.0))

    def below(self, x: float) -> float:
        """Probability of a value under x."""
        z: Any = (x - self.mean) / np.sqrt(self.variance)
        tail: Floats = special.ndtr(z)
        return float(self.weight @ tail)

    def quantile(self, q: float) -> float:
        """By bisection, to a 10⁻⁹ of the spread."""
        low, high = self.center - 40 * self.sd, self.center + 40 * self.sd
        for _ in range(48):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(middle) < q else (low, middle)
        return (low + high) / 2

    def interval(self) -> tuple[float, float]:
        """The middle 95 %."""
        return self.quantile(0.025), self.quantile(0.975)

    def p(self, x: float = 0.0) -> float:
        """Two-sided tail probability of x."""
        under = self.below(x)
        return float(min(1.0, 2 * min(under, 1 - under)))


@dataclass(frozen=True, slots=True)
class Filtered:
    """What the filter keeps of a series of T periods for a grid of G values of (ρ, κ), `prior` their weights.

    `v`: T × G × (1 + k), innovations of y and of each column of x over their standard deviation, 0 where nothing was
    observed. `logs`: T × G, logs of their variances. `a`: (T + 1) × G × (1 + k) and `P`: (T + 1) × G, the noise u
    after each period (the first is before any). `unit`: c, the variance that κ multiplies. `ridges`: H × k, what may be
    known of β beforehand (1 ÷ variance around 0, at s² = 1; 0 for nothing), `odds`: H, how likely each is.
    """

    x: Floats
    r: Floats
    seen: Bools
    ridges: Floats
    odds: Floats
    prior: Floats
    rho: Floats
    kappa: Floats
    unit: float
    v: Floats
    logs: Floats
    a: Floats
    P: Floats

    @property
    def free(self) -> int:
        """Columns that nothing is known of beforehand."""
        return int((self.ridges[0] == 0).sum())


def grid(y: Floats, x: Floats, r: Floats, seen: Bools) -> tuple[Floats, Floats, Floats, float]:
    """Values of ρ and κ worth asking about, their prior weights, and c: κ up to what least squares leave over."""
    unit = float(1 / np.mean(1 / r[seen]))
    left = y[seen] - x[seen] @ np.linalg.lstsq(x[seen], y[seen], rcond=None)[0]
    excess = float(left @ left) / max(int(seen.sum()) - x.shape[1], 1) / unit
    kappas = np.geomspace(0.05, 4 * max(excess, 1.0), KAPPAS)
    rho, kappa = (part.ravel() for part in np.meshgrid(RHO, kappas, indexing="ij"))
    # without any lasting noise, ρ says nothing: one more cell, with the weight of one at ρ = 0
    prior = np.concatenate([GAPS[:1], np.repeat(GAPS, KAPPAS)])
    return np.concatenate([[0.0], rho]), np.concatenate([[0.0], kappa]), prior / prior.sum(), unit


def run(y: Floats, x: Floats, r: Floats, seen: Bools, known: tuple[Floats, Floats]) -> Filtered:
    """Filter y (T) with columns x (T × k), least noise r (T, > 0), where it was observed (T). `known`: `ridges` and
    `odds` of `Filtered`."""
    rho, kappa, prior, unit = grid(y, x, r, seen)
    steps, cells = len(y), len(rho)
    columns = np.concatenate([np.where(seen, y, 0.0)[:, None], x], axis=1)
    v = np.zeros((steps, cells, columns.shape[1]))
    logs = np.zeros((steps, cells))
    a = np.zeros((steps + 1, cells, columns.shape[1]))
    P = np.empty((steps + 1, cells))
    P[0] = stationary = kappa * unit
    shock, rho2, keep = stationary * (1 - rho**2), rho**2, rho[:, None]
    for t in range(steps):
        ahead = a[t] * keep
        spread = P[t] * rho2 + shock
        if not seen[t]:
            a[t + 1], P[t + 1] = ahead, spread
            continue
        F = spread + r[t]
        gain = spread / F
        innovation = columns[t] - ahead
        a[t + 1] = ahead + gain[:, None] * innovation
        P[t + 1] = spread * (1 - gain)
        v[t] = innovation / np.sqrt(F)[:, None]
        logs[t] = np.log(F)
    return Filtered(x, r, seen, *known, prior, rho, kappa, unit, v, logs, a, P)


@dataclass(frozen=True, slots=True)
class Fit:
    """The grid after the first `upto` periods, once for each of the prior widths (H in all): `cell`: H, the place in
    the filter's grid, `beta` H × k, `cover` H × k × k (inverse information), `weight` H × S over the scales `scale`
    (H × S, values of s²), summing to 1."""

    filtered: Filtered
    upto: int
    cell: Ints
    beta: Floats
    cover: Floats
    weight: Floats
    scale: Floats

    @property
    def persistence(self) -> float:
        """Correlation of the noise of neighboring periods: mean of ρ · its share of all noise."""
        rho, kappa = self.filtered.rho[self.cell], self.filtered.kappa[self.cell]
        return float(self.weight.sum(axis=1) @ (rho * kappa / (kappa + 1)))


def fit(filtered: Filtered, upto: int) -> Fit | None:
    """Weigh the grid by what the first `upto` periods say; None where they do not tell x apart."""
    f = filtered
    part = f.v[:upto].transpose(1, 0, 2)
    moments = part.transpose(0, 2, 1) @ part
    ways, k = f.ridges.shape
    tight = f.ridges[0] > 0
    sxx = (moments[:, 1:, 1:] + f.ridges[:, None, :, None] * np.eye(k)).reshape(-1, k, k)
    cell = np.tile(np.arange(len(f.rho)), ways)
    sxy, syy = moments[cell, 1:, 0], moments[cell, 0, 0]
    free = int(f.seen[:upto].sum()) + int(tight.sum()) - k
    sign, logdet = np.linalg.slogdet(sxx)
    if free < 3 or (sign <= 0).any():
        return None
    # the narrower a prior, the more it says where it is right
    logdet = logdet - np.repeat(np.log(f.ridges[:, tight]).sum(axis=1), len(f.rho))
    cover = np.asarray(np.linalg.inv(sxx), np.float64)
    beta = np.einsum("gij,gj->gi", cover, sxy)
    rss = np.maximum(syy - np.einsum("gi,gi->g", beta, sxy), 1e-300)
    top = max(LEAST_SCALE * 4, 3 * float((rss / free).max()))
    scale = np.geomspace(LEAST_SCALE, top, SCALES)
    spent = f.logs[:upto].sum(axis=0)[cell] + logdet
    loglik = -0.5 * (spent[:, None] + free * np.log(scale) + rss[:, None] / scale)
    loglik += (np.log(f.prior[cell]) + np.log(np.repeat(f.odds, len(f.rho))))[:, None]
    weight = np.exp(loglik - loglik.max())
    return Fit(filtered, upto, cell, beta, cover, weight / weight.sum(), np.broadcast_to(scale, weight.shape))


def ahead(fitted: Fit, x: Floats, share: Floats, r: Floats | None = None) -> Mixture:
    """Distribution of Σ share_t · y_t over the periods after the fitted ones, in order and without gaps: x T₁ × k,
    `share` T₁. With `r` (T₁) the scatter of their observations is in it, else only the level they scatter around."""
    f, cell = fitted.filtered, fitted.cell
    rho = f.rho[cell]
    b = np.zeros_like(rho)
    process = np.zeros_like(rho)
    for weight in share[::-1].tolist():
        b = weight + rho * b
        process += b**2
    process *= f.kappa[cell] * f.unit * (1 - rho**2)
    carried = b * rho
    state = f.a[fitted.upto, cell]
    d = x.T @ share - carried[:, None] * state[:, 1:]
    mean = carried * state[:, 0] + np.einsum("gi,gi->g", d, fitted.beta)
    variance = np.einsum("gi,gij,gj->g", d, fitted.cover, d) + carried**2 * f.P[fitted.upto, cell] + process
    if r is not None:
        variance = variance + float(share**2 @ r)
    everywhere = np.broadcast_to(mean[:, None], fitted.scale.shape)
    return Mixture(fitted.weight.ravel(), everywhere.ravel(), (fitted.scale * variance[:, None]).ravel())


def bands(fitted: Fit, x: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the level of each period after the fitted ones (T₁ each)."""
    f, cell = fitted.filtered, fitted.cell
    by_cell = fitted.weight.sum(axis=1)
    scale = np.divide((fitted.weight * fitted.scale).sum(axis=1), by_cell, out=np.ones_like(by_cell), where=by_cell > 0)
    powers = f.rho[cell] ** np.arange(1, len(x) + 1)[:, None]
    state = f.a[fitted.upto, cell]
    d = x[:, None, :] - powers[:, :, None] * state[None, :, 1:]
    mean = powers * state[:, 0] + np.einsum("tgi,gi->tg", d, fitted.beta)
    variance = np.einsum("tgi,gij,tgj->tg", d, fitted.cover, d, optimize=True) + powers**2 * f.P[fitted.upto, cell]
    variance += f.kappa[cell] * f.unit * (1 - powers**2)
    center = mean @ by_cell
    return center, np.sqrt(np.maximum((variance * scale + mean**2) @ by_cell - center**2, 0.0))


def expected(fitted: Fit) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the level of each fitted period, given all before it (`upto` each)."""
    f, upto = fitted.filtered, fitted.upto
    by_cell = fitted.weight.sum(axis=1)
    best = int(by_cell.argmax())
    cell = int(fitted.cell[best])
    rho = float(f.rho[cell])
    state = f.a[:upto, cell] * rho
    mean = f.x[:upto] @ fitted.beta[best] + state[:, 0] - state[:, 1:] @ fitted.beta[best]
    lasting = f.P[:upto, cell] * rho**2 + f.kappa[cell] * f.unit * (1 - rho**2)
    d = f.x[:upto] - state[:, 1:]
    scale = float(fitted.weight[best] @ fitted.scale[best] / by_cell[best])
    variance = np.einsum("ti,ij,tj->t", d, fitted.cover[best], d) + lasting
    return mean, np.sqrt(np.maximum(variance * scale, 0.0))
