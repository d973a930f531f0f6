"""The chance that a trust answers, estimated from what the frame knows of all trusts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import optimize
from scipy.special import expit

from newroles.errors import InputError
from newroles.overview.frame import group_names, known_numbers


def fit_propensity(trusts: pd.DataFrame, on: Sequence[str]) -> tuple[pd.Series, pd.DataFrame, str]:
    """How likely was each trust to answer, given the columns `on` of the frame?

    trusts: the frame, one row a trust: responded (boolean) and the columns `on`.
    Returns three things: the chance (0-1) of each trust, the regression's terms (constant first), one row a trust, and
    a note, which is blank unless Firth's penalty had to be used. When every trust answered, all chances are 1.
    Raises InputError when no trust answered, or a column is blank, constant or collinear with the others.

    Source: Firth (1993), Biometrika 80: 27-38, https://doi.org/10.1093/biomet/80.1.27; separation is found by linear
    programming (Konis 2007, Linear Programming Algorithms for Detecting Separated Data in Binary Logistic Regression
    Models, DPhil thesis, University of Oxford), as in R's detectseparation.

    >>> frame = pd.DataFrame({"wte": [1.0, 2.0, 3.0, 4.0], "responded": [False, True, False, True]})
    >>> chance, terms, note = fit_propensity(frame, ["wte"])
    >>> round(float(chance.sum()), 6), list(terms.columns), note
    (2.0, ['constant', 'log2 wte'], '')
    """
    answered = trusts["responded"].to_numpy(bool)
    if not answered.any():
        raise InputError("No trust answered, so nothing can be weighted up to the frame.")
    terms = _terms(trusts, on)
    if answered.all():
        return pd.Series(1.0, index=trusts.index, name="propensity"), terms, ""
    matrix = terms.to_numpy(float)
    if separated(matrix, answered):
        chance = _firth(matrix, answered)
        note = " (Firth's penalty: these columns tell exactly who answered in part of the frame)"
    else:
        import statsmodels.api as sm  # takes half a second to import

        chance, note = sm.Logit(answered.astype(float), matrix).fit(disp=0, maxiter=200).predict(), ""
    return pd.Series(chance, index=trusts.index, name="propensity"), terms, note


def separated(matrix: np.ndarray, outcome: np.ndarray) -> bool:
    """Does some combination of the terms tell exactly which outcomes occur, so that logistic regression has no finite answer?

    matrix: one row a trust, one column a term (the constant included). outcome: true or false for each.

    >>> separated(np.array([[1.0, 1], [1, 2], [1, 3]]), np.array([False, True, True]))
    True
    """
    signed = matrix / np.abs(matrix).max(axis=0) * np.where(outcome, 1.0, -1.0)[:, None]
    best = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return bool(-best.fun > 1e-7)


def _terms(trusts: pd.DataFrame, on: Sequence[str]) -> pd.DataFrame:
    parts: dict[str, pd.Series] = {"constant": pd.Series(1.0, index=trusts.index)}
    for column in on:
        if pd.api.types.is_numeric_dtype(trusts[column]):
            numbers = known_numbers(trusts, column)
            positive = bool((numbers > 0).all())
            parts[f"log2 {column}" if positive else column] = np.log2(numbers) if positive else numbers
        else:
            groups = group_names(trusts[column])
            parts |= {f"{column}: {group}": groups.eq(group).astype(float) for group in groups.unique()[1:]}
        if trusts[column].nunique(dropna=False) < 2:
            raise InputError(
                f"The column {column} is the same for every trust: it can't say who answers. Leave it out."
            )
    terms = pd.DataFrame(parts)
    kept: list[str] = []
    for name in terms:
        if np.linalg.matrix_rank(terms[[*kept, name]].to_numpy(float)) == len(kept):
            raise InputError(f"'{name}' follows from the other columns ({', '.join(kept)}): leave one of them out.")
        kept.append(str(name))
    return terms


def _firth(matrix: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """Chances by logistic regression with Jeffreys' prior, which are finite whatever the answers."""
    columns = matrix.shape[1]
    centred = np.column_stack([matrix[:, :1], matrix[:, 1:] - matrix[:, 1:].mean(axis=0)])

    def minus_penalised(coefficients: np.ndarray) -> float:
        linear = centred @ coefficients
        chance = expit(linear)
        information = (centred.T * (chance * (1 - chance))) @ centred
        sign, log_determinant = np.linalg.slogdet(information)
        if sign <= 0:
            return 1e10
        return float(np.logaddexp(0, linear).sum() - linear[answered].sum() - log_determinant / 2)

    found = optimize.minimize(minus_penalised, np.zeros(columns), method="BFGS")
    return expit(centred @ found.x)
