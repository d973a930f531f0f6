"""How much better than chance do coders agree? Coefficients for any number of coders, with missing ratings.

Each coefficient takes a RatingTable and `draws` (rows x resamples: how many units have each row of ratings) and
returns one value a resample; with the table's own `times` as the only column it returns the coefficient itself.

Source of all but alpha: Gwet 2014 (Handbook of Inter-Rater Reliability, 4th edition), as R irrCAC 1.0 computes them.
Units with one rating say nothing about agreement, but do count in the shares of categories that chance agreement is
made of; alpha leaves them out. Standard errors are Gwet's, by linearisation: units are the sample, coders are fixed. Where many
units have one rating they come out a little large (that of percent agreement most), as irrCAC's do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from newroles.coding.distances import Floats, Integers, agreement_weights
from newroles.coding.rating_table import RatingTable

# below this, agreement expected by chance is complete and nothing is left to be corrected
_NOTHING_LEFT = 1e-12


def quotient(above: Floats, below: Floats) -> Floats:
    """above / below, blank where `below` is zero."""
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below > _NOTHING_LEFT)


def _corrected(observed: Floats, expected: Floats) -> Floats:
    return quotient(observed - expected, 1.0 - expected)


# Observed agreement and shares of categories -------------------------------------------------------------------------


def pair_sum(table: RatingTable, between: Callable[[Integers, Integers], Floats]) -> Floats:
    """For each row of ratings, the sum of `between` over ordered pairs of coders who both rated it."""
    total = np.zeros(len(table.codes))
    for one, other in table.pairs():
        both = table.rated[:, one] & table.rated[:, other]
        total[both] += 2 * between(table.codes[both, one], table.codes[both, other])
    return total


def _agreement_by_row(table: RatingTable, weights: Floats | None) -> Floats:
    """The mean agreement of the pairs of coders in each row, 0 where there is no pair."""

    def alike(one: Integers, other: Integers) -> Floats:
        return (one == other).astype(float) if weights is None else weights[one, other]

    pairs = table.n_ratings * (table.n_ratings - 1)
    return pair_sum(table, alike) / np.maximum(pairs, 1)


def _observed(table: RatingTable, draws: Floats, weights: Floats | None = None) -> Floats:
    return quotient((_agreement_by_row(table, weights) * table.pairable) @ draws, table.pairable @ draws)


def _shares(table: RatingTable, draws: Floats) -> Floats:
    """Mean share of each category over the units with any rating: categories x resamples."""
    return quotient((table.counts / table.n_ratings) @ draws, draws.sum(axis=0))


def _coder_shares(table: RatingTable, draws: Floats) -> Floats:
    """Share of each category in each coder's own ratings: coders x categories x resamples."""
    given = (table.coder_counts @ draws).reshape(len(table.coders), len(table.categories), -1)
    return quotient(given, given.sum(axis=1, keepdims=True))


# Coefficients --------------------------------------------------------------------------------------------------------


def percent_agreement(table: RatingTable, draws: Floats) -> Floats:
    """The share of pairs of ratings that are the same, averaged over units (0 to 1)."""
    return _observed(table, draws)


def fleiss_kappa(table: RatingTable, draws: Floats) -> Floats:
    """Chance: two ratings drawn from the shares of categories over all coders. Fleiss 1971 (doi 10.1037/h0031619)."""
    return _corrected(_observed(table, draws), (_shares(table, draws) ** 2).sum(axis=0))


def conger_kappa(table: RatingTable, draws: Floats) -> Floats:
    """Chance: each coder's own shares of categories. Conger 1980 (doi 10.1037/0033-2909.88.2.322)."""
    return _corrected(_observed(table, draws), _conger_expected(_coder_shares(table, draws)))


def _conger_expected(shares: Floats) -> Floats:
    coders = len(shares)
    return ((shares.sum(axis=0) ** 2).sum(axis=0) - (shares**2).sum(axis=(0, 1))) / (coders * (coders - 1))


