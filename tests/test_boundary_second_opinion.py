"""The second opinion: a penalised logistic regression that equals statsmodels', copes with separation, and names disagreements.

Known answers: statsmodels 0.15, GLM Binomial fit_regularized(L1_wt=0); one coefficient by hand; leaving one out by a plain loop.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.special import expit, logit

from newroles.boundary_work.second_opinion import ridge_logistic, second_opinion
from newroles.errors import InputError


def drawn(n: int = 30, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, 3)) * [1, 5, 0.1] + [3, 0, 0.5], columns=list("abc"))
    table["y"] = (rng.random(n) < expit(1.5 * (table["a"] - 3) + 10 * (table["c"] - 0.5))).astype(float)
    return table.set_index(pd.Index([f"T{i:02d}" for i in range(n)], name="case"))


def standardised(table: pd.DataFrame) -> np.ndarray:
    return sm.add_constant(((table - table.mean()) / table.std(ddof=0)).to_numpy())


@pytest.mark.parametrize("penalty", [0.1, 3.0])
@pytest.mark.parametrize("fuzzy", [False, True])
def test_coefficients_are_those_of_statsmodels(penalty: float, fuzzy: bool):
    """Its elastic net minimises -loglik / n + alpha / 2 x sum of squares: alpha is the penalty over n, none on the intercept."""
    table = drawn()
    x, y = standardised(table[list("abc")]), table["y"].to_numpy()
    y = 0.1 + 0.8 * y if fuzzy else y
    alpha = np.array([0, 1, 1, 1]) * penalty / len(y)
    theirs = sm.GLM(y, x, family=sm.families.Binomial()).fit_regularized(
        alpha=alpha, L1_wt=0, cnvrg_tol=1e-12, maxiter=2000
    )
    ours = ridge_logistic(x, y, penalty)[0]
    assert np.allclose(ours, theirs.params, atol=2e-4)  # theirs goes one coefficient at a time and stops early
    assert np.allclose((y - expit(x @ ours)) @ x, [0, *(penalty * ours[1:])], atol=1e-8)


def test_separated_cases_have_a_finite_answer_by_hand():
    """x = -1, -1, 1, 1 and y = 0, 0, 1, 1: by symmetry no intercept, and the slope b solves 4 (1 - p(b)) = penalty x b."""
    x, y = np.column_stack([np.ones(4), [-1.0, -1, 1, 1]]), np.array([0.0, 0, 1, 1])
    slope = brentq(lambda b: 4 * (1 - expit(b)) - 0.5 * b, 0, 10)
    assert np.allclose(ridge_logistic(x, y, 0.5), [[0, slope]], atol=1e-8)
    # hardly any penalty, badly scaled, and more coefficients than cases: steps don't run away
    wild = np.column_stack([x, 50 * np.eye(4)])
    assert np.isfinite(ridge_logistic(wild, y, 1e-3)).all()


def test_an_outcome_that_all_conditions_leave_open_has_the_mean_by_hand():
    """A penalty beyond measure leaves the intercept only: the log-odds of 3 in 4."""
    x = np.column_stack([np.ones(4), [1.0, 2, 3, 4]])
    assert np.allclose(ridge_logistic(x, np.array([1.0, 1, 0, 1]), 1e9), [[logit(0.75), 0]], atol=1e-6)


def test_the_penalty_has_the_least_deviance_when_each_case_is_left_out_in_turn():
    table = drawn(16)
    found = second_opinion(table, "y", ["a", "c"], table["y"], penalties=[10, 0.1, 1], n_boot=2)
    x, y = standardised(table[["a", "c"]]), table["y"].to_numpy()
    by_loop = []
    for penalty in (0.1, 1, 10):
        p = np.array([expit(x[i] @ ridge_logistic(np.delete(x, i, 0), np.delete(y, i), penalty)[0]) for i in range(16)])
        by_loop.append(-2 * np.mean(np.where(y == 1, np.log(p), np.log(1 - p))))
    assert np.allclose(found.penalties["deviance"], by_loop)
    assert found.penalties.loc[found.penalties["chosen"], "deviance"].tolist() == pytest.approx([min(by_loop)])
    best = found.penalties.loc[found.penalties["chosen"], "penalty"].item()
    assert np.allclose(found.coefficients["estimate"], ridge_logistic(x, y, best)[0])
    assert found.coefficients["term"].tolist() == ["intercept", "a", "c"]


def test_disagreements_name_the_case_and_who_is_right():
    """An outcome that either of two conditions brings about, except both together: the solution holds, a sum of effects can't."""
    table = pd.DataFrame([(a, b, a ^ b) for a in (0, 1) for b in (0, 1) for _ in range(6)], columns=list("aby"))
    table["team"] = [f"T{i:02d}" for i in range(24)]
    membership = table.set_index("team")["y"].astype(float)
    membership["T00"] = 0.9  # one case that the solution claims wrongly
    found = second_opinion(table, "y", ["a", "b"], membership, n_boot=20)
    cases = found.cases.set_index("case")
    assert (found.cases["agree"] == (found.cases["regression_in"] == found.cases["solution_in"])).all()
    assert found.disagreements["case"].tolist() == cases.index[~cases["agree"]].tolist()
    expected = {
        (True, True): "both", (True, False): "regression", (False, True): "solution", (False, False): "neither",
    }  # fmt: skip
    for row in found.cases.itertuples():
        assert row.right == expected[row.regression_in == (row.outcome == 1), row.solution_in == (row.outcome == 1)]
    assert cases.loc["T00", "solution_in"] != (cases.loc["T00", "outcome"] == 1)
    for case in found.disagreements["case"]:
        assert case in found.sentence
    # with their product the regression finds the exclusive or too
    both = second_opinion(table, "y", ["a", "b"], membership, products=True, n_boot=20)
    assert both.coefficients["term"].tolist()[-1] == "a x b"
    assert both.disagreements["case"].tolist() == ["T00"]
    assert both.disagreements["right"].tolist() == ["regression"]
    assert "agree on 23 of 24 cases. They part on T00: the solution is right in 0 of these, the regression in 1." in (
        both.sentence
    )
    assert second_opinion(table, "y", ["a", "b"], 1.0 - membership, products=True, n_boot=2).cases["agree"].sum() == 1


