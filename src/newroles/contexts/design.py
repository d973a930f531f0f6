"""From columns of a table to the terms of a model, with what would break the model found and named first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Floats

CONSTANT = "(Intercept)"
# a separating direction is bounded by 1, so anything this small is rounding
_ROUNDING = 1e-7


def design(data: pd.DataFrame, terms: Sequence[str], constant: bool = True) -> pd.DataFrame:
    """What does each row hold of each term of a model?

    `data`: one row per unit. `terms`: columns, or products of columns as "support:supervision". A number is taken as it
    is, true and false as 1 and 0; text or a categorical column becomes dummies, `role[peer]`, for all groups but the
    first (in alphabetical order, or in that of the categories).

    Returns one row per unit, a column per coefficient, all numbers; first `(Intercept)` if `constant`.

    Raises InputError for a term given twice, an unknown column, a blank or infinite value, or a column that doesn't vary.

    >>> data = pd.DataFrame({"role": ["peer", "nurse", "peer"], "wte": [1.0, 2.0, 4.0]})
    >>> design(data, ["role", "wte", "role:wte"]).columns.tolist()
    ['(Intercept)', 'role[peer]', 'wte', 'role[peer]:wte']
    """
    if isinstance(terms, str):
        raise InputError(f"terms: give a list of columns, such as ['{terms}'].")
    if twice := [term for i, term in enumerate(terms) if term in terms[:i]]:
        raise InputError(f"terms: '{twice[0]}' is given twice.")
    columns: dict[str, Floats] = {CONSTANT: np.ones(len(data))} if constant else {}
    for term in terms:
        parts: dict[str, Floats] = {"": np.ones(len(data))}
        for name in columns_of(data, term):
            parts = {
                f"{left}:{right}" if left else right: one * other
                for left, one in parts.items()
                for right, other in _coded(data[name]).items()
            }
        columns.update(parts)
    return pd.DataFrame(columns, index=data.index)


def columns_of(data: pd.DataFrame, term: str) -> list[str]:
    """Which columns is a term made of? Itself if there is such a column, else those between its colons.

    Raises InputError when one isn't in the table.

    >>> columns_of(pd.DataFrame({"wte": [1], "band": [3]}), "wte:band")
    ['wte', 'band']
    """
    names = [term] if term in data.columns else term.split(":")
    for name in names:
        if name not in data.columns:
            raise InputError(f"The table has no column '{name}'. {did_you_mean(name, map(str, data.columns))}")
    return names


def _coded(column: pd.Series) -> dict[str, Floats]:
    name = str(column.name)
    if column.isna().any():
        raise InputError(f"'{name}' is blank in {int(column.isna().sum())} of {len(column)} rows.")
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=float)
        if not np.isfinite(values).all():
            raise InputError(f"'{name}' has a value that isn't a finite number.")
        if np.ptp(values) == 0:
            raise InputError(f"'{name}' is {values[0]:g} in every row: what doesn't vary can't explain anything.")
        return {name: values}
    groups = column.astype("category").cat.remove_unused_categories()
    first, *others = groups.cat.categories
    if not others:
        raise InputError(f"'{name}' is '{first}' in every row: what doesn't vary can't explain anything.")
    return {f"{name}[{group}]": np.asarray(groups.eq(group), dtype=float) for group in others}


def separating_terms(
    sides: Floats, level: Floats | None, names: Sequence[str], constants: Sequence[str] = (CONSTANT,)
) -> list[str]:
    """Which terms tell the outcomes apart without error, so that their coefficients have no finite value?

    A direction d of the coefficients separates when `sides` @ d is nowhere negative, somewhere positive, and
    `level` @ d is nought: the likelihood then grows for ever along d. `sides`: rows x coefficients, each row turned to
    the side of its outcome; `level`: rows that d must leave as they are, or None; `names`: of the coefficients.

    Returns a term that separates by itself (with the constants) if there is one, else all those of the direction found,
    without the constants unless these alone do; none when nothing separates. By linear programming.

    Source: Konis 2007, Linear Programming Algorithms for Detecting Separated Data in Binary Logistic Regression Models,
    DPhil thesis, University of Oxford, for binary outcomes; Correia, Guimaraes and Zylkin 2019, arXiv 1903.01633, for
    counts.

    >>> x, met = np.array([[1.0, 2], [1, 3], [1, 7], [1, 9]]), np.array([0, 0, 1, 1])
    >>> separating_terms((2 * met - 1)[:, None] * x, None, ["(Intercept)", "staff"])
    ['staff']
    """
    # a column's size must not matter for what counts as rounding
    size = np.abs(sides).max(axis=0)
    size = np.where(size > 0, size, 1.0)
    sides, level = sides / size, None if level is None or not len(level) else level / size
    start = [name in constants for name in names]
    if not _direction(sides, level, np.ones(len(names), dtype=bool)).any():
        return []
    for j, name in enumerate(names):
        if start[j]:
            continue
        allowed = np.array(start)
        allowed[j] = True
        if _direction(sides, level, allowed).any():
            return [name]
    direction = _direction(sides, level, np.ones(len(names), dtype=bool))
    return [name for name, moves, fixed in zip(names, direction, start, strict=True) if moves and not fixed] or list(
        constants
    )


def _direction(sides: Floats, level: Floats | None, allowed: np.ndarray) -> np.ndarray:
    """Which coefficients move in the direction that separates most? None where there is no such direction."""
    bounds = [(-1.0, 1.0) if may else (0.0, 0.0) for may in allowed]
    found = linprog(
        -sides.sum(axis=0),
        A_ub=-sides,
        b_ub=np.zeros(len(sides)),
        A_eq=level,
        b_eq=None if level is None else np.zeros(len(level)),
        bounds=bounds,
        method="highs",
    )
    if found.status != 0 or (sides @ found.x).max() < _ROUNDING:
        return np.zeros(len(allowed), dtype=bool)
    return np.abs(found.x) > _ROUNDING