def brennan_prediger(table: RatingTable, draws: Floats) -> Floats:
    """Chance: all categories alike. Brennan and Prediger 1981 (doi 10.1177/001316448104100307)."""
    observed = _observed(table, draws)
    return _corrected(observed, np.full_like(observed, 1 / len(table.categories)))


def gwet_ac1(table: RatingTable, draws: Floats) -> Floats:
    """Chance: only for units that are hard to code. Gwet 2008 (doi 10.1348/000711006X126600)."""
    return _corrected(_observed(table, draws), _gwet_expected(_shares(table, draws), None))


def gwet_ac2(table: RatingTable, draws: Floats) -> Floats:
    """AC1 with partial agreement: linear weights for ordinal ratings, quadratic for interval and ratio."""
    weights = _ac2_weights(table)
    return _corrected(_observed(table, draws, weights), _gwet_expected(_shares(table, draws), weights))


def _ac2_weights(table: RatingTable) -> Floats:
    return agreement_weights(table.values, "linear" if table.level == "ordinal" else "quadratic")


def _gwet_expected(shares: Floats, weights: Floats | None) -> Floats:
    return _gwet_factor(len(shares), weights) * (shares * (1 - shares)).sum(axis=0)


def _gwet_factor(categories: int, weights: Floats | None) -> float:
    total = categories if weights is None else float(weights.sum())
    return total / (categories * (categories - 1)) if categories > 1 else np.nan


def krippendorff_alpha(table: RatingTable, draws: Floats) -> Floats:
    """One less the disagreement observed over that expected from the ratings put together at random.

    Distances: nominal; interval (squared difference); ordinal (squared difference of mid-ranks, which move with each
    resample); ratio; MASI and Jaccard for label sets. Source: Krippendorff 2019 (Content Analysis, 4th edition, ch. 12).
    """
    pairable = draws * table.pairable[:, None]
    ratings = table.n_ratings @ pairable
    shares = quotient(table.counts @ pairable, ratings)
    each = np.maximum(table.n_ratings - 1, 1)
    if table.level == "ordinal":
        ranks = shares.cumsum(axis=0) - shares / 2
        expected = 2 * ((shares * ranks**2).sum(axis=0) - (shares * ranks).sum(axis=0) ** 2)
        squares = ((table.counts * (table.n_ratings / each)) @ pairable * ranks**2).sum(axis=0)
        products = ((table.counts.T @ ranks) ** 2 * (pairable / each[:, None])).sum(axis=0)
        observed = 2 * (squares - products)
    else:
        distance = table.metric
        expected = (shares * distance.against(shares)).sum(axis=0)
        observed = (pair_sum(table, distance.between) / each) @ pairable
    return 1.0 - quotient(observed, ratings) * (1 - 1 / ratings) / np.where(expected > _NOTHING_LEFT, expected, np.nan)


# Gwet's standard errors ----------------------------------------------------------------------------------------------


def _error(table: RatingTable, contributions: Floats, rows: Floats | None = None) -> float:
    """The standard error of a mean of one contribution a unit.

    Gwet divides the variance by n - 1 for several coders or missing ratings, and by n for the two-way table of two
    coders who rated every unit, as R irrCAC's functions for tables do.
    """
    times = table.times if rows is None else table.times * rows
    n = times.sum()
    mean = times @ contributions / n
    degrees = n if table.two_way else n - 1
    return float(np.sqrt(times @ (contributions - mean) ** 2 / n / degrees)) if degrees > 0 else np.nan


def _linearised(table: RatingTable, weights: Floats | None, expected: float, chance: Floats | float) -> float:
    """The standard error of (observed - expected) / (1 - expected); `chance` is what each row adds to `expected`, centred."""
    agreement = _agreement_by_row(table, weights)
    n, paired = table.times.sum(), table.times @ table.pairable
    value = (table.times @ (agreement * table.pairable) / paired - expected) / (1 - expected)
    contributions = (n / paired) * table.pairable * (agreement - expected) / (1 - expected)
    return _error(table, contributions - (1 - value) * chance / (1 - expected))


