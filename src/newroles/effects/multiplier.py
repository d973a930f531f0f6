"""How far may many estimates stray at once? Critical values for all of them together, by the multiplier bootstrap."""

from __future__ import annotations

import numpy as np

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats, Integers

WEIGHTS = ("mammen", "rademacher")
_CELLS_AT_ONCE = 2**22


def cluster_sums(influence: Floats, clusters: Integers) -> Floats:
    """Influence functions added up by cluster: clusters x estimates. `influence`: units x estimates; `clusters`: from 0.

    >>> cluster_sums(np.array([[1.0], [2.0], [4.0]]), np.array([0, 0, 1])).ravel()
    array([3., 4.])
    """
    total = int(clusters.max()) + 1
    if total == len(clusters):
        return influence[np.argsort(clusters)]
    order = np.argsort(clusters, kind="stable")
    starts = np.searchsorted(clusters[order], np.arange(total))
    return np.add.reduceat(influence[order], starts, axis=0)


def largest_draws(
    sums: Floats, spread: Floats, draws: int, rng: np.random.Generator | None = None, weights: str = "mammen"
) -> Floats:
    """The largest |t| among estimates when nothing but chance moves them: one value per draw.

    `sums`: influence functions by cluster (clusters x estimates). `spread`: the square root of their summed squares, by
    estimate. In each draw a cluster's row is multiplied by one random weight with mean nought and variance one: "mammen",
    (1 - sqrt 5)/2 with probability (1 + sqrt 5)/(2 sqrt 5) and else (1 + sqrt 5)/2; "rademacher", 1 or -1.

    Raises InputError for other weights or fewer than 99 draws.

    Source: Callaway and Sant'Anna 2021, doi 10.1016/j.jeconom.2020.12.001, algorithm 1; Mammen 1993, doi
    10.1214/aos/1176349025.

    >>> largest_draws(np.eye(2), np.ones(2), 99, np.random.default_rng(1), "rademacher").max()
    np.float64(1.0)
    """
    if weights not in WEIGHTS:
        raise InputError(f"There are no weights '{weights}'. {did_you_mean(str(weights), WEIGHTS)}")
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 99:
        raise InputError(f"draws: expected a whole number of 99 or more, not {draws!r}. 1,000 is usual.")
    rng = np.random.default_rng() if rng is None else rng
    scaled = sums / spread
    root = np.sqrt(5.0)
    low, high, probability = ((1 - root) / 2, (1 + root) / 2, (1 + root) / (2 * root))
    if weights == "rademacher":
        low, high, probability = -1.0, 1.0, 0.5
    largest, at_once = [], max(1, _CELLS_AT_ONCE // max(scaled.shape))
    for first in range(0, draws, at_once):
        drawn = rng.random((min(at_once, draws - first), len(sums)))
        moved = np.where(drawn < probability, low, high) @ scaled
        largest.append(np.abs(moved).max(axis=1))
    return np.concatenate(largest)
