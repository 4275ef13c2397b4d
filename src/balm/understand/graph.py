"""Neighbors among dense rows, and the coordinates their graph gives (spectral embedding)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from balm.understand.space import randomized_svd

Rows = NDArray[np.float32]


def neighbors(x: Rows, m: int) -> csr_matrix:
    """The m most alike rows of each unit row, by cosine squared (negative ones 0); shape (n, n), not symmetric."""
    n = len(x)
    m = min(m, n - 1)
    columns = np.empty((n, m), np.int32)
    values = np.empty((n, m), np.float32)
    for at in range(0, n, 1_000):
        alike = x[at : at + 1_000] @ x.T
        alike[np.arange(len(alike)), np.arange(at, at + len(alike))] = -2
        nearest = np.sort(np.argpartition(alike, n - m, axis=1)[:, n - m :], axis=1)
        columns[at : at + 1_000] = nearest
        values[at : at + 1_000] = np.take_along_axis(alike, nearest, 1)
    values = np.square(np.maximum(values, 0))
    return csr_matrix((values.ravel(), columns.ravel(), np.arange(0, n * m + 1, m)), shape=(n, n))


def spectral(x: Rows, d: int, rng: np.random.Generator, *, m: int = 15, steps: int = 4) -> Rows:
    """Coordinates of the normalized graph of neighbors after `steps` of a walk on it, shape (n, d), unit rows
    (Ng, Jordan & Weiss 2001; Coifman & Lafon 2006).
    """
    graph = neighbors(x, m)
    graph = (graph + graph.T).tocsr()
    degree = np.asarray(graph.sum(1), np.float64).ravel()
    scale = (1 / np.sqrt(np.maximum(degree, 1e-9))).astype(np.float32)
    rows = np.repeat(np.arange(len(x)), np.diff(graph.indptr))
    data = graph.data * scale[rows] * scale[graph.indices]
    graph = csr_matrix((data, graph.indices, graph.indptr), shape=graph.shape)
    left, values, _ = randomized_svd(graph, d, rng, iterations=8)
    placed = left * values**steps
    length = np.linalg.norm(placed, axis=1, keepdims=True)
    out: Rows = (placed / np.where(length > 0, length, 1)).astype(np.float32)
    return out