def _shares_of_all(table: RatingTable) -> Floats:
    return (table.counts / table.n_ratings) @ table.times / table.times.sum()


def _through_shares(table: RatingTable, slope: Floats) -> Floats:
    """What each row adds, centred, to a quantity that changes by `slope` with the shares of the categories."""
    return (table.counts / table.n_ratings).T @ slope - slope @ _shares_of_all(table)


def percent_agreement_error(table: RatingTable) -> float:
    """How far could another sample of units move percent agreement? Its standard error."""
    return _linearised(table, None, 0.0, 0.0)


def brennan_prediger_error(table: RatingTable) -> float:
    """How far could another sample of units move Brennan and Prediger's kappa? Its standard error."""
    return _linearised(table, None, 1 / len(table.categories), 0.0)


def fleiss_kappa_error(table: RatingTable) -> float:
    """How far could another sample of units move Fleiss' kappa? Its standard error."""
    shares = _shares_of_all(table)
    return _linearised(table, None, float(shares @ shares), _through_shares(table, 2 * shares))


def gwet_ac1_error(table: RatingTable) -> float:
    """How far could another sample of units move AC1? Its standard error."""
    return _gwet_error(table, None)


def gwet_ac2_error(table: RatingTable) -> float:
    """How far could another sample of units move AC2? Its standard error."""
    return _gwet_error(table, _ac2_weights(table))


def _gwet_error(table: RatingTable, weights: Floats | None) -> float:
    shares = _shares_of_all(table)
    factor = _gwet_factor(len(shares), weights)
    slope = factor * (1 - 2 * shares)
    return _linearised(table, weights, factor * float(shares @ (1 - shares)), _through_shares(table, slope))


def conger_kappa_error(table: RatingTable) -> float:
    """How far could another sample of units move Conger's kappa? Its standard error."""
    coders, n = len(table.coders), table.times.sum()
    shares = _coder_shares(table, table.times[:, None])
    of_others = (shares.sum(axis=0) - shares)[:, :, 0]
    chance = np.zeros(len(table.codes))
    for coder in range(coders):
        rated = table.rated[:, coder]
        mean = float(shares[coder, :, 0] @ of_others[coder])
        weight = n / table.times[rated].sum()
        chance[rated] += weight * (of_others[coder][table.codes[rated, coder]] - mean)
    expected = float(_conger_expected(shares)[0])
    return _linearised(table, None, expected, 2 * chance / (coders * (coders - 1)))


def krippendorff_alpha_error(table: RatingTable) -> float:
    """Gwet's formula for fixed distances; for ordinal ratings, whose distances move with the sample, there is none.

    Linearised is 1 - observed / expected disagreement. Krippendorff's small-sample correction (one over the number of
    ratings) enters only where units have unequal numbers of ratings, so that the result is that of R irrCAC 1.0.
    """
    if table.level == "ordinal":
        return np.nan
    distance = table.metric
    times = table.times * table.pairable
    n = times.sum()
    mean_ratings = times @ table.n_ratings / n
    size = table.n_ratings / mean_ratings
    shares = table.counts @ times / (n * mean_ratings)
    nearness = distance.against(shares)
    expected = float(shares @ nearness)
    disagreement = pair_sum(table, distance.between) / np.maximum(table.n_ratings - 1, 1) / mean_ratings
    ratio = float(times @ disagreement / n) / expected
    chance = 2 * ((table.counts.T @ nearness) / mean_ratings - expected * size)
    contributions = ratio * (size + chance / expected) - disagreement / expected
    correction = ratio * (size - 1) / (n * mean_ratings)
    return _error(table, contributions - correction, rows=table.pairable)
