"""How well do coders agree who rate on a scale? Intraclass correlations and Kendall's W.

As in chance_corrected, each function takes a RatingTable and `draws` (rows x resamples) and returns one value a
resample. Only units that every coder rated count.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from newroles.coding.chance_corrected import quotient
from newroles.coding.distances import Floats, unit_range
from newroles.coding.rating_table import RatingTable, tally


def _mean_squares(table: RatingTable, draws: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean squares of units, coders and error, and the number of units, of the two-way layout without replication."""
    ratings = unit_range(table.values)[table.codes[table.complete]]
    ratings = ratings - ratings.mean()
    draws = draws[table.complete]
    coders = ratings.shape[1]
    n = draws.sum(axis=0)
    grand = ratings.sum(axis=1) @ draws
    correction = quotient(grand**2, n * coders)
    of_units = ratings.sum(axis=1) ** 2 @ draws / coders - correction
    of_coders = quotient(((ratings.T @ draws) ** 2).sum(axis=0), n) - correction
    total = (ratings**2).sum(axis=1) @ draws - correction
    error = np.maximum(total - of_units - of_coders, 0.0)
    return (
        quotient(of_units, n - 1),
        of_coders / (coders - 1),
        quotient(error, (n - 1) * (coders - 1)),
        n,
    )


def intraclass(table: RatingTable, draws: Floats, kind: str, of_mean: bool = False) -> Floats:
    """The share of the variance of ratings that lies between units.

    `kind` is "agreement" (two-way; differences between coders' levels count as error), "consistency" (two-way; they
    don't) or "one_way" (coders differ from unit to unit). `of_mean` gives the reliability of the mean of all coders
    rather than of one. Source: McGraw and Wong 1996 (doi 10.1037/1082-989X.1.1.30); Shrout and Fleiss 1979 (doi
    10.1037/0033-2909.86.2.420).
    """
    units, coders, error, n = _mean_squares(table, draws)
    k = len(table.coders)
    if kind == "one_way":
        within = (coders * (k - 1) + error * (k - 1) * (n - 1)) / (n * (k - 1))
        return quotient(units - within, units + (k - 1) * within)
    between_coders = (coders - error) / n if kind == "agreement" else np.zeros_like(error)
    if of_mean:
        return quotient(units - error, units + between_coders)
    return quotient(units - error, units + (k - 1) * error + k * between_coders)


icc_1 = partial(intraclass, kind="one_way")
icc_a1 = partial(intraclass, kind="agreement")
icc_ak = partial(intraclass, kind="agreement", of_mean=True)
icc_c1 = partial(intraclass, kind="consistency")
icc_ck = partial(intraclass, kind="consistency", of_mean=True)


def kendall_w(table: RatingTable, draws: Floats) -> Floats:
    """How alike do the coders rank the units? 0 to 1, corrected for ties.

    Source: Kendall and Babington Smith 1939 (doi 10.1214/aoms/1177732186); as R irr's kendall(correct = TRUE).
    """
    codes, draws = table.codes[table.complete], draws[table.complete]
    coders, n = codes.shape[1], draws.sum(axis=0)
    ranks, ties = np.zeros(draws.shape), np.zeros(draws.shape[1])
    for coder in range(coders):
        given = tally(codes[:, coder], len(table.categories), draws)
        ranks += (given.cumsum(axis=0) - given / 2)[codes[:, coder]]
        ties += (given**3 - given).sum(axis=0)
    spread = (ranks**2 * draws).sum(axis=0) - coders**2 * n**3 / 4
    return quotient(12 * spread, coders**2 * (n**3 - n) - coders * ties)