def test_the_negated_outcome_mirrors_every_number_and_draws_repeat():
    table = drawn(20)
    one = second_opinion(table, "y", ["a", "b"], table["y"], n_boot=40, rng=np.random.default_rng(5))
    other = second_opinion(table, "~y", ["a", "b"], 1 - table["y"], n_boot=40, rng=np.random.default_rng(5))
    assert np.allclose(one.coefficients["estimate"], -other.coefficients["estimate"], atol=1e-7)
    assert np.allclose(one.coefficients["low"], -other.coefficients["high"], atol=1e-6)
    assert np.allclose(one.cases["probability_left_out"], 1 - other.cases["probability_left_out"], atol=1e-7)
    inside = one.coefficients.eval("low <= estimate <= high")
    assert inside.iloc[1]


@pytest.mark.parametrize(
    ("changes", "choices", "message"),
    [
        ({}, {"outcome": "z"}, "no column 'z'"),
        ({}, {"conditions": ["a", "agred"]}, "no column 'agred'"),
        ({}, {"conditions": ["a", "y"]}, "'y' is among the conditions"),
        ({}, {"conditions": []}, "at least one condition"),
        ({}, {"conditions": ["a", "a"]}, "each only once"),
        ({"a": 3.0}, {}, "'a' is the same in all cases"),
        ({"b": "high"}, {}, "'b' of case T00 is 'high': expected a number"),
        ({"y": 1.2}, {}, "'y' of case T00 is '1.2': expected a number from 0 to 1"),
        ({"y": 1.0}, {}, "20 cases above 0.5 and 0 below, of 20"),
        ({}, {"penalties": [0]}, "penalties above 0"),
        ({}, {"n_boot": 0}, "at least one resample"),
        ({}, {"membership": pd.Series([1.0], index=["T00"])}, "case T01 isn't in it"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(changes, choices, message):
    table = drawn(20).assign(**changes)
    asked = {"outcome": "y", "conditions": ["a", "b"], "membership": pd.Series(0.5, index=table.index)} | choices
    with pytest.raises(InputError, match=message):
        second_opinion(table, **asked)
