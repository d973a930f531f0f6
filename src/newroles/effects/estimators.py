"""By how much more did the treated change than the comparison? Two groups, two periods, with or without covariates."""

from __future__ import annotations

import numpy as np

from newroles.few_clusters import Floats

METHODS = ("dr", "reg", "ipw")
# fitted probabilities of treatment this near to 1 say that nobody comparable is left (the bound that R did uses)
NO_OVERLAP = 0.999
_STEPS, _STILL = 50, 1e-10


class NotEstimableError(Exception):
    """A comparison that the data don't allow; the message says why, for the list of what is left out."""


def difference_in_differences(
    change: Floats, treated: np.ndarray, covariates: Floats | None = None, method: str = "dr"
) -> tuple[float, Floats]:
    """How much more did the treated change than they would have without treatment?

    `change`: outcome after less outcome before, by unit. `treated`: True or False. `covariates`: units x covariates, without a
    constant, or None. `method`, of use with covariates only: "reg" predicts the change of the untreated by least squares;
    "ipw" weights them by the odds of treatment (logit by maximum likelihood; weights that sum to 1); "dr" does both and is
    right when either model is.

    Returns the average effect on the treated and its influence function (one value per unit, mean nought): the variance of
    the effect is the sum of its squares over units^2.

    Raises NotEstimableError for collinear covariates and, with "dr" and "ipw", for fitted probabilities of 0.999 or more.

    Source: Sant'Anna and Zhao 2020, doi 10.1016/j.jeconom.2020.06.003, equations 2.2 to 2.6 and section 3.1 (the
    "traditional" doubly robust estimator, as drdid_panel, reg_did_panel and std_ipw_did_panel of R DRDID 1.0.6).

    >>> effect, influence = difference_in_differences(np.array([3.0, 5, 0, 2]), np.array([True, True, False, False]))
    >>> effect, influence
    (3.0, array([-2.,  2.,  2., -2.]))
    """
    d = treated.astype(float)
    share = d.mean()
    if covariates is None or covariates.shape[1] == 0:
        gap = change - np.where(treated, change[treated].mean(), change[~treated].mean())
        effect = change[treated].mean() - change[~treated].mean()
        return float(effect), gap * np.where(treated, 1 / share, -1 / (1 - share))
    x = _design(covariates)
    if method == "reg":
        return _regression(change, d, x)
    return _weighted(change, d, x, doubly=method == "dr")


def _design(covariates: Floats) -> Floats:
    """A constant and the covariates in units of their own spread, which changes no estimate and keeps the digits."""
    centred = covariates - covariates.mean(axis=0)
    size = np.sqrt((centred**2).mean(axis=0))
    flat = size <= 1e-12 * np.abs(covariates).max(axis=0)
    if flat.any():
        raise NotEstimableError("a covariate is the same for all units compared")
    return np.column_stack([np.ones(len(covariates)), centred / size])


def _inverse(moments: Floats, why: str) -> Floats:
    if not np.isfinite(moments).all() or np.linalg.cond(moments) > 1e12:
        raise NotEstimableError(why)
    return np.asarray(np.linalg.inv(moments), dtype=float)


def _untreated_change(change: Floats, d: Floats, x: Floats) -> tuple[Floats, Floats]:
    """The change that least squares among the untreated predict for everybody, and the coefficients' influence functions."""
    untreated = (1 - d)[:, np.newaxis] * x
    inverse = _inverse(untreated.T @ x / len(x), "covariates are collinear, or too many, among the units compared with")
    predicted = x @ (inverse @ (untreated.T @ change / len(x)))
    return predicted, ((change - predicted)[:, np.newaxis] * untreated) @ inverse


def _regression(change: Floats, d: Floats, x: Floats) -> tuple[float, Floats]:
    predicted, of_coefficients = _untreated_change(change, d, x)
    share = d.mean()
    effect = float((d * (change - predicted)).mean() / share)
    of_prediction = of_coefficients @ (d[:, np.newaxis] * x).mean(axis=0)
    return effect, (d * (change - predicted - effect) - of_prediction) / share


def _weighted(change: Floats, d: Floats, x: Floats, doubly: bool) -> tuple[float, Floats]:
    """Weighting the untreated by the odds of treatment; `doubly`: after taking off the change that regression predicts."""
    odds, of_logit = _odds(d, x)
    weights, share = (1 - d) * odds, d.mean()
    total = weights.mean()
    rest = change
    if doubly:
        predicted, of_coefficients = _untreated_change(change, d, x)
        rest = change - predicted
    of_treated, of_others = (d * rest).mean() / share, (weights * rest).mean() / total
    influence = d * (rest - of_treated) / share - weights * (rest - of_others) / total
    influence -= of_logit @ ((weights * (rest - of_others))[:, np.newaxis] * x).mean(axis=0) / total
    if doubly:
        balance = (d[:, np.newaxis] * x).mean(axis=0) / share - (weights[:, np.newaxis] * x).mean(axis=0) / total
        influence -= of_coefficients @ balance
    return float(of_treated - of_others), influence


def _odds(d: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Odds of treatment by a logit, and the influence functions of its coefficients; Newton's method."""
    _inverse(x.T @ x / len(x), "covariates are collinear among the units compared")
    coefficients = np.zeros(x.shape[1])
    coefficients[0] = np.log(d.mean() / (1 - d.mean()))
    apart = "the covariates tell treated and comparison units apart: no overlap"
    for _ in range(_STEPS):
        probability = 1 / (1 + np.exp(-np.clip(x @ coefficients, -500, 500)))
        inverse = _inverse(x.T @ ((probability * (1 - probability))[:, np.newaxis] * x) / len(x), apart)
        step = inverse @ (x.T @ (d - probability)) / len(x)
        coefficients += step
        if np.abs(step).max() < _STILL:
            break
    else:
        raise NotEstimableError(apart)
    if probability.max() >= NO_OVERLAP:
        raise NotEstimableError(apart)
    return probability / (1 - probability), ((d - probability)[:, np.newaxis] * x) @ inverse
