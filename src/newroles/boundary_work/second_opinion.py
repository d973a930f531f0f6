"""Would a plain regression say the same as the set-theoretic solution, and on which cases do they part?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, xlogy

from newroles.boundary_work.calibration import by_case
from newroles.errors import InputError, did_you_mean

Floats = npt.NDArray[np.float64]

# from hardly any shrinkage to almost nothing but it; coefficients are of standardised columns
PENALTIES = tuple(float(each) for each in np.geomspace(0.03, 300, 17))
_STEPS = 60


@dataclass(frozen=True)
class SecondOpinion:
    """What does a penalised logistic regression make of the cases, and where does it part from the solution?

    coefficients: one row per term (the intercept first, then conditions, then products "a x b"): term, estimate (log-odds
    per standard deviation), low, high (bootstrap percentiles), n.
    cases: one row per case; see `second_opinion`.
    disagreements: the rows of `cases` in which regression and solution differ.
    penalties: one row per penalty tried: penalty, deviance (leave-one-out, per case), chosen.
    sentence: the comparison in words.
    """

    coefficients: pd.DataFrame
    cases: pd.DataFrame
    disagreements: pd.DataFrame
    penalties: pd.DataFrame
    sentence: str


def second_opinion(
    cases: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    membership: pd.Series,
    products: bool = False,
    penalties: Sequence[float] = PENALTIES,
    n_boot: int = 499,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> SecondOpinion:
    """Does a logistic regression on the same conditions expect the outcome in the same cases as the solution?

    cases: one row per case (column `case` or `team`, else the index), without blanks: the conditions, raw or as set scores,
    and the outcome from 0 to 1 ("~Y": 1 - Y). membership: of each case in the solution, from 0 to 1, by case. products:
    also the product of each pair of standardised conditions, standardised anew. penalties: tried; n_boot: resamples of
    cases; rng: of them, seed 0 when left out.

    Maximises log-likelihood - penalty / 2 x sum of squared coefficients, without the intercept, on conditions with mean 0 and
    standard deviation 1. So it has an answer where conditions separate the cases perfectly, and where there are more
    coefficients than cases. The penalty is the one with the lowest leave-one-out deviance; the
    bootstrap keeps it, draws cases with replacement, and redraws a sample without cases on both sides. Intervals are of
    shrunken coefficients: they say how much hangs on single cases, and they are no tests.

    Returns a `SecondOpinion`. Its table of cases has: case, outcome, probability (fitted), probability_left_out (when
    the case itself isn't used), membership, regression_in (probability_left_out above 0.5), solution_in (membership above
    0.5), agree, and right ("both", "regression", "solution" or "neither": which side of 0.5 the outcome is on; blank for
    an outcome of exactly 0.5).

    Raises InputError for a column or membership that is missing, blank or outside 0 to 1, a condition without variation,
    the outcome among the conditions, fewer than two cases with and without the outcome, and impossible choices.

    Source: ridge estimators in logistic regression: le Cessie and van Houwelingen 1992, doi 10.2307/2347628.

    >>> cases = pd.DataFrame({"agreed": [1, 2, 2, 3, 4, 5], "mostly": [0, 0, 1, 0, 1, 1]}, index=list("abcdef"))
    >>> found = second_opinion(cases, "mostly", ["agreed"], pd.Series([0, 0, 0, 0, 1, 1.0], index=cases.index), n_boot=50)
    >>> found.coefficients["estimate"].gt(-0.01).tolist(), found.cases.loc[2, "right"]
    ([True, True], 'neither')
    """
    table = by_case(cases)
    y = _outcome(table, outcome)
    x, terms = _columns(table, conditions, outcome, products)
    inside = _membership(membership, table.index)
    tried = np.array(sorted(penalties), dtype=float)
    if not tried.size or tried[0] <= 0 or n_boot < 1 or not 0 < level < 1:
        raise InputError("Expected penalties above 0, at least one resample (n_boot) and a level between 0 and 1.")
    rng = np.random.default_rng(0) if rng is None else rng
    n = len(y)
    left_out = 1.0 - np.eye(n)
    predicted = np.stack([expit(np.einsum("ij,ij->i", x, ridge_logistic(x, y, each, left_out))) for each in tried])
    deviance = -2 * (xlogy(y, predicted) + xlogy(1 - y, 1 - predicted)).mean(axis=1)
    best = int(deviance.argmin())
    estimate = ridge_logistic(x, y, tried[best])[0]
    draws = ridge_logistic(x, y, tried[best], _resamples(y, n_boot, rng))
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    coefficients = pd.DataFrame({"term": terms, "estimate": estimate, "low": low, "high": high, "n": n})
    compared = _compared(table.index, y, expit(x @ estimate), predicted[best], inside)
    chosen = pd.DataFrame({"penalty": tried, "deviance": deviance, "chosen": np.arange(len(tried)) == best})
    apart = compared[~compared["agree"]].reset_index(drop=True)
    return SecondOpinion(coefficients, compared, apart, chosen, _sentence(compared, apart))


def ridge_logistic(x: Floats, y: Floats, penalty: float, weights: Floats | None = None) -> Floats:
    """Which coefficients maximise the penalised likelihood, for each row of weights? Newton steps, halved where they overshoot.

    x: cases x coefficients, the first column of ones and not penalised; y: from 0 to 1; weights: fits x cases, how often
    each case counts. Returns fits x coefficients.

    >>> ridge_logistic(np.array([[1.0], [1.0], [1.0], [1.0]]), np.array([1.0, 1, 1, 0]), 1.0).round(4).tolist()
    [[1.0986]]
    """
    w = np.ones((1, len(y))) if weights is None else weights
    ridge = np.full(x.shape[1], float(penalty))
    ridge[0] = 0.0
    beta = np.zeros((len(w), x.shape[1]))
    value = _loss(x, y, w, ridge, beta)
    for _ in range(_STEPS):
        p = expit(beta @ x.T)
        slope = (w * (y - p)) @ x - ridge * beta
        bend = np.einsum("fc,ci,cj->fij", w * p * (1 - p), x, x, optimize=True) + np.diag(ridge)
        bend[:, 0, 0] += 1e-12
        step = np.linalg.solve(bend, slope[:, :, np.newaxis])[:, :, 0]
        if np.abs(step).max() < 1e-10:
            break
        size = np.ones(len(w))
        for _ in range(30):
            ahead = beta + size[:, np.newaxis] * step
            worse = _loss(x, y, w, ridge, ahead) > value + 1e-12 * np.abs(value)
            if not worse.any():
                break
            size[worse] /= 2
        beta, value = ahead, _loss(x, y, w, ridge, ahead)
    return beta


def _loss(x: Floats, y: Floats, w: Floats, ridge: Floats, beta: Floats) -> Floats:
    at = beta @ x.T
    return np.asarray((w * (np.logaddexp(0, at) - y * at)).sum(axis=1) + (ridge * beta**2).sum(axis=1) / 2)


def _resamples(y: Floats, n_boot: int, rng: np.random.Generator) -> Floats:
    """How often each case is drawn, a row per resample; every resample has something of the outcome and of its absence."""
    n, kept = len(y), np.empty((0, len(y)))
    while len(kept) < n_boot:
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=n_boot).astype(float)
        both = (drawn @ y > 0) & (drawn @ (1 - y) > 0)
        kept = np.vstack([kept, drawn[both]])
    return kept[:n_boot]


def _compared(cases: pd.Index, y: Floats, fitted: Floats, left_out: Floats, inside: Floats) -> pd.DataFrame:
    regression, solution, truth = left_out > 0.5, inside > 0.5, y > 0.5
    right = np.select(
        [y == 0.5, (regression == truth) & (solution == truth), regression == truth, solution == truth],
        ["", "both", "regression", "solution"],
        "neither",
    )
    return pd.DataFrame(
        {
            "case": np.asarray(cases),
            "outcome": y,
            "probability": fitted,
            "probability_left_out": left_out,
            "membership": inside,
            "regression_in": regression,
            "solution_in": solution,
            "agree": regression == solution,
            "right": pd.Series(right, dtype="str"),
        }
    )


def _sentence(compared: pd.DataFrame, apart: pd.DataFrame) -> str:
    n = len(compared)
    if apart.empty:
        return f"Regression and solution agree on all {n} cases."
    named = ", ".join(str(case) for case in apart["case"])
    counts = apart["right"].value_counts()
    return (
        f"Regression and solution agree on {n - len(apart)} of {n} cases. They part on {named}: the solution is right in "
        f"{counts.get('solution', 0)} of these, the regression in {counts.get('regression', 0)}."
    )


def _outcome(table: pd.DataFrame, outcome: str) -> Floats:
    name = outcome.removeprefix("~")
    y = _shares(_column(table, name), name)
    y = 1 - y if outcome.startswith("~") else y
    if min((y > 0.5).sum(), (y < 0.5).sum()) < 2:
        raise InputError(
            f"The outcome '{outcome}' has {int((y > 0.5).sum())} cases above 0.5 and {int((y < 0.5).sum())} below, of "
            f"{len(y)}: a regression needs at least two of each."
        )
    return y


def _columns(table: pd.DataFrame, conditions: Sequence[str], outcome: str, products: bool) -> tuple[Floats, list[str]]:
    if not conditions or len(set(conditions)) < len(conditions):
        raise InputError(f"Expected at least one condition and each only once; got {list(conditions)}.")
    if outcome.removeprefix("~") in conditions:
        raise InputError(f"The outcome '{outcome}' is among the conditions: leave it out of one of them.")
    columns = {name: _standard(_known(_column(table, name), name), name) for name in conditions}
    if products:
        for one, other in combinations(conditions, 2):
            columns[f"{one} x {other}"] = _standard(columns[one] * columns[other], f"{one} x {other}")
    return np.column_stack([np.ones(len(table)), *columns.values()]), ["intercept", *columns]


def _standard(values: Floats, name: str) -> Floats:
    spread = values.std()
    if not spread > 1e-12 * max(1.0, float(np.abs(values).max())):
        raise InputError(
            f"'{name}' is the same in all cases, so nothing can go with it: leave it out of the conditions."
        )
    return np.asarray((values - values.mean()) / spread)


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table.columns:
        raise InputError(f"There is no column '{name}'. {did_you_mean(name, table.columns)}")
    return table[name]


def _known(values: pd.Series, name: str) -> Floats:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = ~np.isfinite(numbers.to_numpy())
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InputError(f"'{name}' of case {values.index[at]} is '{values.iloc[at]}': expected a number.")
    return np.asarray(numbers, dtype=float)


def _shares(values: pd.Series, name: str) -> Floats:
    numbers = _known(values, name)
    beyond = (numbers < 0) | (numbers > 1)
    if beyond.any():
        at = int(np.flatnonzero(beyond)[0])
        raise InputError(f"'{name}' of case {values.index[at]} is '{values.iloc[at]}': expected a number from 0 to 1.")
    return numbers


def _membership(membership: pd.Series, cases: pd.Index) -> Floats:
    missing = cases.difference(membership.index)
    if len(missing):
        raise InputError(f"membership: case {missing[0]} isn't in it. Give the membership of each case, by case.")
    return _shares(membership.reindex(cases), "membership")
