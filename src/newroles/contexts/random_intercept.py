"""How much do clusters differ beyond the terms of a model? A random intercept, found where the likelihood is highest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from scipy.optimize import minimize_scalar

from newroles.few_clusters.clusters import Floats, Integers

# how finely the share of variance between clusters is searched before it is refined
_STEPS = 50
# a share beyond this is that of clusters without any variance within: not something to estimate
ALMOST_ONE = 1 - 1e-6


@dataclass(frozen=True)
class RandomIntercept:
    """A linear model with a normal part of each cluster: coefficients, their standard errors, and the two variances."""

    estimate: Floats
    se: Floats
    between: float
    within: float


def fit_random_intercept(y: Floats, x: Floats, clusters: Integers, reml: bool = True) -> RandomIntercept:
    """How does y go with x, and how much do clusters differ beyond that?

    `y`: one number per row; `x`: rows x coefficients, of full rank; `clusters`: the cluster of each row, counted from 0;
    `reml`: restricted likelihood, or else plain maximum likelihood.

    Given the share of variance between clusters, the model is least squares (statsmodels OLS) on rows from which a part
    of their cluster's mean has been taken; that share alone is searched, from 0 to 1, so that a share of nought is found
    as such (a general optimiser stops short of it, or runs off to the other end).

    Source: Searle, Casella and McCulloch 1992, Variance Components, chapter 6. Equals R lme4 1.1-31.

    >>> found = fit_random_intercept(np.array([1.0, 2, 4, 6, 7, 9]), np.ones((6, 1)), np.array([0, 0, 1, 1, 2, 2]))
    >>> round(found.between, 3), round(found.within, 3), found.estimate.round(3).tolist()
    (9.833, 1.5, [4.833])
    """

    def deviance(share: float) -> float:
        return deviance_at(y, x, clusters, share, reml)

    shares = np.linspace(0, ALMOST_ONE, _STEPS + 1)
    best = int(np.argmin([deviance(share) for share in shares]))
    around = (shares[max(best - 1, 0)], shares[min(best + 1, _STEPS)])
    refined = minimize_scalar(deviance, bounds=around, method="bounded", options={"xatol": 1e-10}).x
    share = min((0.0, float(shares[best]), float(refined)), key=deviance)
    target, rest = _freed(y, x, clusters, share)
    fit = sm.OLS(target, rest).fit()
    n, k = x.shape
    count = n - k if reml else n
    within = float(fit.ssr) / count
    se = np.asarray(fit.bse) * np.sqrt((n - k) / count)
    return RandomIntercept(np.asarray(fit.params), se, within * share / (1 - share), within)


def deviance_at(y: Floats, x: Floats, clusters: Integers, share: float, reml: bool = True) -> float:
    """How badly does the model fit if this share of the variance beyond the terms is between clusters?

    `y`, `x`, `clusters`, `reml`: as in `fit_random_intercept`. `share`: from 0 to below 1.

    Returns the deviance: minus twice the (restricted) log-likelihood at the best coefficients, but for a constant.

    >>> y, x = np.array([1.0, 2, 4, 6, 7, 9]), np.ones((6, 1))
    >>> [round(deviance_at(y, x, np.array([0, 0, 1, 1, 2, 2]), share), 2) for share in (0.0, 0.87, 0.99)]
    [12.98, 9.11, 12.08]
    """
    target, rest = _freed(y, x, clusters, share)
    # the last diagonal entry of the triangle is the size of the residual, the others give the determinant
    triangle: Floats = np.asarray(np.linalg.qr(np.column_stack([rest, target]), mode="r"))
    diagonal = np.abs(triangle.diagonal())
    n, k = x.shape
    count = n - k if reml else n
    deviance = count * np.log(diagonal[k] ** 2 / count) + np.log1p(np.bincount(clusters) * share / (1 - share)).sum()
    return float(deviance + 2 * np.log(diagonal[:k]).sum() if reml else deviance)


def _freed(y: Floats, x: Floats, clusters: Integers, share: float) -> tuple[Floats, Floats]:
    """Outcome and terms less the part of their clusters' means that leaves rows independent."""
    size = np.bincount(clusters)
    part = (1 - 1 / np.sqrt(1 + size * share / (1 - share))) / size
    taken = np.column_stack([np.bincount(clusters, column) * part for column in (y, *x.T)])[clusters]
    return y - taken[:, 0], x - taken[:, 1:]
