"""Partial pooling: the mean of each trust or provider, drawn towards all by as much as it is chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq, minimize_scalar

from newroles.contexts.design import CONSTANT, design
from newroles.contexts.random_intercept import ALMOST_ONE, deviance_at, fit_random_intercept
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Floats, cluster_numbers
from newroles.few_clusters.collinear import dependent_columns

# how finely the share of variance between clusters is searched for its interval
_STEPS = 25


def pooled_means(
    data: pd.DataFrame, outcome: str, clusters: str, terms: Sequence[str] = (), level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How does each trust stand over the years, once chance is taken off its mean?

    `data`: one row per trust and year, say. `outcome`: its column of numbers. `clusters`: the column of trusts. `terms`:
    what every trust's mean is freed of first (the year, say, so that a trust with fewer years isn't compared unfairly).
    Rows with a blank are left out.

    The model is the outcome = terms + a normal part of each trust + a remainder (`fit_random_intercept`, REML). A
    trust's pooled mean is its best linear unbiased prediction at the average of the terms; the fewer rows it has and the
    smaller the variance between trusts, the nearer it lies to the mean of all.

    Returns two tables.

    - means: one row per trust, by pooled mean: the column `clusters`; n (rows), raw (its mean, freed of the terms), pooled, low, high
      (normal interval of prediction, doubt about the terms included), shrinkage (share of the way from raw to the mean
      of all, 0-1), method;
    - share: one row: outcome, icc (share of the variance beyond the terms that is between trusts, 0-1), low, high
      (where the profile of the restricted likelihood is chi-squared away), between, within (variances), mean (of all),
      n (rows), clusters, method, note.

    Raises InputError for an unknown column, fewer than three trusts, or no trust with two rows.

    Source: Robinson 1991, doi 10.1214/ss/1177011926; Goldstein and Spiegelhalter 1996, doi 10.2307/2983325.

    >>> rows = pd.DataFrame({"trust": list("aabbcc"), "share": [1.0, 2, 4, 6, 7, 9]})
    >>> means, share = pooled_means(rows, "share", "trust")
    >>> means[["trust", "raw", "pooled"]].round(2).values.tolist(), round(float(share["icc"].iloc[0]), 3)
    ([['a', 1.5, 1.74], ['b', 5.0, 4.99], ['c', 8.0, 7.78]], 0.868)
    """
    for name in (outcome, clusters, *terms):
        if name not in data.columns:
            raise InputError(f"The table has no column '{name}'. {did_you_mean(name, map(str, data.columns))}")
    rows = data[list(dict.fromkeys([outcome, clusters, *terms]))].dropna().reset_index(drop=True)
    if not pd.api.types.is_numeric_dtype(rows[outcome]):
        raise InputError(f"'{outcome}' isn't a column of numbers: only numbers have means.")
    if rows[clusters].nunique() < 3:
        raise InputError(
            f"'{clusters}': {rows[clusters].nunique()} in rows without blanks; how they vary takes at least 3."
        )
    if len(rows) == rows[clusters].nunique():
        raise InputError(
            f"Each '{clusters}' has one row: chance can't be told from lasting differences. Use pool_shares."
        )
    numbers, count = cluster_numbers(rows[clusters], len(rows))
    x = _centred(rows, terms)
    y = rows[outcome].to_numpy(dtype=float)
    if np.ptp(y) == 0:
        raise InputError(f"'{outcome}' is {y[0]:g} in every row: there is nothing to pool.")
    fit = fit_random_intercept(y, x, numbers)
    if fit.between > 1e4 * fit.within:
        raise InputError(
            f"'{outcome}' doesn't vary within any '{clusters}' beyond the terms: there is no chance to take off."
        )
    size = np.bincount(numbers)
    residual = y - x @ fit.estimate
    own = np.bincount(numbers, residual) / size
    kept = size * fit.between / (size * fit.between + fit.within)
    spread = _prediction_se(x, numbers, count, fit.between, fit.within)
    reach = stats.norm.ppf(0.5 + level / 2) * spread
    centre = float(fit.estimate[0])
    means = pd.DataFrame(
        {clusters: pd.unique(rows[clusters]), "n": size, "raw": centre + own, "pooled": centre + kept * own}
    )
    means = means.assign(low=means["pooled"] - reach, high=means["pooled"] + reach, shrinkage=1 - kept)
    means["method"] = "random intercept by REML; best linear unbiased prediction"
    low, high = _icc_interval(y, x, numbers, level)
    icc = fit.between / (fit.between + fit.within)
    share = {"outcome": outcome, "icc": icc, "low": min(low, icc), "high": max(high, icc)}
    share |= {"between": fit.between, "within": fit.within, "mean": centre, "n": len(rows), "clusters": count}
    share |= {"method": "random intercept by REML; profile of the restricted likelihood"}
    note = "variance between clusters is estimated as nought" if fit.between < 1e-6 * fit.within else ""
    ordered = means.sort_values("pooled", kind="stable", ignore_index=True)
    return ordered, pd.DataFrame([share | {"note": note}])


