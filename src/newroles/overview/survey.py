"""Totals, means and ratios over all trusts, from those that answered, with standard errors by linearisation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.errors import InputError, did_you_mean
from newroles.overview.frame import group_names, known_numbers
from newroles.overview.intervals import require_level
from newroles.overview.weights import Adjustment

STATISTICS = ("mean", "total", "ratio")


def survey_estimates(
    answers: pd.DataFrame,
    value: str,
    statistic: str = "mean",
    weight: str | Adjustment | None = None,
    strata: str | None = None,
    population: str | int | None = None,
    per: str | None = None,
    by: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """What is the mean, total or ratio over all trusts, judged by those that answered, and how sure is it?

    answers: one row an answering trust. value: a column of numbers or true and false, or of words (then each word's
    share, or number of trusts). statistic: mean, total, or ratio (of the totals of `value` and `per`). weight: a
    column, or an Adjustment (see `post_stratify`, `rake`, `calibrate`, `response_weights`); None: all alike, N / n in
    each stratum. strata: a column. population: the number of trusts in the frame: one number, or a column that gives it
    for each answer's stratum; None: no finite-population correction. by: a column of groups; each group's estimate is
    that of a domain of the whole sample.

    Returns one row for each group and word: `by` (if asked for), value (the column), category (the word; blank for
    numbers), statistic, estimate, se, low, high (Student's t on n less the number of strata), n (answers in the group),
    N (trusts in the frame, as `population` says; blank when it doesn't), method and note (blank, or what had to be
    assumed).

    The standard error takes the answers for a random sample within strata (with weights by the chance of answering: it
    takes answering for chance, with the chances estimated). It says nothing about trusts that stayed away for a reason
    that the weights don't know.

    A stratum with a single answer has no spread of its own; its deviation is taken from the mean of all, as R's survey
    does with lonely.psu="adjust", and the note names it. A frame that is covered entirely has no sampling error. With
    post-stratified weights and no `strata` the finite-population correction is one for all, as R's postStratify has it on
    a simple random sample; with the post-strata as `strata` too, each has its own.

    Raises InputError when a column is missing, a value is blank or infinite, a stratum has more answers than trusts in the frame,
    one answer is all there is, or the statistic is another word.

    Source: Binder (1983), International Statistical Review 51: 279-292; Lumley (2010), Complex Surveys, chapters 2 and
    7; as R's survey 4.1 (svymean, svytotal, svyratio). For estimated chances of answering: Kim and Kim (2007),
    Nonresponse weighting adjustment using estimated response probability, Canadian Journal of Statistics 35: 501-514.

    >>> answers = pd.DataFrame({"headcount": [2, 4, 9]})
    >>> table = survey_estimates(answers, "headcount", "total", population=6)
    >>> table[["estimate", "se", "n", "N"]].round(3).values.tolist()
    [[30.0, 8.832, 3.0, 6.0]]
    """
    _check(answers, value, statistic, weight, population, per, by, level)
    in_stratum = group_names(answers[strata]) if strata else pd.Series("all", index=answers.index)
    sizes = _sizes(in_stratum, answers, population)
    weights, adjustment = _weights(answers, weight, in_stratum, sizes)
    df = len(answers) - in_stratum.nunique()
    if df < 1:
        raise InputError(
            f"{len(answers)} answer(s) in {in_stratum.nunique()} strata leave nothing to estimate a standard error from: join strata."
        )
    quantile = float(stats.t.ppf((1 + level) / 2, df))
    correction = "" if sizes is None else " with finite-population correction"
    design = "weighted" if isinstance(weight, str) else adjustment.method if adjustment else "unweighted"
    if adjustment is not None and adjustment.propensity is not None:
        method = f"{design}; linearised, answering taken as chance; {level:.0%} interval (t)"
    else:
        method = f"{design}; {'stratified ' if strata else ''}linearisation{correction}; {level:.0%} interval (t)"
    groups = group_names(answers[by]) if by else pd.Series("all", index=answers.index)
    denominator = known_numbers(answers, per).to_numpy() if per else np.ones(len(answers))
    frame = np.nan if sizes is None else sizes.groupby(in_stratum).first().sum()
    rows: list[dict[str, Any]] = []
    for group in dict.fromkeys(groups):
        inside = groups.eq(group).to_numpy(float)
        for category, numbers in _numbers(answers, value).items():
            estimate, influence = _linearised(weights, numbers, denominator, inside, statistic)
            variance, note = _variance(influence, weights, adjustment, in_stratum, sizes)
            se = float(np.sqrt(max(variance, 0.0)))
            rows.append(
                ({by: group} if by else {})
                | {"value": value, "category": category, "statistic": statistic, "estimate": estimate, "se": se}
                | {"low": estimate - quantile * se, "high": estimate + quantile * se}
                | {"n": int(inside.sum()), "N": frame, "method": method, "note": note}
            )
    return pd.DataFrame(rows)


def _check(
    answers: pd.DataFrame,
    value: str,
    statistic: str,
    weight: str | Adjustment | None,
    population: str | int | None,
    per: str | None,
    by: str | None,
    level: float,
) -> None:
    require_level(level)
    if statistic not in STATISTICS:
        raise InputError(f"There is no statistic '{statistic}'. {did_you_mean(statistic, STATISTICS)}")
    if (statistic == "ratio") != (per is not None):
        raise InputError(
            "A ratio needs `per`, the column whose total is the denominator; the other statistics have none."
        )
    for column in (value, per, by):
        if column is not None and column not in answers:
            raise InputError(f"The answers have no column '{column}'. {did_you_mean(column, answers.columns)}")
    if statistic == "total" and weight is None and population is None:
        raise InputError(
            "A total over all trusts needs `population` (how many there are) or weights; the answers' own sum isn't one."
        )
    if answers.empty:
        raise InputError("No trust answered: there is nothing to estimate from.")
    if answers[value].isna().any():
        raise InputError(
            f"{int(answers[value].isna().sum())} of {len(answers)} answers have nothing under {value}. A blank isn't 0: fill it in, or keep "
            "the trusts that gave it and say that the estimate is of such trusts."
        )
    if pd.api.types.is_numeric_dtype(answers[value]) and np.isinf(answers[value].to_numpy(float)).any():
        row = int(np.isinf(answers[value].to_numpy(float)).argmax())
        raise InputError(f"Row {row + 1} of the answers: {value} is infinite. Write the number that the trust gave.")
    if isinstance(population, int | float) and not 1 <= population < float("inf"):
        raise InputError(f"The frame has a whole number of trusts, 1 or more; population is {population:g}.")


def _numbers(answers: pd.DataFrame, value: str) -> dict[str, np.ndarray]:
    column = answers[value]
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return {"": column.to_numpy(float)}
    return {str(word): column.eq(word).to_numpy(float) for word in sorted(column.unique())}


def _sizes(in_stratum: pd.Series, answers: pd.DataFrame, population: str | int | None) -> pd.Series | None:
    """How many trusts has the frame in each answer's stratum?"""
    if population is None:
        return None
    if isinstance(population, str):
        sizes = known_numbers(answers, population)
    elif len(set(in_stratum)) > 1:
        raise InputError(
            "With strata, `population` is the column that gives the number of trusts in each answer's stratum."
        )
    else:
        sizes = pd.Series(float(population), index=answers.index)
    for stratum, given in sizes.groupby(in_stratum):
        if len(set(given)) > 1:
            raise InputError(f"The stratum '{stratum}' has different numbers of trusts in its rows of {population}.")
        if given.iloc[0] < len(given):
            raise InputError(
                f"The frame is smaller than the answers: {len(given)} trusts answered"
                f"{'' if stratum == 'all' else f' in {stratum}'}, and the frame has {given.iloc[0]:g}. Mend one of the two."
            )
    return sizes


def _weights(
    answers: pd.DataFrame, weight: str | Adjustment | None, in_stratum: pd.Series, sizes: pd.Series | None
) -> tuple[np.ndarray, Adjustment | None]:
    if isinstance(weight, Adjustment):
        if not weight.weight.index.equals(answers.index):
            raise InputError(
                "The weights are of other answers than these: make them from the same table, with the same rows in the same order."
            )
        return weight.weight.to_numpy(float), weight
    if isinstance(weight, str):
        numbers = known_numbers(answers, weight)
        if not (numbers > 0).all():
            raise InputError(f"Weights must be above 0; the column {weight} has {numbers.min():g}.")
        return numbers.to_numpy(), None
    if sizes is None:
        return np.ones(len(answers)), None
    return (sizes / in_stratum.map(in_stratum.value_counts())).to_numpy(float), None


def _linearised(
    weights: np.ndarray, numbers: np.ndarray, denominator: np.ndarray, inside: np.ndarray, statistic: str
) -> tuple[float, np.ndarray]:
    """The estimate and each answer's weighted influence on it."""
    total = float(weights @ (numbers * inside))
    if statistic == "total":
        return total, weights * numbers * inside
    below = float(weights @ (denominator * inside))
    if below == 0:
        raise InputError("The denominator of the ratio is 0 in a group: there is nothing to divide by.")
    estimate = total / below
    return estimate, weights * inside * (numbers - estimate * denominator) / below


def _variance(
    influence: np.ndarray,
    weights: np.ndarray,
    adjustment: Adjustment | None,
    in_stratum: pd.Series,
    sizes: pd.Series | None,
) -> tuple[float, str]:
    if adjustment is not None and adjustment.propensity is not None:
        return _variance_of_answering(influence, weights, adjustment), ""
    if adjustment is not None:  # what the frame's totals already explain has no sampling error
        influence = weights * _residuals(influence / weights, adjustment.terms, adjustment.base)
    variance, alone = 0.0, []
    for stratum, rows in in_stratum.groupby(in_stratum).indices.items():
        part, n = influence[rows], len(rows)
        left = 1.0 if sizes is None else 1 - n / float(sizes.iloc[rows[0]])
        if n == 1 and left > 0:
            alone.append(str(stratum))
            variance += left * float((part[0] - influence.mean()) ** 2)
        elif n > 1:
            variance += left * n / (n - 1) * float(((part - part.mean()) ** 2).sum())
    note = f"a single answer in {', '.join(alone)}: spread taken from the mean of all strata" if alone else ""
    return variance, note


def _variance_of_answering(influence: np.ndarray, weights: np.ndarray, adjustment: Adjustment) -> float:
    """Variance over who answers, with the chances estimated; weights add up to the frame, so influences are centred."""
    assert adjustment.propensity is not None
    centred = influence - weights * influence.sum() / weights.sum()
    residuals = _residuals(centred, adjustment.terms, adjustment.base)
    n, k = adjustment.terms.shape
    if n <= k:
        raise InputError(f"{n} answers can't carry a model of answering with {k} terms: adjust for fewer columns.")
    chance = adjustment.propensity.to_numpy(float)
    return float(n / (n - k) * ((1 - chance) * residuals**2).sum())


def _residuals(values: np.ndarray, terms: pd.DataFrame, base: pd.Series) -> np.ndarray:
    """What a weighted regression on the terms leaves over."""
    root = np.sqrt(base.to_numpy(float))
    matrix = terms.to_numpy(float)
    scale = np.abs(matrix).max(axis=0)
    matrix = matrix / np.where(scale > 0, scale, 1.0)
    solved, *_ = np.linalg.lstsq(matrix * root[:, None], values * root, rcond=None)
    return values - matrix @ solved
