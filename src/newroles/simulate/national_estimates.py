"""The estimators of the overview, for many columns at once: checks need them some hundred thousand times.

`survey_estimates` and `adoption` are what chapters call, one column at a time; that these give the same numbers is
tested for every method.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import stats

from newroles.datasets.intervals import wilson
from newroles.overview import Adjustment, bounds, finite_population_interval, finite_population_wilson

Floats = npt.NDArray[np.float64]

NO_SPREAD = 1e-9  # shares and standard errors nearer to 0 than this are rounding


def estimate_totals(values: Floats, in_frame: int, adjustment: Adjustment | None, level: float = 0.95) -> Floats:
    """What are the totals over the frame of several columns at once, as `survey_estimates` gives them one by one?

    `values`: answers x columns. Post-stratified ones have their groups as strata, each with its own finite-population
    correction. Returns estimate, se, low and high (rows) by column.

    >>> estimate_totals(np.array([[2.0], [4], [9]]), 6, None)[:2].round(3).ravel().tolist()
    [30.0, 8.832]
    """
    n = len(values)
    weights = np.full(n, in_frame / n) if adjustment is None else adjustment.weight.to_numpy(float)
    influence = weights[:, np.newaxis] * values
    estimate = influence.sum(axis=0)
    se = np.sqrt(_variances(influence, weights, in_frame, adjustment))
    groups = 1 if adjustment is None or adjustment.post_strata is None else adjustment.post_strata.nunique()
    if n <= groups:  # no spread to see: refused, as `survey_estimates` does
        return np.full((4, values.shape[1]), np.nan)
    reach = stats.t.ppf((1 + level) / 2, n - groups) * se
    return np.vstack([estimate, se, estimate - reach, estimate + reach])


def weighted_numbers(has: npt.NDArray[np.bool_], in_frame: int, adjustment: Adjustment, level: float = 0.95) -> Floats:
    """How many trusts have each of several roles, as `adoption` gives them by a weighted method?

    `has`: answers x roles. Returns estimate, se, low and high (rows) by role, in trusts.
    """
    weights, n, x = adjustment.weight.to_numpy(float), len(has), has.sum(axis=0)
    total = weights.sum()
    share = weights @ has / total
    influence = weights[:, np.newaxis] * (has - share) / total
    se = np.sqrt(_variances(influence, weights, in_frame, adjustment))
    exact = np.array([_exact(int(each), n, in_frame, level) for each in x]).reshape(-1, 2).T / in_frame
    worst, best = np.array([bounds(int(each), n, in_frame) for each in x]).reshape(-1, 2).T
    estimate = np.clip(share, worst, best)
    low, high = np.minimum(exact[0], estimate), np.maximum(exact[1], estimate)
    has_spread = (x > 0) & (x < n) & (n < in_frame) & (se > NO_SPREAD) & (np.abs(share - estimate) <= NO_SPREAD)
    for j in np.flatnonzero(has_spread):
        ends = wilson(estimate[j], estimate[j] * (1 - estimate[j]) / se[j] ** 2, level)
        low[j] = min(max(float(ends[0]), worst[j]), estimate[j])
        high[j] = max(min(float(ends[1]), best[j]), estimate[j])
    return in_frame * np.vstack([estimate, se, low, high])


def unweighted_numbers(x: npt.NDArray[np.int_], responded: npt.NDArray[np.bool_], level: float) -> dict[str, Floats]:
    """How many trusts have each role, when x of those that answered do, by the three methods without weights?

    Returns, by method, estimate, se (blank), low and high (rows) by role, in trusts.
    """
    n, N = int(responded.sum()), len(responded)
    estimate, none = x / n * N, np.full(len(x), np.nan)
    exact = np.array([_exact(int(each), n, N, level) for each in x], dtype=float).reshape(-1, 2).T
    widest = np.array([bounds(int(each), n, N) for each in x]).reshape(-1, 2).T * N
    wilsons = np.array([finite_population_wilson(int(each), n, N, level) for each in x]).reshape(-1, 2).T * N
    narrow = np.clip(wilsons, widest[0], widest[1])
    return {
        "hypergeometric": np.vstack([estimate, none, exact]),
        "wilson": np.vstack([estimate, none, narrow]),
        "bounds": np.vstack([none, none, widest]),
    }


def _variances(influence: Floats, weights: Floats, in_frame: int, adjustment: Adjustment | None) -> Floats:
    """The variance of each column's estimate, by the three designs that `survey_estimates` knows."""
    n = len(influence)
    if adjustment is not None and adjustment.propensity is not None:
        centred = influence - weights[:, np.newaxis] * influence.sum(axis=0) / weights.sum()
        left = 1 - adjustment.propensity.to_numpy(float)
        terms = adjustment.terms.shape[1]
        return np.asarray(n / (n - terms) * (left @ _residuals(centred, adjustment) ** 2))
    if adjustment is not None and adjustment.post_strata is not None:
        return _stratified(influence, weights, adjustment.post_strata.to_numpy())
    if adjustment is not None:
        influence = weights[:, np.newaxis] * _residuals(influence / weights[:, np.newaxis], adjustment)
    spread = ((influence - influence.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray((1 - n / in_frame) * n / (n - 1) * spread)


def _stratified(influence: Floats, weights: Floats, strata: npt.NDArray[np.object_]) -> Floats:
    """Each stratum's own spread and correction; a single answer's is taken from the mean of all."""
    variances = np.zeros(influence.shape[1])
    for stratum in np.unique(strata):
        rows = strata == stratum
        n = int(rows.sum())
        left = 1 - n / round(float(weights[rows].sum()))
        centre = influence.mean(axis=0) if n == 1 else influence[rows].mean(axis=0)
        variances += left * n / max(n - 1, 1) * ((influence[rows] - centre) ** 2).sum(axis=0)
    return variances


def _residuals(values: Floats, adjustment: Adjustment) -> Floats:
    root = np.sqrt(adjustment.base.to_numpy(float))[:, np.newaxis]
    terms = adjustment.terms.to_numpy(float)
    terms = terms / np.abs(terms).max(axis=0)
    return np.asarray(values - terms @ np.linalg.lstsq(terms * root, values * root, rcond=None)[0])


@lru_cache(maxsize=4096)
def _exact(x: int, n: int, in_frame: int, level: float) -> tuple[int, int]:
    return finite_population_interval(x, n, in_frame, level)