def lasting_differences(rows: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """How much of what varies in each outcome is between trusts and lasts?

    `rows`: one row per trust, outcome and year, as in TrustPanel (trust, outcome, year, value).

    Returns the second table of `pooled_means`, freed of the year, one row per outcome that has several years.

    Raises InputError as `pooled_means` does, or when no outcome has several years.

    >>> rows = pd.DataFrame({"trust": list("aabbcc"), "year": ["1", "2"] * 3, "outcome": "autonomy"})
    >>> lasting_differences(rows.assign(value=[1.0, 2, 4, 6, 7, 9]))[["outcome", "icc", "clusters"]].round(2).values.tolist()
    [['autonomy', 0.98, 3]]
    """
    several = [name for name, own in rows.groupby("outcome", sort=False) if own["trust"].duplicated().any()]
    if not several:
        raise InputError("No outcome has a trust with several years: nothing can be seen to last.")
    found = [
        pooled_means(rows[rows["outcome"].eq(name)], "value", "trust", ["year"], level)[1].assign(outcome=name)
        for name in several
    ]
    return pd.concat(found, ignore_index=True)


def pool_shares(table: pd.DataFrame, share: str, n: str, level: float = 0.95) -> pd.DataFrame:
    """How does each provider stand in one year, once chance is taken off its share?

    `table`: one row per provider. `share`: the column of shares (0-1). `n`: the column of people that each share rests
    on (if a table has only a number that is somewhat larger, shares look surer and are drawn less than they should be).
    Rows with a blank stay, blank.

    The shares are estimates with variance p(1 - p) / n, p the share of all together; what they vary beyond that is the variance between
    providers, found by restricted likelihood. Each share is drawn towards the mean by as much as its variance is chance.

    Returns the table with raw, low_raw, high_raw (normal interval of the share alone), pooled, low, high (that of the
    pooled share, doubt about the mean included), shrinkage (0-1), between_sd (one number), method.

    Raises InputError for an unknown column, a share outside 0 to 1, an n below 1, or fewer than three shares.

    Source: Morris 1983, doi 10.1080/01621459.1983.10477920.

    >>> table = pd.DataFrame({"provider": list("abcd"), "share": [0.4, 0.5, 0.6, 1.0], "n": [1000, 1000, 1000, 4]})
    >>> pool_shares(table, "share", "n")[["provider", "pooled", "shrinkage"]].round(2).values.tolist()
    [['a', 0.4, 0.02], ['b', 0.5, 0.02], ['c', 0.6, 0.02], ['d', 0.61, 0.83]]
    """
    for name in (share, n):
        if name not in table.columns:
            raise InputError(f"The table has no column '{name}'. {did_you_mean(name, map(str, table.columns))}")
    known = table[[share, n]].astype(float).dropna()
    if len(known) < 3:
        raise InputError(f"'{share}' is known in {len(known)} rows: how they vary takes at least 3.")
    p, people = known[share].to_numpy(), known[n].to_numpy()
    if ((p < 0) | (p > 1)).any():
        raise InputError(f"'{share}' is {p[(p < 0) | (p > 1)][0]:g} in some row: expected a share from 0 to 1.")
    if (people < 1).any():
        raise InputError(f"'{n}' is {people[people < 1][0]:g} in some row: a share rests on 1 or more.")
    together = float((p * people).sum() / people.sum())
    if together in (0.0, 1.0):
        raise InputError(f"'{share}' is {together:g} in every row: there is nothing to pool.")
    chance = together * (1 - together) / people

    def deviance(between: float) -> float:
        weight = 1 / (between + chance)
        mean = (weight * p).sum() / weight.sum()
        return float(-np.log(weight).sum() + np.log(weight.sum()) + (weight * (p - mean) ** 2).sum())

    most = float(p.var()) * 4 + 1e-12
    found = minimize_scalar(deviance, bounds=(0, most), method="bounded", options={"xatol": 1e-12}).x
    between = min((0.0, float(found)), key=deviance)
    weight = 1 / (between + chance)
    mean, drawn = (weight * p).sum() / weight.sum(), chance / (between + chance)
    variance = between * drawn + drawn**2 / weight.sum()
    z = stats.norm.ppf(0.5 + level / 2)
    made = {"raw": p, "low_raw": p - z * np.sqrt(chance), "high_raw": p + z * np.sqrt(chance)}
    pooled = drawn * mean + (1 - drawn) * p
    made |= {"pooled": pooled, "low": pooled - z * np.sqrt(variance), "high": pooled + z * np.sqrt(variance)}
    made |= {"shrinkage": drawn, "between_sd": np.full(len(p), np.sqrt(between))}
    filled = pd.DataFrame(made, index=known.index).reindex(table.index)
    return table.assign(**{name: filled[name] for name in made}, method="normal shares with known variance; REML")


def _centred(rows: pd.DataFrame, terms: Sequence[str]) -> Floats:
    """A constant and the terms less their means, so that the constant is the outcome at their average."""
    varying = [term for term in terms if len(rows[term].unique()) > 1]
    x = design(rows, varying).to_numpy(copy=True)
    if tied := dependent_columns(x, [CONSTANT, *map(str, range(1, x.shape[1]))]):
        raise InputError(f"Terms can be worked out from each other ({', '.join(terms)}; {tied[0]}): leave one out.")
    x[:, 1:] -= x[:, 1:].mean(axis=0)
    return x


def _prediction_se(x: Floats, numbers: np.ndarray, count: int, between: float, within: float) -> Floats:
    """Standard error of each cluster's mean (constant plus own part) by Henderson's mixed model equations."""
    if between <= 0:
        cell = np.linalg.inv(x.T @ x)[0, 0]
        return np.full(count, np.sqrt(within * cell))
    k = x.shape[1]
    z = np.eye(count)[numbers]
    top = np.hstack([x.T @ x, x.T @ z])
    bottom = np.hstack([z.T @ x, z.T @ z + np.eye(count) * within / between])
    covariance = within * np.linalg.inv(np.vstack([top, bottom]))
    own = covariance[k:, k:].diagonal()
    return np.sqrt(covariance[0, 0] + own + 2 * covariance[0, k:])


def _icc_interval(y: Floats, x: Floats, numbers: np.ndarray, level: float) -> tuple[float, float]:
    """Shares of variance between clusters whose deviance is no more than chi-squared above the lowest."""

    def deviance(share: float) -> float:
        return deviance_at(y, x, numbers, share)

    grid = np.linspace(0, ALMOST_ONE, _STEPS + 1)
    values = np.array([deviance(share) for share in grid])
    best = int(values.argmin())
    around = (grid[max(best - 1, 0)], grid[min(best + 1, _STEPS)])
    refined = minimize_scalar(deviance, bounds=around, method="bounded", options={"xatol": 1e-9})
    at = float(refined.x) if refined.fun < values[best] else float(grid[best])
    target = min(float(refined.fun), float(values[best])) + stats.chi2.ppf(level, 1)
    low = 0.0 if values[0] <= target else float(brentq(lambda share: deviance(share) - target, 0.0, at))
    if deviance(ALMOST_ONE) <= target:
        return low, 1.0
    return low, float(brentq(lambda share: deviance(share) - target, at, ALMOST_ONE))
