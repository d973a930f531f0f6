"""How well do coders agree two by two? Cohen's kappa, Light's mean of kappas, Holsti's coefficient and F1.

As in chance_corrected, each function takes a RatingTable and `draws` (rows x resamples) and returns one value a
resample. Between two coders only the units that both rated are compared.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from newroles.coding.chance_corrected import quotient
from newroles.coding.distances import Floats, agreement_weights
from newroles.coding.rating_table import RatingTable, tally


def _pair_kappa(table: RatingTable, draws: Floats, one: int, other: int, weights: str | None) -> Floats:
    """Cohen's kappa of two coders: 1 - disagreement observed / expected from each coder's own shares."""
    both = table.rated[:, one] & table.rated[:, other]
    first, second, draws = table.codes[both, one], table.codes[both, other], draws[both]
    units = draws.sum(axis=0)
    margins = [quotient(tally(codes, len(table.categories), draws), units) for codes in (first, second)]
    if weights is None:
        expected = 1 - (margins[0] * margins[1]).sum(axis=0)
        observed = (first != second).astype(float) @ draws
    else:
        distance = 1 - agreement_weights(table.values, weights)
        expected = (margins[0] * (distance @ margins[1])).sum(axis=0)
        observed = distance[first, second] @ draws
    return 1 - quotient(quotient(observed, units), expected)


def cohen_kappa(table: RatingTable, draws: Floats, weights: str | None = None) -> Floats:
    """Chance: the two coders' own shares of categories. Cohen 1960 (doi 10.1177/001316446002000104), 1968 for weights."""
    return _pair_kappa(table, draws, 0, 1, weights)


cohen_kappa_linear = partial(cohen_kappa, weights="linear")
cohen_kappa_quadratic = partial(cohen_kappa, weights="quadratic")


def cohen_kappa_error(table: RatingTable, weights: str | None = None) -> float:
    """The asymptotic standard error of Cohen's kappa, by statsmodels.

    Source: Fleiss, Cohen and Everitt 1969 (doi 10.1037/h0028106), not supposing that kappa is zero.
    """
    from statsmodels.stats.inter_rater import cohens_kappa  # takes a second or more to import

    first, second = table.codes[table.complete].T
    counts = np.zeros((len(table.categories),) * 2)
    np.add.at(counts, (first, second), table.times[table.complete])
    if weights is None:
        return float(cohens_kappa(counts).std_kappa)
    wt = "fc" if weights == "quadratic" else weights
    return float(cohens_kappa(counts, weights=table.values, wt=wt).std_kappa)


cohen_kappa_linear_error = partial(cohen_kappa_error, weights="linear")
cohen_kappa_quadratic_error = partial(cohen_kappa_error, weights="quadratic")


def light_kappa(table: RatingTable, draws: Floats) -> Floats:
    """The mean of Cohen's kappa over the pairs of coders for whom it is defined. Light 1971 (doi 10.1037/h0031643)."""
    return mean_of_pairs([_pair_kappa(table, draws, one, other, None) for one, other in table.pairs()])


def mean_of_pairs(of_pairs: list[Floats]) -> Floats:
    """The mean over pairs of coders, in each resample, of those pairs for which there is a value; blank without any."""
    values = np.array(of_pairs)
    defined = ~np.isnan(values)
    return quotient(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0).astype(float))


def _codings(table: RatingTable, coder: int) -> Floats:
    """How many codes the coder gave in each row: a 1 of binary ratings, the size of a label set, else any rating."""
    rated = table.rated[:, coder]
    if table.members is not None:
        return np.where(rated, table.members.sum(axis=1)[table.codes[:, coder]], 0.0)
    return np.where(rated, table.values[table.codes[:, coder]], 0.0) if table.binary else rated.astype(float)


def _shared_codings(table: RatingTable, one: int, other: int) -> Floats:
    """How many codes both coders gave in each row."""
    both = table.rated[:, one] & table.rated[:, other]
    first, second = table.codes[:, one], table.codes[:, other]
    if table.members is not None:
        return np.where(both, np.einsum("ik,ik->i", table.members[first], table.members[second]), 0.0)
    same = (both & (first == second)).astype(float)
    return same * table.values[first] if table.binary else same


def holsti(table: RatingTable, draws: Floats) -> Floats:
    """Twice the codes that two coders share over all codes that they gave, mean of pairs.

    Every code that a coder gave counts, also in units that the other left out. Binary ratings: a 1 is a code given;
    label sets: every code of a set; other categories: every rating. Source: Holsti 1969 (Content analysis for the
    social sciences and humanities).
    """
    given = [_codings(table, coder) @ draws for coder in range(len(table.coders))]
    return mean_of_pairs(
        [
            quotient(2 * (_shared_codings(table, one, other) @ draws), given[one] + given[other])
            for one, other in table.pairs()
        ]
    )


def f1(table: RatingTable, draws: Floats) -> Floats:
    """The harmonic mean of precision and recall, either coder taken as the truth, mean of pairs.

    For binary ratings and label sets, over the units that both coders rated; units where neither gave a code don't
    count. Source: Hripcsak and Rothschild 2005 (doi 10.1197/jamia.M1733).
    """
    of_pairs = []
    for one, other in table.pairs():
        both = (table.rated[:, one] & table.rated[:, other]).astype(float)
        given = (both * (_codings(table, one) + _codings(table, other))) @ draws
        of_pairs.append(quotient(2 * (_shared_codings(table, one, other) @ draws), given))
    return mean_of_pairs(of_pairs)
