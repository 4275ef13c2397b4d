"""Logistic regression on sparse rows, small and quick to import.

scikit-learn would serve, at 3.5 s of processor time for its import alone, which is more than the whole analysis of
10,000 comments (docs/decisions/002-no-scikit-learn-at-run-time.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """`coef`, shape (features, k); `intercept`, shape (k,). k = 1 for two classes, else the number of classes."""

    coef: NDArray[np.float32]
    intercept: NDArray[np.float32]

    def decision(self, rows: csr_matrix) -> NDArray[np.float32]:
        """Scores before the link, shape (n, k)."""
        score: NDArray[np.float32] = np.asarray(rows @ self.coef)
        score += self.intercept
        return score

    def proba(self, rows: csr_matrix) -> NDArray[np.float32]:
        """Probability of each class, shape (n, classes); two classes give the columns 0 and 1."""
        score = self.decision(rows)
        if score.shape[1] == 1:
            p = 1 / (1 + np.exp(-score.astype(np.float64)))
            return np.hstack([1 - p, p]).astype(np.float32)
        score -= score.max(1, keepdims=True)
        e: NDArray[np.float32] = np.exp(score, out=score)
        e /= e.sum(1, keepdims=True)
        return e


def minimize(
    f: Callable[[Floats], tuple[float, Floats]], x: Floats, *, steps: int, tolerance: float, memory: int = 8
) -> Floats:
    """Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5) with backtracking, for smooth convex functions."""
    value, grad = f(x)
    s_list: list[Floats] = []
    y_list: list[Floats] = []
    scale0 = float(np.abs(grad).max()) or 1.0
    for _ in range(steps):
        if np.abs(grad).max() <= tolerance * scale0:
            break
        direction = -_apply_inverse_hessian(grad, s_list, y_list)
        slope = float(grad @ direction)
        step = 1.0 if s_list else min(1.0, 1.0 / float(np.abs(grad).sum()))
        new_value, new_grad = f(x + step * direction)
        while new_value > value + 1e-4 * step * slope and step > 1e-10:
            step /= 2
            new_value, new_grad = f(x + step * direction)
        s, y = step * direction, new_grad - grad
        if s @ y > 1e-12:
            s_list.append(s)
            y_list.append(y)
            del s_list[:-memory], y_list[:-memory]
        x, value, grad = x + s, new_value, new_grad
    return x


def _apply_inverse_hessian(grad: Floats, s_list: list[Floats], y_list: list[Floats]) -> Floats:
    q = grad.copy()
    alphas: list[float] = []
    for s, y in zip(reversed(s_list), reversed(y_list), strict=True):
        alpha = float(s @ q) / float(s @ y)
        q -= alpha * y
        alphas.append(alpha)
    if s_list:
        q *= float(s_list[-1] @ y_list[-1]) / float(y_list[-1] @ y_list[-1])
    for s, y, alpha in zip(s_list, y_list, reversed(alphas), strict=True):
        q += s * (alpha - float(y @ q) / float(s @ y))
    return q


def fit_logistic(
    rows: csr_matrix,
    classes: NDArray[np.integer],
    *,
    n_classes: int | None = None,
    weights: NDArray[np.floating] | None = None,
    c: float = 1.0,
    steps: int = 60,
    tolerance: float = 1e-3,
) -> Linear:
    """L2-penalized logistic regression, ½‖w‖² + C·Σ weightᵢ·lossᵢ, intercept free; softmax for more than two classes.

    `rows`, shape (n, features); `classes`, shape (n,), 0 … n_classes − 1; `weights`, shape (n,), ≥ 0, default 1. Only
    columns that occur are solved for, so the width of the hash costs nothing.
    """
    k = int(n_classes if n_classes is not None else classes.max() + 1)
    used = np.unique(rows.indices)
    position = np.zeros(rows.shape[1], np.int32)
    position[used] = np.arange(len(used), dtype=np.int32)
    x = csr_matrix((rows.data, position[rows.indices], rows.indptr), shape=(rows.shape[0], len(used)))
    xt = x.T.tocsr()
    w = np.ones(len(classes)) if weights is None else np.asarray(weights, np.float64)
    width = 1 if k == 2 else k
    target = np.zeros((len(classes), width))
    if width == 1:
        target[:, 0] = classes
    else:
        target[np.arange(len(classes)), classes] = 1

    def loss(theta: Floats) -> tuple[float, Floats]:
        coef, intercept = theta[:-width].reshape(-1, width), theta[-width:]
        score = np.asarray(x @ coef.astype(np.float32), np.float64) + intercept
        if width == 1:
            nll = np.logaddexp(0, score[:, 0]) - target[:, 0] * score[:, 0]
            residual = 1 / (1 + np.exp(-np.clip(score, -500, 500))) - target
        else:
            top = score.max(1, keepdims=True)
            e = np.exp(score - top)
            total = e.sum(1, keepdims=True)
            nll = (np.log(total) + top)[:, 0] - (target * score).sum(1)
            residual = e / total - target
        residual *= c * w[:, None]
        grad = np.asarray(xt @ residual.astype(np.float32), np.float64) + coef
        value = c * float(w @ nll) + 0.5 * float((coef**2).sum())
        return value, np.concatenate([grad.ravel(), residual.sum(0)])

    theta = minimize(loss, np.zeros((len(used) + 1) * width), steps=steps, tolerance=tolerance)
    coef = np.zeros((rows.shape[1], width), np.float32)
    coef[used] = theta[:-width].reshape(-1, width)
    return Linear(coef, theta[-width:].astype(np.float32))
