"""Intervals for a share: Wilson's for large bases, Clopper and Pearson's exact one for rare counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri


def wilson(share: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between which shares does the true one probably lie, given an observed share of `n`?

    `share` is 0-1 and `n` the number it is a share of. Returns the low and the high ends; NaN where either is missing.

    Source: Wilson (1927), JASA 22: 209-212, https://doi.org/10.1080/01621459.1927.10502953.

    >>> low, high = wilson(0.1, 100)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0552, 0.1744)
    """
    p, size = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    z = ndtri((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (p + z**2 / (2 * size)) / (1 + z**2 / size)
        half = z * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def clopper_pearson(
    count: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between which shares does the true one lie, without approximation? For counts near zero.

    Returns the low end (0 when nothing was counted) and the high end (1 when everything was).

    Source: Clopper and Pearson (1934), Biometrika 26: 404-413, https://doi.org/10.1093/biomet/26.4.404.

    >>> low, high = clopper_pearson(0, 14842)
    >>> float(low), round(float(high) * 1000, 3)
    (0.0, 0.249)
    """
    x, size = np.asarray(count, dtype=float), np.asarray(n, dtype=float)
    tail = (1 - level) / 2
    low = np.where(x > 0, betaincinv(np.maximum(x, 1), size - x + 1, tail), 0.0)
    high = np.where(x < size, betaincinv(x + 1, np.maximum(size - x, 1), 1 - tail), 1.0)
    return low, high
