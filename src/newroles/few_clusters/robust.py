"""How sure are coefficients when rows come in clusters? Standard errors that stay honest with few clusters.

Staff of one trust resemble each other, so a trust is the unit that varies, and thirty trusts are few. The usual
cluster-robust ("sandwich") standard errors are too small then; CR2 with Satterthwaite degrees of freedom repairs both
the standard error and the t distribution it is read against.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from newroles.errors import InputError
from newroles.few_clusters.clusters import Clusters, Floats, cluster_numbers, members
from newroles.few_clusters.collinear import dependent_columns

# an eigenvalue of 1 - leverage below this is nought: the cluster's own dummy fits that direction exactly
_NOUGHT = 1e-9


def cr2(fit: Any, clusters: Clusters, level: float = 0.95) -> pd.DataFrame:
    """How sure is each coefficient, when rows come in clusters and the clusters may be few?

    `fit`: a statsmodels result of OLS, WLS, Logit, Poisson or a GLM. `clusters`: one value per row of the fit (a trust,
    say), in the fit's order, or a Series with the fit's row labels.

    Residuals of each cluster are multiplied by (I - H)^(-1/2), H the cluster's block of the hat matrix: the "bias-reduced
    linearisation" that makes the variance exact when rows are in truth independent with equal variance. Square roots are
    pseudo-inverses, so that dummies of the clusters themselves may be among the terms. Degrees of freedom are
    Satterthwaite's, by coefficient, under the same working model. Weights of WLS are read as inverse variances. A GLM or
    Logit is read as the weighted least squares of its last step (working residuals and weights), as R clubSandwich does.

    Returns one row per coefficient: term, estimate, se, df, low, high (t interval at `level`). se, df, low and high are
    blank where the clusters leave nothing to vary (a dummy that fits its cluster exactly).

    Raises InputError for another kind of fit, collinear terms (by name), no degrees of freedom, clusters that are blank,
    fewer than two, or not as many as the rows.

    Source: Bell and McCaffrey 2002, Survey Methodology 28(2); Pustejovsky and Tipton 2018, doi
    10.1080/07350015.2016.1247004. Equals R clubSandwich 0.6.0 (vcovCR type CR2, coef_test Satterthwaite).

    >>> rows = pd.DataFrame({"trust": ["a", "a", "b", "b", "c", "c"], "y": [1.0, 2, 2, 4, 6, 5]})
    >>> fit = sm.OLS(rows["y"], pd.Series(1.0, rows.index, name="mean")).fit()
    >>> cr2(fit, rows["trust"]).round(3).to_dict("records")
    [{'term': 'mean', 'estimate': 3.333, 'se': 1.167, 'df': 2.0, 'low': -1.686, 'high': 8.353}]
    """
    x, residual, terms = linearised(fit)
    numbers, n_clusters = cluster_numbers(clusters, len(x), getattr(fit.model.data, "row_labels", None))
    se, df = _se_and_df(x, residual, members(numbers, n_clusters))
    estimate = np.asarray(fit.params, dtype=float)[: len(terms)]
    reach = stats.t.ppf(0.5 + level / 2, df) * se
    return pd.DataFrame(
        {"term": terms, "estimate": estimate, "se": se, "df": df, "low": estimate - reach, "high": estimate + reach}
    )


def linearised(fit: Any) -> tuple[Floats, Floats, list[str]]:
    """Which least-squares problem does this fit solve (at its last step)? Terms and residuals with unit weights.

    `fit`: a statsmodels result of OLS, WLS, Logit, Poisson or a GLM. Returns the array of rows x terms and the residuals, both times
    the square root of the (working) weights, and the terms' names.

    Raises InputError for another kind of fit, collinear terms, or as many coefficients as rows.

    >>> fit = sm.OLS([1.0, 2, 6], np.ones(3)).fit()
    >>> linearised(fit)[1]
    array([-2., -1.,  3.])
    """
    model: Any = getattr(fit, "model", None)
    terms = [str(name) for name in getattr(model, "exog_names", None) or []]
    if isinstance(model, (sm.OLS, sm.WLS)):
        x, residual = np.asarray(model.wexog, dtype=float), np.asarray(fit.wresid, dtype=float)
    elif isinstance(model, (sm.Logit, sm.Poisson)):
        mean = np.asarray(fit.predict(), dtype=float)
        weights = mean * (1 - mean) if isinstance(model, sm.Logit) else mean
        x = np.asarray(model.exog) * np.sqrt(weights)[:, np.newaxis]
        residual = (np.asarray(model.endog) - mean) / np.sqrt(weights)
    elif type(model) is sm.GLM:  # not what statsmodels derives from it: generalised estimating equations, splines
        mean, link = np.asarray(fit.fittedvalues, dtype=float), model.family.link
        weights = np.asarray(model.iweights, dtype=float) / (link.deriv(mean) ** 2 * model.family.variance(mean))
        x = np.asarray(model.exog) * np.sqrt(weights)[:, np.newaxis]
        residual = (np.asarray(model.endog) - mean) * link.deriv(mean) * np.sqrt(weights)
    else:
        kind = type(model).__name__ if model is not None else type(fit).__name__
        raise InputError(
            f"Cluster-robust standard errors need a statsmodels result of OLS, WLS, Logit, Poisson or a GLM; this is {kind}."
        )
    if not (np.isfinite(x).all() and np.isfinite(residual).all()):
        raise InputError("The fit has weights or residuals that aren't finite numbers: did it converge?")
    if tied := dependent_columns(x, terms):
        raise InputError(f"Collinear terms: {'; '.join(tied)}. Leave one of each out.")
    if len(x) <= len(terms):
        raise InputError(f"{len(terms)} coefficients from {len(x)} rows leave no degrees of freedom: use fewer terms.")
    return x, residual, terms


def _se_and_df(x: Floats, residual: Floats, rows_of: list[np.ndarray]) -> tuple[Floats, Floats]:
    """CR2 standard errors and Satterthwaite degrees of freedom of each coefficient.

    With a thin singular value decomposition of a cluster's rows (in units in which X'X = I) as U s V', its block of the
    hat matrix is U s^2 U', so (I - H)^(-1/2) = I + U ((1 - s^2)^(-1/2) - 1) U': nothing larger than rows x terms is made.
    """
    # columns of very different size (a share beside a headcount) would lose digits in X'X
    size = np.sqrt((x**2).sum(axis=0))
    scaled = x / size
    orthogonal, triangle = np.linalg.qr(scaled)
    back = np.linalg.inv(triangle)  # coefficients = back @ (Q'y)
    n_clusters, k = len(rows_of), x.shape[1]
    scores, weighted, own = np.empty((n_clusters, k)), np.empty((n_clusters, k, k)), np.empty((n_clusters, k))
    for g, rows in enumerate(rows_of):
        q = orthogonal[rows]
        u, s, _ = np.linalg.svd(q, full_matrices=False)
        left = 1 - s**2
        root = np.where(left > _NOUGHT, 1 / np.sqrt(np.where(left > _NOUGHT, left, 1.0)), 0.0)
        adjusted = q + u @ ((root - 1)[:, np.newaxis] * (u.T @ q))  # (I - H)^(-1/2) Q
        of_terms = adjusted @ back.T  # rows x coefficients: what each residual adds to each estimate
        scores[g] = of_terms.T @ residual[rows]
        own[g] = (of_terms**2).sum(axis=0)
        weighted[g] = q.T @ of_terms
    variance = (scores**2).sum(axis=0)
    se, df = np.full(k, np.nan), np.full(k, np.nan)
    for j in range(k):
        z = weighted[:, :, j]
        products = np.diag(own[:, j]) - z @ z.T
        trace = np.trace(products)
        if trace > _NOUGHT * (back[j] ** 2).sum():
            se[j] = np.sqrt(variance[j]) / size[j]
            df[j] = trace**2 / (products**2).sum()
    return se, df
