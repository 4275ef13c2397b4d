"""The logistic regression against the conditions that define its optimum."""

import numpy as np
import pytest
from scipy import optimize
from scipy.sparse import csr_matrix

from balm.understand.linear import fit_logistic, minimize


def sparse_rows(n: int, width: int, seed: int) -> csr_matrix:
    rng = np.random.default_rng(seed)
    return csr_matrix(((rng.random((n, width)) < 0.3) * rng.random((n, width))).astype(np.float32))


def test_minimize_finds_the_minimum_scipy_finds() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(size=(30, 30))
    a = a @ a.T + np.eye(30)
    b = rng.normal(size=30)

    def f(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(x @ a @ x / 2 - b @ x), a @ x - b

    ours = minimize(f, np.zeros(30), steps=400, tolerance=1e-9)
    theirs = optimize.minimize(f, np.zeros(30), jac=True, method="L-BFGS-B", options={"gtol": 1e-10, "ftol": 1e-15})
    assert ours == pytest.approx(theirs.x, abs=1e-4)


@pytest.mark.parametrize("k", [2, 4])
def test_gradient_is_zero_at_the_fit(k: int) -> None:
    rows = sparse_rows(200, 12, 2)
    rng = np.random.default_rng(3)
    classes = rng.integers(0, k, 200)
    weights = rng.random(200)
    model = fit_logistic(rows, classes, n_classes=k, weights=weights, c=2.0, steps=500, tolerance=1e-7)
    p = model.proba(rows)
    one_hot = np.eye(k)[classes]
    residual = (p - one_hot) * weights[:, None] * 2.0
    if k == 2:
        residual = residual[:, 1:]
    gradient = rows.T @ residual + model.coef
    assert np.abs(gradient).max() < 2e-3
    assert np.abs(residual.sum(0)).max() < 2e-3


def test_learns_what_separates() -> None:
    rows = sparse_rows(500, 10, 4)
    classes = (rows[:, 0].toarray().ravel() > rows[:, 1].toarray().ravel()).astype(int)
    model = fit_logistic(rows, classes, c=100)
    assert (model.proba(rows).argmax(1) == classes).mean() > 0.95


def test_one_class_only_is_predicted_everywhere() -> None:
    rows = sparse_rows(20, 5, 5)
    model = fit_logistic(rows, np.ones(20, int), n_classes=2)
    assert (model.proba(rows)[:, 1] > 0.5).all()
