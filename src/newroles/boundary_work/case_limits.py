"""Can so many cases support so many conditions, or would the outcome dealt out at random be explained as well?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.boundary_work.formulas import formula_scores, literals
from newroles.boundary_work.minimisation import minimise
from newroles.boundary_work.robustness import at_cuts
from newroles.boundary_work.set_fit import sufficiency_fit
from newroles.boundary_work.set_scores import SAME
from newroles.boundary_work.truth_table import TruthTable, truth_table
from newroles.errors import InputError


def case_limits(
    data: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    incl_cut: float = 0.8,
    n_cut: int = 1,
    pri_cut: float = 0.0,
    include: str = "",
    expectations: Mapping[str, bool] | str | None = None,
    draws: int = 199,
    level: float = 0.05,
    rng: np.random.Generator | None = None,
) -> pd.Series:
    """If the outcome were dealt out to the cases at random, how often would the same analysis find as good a solution?

    data to expectations: as for `truth_table` and `minimise`. draws: shuffles of the outcome among the cases; rng: of them, seed
    0 when left out. level: the share of shuffles up to which the cases are said to support the conditions.

    A shuffle is as good when its solution is at least as consistent, covers at least as much, and is written with no more
    conditions; of tied models the first counts. A shuffle without a solution isn't. Solutions good in different ways (one
    consistent, one short) aren't as good as each other, so few shuffles are as good as any solution at all, and their share
    is no p value: of random outcomes with 4 conditions and 30 cases, 18% had a share up to 5%. So the same count is made for
    each shuffle, among all the others and the cases' own outcome; p says how many have one as small.

    Returns a series: cases, conditions, configurations (possible), observed (configurations with a case), share_observed,
    contradictions (rows whose cases disagree), models (tied), incl, cov and length (conditions written, of the first
    model), as_good (shuffles), without_contradiction (share of shuffles in which no row's cases disagree), draws, p
    (shuffles with a solution that no more others are as good as, and 1, over draws + 1; at least (as_good + 1) / (draws + 1)),
    supported (p at most level; False without a solution) and sentence.

    Raises InputError as `truth_table` and `minimise` do, and for fewer than 1 draw or a level that isn't between 0 and 1.

    Source: that many conditions and few cases give consistent solutions of random data: Marx and Dusa 2011, doi
    10.4256/mio.2010.0037; this permutation test is our own.

    >>> data = pd.DataFrame({"a": [1, 1, 1, 0, 0, 0] * 2, "b": [1, 0] * 6, "y": [1, 1, 1, 0, 0, 0] * 2})
    >>> found = case_limits(data, "y", ["a", "b"], draws=99)
    >>> found[["cases", "configurations", "observed", "length", "p", "supported"]].tolist()
    [12, 4, 4, 1, 0.01, True]
    """
    if draws < 1 or not 0 < level < 1:
        raise InputError(f"Expected at least one draw and a level between 0 and 1; got draws={draws}, level={level}.")
    rng = np.random.default_rng(0) if rng is None else rng
    table = truth_table(data, outcome, list(conditions), incl_cut, n_cut, pri_cut)
    scores = table.scores
    sets = pd.DataFrame(scores.x, columns=scores.conditions)
    bits = table.table[scores.conditions].to_numpy()
    member = np.where(bits == 1, scores.x[:, np.newaxis, :], 1 - scores.x[:, np.newaxis, :]).min(axis=2)
    inside = member > 0.5
    solved: dict[tuple[Any, ...], list[list[str]]] = {}

    def models_of(found: TruthTable) -> list[list[str]]:
        out = tuple(found.table["out"])
        if out not in solved:
            solved[out] = minimise(found, include=include, expectations=expectations).models
        return solved[out]

    models = models_of(table)
    incl, cov, length = _fit(models, sets, scores.y)
    fits, calm = [(incl, cov, float(length))], 0
    for _ in range(draws):
        y = rng.permutation(scores.y)
        calm += not (inside[y > 0.5].any(axis=0) & inside[y < 0.5].any(axis=0)).any()
        others = models_of(at_cuts(table, incl_cut, n_cut, pri_cut, sufficiency_fit(member, y))) if models else []
        if others:
            fits.append(_fit(others, sets, y))
    k, n, observed = len(scores.conditions), len(scores.y), len(table.table)
    better = _as_good(np.array(fits))
    as_good = int(better[0]) if models else 0
    p = float((better <= better[0]).sum() / (draws + 1)) if models else np.nan
    found = {
        "cases": n,
        "conditions": k,
        "configurations": 2**k,
        "observed": observed,
        "share_observed": observed / 2**k,
        "contradictions": len(table.contradictions),
        "models": len(models),
        "incl": incl,
        "cov": cov,
        "length": length,
        "as_good": as_good,
        "without_contradiction": calm / draws,
        "draws": draws,
        "p": p,
        "supported": bool(p <= level),
    }
    return pd.Series({**found, "sentence": _sentence(found, level)}, dtype=object)


def condition_limits(n_cases: int, share: float = 0.5, level: float = 0.05, up_to: int = 8) -> pd.DataFrame:
    """How many conditions can so many cases support, before there are data?

    share: of cases with the outcome. level: the chance up to which a number of conditions is said to be supported. up_to: the
    largest number of conditions listed.

    Returns one row per number of conditions from 1: conditions, configurations, expected_observed (configurations with a
    case), chance_without_contradiction (see there) and supported (chance at most level).

    Raises InputError as `chance_without_contradiction` does.

    >>> condition_limits(12, up_to=4)["supported"].tolist()
    [True, True, True, False]
    """
    rows = []
    for k in range(1, up_to + 1):
        chance = chance_without_contradiction(n_cases, k, share)
        expected = 2**k * (1 - (1 - 0.5**k) ** n_cases)
        rows.append((k, 2**k, expected, chance, chance <= level))
    columns = ["conditions", "configurations", "expected_observed", "chance_without_contradiction", "supported"]
    return pd.DataFrame(rows, columns=columns)


def chance_without_contradiction(n_cases: int, n_conditions: int, share: float = 0.5) -> float:
    """How likely do random data look perfectly orderly: no two cases with the same conditions differ in the outcome?

    Each condition holds in a case with probability a half and the outcome with probability `share`, all independently.
    If this is likely, an orderly truth table says nothing. Without conditions, n cases are alike with probability p^n + q^n,
    for p = share and q = 1 - p; each further condition parts the cases in two by a fair coin, and both parts must be orderly.

    Raises InputError for fewer than one case, no condition, more than 12, or a share that isn't between 0 and 1.

    Source: the question is that of Marx and Dusa 2011, doi 10.4256/mio.2010.0037, who simulate; the recursion is our own.

    >>> round(chance_without_contradiction(2, 1), 3)  # together in a row half of the time, and then alike half of the time
    0.75
    """
    if n_cases < 1 or not 1 <= n_conditions <= 12 or not 0 < share < 1:
        raise InputError(
            f"Expected one case or more, 1 to 12 conditions and a share between 0 and 1; got {n_cases}, {n_conditions}, {share}."
        )
    n = np.arange(n_cases + 1)
    log_factorial = np.cumsum(np.log(np.maximum(n, 1)))
    chance = share**n + (1 - share) ** n  # all of n cases in one configuration are alike
    chance[0] = 1.0
    for _ in range(n_conditions):
        chance = np.array([_halved(m, log_factorial) @ (chance[: m + 1] * chance[m::-1]) for m in range(n_cases + 1)])
    return float(chance[-1])


def _halved(m: int, log_factorial: np.ndarray) -> np.ndarray:
    """The binomial probabilities that 0 to m of m cases have one more condition."""
    log_count = log_factorial[m] - log_factorial[: m + 1] - log_factorial[m::-1]
    return np.asarray(np.exp(log_count - m * np.log(2)))


def _fit(models: list[list[str]], sets: pd.DataFrame, y: np.ndarray) -> tuple[float, float, int]:
    """Consistency and coverage of the first model, and how many conditions it is written with."""
    if not models:
        return np.nan, np.nan, 0
    fit = sufficiency_fit(formula_scores(sets, models[0])[:, np.newaxis], y)
    return float(fit.incl[0]), float(fit.cov[0]), sum(len(literals(term)) for term in models[0])


def _as_good(fits: np.ndarray) -> np.ndarray:
    """For each solution (consistency, coverage, length), how many of the others are as good: as consistent, as far reaching, as short?"""
    incl, cov, length = fits.T
    return np.array([((incl >= i - SAME) & (cov >= c - SAME) & (length <= n)).sum() for i, c, n in fits]) - 1


def _sentence(found: Mapping[str, Any], level: float) -> str:
    start = (
        f"{found['cases']} cases lie in {found['observed']} of the {found['configurations']} configurations of "
        f"{found['conditions']} conditions."
    )
    if not found["models"]:
        return f"{start} There is no solution that a shuffled outcome could be compared with."
    count = "none" if not found["as_good"] else str(found["as_good"])
    shuffles = (
        f"Of {found['draws']} shuffles of the outcome among the cases, {count} gave a solution as consistent, as far "
        f"reaching and as short (p = {found['p']:.2g})"
    )
    if found["supported"]:
        return f"{start} {shuffles}: chance alone seldom does as well."
    return (
        f"{start} {shuffles}: among outcomes dealt out by chance alone, more than {level:.0%} stand out as much from the rest, so "
        "these cases can't support these conditions. Use fewer conditions, or more cases."
    )
