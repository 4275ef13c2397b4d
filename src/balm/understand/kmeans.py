"""k-means on dense float32 rows, seeded by k-means++; small, single-threaded, the same result for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Rows = NDArray[np.float32]
Labels = NDArray[np.int64]


def kmeans(x: Rows, k: int, rng: np.random.Generator, *, restarts: int = 3, steps: int = 40) -> tuple[Labels, Rows]:
    """Labels, shape (n,), and centroids, shape (k, d), of the best of `restarts` runs (Lloyd 1982; seeding of Arthur &
    Vassilvitskii 2007, the best of three draws). k is cut to the number of rows; every label occurs where the rows
    differ enough. More rows than some 50,000 are better sampled by the caller: `assign` does the rest.
    """
    k = min(k, len(x))
    best: tuple[float, Labels, Rows] | None = None
    for _ in range(restarts):
        centers = _seed(x, k, rng)
        labels = assign(x, centers)
        for _ in range(steps):
            centers = means(x, labels, k, centers)
            new = assign(x, centers)
            moved = np.count_nonzero(new != labels)
            labels = new
            if moved <= len(x) // 2_000:
                break
        cost = float(np.square(x - centers[labels]).sum(dtype=np.float64))
        if best is None or cost < best[0]:
            best = cost, labels, centers
    assert best is not None
    return best[1], best[2]


def assign(x: Rows, centers: Rows) -> Labels:
    """The nearest centroid of each row."""
    half = np.square(centers).sum(1) / 2
    out = np.empty(len(x), np.int64)
    for at in range(0, len(x), 20_000):
        np.argmax(x[at : at + 20_000] @ centers.T - half, axis=1, out=out[at : at + 20_000])
    return out


def means(x: Rows, labels: Labels, k: int, fallback: Rows | None = None) -> Rows:
    """Mean row of each label; an empty one keeps its row of `fallback` (zeros by default)."""
    count = np.bincount(labels, minlength=k)
    member = csr_matrix((np.ones(len(x), np.float32), (labels, np.arange(len(x)))), shape=(k, len(x)))
    total: Rows = np.asarray(member @ x, np.float32)
    total /= np.maximum(count, 1)[:, None].astype(np.float32)
    if fallback is not None:
        total[count == 0] = fallback[count == 0]
    return total


def merge(centers: Rows, sizes: Labels, k: int) -> Labels:
    """Join centroids by average linkage on their cosines until k groups are left: the group of each, 0 … k−1.

    k-means alone likes themes of one size; joining finer groups lets a big theme be big.
    """
    m = len(centers)
    unit = centers / np.maximum(np.linalg.norm(centers, axis=1, keepdims=True), 1e-9)
    alike = (unit @ unit.T).astype(np.float64)
    np.fill_diagonal(alike, -np.inf)
    weight = np.maximum(sizes, 1).astype(np.float64)
    group = np.arange(m)
    open_ = np.ones(m, np.bool_)
    for _ in range(m - k):
        i, j = sorted(divmod(int(alike.argmax()), m))
        open_[j] = False
        joined = (weight[i] * alike[i] + weight[j] * alike[j]) / (weight[i] + weight[j])
        joined[~open_ | (np.arange(m) == i)] = -np.inf
        alike[i] = alike[:, i] = joined
        alike[j] = alike[:, j] = -np.inf
        weight[i] += weight[j]
        group[group == j] = i
    return np.unique(group, return_inverse=True)[1]


def _seed(x: Rows, k: int, rng: np.random.Generator, draws: int = 3, most: int = 3_000) -> Rows:
    """k-means++ on a sample: the seeds need not see every row."""
    if len(x) > max(most, 20 * k):
        x = x[np.sort(rng.choice(len(x), max(most, 20 * k), replace=False))]
    square = np.square(x).sum(1)
    centers = [x[int(rng.integers(len(x)))]]
    distance = np.maximum(square - 2 * (x @ centers[0]) + centers[0] @ centers[0], 0)
    for _ in range(k - 1):
        cumulated = np.cumsum(distance, dtype=np.float64)
        drawn = np.searchsorted(cumulated, rng.random(draws) * cumulated[-1])
        drawn = np.minimum(drawn, len(x) - 1)
        tried = np.maximum(square[:, None] - 2 * (x @ x[drawn].T) + square[drawn], 0)
        tried = np.minimum(tried, distance[:, None])
        one = int(tried.sum(0, dtype=np.float64).argmin())
        distance = tried[:, one]
        centers.append(x[drawn[one]])
    return np.array(centers, np.float32)
