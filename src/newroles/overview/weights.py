"""Weights that make those who answered resemble the frame: post-strata, margins, totals, and the chance of answering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.overview.frame import checked_frame, group_names, known_numbers
from newroles.overview.propensity import fit_propensity

FEW_ANSWERS = 5  # fewer answers than this for each group or total matched, and the table says so


@dataclass(frozen=True)
class Adjustment:
    """Weights for those who answered, and what a standard error has to know about where they come from.

    weight: one value an answer, with the answers' index. terms: what was matched to the frame, one row an answer. base:
    the weight of each answer in the regression on `terms` whose residuals carry the variance. propensity: the estimated
    chance of answering (None when the weights come from known totals). post_strata: the group of each answer, when
    groups are all that was matched, by `post_stratify` (None otherwise). method: in words, for the table.
    """

    weight: pd.Series
    terms: pd.DataFrame
    base: pd.Series
    method: str
    propensity: pd.Series | None = None
    post_strata: pd.Series | None = None


def population_counts(trusts: pd.DataFrame, by: str) -> pd.DataFrame:
    """How many trusts of the frame are in each group? One row a group: `by` and N; a blank group is "not known".

    >>> population_counts(pd.DataFrame({"region": ["London", "London", None]}), "region").values.tolist()
    [['London', 2], ['not known', 1]]
    """
    if by not in trusts:
        raise InputError(f"The table of trusts has no column '{by}'. {did_you_mean(by, trusts.columns)}")
    return group_names(trusts[by]).value_counts(sort=False).rename_axis(by).rename("N").reset_index()


def post_stratify(answers: pd.DataFrame, population: pd.DataFrame, weight: str | None = None) -> Adjustment:
    """Which weights give each group the number of trusts that it has in the frame?

    answers: one row an answer. population: one row a group, the column that names it (which answers have too) and N.
    weight: a column of weights to start from; None: all alike.

    Returns an Adjustment. Raises InputError when the groups of the two tables differ, a group of the frame has no
    answer (nothing can speak for it) or fewer trusts than answers, or N isn't above 0.

    Source: Holt and Smith (1979), Post Stratification, JRSS A 142: 33-46; as R's survey::postStratify.

    >>> answers = pd.DataFrame({"region": ["London", "London", "Midlands"]})
    >>> post_stratify(answers, pd.DataFrame({"region": ["London", "Midlands"], "N": [6, 4]})).weight.tolist()
    [3.0, 3.0, 4.0]
    """
    adjustment = calibrate(answers, [population], weight=weight)
    by = _grouping(population)
    method = f"post-stratified by {by}" + _too_many(adjustment.terms)
    groups = group_names(answers[by])
    return Adjustment(adjustment.weight, adjustment.terms, adjustment.base, method, post_strata=groups)


def rake(
    answers: pd.DataFrame,
    margins: Sequence[pd.DataFrame],
    weight: str | None = None,
    tolerance: float = 1e-10,
    most_cycles: int = 1000,
) -> Adjustment:
    """Which weights agree with several margins of the frame at once, when their cross-table is too thin to post-stratify?

    answers, weight: as in `post_stratify`. margins: one table for each grouping: its column and N. tolerance: the
    largest share by which a margin may still be off.

    Returns an Adjustment; its method says so when there are fewer than five answers for each group, because the
    standard error is then too small (with seven regions and three size groups for 31 answers, intervals at 95% covered
    some 80% in invented studies). Raises InputError as `post_stratify` does, without margins, when these have different totals, and
    when the weights don't settle in `most_cycles` cycles (some combination of groups has no answer, so that the margins
    contradict each other).

    Source: Deming and Stephan (1940), Annals of Mathematical Statistics 11: 427-444; as R's survey::rake.

    >>> answers = pd.DataFrame({"region": ["North", "North", "South"], "size": ["small", "large", "small"]})
    >>> region = pd.DataFrame({"region": ["North", "South"], "N": [6, 4]})
    >>> size = pd.DataFrame({"size": ["small", "large"], "N": [7, 3]})
    >>> rake(answers, [region, size]).weight.round(6).tolist()
    [3.0, 3.0, 4.0]
    """
    if not margins:
        raise InputError("Raking needs at least one margin: a table with a grouping column and N.")
    parts = [_margin(answers, margin) for margin in margins]
    totals = _common_total(margins)
    weights = _starting_weights(answers, weight, totals).to_numpy(float)
    members = [part.to_numpy(float) for part, _ in parts]
    targets = [wanted for _, wanted in parts]
    for _ in range(most_cycles):
        for inside, wanted in zip(members, targets, strict=True):
            weights = weights * (inside @ (wanted / (weights @ inside)))
        off = max(np.abs(weights @ inside / wanted - 1).max() for inside, wanted in zip(members, targets, strict=True))
        if off <= tolerance:
            break
    else:
        names = ", ".join(_grouping(margin) for margin in margins)
        raise InputError(
            f"Raking over {names} didn't settle in {most_cycles} cycles: some combination of groups has no answer, and the "
            "margins can't all be met. Join groups, or rake over fewer of them."
        )
    terms = pd.concat([part for part, _ in parts], axis=1)
    equal = pd.Series(1.0, index=answers.index)
    method = "raked over " + " and ".join(_grouping(margin) for margin in margins) + _too_many(terms)
    return Adjustment(pd.Series(weights, index=answers.index, name="weight"), terms, equal, method)


def calibrate(
    answers: pd.DataFrame,
    margins: Sequence[pd.DataFrame] = (),
    totals: Mapping[str, float] | None = None,
    weight: str | None = None,
) -> Adjustment:
    """Which weights, as near as can be to the first ones, give known counts and known totals (the regression estimator)?

    answers, margins, weight: as in `rake`. totals: number columns of answers and their totals over the whole frame,
    such as all staff in whole-time equivalents. At least one margin is needed.

    Returns an Adjustment; its method says so when some weights came out negative. Raises InputError as `rake` does, and
    when the answers' columns are collinear.

    Source: Deville and Särndal (1992), JASA 87: 376-382, linear case; as R's survey::calibrate.

    >>> answers = pd.DataFrame({"sector": ["nhs", "nhs"], "wte": [1.0, 3.0]})
    >>> all_nhs = pd.DataFrame({"sector": ["nhs"], "N": [4]})
    >>> calibrate(answers, [all_nhs], {"wte": 10.0}).weight.round(6).tolist()
    [1.0, 3.0]
    """
    if not margins:
        raise InputError("Calibration needs at least one margin: a table with a grouping column and N.")
    parts = [_margin(answers, margin) for margin in margins]
    base = _starting_weights(answers, weight, _common_total(margins))
    numbers = {name: known_numbers(answers, name) for name in totals or {}}
    terms = pd.concat([part for part, _ in parts] + [pd.DataFrame(numbers)] * bool(numbers), axis=1)
    wanted = np.concatenate([w for _, w in parts] + [np.array(list((totals or {}).values()), dtype=float)])
    matrix, start = terms.to_numpy(float), base.to_numpy(float)
    spread = np.where(np.abs(matrix).max(axis=0) > 0, np.abs(matrix).max(axis=0), 1.0)
    scaled = matrix / spread
    solved, *_ = np.linalg.lstsq((scaled.T * start) @ scaled, wanted / spread - scaled.T @ start, rcond=1e-12)
    found = start * (1 + scaled @ solved)
    if not np.allclose(found @ scaled, wanted / spread, rtol=1e-8):
        raise InputError(
            f"No weights meet all of these totals at once ({', '.join(map(str, terms.columns))}): some are collinear in the "
            "answers. Leave one out."
        )
    method = "regression estimator on " + " and ".join([*(_grouping(margin) for margin in margins), *(totals or {})])
    method += _too_many(terms)
    if (found < 0).any():
        method += f" ({int((found < 0).sum())} negative weights)"
    return Adjustment(pd.Series(found, index=answers.index, name="weight"), terms, base, method)


def response_weights(trusts: pd.DataFrame, on: Sequence[str] = ("wte",)) -> Adjustment:
    """Which weights make up for it that some trusts were less likely to answer, going by what the frame knows of all?

    Each trust that answered stands for itself and for others like it: its weight is one over its estimated chance of
    answering (a logistic regression on `on`; positive numbers enter as logarithms, words as groups), scaled so that the
    weights add up to the number of trusts. It mends what `on` explains and nothing else.

    trusts: the frame, one row a trust: responded and the columns `on`, known for every trust.
    Returns an Adjustment for the trusts that answered (index: their rows of the frame); its method says when the
    answers were separated by `on`, so that Firth's penalty had to keep the chances away from 0 and 1.
    Raises InputError when no trust answered, a column is missing, blank or constant, or the columns are collinear.

    Source: Little (1986), Survey nonresponse adjustments for estimates of means, International Statistical Review 54:
    139-157; Firth (1993), Biometrika 80: 27-38.

    >>> frame = pd.DataFrame({"wte": [1000, 1500, 2000, 3000, 4000, 6000], "responded": [False, True] * 3})
    >>> weights = response_weights(frame).weight
    >>> bool(weights.iloc[0] > weights.iloc[-1]), round(float(weights.sum()), 6)
    (True, 6.0)
    """
    checked_frame(trusts, on)
    chance, terms, note = fit_propensity(trusts, on)
    answered = trusts["responded"].to_numpy(bool)
    weight = 1 / chance[answered]
    weight = (weight * (len(trusts) / weight.sum())).rename("weight")
    method = f"weighted by the chance of answering, given {' and '.join(on)}{note}"
    return Adjustment(weight, terms[answered], 1 - chance[answered], method, chance[answered])


def _grouping(margin: pd.DataFrame) -> str:
    names = [str(column) for column in margin.columns if column != "N"]
    if "N" not in margin or len(names) != 1:
        raise InputError(
            "A margin is a table with two columns, the grouping (such as region) and N (trusts in the frame); "
            f"got {', '.join(map(str, margin.columns))}."
        )
    return names[0]


def _margin(answers: pd.DataFrame, margin: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Which answer is in which group (one column a group), and how many trusts the frame has in each?"""
    by = _grouping(margin)
    if by not in answers:
        raise InputError(f"The answers have no column '{by}'. {did_you_mean(by, answers.columns)}")
    if not (pd.to_numeric(margin["N"], errors="coerce") > 0).all():
        raise InputError(f"Every {by} of the frame needs an N above 0.")
    groups, known = group_names(answers[by]), group_names(margin[by])
    if known.duplicated().any():
        raise InputError(f"The margin lists the {by} '{known[known.duplicated()].iloc[0]}' twice.")
    frame_has, answers_have = set(known), set(groups)
    for group in sorted(answers_have):
        if group not in frame_has:
            raise InputError(f"The frame has no {by} '{group}', which some answers name. {did_you_mean(group, known)}")
    for group in known:
        if group not in answers_have:
            raise InputError(
                f"No trust answered in the {by} '{group}', so nothing can be weighted up to it. Join it to another {by}, or say "
                "that the estimate leaves it out."
            )
    for group, most in zip(known, margin["N"], strict=True):
        if int(groups.eq(group).sum()) > most:
            raise InputError(
                f"The frame is smaller than the answers: {int(groups.eq(group).sum())} trusts answered in the {by} '{group}', and the "
                f"frame has {most:g} there. Mend one of the two."
            )
    members = pd.DataFrame({f"{by}: {group}": groups.eq(group).astype(float) for group in known}, index=answers.index)
    return members, margin["N"].to_numpy(float)


def _too_many(terms: pd.DataFrame) -> str:
    """A warning where so many groups were matched that linearisation no longer sees how the weights vary."""
    if len(terms) >= FEW_ANSWERS * terms.shape[1]:
        return ""
    return f" ({terms.shape[1]} groups or totals for {len(terms)} answers: the interval is probably too narrow)"


def _common_total(margins: Sequence[pd.DataFrame]) -> float:
    totals = [float(margin["N"].sum()) for margin in margins]
    if not np.allclose(totals, totals[0]):
        listed = ", ".join(f"{_grouping(m)} {total:g}" for m, total in zip(margins, totals, strict=True))
        raise InputError(f"The margins are of different frames: their totals are {listed}.")
    return totals[0]


def _starting_weights(answers: pd.DataFrame, weight: str | None, total: float) -> pd.Series:
    if weight is None:
        return pd.Series(total / len(answers), index=answers.index)
    numbers = known_numbers(answers, weight)
    if not (numbers > 0).all():
        raise InputError(f"Weights to start from must be above 0; the column {weight} has {numbers.min():g}.")
    return numbers
