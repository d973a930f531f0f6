"""What goes into a model: the rows without blanks, an outcome of the right sort, and clusters enough for the terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.contexts.design import columns_of, design
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Floats, Integers, cluster_numbers
from newroles.few_clusters.collinear import dependent_columns


@dataclass(frozen=True, eq=False)
class ModelData:
    """Rows that a model is fitted to: outcome y, terms x (a column per coefficient), clusters, and what was left out."""

    outcome: str
    y: pd.Series
    x: pd.DataFrame
    clusters: pd.Series | None
    n_clusters: int
    note: str

    def numbers(self) -> Floats:
        """The outcome as numbers; InputError when it isn't."""
        if not (pd.api.types.is_numeric_dtype(self.y) or pd.api.types.is_bool_dtype(self.y)):
            raise InputError(f"'{self.outcome}' isn't a column of numbers ('{self.y.iloc[0]}' in its first row).")
        values = self.y.to_numpy(dtype=float)
        if not np.isfinite(values).all():
            raise InputError(f"'{self.outcome}' has a value that isn't a finite number.")
        return values


def model_data(
    data: pd.DataFrame, outcome: str, terms: Sequence[str], clusters: str | None, constant: bool = True
) -> ModelData:
    """Which rows can a model be fitted to, and is there enough in them for its terms?

    `data`: one row per unit; `outcome`, `terms`, `clusters`: its columns (see `fit_functioning`). Rows with a blank in
    any of them are left out, and counted in the note. `constant`: whether an intercept is among the coefficients.

    Raises InputError for an unknown column, no terms, the outcome or the clusters among the terms, a constant outcome,
    collinear terms (by name), or too few rows or clusters.

    >>> data = pd.DataFrame({"y": [1.0, 2, 4, None], "x": [0.0, 1, 1, 0], "trust": list("aabc")})
    >>> model_data(data[["y", "x"]], "y", ["x"], None).note
    '1 of 4 rows left out for blanks'
    """
    if isinstance(terms, str):
        raise InputError(f"terms: give a list of columns, such as ['{terms}'].")
    parts = list(dict.fromkeys(name for term in terms for name in columns_of(data, term)))
    if not parts:
        raise InputError("terms: give at least one column that may go with the outcome.")
    for name in (outcome, *([clusters] if clusters else [])):
        if name not in data.columns:
            raise InputError(f"The table has no column '{name}'. {did_you_mean(name, map(str, data.columns))}")
    for taken, what in ((outcome, "the outcome"), (clusters, "the clusters")):
        if taken in parts:
            raise InputError(f"terms: '{taken}' is {what} as well.")
    if clusters == outcome:
        raise InputError(f"clusters: '{outcome}' is the outcome as well.")
    needed = [outcome, *parts, *([clusters] if clusters else [])]
    rows = data[needed].dropna().reset_index(drop=True)
    left_out = len(data) - len(rows)
    if rows.empty:
        raise InputError(f"Each of the {len(data)} rows has a blank in one of {', '.join(needed)}.")
    if rows[outcome].nunique() < 2:
        raise InputError(
            f"'{outcome}' is {rows[outcome].iloc[0]} in each of the {len(rows)} rows without blanks: "
            "an outcome that doesn't vary can't be explained."
        )
    x = design(rows, terms, constant)
    full = x if constant else design(rows, terms)
    if tied := dependent_columns(full.to_numpy(), list(full.columns)):
        raise InputError(f"Collinear terms: {'; '.join(tied)}. Leave one of each out.")
    if len(rows) <= full.shape[1]:
        raise InputError(
            f"{len(rows)} rows without blanks are too few for {full.shape[1]} coefficients: use fewer terms."
        )
    n_clusters = 0
    if clusters:
        _, n_clusters = cluster_numbers(rows[clusters], len(rows))
        if n_clusters <= full.shape[1]:
            raise InputError(
                f"{n_clusters} clusters ('{clusters}') are too few for {full.shape[1]} coefficients: clusters vary in "
                f"{n_clusters - 1} independent ways at most. Use fewer terms."
            )
    note = f"{left_out} of {len(data)} rows left out for blanks" if left_out else ""
    return ModelData(outcome, rows[outcome], x, rows[clusters] if clusters else None, n_clusters, note)


def as_yes_or_no(used: ModelData) -> Floats:
    """The outcome as 0 and 1; InputError when it is anything else."""
    values = used.numbers()
    other = values[~np.isin(values, (0, 1))]
    if len(other):
        raise InputError(f"'{used.outcome}' is {other[0]:g} in some row: a logistic model needs 0 and 1.")
    return values


def as_counts(used: ModelData) -> Floats:
    """The outcome as whole numbers from 0; InputError when it is anything else."""
    values = used.numbers()
    other = values[(values < 0) | (values != np.round(values))]
    if len(other):
        raise InputError(f"'{used.outcome}' is {other[0]:g} in some row: a count is a whole number from 0.")
    return values


def as_levels(used: ModelData) -> tuple[Integers, list[str]]:
    """The outcome as places in its order, from 0, and the levels' names; InputError for text without an order."""
    if isinstance(used.y.dtype, pd.CategoricalDtype):
        if not used.y.cat.ordered:
            raise InputError(f"'{used.outcome}' has groups without an order: make it an ordered categorical.")
        kept = used.y.cat.remove_unused_categories()
        return np.asarray(kept.cat.codes, dtype=np.intp), [str(each) for each in kept.cat.categories]
    values = used.numbers()
    levels, codes = np.unique(values, return_inverse=True)
    if len(levels) > 20:
        raise InputError(
            f"'{used.outcome}' has {len(levels)} levels: an ordinal model is for a few. Use kind 'linear'."
        )
    return np.asarray(codes, dtype=np.intp), [f"{each:g}" for each in levels]
