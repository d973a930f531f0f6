"""Which cases belong to which sets, and how far? The one place where set scores are checked before an analysis of conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

# columns that name a case rather than hold a score
CASE_COLUMNS = ("case", "team")
# scores this near to 0.5 are 0.5, reached by another calculation
SAME = 1e-9


@dataclass(frozen=True)
class SetScores:
    """Set scores ready for use: cases, conditions (cases x conditions) and the outcome, negated where the name begins with ~."""

    cases: list[object]
    conditions: list[str]
    outcome: str
    x: np.ndarray
    y: np.ndarray

    @property
    def at_half(self) -> np.ndarray:
        """Which scores are exactly 0.5, so that the case is neither in nor out? Cases x conditions, True or False."""
        return np.asarray(np.abs(self.x - 0.5) < SAME)


def set_scores(data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None = None) -> SetScores:
    """How far does each case belong to the outcome and to each condition?

    data: one row per case, with a score from 0 to 1 for each condition and the outcome. A case is named by the column
    `case` or `team`, or else by the index. outcome: a column, or "~" and a column for its negation (1 - score).
    conditions: columns, as a list or "A, B"; None: every column apart from the outcome and the case's name.

    Raises InputError for a table without rows, an unknown or repeated column, a condition that is the outcome or written
    with ~, a name that holds one of the signs of a formula, and a score that is blank, no number, or not from 0 to 1.

    >>> table = pd.DataFrame({"team": ["t1", "t2"], "agreed": [1, 0.2], "good": [0.9, 0.4]})
    >>> scores = set_scores(table, "~good")
    >>> scores.cases, scores.conditions, scores.y.round(1).tolist()
    (['t1', 't2'], ['agreed'], [0.1, 0.6])
    """
    if data.empty:
        raise InputError("There are no cases: the table of set scores has no rows or no columns.")
    columns = [str(column) for column in data.columns]
    twice = [column for i, column in enumerate(columns) if column in columns[:i]]
    if len(twice):
        raise InputError(
            f"The table has the column '{twice[0]}' twice: each set needs one column and a name of its own."
        )
    asked = str(outcome).strip()
    name = asked.removeprefix("~").strip()
    if conditions is None:
        chosen = [column for column in columns if column != name and column not in CASE_COLUMNS]
    elif isinstance(conditions, str):
        chosen = [part.strip() for part in conditions.split(",")]
    else:
        chosen = [str(condition) for condition in conditions]
    refuse_names(name, chosen, columns)
    data = data.set_axis(columns, axis=1)
    naming = [column for column in CASE_COLUMNS if column in columns and column not in (name, *chosen)]
    cases = data[naming[0]].tolist() if naming else data.index.tolist()
    if any(pd.isna(case) for case in cases):
        raise InputError(
            "A case has no name (a blank in the column 'case' or 'team', or in the index): name each case."
        )
    x = np.column_stack([scores_of(data[column], column, cases) for column in chosen])
    y = scores_of(data[name], name, cases)
    return SetScores(
        cases, chosen, f"~{name}" if asked.startswith("~") else name, x, 1 - y if asked.startswith("~") else y
    )


def refuse_names(outcome: str, conditions: Sequence[str], columns: Sequence[str]) -> None:
    """Raise InputError for names that aren't columns, are given twice, or can't stand in a formula."""
    if outcome not in columns:
        raise InputError(f"The outcome '{outcome}' is no column of the table. {did_you_mean(outcome, columns)}")
    if not conditions:
        raise InputError("No condition is named: expected one column at least beside the outcome.")
    for condition in conditions:
        if condition.startswith("~") and condition not in columns:
            raise InputError(
                f"The condition '{condition}' is a negation: name the set itself, '{condition[1:].strip()}'; "
                "an analysis looks at a condition and at its absence anyhow."
            )
        if condition not in columns:
            raise InputError(
                f"The condition '{condition}' is no column of the table. {did_you_mean(condition, columns)}"
            )
        if condition == outcome:
            raise InputError(
                f"'{outcome}' is the outcome and among the conditions: a set can't explain itself; leave it out."
            )
    for name in [outcome, *conditions]:
        sign = next((sign for sign in "~*+,=<>" if sign in name), None)
        if sign or name != name.strip() or not name:
            raise InputError(
                f"The name '{name}' can't stand in a formula such as A*~B + C: rename the column, no signs or blanks."
            )
    repeated = [condition for i, condition in enumerate(conditions) if condition in conditions[:i]]
    if repeated:
        raise InputError(f"The condition '{repeated[0]}' is named twice: name each condition once.")


def scores_of(values: pd.Series, column: str, cases: Sequence[object]) -> np.ndarray:
    """The scores of one set as numbers. Raises InputError naming case, column and value for one that is no score."""
    if values.dtype.kind in "bif":
        scores = values.to_numpy(dtype=float, na_value=np.nan)
    else:
        scores = np.array([float(v) if isinstance(v, int | float | np.number | np.bool_) else np.nan for v in values])
    wrong = np.flatnonzero(~((scores >= -SAME) & (scores <= 1 + SAME)))
    if len(wrong):
        value = values.iloc[wrong[0]]
        what = "blank" if pd.isna(value) else f"'{value}'" if isinstance(value, str) else f"{value}"
        more = f" ({len(wrong)} such scores in this column.)" if len(wrong) > 1 else ""
        raise InputError(
            f"Case '{cases[wrong[0]]}', column '{column}': the set score is {what}; expected a number from 0 (fully out) "
            f"to 1 (fully in). Calibrate the raw values first, or leave the case out.{more}"
        )
    return np.asarray(scores.clip(0, 1))
