"""How much do clusters differ beyond the terms of a model? A random intercept, found where the likelihood is highest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from scipy.optimize import minimize_scalar

from newroles.contexts.clusters import Floats, Integers

# how finely the share of variance between clusters is searched before it is refined
_STEPS = 50
# a share beyond this is that of clusters without any variance within: not something to estimate
_ALMOST_ONE = 1 - 1e-6


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
    size = np.bincount(clusters)
    means = np.column_stack([np.bincount(clusters, column) for column in (y, *x.T)]) / size[:, np.newaxis]
    n, k = x.shape

    def at(share: float) -> tuple[float, RandomIntercept]:
        ratio = share / (1 - share)
        taken = (1 - 1 / np.sqrt(1 + size * ratio))[clusters, np.newaxis] * means[clusters]
        rest = x - taken[:, 1:]
        fit = sm.OLS(y - taken[:, 0], rest).fit()
        count = n - k if reml else n
        within = float(fit.ssr) / count
        deviance = count * np.log(within) + np.log1p(size * ratio).sum()
        if reml:
            deviance += np.linalg.slogdet(rest.T @ rest)[1]
        se = np.asarray(fit.bse) * np.sqrt((n - k) / count)
        return float(deviance), RandomIntercept(np.asarray(fit.params), se, within * ratio, within)

    shares = np.linspace(0, _ALMOST_ONE, _STEPS + 1)
    best = int(np.argmin([at(share)[0] for share in shares]))
    around = (shares[max(best - 1, 0)], shares[min(best + 1, _STEPS)])
    refined = minimize_scalar(lambda share: at(share)[0], bounds=around, method="bounded", options={"xatol": 1e-10}).x
    candidates = [at(share) for share in (0.0, float(shares[best]), float(refined))]
    return min(candidates, key=lambda candidate: candidate[0])[1]
