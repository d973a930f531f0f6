"""Many draws of one study: done in turn or side by side, and summed up as bias, scatter and coverage."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from newroles.datasets.intervals import wilson
from newroles.errors import InputError

Floats = npt.NDArray[np.float64]

# what is kept of each estimate
KEPT = ("estimate", "se", "low", "high", "truth")


def summarise_errors(stacked: Floats) -> pd.DataFrame:
    """How large are errors on average, how much do they scatter, and how often do intervals hold the truth?

    `stacked`: replicates x (estimate, se, low, high, truth) x quantities; a replicate without a low end was refused.
    Returns one row per quantity: the columns from truth on of `recover_totals`. An interval that ends at the truth holds it.

    >>> ones = np.array([[[9.0], [1], [8], [10], [10]], [[12], [1], [11], [13], [10]]])
    >>> summarise_errors(ones)[["bias", "sd", "coverage"]].round(2).values.tolist()
    [[0.5, 2.12, 0.5]]
    """
    rows: list[dict[str, Any]] = []
    for quantity in np.moveaxis(stacked, 2, 0):
        estimate, se, low, high, truth = quantity[~np.isnan(quantity[:, 2])].T
        n, refused = len(low), int(np.isnan(quantity[:, 2]).sum())
        rows.append(_summary(estimate, se, low, high, truth) | {"replicates": n, "refused": refused})
    return pd.DataFrame(rows)


def _summary(estimate: Floats, se: Floats, low: Floats, high: Floats, truth: Floats) -> dict[str, float]:
    n, blank = len(low), float("nan")
    mean = float(truth.mean()) if n else blank
    errors = estimate - truth
    bias, sd = (float(errors.mean()), float(errors.std(ddof=1))) if n > 1 else (blank, blank)
    bias_se = sd / np.sqrt(n) if n else blank
    reach = float(stats.t.ppf(0.975, n - 1)) * bias_se if n > 1 else blank
    # sums of weights carry rounding, and an interval may end at a whole number of trusts
    slack = 1e-9 * max(1.0, abs(mean)) if n else 0.0
    covered = float(((low <= truth + slack) & (truth - slack <= high)).mean()) if n else blank
    ends = wilson(covered, float(n)) if n else (blank, blank)
    relative = {"relative_bias": bias, "relative_low": bias - reach, "relative_high": bias + reach}
    return {
        "truth": mean, "bias": bias, "bias_se": bias_se, "bias_low": bias - reach, "bias_high": bias + reach,
        **{name: value / abs(mean) if mean else blank for name, value in relative.items()},
        "sd": sd, "se": float(se.mean()) if n else blank,
        "coverage": covered, "coverage_low": float(ends[0]), "coverage_high": float(ends[1]),
    }  # fmt: skip


def in_turn(task: Callable[[np.random.Generator], Any], streams: Iterable[np.random.Generator], jobs: int) -> list[Any]:
    """The task done with each stream, in order, by so many processes: the same results for any number."""
    listed = list(streams)
    if jobs == 1:
        return [task(stream) for stream in listed]
    # fresh processes: a copy of one that runs threads (a notebook's) may hang
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(task, listed, chunksize=max(1, len(listed) // (4 * jobs))))


def require_replicates(replicates: int, jobs: int) -> None:
    """Can so many replicates be summed up, by so many processes? Raises InputError when not.

    >>> require_replicates(2, 1)
    """
    if replicates < 2:
        raise InputError(f"replicates: {replicates} is too few: at least 2 are needed to see how errors scatter.")
    if jobs < 1:
        raise InputError(f"jobs: {jobs} is impossible: expected 1 process or more.")
