"""How sure is a share of acts, when acts come in clusters? Acts of one team, and of one document, resemble each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from newroles.errors import InputError

Floats = npt.NDArray[np.float64]
MIN_TEAMS = 5


class SharesWithIntervals(NamedTuple):
    """Shares (0-1), their intervals (NaN where they can't be told), effective numbers of acts, and degrees of freedom."""

    estimate: Floats
    low: Floats
    high: Floats
    effective_n: Floats
    df: float


def clustered_shares(counts: npt.ArrayLike, sizes: npt.ArrayLike, level: float = 0.95) -> SharesWithIntervals:
    """What share of acts is of each kind, and between which shares does it probably lie, when acts come in clusters?

    `counts`: clusters x kinds, acts of each kind in each cluster (kinds may overlap). `sizes`: acts in each cluster.

    The share is the ratio of the totals, p = sum(y) / sum(n). Its variance between clusters is linearised, with the
    bias-reduced correction and Satterthwaite's degrees of freedom: v = sum(e^2 / (1 - n_g / N)) / N^2, e = y_g - p n_g. That
    is CR2 for a linear model with an intercept alone. The interval is Wilson's, with the effective number of acts
    p(1-p) / v (never more than the acts there are) for n, and the t quantile for the normal one.

    A share of 0 or 1 has no variance to see. It takes the design effect of the kinds that do vary, all together (sum of v
    over sum of p(1-p) / N: Rao and Scott's mean design effect); where none does, the clusters count, not the acts. With
    one cluster there is no interval.

    Raises InputError for counts that aren't between 0 and the cluster's size, and a level outside 0 to 1.

    Coverage, seen in simulations of 8, 20 and 35 clusters: 90 to 98 % of 95 for shares from 0.2 to 0.8, whether acts of a
    cluster are alike or not; for a share of 0.05 in clusters that are very alike (a correlation of 0.4) only 73 % with 8
    clusters and 88 % with 35. A rare tone in few teams is less sure than its interval says.

    Source: Bell and McCaffrey 2002, Survey Methodology 28(2), for v and its degrees of freedom; Wilson 1927, doi
    10.1080/01621459.1927.10502953; the effective number as in Korn and Graubard 1998 (R survey's svyciprop); Rao and Scott
    1981, Journal of the American Statistical Association 76(374), 221-230, for the design effect.

    >>> found = clustered_shares([[8], [2], [5], [6], [1]], [10, 10, 10, 10, 10])
    >>> [round(float(each[0]), 3) for each in found[:4]]
    [0.44, 0.17, 0.751, 14.843]
    """
    y, n = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    if y.ndim != 2 or n.shape != y.shape[:1] or not ((y >= 0) & (y <= n[:, np.newaxis])).all():
        raise InputError(
            "Counts of acts must lie between 0 and the acts of their cluster: clusters x kinds, and one size each."
        )
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    y, n = y[n > 0], n[n > 0]
    total, clusters = n.sum(), len(n)
    blank = np.full(y.shape[1], np.nan)
    if not clusters:
        return SharesWithIntervals(blank, blank, blank, blank, np.nan)
    p = y.sum(axis=0) / total
    if clusters == 1:
        return SharesWithIntervals(p, blank, blank, blank, np.nan)
    left = 1 - n / total
    v = ((y - p * n[:, np.newaxis]) ** 2 / left[:, np.newaxis]).sum(axis=0) / total**2
    simple = p * (1 - p) / total
    varies = (p > 0) & (p < 1)
    pooled = total / max(v[varies].sum() / simple[varies].sum(), 1.0) if varies.any() else float(clusters)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(varies, np.minimum(p * (1 - p) / v, total), pooled)
    df = satterthwaite(n)
    t2 = stats.t.ppf((1 + level) / 2, df) ** 2
    centre = (p + t2 / (2 * effective)) / (1 + t2 / effective)
    half = np.sqrt(t2 * (p * (1 - p) / effective + t2 / (4 * effective**2))) / (1 + t2 / effective)
    return SharesWithIntervals(p, np.maximum(centre - half, 0), np.minimum(centre + half, 1), effective, df)


def satterthwaite(sizes: Floats) -> float:
    """How many degrees of freedom has a variance between clusters of these sizes? One less than their number if alike.

    >>> round(satterthwaite(np.array([10.0, 10, 10, 10])), 6), round(satterthwaite(np.array([60.0, 60, 5, 5])), 2)
    (3.0, 1.34)
    """
    n = np.asarray(sizes, dtype=float)
    share = n / n.sum()
    own, z = share / (1 - share), share / np.sqrt(1 - share)
    products = np.diag(own) - np.outer(z, z)
    return float(np.trace(products) ** 2 / (products**2).sum())


def cluster_of(acts: pd.DataFrame, min_teams: int = MIN_TEAMS) -> tuple[pd.Series, str]:
    """Which cluster is each of these acts in? Its team if there are enough teams; else its document. And which of them.

    `acts`: ACTS. An act about no one team is with its document.

    Returns one id per act, and "team" or "document".
    """
    if acts["team"].nunique() >= min_teams:
        return acts["team"].mask(acts["team"].isna(), "document " + acts["document"].astype("str")), "team"
    return acts["document"], "document"


def totals_by_cluster(clusters: pd.Series, marks: pd.DataFrame) -> tuple[Floats, Floats]:
    """How many acts of each kind has each cluster, and how many acts? `marks`: acts x kinds, true or false."""
    numbers, known = pd.factorize(clusters)
    counts = np.zeros((len(known), marks.shape[1]))
    np.add.at(counts, numbers, marks.to_numpy(dtype=float))
    return counts, np.bincount(numbers, minlength=len(known)).astype(float)
