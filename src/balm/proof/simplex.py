"""Least squares under weights that are not negative and sum to 1, for many targets at once."""

from __future__ import annotations

import numpy as np

from balm.core.stats import Floats
from balm.proof.cells import Bools

STEPS = 250


def project(points: Floats, allowed: Bools) -> Floats:
    """The nearest point on the simplex of each row (R × J); places that are not allowed get 0.

    Duchi, Shalev-Shwartz, Singer and Chandra (2008), ICML, 272–279. A row needs one allowed place.
    """
    masked = np.where(allowed, points, -np.inf)
    falling = -np.sort(-masked, axis=1)
    finite = np.where(np.isfinite(falling), falling, 0.0)
    excess = (np.cumsum(finite, axis=1) - 1) / np.arange(1, points.shape[1] + 1)
    last = (falling > excess).sum(axis=1) - 1
    threshold = excess[np.arange(len(points)), last]
    return np.asarray(np.maximum(masked - threshold[:, None], 0.0), np.float64)


def weigh(gram: Floats, cross: Floats, allowed: Bools) -> Floats:
    """R × J weights ω on the simplex that minimize ω′ gram ω − 2 cross·ω for each row of `cross` (R × J).

    `gram`: J × J, positive definite. Accelerated projected gradient: Beck and Teboulle (2009), SIAM J. Imaging Sci. 2,
    183–202, restarted where it overshoots (O'Donoghue and Candès 2015, Found. Comput. Math. 15, 715–732).
    """
    step = 1 / float(np.linalg.eigvalsh(gram)[-1])
    weights = np.where(allowed, 1.0, 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    ahead, momentum = weights, np.ones((len(cross), 1))
    for _ in range(STEPS):
        moved = project(ahead - step * (ahead @ gram - cross), allowed)
        change = moved - weights
        back = ((ahead - moved) * change).sum(axis=1, keepdims=True) > 0
        following = np.where(back, 1.0, (1 + np.sqrt(1 + 4 * momentum**2)) / 2)
        ahead = moved + np.where(back, 0.0, (momentum - 1) / following) * change
        weights, momentum = moved, following
        if float(np.abs(change).max()) < 1e-6:
            break
    return weights
