"""How much would agreement vary with other units? Resamples of units, as numbers of times that each is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from newroles.coding.distances import Floats, Integers

# cells of the largest array that one batch of resamples makes: 64 MB of floats
_CELLS = 8_000_000


def resamples(times: Floats, n_boot: int, rng: np.random.Generator, width: int = 0) -> Iterator[Floats]:
    """How often does each row of ratings come in each of `n_boot` samples of as many units, drawn with replacement?

    `times` says how many units have the row. Yields arrays of rows x resamples, in batches that keep memory bounded
    where every resample also needs `width` further numbers. Few rows for many units are drawn as one multinomial, else
    unit by unit: the same distribution, whichever is faster.
    """
    units = round(float(times.sum()))
    few = 10 * len(times) < units
    batch = max(1, _CELLS // (width + (len(times) if few else units)))
    row_of_unit = np.repeat(np.arange(len(times)), times.astype(np.intp))
    for start in range(0, n_boot, batch):
        size = min(batch, n_boot - start)
        if few:
            yield np.ascontiguousarray(rng.multinomial(units, times / units, size=size).T, dtype=float)
        else:
            yield _drawn(row_of_unit, len(times), size, rng)


def _drawn(row_of_unit: Integers, rows: int, size: int, rng: np.random.Generator) -> Floats:
    picks = row_of_unit[rng.integers(0, len(row_of_unit), size=(size, len(row_of_unit)))]
    picks += np.arange(size)[:, None] * rows
    numbers = np.bincount(picks.ravel(), minlength=size * rows).reshape(size, rows)
    return np.ascontiguousarray(numbers.T, dtype=float)


def cluster_resamples(
    clusters: Integers, times: Floats, n_boot: int, rng: np.random.Generator, width: int = 0
) -> Iterator[Floats]:
    """As resamples, but whole clusters (documents, say) are drawn: `clusters` gives each row's cluster, counted from 0."""
    for drawn in resamples(np.ones(int(clusters.max()) + 1), n_boot, rng, len(times) + width):
        yield drawn[clusters] * times[:, None]
