"""Could a coefficient as large as this come about by chance, when clusters are few? Signs of whole clusters are flipped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Clusters, Floats, cluster_numbers, members
from newroles.few_clusters.robust import linearised

# with at most so many clusters, all 2^clusters sign vectors are used and nothing is drawn
ALL_SIGNS = 12
# statistics this near to the one observed are the same number, reached in another order of adding
_SAME = 1e-9


def wild_cluster_bootstrap(
    fit: Any, clusters: Clusters, term: str, rng: np.random.Generator | None = None, draws: int = 9999
) -> pd.Series:
    """Could a coefficient as large as this come about by chance, when clusters are few?

    `fit`: a statsmodels result of OLS or WLS. `clusters`: one value per row of the fit, in its order, or a Series with
    the fit's row labels. `term`: the name of the coefficient that is tested against nought. `rng`: needed for the same
    result twice when there are more than 12 clusters, for which `draws` sign vectors are drawn; up to 12, all 2^clusters
    are used.

    The model is fitted without the term (the null is imposed); its residuals are multiplied by 1 or -1, the same for a
    whole cluster, and added to its fitted values; the full model is fitted to these and t is computed as it was for the
    data, with CR1 standard errors: G/(G-1) x (N-1)/(N-k).

    Returns t, p_two_sided and draws (how many sign vectors). p_two_sided is the share with |t*| >= |t|: of all sign
    vectors, or of those drawn and the data themselves. With G clusters it can't be below 2 / 2^G.

    Raises InputError for another kind of fit, an unknown term, collinear terms, unusable clusters, or a term for which
    clusters leave nothing to vary.

    Source: Cameron, Gelbach and Miller 2008, doi 10.1162/rest.90.3.414 (Rademacher weights, restricted residuals).

    >>> rows = pd.DataFrame({"trust": list("aabbccdd"), "y": [1.0, 2, 2, 4, 6, 5, 3, 1]})
    >>> fit = sm.OLS(rows["y"], pd.Series(1.0, rows.index, name="mean")).fit()
    >>> wild_cluster_bootstrap(fit, rows["trust"], "mean").round(3).to_dict()
    {'t': 3.372, 'p_two_sided': 0.125, 'draws': 16.0}
    """
    if not isinstance(getattr(fit, "model", None), (sm.OLS, sm.WLS)):
        raise InputError("The wild cluster bootstrap needs a statsmodels result of OLS or WLS.")
    x, residual, terms = linearised(fit)
    if term not in terms:
        raise InputError(f"The fit has no term '{term}'. {did_you_mean(term, terms)}")
    numbers, n_clusters = cluster_numbers(clusters, len(x), getattr(fit.model.data, "row_labels", None))
    if n_clusters > ALL_SIGNS and draws < 99:
        raise InputError(f"draws: {draws} are too few for a p value: expected 99 or more.")
    j = terms.index(term)
    rows_of = members(numbers, n_clusters)
    # what each row adds to the coefficient, and the sums by cluster that t needs: nothing is fitted again
    inverse = np.linalg.pinv(x)
    adds = inverse[j]
    small = n_clusters / (n_clusters - 1) * (len(x) - 1) / (len(x) - x.shape[1])
    estimate = float(fit.params.iloc[j] if isinstance(fit.params, pd.Series) else fit.params[j])
    variance = small * sum(float(adds[rows] @ residual[rows]) ** 2 for rows in rows_of)
    if variance <= _SAME**2 * small * float(adds @ adds) * float(residual @ residual) or variance == 0:
        raise InputError(f"'{term}': the clusters leave nothing to vary, so its t has no value.")
    t = estimate / np.sqrt(variance)
    without = residual + _part_of_term(x, j, estimate)
    moves = np.array([adds[rows] @ without[rows] for rows in rows_of])
    leaks = np.array([adds[rows] @ x[rows] for rows in rows_of])  # clusters x terms
    fits = np.column_stack([inverse[:, rows] @ without[rows] for rows in rows_of])  # terms x clusters
    signs = _all_signs(n_clusters) if n_clusters <= ALL_SIGNS else _drawn_signs(n_clusters, draws, rng)
    scores = signs @ (np.diag(moves) - leaks @ fits).T
    spread = np.sqrt(small * (scores**2).sum(axis=1))
    as_large = np.abs(signs @ moves) >= abs(t) * (1 - _SAME) * spread
    drawn = len(signs)
    p = as_large.mean() if n_clusters <= ALL_SIGNS else (1 + as_large.sum()) / (1 + drawn)
    return pd.Series({"t": t, "p_two_sided": float(p), "draws": float(drawn)})


def wild_cluster_interval(
    fit: Any, clusters: Clusters, term: str, rng: np.random.Generator, draws: int = 999, level: float = 0.95
) -> tuple[float, float]:
    """Which values of a coefficient does the wild cluster bootstrap not refuse?

    `fit`, `clusters`, `term`, `rng`, `draws`: as in `wild_cluster_bootstrap`. `level`: of the interval.

    Each value is tested as nought is there, on the outcome less that value times the term, with the same sign vectors;
    the ends are where p falls to 1 - level. An end is infinite where clusters are too few for p to fall so low (five or
    fewer at 0.95).

    Returns the lower and the upper end. Raises InputError as `wild_cluster_bootstrap` does.

    Source: Cameron and Miller 2015, doi 10.3368/jhr.50.2.317, section VI.C (inverting the test).

    >>> rows = pd.DataFrame({"trust": list("aabbccddeeff"), "y": [1.0, 2, 2, 4, 6, 5, 3, 1, 2, 2, 4, 3]})
    >>> fit = sm.OLS(rows["y"], pd.Series(1.0, rows.index, name="mean")).fit()
    >>> [round(end, 1) for end in wild_cluster_interval(fit, rows["trust"], "mean", np.random.default_rng(1))]
    [1.5, 5.5]
    """
    own = wild_cluster_bootstrap(fit, clusters, term, np.random.default_rng(0), draws)
    x = np.asarray(fit.model.wexog, dtype=float)
    names = [str(name) for name in fit.model.exog_names]
    j, y = names.index(term), np.asarray(fit.model.wendog, dtype=float)
    estimate = float(np.asarray(fit.params)[j])
    numbers, _ = cluster_numbers(clusters, len(x), getattr(fit.model.data, "row_labels", None))
    seed = int(rng.integers(2**32))
    table = pd.DataFrame(x, columns=names)

    def refused(value: float) -> bool:
        against = sm.OLS(y - value * x[:, j], table).fit()
        p = wild_cluster_bootstrap(against, numbers, term, np.random.default_rng(seed), draws)["p_two_sided"]
        return bool(p <= 1 - level + 1e-9)

    se = abs(estimate / own["t"]) if own["t"] else float(np.asarray(fit.bse)[j])
    ends = []
    for side in (-1.0, 1.0):
        inside, outside = 0.0, 2.0
        while not refused(estimate + side * outside * se):
            inside, outside = outside, outside * 2
            if outside > 1e3:
                break
        if outside > 1e3:
            ends.append(side * float("inf"))
            continue
        for _ in range(10):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if refused(estimate + side * middle * se) else (middle, outside)
        ends.append(estimate + side * (inside + outside) / 2 * se)
    return float(ends[0]), float(ends[1])


def _part_of_term(x: Floats, j: int, estimate: float) -> Floats:
    """What the residuals of a fit without the term have more: its remainder after the other terms, times its coefficient."""
    others = np.delete(x, j, axis=1)
    fitted = others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0] if others.shape[1] else 0.0
    return estimate * (x[:, j] - fitted)


def _all_signs(clusters: int) -> Floats:
    """Every vector of 1 and -1: one row each."""
    return np.asarray(1.0 - 2.0 * ((np.arange(2**clusters)[:, np.newaxis] >> np.arange(clusters)) & 1), dtype=float)


def _drawn_signs(clusters: int, draws: int, rng: np.random.Generator | None) -> Floats:
    rng = np.random.default_rng() if rng is None else rng
    return np.asarray(1.0 - 2.0 * rng.integers(0, 2, size=(draws, clusters)), dtype=float)
